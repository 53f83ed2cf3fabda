"""The composition root: plan + settings + journal + adapters make a Session and a Runner.

Which adapter a connection gets is `links`' matter.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit import paths
from cockpit.adapters.secrets import Vault
from cockpit.clock import Clock, PacedClock, RealClock
from cockpit.core.environment import mentioned_in
from cockpit.core.lease import LEASE, Role
from cockpit.core.plan import Plan
from cockpit.core.rollout.forecast import Story
from cockpit.core.state import State
from cockpit.core.text.inert import inert
from cockpit.emergency import Emergency, emergency_places
from cockpit.errors import JournalBusy, JournalError
from cockpit.journal import catalogue, past
from cockpit.journal.key import mask_key
from cockpit.journal.sqlite import SqliteJournal
from cockpit.links import Links, connect
from cockpit.process import is_cockpit, is_gone
from cockpit.runner import Runner
from cockpit.runner.performer import Hands
from cockpit.runner.watchkeeper import Watchkeeper
from cockpit.session import Session

if TYPE_CHECKING:
    from cockpit.rehearsal.world import Launched


@dataclass(slots=True)
class Assembly:
    """A run in hand, everything it needs beside it."""

    session: Session
    runner: Runner
    links: Links
    vault: Vault
    clock: Clock
    launched: Launched | None = None
    """The stand-in world, in a rehearsal."""

    async def close(self) -> None:
        """Let go of connections and journal."""
        await self.links.close()
        self.session.close()


def operator_name(wanted: str | None = None) -> str:
    """Who acts: `--as`, else the login. What cannot be known is not claimed."""
    if wanted:
        return wanted
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def begin(plan: Plan, *, plan_file: str, operator: str) -> Assembly:
    """A new run against the real world. Raises SecretError, JournalError."""
    vault, clock = Vault(), RealClock()
    links = connect(plan, vault, clock)
    journal = SqliteJournal.create(paths.private(paths.runs_folder()), plan.name, clock.now())
    session = Session.open(
        journal, clock, operator, plan, plan_file=plan_file, emergency=_emergency(journal), is_gone=is_gone
    )
    return Assembly(session, _runner(session, journal, links, vault), links, vault, clock)


def rehearse(
    plan: Plan, launched: Launched, clock: PacedClock, *, plan_file: str, operator: str, auto: bool
) -> Assembly:
    """A new run against a stand-in world that has been started."""
    vault = Vault()
    links = connect(plan, vault, clock, world=launched.address)
    journal = SqliteJournal.create(paths.private(paths.runs_folder()), plan.name, RealClock().now())
    session = Session.open(
        journal,
        clock,
        operator,
        plan,
        plan_file=plan_file,
        rehearsal=True,
        auto=auto,
        simulator=str(launched.folder),
        emergency=_emergency(journal),
        is_gone=is_gone,
    )
    return Assembly(session, _runner(session, journal, links, vault), links, vault, clock, launched)


def take_up(path: Path, *, operator: str, launched: Launched | None, clock: Clock) -> Assembly:
    """An open run, taken up again. Raises JournalBusy while another process drives it."""
    journal = SqliteJournal.open(path)
    try:
        session = Session(journal, clock, operator, emergency=_emergency(journal), is_gone=is_gone)
        take_over(session)
        vault = Vault()
        links = connect(session.state.plan, vault, clock, world=launched.address if launched else None)
    except BaseException:
        journal.close()
        raise
    runner = _runner(session, journal, links, vault)
    return Assembly(session, runner, links, vault, clock, launched)


@dataclass(slots=True)
class Post:
    """A run whose watch is kept from here, beside whoever drives it."""

    session: Session
    journal: SqliteJournal
    vault: Vault
    launched: Launched | None = None
    """The stand-in world, in a rehearsal."""

    async def keep(self, after_round: Callable[[], None]) -> None:
        """Until nothing is left to watch, or the plan is amended. Raises SecretError."""
        session, world = self.session, self.launched.address if self.launched else None
        links = connect(session.state.plan, self.vault, session.clock, world=world)
        keeper = Watchkeeper(
            session,
            links.sources,
            links.platforms,
            conceal=self.vault.redact,
            remember=self.vault.remember,
            mask_key=partial(mask_key, self.journal.path),
            after_round=after_round,
        )
        try:
            await keeper.run()
        finally:
            await links.close()

    async def close(self) -> None:
        """Let go of the asking and of the journal."""
        await self.session.presence.leave()
        self.session.close()


def stand_watch(path: Path, *, operator: str, launched: Launched | None, clock: Clock, vault: Vault) -> Post:
    """An open run, watched and not driven. Raises JournalError, also where nothing could be recorded."""
    journal = SqliteJournal.open(path)
    try:
        session = Session(journal, clock, operator, role=Role.MONITOR, is_gone=is_gone)
        session.presence.announce()
    except BaseException:
        journal.close()
        raise
    return Post(session, journal, vault, launched)


def find_run(name: str | None) -> Path:
    """The journal of a run by its id, a unique prefix, or a file; None means the newest that is open."""
    return catalogue.find(paths.runs_folder(), name)


def _runner(session: Session, journal: SqliteJournal, links: Links, vault: Vault) -> Runner:
    from cockpit.adapters.shell import Processes

    rehearsal = session.state.rehearsal
    shell = Processes(clean=rehearsal, mentioned=mentioned_in(session.state.plan))
    hands = Hands(links.platforms, links.writers, shell)
    return Runner(
        session,
        links.sources,
        hands,
        conceal=vault.redact,
        remember=vault.remember,
        mask_key=partial(mask_key, journal.path),
        past=partial(earlier_rollouts, session.state),
    )


def earlier_rollouts(state: State) -> list[Story]:
    """What journals of earlier runs of the same plan and environment tell of their rollouts. Blocks."""
    found = past.rollouts(
        paths.runs_folder(), state.plan.name, state.environment, rehearsal=state.rehearsal, besides=state.run
    )
    return list(found)


def _emergency(journal: SqliteJournal) -> Emergency:
    return Emergency(*emergency_places(journal.run))


def take_over(session: Session) -> None:
    """Make this process the driver. Raises JournalBusy while another one is.

    A process of this machine either lives or does not; of one elsewhere only its heartbeat tells. Two that
    come at once both find the driver gone: one of them gets the seat.
    """
    refuse_if_driven(session)
    try:
        driver = session.presence.take_seat()
    except JournalError:
        return  # the way back has to be reached even so; whatever cannot be recorded is refused
    if driver is not None:
        raise JournalBusy(
            f"Run {session.run} is driven by another cockpit, {inert(driver.words)}.",
            f"Leave it there; one that was killed is replaced after {LEASE:g} s.",
        )


def refuse_if_driven(session: Session) -> None:
    """Driver only, until several operators exist: raises JournalBusy while another process of this machine drives."""
    if session.on_this_host and _drives(session):
        number = session.state.session.partition("-")[0]
        raise JournalBusy(f"Run {session.run} is driven by process {number} on this machine.", "Leave it there first.")


def _drives(session: Session) -> bool:
    """Whether the process that attached last is there and is a cockpit; session ids begin with its number.

    A monitor may have the number by now: it says so itself.
    """
    number = session.state.session.partition("-")[0]
    watching = {str(one.pid) for one in session.presence.attached() if one.role is Role.MONITOR}
    return number.isdigit() and number not in watching and is_cockpit(int(number))
