"""What the middle asks of the edges.

Each protocol is as small as its users need. Adapters implement them, bootstrap chooses, tests
may stand in at these seams. Every method may raise a `SourceError`; a mutation may raise
`ActionUncertain` when its answer was lost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cockpit.core import cadence
from cockpit.core.deployment import Deployment, Observation
from cockpit.core.drift import Drift
from cockpit.core.events import Event
from cockpit.core.logline import LogGap, LogLine, LogLink
from cockpit.core.plan import Question
from cockpit.core.reading import Answer, Reading


@dataclass(frozen=True, slots=True)
class Asking:
    """What a source needs beside the check itself."""

    parameters: tuple[object, ...] = ()
    """Bound values for `$1`, `$2`, ..."""
    since: datetime | None = None
    """Where a log window begins."""
    deployment: str | None = None
    """Whose lines or settings are meant, when the check says old or new."""
    urgent: bool = False
    """On the way back: requests may use what the budget holds back."""


@dataclass(frozen=True, slots=True)
class Link:
    """What `doctor` says of a connection."""

    connection: str
    ok: bool
    summary: str
    """Whom we reached and with which rights, one line."""
    milliseconds: int
    remedy: str = ""
    warnings: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    """What is true at the moment only, such as how much of a budget is used."""


class Source(Protocol):
    """An outside system that answers checks."""

    async def ask(self, check: Question, asking: Asking) -> Answer:
        """One answer, within `check.deadline` of machine time."""
        ...

    async def examine(self) -> Link:
        """Whether it works, with which rights, how fast; raises nothing of ours."""
        ...

    async def close(self) -> None:
        """Let go of sockets, within a second."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """What a Railway token is good for."""

    token: str
    """project, account or workspace."""
    project: str
    project_id: str
    environment: str
    environment_id: str
    services: Mapping[str, str]
    """Name to id."""


@dataclass(frozen=True, slots=True)
class Budget:
    """API requests of the last hour of machine time."""

    used: int
    per_hour: int
    held_back: int
    """Kept for a rollback."""

    @property
    def free(self) -> int:
        """What all but a rollback may use."""
        return self.per_hour - self.held_back

    @property
    def stretch(self) -> float:
        """By how much looks at a rollout of ours stretch."""
        return cadence.stretch(self.used, self.free)

    @property
    def giving_way(self) -> float:
        """By how much everything else that asks Railway stretches."""
        return cadence.giving_way(self.used, self.free)


@dataclass(frozen=True, slots=True)
class Setting:
    """One place that says something of one setting."""

    name: str
    """overlap, drain, health_path, health_timeout, start_command, sleep, cron or replicas."""
    source: str
    """`variable`, `service setting` or `running deployment`."""
    value: str


@dataclass(frozen=True, slots=True)
class Settings:
    """A service's settings that matter to a rollout, the forecast for its next deploy; None where never set.

    A variable wins over the service setting, that over the manifest of what runs now. Which of them
    really governs is documented nowhere (`railway/api.md` 5): so all are kept, and disagreements shown.
    """

    overlap: float | None
    drain: float | None
    health_path: str | None
    health_timeout: float | None
    replicas: int | None
    start_command: str | None = None
    sleep: bool | None = None
    cron: str | None = None
    regions: Mapping[str, int] = field(default_factory=dict)
    """Replicas by region, as configured, else as it runs."""
    has_volume: bool = False
    """Then nothing overlaps: the volume has one owner at a time."""
    sources: tuple[Setting, ...] = ()
    """Every place that says something, best first."""

    @property
    def configured(self) -> Mapping[str, str]:
        """What stands in the service's own settings, as text: what `set_settings` writes and is read back by."""
        return {setting.name: setting.value for setting in self.sources if setting.source == "service setting"}

    @property
    def disagreements(self) -> tuple[str, ...]:
        """One sentence per setting whose sources differ."""
        sentences = []
        for name in dict.fromkeys(setting.name for setting in self.sources):
            said = [setting for setting in self.sources if setting.name == name]
            if len({setting.value for setting in said}) > 1:
                places = ", ".join(f"{setting.value} by the {setting.source}" for setting in said)
                sentences.append(f"{name.replace('_', ' ').capitalize()} is {places}.")
        return tuple(sentences)


@dataclass(frozen=True, slots=True)
class Kept:
    """What Railway tells of a variable beside its value."""

    sealed: bool
    """Its value is never told again, so it can be overwritten and deleted, and never compared."""
    updated_at: datetime | None


class Platform(Source, Protocol):
    """Railway: what can be read and changed. Services go by name.

    `urgent` requests may use what the budget holds back; a change always may, for a person has asked for it.
    """

    @property
    def budget(self) -> Budget: ...

    async def scope(self) -> Scope:
        """Project and environment behind the token. Refused when they are not the plan's."""
        ...

    async def serving(self, service: str, *, urgent: bool = False) -> Deployment | None:
        """The deployment that is up, the newest of them if several are."""
        ...

    async def deployments(self, service: str, *, first: int = 20, urgent: bool = False) -> tuple[Deployment, ...]:
        """Newest first."""
        ...

    async def deployment(self, deployment: str, *, urgent: bool = False) -> Deployment | None: ...

    async def observe(self, service: str, new: str, old: str | None, *, urgent: bool = False) -> Observation:
        """One look at a rollout, in one request."""
        ...

    async def settings(self, service: str, *, urgent: bool = False) -> Settings: ...

    async def variables(self, service: str | None, *, urgent: bool = False) -> Mapping[str, str]:
        """Configured, unrendered; without a service the shared ones. Sealed ones are not among them."""
        ...

    async def kept(self, service: str | None, *, urgent: bool = False) -> Mapping[str, Kept]:
        """Every variable by name, sealed ones too; without a service the shared ones."""
        ...

    async def running_variables(self, deployment: str, *, urgent: bool = False) -> Mapping[str, str]:
        """What a deployment was built with (`deploymentSnapshot`)."""
        ...

    async def drift(self, service: str, deployment: str, *, urgent: bool = False) -> Drift:
        """What is configured against what a deployment was built with. Missing where Railway shows no snapshot."""
        ...

    async def set_variables(self, service: str | None, values: Mapping[str, str]) -> None:
        """Without a deploy (`skipDeploys`); what is not named stays, sealed ones too."""
        ...

    async def delete_variables(self, service: str | None, names: tuple[str, ...]) -> None:
        """Without a deploy, through staged changes; Refused while others have staged something."""
        ...

    async def set_settings(self, service: str, values: Mapping[str, int | str | bool | None]) -> None:
        """Settings by our names, None for unset; without a deploy (`railway/api.md` 5 [S, T])."""
        ...

    async def deploy(self, service: str, commit: str | None = None) -> str:
        """Of that commit, else of the one Railway associates with the service. Returns the new deployment's id."""
        ...

    async def redeploy(self, deployment: str) -> str: ...

    async def restart(self, deployment: str) -> None: ...

    async def roll_back(self, deployment: str) -> None:
        """To the image and variables of that deployment; the new one is found by listing."""
        ...

    async def cancel(self, deployment: str) -> None:
        """Stop a deployment that has not become active (`deploymentCancel`)."""
        ...

    async def stop(self, deployment: str) -> None:
        """Its containers; the status stays SUCCESS and a restart brings it back (`railway/api.md` 8 [X1, X2])."""
        ...

    async def remove(self, deployment: str) -> None:
        """Stop it and mark it REMOVED."""
        ...

    async def approve(self, deployment: str) -> None:
        """Let one go on that waits for a human."""
        ...

    async def scale(self, service: str, amount: int | Mapping[str, int]) -> None:
        """So many replicas in its one region, or by region, 0 to leave one. Refused where it would have to guess."""
        ...

    async def build_log(self, service: str, deployment: str) -> tuple[LogLine, ...]:
        """How it was built, whole, oldest line first."""
        ...

    async def request_log(self, service: str, deployment: str) -> tuple[LogLine, ...]:
        """The newest requests it answered, oldest first; empty for a service without a domain."""
        ...

    def follow(self, services: tuple[str, ...], since: datetime) -> AsyncIterator[LogLine | LogGap | LogLink]:
        """Every line of these services from `since` on, once each, in order per instance, for ever."""
        ...


class Journal(Protocol):
    """The append-only record of one run. Synchronous; the session calls it off the event loop.

    Raises `JournalConflict` when somebody appended meanwhile, `JournalUnwritable` when nothing
    more can be written, `JournalDamaged` when the file is none of ours.
    """

    @property
    def run(self) -> str:
        """The run's short id."""
        ...

    @property
    def notice(self) -> str:
        """What the operator should know of how it is kept, such as "no WAL on a network file system"; or empty."""
        ...

    def read(self, after: int = 0) -> list[Event]:
        """Events with a seq above `after`, in order."""
        ...

    def append(self, expected: int, events: Sequence[Event], readings: Sequence[Reading] = ()) -> None:
        """Both or neither, durable on return; `expected` is the seq of the last event the caller knows."""
        ...

    def keep(self, readings: Sequence[Reading]) -> None:
        """Readings that no event cites: samples of monitors."""
        ...

    def next_reading(self) -> int:
        """A fresh reading id; never given twice, across processes too."""
        ...

    def reading(self, number: int) -> Reading | None: ...

    def readings(self, check: str, *, since: datetime | None = None) -> list[Reading]:
        """Readings of a check in the order they were asked."""
        ...

    def latest(self) -> dict[str, Reading]:
        """The newest reading of each check."""
        ...

    def lease(self, session: str, seconds: float, *, is_gone: Callable[[str], bool] = ...) -> bool:
        """Take or renew the asker's lease (machine time): true for the one process that samples.

        `is_gone` tells of the holder whether it is known to be dead: then it is not waited for.
        """
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did."""

    exit: int
    text: str
    """Its output, bounded; redacted and inert only when shown."""
    capped: bool = False
    """There was more output than is kept."""
    errors: str = ""
    """What it wrote to its standard error, where that was kept apart."""


class Shell(Protocol):
    """Commands of this machine, by argv, their process group killed past the deadline."""

    async def run(self, argv: Sequence[str], *, seconds: float) -> Ran:
        """Raises SourceError when it could not start, ActionUncertain when it was killed underway."""
        ...


class Writer(Protocol):
    """A database that carries out one writing statement."""

    async def write(self, sql: str, parameters: Sequence[object], *, seconds: float) -> str:
        """One transaction; the command tag. SourceError: nothing happened; ActionUncertain: commit unanswered."""
        ...
