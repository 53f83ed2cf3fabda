"""Replicas that change while nothing is deployed: told once, and told from what a deploy, restart or scale explains."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cockpit.core import events as happened
from cockpit.core.commands import ObserveRollout, Refusal, SeeReplicas
from cockpit.core.rollout.deployment import Deployment, Instance, Observation
from cockpit.core.rollout.replicas import OURS_WITHIN, sentence
from cockpit.core.rules import decide
from tests.view.runs import Run, deployed, deploying, deployment, overlapping, proved


def serving(*instances: str, status: str = "RUNNING", name: str = "new-deployment") -> Deployment:
    found = tuple(Instance(id=one, status=status) for one in instances)
    return deployment(name).model_copy(update={"instances": found})


def look(run: Run, seen: Deployment, started: datetime | None = None) -> list[str]:
    """What one look makes of the run: the sentences of new changes."""
    known = len(run.state.replica_changes)
    events = decide(run.state, SeeReplicas("web", seen, started), run.now)
    assert not isinstance(events, Refusal)
    run.tell(*events)
    return [sentence(change) for change in run.state.replica_changes[known:]]


def test_a_replica_that_the_platform_moved_is_told_once():
    run = deployed()
    assert look(run, serving("1")) == []
    told = ["web new-depl: 1 of 1 replicas was replaced by the platform or by somebody; nothing was deployed."]
    assert look(run, serving("2")) == told
    assert look(run, serving("2")) == []


def test_more_or_fewer_replicas_are_told_as_that():
    assert "1 replicas became 3" in look(deployed(), serving("1", "2", "3"))[0]


def test_a_container_that_starts_anew_under_the_same_id_is_told_by_the_platforms_line():
    run = deployed()
    up = run.state.rollouts["new-deployment"].t1
    assert up is not None
    assert look(run, serving("1"), up.at - timedelta(seconds=3)) == []
    at = run.now
    assert "a container started anew" in look(run, serving("1"), at)[0]
    assert look(run, serving("1"), at) == []


@pytest.mark.parametrize("status", ["INITIALIZING", "CREATED", "RESTARTING"])
def test_nothing_is_concluded_while_a_replica_is_on_its_way(status: str):
    seen = serving("1")
    coming = seen.model_copy(update={"instances": (*seen.instances, Instance(id="2", status=status))})
    assert look(deployed(), coming) == []


def test_nothing_is_concluded_during_a_rollout_or_of_a_deployment_nobody_knows():
    assert look(deploying(), serving("9", name="old-deployment")) == []
    assert look(proved(), serving("9", name="theirs")) == []
    assert look(proved(), serving("9", name="old-deployment")) != []


def test_a_replica_of_the_new_deployment_that_is_moved_while_the_old_one_drains_is_told_too():
    run = overlapping()
    assert run.state.replicas["new-deployment"] == ("1",)
    known = run.state.rollouts["new-deployment"]
    seen = Observation(at=run.now, new=serving("2").model_copy(update={"status_at": known.status_at}))
    events = decide(run.state, ObserveRollout("new-deployment", seen), run.now)
    assert not isinstance(events, Refusal)
    run.tell(*events)
    (change,) = run.state.replica_changes
    assert (change.before, change.after, change.item) == (("1",), ("2",), None)
    assert decide(run.state, ObserveRollout("new-deployment", seen), run.now) == ()


def test_a_restart_of_this_run_explains_it_for_a_while():
    run = deployed()
    plan = run.plan.model_dump(mode="json", by_alias=True, exclude_none=True)
    plan["actions"]["again"] = {"on": "railway", "restart": "web", "undo": "none", "why": "a test"}
    plan["phases"][2]["items"].append("do again")
    run.tell(happened.PlanAmended(plan=plan, diff=("again",)))
    run.act("deploy/do:again", deployment="new-deployment")
    assert look(run.after(seconds=5), serving("2")) == [
        "web new-depl: 1 of 1 replicas was replaced by this run; nothing was deployed."
    ]
    run.after(seconds=OURS_WITHIN.total_seconds())
    assert "by the platform or by somebody" in look(run, serving("3"))[0]
