"""What happened in a run: the facts, past tense, never rewritten.

Each class is the body of one kind of event. The envelope around it is for ever:
run, seq, at, kind, version, actor, session, host, cause. A kind this version does not know
is kept as `Unknown`: it is shown, and stops acting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from cockpit.core.body import Body as Body  # noqa: PLC0414  (whoever reads events takes their bodies from here)
from cockpit.core.body import OfIntent as OfIntent  # noqa: PLC0414  (the same)
from cockpit.core.body import OfItem as OfItem  # noqa: PLC0414  (the same)
from cockpit.core.deployment import Deployment, Observation, Rollout
from cockpit.core.reading import Verdict


class RunOpened(Body):
    """The run began with this plan, against this environment."""

    plan: dict[str, Any]
    plan_file: str
    environment: str
    rehearsal: bool = False
    simulator: str | None = None
    """The state folder of the stand-in world, in a rehearsal."""
    auto: bool = False
    """A scripted operator drives."""


class PlanAmended(Body):
    """A changed plan was taken in; what did not change keeps its state."""

    plan: dict[str, Any]
    diff: tuple[str, ...]


class Attached(Body):
    """A process took up this run: at its opening, or on resume."""

    operator: str
    resumed: bool
    pid: int


class EnvironmentProved(Body):
    """Railway or a database answered for the environment the plan names."""

    connection: str
    summary: str


class TargetSeen(Body):
    """The deployment that served before anything was changed: where the way back leads."""

    service: str
    deployment: Deployment
    variables: tuple[str, ...] = ()
    """Names of the variables it was built with."""


class PaceChanged(Body):
    """A rehearsal's clock got another factor."""

    plan: datetime
    machine: float
    factor: float


class PhaseOpened(Body):
    """A phase may be worked on."""

    phase: str


class Enquired(OfItem):
    """Somebody wants an item's check asked now."""


class BaselineRecorded(OfItem):
    """A reading was recorded on purpose."""

    check: str
    reading: int


class ReadingJudged(OfItem):
    """A reading settled or failed an item."""

    check: str
    reading: int
    verdict: Verdict
    because: str


class Ticked(OfItem):
    """A person did what the words say."""


class Unticked(OfItem):
    """A tick, an answer or a waiver was taken back; the item is open again."""


class SeeAnswered(OfItem):
    """A person looked."""

    answer: Literal["yes", "no"]
    note: str = ""


class Answered(OfItem):
    """A value only a person knows; a secret one is not journalled."""

    ask: str
    value: str | None
    secret: bool = False


class Waived(OfItem):
    """An item is passed over, with a reason: a deviation."""

    reason: str


class MarkedNotApplicable(OfItem):
    """An item has no meaning in this run."""

    reason: str


class Signed(OfItem):
    """A role signs."""

    role: str
    name: str


class Noted(Body):
    """Words for the record."""

    text: str
    item: str | None = None


class LinePinned(Body):
    """A log line kept as evidence: logs are gone after days, the journal is not (`railway/api.md` 9, [D])."""

    service: str
    deployment: str
    instance: str
    stamp: str
    """The server's, all its decimals."""
    level: str
    text: str
    item: str | None = None


class DeviationNoted(Body):
    """Something did not go as planned."""

    text: str
    item: str | None = None


class GateAsked(Body):
    """The gate was opened: everything in it is asked again."""

    phase: str


class GateDecided(Body):
    """Go or no-go; what was recommended and what was decided stand side by side."""

    phase: str
    go: bool
    recommended: bool
    reasons: tuple[str, ...]
    overrides: dict[str, str] = Field(default_factory=dict)
    """Item to reason, for each condition passed over."""
    inputs: tuple[int, ...] = ()
    """Readings the recommendation rests on."""


class ActionIntended(OfItem):
    """An action is about to be sent. Appended before the request leaves."""

    action: str
    summary: str
    """What will be done, in words, without values that are secret."""
    before: dict[str, str] = Field(default_factory=dict)
    """What a later look compares with: variable names to a digest of their values, newest deployment, ..."""


class ActionAccepted(OfIntent):
    """The outside system took it; not yet proved."""

    deployment: str | None = None


class ActionDone(OfIntent):
    """Accepted and read back."""

    proof: str


class ActionFailed(OfIntent):
    """It certainly did not do what it should."""

    because: str


class ActionLost(OfIntent):
    """Whether it happened is unknown: its answer never came, or we were gone."""

    because: str


class ActionLooked(OfIntent):
    """What a look at an unknown outcome showed; settles nothing."""

    found: Literal["happened", "not happened", "inconclusive"]
    because: str
    deployment: str | None = None
    number: int = 1
    """First or second look."""


class ActionSettled(OfIntent):
    """The operator settled an unknown outcome, after the looks."""

    happened: bool
    deployment: str | None = None
    reason: str = ""
    """How the operator knows, where the looks could not tell."""


class RolloutBegan(Body):
    """One deployment started to replace another."""

    item: str | None
    """The item that caused it; None for one nobody here started."""
    rollout: Rollout


class RolloutObserved(Body):
    """A look at a rollout that showed something new."""

    deployment: str
    observation: Observation


class ReplicasChanged(Body):
    """Other containers of a deployment run than before, or one started anew, while nothing was deployed."""

    service: str
    deployment: str
    before: tuple[str, ...]
    """Ids of the instances that ran."""
    after: tuple[str, ...]
    started: datetime | None = None
    """The platform's line that says so; None where only the ids tell."""
    item: str | None = None
    """The restart or change of scale of this run that explains it; None: the platform or somebody did it."""


class MonitorMoved(Body):
    """A monitor changed between ok, pending, firing and unknown."""

    monitor: str
    state: str
    because: str
    reading: int | None = None


class TriggerMoved(Body):
    """A rollback criterion tripped, cleared, or can not be told (`unknown`)."""

    trigger: int
    state: Literal["clear", "tripped", "unknown"]
    because: str


class RollbackStarted(Body):
    """The way back was taken, at this level; its items run in order."""

    level: str
    reason: str


class PhasesReopened(Body):
    """After a rollback: the phases begin again as the next attempt."""

    reason: str


class RunClosed(Body):
    """The end. A run never closes itself."""

    ending: Literal["signed off", "rolled back", "stopped at gate", "partial", "abandoned"]
    note: str = ""


class Unknown(Body):
    """A kind this version does not know."""

    name: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a human, the runner, or a schedule. Names are never inherited."""

    kind: Literal["human", "runner", "schedule"]
    name: str


@dataclass(frozen=True, slots=True)
class Event:
    """The envelope."""

    run: str
    seq: int
    at: datetime
    """Plan time, UTC, microseconds, never backwards."""
    actor: Actor
    session: str
    """The process that appended it."""
    host: str
    body: Body
    cause: int | None = None
    """The seq that led to it."""

    @property
    def kind(self) -> str:
        return self.body.name if isinstance(self.body, Unknown) else type(self.body).__name__
