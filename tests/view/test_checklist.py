from __future__ import annotations

import pytest

from cockpit.core import events as happened
from cockpit.telemetry import Trouble
from cockpit.view.checklist import ROLLBACK, rows
from cockpit.view.line import Tone
from tests.view.runs import (
    MOMENTS,
    Run,
    at_gate,
    deployed,
    deploying,
    every_part,
    fresh,
    gone,
    proved,
    signing,
    watching,
)

WIDE = {
    "at_gate": """
 ✓ Before                                  3/3
 ▸ Go / no-go                              0/3
   ○ Stuck reports                   not asked
   ○ Health                          not asked
   ▸ Backup taken                   unanswered
 ○ Deploy                                  0/2
 ○ After                                   0/5
 ○ Watch                             not begun
 ○ Four hours on                           0/1
 ○ Sign-off                                0/2
 ○ Rollback                 triggers not asked
  ○ Level 1: variables only              ready
  ○ Level 2: the image before            ready
""",
    "unknown": """
 ✓ Before                                  3/3
 ✓ Go / no-go                               GO
 ! Deploy                                  1/2
   ✓ Set the grace periods                done
   ! Deploy web                        unknown
 ○ After                                   0/5
 ○ Watch                             not begun
 ○ Four hours on                           0/1
 ○ Sign-off                                0/2
 ○ Rollback                 triggers not asked
  ○ Level 1: variables only              ready
  ○ Level 2: the image before            ready
""",
    "no_go": """
 ✓ Before                                  3/3
 ✗ Go / no-go                            NO-GO
   ✗ Stuck reports                      failed
   ✓ Health                                 ok
   ✓ Backup taken                           ok
 ○ Deploy                                  0/2
 ○ After                                   0/5
 ○ Watch                             not begun
 ○ Four hours on                           0/1
 ○ Sign-off                                0/2
 ○ Rollback                 triggers not asked
  ○ Level 1: variables only              ready
  ○ Level 2: the image before            ready
""",
    "tripped": """
 ✓ Before                                  3/3
 ✓ Go / no-go                               GO
 ✓ Deploy                                  2/2
 ▸ After                       0/5 due in 4:27
   ▸ Reports by status                    next
   ○ Stuck reports                        open
   ○ Id of the test report                open
   ○ Steps of the test report             open
   ○ Stuck reports                        open
 ○ Watch                             not begun
 ○ Four hours on                    in 3:59:27
 ○ Sign-off                                0/2
 ✗ Rollback                  1 trigger tripped
  ○ Level 1: variables only              ready
  ○ Level 2: the image before            ready
""",
    "rolling_back": """
 ✓ Before                                  3/3
 ✓ Go / no-go                               GO
 ✗ Deploy                                  1/2
 ○ After                                   0/5
 ○ Watch                             not begun
 ○ Four hours on                           0/1
 ○ Sign-off                                0/2
 ○ Rollback                 triggers not asked
  ○ Level 1: variables only              ready
  ◐ Level 2: the image before              0/2
   ◐ Take web back                        0:15
   ○ Health                              waits
""",
}


def shown(run: Run, width: int) -> str:
    return "\n".join(["", *(row.line.text.rstrip() for row in rows(run.scene(), width)), ""])


@pytest.mark.parametrize("name", WIDE)
def test_the_checklist_at_47_columns(name):
    assert shown(MOMENTS[name](), 47) == WIDE[name]


def test_in_a_narrow_list_titles_give_way_to_words():
    narrow = shown(deploying(), 29)
    assert " ✓ Before                3/3\n" in narrow
    assert "   ✓ Set the grace periods\n" in narrow
    assert "   ◐ Deploy web         0:32\n" in narrow


def row(run: Run, row_id: str, width: int = 80) -> str:
    scene = run.scene()
    every = rows(scene, width, unfolded=every_part(scene.state))
    return next(row.line.text.rstrip() for row in every if row.id == row_id)


def test_folded_phases_open_when_asked_to():
    ids = [row.id for row in rows(fresh().scene(), 60, unfolded=frozenset({"deploy"}))]
    assert "deploy/do:deploy_web" in ids
    assert "after/check:stuck" not in ids
    assert "before/record:by_status" in ids


def test_an_overrun_replaces_the_clock():
    assert row(deploying().after(minutes=25), "deploy/do:deploy_web").endswith("5:32 over")


@pytest.mark.parametrize(
    ("verdict", "ending"),
    [("pass", "ok"), ("observed", "observed"), ("fail", "failed"), ("error", "error"), ("blind", "blind")],
)
def test_a_check_says_its_verdict_in_a_word(verdict, ending):
    run = deployed().judge("after/check:stuck", verdict, "said so")
    assert row(run, "after/check:stuck").endswith(f" {ending}")


def test_observed_is_no_pass():
    scene = deployed().judge("after/check:stuck", "observed").scene()
    line = next(each.line for each in rows(scene, 60) if each.id == "after/check:stuck")
    assert Tone.OK not in {span.tone for span in line.spans}


def test_items_passed_over_say_how():
    run = fresh().tell(
        happened.Waived(item="before/see:functions", reason="no access"),
        happened.MarkedNotApplicable(item="before/tick:team-knows-that-deploys-take-15-minutes", reason="alone"),
    )
    assert row(run, "before/see:functions").strip().startswith("~")
    assert row(run, "before/see:functions").endswith("waived")
    assert row(run, "before/tick:team-knows-that-deploys-take-15-minutes").endswith("n/a")


def test_a_reading_grown_old_in_an_open_gate_is_stale():
    run = at_gate().tell(happened.GateAsked(phase="go-no-go")).after(seconds=1).judge("go-no-go/check:stuck")
    assert row(run.after(seconds=30), "go-no-go/check:stuck").endswith("ok")
    assert row(run.after(seconds=31), "go-no-go/check:stuck").endswith("stale")


def test_a_go_shows_how_long_it_holds_and_when_it_no_longer_does():
    assert row(gone(), "go-no-go").endswith("GO 29:56 left")
    assert row(gone().after(minutes=31), "go-no-go").endswith("GO expired")


def test_a_go_over_conditions_says_how_many():
    run = gone(recommended=False, overrides={"go-no-go/check:stuck": "known"})
    assert "GO 1 overridden" in row(run, "go-no-go")
    assert row(run, "go-no-go/check:stuck").endswith("overridden")


def test_a_watch_shows_what_is_left_and_its_monitors():
    assert row(watching(), "watch").endswith("23:28:39 left")
    firing = watching().tell(happened.MonitorMoved(monitor="stuck", state="firing", because="3 > 0"))
    assert row(firing, "watch").strip().startswith("✗")
    assert "1 firing" in row(firing, "watch")
    unsure = watching().tell(happened.MonitorMoved(monitor="stuck", state="unknown", because="no answer"))
    assert row(unsure, "watch").strip().startswith("!")
    assert row(signing(), "watch").endswith("over")


def test_a_level_without_a_known_target_is_not_called_ready():
    why = "unknown: railway has not answered for production yet"
    assert row(fresh(), "level-2-the-image-before", 100).endswith(why)


def test_every_way_back_has_a_light():
    run = proved()
    assert row(run, "level-1-variables-only").endswith("ready")
    assert row(run, "level-2-the-image-before").endswith("ready")
    run.live.links["railway"] = Trouble("There is no connection.", word="throttles")
    assert row(run, "level-1-variables-only", 100).endswith("unknown: railway throttles now")


def test_triggers_that_cannot_be_told_are_not_quiet():
    run = watching().tell(happened.TriggerMoved(trigger=0, state="unknown", because="no sample"))
    assert row(run, ROLLBACK).endswith("1 trigger unknown")
    clear = watching().tell(happened.TriggerMoved(trigger=0, state="clear", because="0 > 5 is false"))
    clear.live.readings.clear()
    assert row(clear, ROLLBACK).endswith("1 trigger unknown")  # nobody has looked for long
    clear.reading("stuck")
    assert row(clear, ROLLBACK).endswith("no trigger tripped")


def test_triggers_that_no_watch_asks_for_are_no_alarm():
    run = deployed().tell(happened.TriggerMoved(trigger=0, state="unknown", because="no sample"))
    assert row(run, ROLLBACK).strip().startswith("○")
    assert row(run, ROLLBACK).endswith("1 trigger not watched")


def test_of_a_closed_run_no_way_back_is_called_ready():
    run = MOMENTS["closed"]()
    assert row(run, "level-2-the-image-before").strip() == "○ Level 2: the image before"


def test_a_left_rollback_level_is_not_the_one_under_way():
    run = MOMENTS["rolling_back"]().tell(happened.RollbackStarted(level="level-1-variables-only", reason="other way"))
    assert row(run, "level-2-the-image-before").endswith("left at 0/2")
    assert row(run, "level-1-variables-only").strip().startswith("▸")
