"""`monitor`: a run's watch kept without a screen, a line a change."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from cockpit import paths
from cockpit.adapters.secrets import Vault
from cockpit.bootstrap import Post, find_run, operator_name, stand_watch
from cockpit.cli import structured
from cockpit.cli.alerting import Caller, Place, heralded, places
from cockpit.cli.records import opened
from cockpit.cli.rehearsal import Pace, leave_the_world, paced
from cockpit.cli.supervisor import Supervisor
from cockpit.clock import Clock, PacedClock, RealClock
from cockpit.clock import Pace as PlanPace
from cockpit.core.events import Event, PaceChanged
from cockpit.core.fold import apply
from cockpit.core.lease import asker, driver
from cockpit.core.state import State
from cockpit.core.watch import vigil
from cockpit.errors import JournalError, SimulatorError, UsageError
from cockpit.rehearsal.stage import Stage
from cockpit.rehearsal.world import Launched, World, is_world, launch
from cockpit.session import Session
from cockpit.settings import load_settings
from cockpit.view import bulletin
from cockpit.view.bulletin import Bulletin

_CODES = {vigil.Outcome.QUIET: 0, vigil.Outcome.ALARM: 1, vigil.Outcome.UNTOLD: 3}
_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def monitor(arguments: argparse.Namespace) -> int:
    """Keep a run's watch until nothing is left of it: 0 all quiet, 1 an alarm at its end, 3 could not tell.

    128 and the signal after SIGTERM, SIGHUP or SIGINT: the run stays open, and whoever comes next goes on.
    """
    path = find_run(arguments.run)
    with opened(path) as (journal, events):
        state = Session(journal, RealClock(), "", events=events).state
    _refuse_where_nothing_is_watched(state)
    launched, clock = _time_of(state)
    vault = arguments.vault = Vault()
    settings = load_settings(paths.config_file())
    wishes, operator = settings.notifications, operator_name(arguments.operator or settings.operator)
    told = places(wishes, state.plan, vault, rehearsal=state.rehearsal)
    post = stand_watch(path, operator=operator, launched=launched, clock=clock, vault=vault)
    teller = Teller(post.session, Caller(post.session, wishes), _printer(post.session.run, as_json=arguments.json))
    return asyncio.run(_keep(post, teller, told, Pace(arguments.speed, arguments.watch_speed)))


def _refuse_where_nothing_is_watched(state: State) -> None:
    """Raises UsageError: a monitor that had nothing to do would end at once, and well."""
    if state.is_closed:
        raise UsageError(f"Run {state.run} is closed: {state.ending}.", f"See cockpit report {state.run}.")
    if not vigil.is_watched(state):
        what = f"Nothing in run {state.run} is watched: its plan has no phase that lasts, and none that time opens."
        raise UsageError(what, "Add one with cockpit amend.")


def _time_of(state: State) -> tuple[Launched | None, Clock]:
    """The stand-in world of a rehearsal, started again where it does not run, and its time; else real time."""
    if not state.rehearsal:
        return None, RealClock()
    leave_the_world(state.plan)
    folder = Path(state.simulator or "")
    if not is_world(folder):
        raise SimulatorError(f"The stand-in world of run {state.run} is gone.", f"See cockpit report {state.run}.")
    launched = launch(folder, Stage.found(folder), 1.0)
    return launched, PacedClock(launched.pace)


async def _keep(post: Post, teller: Teller, told: Sequence[Place], pace: Pace) -> int:
    supervisor = Supervisor()
    caught: list[int] = []
    watching = asyncio.create_task(_watch(post, pace, teller, told, supervisor), name="watch")

    def leave(number: int) -> None:
        caught.append(number)
        watching.cancel()

    for each in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(each, leave, each)
    try:
        outcome = await watching
    except asyncio.CancelledError:
        if not caught:
            raise
        teller.say(bulletin.left(post.session.state, post.session.clock.now(), signal.Signals(caught[0]).name))
        return 128 + caught[0]
    finally:
        supervisor.stopping()
        await post.close()
    return _CODES[outcome]


async def _watch(
    post: Post, pace: Pace, teller: Teller, told: Sequence[Place], supervisor: Supervisor
) -> vigil.Outcome:
    """Until nothing is left to watch; begun anew with other connections when the plan is amended."""
    session = post.session
    for one in bulletin.opening(session.state, session.clock.now()):
        teller.say(one)

    def after_round() -> None:
        teller.tell()
        supervisor.lives(bulletin.status(session.state))

    async with _world_held(post, pace):
        async with heralded(session, told, post.vault):
            while not vigil.is_over(session.state, session.clock.now()):
                if session.state.unknown_kinds:
                    raise JournalError("This run holds events a newer version wrote.", "Use that version.")
                await post.keep(after_round)
        teller.tell()
        outcome = vigil.outcome(session.state)
        teller.say(bulletin.ended(session.state, session.clock.now(), outcome))
    return outcome


@asynccontextmanager
async def _world_held(post: Post, pace: Pace) -> AsyncIterator[None]:
    """In a rehearsal: its world kept, its time paced while nobody drives, its end told."""
    clock = post.session.clock
    if post.launched is None or not isinstance(clock, PacedClock):
        yield
        return
    world = World(post.launched)
    world.hold()
    watching = asyncio.current_task()
    assert watching is not None
    ending = asyncio.create_task(world.ended(), name="end of the world")
    ending.add_done_callback(lambda task: None if task.cancelled() else watching.cancel())
    try:
        async with paced(post.session, clock, world, pace, for_person=False):
            yield
    except asyncio.CancelledError:
        if world.alive:
            raise
        run = post.session.run
        raise SimulatorError("The stand-in world has gone.", f"Go on with: cockpit monitor {run}") from None
    finally:
        ending.cancel()
        await post.session.presence.leave()
        await world.close(stop=not post.session.presence.attached())


class Teller:
    """Says what changes, in the order in which it happened, whoever did it."""

    def __init__(self, session: Session, caller: Caller, say: Callable[[Bulletin], None]) -> None:
        self.say = say
        self._caller = caller
        self._session = session
        self._state = session.state
        self._asking: str | None = None
        """The session of whoever asks, as it was said last; empty where nobody knew who."""
        self._links: dict[str, str] = {}

    def tell(self) -> None:
        """Everything since the last time."""
        session, now = self._session, self._session.clock.now()
        for event in self._new_events():
            before, self._state = self._state, apply(self._state, event)
            if isinstance(event.body, PaceChanged) and isinstance(session.clock, PacedClock):
                session.clock.adopt(PlanPace(event.body.plan, event.body.machine, event.body.factor))
            if (one := bulletin.of_event(before, event, self._state)) is not None:
                self.say(one)
        self._tell_turn()
        troubles = {name: str(trouble) for name, trouble in session.telemetry.links.items()}
        troubles["journal"] = session.telemetry.journal_trouble
        for name in {**self._links, **troubles}:
            trouble = troubles.get(name, "")
            if bool(trouble) != bool(self._links.get(name)):
                self.say(bulletin.link(now, name, trouble))
            self._links[name] = trouble
        self._caller.call()

    def _new_events(self) -> list[Event]:
        if self._session.state.seq == self._state.seq:
            return []
        with suppress(JournalError):
            return [one for one in self._session.events(self._state.seq) if one.seq <= self._session.state.seq]
        return []

    def _tell_turn(self) -> None:
        """Who asks, each time that is another one; nothing while it is handed over and nobody does."""
        presence = self._session.presence
        there = asker(presence.others) or driver(presence.others)
        asking = presence.me.session if presence.asks else there.session if there is not None else ""
        if asking == self._asking or (not asking and self._asking != presence.me.session):
            return
        self._asking = asking
        who = f"the {there.tool} of {there.name} ({there.words})" if there is not None else "another process"
        self.say(bulletin.turn(self._session.clock.now(), asks=presence.asks, who=who))


def _printer(run: str, *, as_json: bool) -> Callable[[Bulletin], None]:
    def say(one: Bulletin) -> None:
        if as_json:
            print(structured.line(bulletin.record(run, one)), flush=True)
            return
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        print("\n".join(bulletin.lines(one, width)), flush=True)

    return say
