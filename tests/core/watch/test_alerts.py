"""What is told to somebody who does not look: once each, by how it stands, and never by how often it moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given

from cockpit.core import events as happened
from cockpit.core.events import Body
from cockpit.core.state import Alerted, State
from cockpit.core.watch import alerts

from .test_vigil import CLEAR, GO, LATER, READY, WATCH, at, moved, told


def heard(state: State, minute: float, alerted: Mapping[str, Alerted] | None = None) -> list[str]:
    return [one.words for one in alerts.wanted(state, alerted or {}, at(minute))]


def minute(of: float, monitor: str, word: str) -> tuple[float, Body]:
    return of, happened.MonitorMoved(monitor=monitor, state=word, because="bad for 5m")


BASE: tuple[tuple[float, Body], ...] = (READY, GO, WATCH)


def test_an_alarm_is_told_with_its_reason_its_run_and_since_when() -> None:
    state = told(*BASE, minute(10, "page", "firing"))
    assert heard(state, 30) == [
        "FIRING: page (bad for 5m). Watched, production, run 4f2c, since 2026-03-01 09:10:00 UTC."
    ]


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (None, "ok", None),
        (None, "pending", None),
        (None, "firing", "FIRING"),
        (None, "unknown", "CANNOT TELL"),
        ("firing", "firing", None),
        ("firing", "pending", None),
        ("firing", "unknown", None),
        ("firing", "ok", "OK again after 15m"),
        ("unknown", "unknown", None),
        ("unknown", "firing", "FIRING"),
        ("unknown", "ok", "OK again after 15m"),
        ("ok", "ok", None),
        ("ok", "firing", "FIRING"),
        ("ok", "unknown", "CANNOT TELL"),
    ],
)
def test_what_a_monitor_says_is_told_where_it_is_news(before: str | None, now: str, words: str | None) -> None:
    alerted = {"monitor page": Alerted(before, at(5))} if before else {}
    said = heard(told(*BASE, minute(20, "page", now)), 30, alerted)
    assert [one.partition(":")[0] for one in said] == ([words] if words else [])


def test_one_lost_answer_wakes_nobody() -> None:
    state = told(*BASE, minute(10, "page", "unknown"))
    assert heard(state, 11.9) == []
    assert heard(state, 12)[0].startswith("CANNOT TELL: page")


def test_a_criterion_that_trips_and_clears_is_told_and_one_that_never_did_is_not() -> None:
    tripped = (10, CLEAR[1].model_copy(update={"state": "tripped", "because": "500 > 400"}))
    assert heard(told(*BASE, CLEAR), 30) == []
    assert heard(told(*BASE, tripped), 30)[0].startswith("TRIPPED: roll back if Gone (500 > 400). Watched, ")
    alerted = {"trigger 0": Alerted("tripped", at(5))}
    assert heard(told(*BASE, tripped), 30, alerted) == []
    assert heard(told(*BASE, (10, CLEAR[1].model_copy(update={"state": "unknown"}))), 30, alerted) == []
    assert heard(told(*BASE, CLEAR), 30, alerted)[0].startswith("CLEAR again after 5m: roll back if Gone")


def test_a_checkpoint_that_needs_a_person_is_told_once_and_not_when_they_have_been_there() -> None:
    state = told(*BASE, LATER)
    assert heard(state, 121) == ["DUE: Later, 1 item waits for a person. Watched, production, run 4f2c."]
    assert heard(state, 121, {"phase later 1": Alerted("due", at(120))}) == []
    assert heard(told(*BASE, LATER, (121, happened.Ticked(item="later/tick:looked"))), 122) == []


def test_nothing_of_a_run_that_is_closed_is_told() -> None:
    assert heard(told(*BASE, minute(10, "page", "firing"), (11, happened.RunClosed(ending="abandoned"))), 30) == []


def test_what_stands_when_somebody_begins_to_look_is_no_news_to_them() -> None:
    state = told(*BASE, minute(10, "page", "firing"), moved("count", "ok"), LATER)
    assert heard(state, 121, alerts.standing(state, at(121))) == []


def test_text_of_the_outside_has_no_power_in_an_alert() -> None:
    body = happened.MonitorMoved(monitor="page", state="firing", because="\x1b]0;gone\x07 \u202eevil\nsecond line")
    (words,) = heard(told(*BASE, (10, body)), 30)
    assert words.isprintable()


words = st.sampled_from(["ok", "pending", "firing", "unknown"])


@given(st.lists(words, max_size=40), st.data())
def test_however_often_it_moves_alarm_and_recovery_are_told_in_turn_and_the_last_standing_is_known(
    moves: list[str], data: st.DataObject
) -> None:
    """Whoever looks at moments of their own choosing hears at most one alert a look."""
    heard_words: list[str] = []
    alerted: dict[str, Alerted] = {}
    happening = list(BASE)
    for number, word in enumerate(moves):
        happening.append(minute(10 + number, "page", word))
        if not data.draw(st.booleans()):
            continue
        now = at(10 + number) + timedelta(seconds=30)
        found = alerts.wanted(told(*happening), alerted, now)
        assert len(found) <= 1
        for one in found:
            alerted[one.subject] = Alerted(one.word, now)
            heard_words.append(one.word)
    assert all(one != other for one, other in pairwise(heard_words))
    assert heard_words.count("ok") <= len([one for one in heard_words if one != "ok"])
    final = told(*happening)
    for one in alerts.wanted(final, alerted, at(1000)):
        alerted[one.subject] = Alerted(one.word, at(1000))
    assert alerts.wanted(final, alerted, at(1000)) == ()
    if moves and moves[-1] == "firing":
        assert alerted["monitor page"].word == "firing"
