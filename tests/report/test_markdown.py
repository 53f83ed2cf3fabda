"""The page: every blank filled or said to be empty, nothing from outside but words."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core import events as happened
from cockpit.core.finding import Finding
from cockpit.core.reading.origin import Origin
from cockpit.report.markdown import markdown
from cockpit.report.page import md
from cockpit.report.record import record
from tests.view import runs
from tests.view.runs import MOMENTS, Run, closed, deployed, failed_check, gone, rolled_back, verified


def page(run: Run) -> str:
    return markdown(run.state, run.kept, run.events)


def section(run: Run, title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", page(run), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


SECTIONS = [
    "Checklist", "Before and after", "Go / no-go", "Actions", "Rollouts", "Monitors", "Rollback criteria", "Rollback",
    "Values given", "Deviations", "Notes", "Sign-off", "Ending",
]  # fmt: skip


@pytest.mark.parametrize("name", MOMENTS)
def test_every_section_is_there_at_every_moment(name):
    assert re.findall(r"^## (.*)$", page(MOMENTS[name]()), re.MULTILINE) == SECTIONS


def test_the_head_says_plan_environment_risk_people_and_times():
    text = page(closed())
    assert text.startswith("# Reports: graceful shutdown\n")
    for row in (
        "| Environment | production |",
        "| Risk | medium |",
        "| Opened | 2026-01-31 12:00:00 UTC |",
        "| Closed | 2026-02-01 12:45:18 UTC |",
        "| Took | 1d 00:45:18 |",
        "| By | engineer on call |",
        "| Status | signed off |",
    ):
        assert row in text


def test_a_rehearsal_is_told_apart():
    assert "**REHEARSAL**" in page(Run(rehearsal=True))
    assert "REHEARSAL" not in page(Run())


def test_the_checklist_is_filled_with_who_when_and_why():
    text = section(failed_check(), "Checklist")
    assert "- [x] Reports by status: **recorded**, 12:00:41 UTC, engineer on call" in text
    assert "- [ ] Reports by status: **failed**: failed is 4, was 2, 12:13:38 UTC, engineer on call" in text
    assert "- [ ] Id of the test report: **not answered**" in text
    assert "### After\n\nOpened 2026-01-31 12:13:18 UTC, due within 5m of deploy_web." in text
    assert "### Sign-off\n\nNever opened." in text


def test_what_was_passed_over_is_no_tick():
    run = runs.fresh().tell(happened.Waived(item="before/see:functions", reason="no access"))
    text = section(run, "Checklist")
    assert "- [ ] Function Interrupted errors did not increase: **waived**: no access" in text
    assert "Waived: no access" in section(run, "Deviations")


def test_baselines_stand_before_and_after_with_the_verdict_of_each_cell():
    text = section(failed_check(), "Before and after")
    assert "Before: 2026-01-31 12:00:41 UTC. After: 2026-01-31 12:13:38 UTC." in text
    assert "| completed | 50 | 53 | +3 | only grows | ok |" in text
    assert "| failed | 2 | 4 | +2 | equal | failed: it was 2 and is 4, but must stay equal |" in text


def test_a_baseline_never_compared_says_that_the_second_half_is_empty():
    text = section(gone(), "Before and after")
    assert "After: not answered." in text
    assert "| completed | 50 |" in text
    assert "Before: not answered. After: not answered." in section(runs.fresh(), "Before and after")


def test_the_gate_shows_recommendation_decision_inputs_and_overrides():
    run = gone(
        recommended=False, reasons=("Health: blind",), overrides={"go-no-go/check:health": "by hand"}, inputs=(2,)
    )
    text = section(run, "Go / no-go")
    assert "### Go / no-go: GO" in text
    assert "Recommended: **NO-GO**. Decided: **GO** by engineer on call, 2026-01-31 12:01:13 UTC." in text
    assert "- shown by Stuck reports: 0, ok, asked 12:01:08 UTC" in text
    assert "- not met: Health: blind" in text
    assert "- overridden: Health: by hand" in text


def test_each_no_go_stays_on_the_page():
    run = runs.no_go()
    run.tell(happened.GateDecided(phase="go-no-go", go=True, recommended=True, reasons=()))
    text = section(run, "Go / no-go")
    assert text.index("### Go / no-go: NO-GO") < text.index("### Go / no-go: GO")


def test_actions_show_intent_outcome_and_proof():
    text = section(deployed(), "Actions")
    assert "- intent 21, 2026-01-31 12:01:27 UTC, engineer on call: deploy_web" in text
    assert "- 12:01:27 UTC: accepted, deployment new-deployment" in text
    assert "- 12:13:17 UTC: done, proof: digest sha256:new" in text
    assert "- outcome: **done**, after 11:50" in text


def test_an_unknown_outcome_is_unknown_with_its_looks():
    text = section(runs.looked_at(), "Actions")
    assert "outcome unknown: The connection broke." in text
    assert "12:03:37 UTC: look 2, happened: A deployment is there." in text
    assert "- outcome: **unknown**" in text


def test_a_rollout_shows_its_clocks_and_configured_against_observed():
    text = section(deployed(), "Rollouts")
    assert "| T1, the new one is up | 2026-01-31 12:03:17 UTC | status |" in text
    assert "| Overlap (T2 - T1) | 5:00 | 5:00 |" in text
    assert "| Drain (T3 - T2) | 10:00 | 5:00 |" in text
    assert "| build | 2026-01-31 12:01:27 UTC | 2026-01-31 12:02:29 UTC | 1:02 |  |" in text


def test_a_rollout_shows_which_version_answered_how_often():
    run = deployed()
    run.tell(happened.VersionsAnswered(
        check="health", rollout="new-deployment", since=run.now, until=run.now + timedelta(minutes=5),
        counts={"new-deployment": 32, "old-deployment": 7, "": 1},
    ))  # fmt: skip
    shown = section(run, "Rollouts")
    assert "| Health | the new one (new-deployment) | 32 |" in shown
    assert "| Health | the old one (old-deployment) | 7 |" in shown
    assert "| Health | none named | 1 |" in shown


def test_what_was_not_seen_of_a_rollout_says_so():
    text = section(runs.health_failed(), "Rollouts")
    assert "| T1, the new one is up | not seen |  |" in text
    assert "Outcome: **failed**: It failed at healthcheck" in text
    assert "| health: failed |" in text


def test_a_monitor_shows_the_holes_in_which_nobody_asked():
    run = verified()
    for _ in range(3):
        run.after(minutes=5).reading("stuck")
    run.after(minutes=31).reading("stuck", "fail", scalar="2")
    run.after(minutes=2)
    run.tell(happened.Noted(text="enough"))
    text = section(run, "Monitors")
    assert "Samples: 5 (4 ok, 1 failed)." in text
    assert "- nobody asked from 2026-01-31 12:29:38 UTC to 2026-01-31 13:00:38 UTC (31:00)" in text
    assert text.count("nobody asked from") == 1


def test_a_watch_without_a_sample_is_not_verified():
    run = runs.watching()
    run.readings = {number: reading for number, reading in run.readings.items() if reading.check != "stuck"}
    text = section(run, "Monitors")
    assert "Nobody asked: not answered, and so not verified." in text
    assert "| 2026-01-31 12:14:38 UTC | stuck | ok | value is 0 |" in text


def test_triggers_show_each_time_they_moved_and_what_does_not_count():
    text = section(runs.tripped(), "Rollback criteria")
    stuck = "Stuck reports up by more than 5 in an hour | stuck.value - stuck.ago('1h') &gt; 5"
    assert f"| {stuck} | tripped | 9 - 1 &gt; 5, since 12:13:38 UTC |" in text
    assert "12:13:38 UTC, Stuck reports up by more than 5 in an hour: tripped, 9 - 1 &gt; 5" in text
    assert "| The team says so |  | people tell |  |" in text
    assert "| No reason to roll back | Threshold | At the end | Because |" in text
    assert "| A single failed function |  | people tell |  |" in text


def test_what_the_way_back_needed_is_told_each_time_it_was_another() -> None:
    run = runs.gone()
    level = "level-2-the-image-before"
    there = Finding(kind="target", subject="web", ready=True, words="web goes back to old-depl")
    lost = Finding(kind="target", subject="web", ready=False, words="Railway has no deployment old-depl any more")
    run.tell(happened.WayBackSeen(level=level, ready=True, findings=(there,))).after(minutes=1)
    run.tell(happened.WayBackSeen(level=level, ready=False, findings=(lost,)))
    text = section(run, "Rollback")
    assert "12:01:17 UTC: Level 2: the image before was ready." in text
    assert "12:02:17 UTC: Level 2: the image before was not ready: Railway has no deployment old-depl any more." in text
    told: Any = record(run.state, run.kept, run.events)
    assert told["rollback"]["readiness"][level]["lacks"] == [lost.words]


def test_a_condition_that_is_no_item_and_was_passed_over_is_told_in_words() -> None:
    overrides = {"way-back/level-2-the-image-before": "by hand", "order/deploy_web/do set_grace": "set already"}
    text = section(runs.gone(recommended=False, reasons=("x",), overrides=overrides), "Go / no-go")
    assert "- overridden: Way back, Level 2: the image before: by hand" in text
    assert "- overridden: Deploy web comes after 'do set_grace': set already" in text


def test_a_baseline_that_was_recorded_again_tells_every_recording():
    run = runs.failed_check()
    reading = run.reading("by_status", "observed", scalar="3 rows", table=runs.BY_STATUS_THEN)
    origin = Origin(connection="db", role="reader", database="reports")
    run.tell(
        happened.BaselineRecorded(item="before/record:by_status", check="by_status", reading=reading.id, origin=origin),
        by="ann",
    )
    text = section(run, "Before and after")
    assert "- recorded 2 times; the one compared with is of 2026-01-31 12:13:47 UTC, by ann, from db as reader" in text
    assert "- before it: 2026-01-31 12:00:41 UTC, by engineer on call" in text


def test_what_is_no_reason_to_roll_back_is_told_beside_what_is():
    run = runs.tripped()
    run = run.tell(happened.TriggerMoved(trigger=0, state="tripped", because="3 < 5", against=True))
    text = section(run, "Rollback criteria")
    assert "12:13:50 UTC, A single failed function: holds, 3 &lt; 5" in text
    assert "Stuck reports up by more than 5 in an hour: tripped" in text


def test_a_rollback_shows_its_level_its_reason_and_whether_it_finished():
    text = section(rolled_back(), "Rollback")
    assert "2026-01-31 12:07:33 UTC: Level 2: the image before, started by engineer on call." in text
    assert "Reason: never healthy." in text
    assert "Level 2: the image before: finished." in text
    assert "not finished" in section(runs.rolling_back(), "Rollback")


def test_earlier_attempts_stay_on_the_page():
    run = rolled_back().tell(happened.PhasesReopened(reason="fixed")).after(seconds=5).open("before")
    text = section(run, "Checklist")
    first, second = text.split("Attempt 2")
    assert "Attempt 1" in first
    assert "- [x] Reports by status: **recorded**" in first
    assert "- [ ] Reports by status: **not answered**" in second
    assert "### Level 2: the image before" in first


def test_signatures_and_blanks_stand_side_by_side():
    run = runs.signing().tell(happened.Signed(item="sign-off/sign:engineer", role="engineer", name="the engineer"))
    text = section(run, "Sign-off")
    assert "| engineer | the engineer | 2026-02-01 12:45:08 UTC |" in text
    assert "| tech lead | not answered | not answered |" in text


def test_secrets_are_not_on_the_page():
    run = deployed().tell(happened.Answered(item="after/ask:test_report", ask="test_report", value=None, secret=True))
    assert "do-not-show-me" not in page(run)
    assert "Id of the test report: given, not recorded" in page(run)


def test_the_ending_carries_its_note():
    run = deployed().tell(happened.RunClosed(ending="partial", note="the *watch* was cut short"))
    assert "**partial**, 2026-01-31 12:13:38 UTC.\n\nthe \\*watch\\* was cut short" in section(run, "Ending")


def test_who_was_told_of_an_alarm_and_who_could_not_be_stands_with_the_monitors():
    told = {"subject": "monitor stuck", "word": "firing", "words": "FIRING: Stuck reports"}
    run = deployed().tell(
        happened.AlertTold(**told), happened.AlertTold(**told, trouble="It refused <!here>.", place="plan")
    )
    lines = section(run, "Monitors").splitlines()
    assert [line for line in lines if "FIRING" in line] == [
        "| 2026-01-31 12:13:38 UTC | the operator's | FIRING: Stuck reports |  |",
        "| 2026-01-31 12:13:38 UTC | the plan's | FIRING: Stuck reports | NOT TOLD: It refused &lt;!here&gt;. |",
    ]


def test_an_open_run_has_no_ending():
    assert "The run is open" in section(deployed(), "Ending")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a | b", "a \\| b"),
        ("<script>", "&lt;script&gt;"),
        ("[link](x)", "\\[link\\](x)"),
        ("*bold* `code`", "\\*bold\\* \\`code\\`"),
        ("snake_case _emphasis_", "snake_case \\_emphasis\\_"),
        ("# title", "\\# title"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("two\nlines\x1b[31m", "two lines"),
        ("@team", "&#64;team"),
        ("https://evil.example www.evil.example", "https\\://evil.example www\\.evil.example"),
        ("\\", "\\\\"),
    ],
)
def test_foreign_text_is_words_on_the_page(text, shown):
    assert md(text) == shown


HOSTILE = st.text(alphabet="|*_`[]<>#-+.1)\n\r\x1b\u202e\\&@ ax", max_size=20)


@settings(max_examples=40, deadline=None)
@given(HOSTILE)
def test_foreign_text_breaks_no_table_and_opens_no_block(text):
    run = failed_check()
    run.tell(
        happened.Noted(text=text, item="before/see:functions"),
        happened.DeviationNoted(text=text),
        happened.TriggerMoved(trigger=0, state="unknown", because=text),
        happened.MonitorMoved(monitor="stuck", state="unknown", because=text),
        by=text,
    )
    shown = page(run)
    assert re.findall(r"^## (.*)$", shown, re.MULTILINE) == SECTIONS
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e<>]", shown)
    for block in re.findall(r"(?:^\|.*\n)+", shown, re.MULTILINE):
        columns = {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in block.splitlines()}
        assert len(columns) == 1, block


def test_holes_are_counted_from_the_opening_of_the_watch():
    run = verified().after(minutes=20)
    run.reading("stuck")
    run.after(seconds=1).tell(happened.Noted(text="x"))
    assert "from 2026-01-31 12:13:38 UTC to 2026-01-31 12:34:38 UTC (21:00)" in section(run, "Monitors")
