"""Criteria in both directions: what is measured against what, and how old an answer may be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from cockpit.core import events as happened
from cockpit.core.expression.series import Series
from cockpit.core.fold import fold
from cockpit.core.plan import Plan
from cockpit.core.watch.criterion import checks_of, counts_for, criteria, holding, measures
from cockpit.errors import Blind
from tests.core.story import PLAN, Story

AGAINST = [{"text": "A few are always stuck", "when": "stuck.value <= 2"}, {"text": "A slow start"}]


def plan(**changes: Any) -> Plan:
    return Plan.model_validate(PLAN | {"not_triggers": AGAINST} | changes)


def series(value: object, ago: object = 0) -> Series:
    def back(_: timedelta) -> object:
        if isinstance(ago, Exception):
            raise ago
        return ago

    return Series(value=value, previous=value, ago=back, increase=back)


BLIND = Blind("There is no sample of 1h ago.", "Wait until the watch is that old.")


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("stuck.value > 5", [("stuck.value", "9", ">", "5")]),
        ("stuck.value - stuck.ago('1h') > 2 * 3", [("stuck.value - stuck.ago('1h')", "8", ">", "6")]),
        ("stuck.value > 5 && health.value != 200",
         [("stuck.value", "9", ">", "5"), ("health.value", "503", "!=", "200")]),
        ("!(stuck.value > 5) || health.value in [200, 204]",
         [("stuck.value", "9", ">", "5"), ("health.value", "503", "in", "[200, 204]")]),
        ("stuck.value == 9 ? true : false", []),
    ],
)  # fmt: skip
def test_each_comparison_is_told_with_its_value_and_its_threshold(when: str, told: list[tuple[str, ...]]) -> None:
    known: Mapping[str, Series] = {"stuck": series(9, 1), "health": series(503)}
    assert [(one.what, one.value, one.sign, one.limit) for one in measures(when, known)] == told
    assert all(one.is_known for one in measures(when, known))


def test_a_comparison_that_cannot_be_answered_says_why() -> None:
    (one,) = measures("stuck.value - stuck.ago('1h') > 5", {"stuck": series(9, BLIND)})
    assert not one.is_known
    assert one.value.startswith("There is no sample of 1h ago.")


def test_criteria_are_numbered_in_their_own_list_and_those_for_a_rollback_come_first() -> None:
    found = criteria(plan())
    assert [(each.number, each.against, each.text) for each in found] == [
        (0, False, "More stuck"),
        (0, True, "A few are always stuck"),
        (1, True, "A slow start"),
    ]
    assert [checks_of(plan(), each.when) for each in found] == [("stuck",), ("stuck",), ()]


def test_an_answer_counts_for_two_cadences_of_its_monitor_or_as_its_check_says() -> None:
    assert counts_for(plan(), "stuck") == timedelta(minutes=10)
    assert counts_for(plan(), "stuck", slower=2.5) == timedelta(minutes=25)
    assert counts_for(plan(), "stuck", least=timedelta(hours=1)) == timedelta(hours=2)
    assert counts_for(plan(monitors={}), "stuck") == timedelta(minutes=1)
    assert counts_for(plan(monitors={}), "stuck", least=timedelta(hours=1)) == timedelta(hours=1)


def test_both_directions_are_kept_apart_and_begin_anew_with_the_phases() -> None:
    story = Story(PLAN | {"not_triggers": AGAINST}).deployed()
    for against in (False, True):
        story._append(happened.TriggerMoved(trigger=0, state="tripped", because="2 <= 2", against=against))
    state = fold(story.events)
    assert [each.text for each in holding(state, against=False)] == ["More stuck"]
    assert [each.text for each in holding(state, against=True)] == ["A few are always stuck"]
    story._append(happened.PhasesReopened(reason="again"))
    state = fold(story.events)
    assert holding(state, against=False) == holding(state, against=True) == ()
