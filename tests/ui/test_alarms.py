"""The bell: for what cannot wait, under one name as long as it is the same news."""

from __future__ import annotations

import pytest

from cockpit.core import events as happened
from cockpit.ui.alarms import alarms
from tests.view.runs import MOMENTS, Run, deployed, gone, tripped, unknown


def ringing(run: Run) -> dict[str, str]:
    return dict(alarms(run.state, run.now))


@pytest.mark.parametrize(
    "moment", ["fresh", "at_gate", "asked", "gone", "overlapping", "draining", "watching", "closed"]
)
def test_a_run_that_goes_as_planned_is_quiet(moment: str) -> None:
    assert ringing(MOMENTS[moment]()) == {}


def test_a_firing_monitor_and_a_tripped_trigger_ring() -> None:
    assert sorted(ringing(tripped()).values()) == [
        "Monitor stuck fires: value is 9",
        "Rollback trigger: Stuck reports up by more than 5 in an hour",
    ]


def test_an_unknown_or_failed_action_rings() -> None:
    assert list(ringing(unknown()).values()) == ["Deploy web has an unknown outcome."]
    assert list(ringing(MOMENTS["health_failed"]()).values()) == ["Deploy web failed."]


def test_a_failed_check_does_not_ring_by_itself() -> None:
    assert ringing(MOMENTS["failed_check"]()) == {}


def test_a_go_that_expired_and_a_checkpoint_overdue_ring() -> None:
    assert list(ringing(gone().after(minutes=31)).values()) == ["Go / no-go: the GO has expired."]
    assert "After is overdue." in ringing(deployed().after(minutes=6)).values()


def test_the_same_news_keeps_its_name_and_fresh_news_has_another() -> None:
    run = tripped()
    before = set(ringing(run))
    assert set(ringing(run.after(minutes=1))) >= before
    run.tell(
        happened.MonitorMoved(monitor="stuck", state="ok", because="value is 0"),
        happened.MonitorMoved(monitor="stuck", state="ok", because="value is 0"),
    ).after(minutes=1).tell(happened.MonitorMoved(monitor="stuck", state="firing", because="value is 9"))
    assert set(ringing(run)) - before
