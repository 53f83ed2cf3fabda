"""`rehearse` and `simulator`: the stand-in world, with the screen, a script, or alone."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cockpit import paths
from cockpit.bootstrap import Assembly, operator_name
from cockpit.bootstrap import rehearse as assemble
from cockpit.clock import PacedClock
from cockpit.core.environment import clean_environment, mentioned_in
from cockpit.core.plan import Plan
from cockpit.core.text.inert import inert
from cockpit.errors import SimulatorError
from cockpit.rehearsal.operator import ScriptedOperator
from cockpit.rehearsal.pacer import Pacer
from cockpit.rehearsal.stage import Stage
from cockpit.rehearsal.world import World, launch
from cockpit.session import Session


@dataclass(frozen=True, slots=True)
class Pace:
    """What the command line says of speed."""

    speed: float
    watch_speed: float


def rehearse(arguments: argparse.Namespace) -> int:
    """A plan against the simulator: on the screen, or driven to its end by `--auto`."""
    from cockpit import planfile

    plan = planfile.load(Path(arguments.plan), environment=arguments.environment)
    leave_the_world(plan)
    if arguments.auto:
        return _auto(arguments, plan)
    from cockpit.cli.screen import rehearse_on_screen

    return rehearse_on_screen(arguments, plan, plan_file=arguments.plan)


def simulator(arguments: argparse.Namespace) -> int:
    """The stand-in world alone."""
    try:
        from cockpit.simulator.server import main
        from cockpit.simulator.simulation import Play
    except ImportError:
        print("The simulator needs the demo extra. Install it: pip install 'cockpit-deploy[demo]'.", file=sys.stderr)
        return 2
    return main(
        Path(arguments.state),
        Play(arguments.scenario, arguments.project, arguments.environment),
        arguments.speed,
        keep=arguments.keep,
        faults=arguments.fault,
        skew=arguments.skew,
    )


def leave_the_world(plan: Plan | None = None) -> None:
    """Take real tokens and addresses out of this process before anything is built, those that a plan names too."""
    kept = clean_environment(os.environ, mentioned_in(plan) if plan else ())
    for name in [name for name in os.environ if name not in kept]:
        del os.environ[name]


def state_folder(wanted: str | None) -> Path:
    """Where a new stand-in world lives; short, since a socket's path is limited to 107 bytes."""
    if wanted:
        return Path(wanted).absolute()  # the run remembers it, and may be resumed from another folder
    return Path(tempfile.mkdtemp(prefix="sim-", dir=paths.private(_worlds())))


def discard_database(assembly: Assembly) -> None:
    """Of a closed run's world what takes the room, some 40 MB; its ledger stays, as a witness.

    A folder that was given with `--state` is left as it is.
    """
    launched = assembly.launched
    if launched is not None and assembly.session.state.is_closed and launched.folder.parent == _worlds():
        shutil.rmtree(launched.folder / "postgres", ignore_errors=True)


def _worlds() -> Path:
    return paths.state_folder() / "simulators"


@asynccontextmanager
async def paced(
    session: Session, clock: PacedClock, world: World, pace: Pace, *, for_person: bool
) -> AsyncIterator[None]:
    """Keep the pace while the body runs."""
    from cockpit.view.waiting import waits_for_person

    pacer = Pacer(
        session,
        clock,
        world,
        speed=pace.speed,
        watch_speed=pace.watch_speed,
        waits_for_person=waits_for_person if for_person else None,
    )
    task = asyncio.create_task(pacer.run(), name="pacer")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _auto(arguments: argparse.Namespace, plan: Plan) -> int:
    launched = launch(state_folder(arguments.state), Stage.of(plan, arguments.scenario), arguments.speed)
    clock = PacedClock(launched.pace)
    operator = operator_name(arguments.operator)
    assembly = assemble(plan, launched, clock, plan_file=arguments.plan, operator=operator, auto=True)
    print(f"run {assembly.session.run}: {inert(plan.name)}; the stand-in world is in {launched.folder}", flush=True)
    pace = Pace(arguments.speed, arguments.watch_speed)
    return asyncio.run(drive(assembly, clock, pace, arguments.judge or arguments.scenario, resumed=False))


async def drive(assembly: Assembly, clock: PacedClock, pace: Pace, scenario: str, *, resumed: bool) -> int:
    """The scripted operator to the end, then the judge; 0 only at the scenario's ending."""
    assert assembly.launched is not None
    session, world = assembly.session, World(assembly.launched)
    world.hold()
    try:
        await session.attach(resumed=resumed)
        async with paced(session, clock, world, pace, for_person=False):
            await _until_closed(assembly, ScriptedOperator(session, lambda words: say(clock, words)), world)
        look = await world.last_look()
        return judged(assembly, scenario, look)
    finally:
        await assembly.close()
        await world.close()
        discard_database(assembly)


def judged(assembly: Assembly, scenario: str, look: Mapping[str, Any]) -> int:
    """Print what contradicts the scenario's ending; 0 when nothing does."""
    from cockpit.rehearsal.judge import Evidence, judge
    from cockpit.simulator import ledger

    assert assembly.launched is not None
    session = assembly.session
    verdict = judge(scenario, Evidence(session.events(), ledger.read(assembly.launched.folder), look))
    for fault in verdict.faults:
        print(inert(fault), file=sys.stderr)
    print(f"ended: {session.state.ending}; {'as it must' if verdict.ok else 'not as it must'}")
    return 0 if verdict.ok else 1


async def _until_closed(assembly: Assembly, operator: ScriptedOperator, world: World) -> None:
    """The operator beside the runner; whichever fails ends it with its reason, and so does the end of the world."""
    runner = asyncio.create_task(assembly.runner.run(), name="runner")
    driving = asyncio.create_task(operator.drive(), name="operator")
    ending = asyncio.create_task(world.ended(), name="end of the world")
    tasks = (runner, driving, ending)
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in (runner, driving):
        if task in done and (failure := task.exception()) is not None:
            raise failure
    if not assembly.session.state.is_closed:
        run = assembly.session.run
        raise SimulatorError("The stand-in world has gone.", f"Go on with: cockpit resume {run} --auto")


def say(clock: PacedClock, words: str) -> None:
    """One line of what the scripted operator did, in plan time."""
    print(f"{clock.now():%H:%M:%S}  {inert(words)}", flush=True)
