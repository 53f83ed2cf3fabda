"""`run`, `resume`, `demo`: the screen over a session."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from cockpit import paths
from cockpit.bootstrap import Assembly, begin, find_run, operator_name, refuse_if_driven, take_up
from cockpit.bootstrap import rehearse as assemble
from cockpit.cli import SAMPLE, sample
from cockpit.cli.alerting import Place, heralded, places
from cockpit.cli.plans import planned
from cockpit.cli.records import opened
from cockpit.cli.rehearsal import Pace, discard_database, drive, leave_the_world, paced, state_folder
from cockpit.clock import FrozenClock, PacedClock, RealClock
from cockpit.core.plan import Plan
from cockpit.errors import CockpitError, SimulatorError, SourceError, UsageError
from cockpit.journal.sqlite import SqliteJournal
from cockpit.rehearsal.stage import Stage
from cockpit.rehearsal.world import World, is_world, launch
from cockpit.session import Session
from cockpit.view.bulletin import Bulletin
from cockpit.view.handover import missed


def demo(arguments: argparse.Namespace) -> int:
    """The sample plan, or another that is carried, against the stand-in world."""
    from cockpit import planfile

    leave_the_world()
    path = sample.path(arguments.carried)
    return rehearse_on_screen(arguments, planfile.load(path), plan_file=str(path) if arguments.carried else SAMPLE)


def run(arguments: argparse.Namespace) -> int:
    """A new run against the real world."""
    plan = planned(arguments)
    _demand_terminal()
    assembly = begin(plan, plan_file=str(Path(arguments.plan).resolve()), operator=_operator(arguments))
    return _screen(assembly, arguments, resumed=False)


def resume(arguments: argparse.Namespace) -> int:
    """An open run, on the screen again; a rehearsal's world is started again on its folder."""
    path = find_run(arguments.run)
    with opened(path) as (journal, events):
        seen = Session(journal, RealClock(), "", events=events)
    state = seen.state
    if state.is_closed:
        print(f"Run {state.run} is closed: {state.ending}. See cockpit report {state.run}.", file=sys.stderr)
        return 2
    refuse_if_driven(seen)
    if not (state.rehearsal and arguments.auto):
        _demand_terminal()
    operator = _operator(arguments)
    pace = Pace(arguments.speed, arguments.watch_speed)

    if not state.rehearsal:
        return _screen(take_up(path, operator=operator, launched=None, clock=RealClock()), arguments, resumed=True)
    leave_the_world(state.plan)
    folder = Path(state.simulator or "")
    if not is_world(folder):
        why = f"The stand-in world of run {state.run} is gone with its folder, so nothing can be done in it."
        if arguments.auto:
            raise SimulatorError(why, f"Read the record: cockpit report {state.run}.")
        return _look_back(path, why, operator, arguments)
    played = Stage.found(folder)
    launched = launch(folder, played, pace.speed)
    clock = PacedClock(launched.pace)
    assembly = take_up(path, operator=operator, launched=launched, clock=clock)
    if arguments.auto:
        return asyncio.run(drive(assembly, clock, pace, arguments.judge or played.scenario, resumed=True))
    return _screen(assembly, arguments, resumed=True, pace=pace)


def _look_back(path: Path, why: str, operator: str, arguments: argparse.Namespace) -> int:
    """A run that can only be read: its last moment on the screen, every command refused with the reason."""
    journal = SqliteJournal.open(path)
    session = Session(journal, FrozenClock(journal.read()[-1].at), operator)
    session.read_only = f"Read only. {why}"
    session.telemetry.fails("simulator", SourceError(why), session.clock.now())
    print(f"{why} It opens read-only.", file=sys.stderr)
    try:
        return _show(session, arguments)
    finally:
        session.close()


def rehearse_on_screen(arguments: argparse.Namespace, plan: Plan, *, plan_file: str) -> int:
    """A plan against a new stand-in world, driven by a person."""
    _demand_terminal()
    print("Starting the stand-in world: Railway, app and Postgres on loopback ...", file=sys.stderr)
    stage = Stage.of(plan, arguments.scenario)
    launched = launch(state_folder(getattr(arguments, "state", None)), stage, arguments.speed)
    clock = PacedClock(launched.pace)
    operator = _operator(arguments)
    assembly = assemble(plan, launched, clock, plan_file=plan_file, operator=operator, auto=False)
    return _screen(assembly, arguments, resumed=False, pace=Pace(arguments.speed, arguments.watch_speed))


def _demand_terminal() -> None:
    """Before anything is begun: a run that nobody can see would stay open. Raises UsageError."""
    from cockpit.ui import terminal

    if not terminal.is_there():
        raise UsageError("The screen needs a terminal.", "Run it in one, or use cockpit status and cockpit check.")


def _screen(assembly: Assembly, arguments: argparse.Namespace, *, resumed: bool, pace: Pace | None = None) -> int:
    """Show the run until the operator leaves; the runner goes on beside the screen."""
    told = _told(assembly)
    code = _show(
        assembly.session,
        arguments,
        background=lambda: _beside(assembly, pace, told, resumed=resumed),
        redact=assembly.vault.redact,
        missed=missed(assembly.session.events()) if resumed else (),
    )
    discard_database(assembly)
    _farewell(assembly.session)
    return code


def _told(assembly: Assembly) -> tuple[Place, ...]:
    """Where alerts are sent. A place that leads nowhere is told on the screen, and keeps nobody from it."""
    from cockpit.settings import load_settings

    session, wishes = assembly.session, load_settings(paths.config_file()).notifications

    def excuse(link: str, error: CockpitError) -> None:
        session.telemetry.fails(link, error, session.clock.now())

    return places(wishes, session.state.plan, assembly.vault, rehearsal=session.state.rehearsal, excuse=excuse)


def _show(
    session: Session,
    arguments: argparse.Namespace,
    *,
    background: Callable[[], Awaitable[None]] | None = None,
    redact: Callable[[str], str] = str,
    missed: Sequence[Bulletin] = (),
) -> int:
    from cockpit.settings import load_settings
    from cockpit.ui import terminal

    settings = load_settings(paths.config_file())
    calm = arguments.calm or settings.calm
    terminal.prepare(calm=calm)
    from cockpit.ui.app import Cockpit

    app = Cockpit(
        session,
        background=background,
        theme=arguments.theme or settings.theme,
        keys=settings.keys,
        calm=calm,
        bell=settings.notifications.bell,
        desktop=settings.notifications.desktop,
        missed=missed,
    )
    return terminal.run(app, crashes=paths.state_folder() / "crashes", redact=redact)


def _operator(arguments: argparse.Namespace) -> str:
    """`--as`, else the settings' own, else the login."""
    from cockpit.settings import load_settings

    return operator_name(arguments.operator or load_settings(paths.config_file()).operator)


async def _beside(assembly: Assembly, pace: Pace | None, told: Sequence[Place], *, resumed: bool) -> None:
    """What runs while the screen is shown: the runner, the alerts, and in a rehearsal the world's leash and pace."""
    world = World(assembly.launched) if assembly.launched else None
    try:
        await assembly.session.attach(resumed=resumed)
        if world is None or pace is None or not isinstance(assembly.clock, PacedClock):
            async with heralded(assembly.session, told, assembly.vault):
                await assembly.runner.run()
            return
        world.hold()
        async with paced(assembly.session, assembly.clock, world, pace, for_person=True):
            await assembly.runner.run()
    finally:
        others = assembly.session.presence.attached()
        await assembly.close()
        if world is not None:
            await world.close(stop=not others)


def _farewell(session: Session) -> None:
    state = session.state
    if state.is_closed:
        print(f"Run {state.run} ended: {state.ending}. Its page: cockpit report {state.run}")
    else:
        print(f"Run {state.run} is open. Go on with: cockpit resume {state.run}")
