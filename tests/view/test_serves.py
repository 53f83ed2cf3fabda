"""Which versions serve, told of several services in the room there is; what this run has stopped does not serve."""

from __future__ import annotations

from collections import deque

import pytest

from cockpit import planfile
from cockpit.cli import sample
from cockpit.core import events as happened
from cockpit.core.rollout import begin
from cockpit.core.rollout.deployment import Deployment, Instance, Observation
from cockpit.core.rollout.traffic import Probe
from cockpit.view.guide import guide
from cockpit.view.line import Tone
from cockpit.view.rollouts import answers
from cockpit.view.serves import at_rest

from . import runs


@pytest.fixture
def run() -> runs.Run:
    made = runs.Run(planfile.load(sample.path("workers")))
    for service, commit in (("api", "a829a4bd"), ("importer", "b829a4bd"), ("reminder", "c829a4bd")):
        made.tell(happened.TargetSeen(service=service, deployment=runs.deployment(f"the-old-{service}", commit=commit)))
    return made


def did(run: runs.Run, action: str) -> runs.Run:
    return run.act(next(item.id for item in run.plan.lines() if item.target == action))


def test_in_a_wide_line_each_service_says_since_when(run: runs.Run) -> None:
    assert at_rest(run.scene(), 150).text.startswith(
        " api a829a4bd serves since 12:00:00 · importer b829a4bd serves since 12:00:00 · reminder c829a4bd serves since"
    )


def test_where_there_is_less_room_all_of_them_are_still_named(run: runs.Run) -> None:
    told = at_rest(run.scene(), 80).text
    assert told.startswith(" api a829a4bd · importer b829a4bd · reminder c829a4bd serve ")
    assert told.endswith("! way back unknown ")


def test_what_was_stopped_is_said_to_be_and_never_to_serve(run: runs.Run) -> None:
    did(did(run, "stop_importer"), "stop_reminder")
    line = at_rest(run.scene(), 80)
    assert line.text.startswith(" api a829a4bd serves · importer stopped · reminder stopped ")
    assert [span.tone for span in line.spans if "stopped" in span.text] == [Tone.WARN, Tone.WARN]
    assert "importer, reminder stopped" in guide(run.scene(), 80)[1].text
    did(run, "restart_importer")
    assert at_rest(run.scene(), 80).text.startswith(" reminder stopped · api a829a4bd · importer b829a4bd serve ")


def test_a_stop_that_did_not_happen_stops_nothing(run: runs.Run) -> None:
    item = "workers-to-zero/do:stop_importer"
    run.act(item, proof=None)
    run.tell(happened.ActionFailed(item=item, intent=len(run.events) - 1, because="It still runs."))
    assert "stopped" not in at_rest(run.scene(), 150).text


def test_while_what_was_stopped_is_deployed_it_is_not_unknown_what_serves(run: runs.Run) -> None:
    did(run, "stop_importer")
    item = "importer-from-zero-to-one/do:deploy_importer"
    run.act(item, deployment="new", proof=None)
    rollout = begin("new", "importer", "the-old-importer", started=run.now, overlap=0, drain=0)
    run.tell(happened.RolloutBegan(item=item, rollout=rollout))
    run.after(seconds=30).tell(happened.RolloutObserved(deployment="new", observation=Observation(
        at=run.now, new=runs.deployment("new", "BUILDING", run.now), old=stopped_one(run),
    )))  # fmt: skip
    assert "importer stopped until it is up" in guide(run.scene(), 120)[1].text


def test_what_another_services_deployment_answers_is_no_answer_of_this_rollout(run: runs.Run) -> None:
    rollout = begin("new", "importer", "the-old-importer", started=run.now, overlap=0, drain=0)
    run.tell(happened.RolloutBegan(item="importer-from-zero-to-one/do:deploy_importer", rollout=rollout))
    run.live.probes["api_health"] = deque(Probe(run.now, "the-old-api") for _ in range(9))
    assert answers(run.scene(), rollout) is None
    run.live.probes["api_health"].append(Probe(run.now, "the-old-importer"))
    assert answers(run.scene(), rollout) == (0, 1, 1)


def stopped_one(run: runs.Run) -> Deployment:
    return runs.deployment("the-old-importer").model_copy(
        update={"instances": (Instance(id="i", status="EXITED"),), "stopped": True}
    )
