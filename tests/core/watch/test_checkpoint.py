"""Checkpoints: when each is due, and what is open in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cockpit.core import agenda
from cockpit.core import commands as wanted
from cockpit.core.gate import recommend
from cockpit.core.lint.references import complaints
from cockpit.core.plan import Plan
from cockpit.core.progress import phase_due
from cockpit.core.watch.checkpoint import Mark, checkpoints
from tests.core.story import PLAN, START, Story
from tests.core.test_agenda import UUID

PEAK = {"days": "mon-fri", "from": "08:00", "to": "18:00", "zone": "Europe/Berlin"}
"""The stories begin on a Sunday, 10:00 in Berlin."""


def with_peak(**changes: Any) -> dict[str, Any]:
    return {**PLAN, "windows": {"peak": PEAK}, **changes}


def marks(story: Story) -> dict[str, Mark]:
    return {each.phase.title: each.mark for each in checkpoints(story.state, story.now)}


def test_what_comes_at_a_time_or_lasts_is_a_checkpoint_and_waits_for_its_anchor() -> None:
    assert marks(Story()) == {"After": Mark.WAITS, "Watch": Mark.WAITS, "Later": Mark.WAITS}
    assert {each.at for each in checkpoints(Story().state, START)} == {None}


def test_a_deadline_is_ahead_then_overdue_then_done() -> None:
    story = Story().deployed()
    after = checkpoints(story.state, story.now)[0]
    assert after.mark is Mark.AHEAD
    assert after.at is not None
    assert [item.id for item in after.open] == [
        "after/compare:by_status", "after/ask:report", "after/check:steps", "after/same:after/compare:by_status",
    ]  # fmt: skip
    story.now = after.at
    assert marks(story)["After"] is Mark.OVERDUE
    story.read("after/compare:by_status").do(wanted.AnswerAsk("after/ask:report", UUID))
    story.read("after/check:steps", "observed")
    assert marks(story)["After"] is Mark.DONE


def test_a_watch_runs_and_a_time_after_it_is_ahead_then_due() -> None:
    story = Story().deployed().read("after/compare:by_status").do(wanted.AnswerAsk("after/ask:report", UUID))
    story.read("after/check:steps", "observed").advance()
    assert marks(story) == {"After": Mark.DONE, "Watch": Mark.RUNNING, "Later": Mark.AHEAD}
    story.later(hours=4).advance()
    assert marks(story)["Later"] is Mark.DUE
    story.later(hours=21)
    assert marks(story)["Watch"] is Mark.DONE


def test_what_a_closed_run_leaves_open_is_called_so() -> None:
    story = Story().do(wanted.Close("abandoned", "enough"))
    assert set(marks(story).values()) == {Mark.LEFT}


def test_the_first_peak_after_a_moment_opens_a_phase_then() -> None:
    phases = [*PLAN["phases"][:5], {"title": "Later", "due": "first peak after deploy_web", "items": ["check stuck"]}]
    story = Story(with_peak(phases=phases)).deployed()
    later = story.state.plan.phases[-1]
    assert phase_due(story.state, later) == START.replace(day=2, hour=7)  # Monday, 08:00 in Berlin
    assert Plan.model_validate(story.state.plan.model_dump(mode="json", by_alias=True)) == story.state.plan


def test_a_gate_recommends_no_go_within_a_window_it_avoids() -> None:
    gate = {**PLAN["phases"][1], "avoid": ["peak"]}
    story = Story(with_peak(phases=[PLAN["phases"][0], gate, *PLAN["phases"][2:]])).before()
    outside = recommend(story.state, "gate", story.now).conditions[-1]
    assert (outside.id, outside.ok, outside.because) == ("window/peak", True, "until Mon 07:00 UTC")
    inside = recommend(story.state, "gate", START + timedelta(days=1)).conditions[-1]
    assert (inside.ok, inside.word, inside.because) == (False, "within peak", "until Mon 17:00 UTC, for 8:00:00")
    assert inside.title == "Not within peak (mon-fri 08:00-18:00 Europe/Berlin)"


def test_a_go_within_an_avoided_window_needs_a_reason() -> None:
    gate = {**PLAN["phases"][1], "avoid": ["peak"]}
    story = Story(with_peak(phases=[PLAN["phases"][0], gate, *PLAN["phases"][2:]])).before()
    story.later(days=1).do(wanted.OpenGate("gate")).answer("gate/check:stuck").do(wanted.Tick("gate/tick:backup-taken"))
    assert "within peak" in story.refused(wanted.DecideGate("gate", go=True))
    story.do(wanted.DecideGate("gate", go=True, overrides={"window/peak": "traffic is low today"}))
    assert story.state.gate("gate").go


def test_a_gate_cannot_tell_where_the_zone_is_not_known() -> None:
    gate = {**PLAN["phases"][1], "avoid": ["peak"]}
    windows = {"peak": {**PEAK, "zone": "Atlantis/Center"}}
    story = Story({**PLAN, "windows": windows, "phases": [PLAN["phases"][0], gate, *PLAN["phases"][2:]]}).before()
    condition = recommend(story.state, "gate", story.now).conditions[-1]
    assert (condition.ok, condition.word) == (False, "not known")


def test_a_monitor_is_asked_during_its_window_only() -> None:
    monitors = {"stuck": {"check": "stuck", "every": "5m", "for": "15m", "during": "peak"}}
    phases = [{"title": "Watch", "lasts": "72h from deploy_web", "monitors": ["stuck"]}, *PLAN["phases"][:3]]
    story = Story(with_peak(monitors=monitors, phases=phases)).advance()
    assert agenda.watching(story.state, START) == ()
    assert agenda.watching(story.state, START + timedelta(days=1)) == ("stuck",)


def test_complaints_about_windows_name_what_is_meant() -> None:
    plan = Plan.model_validate(
        with_peak(
            windows={"peak": {**PEAK, "zone": "Europe/Berln"}},
            monitors={"stuck": {**PLAN["monitors"]["stuck"], "during": "paek", "every_during": {"peak": "10m"}}},
            phases=[{**phase, "avoid": ["peek"]} if phase["title"] == "Before" else phase for phase in PLAN["phases"]],
        )
    )
    told = {".".join(map(str, each.path)): f"{each.what} {each.remedy}" for each in complaints(plan)}
    assert told["windows.peak.zone"] == "There is no time zone 'Europe/Berln'. Did you mean 'Europe/Berlin'?"
    assert told["monitors.stuck.during"] == "There is no window 'paek'. Did you mean 'peak'?"
    assert told["monitors.stuck.for"] == 'for = "15m" is too short for every 10m within peak. Write at least 20m.'
    assert told["phases.0.avoid.0"] == "There is no window 'peek'. Did you mean 'peak'?"
    assert told["phases.0.avoid"].startswith("Only a gate can avoid a window")
