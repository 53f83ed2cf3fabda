"""Which deployment answers: told by a name that one of them bears, and by nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cockpit.core import events as happened
from cockpit.core.plan.check import HttpCheck
from cockpit.core.reading import Answer
from cockpit.core.rollout import begin
from cockpit.core.rollout.traffic import Probe, Share, named_by, shares
from tests.view.runs import OPENED, Run, overlapping

SERVES = HttpCheck.model_validate({
    "on": "app", "get": "/", "seen": "json.service == 'reports'", "serves": "json.deployment",
})  # fmt: skip


def answer(**json: object) -> Answer:
    return Answer(facts={"status": 200, "json": {"service": "reports"} | json})


NAMES = [
    ({"deployment": "new-deployment"}, "new-deployment"),
    ({"deployment": 1234567}, "1234567"),
    ({"deployment": "  "}, None),
    ({"deployment": None}, None),
    ({"deployment": True}, None),
    ({}, None),
    ({"deployment": "new-deployment", "service": "a cache"}, None),
]


@pytest.mark.parametrize(("told", "named"), NAMES)
def test_an_answer_names_its_version_where_the_check_says(told: dict[str, object], named: str | None):
    assert named_by(SERVES, answer(**told)) == named


def test_a_check_that_does_not_say_names_nothing():
    assert named_by(SERVES.model_copy(update={"serves": None}), answer(deployment="new-deployment")) is None


def counted(run: Run, *named: str | None) -> tuple[Share, ...]:
    probes = [Probe(OPENED + timedelta(seconds=number), name) for number, name in enumerate(named)]
    return shares(run.state, None, probes)


def test_deployments_are_counted_by_id_commit_or_digest_or_the_beginning_of_one():
    run = overlapping()
    found = counted(run, "new-deployment", "ffeeddc", "ffeeddccbbaa", "old-deployment", "sha256:old-deployment", None)
    by = {share.deployment: 0 for share in found}
    for share in found:
        by[share.deployment] += share.count
    assert by == {"new-deployment": 3, "old-deployment": 2, None: 1}


@pytest.mark.parametrize("named", ["ffeedd", "9f31ab20cc", None])
def test_what_names_no_deployment_for_certain_is_nobodys(named: str | None):
    assert [share.deployment for share in counted(overlapping(), named)] == [None]


def test_two_deployments_of_one_commit_are_not_told_apart_by_it():
    run = overlapping()
    again = begin("another", "web", "new-deployment", started=run.now, overlap=None, drain=None)
    run.tell(happened.RolloutBegan(item=None, rollout=again.model_copy(update={"commit": "ffeeddccbbaa"})))
    assert [share.deployment for share in counted(run, "ffeeddccbbaa")] == [None]
    assert [share.deployment for share in counted(run, "new-deployment")] == ["new-deployment"]
