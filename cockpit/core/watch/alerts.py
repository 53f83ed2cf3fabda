"""What somebody who does not look must be told, once: a monitor that fires, cannot tell or is well again, and more.

Found from the state alone, so nothing bursts after a sleep: however often something moved meanwhile, how it stands
now is told, and only where that is news to whoever was told last. What was told is in the record (`AlertTold`),
so a restart tells nothing twice.

- A monitor that fires is told, and then nothing of it until it is *ok*: blind, or pending once more, ends no alarm.
- One that cannot tell is told when that has lasted `BLIND_CADENCES`: a light that is out is no green one.
- A rollback criterion that tripped is told, and that it is clear again.
- A checkpoint that has opened and needs a person is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cockpit.core.plan import Phase, Verb
from cockpit.core.span import show_span
from cockpit.core.state import Alerted, State
from cockpit.core.text.inert import inert

OPERATOR, PLAN = "operator", "plan"
"""The places where alerts are told: what the settings of whoever is there name, and what the plan names."""

BLIND_CADENCES = 2
"""Cadences for which a monitor cannot tell before that is told: one lost answer wakes nobody."""

_SECOND = timedelta(seconds=1)
_LONGEST = 300
"""Characters of any one thing in an alert."""
_WORDS = {"firing": "FIRING", "unknown": "CANNOT TELL", "ok": "OK again", "tripped": "TRIPPED", "clear": "CLEAR again"}


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell."""

    subject: str
    """What it is about: `monitor stuck`, `trigger 0`, `phase four-hours-on 1`."""
    word: str
    """How it stands: `firing`, `unknown`, `ok`, `tripped`, `clear`, `due`."""
    words: str
    """A sentence for people, inert."""


def wanted(state: State, alerted: Mapping[str, Alerted], now: datetime) -> tuple[Alert, ...]:
    """What is to be told now to whoever was told `alerted`; nothing of a run that is closed."""
    if state.is_closed:
        return ()
    return (*_monitors(state, alerted, now), *_triggers(state, alerted), *_due(state, alerted))


def standing(state: State, now: datetime) -> Mapping[str, Alerted]:
    """As if everything that stands had been told: for whoever begins to look now, and sees it."""
    return {one.subject: Alerted(one.word, now) for one in wanted(state, {}, now)}


def _monitors(state: State, alerted: Mapping[str, Alerted], now: datetime) -> Iterator[Alert]:
    for name, told in state.monitors.items():
        monitor, subject = state.plan.monitors.get(name), f"monitor {name}"
        if monitor is None:
            continue
        before = alerted.get(subject)
        is_news = {
            "firing": before is None or before.word != "firing",
            "unknown": (before is None or before.word == "ok") and now - told.since >= BLIND_CADENCES * monitor.every,
            "ok": before is not None and before.word != "ok",
        }.get(told.state, False)
        if is_news:
            title = state.plan.checks[monitor.check].title or name
            yield _alert(state, subject, told.state, title, told.because, told.since, before)


def _triggers(state: State, alerted: Mapping[str, Alerted]) -> Iterator[Alert]:
    for number, told in state.triggers.items():
        subject = f"trigger {number}"
        before = alerted.get(subject)
        stood = before is not None and before.word == "tripped"
        if number < len(state.plan.triggers) and (told.state, stood) in (("tripped", False), ("clear", True)):
            title = f"roll back if {state.plan.triggers[number].text}"
            yield _alert(state, subject, told.state, title, told.because, told.since, before)


def _due(state: State, alerted: Mapping[str, Alerted]) -> Iterator[Alert]:
    for phase in state.plan.phases:
        opened, subject = state.opened_at(phase.id), f"phase {phase.id} {state.attempt}"
        if opened is None or phase.due_at is None or not phase.due_at.opens or subject in alerted:
            continue
        if left := _for_a_person(state, phase):
            waits = "1 item waits" if left == 1 else f"{left} items wait"
            words = f"DUE: {inert(phase.title, limit=_LONGEST)}, {waits} for a person. {_place(state)}."
            yield Alert(subject, "due", words)


def _for_a_person(state: State, phase: Phase) -> int:
    asked = (Verb.CHECK, Verb.COMPARE)
    return sum(state.plan.root(item).verb not in asked and not state.item(item.id).is_settled for item in phase.lines())


def _alert(
    state: State, subject: str, word: str, title: str, because: str, since: datetime, before: Alerted | None
) -> Alert:
    why = inert(because, limit=_LONGEST).strip().rstrip(".")
    is_over = word in ("ok", "clear") and before is not None and since > before.at
    lasted = f" after {show_span(_seconds(since - before.at))}" if before is not None and is_over else ""
    what = f"{_WORDS[word]}{lasted}: {inert(title, limit=_LONGEST)}{f' ({why})' if why else ''}"
    return Alert(subject, word, f"{what}. {_place(state)}, since {since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC.")


def _seconds(span: timedelta) -> timedelta:
    return span // _SECOND * _SECOND


def _place(state: State) -> str:
    where = f"REHEARSAL {state.environment}" if state.rehearsal else state.environment
    return f"{inert(state.plan.name, limit=_LONGEST)}, {inert(where, limit=80)}, run {inert(state.run, limit=20)}"
