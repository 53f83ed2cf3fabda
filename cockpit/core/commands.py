"""What somebody wants done: intents, imperative. `rules.decide` turns each into events or a refusal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cockpit.core.deployment import Deployment, Observation, Rollout
from cockpit.core.finding import Finding
from cockpit.core.logline import LogLine
from cockpit.core.origin import Origin
from cockpit.core.plan import Plan
from cockpit.core.reading import Reading
from cockpit.core.tally import CountAnswers as CountAnswers  # noqa: PLC0414  (a command like those below)


@dataclass(frozen=True, slots=True)
class Attach:
    """Take up the run in this process."""

    pid: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class Advance:
    """Open what has become due. Asked by the runner; nothing due is no refusal."""


@dataclass(frozen=True, slots=True)
class Prove:
    """A connection answered for the plan's environment."""

    connection: str
    summary: str


@dataclass(frozen=True, slots=True)
class SeeTarget:
    """The serving deployment of a service, before anything was changed."""

    service: str
    deployment: Deployment
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangePace:
    """The rehearsal's clock got another factor."""

    plan: str
    machine: float
    factor: float


@dataclass(frozen=True, slots=True)
class Enquire:
    """Ask this item's check now."""

    item: str


@dataclass(frozen=True, slots=True)
class Observe:
    """A reading came; it settles the items that wait for its check."""

    reading: Reading
    items: tuple[str, ...] = ()
    """Items for which it was asked, each with its own verdict in `verdicts`."""
    verdicts: tuple[tuple[str, str], ...] = ()
    """(verdict, because) for each of `items`."""
    warnings: tuple[tuple[str, ...], ...] = ()
    """For each of `items`; left out where there are none."""
    origin: Origin | None = None
    """Where the reading is from, where that was asked."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The operator did it."""

    item: str


@dataclass(frozen=True, slots=True)
class Untick:
    """Take back a tick, an answer, a look or a waiver."""

    item: str


@dataclass(frozen=True, slots=True)
class AnswerSee:
    """The operator looked."""

    item: str
    answer: Literal["yes", "no"]
    note: str = ""


@dataclass(frozen=True, slots=True)
class AnswerAsk:
    """The operator gives a value."""

    item: str
    value: str


@dataclass(frozen=True, slots=True)
class Waive:
    """Pass over an item, with a reason."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class MarkNotApplicable:
    """The item has no meaning here."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sign:
    """Sign for a role."""

    item: str
    name: str


@dataclass(frozen=True, slots=True)
class Note:
    """Words for the record."""

    text: str
    item: str | None = None


@dataclass(frozen=True, slots=True)
class PinLine:
    """Keep a log line as evidence, beside the row it speaks of where one is named."""

    line: LogLine
    item: str | None = None


@dataclass(frozen=True, slots=True)
class OpenGate:
    """Ask everything in the gate again."""

    phase: str


@dataclass(frozen=True, slots=True)
class DecideGate:
    """Go or no-go."""

    phase: str
    go: bool
    overrides: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Do:
    """Start an action; `typed` is what the operator typed or pressed to confirm."""

    item: str
    typed: str = ""
    summary: str = ""
    before: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accept:
    """The outside system took the action."""

    item: str
    intent: int
    deployment: str | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """The action is done, with its proof."""

    item: str
    intent: int
    proof: str


@dataclass(frozen=True, slots=True)
class Fail:
    """The action certainly failed."""

    item: str
    intent: int
    because: str


@dataclass(frozen=True, slots=True)
class Lose:
    """The action's outcome is unknown."""

    item: str
    intent: int
    because: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at an unknown outcome showed."""

    item: str
    intent: int
    found: Literal["happened", "not happened", "inconclusive"]
    because: str
    deployment: str | None = None


@dataclass(frozen=True, slots=True)
class Settle:
    """The operator settles an unknown outcome."""

    item: str
    happened: bool
    reason: str = ""
    """How the operator knows that it happened, where the looks cannot tell."""


@dataclass(frozen=True, slots=True)
class BeginRollout:
    """Follow this rollout."""

    rollout: Rollout
    item: str | None = None


@dataclass(frozen=True, slots=True)
class ObserveRollout:
    """A look at a rollout."""

    deployment: str
    observation: Observation


@dataclass(frozen=True, slots=True)
class SeeReplicas:
    """A look at the deployment that serves, between rollouts."""

    service: str
    deployment: Deployment
    started: datetime | None = None
    """The newest line by which the platform says that a container of it started; None where none is known."""


@dataclass(frozen=True, slots=True)
class MoveMonitor:
    """A monitor changed its state."""

    monitor: str
    state: str
    because: str
    reading: int | None = None


@dataclass(frozen=True, slots=True)
class MoveTrigger:
    """A criterion for or against a rollback changed."""

    trigger: int
    state: Literal["clear", "tripped", "unknown"]
    because: str
    against: bool = False


@dataclass(frozen=True, slots=True)
class TellAlert:
    """Somebody who does not look was told, or with `trouble` could not be."""

    subject: str
    word: str
    words: str
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class SeeWayBack:
    """What a rollback level needs was looked at; `fresh` where every look was made since a gate was opened."""

    level: str
    findings: tuple[Finding, ...]
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class StartRollback:
    """Take the way back; `typed` must be the environment's name, or REHEARSAL."""

    level: str
    typed: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reopen:
    """After a rollback, begin the phases again as the next attempt."""

    reason: str


@dataclass(frozen=True, slots=True)
class Amend:
    """Take in a changed plan."""

    plan: Plan
    diff: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """End the run."""

    ending: Literal["signed off", "rolled back", "stopped at gate", "partial", "abandoned"]
    note: str = ""


Command = (
    Attach | Advance | Prove | SeeTarget | ChangePace | Enquire | Observe | Tick | Untick | AnswerSee | AnswerAsk
    | Waive | MarkNotApplicable | Sign | Note | PinLine | OpenGate | DecideGate | Do | Accept | Finish | Fail | Lose
    | Look | Settle | BeginRollout | ObserveRollout | CountAnswers | SeeReplicas | MoveMonitor | MoveTrigger
    | TellAlert | SeeWayBack | StartRollback | Reopen | Amend | Close
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not done: shown before the key is pressed, and after."""

    reason: str
