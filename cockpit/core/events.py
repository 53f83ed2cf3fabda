"""What happened in a run: the facts, past tense, never rewritten.

Each class is the body of one kind of event. The envelope around it is for ever:
run, seq, at, kind, version, actor, session, host, cause. A kind this version does not know
is kept as `Unknown`: it is shown, and stops acting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from cockpit.core.deployment import Deployment, Observation, Rollout
from cockpit.core.reading import Verdict


class Body(BaseModel):
    """The body of an event; `VERSION` grows when its shape changes, `upcasters` then read the old."""

    model_config = ConfigDict(frozen=True)
    VERSION: ClassVar[int] = 1


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


class Enquired(Body):
    """Somebody wants an item's check asked now."""

    item: str


class BaselineRecorded(Body):
    """A reading was recorded on purpose."""

    item: str
    check: str
    reading: int


class ReadingJudged(Body):
    """A reading settled or failed an item."""

    item: str
    check: str
    reading: int
    verdict: Verdict
    because: str


class Ticked(Body):
    """A person did what the words say."""

    item: str


class Unticked(Body):
    """A tick, an answer or a waiver was taken back; the item is open again."""

    item: str


class SeeAnswered(Body):
    """A person looked."""

    item: str
    answer: Literal["yes", "no"]
    note: str = ""


class Answered(Body):
    """A value only a person knows; a secret one is not journalled."""

    item: str
    ask: str
    value: str | None
    secret: bool = False


class Waived(Body):
    """An item is passed over, with a reason: a deviation."""

    item: str
    reason: str


class MarkedNotApplicable(Body):
    """An item has no meaning in this run."""

    item: str
    reason: str


class Signed(Body):
    """A role signs."""

    item: str
    role: str
    name: str


class Noted(Body):
    """Words for the record."""

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
    overrides: dict[str, str] = {}
    """Item to reason, for each condition passed over."""
    inputs: tuple[int, ...] = ()
    """Readings the recommendation rests on."""


class ActionIntended(Body):
    """An action is about to be sent. Appended before the request leaves."""

    item: str
    action: str
    summary: str
    """What will be done, in words, without values that are secret."""
    before: dict[str, str] = {}
    """What a later look compares with: variable names to a digest of their values, newest deployment, ..."""


class ActionAccepted(Body):
    """The outside system took it; not yet proved."""

    item: str
    intent: int
    deployment: str | None = None


class ActionDone(Body):
    """Accepted and read back."""

    item: str
    intent: int
    proof: str


class ActionFailed(Body):
    """It certainly did not do what it should."""

    item: str
    intent: int
    because: str


class ActionLost(Body):
    """Whether it happened is unknown: its answer never came, or we were gone."""

    item: str
    intent: int
    because: str


class ActionLooked(Body):
    """What a look at an unknown outcome showed; settles nothing."""

    item: str
    intent: int
    found: Literal["happened", "not happened", "inconclusive"]
    because: str
    deployment: str | None = None
    number: int = 1
    """First or second look."""


class ActionSettled(Body):
    """The operator settled an unknown outcome, after the looks."""

    item: str
    intent: int
    happened: bool
    deployment: str | None = None


class RolloutBegan(Body):
    """One deployment started to replace another."""

    item: str | None
    """The item that caused it; None for one nobody here started."""
    rollout: Rollout


class RolloutObserved(Body):
    """A look at a rollout that showed something new."""

    deployment: str
    observation: Observation


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


KINDS: Mapping[str, type[Body]] = {
    kind.__name__: kind
    for kind in (
        RunOpened, PlanAmended, Attached, EnvironmentProved, TargetSeen, PaceChanged, PhaseOpened, Enquired,
        BaselineRecorded, ReadingJudged, Ticked, Unticked, SeeAnswered, Answered, Waived, MarkedNotApplicable,
        Signed, Noted, DeviationNoted, GateAsked, GateDecided, ActionIntended, ActionAccepted, ActionDone,
        ActionFailed, ActionLost, ActionLooked, ActionSettled, RolloutBegan, RolloutObserved, MonitorMoved,
        TriggerMoved, RollbackStarted, PhasesReopened, RunClosed,
    )
}  # fmt: skip
"""Every kind of event, by its name in the journal."""

UPCASTERS: Mapping[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""(kind, version) to a pure step that turns an old body into that of the next version."""


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


def read_body(kind: str, version: int, content: dict[str, Any]) -> Body:
    """An event's body from its journal form. Old versions are upcast, unknown kinds and newer versions kept."""
    model = KINDS.get(kind)
    if model is None or version > model.VERSION:
        return Unknown(name=kind, content=content)
    while version < model.VERSION:
        content = UPCASTERS[kind, version](content)
        version += 1
    return model.model_validate(content)
