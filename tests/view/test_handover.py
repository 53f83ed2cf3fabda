"""What whoever takes a run up is told of the time in which nobody drove."""

from __future__ import annotations

from dataclasses import replace

from cockpit.core import events as happened
from cockpit.core.events import Event
from cockpit.view.handover import LONGEST, lines, missed
from tests.view.runs import Run, watching


def kept(run: Run, *moves: str) -> list[Event]:
    """The run driven by one process, then watched by another, which saw these moves of its monitor."""
    run.tell(happened.Attached(operator="ada", resumed=True, pid=1), happened.Noted(text="I leave"))
    driven = len(run.events)
    for move in moves:
        run.after(minutes=10).tell(happened.MonitorMoved(monitor="stuck", state=move, because="value is 9"))
    return [replace(event, session="9-m") if event.seq > driven else event for event in run.events]


def test_what_a_monitor_saw_since_the_last_driver_left_is_told() -> None:
    found = missed(kept(watching(), "firing", "ok"))
    assert [line.text[16:] for line in lines(found, 100)] == [
        "✗ firing     Stuck reports, after ok for 40m: value is 9",
        "✓ ok         Stuck reports, after firing for 10m: value is 9",
    ]


def test_nothing_is_told_where_nobody_but_drivers_spoke() -> None:
    assert missed(kept(watching())) == ()
    assert missed(watching().events) == ()


def test_of_a_flapping_week_the_newest_changes_are_shown() -> None:
    found = missed(kept(watching(), *("firing", "ok") * 200))
    shown = list(lines(found, 200))
    assert (len(found), len(shown)) == (400, LONGEST + 1)
    assert shown[0].text == "100 earlier changes in the report"
