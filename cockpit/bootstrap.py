"""The composition root: the one place that knows every concrete adapter.

Plan + settings + journal + adapters make a Session and a Runner. An adapter is imported only
when the plan names it.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cockpit import paths
from cockpit.adapters.secrets import Vault
from cockpit.clock import Clock, PacedClock, RealClock
from cockpit.core.check import MetricCheck, RunsCheck
from cockpit.core.connection import (
    FileConnection,
    GitConnection,
    InngestConnection,
    PrometheusConnection,
    ShellConnection,
)
from cockpit.core.environment import mentioned_in
from cockpit.core.fields import SecretRef, is_reference
from cockpit.core.forecast import Story
from cockpit.core.plan import Connection, HttpConnection, Plan, PostgresConnection, RailwayConnection
from cockpit.core.state import State
from cockpit.emergency import Emergency, emergency_places
from cockpit.errors import JournalBusy
from cockpit.journal import catalogue, past
from cockpit.journal.key import mask_key
from cockpit.journal.sqlite import SqliteJournal
from cockpit.ports import Platform, Source, Writer
from cockpit.runner import Runner
from cockpit.runner.loop import LEASE
from cockpit.runner.performer import Hands
from cockpit.session import Session

if TYPE_CHECKING:
    from cockpit.rehearsal.world import Launched


@dataclass(slots=True)
class Links:
    """A plan's connections, built."""

    sources: dict[str, Source] = field(default_factory=dict)
    platforms: dict[str, Platform] = field(default_factory=dict)
    writers: dict[str, Writer] = field(default_factory=dict)

    async def close(self) -> None:
        for source in self.sources.values():
            await source.close()


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


def connect(plan: Plan, vault: Vault, clock: Clock, *, world: Mapping[str, Any] | None = None) -> Links:
    """Adapters for a plan's connections, or for the stand-ins of a rehearsal. Raises SecretError, PlanError."""
    links = Links()
    for name, connection in plan.connections.items():
        _connect(links, name, connection, plan, vault, clock, world)
    return links


def _connect(
    links: Links,
    name: str,
    connection: Connection,
    plan: Plan,
    vault: Vault,
    clock: Clock,
    world: Mapping[str, Any] | None,
) -> None:
    match connection:
        case PostgresConnection():
            from cockpit.adapters.postgres import Postgres

            url = world["postgres"]["url"] if world else vault.resolve(connection.url)
            postgres = Postgres(name, url, is_=connection.is_, row_security=connection.row_security)
            links.sources[name] = links.writers[name] = postgres
            if world:  # checks read as a role that only reads; a write is the owner's, of the stand-in's tables
                owner = world["postgres"]["owner_url"]
                links.writers[name] = Postgres(name, owner, row_security=connection.row_security)
        case HttpConnection():
            from cockpit.adapters.http import Http

            headers = {} if world else _headers(connection.headers, vault)
            links.sources[name] = Http(name, world["app"]["base_url"] if world else connection.base_url, headers)
        case RailwayConnection():
            from cockpit.adapters.railway import Railway

            if world:
                connection = connection.model_copy(
                    update={
                        "endpoint": world["railway"]["endpoint"],
                        "project": world["project"],
                        "token": "env:RAILWAY_TOKEN",  # the stand-in's is a project token, whatever the plan's is
                    }
                )
            token = world["railway"]["project_token"] if world else vault.resolve(connection.token)
            railway = Railway(name, connection, token, clock=clock, redact=vault.redact)
            links.sources[name] = links.platforms[name] = railway
        case PrometheusConnection():
            links.sources[name] = _prometheus(name, connection, plan, vault, clock, world)
        case InngestConnection():
            links.sources[name] = _inngest(name, connection, plan, vault, clock, world)
        case ShellConnection() | GitConnection() | FileConnection():
            links.sources[name] = _of_this_machine(name, connection, plan, rehearsal=world is not None)


def _inngest(
    name: str, connection: InngestConnection, plan: Plan, vault: Vault, clock: Clock, world: Mapping[str, Any] | None
) -> Source:
    from cockpit.adapters.inngest import Inngest

    windows = [one.over for one in plan.checks.values() if isinstance(one, RunsCheck) and one.on == name and one.over]
    export = f"{world['app']['base_url']}/inngest/metrics" if world else connection.export
    key = "" if world else vault.resolve(connection.key)
    return Inngest(name, export, key, clock=clock, window=max(windows, default=None))


def _of_this_machine(
    name: str, connection: ShellConnection | GitConnection | FileConnection, plan: Plan, *, rehearsal: bool
) -> Source:
    """A rehearsal runs the stand-ins of the plan's checks, without what leads to a real system."""
    mentioned = mentioned_in(plan)
    match connection:
        case ShellConnection():
            from cockpit.adapters.shell import Commands

            return Commands(name, connection.folder, rehearsal=rehearsal, mentioned=mentioned)
        case GitConnection():
            from cockpit.adapters.git import Git

            return Git(name, connection.folder, connection.remote, rehearsal=rehearsal, mentioned=mentioned)
        case FileConnection():
            from cockpit.adapters.file import Files

            return Files(name, connection.folder, rehearsal=rehearsal, mentioned=mentioned)


def _prometheus(
    name: str,
    connection: PrometheusConnection,
    plan: Plan,
    vault: Vault,
    clock: Clock,
    world: Mapping[str, Any] | None,
) -> Source:
    """In a rehearsal the stand-in's app is every target, under its own name; there is no server to ask."""
    from cockpit.adapters.absent import Absent
    from cockpit.adapters.prometheus import Prometheus
    from cockpit.adapters.scrape import Target

    if world and connection.server is not None:
        return Absent(name, "Prometheus server")
    targets = [Target.of(address) for address in connection.targets]
    if world:
        targets = [Target(f"{world['app']['base_url']}/metrics", target.instance) for target in targets]
    windows: dict[str, timedelta] = {}
    for check in plan.checks.values():
        if isinstance(check, MetricCheck) and check.on == name and check.window is not None:
            windows[check.metric] = max(check.window, windows.get(check.metric, timedelta(0)))
    headers = {} if world else _headers(connection.headers, vault)
    return Prometheus(name, clock=clock, targets=targets, server=connection.server, headers=headers, windows=windows)


def _headers(headers: Mapping[str, SecretRef], vault: Vault) -> dict[str, str]:
    return {header: _header(value, vault) for header, value in headers.items()}


def _header(value: SecretRef, vault: Vault) -> str:
    """What authenticates is a reference, says `planfile`; other headers stand in the plan as they are."""
    return value if isinstance(value, str) and not is_reference(value) else vault.resolve(value)


def begin(plan: Plan, *, plan_file: str, operator: str) -> Assembly:
    """A new run against the real world. Raises SecretError, JournalError."""
    vault, clock = Vault(), RealClock()
    links = connect(plan, vault, clock)
    journal = SqliteJournal.create(paths.private(paths.runs_folder()), plan.name, clock.now())
    session = Session.open(
        journal, clock, operator, plan, plan_file=plan_file, emergency=_emergency(journal)
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
    )
    return Assembly(session, _runner(session, journal, links, vault), links, vault, clock, launched)


def take_up(path: Path, *, operator: str, launched: Launched | None, clock: Clock) -> Assembly:
    """An open run, taken up again. Raises JournalBusy while another process drives it."""
    journal = SqliteJournal.open(path)
    try:
        session = Session(journal, clock, operator, emergency=_emergency(journal))
        take_over(session)
        vault = Vault()
        links = connect(session.state.plan, vault, clock, world=launched.address if launched else None)
    except BaseException:
        journal.close()
        raise
    runner = _runner(session, journal, links, vault)
    return Assembly(session, runner, links, vault, clock, launched)


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

    A process of this machine either lives or does not; of one elsewhere only its lease tells. Two that
    come at once both find the driver gone: one of them gets the lease.
    """
    refuse_if_driven(session)
    here = session.on_this_host
    if not session.holds_lease(LEASE, is_gone=lambda holder: here and not _drives(holder)):
        where = "this machine" if here else session.state.host
        raise JournalBusy(
            f"Run {session.run} is driven by another cockpit, last on {where}.",
            f"Leave it there; one that was killed is replaced after {LEASE:g} s.",
        )


def refuse_if_driven(session: Session) -> None:
    """Driver only, until several operators exist: raises JournalBusy while another process of this machine drives."""
    if session.on_this_host and _drives(session.state.session):
        number = session.state.session.partition("-")[0]
        raise JournalBusy(f"Run {session.run} is driven by process {number} on this machine.", "Leave it there first.")


def _drives(session: str) -> bool:
    """Whether the process of a session id is there and is a cockpit; ids begin with its number."""
    number = session.partition("-")[0]
    if not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        return b"cockpit" in Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc").exists() and _answers_signals(int(number))


def _answers_signals(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
