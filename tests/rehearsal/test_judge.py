"""A judge that misses nothing: each witness that contradicts an ending is heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from cockpit.core import events as happened
from cockpit.core.events import Actor, Body, Event
from cockpit.errors import SimulatorError
from cockpit.rehearsal.judge import Evidence, judge
from cockpit.simulator.ledger import Entry
from tests.core.story import PLAN, START

OLD, NEW, RESTORED = (
    {"deployment": "d1", "digest": "old"},
    {"deployment": "d2", "digest": "new"},
    {
        "deployment": "d3",
        "digest": "old",
    },
)
WELL = {"orphans": 0, "broken": 0}
END = START + timedelta(minutes=1)


def events(*bodies: Body) -> list[Event]:
    opened = happened.RunOpened(plan=PLAN, plan_file="plan.toml", environment="production", rehearsal=True)
    return [
        Event("r1", seq, END if body is bodies[-1] else START, Actor("human", "op"), "1-aa", "host", body)
        for seq, body in enumerate((opened, *bodies), 1)
    ]


def entry(field: str = "", effect: Mapping[str, Any] | None = None, *, kind: str = "mutation") -> Entry:
    return Entry(1, at(0), 0.0, "railway", kind, "Op", (field,), {}, 200, dict(effect or {}) or None)


def probe(serves: dict[str, str], *, after: float = 0, status: int = 200) -> Entry:
    return Entry(1, at(after), 0.0, "app", "http", "GET /api/health", (), dict(serves), status)


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


GO = happened.GateDecided(phase="gate", go=True, recommended=True, reasons=())
BACK = happened.RollbackStarted(level="level-2", reason="")
DEPLOY = entry("serviceInstanceDeployV2", {"deployment": "d2"})
ROLL_BACK = entry("deploymentRollback", {"deployment": "d3"})
PROBES = [probe(OLD, after=5 * number) for number in range(13)]


def closed(ending: Any) -> happened.RunClosed:
    return happened.RunClosed(ending=ending)


def without(evidence: Evidence, *kinds: type[Body]) -> Evidence:
    return replace(evidence, events=[one for one in evidence.events if not isinstance(one.body, kinds)])


def with_entries(evidence: Evidence, *more: Entry) -> Evidence:
    return replace(evidence, ledger=[*evidence.ledger, *more])


def calm() -> Evidence:
    return Evidence(events(GO, closed("signed off")), [DEPLOY], WELL)


def stuck() -> Evidence:
    return Evidence(events(closed("stopped at gate")), [], {"orphans": 4, "broken": 0})


def unhealthy() -> Evidence:
    return Evidence(events(GO, BACK, closed("rolled back")), [DEPLOY, *PROBES], WELL)


def overrun() -> Evidence:
    told = happened.DeviationNoted(text="The drain used its whole window.")
    return Evidence(events(GO, told, closed("signed off")), [DEPLOY], WELL)


def regressed(**look: Any) -> Evidence:
    ledger = [probe(OLD), DEPLOY, probe(NEW), ROLL_BACK, probe(RESTORED)]
    return Evidence(events(GO, BACK, closed("rolled back")), ledger, WELL | (look or {"harmed": 30}))


def leaked() -> Evidence:
    return regressed(leaked=5, added=False, schema_changes=1)


def crashed() -> Evidence:
    return with_entries(regressed(crashed=9, added=False, schema_changes=3), DEPLOY)


GOOD = {
    "calm": calm(),
    "stuck-reports": stuck(),
    "health-fails": unhealthy(),
    "drain-overruns": overrun(),
    "regression": regressed(),
    "reservations-leak": leaked(),
    "worker-crash-loop": crashed(),
}


@pytest.mark.parametrize("scenario", GOOD)
def test_each_judge_is_content_with_its_own_ending_and_with_no_other(scenario: str) -> None:
    content = {name for name in GOOD if judge(name, GOOD[scenario]).ok}
    assert content == {scenario}


@pytest.mark.parametrize(("scenario", "evidence", "fault"), [
    ("calm", without(calm(), happened.RunClosed), "was not closed"),
    ("calm", replace(calm(), events=events(GO, closed("partial"))), "partial"),
    ("calm", replace(calm(), ledger=[]), "0 deploys"),
    ("calm", with_entries(calm(), DEPLOY), "2 deploys"),
    ("calm", with_entries(calm(), ROLL_BACK), "1 rollbacks"),
    ("calm", replace(calm(), look={"orphans": 1, "broken": 0}), "1 orphans"),
    ("calm", replace(calm(), look={"orphans": 0, "broken": 2}), "2 rows"),
    ("calm", replace(calm(), look={}), "-1 orphans"),
    ("calm", replace(calm(), events=events(GO, happened.Waived(item="a", reason="b"), closed("signed off"))), "1."),
    ("stuck-reports", replace(stuck(), look=WELL), "no stuck report"),
    ("stuck-reports", with_entries(stuck(), entry("variableCollectionUpsert")), "1 mutations"),
    ("health-fails", with_entries(unhealthy(), ROLL_BACK), "1 rollbacks"),
    ("health-fails", with_entries(unhealthy(), DEPLOY), "2 deploys"),
    ("health-fails", with_entries(unhealthy(), probe(OLD, after=30, status=503)), "1 probes of the app failed"),
    ("health-fails", replace(unhealthy(), ledger=[DEPLOY, *PROBES[:11]]), "11 probes"),
    ("health-fails", with_entries(unhealthy(), probe(NEW, after=59)), "live image is new"),
    ("health-fails", with_entries(unhealthy(), probe(RESTORED, after=59)), "not served by the old deployment"),
    ("health-fails", replace(unhealthy(), events=events(GO, closed("rolled back"))), "not level 2"),
    ("drain-overruns", without(overrun(), happened.DeviationNoted), "No deviation"),
    ("regression", replace(regressed(), ledger=[probe(OLD), DEPLOY, ROLL_BACK, probe(NEW)]), "live image is new"),
    ("regression", replace(regressed(), ledger=[DEPLOY, ROLL_BACK]), "no answered probe"),
    ("regression", replace(regressed(), ledger=[probe(OLD), DEPLOY, probe(RESTORED)]), "0 rollbacks"),
    ("regression", regressed(harmed=0), "Nothing of regression was met"),
    ("regression", regressed(harmed=3, leaked=1), "another scenario: reservations-leak"),
    ("calm", replace(calm(), look=WELL | {"crashed": 1}), "another scenario: worker-crash-loop"),
    ("reservations-leak", regressed(leaked=5, added=True, schema_changes=2), "still shows a change"),
    ("reservations-leak", regressed(leaked=5, added=False, schema_changes=2), "still shows a change"),
    ("reservations-leak", regressed(added=False, schema_changes=1), "Nothing of reservations-leak was met"),
    ("worker-crash-loop", regressed(crashed=9, added=False, schema_changes=3), "1 deploys"),
    ("worker-crash-loop", replace(crashed(), look={**crashed().look, "orphans": 1}), "1 orphans"),
])  # fmt: skip
def test_a_witness_that_contradicts_is_heard(scenario: str, evidence: Evidence, fault: str) -> None:
    judgement = judge(scenario, evidence)
    assert not judgement.ok
    assert any(fault in told for told in judgement.faults), judgement.faults


def test_a_scenario_nobody_knows_has_no_ending() -> None:
    with pytest.raises(SimulatorError, match="no ending for 'fine'"):
        judge("fine", calm())


def test_what_a_refused_mutation_asked_for_is_no_effect() -> None:
    refused = entry("serviceInstanceDeployV2")
    assert judge("calm", with_entries(calm(), refused)).ok
    assert datetime.fromisoformat(refused.at) == START
