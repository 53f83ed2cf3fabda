"""Criteria that tripped and monitors that fire, in ever less room: neither hides the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.core import events as happened
from cockpit.view.alarms import BETWEEN, alarms
from cockpit.view.fit import cells
from cockpit.view.guide import guide
from tests.view import runs
from tests.view.runs import Run, plan

_MONITORS = {name: {"check": "stuck", "every": "1m", "for": "5m"} for name in ("stuck", "health")}


def alarmed(triggers: int, monitors: int, *, against: bool = False) -> Run:
    """So many criteria that tripped and monitors that fire, one criterion against a rollback if wanted."""
    texts = [runs.plan().triggers[0].text, "Errors are twice what they were", "The queue stands still"]
    run = Run(
        plan(
            monitors=_MONITORS,
            triggers=[{"text": text, "when": "stuck.value > 5"} for text in texts],
            not_triggers=[{"text": "A single failed function", "when": "stuck.value < 50"}],
        )
    )
    run.tell(*(happened.TriggerMoved(trigger=at, state="tripped", because="9 > 5") for at in range(triggers)))
    if against:
        run.tell(happened.TriggerMoved(trigger=0, against=True, state="tripped", because="9 < 50"))
    for name in list(_MONITORS)[:monitors]:
        run.tell(happened.MonitorMoved(monitor=name, state="firing", because="value is 9"))
    return run.after(minutes=12)


@pytest.mark.parametrize(
    ("triggers", "monitors", "against", "room", "told"),
    [
        (1, 0, False, 63, "! tripped: Stuck reports up by more than 5 in an hour"),
        (1, 0, False, 46, "! tripped: Stuck reports up by more than 5 in…"),
        (1, 1, False, 90, "! tripped: Stuck reports up by more than 5 in an hour · ! firing: stuck for 12m"),
        (1, 1, False, 63, "! tripped: Stuck reports up by more … · ! firing: stuck for 12m"),
        (1, 1, False, 46, "! tripped: Stuck reports up by m… · ! 1 firing"),
        (2, 2, False, 63, "! 2 tripped: Stuck reports up by more than 5 in a… · ! 2 firing"),
        (3, 2, False, 46, "! 3 tripped: Stuck reports up by… · ! 2 firing"),
        (3, 2, False, 30, "! 3 tripped · ! 2 firing"),
        (1, 2, True, 63, "! tripped, 1 against: Stuck reports up by more th… · ! 2 firing"),
        (1, 0, True, 63, "! tripped, and what is no reason holds too: Stuck reports up b…"),
        (1, 2, True, 50, "! tripped, 1 against: Stuck reports … · ! 2 firing"),
        (1, 2, True, 40, "! 1 tripped, 1 against · ! 2 firing"),
        (0, 2, False, 63, "! firing: stuck for 12m, health for 12m"),
        (0, 2, False, 30, "! 2 firing"),
        (0, 0, False, 63, ""),
    ],
)
def test_what_tripped_gives_way_to_what_fires(triggers: int, monitors: int, against: bool, room: int, told: str):  # noqa: FBT001
    scene = alarmed(triggers, monitors, against=against).scene()
    assert " · ".join(span.text for span in alarms(scene, room)) == told


@given(st.integers(0, 3), st.integers(0, 2), st.booleans(), st.integers(36, 160))
def test_they_fit_and_how_many_there_are_can_be_told(triggers: int, monitors: int, against: bool, room: int):  # noqa: FBT001
    told = alarms(alarmed(triggers, monitors, against=against).scene(), room)
    assert sum(cells(span.text) for span in told) + BETWEEN * max(0, len(told) - 1) <= room
    assert len(told) == bool(triggers) + bool(monitors)


@pytest.mark.parametrize("width", range(60, 140, 5))
def test_the_head_has_both_whatever_the_width(width: int) -> None:
    second = guide(runs.tripped().scene(), width)[1].text
    assert "tripped" in second
    assert "firing" in second
    assert second.rstrip().endswith("^R roll back")


def test_neither_is_lost_behind_a_journal_that_cannot_be_written() -> None:
    run = runs.tripped()
    run.live.journal_trouble = "no space left"
    second = guide(run.scene(), 80)[1].text.rstrip()
    assert second == " only the way back is open · ! tripped: Stuck repor… · ! 1 firing  ^R roll back"
