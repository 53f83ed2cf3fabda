"""The go/no-go: conditions, recommendation. The cockpit recommends, the operator decides.

A gate's conditions are its items, the order that the actions behind it keep (`after`), whether each way back is
open, and the windows it avoids. Anything but ok is a no, with its word; each can be passed over, with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cockpit.core.order import due_at_gate
from cockpit.core.plan import Item, Phase, Plan, Verb
from cockpit.core.plan.window import Window, is_open, next_change
from cockpit.core.readiness import lacks
from cockpit.core.span import clock_face, show_span
from cockpit.core.state import State, Status


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a gate."""

    id: str
    """By which it is passed over: the item's, `order/...`, `way-back/LEVEL` or `window/NAME`."""
    title: str
    """As the plan has it; not inert."""
    ok: bool
    word: str
    """ok, failed, error, blind, stale, not asked, asking, unanswered, waived; of an order as `order.Precedence` has
    it; of a way back ready, not ready, unknown; of a window `within NAME` or `not known`."""
    because: str
    warnings: tuple[str, ...] = ()
    """What is to be known of it all the same."""
    item: Item | None = None
    """The item it is; None for an order, a way back and a window."""


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
    conditions = tuple(_conditions(state, phase, now)) if isinstance(phase, Phase) and phase.is_gate else ()
    reasons = tuple(
        f"{condition.title}: {condition.word}" + (f", {condition.because}" if condition.because else "")
        for condition in conditions
        if not condition.ok
    )
    asking = any(condition.word == "asking" for condition in conditions)
    return Recommendation(bool(conditions) and not reasons, reasons, conditions, asking)


def _conditions(state: State, phase: Phase, now: datetime) -> Iterator[Condition]:
    for item in phase.lines():
        yield _of_item(state, phase.id, item, now)
    for one in due_at_gate(state, phase):
        title = f"{state.plan.action_title(one.action)} comes after {one.title}"
        yield Condition(one.id, title, ok=one.ok, word=one.word, because=one.because)
    if acts_behind(state, phase):
        yield from _ways_back(state, phase)
    for name in phase.avoid:
        if name in state.plan.windows:
            yield _outside(name, state.plan.windows[name], now)


def _outside(name: str, window: Window, now: datetime) -> Condition:
    """That the gate is not decided within a window."""
    inside, until = is_open(window, now), next_change(window, now)
    title, id_ = f"Not within {name} ({window})", f"window/{name}"
    if inside is None:
        because = f"this machine does not know the time zone {window.zone}"
        return Condition(id_, title, ok=False, word="not known", because=because)
    if inside:
        because = f"until {until:%a %H:%M} UTC, for {clock_face(until - now)}" if until else "at any time"
        return Condition(id_, title, ok=False, word=f"within {name}", because=because)
    return Condition(id_, title, ok=True, word="ok", because=f"until {until:%a %H:%M} UTC" if until else "")


def condition_title(plan: Plan, condition: str) -> str:
    """The words of a condition that was passed over, by its id; the id itself where the plan has it no more."""
    kind, _, rest = condition.partition("/")
    item, level = plan.item(condition), plan.phase(rest)
    if item is not None:
        return plan.title_of(item)
    if kind == "way-back" and level is not None:
        return f"Way back, {level.title}"
    if kind == "order":
        action, _, line = rest.partition("/")
        return f"{plan.action_title(action)} comes after '{line}'"
    return condition


def acts_behind(state: State, gate: Phase) -> bool:
    """Whether anything is changed in the phases behind a gate."""
    phases = state.plan.phases
    place = next((i for i, each in enumerate(phases) if each.id == gate.id), len(phases))
    return any(item.verb is Verb.DO for each in phases[place + 1 :] for item in each.lines())


def _ways_back(state: State, phase: Phase) -> Iterator[Condition]:
    """Each level by what was looked at last, and since the gate was opened; nothing where nobody ever looked."""
    asked = state.gate(phase.id).asked
    for level in state.plan.rollback:
        known = state.readiness.get(level.id)
        if known is None:
            continue
        title = f"Way back, {level.title}"
        if asked is None:  # what was recorded as the run opened counts for nothing: opening the gate looks anew
            yield Condition(f"way-back/{level.id}", title, ok=False, word="not asked", because="open the gate")
            continue
        if known.at < asked:
            yield Condition(f"way-back/{level.id}", title, ok=False, word="asking", because="")
            continue
        word = {True: "ready", False: "not ready", None: "unknown"}[known.ready]
        because = "; ".join(each.words for each in lacks(known.findings))
        yield Condition(f"way-back/{level.id}", title, ok=known.ready is True, word=word, because=because)


def _of_item(state: State, phase_id: str, item: Item, now: datetime) -> Condition:
    title = state.plan.title_of(item)

    def condition(word: str, because: str = "", *, ok: bool = False, warnings: tuple[str, ...] = ()) -> Condition:
        return Condition(item.id, title, ok=ok, word=word, because=because, warnings=warnings, item=item)

    known, root = state.item(item.id), state.plan.root(item)
    if root.verb not in (Verb.CHECK, Verb.COMPARE, Verb.RECORD):
        return condition(_answer(known.status), known.because, ok=known.is_settled)
    asked = state.gate(phase_id).asked
    if known.status is Status.RUNNING:
        return condition("asking")
    if known.at is None or known.since is None or asked is None:
        return condition("not asked", "open the gate")
    if item.verb is not Verb.SAME and known.since < asked:
        return condition("not asked", "it was answered before the gate was opened")
    if known.status in (Status.WAIVED, Status.NOT_APPLICABLE):
        return condition(known.status.value, known.because, ok=True)
    fresh = state.plan.checks[root.target].fresh
    if known.status is Status.DONE and now - known.since > fresh:
        return condition("stale", f"asked more than {show_span(fresh)} ago")
    words = {"pass": "ok", "observed": "ok", "fail": "failed", "error": "error", "blind": "blind"}
    if known.verdict == "observed" and root.verb is Verb.CHECK:
        return condition("observed", "nothing was expected, so nothing is shown")
    word = words.get(known.verdict, known.status.value)
    return condition(word, known.because, ok=known.status is Status.DONE, warnings=known.warnings)


def _answer(status: Status) -> str:
    """The word of what only a person can tell."""
    if status is Status.DONE:
        return "ok"
    if status in (Status.WAIVED, Status.NOT_APPLICABLE):
        return status.value
    return "failed" if status is Status.FAILED else "unanswered"
