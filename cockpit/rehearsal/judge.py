"""Whether a rehearsal ended as its scenario must.

Reads three witnesses and nothing else: the journal's `RunClosed`, the simulator's ledger, a last
look by SQL. They must agree. The scripted operator never learns what is judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cockpit.core import events as happened
from cockpit.core.events import Event
from cockpit.core.names import slug
from cockpit.errors import SimulatorError
from cockpit.simulator.ledger import Entry

PROBE_WINDOW = timedelta(seconds=5)
"""At least one probe of the app in each span of this length, on the average, from the gate to the close."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The three witnesses."""

    events: Sequence[Event]
    ledger: Sequence[Entry]
    look: Mapping[str, Any]
    """`orphans`, `completed`, `steps_missing`, ... by SQL, at the end."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`ok` when nothing contradicts the scenario's ending; `faults` say what does."""

    ok: bool
    faults: tuple[str, ...]


def judge(scenario: str, evidence: Evidence) -> Judgement:
    """The judgement of a scenario over the evidence. Raises SimulatorError for an unknown scenario."""
    wanted = _ENDINGS.get(scenario)
    if wanted is None:
        raise SimulatorError(f"There is no ending for '{scenario}'.", f"Known are {', '.join(_ENDINGS)}.")
    faults = tuple(fault for fault in wanted(evidence) if fault)
    return Judgement(not faults, faults)


Faults = list[str | None]


def _calm(evidence: Evidence) -> Faults:
    return [
        _ended(evidence, "signed off"),
        _count("deploys", _effects(evidence, "serviceInstanceDeployV2"), 1),
        _count("rollbacks", _effects(evidence, "deploymentRollback"), 0),
        _no_deviation(evidence),
        _healthy_rows(evidence),
    ]


def _stuck_reports(evidence: Evidence) -> Faults:
    mutations = [entry for entry in evidence.ledger if entry.surface == "railway" and entry.kind == "mutation"]
    orphans = int(evidence.look.get("orphans", 0))
    return [
        _ended(evidence, "stopped at gate"),
        _count("mutations", mutations, 0),
        None if orphans > 0 else "The database holds no stuck report, so the cause was not there.",
    ]


def _health_fails(evidence: Evidence) -> Faults:
    return [
        _ended(evidence, "rolled back"),
        _level_two(evidence),
        _count("deploys", _effects(evidence, "serviceInstanceDeployV2"), 1),
        _count("rollbacks", _effects(evidence, "deploymentRollback"), 0),
        _old_image_serves(evidence, by="the old deployment"),
        *_probes(evidence),
    ]


def _drain_overruns(evidence: Evidence) -> Faults:
    texts = [event.body.text for event in evidence.events if isinstance(event.body, happened.DeviationNoted)]
    recorded = any("drain" in text.lower() for text in texts)
    return [
        _ended(evidence, "signed off"),
        _count("deploys", _effects(evidence, "serviceInstanceDeployV2"), 1),
        None if recorded else "No deviation about the drain stands in the record.",
        _healthy_rows(evidence),
    ]


def _regression(evidence: Evidence) -> Faults:
    return [
        _ended(evidence, "rolled back"),
        _level_two(evidence),
        _count("deploys", _effects(evidence, "serviceInstanceDeployV2"), 1),
        _count("rollbacks", _effects(evidence, "deploymentRollback"), 1),
        _old_image_serves(evidence, by="a new deployment"),
        _healthy_rows(evidence),
    ]


def _reservations_leak(evidence: Evidence) -> Faults:
    """What the plan added is gone again with the version that held on to it."""
    added, changes = evidence.look.get("added"), int(evidence.look.get("schema_changes", -1))
    undone = added is False and changes == 1
    return [
        _ended(evidence, "rolled back"),
        _level_two(evidence),
        _count("deploys", _effects(evidence, "serviceInstanceDeployV2"), 1),
        _count("rollbacks", _effects(evidence, "deploymentRollback"), 1),
        _old_image_serves(evidence, by="a new deployment"),
        None if undone else "The database still shows a change of its schema.",
        _changed_schema(evidence),
    ]


def _changed_schema(evidence: Evidence) -> str | None:
    done = [event.body.action for event in evidence.events if isinstance(event.body, happened.ActionIntended)]
    return None if "change_schema" in done else "No change of the schema was begun, so the cause had no place."


_ENDINGS: Mapping[str, Callable[[Evidence], Faults]] = {
    "calm": _calm,
    "stuck-reports": _stuck_reports,
    "health-fails": _health_fails,
    "drain-overruns": _drain_overruns,
    "regression": _regression,
    "reservations-leak": _reservations_leak,
}


def _ended(evidence: Evidence, ending: str) -> str | None:
    closed = [event.body for event in evidence.events if isinstance(event.body, happened.RunClosed)]
    if not closed:
        return "The run was not closed."
    return None if closed[-1].ending == ending else f"The run ended as {closed[-1].ending}, not {ending}."


def _level_two(evidence: Evidence) -> str | None:
    opened = next(event.body for event in evidence.events if isinstance(event.body, happened.RunOpened))
    levels = [event.body.level for event in evidence.events if isinstance(event.body, happened.RollbackStarted)]
    second = slug(opened.plan["rollback"][1]["title"]) if len(opened.plan.get("rollback", ())) > 1 else ""
    return None if levels and levels[-1] == second else f"The last rollback was {levels[-1:] or 'none'}, not level 2."


def _effects(evidence: Evidence, field: str) -> list[Entry]:
    return [entry for entry in evidence.ledger if field in entry.fields and entry.effect]


def _count(what: str, entries: Sequence[Entry], wanted: int) -> str | None:
    return None if len(entries) == wanted else f"The ledger shows {len(entries)} {what}, not {wanted}."


def _no_deviation(evidence: Evidence) -> str | None:
    kinds = (happened.DeviationNoted, happened.Waived, happened.RollbackStarted)
    found = [event.kind for event in evidence.events if isinstance(event.body, kinds)]
    return f"A calm deploy has no deviation; there were {len(found)}." if found else None


def _healthy_rows(evidence: Evidence) -> str | None:
    stuck, broken = int(evidence.look.get("orphans", -1)), int(evidence.look.get("steps_missing", -1))
    return None if stuck == broken == 0 else f"The database shows {stuck} stuck reports and {broken} steps missing."


def _old_image_serves(evidence: Evidence, *, by: str) -> str | None:
    """The last answered probe of the app carries the digest that the first one carried."""
    probes = [entry for entry in evidence.ledger if entry.surface == "app" and entry.status == 200]
    digests = [entry.variables.get("digest") for entry in probes if entry.variables.get("digest")]
    if not digests:
        return "The ledger shows no answered probe that names its image."
    if digests[-1] != digests[0]:
        return f"The live image is {digests[-1]}, not {digests[0]} as before."
    deployments = [entry.variables.get("deployment") for entry in probes if entry.variables.get("deployment")]
    is_old = deployments[-1] == deployments[0]
    return None if is_old == (by == "the old deployment") else f"The old image is not served by {by}."


def _probes(evidence: Evidence) -> Faults:
    """No failed probe among at least one per 5 s of plan time, from the gate to the close."""
    start = next((event.at for event in evidence.events if isinstance(event.body, happened.GateDecided)), None)
    end = next((event.at for event in evidence.events if isinstance(event.body, happened.RunClosed)), None)
    if start is None or end is None:
        return ["There is no gate or no close to count probes between."]
    between = [
        entry
        for entry in evidence.ledger
        if entry.surface == "app" and start <= datetime.fromisoformat(entry.at) <= end
    ]
    failed = [entry for entry in between if entry.status != 200]
    wanted = int((end - start) / PROBE_WINDOW)
    return [
        f"{len(failed)} probes of the app failed." if failed else None,
        None if len(between) >= wanted else f"{len(between)} probes in {end - start}, not {wanted}.",
    ]
