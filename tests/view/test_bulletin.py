"""What a monitor without a screen says: a line a change, each with how long it was as before."""

from __future__ import annotations

import pytest

from cockpit.core import events as happened
from cockpit.core.fold import apply, fold
from cockpit.core.watch.vigil import Outcome
from cockpit.view import bulletin
from cockpit.view.bulletin import Bulletin
from tests.view.runs import Run, closed, deployed, plan, tripped, watching


def said(run: Run) -> list[str]:
    """The lines of everything that happened in a run, without their times."""
    found: list[str] = []
    state = fold(run.events[:1])
    for event in run.events[1:]:
        before, state = state, apply(state, event)
        one = bulletin.of_event(before, event, state)
        found += [line[16:] for line in bulletin.lines(one)] if one is not None else []
    return found


def test_a_monitor_is_told_with_how_long_it_was_as_before() -> None:
    run = watching()
    before = len(said(run))
    for minutes, state, because in ((5, "pending", "value is 9"), (15, "firing", "bad for 15m"), (60, "ok", "fine.")):
        run.after(minutes=minutes).tell(happened.MonitorMoved(monitor="stuck", state=state, because=because))
    assert said(run)[before:] == [
        "◐ pending    Stuck reports, after ok for 35m: value is 9",
        "✗ firing     Stuck reports, after pending for 15m: bad for 15m",
        "✓ ok         Stuck reports, after firing for 1h: fine",
    ]


def test_a_criterion_that_trips_is_told_with_its_words() -> None:
    assert "✗ tripped    Roll back if: Stuck reports up by more than 5 in an hour" in "\n".join(said(tripped()))


def test_a_checkpoint_says_how_much_in_it_needs_a_person() -> None:
    phases = [
        {"title": "Watch", "lasts": "24h from deploy_web", "monitors": ["stuck"]},
        {"title": "Four hours on", "due": "4h after deploy_web", "items": ["check stuck", "see functions"]},
        {"title": "Eight hours on", "due": "8h after deploy_web", "items": ["check stuck"]},
    ]
    run = Run(plan(phases=phases)).open("watch").after(hours=4).open("four-hours-on")
    run.judge("four-hours-on/check:stuck").open("eight-hours-on")
    assert said(run) == [
        "◐ watched    Watch: waits for its start",
        "▸ opened     Four hours on: 1 item for a person: cockpit resume 4f2c",
        "✓ ok         Four hours on: Stuck reports: 0 == 0",
        "▸ opened     Eight hours on: nothing needs a person",
    ]


def test_what_a_driver_does_by_hand_is_none_of_its_news() -> None:
    run = Run().open("before").tell(happened.Ticked(item="before/tick:team-knows-that-deploys-take-15-minutes"))
    run.tell(happened.Noted(text="hello"))
    assert said(run) == ["▸ opened     Before: 3 items for a person: cockpit resume 4f2c"]
    run.tell(happened.Attached(operator="ada\x1b[2J", resumed=True, pid=7))
    assert said(run)[1:] == ["▸ driver     ada has taken the run up: process 7 on bastion"]


def test_at_its_beginning_it_says_how_everything_stands_and_for_how_long() -> None:
    run = watching().tell(
        happened.MonitorMoved(monitor="stuck", state="firing", because="bad for 15m"),
        happened.TriggerMoved(trigger=0, state="tripped", because="9 - 0 > 5"),
    )
    state = run.after(minutes=30).state
    lines = ["\n".join(bulletin.lines(one))[16:] for one in bulletin.opening(state, run.now)]
    assert lines[0] == f"▸ watching   {state.plan.name}, run 4f2c: production"
    assert [line.split(":")[0] for line in lines[1:]] == [
        "◐ watched    Watch",
        "○ to come    Four hours on",
        "✗ tripped    Roll back if",
        "✗ firing     Stuck reports, for 30m",
    ]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.QUIET, "✓ over       {}: nothing is left to watch; all quiet"),
        (Outcome.ALARM, "✗ over       {}: nothing is left to watch; it ends in an alarm"),
        (Outcome.UNTOLD, "! over       {}: nothing is left to watch; not everything could be told"),
    ],
)
def test_its_last_line_says_what_the_watch_came_to(outcome: Outcome, words: str) -> None:
    run = deployed()
    told = bulletin.lines(bulletin.ended(run.state, run.now, outcome))[0][16:]
    assert told == words.format("Reports: graceful shutdown, run 4f2c")
    assert "the run is closed, signed off" in bulletin.lines(bulletin.ended(closed().state, run.now, outcome))[0]


def test_a_line_is_wrapped_under_its_words_where_it_is_too_long() -> None:
    run = watching().after(minutes=5)
    one = bulletin.link(run.now, "db", "The database cannot be reached. Look whether it runs at all.")
    lines = bulletin.lines(one, 60)
    assert len(lines) > 1
    assert all(len(line) <= 60 for line in lines)
    assert {line[:27] for line in lines[1:]} == {" " * 27}


def test_an_object_for_machines_holds_the_same_with_seconds() -> None:
    run = watching().after(minutes=5).tell(happened.MonitorMoved(monitor="stuck", state="firing", because="9 > 0"))
    before = fold(run.events[:-1])
    one = bulletin.of_event(before, run.events[-1], run.state)
    assert isinstance(one, Bulletin)
    record = bulletin.record("4f2c", one)
    assert record == {
        "at": run.now.isoformat(), "run": "4f2c", "kind": "monitor", "name": "stuck", "state": "firing",
        "title": "Stuck reports", "because": "9 > 0", "before": "ok", "lasted": 2100.0, "seq": len(run.events),
    }  # fmt: skip


def test_the_words_for_a_supervisor_count_the_monitors() -> None:
    assert bulletin.status(tripped().state) == "1 firing"
    assert bulletin.status(Run().state) == "1 not asked"


def test_one_that_stands_by_says_that_somebody_else_asks() -> None:
    now = closed().now
    told = bulletin.turn(now, asks=False, who="the screen of ada (process 4711 on bastion-1)")
    assert told.title == "This monitor waits while the screen of ada (process 4711 on bastion-1) asks"
    assert bulletin.turn(now, asks=True, who="").title == "This monitor keeps the watch"
