"""The page of checkpoints, and what `status` says of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cockpit.core import events as happened
from cockpit.view import checkpoints, status
from cockpit.view.fit import line_cells
from tests.view.runs import OPENED, Run, deployed, plan

WINDOWS = {"peak": {"days": "mon-fri", "from": "08:00", "to": "18:00", "zone": "Europe/Berlin"}}


def page(run: Run, width: int = 110) -> str:
    return "\n".join(line.text.rstrip() for line in checkpoints.lines(run.scene(), width))


def test_before_anything_each_waits_and_says_how_much_is_in_it() -> None:
    assert page(Run()).splitlines()[:4] == [
        "○ After                   within 5m of deploy_web       waits",
        "    5 items",
        "○ Watch                   lasts 24h from deploy_web     waits",
        "○ Four hours on           4h after deploy_web           waits",
    ]


def test_a_rule_as_wide_as_its_column_does_not_touch_the_next() -> None:
    phases = [{"title": "A phase of a longer title", "due": "1m after T1 of deploy_importer", "items": ["tick Seen"]}]
    told = plan().model_dump(by_alias=True, exclude_none=True, mode="json")["actions"]
    run = Run(plan(actions=told | {"deploy_importer": told["deploy_web"]}, phases=phases))
    assert "A phase of a longer title  1m after T1 of deploy_importer  waits" in page(run)
    assert "A phase of a longer title  waits" in page(run, 80)


def test_a_deadline_shows_the_time_left_then_over_and_each_open_item() -> None:
    run = deployed()
    told = page(run).splitlines()
    assert told[0].startswith("○ After                   within 5m of deploy_web       in ")
    assert any("Reports by status" in line for line in told)
    run.after(minutes=10)
    assert page(run).splitlines()[0].startswith("! After                   within 5m of deploy_web       overdue by ")
    assert "! After overdue by " in status.one_line(run.scene())


def test_a_watch_shows_its_time_left_and_its_monitors() -> None:
    run = deployed().open("watch")
    told = page(run)
    assert "◐ Watch                   lasts 24h from deploy_web     " in told
    assert " left, " in told
    assert "    ○ stuck: not asked" in told


def test_a_monitor_that_rests_outside_its_window_says_so() -> None:
    monitors = {"stuck": {"check": "stuck", "every": "5m", "for": "15m", "during": "peak"}}
    run = Run(plan(windows=WINDOWS, monitors=monitors)).tell(happened.PhaseOpened(phase="watch"))
    assert "stuck: rests, outside its window" in page(run)  # the runs begin on a Saturday


def test_windows_tell_when_they_open_or_close() -> None:
    run = Run(plan(windows=WINDOWS))
    assert page(run).splitlines()[-1] == (
        "peak (mon-fri 08:00-18:00 Europe/Berlin): closed, opens in 1d 19:00:00 (2026-02-02 07:00:00 UTC)"
    )
    run.now = OPENED + timedelta(days=2)
    assert "peak (mon-fri 08:00-18:00 Europe/Berlin): open, closes in 5:00:00 (17:00:00 UTC)" in page(run)


def test_a_plan_without_any_says_so() -> None:
    phases = [{"title": "Before", "items": ["tick One"]}]
    assert page(Run(plan(phases=phases))) == "No phase of this plan comes at a time or lasts. There are no checkpoints."


def test_status_tells_machines_of_checkpoints_and_windows() -> None:
    told = status.record(deployed().scene())
    first = told["checkpoints"][0]  # type: ignore[index]  # a record of JSON
    assert (first["id"], first["mark"], first["rule"]) == ("after", "ahead", "within 5m of deploy_web")
    assert 0 < first["seconds"] <= 300
    assert "after/ask:test_report" in first["open"]
    windows = status.record(Run(plan(windows=WINDOWS)).scene())["windows"]
    assert windows == {
        "peak": {
            "words": "mon-fri 08:00-18:00 Europe/Berlin", "open": False, "changes": "2026-02-02T07:00:00+00:00",
        }
    }  # fmt: skip


def test_at_80_columns_no_instant_is_cut_and_the_words_of_the_plan_stand_below() -> None:
    told = page(deployed().open("watch").after(minutes=10), 78).splitlines()
    assert told[0].endswith(" UTC")
    assert told[1] == "    within 5m of deploy_web"
    assert not any("…" in line for line in told)


@pytest.mark.parametrize("width", [40, 78, 120])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    run = deployed().open("watch").after(minutes=10)
    assert max(line_cells(line) for line in checkpoints.lines(run.scene(), width)) <= width
