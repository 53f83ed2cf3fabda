"""What a run's events add up to. Frozen; a new event makes a new state.

State holds what rules and screens ask about and nothing a clock would change: ages,
countdowns and expiry are computed from it and an instant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cockpit.core.anchor import Anchor
from cockpit.core.finding import Finding
from cockpit.core.plan import Item, Level, Phase, Plan, Verb
from cockpit.core.reading.origin import Origin
from cockpit.core.rollout.deployment import Deployment, Rollout
from cockpit.core.rollout.tally import Tally


class Status(StrEnum):
    """Where an item stands."""

    OPEN = "open"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"
    WAIVED = "waived"
    UNKNOWN = "unknown"


SETTLED = frozenset({Status.DONE, Status.NOT_APPLICABLE, Status.WAIVED})


LOOKS_NEEDED = 2
"""An unknown outcome is looked at twice before anybody may settle it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at an unknown outcome showed."""

    at: datetime
    found: str
    because: str
    deployment: str | None


@dataclass(frozen=True, slots=True)
class Intent:
    """An action sent, or about to be; keyed by the seq of its `ActionIntended`."""

    seq: int
    item: str
    action: str
    at: datetime
    session: str
    before: Mapping[str, str]
    accepted: bool = False
    deployment: str | None = None
    looks: tuple[Look, ...] = ()
    outcome: str | None = None
    """done, failed, lost, not happened; None while under way."""
    ended: datetime | None = None
    attempt: int = 1
    """The attempt it was sent in; its outcome belongs there."""

    @property
    def cannot_be_told(self) -> bool:
        """Enough looks, and the last one is inconclusive still: only a person's word can go on from here."""
        return len(self.looks) >= LOOKS_NEEDED and self.looks[-1].found == "inconclusive"

    @property
    def told(self) -> str | None:
        """What the last two looks agree on, `happened` or `not happened`; None while they cannot tell."""
        found = {look.found for look in self.looks[-LOOKS_NEEDED:]}
        if len(self.looks) < LOOKS_NEEDED or len(found) > 1 or "inconclusive" in found:
            return None
        return found.pop()


@dataclass(frozen=True, slots=True)
class ItemState:
    """One item of one attempt."""

    status: Status = Status.OPEN
    at: datetime | None = None
    """When it took this status."""
    since: datetime | None = None
    """When work on it began."""
    by: str = ""
    because: str = ""
    verdict: str = ""
    reading: int | None = None
    warnings: tuple[str, ...] = ()
    """What is to be known of the verdict all the same."""
    intent: int | None = None
    note: str = ""

    @property
    def is_settled(self) -> bool:
        return self.status in SETTLED


@dataclass(frozen=True, slots=True)
class GateState:
    """One gate of one attempt."""

    asked: datetime | None = None
    """When everything in it was last asked again."""
    decided: datetime | None = None
    go: bool | None = None
    recommended: bool | None = None
    reasons: tuple[str, ...] = ()
    overrides: Mapping[str, str] = field(default_factory=dict)
    used: bool = False
    """An action has begun under this GO: it can no longer expire."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The present answer to an ask."""

    value: str | None
    """None for a secret one: it is asked again on resume."""
    at: datetime
    by: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Baseline:
    """A reading recorded on purpose; the newest of a check is what later ones are compared with."""

    reading: int
    at: datetime
    by: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a rollback level was ready when it was looked at last, as far as that is a line in the record."""

    ready: bool | None
    at: datetime
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """The last word of a monitor or trigger."""

    state: str
    since: datetime
    because: str
    standing: str = "unknown"
    """Of a monitor: what it said last that was not unknown, and goes on from."""


@dataclass(frozen=True, slots=True)
class Alerted:
    """What somebody who does not look was told last of a matter."""

    word: str
    at: datetime
    trouble: str = ""
    """Why they could not be told."""


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note or deviation, for screen and report."""

    at: datetime
    by: str
    text: str
    item: str | None
    deviation: bool = False


@dataclass(frozen=True, slots=True)
class ReplicaChange:
    """Containers replaced or started anew while nothing was deployed."""

    at: datetime
    service: str
    deployment: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    started: datetime | None
    item: str | None


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed for a role, and when."""

    name: str
    at: datetime


@dataclass(frozen=True, eq=False, slots=True)
class State:
    """Everything a run is. Compared by identity."""

    run: str
    plan: Plan
    plan_file: str
    environment: str
    rehearsal: bool
    auto: bool
    simulator: str | None
    opened: datetime
    seq: int
    """Of the last event folded in."""
    at: datetime
    """Of the last event folded in."""
    operator: str = ""
    host: str = ""
    session: str = ""
    """The process that attached last."""
    attempt: int = 1
    phases: Mapping[tuple[str, int], datetime] = field(default_factory=dict)
    """(phase or level, attempt) to when it opened."""
    items: Mapping[tuple[str, int], ItemState] = field(default_factory=dict)
    gates: Mapping[tuple[str, int], GateState] = field(default_factory=dict)
    asks: Mapping[str, Answered] = field(default_factory=dict)
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    earlier_baselines: Mapping[str, tuple[Baseline, ...]] = field(default_factory=dict)
    """By check: those that were recorded before the present one, oldest first."""
    intents: Mapping[int, Intent] = field(default_factory=dict)
    rollouts: Mapping[str, Rollout] = field(default_factory=dict)
    """By deployment id, in the order they began."""
    rollout_items: Mapping[str, str] = field(default_factory=dict)
    rollout_attempts: Mapping[str, int] = field(default_factory=dict)
    """By deployment: the attempt whose action began it."""
    replicas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By deployment: ids of the instances that ran when it was last seen up."""
    replica_changes: tuple[ReplicaChange, ...] = ()
    answers: Mapping[tuple[str, str], Tally] = field(default_factory=dict)
    """By rollout and check: which versions answered while it was under way, as far as it is on record."""
    targets: Mapping[str, Deployment] = field(default_factory=dict)
    """By service: the deployment that served when the run opened."""
    target_variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    proved: Mapping[str, str] = field(default_factory=dict)
    anchors: Mapping[str, datetime] = field(default_factory=dict)
    """By `str(Anchor)`."""
    monitors: Mapping[str, Told] = field(default_factory=dict)
    triggers: Mapping[int, Told] = field(default_factory=dict)
    not_triggers: Mapping[int, Told] = field(default_factory=dict)
    alerted: Mapping[str, Mapping[str, Alerted]] = field(default_factory=dict)
    """By place where alerts are told (`core.watch.alerts`) and subject of an alert."""
    readiness: Mapping[str, Readiness] = field(default_factory=dict)
    """By rollback level."""
    notes: tuple[NoteLine, ...] = ()
    signatures: Mapping[str, Signature] = field(default_factory=dict)
    level: str | None = None
    """The rollback level under way or just finished; None when going forward."""
    rollback_started: datetime | None = None
    factor: float = 1.0
    paced: datetime | None = None
    """Since when a rehearsal's clock has had that factor."""
    unknown_kinds: tuple[str, ...] = ()
    """Kinds this version does not know: they stop acting."""
    ending: str | None = None
    closed: datetime | None = None
    closing_note: str = ""

    def item(self, item_id: str, attempt: int | None = None) -> ItemState:
        """An item's state in this attempt; `same` shows what it repeats."""
        item = self.plan.item(item_id)
        if item is not None and item.verb is Verb.SAME:
            item_id = self.plan.root(item).id
        return self.items.get((item_id, attempt or self.attempt), ItemState())

    def opened_at(self, phase: str) -> datetime | None:
        """When a phase or level opened in this attempt."""
        return self.phases.get((phase, self.attempt))

    def gate(self, phase: str) -> GateState:
        return self.gates.get((phase, self.attempt), GateState())

    def told_at(self, place: str) -> Mapping[str, Alerted]:
        """What was told last at a place, by subject."""
        return self.alerted.get(place, {})

    def anchor(self, anchor: Anchor) -> datetime | None:
        """The instant an anchor stands for, once it has come."""
        return self.anchors.get(str(anchor))

    def phase_settled(self, phase: Phase | Level) -> bool:
        """Whether every item is settled; a gate, whether it said GO."""
        if isinstance(phase, Phase) and phase.is_gate:
            return self.gate(phase.id).go is True
        return all(self.item(item.id).is_settled for item in phase.lines())

    def intent_of(self, item_id: str) -> Intent | None:
        """The last intent of an item in this attempt."""
        seq = self.item(item_id).intent
        return self.intents.get(seq) if seq is not None else None

    def open_intents(self) -> tuple[Intent, ...]:
        """Intents of any attempt that are under way or of unknown outcome; one passed over with a reason is neither."""
        return tuple(
            intent
            for intent in self.intents.values()
            if intent.outcome is None or (intent.outcome == "lost" and self._holds(intent))
        )

    def _holds(self, intent: Intent) -> bool:
        """Whether an intent's item still waits to hear what became of it."""
        known = self.item(intent.item, intent.attempt)
        return known.intent == intent.seq and known.status is not Status.WAIVED

    @property
    def current_rollout(self) -> Rollout | None:
        """The newest rollout in flight, else the newest."""
        rollouts = list(self.rollouts.values())
        in_flight = [rollout for rollout in rollouts if not rollout.is_over]
        return (in_flight or rollouts)[-1] if rollouts else None

    @property
    def is_closed(self) -> bool:
        return self.ending is not None

    def phase_of(self, item: Item) -> Phase | Level | None:
        return self.plan.phase(item.phase)
