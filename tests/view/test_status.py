from __future__ import annotations

import json

import pytest

from cockpit.core.lease import Attachment, Role
from cockpit.core.rollout.forecast import Expected
from cockpit.view.status import one_line, record
from tests.view.runs import MOMENTS, Run, failed_check, tripped, watching


def test_one_line_says_where_a_run_stands():
    assert one_line(failed_check().scene(keys={})) == (
        "4f2c Reports: graceful shutdown · production · After 0/5 due in 4:30 · "
        "Failed: Reports by status: failed is 4, was 2 · the new version serves · ✓ way back ready"
    )
    assert "! 1 trigger tripped" in one_line(tripped().scene())
    assert "REHEARSAL production" in one_line(Run(rehearsal=True).scene())


@pytest.mark.parametrize("name", MOMENTS)
def test_the_record_is_json_and_agrees_with_the_state(name):
    scene = MOMENTS[name]().scene()
    found = json.loads(json.dumps(record(scene)))
    assert found["run"] == "4f2c"
    assert found["ending"] == scene.state.ending
    assert [phase["id"] for phase in found["phases"]] == [phase.id for phase in scene.state.plan.phases]
    for phase in found["phases"]:
        for item in phase["items"]:
            assert item["status"] == scene.state.item(item["id"]).status.value


def test_the_record_tells_what_is_next_and_what_is_waited_for():
    found = record(watching().scene())
    assert found["only_timers"] is True
    assert found["waits_for_person"] is False
    assert found["next"] == {
        "label": "Waits",
        "words": "Four hours on opens at 16:13:17 UTC, in 3:28:39",
        "row": "four-hours-on",
        "can": [],
    }
    assert found["monitors"] == {"stuck": "ok"}


def test_the_record_tells_the_clocks_of_the_rollout():
    found = record(MOMENTS["overlapping"]().scene())
    assert found["rollout"] is not None
    assert json.loads(json.dumps(found["rollout"]))["countdown"] == {"to": "SIGTERM", "at": "2026-01-31T12:08:17+00:00"}


def test_one_line_tells_the_stages_of_a_rollout_beside_what_is_forecast():
    run = MOMENTS["overlapping"]()
    run.live.forecasts["deploy_web"] = {"drain": Expected(580, 560, 600, 4)}
    line = one_line(run.scene(keys={}))
    assert "web: build ✓ 1:02 ─ deploy ✓" in line
    assert "overlap ◐ 3:12/5:00 ─ drain ○ 10:00, SIGTERM in 1:48" in line


def test_the_record_tells_stages_lengths_and_how_the_clocks_are_known():
    run = MOMENTS["draining"]()
    run.live.forecasts["deploy_web"] = {"build": Expected(62, 58, 70, 4)}
    found = json.loads(json.dumps(record(run.scene())["rollout"]))
    assert found["known_by"]["T1"] == "status"
    assert found["overlap"] == {"seconds": 300.0, "configured": 300.0}
    assert found["drain"] == {"seconds": None, "configured": 600.0}
    build = found["stages"][0]
    assert (build["stage"], build["forecast"], build["failed"]) == ("build", 62, False)
    assert build["started"] < build["ended"]
    assert found["last_seen"]


def test_the_record_does_not_call_a_failing_gate_recommended():
    gates = json.loads(json.dumps(record(MOMENTS["no_go"]().scene())["gates"]))
    assert gates["go-no-go"]["recommended"] is False
    assert gates["go-no-go"]["conditions"][0]["word"] == "failed"
    before = json.loads(json.dumps(record(MOMENTS["at_gate"]().scene())["gates"]))
    assert before["go-no-go"]["recommended"] is None


def test_of_those_at_a_run_the_one_that_asks_is_named_first() -> None:
    scene = watching().scene()
    scene.live.others = (
        Attachment("7-a", Role.MONITOR, "bastion", 7, "root", 0, 1),
        Attachment("8-b", Role.DRIVER, "bastion", 8, "ada", 0, 1, asks=True),
    )
    assert " · the screen of ada asks · the monitor of root waits · " in one_line(scene)
