from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from cockpit.core import events as happened
from cockpit.report.record import record
from tests.view.runs import MOMENTS, Run, deployed, failed_check, gone, tripped


def made(run: Run) -> Any:
    return json.loads(json.dumps(record(run.state, run.kept, run.events)))


@pytest.mark.parametrize("name", MOMENTS)
def test_the_record_is_json_at_every_moment(name):
    run = MOMENTS[name]()
    found = made(run)
    assert found["ending"] == run.state.ending
    assert len(found["events"]) == len(run.events)
    assert [event["kind"] for event in found["events"]] == [event.kind for event in run.events]


def test_the_record_has_the_cells_of_a_comparison():
    cells = made(failed_check())["baselines"][0]["cells"]
    assert cells[2] == {
        "row": "failed",
        "column": "reports",
        "before": "2",
        "after": "4",
        "change": "+2",
        "relation": "equal",
        "ok": False,
        "because": "it was 2 and is 4, but must stay equal",
    }


def test_the_record_has_actions_with_proof_and_rollouts_with_their_lengths():
    found = made(deployed())
    assert found["actions"][1]["outcome"] == "done"
    assert found["actions"][1]["proof"] == "digest sha256:new"
    assert (found["rollouts"][0]["overlap"], found["rollouts"][0]["drain"]) == (300.0, 300.0)


def test_the_record_has_decisions_and_what_they_rest_on():
    decision = made(gone(recommended=False, overrides={"go-no-go/check:health": "by hand"}, inputs=(2, 3)))["gates"][0]
    assert decision["go"] is True
    assert decision["recommended"] is False
    assert decision["inputs"] == [2, 3]
    assert decision["overrides"] == {"go-no-go/check:health": "by hand"}


def test_instants_carry_their_zone():
    assert datetime.fromisoformat(made(tripped())["opened"]).utcoffset() is not None


def test_no_secret_is_in_the_record():
    run = gone()
    run.tell(
        happened.ActionIntended(
            item="deploy/do:set_grace", action="set_grace", summary="s", before={"API_TOKEN": "abcdef"}
        )
    )
    text = json.dumps(made(run))
    assert "do-not-show-me" not in text
    assert "abcdef" not in text
