"""The head of the screen at its two sizes: header, strip and the two lines of the guide, as plain text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cockpit.core import events as happened
from cockpit.core.plan import Plan
from cockpit.errors import CockpitError, Garbled, Missing, Refused, Throttled, TimedOut, Unreachable
from cockpit.ports import Budget
from cockpit.telemetry import Trouble
from cockpit.view.advice import advise
from cockpit.view.fit import line_cells
from cockpit.view.guide import facts, guide, serving
from cockpit.view.header import title
from cockpit.view.line import Tone
from cockpit.view.logs import Position, log_title
from cockpit.view.strip import strip
from tests.view import runs
from tests.view.runs import MOMENTS, Run, deployed, deploying, draining, gone, overlapping, plan

NARROW = {
    "fresh": """
 Reports: graceful… · PRODUCTION · run 4f2c · 00:00:41 · you drive · journal ok
 which deployment serves is not known yet                    ! way back unknown
 Next  Reports by status                                  b record the baseline
 nothing changed yet · waits for you 0:40
""",
    "asked": """
 Reports: graceful… · PRODUCTION · run 4f2c · 00:01:13 · you drive · journal ok
 web 01234567 serves since 12:00:00                            ✓ way back ready
 Decide  Go / no-go: GO is recommended                                 o decide
 nothing changed yet · waits for you 0:05
""",
    "overlapping": """
 Reports: graceful… · PRODUCTION · run 4f2c · 00:06:29 · you drive · journal ok
 3 done ✓ ─ overlap ▓▓▓░░ 3:12/5:00 ─ drain ○ 10:00 ─ gone ○    SIGTERM in 1:48
 Working  Deploy web, 5:02 of about 20:00
 both versions serve                             ✓ way back ready  ^R roll back
""",
    "overdue": """
 Reports: graceful… · PRODUCTION · run 4f2c · 00:08:29 · you drive · journal ok
 3 done ✓ ─ overlap ▓▓▓▓▓ 5:12/5:00 ─ drain ○ ─ gone ○  SIGTERM overdue by 0:12
 Working  Deploy web, 7:02 of about 20:00
 both versions serve                             ✓ way back ready  ^R roll back
""",
    "failed_check": """
 Reports: graceful… · PRODUCTION · run 4f2c · 00:13:47 · you drive · journal ok
 web ffeeddcc serves since 12:03:17                            ✓ way back ready
 Failed  Reports by status: failed is 4, was 2         c compare again  w waive
 the new version serves · After due in 4:30                        ^R roll back
""",
    "unknown": """
 Reports: graceful… · PRODUCTION · run 4f2c · 00:01:37 · you drive · journal ok
 ! web 01234567 served; a deploy may have replaced it          ✓ way back ready
 Unknown  Deploy web: sent, no outcome came; looked at in 0:40
 ! which version serves is unknown                                 ^R roll back
""",
    "health_failed": """
 Reports: graceful… · PRODUCTION · run 4f2c · 00:07:33 · you drive · journal ok
 2 done ✓ ─ health ✗ 5:00        ✗ It failed at healthcheck: 1/1 replicas never…
 Failed  Deploy web: It never got healthy                         ⏎ do it again
 the old version serves · waits for you 0:04     ✓ way back ready  ^R roll back
""",
    "rolled_back": """
 Reports: graceful… · PRODUCTION · run 4f2c · 00:07:51 · you drive · journal ok
 web 01234567 serves since 12:00:00                            ✓ way back ready
 Rolled back  Level 2: the image…     x close the run  e begin the phases again
 the old version serves · waits for you 0:03                       ^R roll back
""",
    "expired": """
 Reports: graceful… · PRODUCTION · run 4f2c · 00:32:17 · you drive · journal ok
 web 01234567 serves since 12:00:00                            ✓ way back ready
 Expired  Go / no-go: the GO is too old, open the gate…   o open the gate again
 nothing changed yet · waits for you 31:03
""",
    "unwritable": """
 Reports: grac… · PRODUCTION · run 4f2c · 00:13:38 · ! db down · ! NOT RECORDED
 web ffeeddcc serves since 12:03:17                            ✓ way back ready
 Not recorded  The journal cannot be written: no space left. Free some
 nothing else is done until it can be written; the way back is o…  ^R roll back
""",
    "closed": """
 Reports: gracef… · PRODUCTION · run 4f2c · signed off · you drive · journal ok
 web ffeeddcc serves since 2026-01-31 12:03:17
 Closed  signed off at 12:45:18 UTC                                      a note
 cockpit report 4f2c writes the record
""",
}

WIDE = {
    "overlapping": """
 Reports: graceful shutdown · PRODUCTION                    run 4f2c · 00:06:29 · you drive · journal ok · api 212/1000
 build ✓ 1:02 ─ deploy ✓ 0:40 ─ health ✓ 0:08 ─ overlap ▓▓▓▓▓░░░ 3:12/5:00 ─ drain ○ 10:00 ─ gone ○     SIGTERM in 1:48
 Working  Deploy web, 5:02 of about 20:00
 both versions serve                                                                     ✓ way back ready  ^R roll back
""",
    "draining": """
 Reports: graceful shutdown · PRODUCTION                    run 4f2c · 00:09:17 · you drive · journal ok · api 212/1000
 web: build ✓ ─ deploy ✓ ─ health ✓ ─ overlap ✓ ─ drain ░░░░░ 1:00/10:00 ─ gone ○          killed at the latest in 9:00
 Working  Deploy web, 7:50 of about 20:00
 the new version serves, the old one drains                                              ✓ way back ready  ^R roll back
""",
    "tripped": """
 Reports: graceful shutdown · PRODUCTION                    run 4f2c · 00:13:50 · you drive · journal ok · api 212/1000
 web ffeeddcc serves since 12:03:17                                                                    ✓ way back ready
 Next  Reports by status                                                                                      c compare
 ! tripped: Stuck reports up by more than 5 in an hour · ! firing: stuck for 12s · the new version serves  ^R roll back
""",
    "watching": """
 Reports: graceful shutdown · PRODUCTION                    run 4f2c · 00:44:38 · you drive · journal ok · api 212/1000
 web ffeeddcc serves since 12:03:17                                                                    ✓ way back ready
 Waits  Four hours on opens at 16:13:17 UTC, in 3:28:39
 the new version serves · Watch ends in 23:28:39                                                           ^R roll back
""",
}


def head(run: Run, width: int) -> str:
    scene = run.scene()
    lines = (title(scene, width), strip(scene, width), *guide(scene, width))
    return "\n".join(["", *(line.text.rstrip() for line in lines), ""])


@pytest.mark.parametrize("name", NARROW)
def test_the_head_at_80_columns(name):
    assert head(MOMENTS[name](), 80) == NARROW[name]


@pytest.mark.parametrize("name", WIDE)
def test_the_head_at_120_columns(name):
    assert head(MOMENTS[name](), 120) == WIDE[name]


@pytest.mark.parametrize("width", range(40, 130, 7))
def test_environment_and_trouble_stay_whatever_the_width(width):
    run = runs.unwritable()
    text = title(run.scene(), width).text
    assert "PRODUCTION" in text or width < 48
    assert "! NOT RECORDED" in text
    assert "! db down" in text


def test_a_rehearsal_says_so_before_the_environment():
    scene = Run(rehearsal=True).scene()
    assert "REHEARSAL · production" in title(scene, 80).text


def test_the_header_says_who_drives_and_in_which_attempt():
    run = runs.rolled_back().tell(happened.PhasesReopened(reason="again"))
    assert "attempt 2" in title(run.scene(), 120).text
    assert "engineer on call drives" in title(run.scene(operator="somebody else"), 140).text


def test_a_used_up_budget_is_trouble():
    run = deployed()
    run.live.budget = Budget(960, 1000, 50)
    assert "! api 960/1000" in title(run.scene(), 80).text


def test_several_links_down_are_counted():
    run = deployed()
    run.live.links = {"db": Trouble("It is gone."), "app": Trouble("It is gone.")}
    assert "! 2 links in trouble" in title(run.scene(), 100).text


def test_a_rollout_nobody_can_see_says_so():
    run = overlapping()
    run.live.links["railway"] = Trouble("Railway is having trouble (HTTP 503).", "Try again.")
    text = strip(run.scene(), 120).text.rstrip()
    assert text.endswith("! not seen for 3:12"), "the screen has no clock of the day"
    assert "overlap ! 3:12/5:00" in text, "it ran when it was seen last"
    run.live.looked["new-deployment"] = run.now + timedelta(seconds=20)
    assert strip(run.scene(), 120).text.rstrip().endswith("! not seen for 0:00")
    first, second = (each.text for each in guide(run.scene(), 120))
    assert "· Railway is having trouble (HTTP 503). Try again" in first
    assert "seen last: both versions serve" in second


def test_where_room_is_short_the_reason_goes_before_the_estimate_and_is_cut_between_words():
    run = overlapping()
    run.live.links["railway"] = Trouble("Railway is having trouble (HTTP 503).", "Try again; see status.railway.com.")
    assert guide(run.scene(), 80)[0].text.rstrip() == (
        " Working  Deploy web, 5:02 of about 20:00 · Railway is having trouble (HTTP 503)"
    )
    run.live.links["railway"] = Trouble("Railway says that there were too many requests.", "Wait.")
    assert guide(run.scene(), 80)[0].text.rstrip() == (
        " Working  Deploy web, 5:02 · Railway says that there were too many requests"
    )
    run.live.links["railway"] = Trouble("Railway's answer makes no sense (HTTP 200): it begins '{ data'.", "Try again.")
    assert guide(run.scene(), 80)[0].text.rstrip() == (
        " Working  Deploy web, 5:02 · Railway's answer makes no sense (HTTP 200): it…"
    )


@pytest.mark.parametrize(("error", "word"), [
    (Unreachable("x"), "down"), (Throttled("x"), "throttles"), (Refused("x"), "refuses"),
    (Garbled("x"), "garbled"), (TimedOut("x"), "silent"), (Missing("x"), "lacks something"),
])  # fmt: skip
def test_the_header_says_in_a_word_how_a_connection_fails(error: CockpitError, word: str) -> None:
    run = deployed()
    run.live.fails("railway", error, run.now)
    assert f"! railway {word}" in title(run.scene(), 100).text
    run.live.works("railway")
    assert "railway" not in title(run.scene(), 100).text


def test_a_connection_is_in_trouble_since_it_failed_first():
    run = deployed()
    run.live.fails("railway", Unreachable("It broke."), run.now)
    began = run.now
    run.live.fails("railway", Throttled("Too much."), run.after(minutes=2).now)
    assert run.live.links["railway"].since == began
    assert run.live.links["railway"].word == "throttles"
    run.live.works("railway")
    run.live.fails("railway", Unreachable("It broke."), run.now)
    assert run.live.links["railway"].since == run.now


def test_a_stage_that_never_began_is_passed_over_and_named():
    run = deploying().after(seconds=60).look("SUCCESS").after(seconds=10)
    assert "deploy – ─ health – ─ overlap" in strip(run.scene(), 140).text  # noqa: RUF001  (a dash is meant)


def test_deviations_stay_on_the_strip_when_the_rollout_is_over():
    run = overlapping().after(seconds=200).look("SUCCESS", "REMOVING").after(seconds=5).look("SUCCESS", "REMOVED")
    assert "! 1 deviation: The overlap took 6:32, configured were 5:00" in strip(run.scene(), 140).text
    assert "web ffeeddcc serves since" in strip(run.scene(), 140).text


def test_a_deployment_that_is_not_up_does_not_serve():
    run = gone().tell(
        happened.TargetSeen(service="api", deployment=runs.deployment("other-deployment", "CRASHED", commit="99887766"))
    )
    assert "! api 99887766 was not up at the opening (CRASHED)" in strip(run.scene(), 160).text


def test_a_due_time_is_said_to_be_over_when_it_is():
    run = deployed().after(minutes=6)
    assert "After due overdue by" not in guide(run.scene(), 120)[1].text
    assert "After overdue by 1:21" in guide(run.scene(), 120)[1].text


def test_what_runs_over_its_estimate_says_so():
    run = deploying().after(minutes=25)
    first = guide(run.scene(), 120)[0]
    assert "Deploy web, 25:32 of about 20:00, 5:32 over its estimate" in first.text
    assert any(span.tone is Tone.WARN for span in first.spans)


def test_without_keys_the_words_stand_alone():
    scene = runs.fresh().scene(keys={})
    assert guide(scene, 80)[0].text.rstrip().endswith(" record the baseline")


def test_why_the_next_step_is_refused_is_the_blocker():
    run = gone()
    scene = replace(run.scene(), state=replace(run.state, proved={}))
    assert "blocked: The connection railway has not shown that it is production" in guide(scene, 120)[1].text


def test_an_expired_go_never_hides_behind_the_next_item():
    assert guide(runs.expired().scene(), 120)[0].text.startswith(" Expired  Go / no-go")


def test_nothing_to_do_in_a_plan_of_one_watch_is_watching():
    content = plan().model_dump(by_alias=True, exclude_none=True)
    content["phases"] = [content["phases"][0] | {"items": ["do deploy_web"]}, content["phases"][4]]
    run = Run(Plan.model_validate(content)).open("before").act("before/do:deploy_web").open("watch").after(minutes=1)
    assert guide(run.scene(), 120)[0].text.rstrip() == " Watching  Watch ends in 23:59:00"


def test_both_lines_keep_their_keys_at_any_width():
    scene = draining().scene()
    for width in range(40, 121, 5):
        assert guide(scene, width)[1].text.rstrip().endswith("^R roll back")
        assert all(line_cells(line) <= width for line in guide(scene, width))


def test_a_clock_that_does_not_fit_is_left_out_whole_and_deadlines_come_before_watches() -> None:
    run = MOMENTS["failed_check"]()
    words = [fact.text for fact in facts(run.scene(), advise(run.scene()), 63)]
    due = next(number for number, text in enumerate(words) if " due " in text)
    assert all(" ends in " not in text for text in words[:due])
    for width in range(60, 130):
        assert "…" not in guide(run.scene(), width)[1].text


@pytest.mark.parametrize(
    ("moment", "words"), [(deploying, "not back yet"), (draining, "restored version serves, the one left")]
)
def test_in_a_rollback_the_old_version_is_not_taken_for_the_good_one(moment, words) -> None:
    step = "level-2-the-image-before/do:roll_back_web"
    state = replace(moment().state, rollout_items={"new-deployment": step})
    assert words in serving(state).text
    assert "old" not in serving(state).text


def test_a_status_that_nobody_knows_does_not_say_that_the_new_version_is_down():
    run = runs.overlapping().after(seconds=4).look("TELEPORTING")
    assert serving(run.scene().state).text == "! whether the new version is up is unknown"


def test_a_monitor_of_a_watch_under_way_that_cannot_tell_is_said_with_for_how_long() -> None:
    run = runs.watching().tell(happened.MonitorMoved(monitor="stuck", state="unknown", because="3 errors in a row"))
    assert "! unknown: stuck for 12m" in guide(run.after(minutes=12).scene(), 120)[1].text
    run.tell(happened.MonitorMoved(monitor="stuck", state="ok", because="value is 0"))
    assert "unknown" not in guide(run.scene(), 120)[1].text


def test_a_plan_without_railway_claims_nothing_of_deployments() -> None:
    content = plan().model_dump(by_alias=True, exclude_none=True)
    railway = {name for name, one in content["connections"].items() if one["kind"] == "railway"}
    content["connections"] = {name: one for name, one in content["connections"].items() if name not in railway}
    run = Run(Plan.model_validate(content)).open("before")
    assert strip(run.scene(), 80).text.startswith(" this plan follows no deployment")
    assert log_title(run.scene(), Position()).text == "none: this plan follows no deployment"
    run.act("before/do:deploy_web", proof="seen")
    assert serving(run.state).text == "changed"
