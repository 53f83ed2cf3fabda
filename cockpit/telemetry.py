"""What is live but not history: last readings, log ring, links, budget.

The honest exception to "all state is folded": raw rows and log lines can be asked again, so
this is a cache. After a resume the last readings come back from the journal's reading table,
log lines from the platform. Whatever a rule reads is an event, with its evidence.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Literal

from cockpit.core.expression.showing import Conceal
from cockpit.core.lease import Attachment
from cockpit.core.readiness import Looks, ProgramLook, TargetLook, Trial
from cockpit.core.reading import Reading
from cockpit.core.rollout.deployment import Deployment
from cockpit.core.rollout.drift import Drift
from cockpit.core.rollout.forecast import Forecast
from cockpit.core.rollout.traffic import Probe
from cockpit.core.state import State
from cockpit.core.text.logline import LogGap, LogLine, LogLink
from cockpit.core.watch.criterion import Weighed
from cockpit.errors import CockpitError, SourceError
from cockpit.ports import Budget

RING_LINES = 10_000
"""Log lines kept in memory (about 5 MB); older ones are counted as dropped, and the pane says so."""


HELD = 5
"""So many times that, while somebody holds the log still: what is read stays, and memory has an end."""


class LogRing:
    """The last lines in the order they were delivered, numbered from the first ever."""

    def __init__(self, capacity: int = RING_LINES) -> None:
        self._lines: deque[LogLine | LogGap] = deque()
        self._capacity = capacity
        self._held: int | None = None
        self.total = 0
        """Lines and gaps ever delivered; the newest has number `total - 1`."""
        self.revision = 0
        """Raised when lines that are held already have changed."""

    @property
    def first(self) -> int:
        """The number of the oldest line still held."""
        return self.total - len(self._lines)

    def extend(self, lines: Iterable[LogLine | LogGap]) -> None:
        for line in lines:
            self._lines.append(line)
            self.total += 1
            self._trim()

    def conceal(self, conceal: Conceal) -> None:
        """Take a secret that was learnt just now out of what is held."""
        self._lines = deque(one.concealed(conceal) if isinstance(one, LogLine) else one for one in self._lines)
        self.revision += 1

    def keep(self, number: int | None) -> None:
        """Let no line from this number on go while there is room; None ends that. For whoever reads them."""
        self._held = number
        self._trim()

    def _trim(self) -> None:
        while (size := len(self._lines)) > self._capacity:
            if size <= self._capacity * HELD and self._held is not None and self.first >= self._held:
                return
            self._lines.popleft()

    def __len__(self) -> int:
        return len(self._lines)

    def since(self, number: int) -> list[LogLine | LogGap]:
        """Held lines from that number on."""
        skip = max(0, number - self.first)
        if skip >= len(self._lines):
            return []
        return list(islice(self._lines, skip, None))

    def line(self, number: int) -> LogLine | LogGap | None:
        """One line by its number, if it is still held."""
        index = number - self.first
        return self._lines[index] if 0 <= index < len(self._lines) else None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a connection does not answer as it should."""

    what: str
    remedy: str = ""
    word: str = "down"
    """The same in a word, as the header has it: down, silent, throttles, refuses, garbled."""
    since: datetime | None = None
    """Plan time of the first failure without an answer in between."""

    @property
    def does(self) -> str:
        """The word as a verb: `is down`, `throttles`."""
        if self.word == "garbled":
            return "sends garbage"
        return f"is {self.word}" if self.word in ("down", "silent") else self.word

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


@dataclass(frozen=True, slots=True)
class Preview:
    """What an action would change, as it stood when last looked at."""

    at: datetime
    """Plan time of the look."""
    standing: Mapping[str, str] = field(default_factory=dict)
    """Each name it changes with its state in a word, `AS_WANTED` or `GONE` where nothing is left to do."""
    drift: Drift | None = None
    """For a deploy: the variables it would bring."""
    about: str = ""
    """For what is done to one deployment: which one."""
    trouble: str = ""
    """Why it could not be looked at."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The newest deployments of a service as they were last listed; a listing that failed keeps the one before."""

    at: datetime | None = None
    """Plan time at which `found` was asked; None where nothing has ever come."""
    found: tuple[Deployment, ...] = ()
    """Newest first."""
    trouble: str = ""
    """Why the last asking brought nothing."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What somebody wants to see aside from the run, and what came of it: `lines` are None until something came.

    Of `deployments` it tells only whether they are asked; what came is in `Telemetry.listings`.
    """

    kind: Literal["build", "http", "deployments"]
    service: str = ""
    deployment: str = ""
    lines: tuple[LogLine, ...] | None = None
    trouble: str = ""
    asked: datetime | None = None
    """When the newest answer came (plan time); None before the first."""

    @property
    def subject(self) -> tuple[str, str, str]:
        """What it is about, whatever came of it."""
        return self.kind, self.service, self.deployment


@dataclass(slots=True)
class Telemetry:
    """One per process; the runner writes it, screens read it."""

    readings: dict[str, Reading] = field(default_factory=dict)
    """The newest reading of each check, rows included where they are at hand."""
    asking: dict[str, datetime] = field(default_factory=dict)
    """Checks being asked right now, and since when (plan time)."""
    logs: LogRing = field(default_factory=LogRing)
    log_link: LogLink = field(default_factory=lambda: LogLink("down", "not started"))
    glance: Glance | None = None
    """What was looked at last: a build or request log, or the deployments."""
    listings: dict[tuple[str, str], Listing] = field(default_factory=dict)
    """By connection and service: the deployments listed when somebody last wanted to see them."""
    behind: dict[str, float] = field(default_factory=dict)
    """How late each monitor was asked last, in cadences of its own: a rehearsal can be too fast for a machine."""
    links: dict[str, Trouble] = field(default_factory=dict)
    """Connections that are in trouble now."""
    looked: dict[str, datetime] = field(default_factory=dict)
    """By deployment: plan time of the last look at its rollout that was answered, whether it brought news or not."""
    others: tuple[Attachment, ...] = ()
    """Who else has the run in hand, at the last look."""
    budget: Budget | None = None
    journal_notice: str = ""
    """What is special about how the journal is kept, such as no write-ahead log on a network file system."""
    journal_trouble: str = ""
    """Why the journal cannot be written; empty while it can."""
    targets: dict[str, TargetLook] = field(default_factory=dict)
    """By service: the last look at where a rollback leads; the run's own record of it is in the state."""
    programs: dict[str, ProgramLook] = field(default_factory=dict)
    """By name: where the commands of ways back are on this machine."""
    trials: dict[tuple[str, ...], Trial] = field(default_factory=dict)
    """By the actions tried together: what came of a way back's SQL on another database."""
    has_looked: bool = False
    """This process looks at what the way back needs; else the record is all there is."""
    previews: dict[str, Preview] = field(default_factory=dict)
    """By action: what it would change, for those that may be started now."""
    strangers: dict[str, Deployment] = field(default_factory=dict)
    """By service: what serves, where it is neither that nor made by this run."""
    forecasts: dict[str, Forecast] = field(default_factory=dict)
    """By action: what its rollouts took in earlier runs; read once, from their journals."""
    probes: dict[str, deque[Probe]] = field(default_factory=dict)
    """By check that `serves`: which deployment or commit its last answers named."""
    criteria: dict[tuple[bool, int], Weighed] = field(default_factory=dict)
    """What each rollback criterion came to when it was looked at last: those against one under True; by number."""
    baselines: dict[str, Reading] = field(default_factory=dict)
    """The present baseline reading of each check, with rows."""

    @property
    def looks(self) -> Looks:
        """What was looked at for the way back."""
        links = {name: trouble.does for name, trouble in self.links.items()}
        return Looks(links, self.targets, self.programs, self.trials)

    def works(self, link: str) -> None:
        """A connection has answered."""
        self.links.pop(link, None)

    def fails(self, link: str, error: CockpitError, at: datetime) -> None:
        """A connection has not, at an instant of plan time; it is in trouble since it did first."""
        known = self.links.get(link)
        word = error.word if isinstance(error, SourceError) else SourceError.word
        since = known.since if known is not None and known.since is not None else at
        self.links[link] = Trouble(error.what, error.remedy, word, since)


@dataclass(frozen=True, slots=True)
class Scene:
    """All a view function may look at: `state`, what is live, and an instant of plan time."""

    state: State
    live: Telemetry
    now: datetime
    operator: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action id to the key shown for it, from the table in `ui/actions.py` and the operator's settings."""
    rollout: str = ""
    """The rollout that was chosen for the strip; empty leaves it to the newest in flight."""
