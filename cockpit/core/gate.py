"""The go/no-go: conditions, recommendation. The cockpit recommends, the operator decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cockpit.core.plan import Item, Phase, Verb
from cockpit.core.span import show_span
from cockpit.core.state import State, Status


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a gate."""

    item: Item
    ok: bool
    word: str
    """ok, failed, error, blind, stale, not asked, asking, unanswered, waived, overridden."""
    because: str
    warnings: tuple[str, ...] = ()
    """What is to be known of it all the same."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What the conditions add up to: anything but ok is a no, with its word."""

    go: bool
    reasons: tuple[str, ...]
    conditions: tuple[Condition, ...]
    asking: bool
    """Answers are still coming."""

    @property
    def lacking(self) -> tuple[Condition, ...]:
        """The conditions nobody has answered, or not lately, where nothing else speaks against a GO."""
        against = tuple(condition for condition in self.conditions if not condition.ok)
        return against if all(condition.word in _LACKING for condition in against) else ()


_LACKING = ("unanswered", "not asked", "stale")


def recommend(state: State, phase_id: str, now: datetime) -> Recommendation:
    """The recommendation of a gate at this instant."""
    phase = state.plan.phase(phase_id)
    items = phase.lines() if isinstance(phase, Phase) else ()
    conditions = tuple(_condition(state, phase_id, item, now) for item in items)
    reasons = tuple(
        f"{state.plan.title_of(condition.item)}: {condition.word}"
        + (f", {condition.because}" if condition.because else "")
        for condition in conditions
        if not condition.ok
    )
    asking = any(condition.word == "asking" for condition in conditions)
    return Recommendation(bool(conditions) and not reasons, reasons, conditions, asking)


def _condition(state: State, phase_id: str, item: Item, now: datetime) -> Condition:
    known, root = state.item(item.id), state.plan.root(item)
    if root.verb not in (Verb.CHECK, Verb.COMPARE, Verb.RECORD):
        return _answer(item, known.status, known.because)
    asked = state.gate(phase_id).asked
    if known.status is Status.RUNNING:
        return Condition(item, ok=False, word="asking", because="")
    if known.at is None or known.since is None or asked is None:
        return Condition(item, ok=False, word="not asked", because="open the gate")
    if item.verb is not Verb.SAME and known.since < asked:
        return Condition(item, ok=False, word="not asked", because="it was answered before the gate was opened")
    if known.status in (Status.WAIVED, Status.NOT_APPLICABLE):
        return Condition(item, ok=True, word=known.status.value, because=known.because)
    fresh = state.plan.checks[root.target].fresh
    if known.status is Status.DONE and now - known.since > fresh:
        return Condition(item, ok=False, word="stale", because=f"asked more than {show_span(fresh)} ago")
    ok = known.status is Status.DONE
    words = {"pass": "ok", "observed": "ok", "fail": "failed", "error": "error", "blind": "blind"}
    word = words.get(known.verdict, known.status.value)
    if known.verdict == "observed" and root.verb is Verb.CHECK:
        return Condition(item, ok=False, word="observed", because="nothing was expected, so nothing is shown")
    return Condition(item, ok=ok, word=word, because=known.because, warnings=known.warnings)


def _answer(item: Item, status: Status, because: str) -> Condition:
    if status in (Status.DONE, Status.WAIVED, Status.NOT_APPLICABLE):
        return Condition(item, ok=True, word="ok" if status is Status.DONE else status.value, because=because)
    word = "failed" if status is Status.FAILED else "unanswered"
    return Condition(item, ok=False, word=word, because=because)
