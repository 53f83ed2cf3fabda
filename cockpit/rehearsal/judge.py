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
from cockpit.core.plan.names import slug
from cockpit.errors import SimulatorError
from cockpit.simulator.ledger import Entry

PROBE_WINDOW = timedelta(seconds=5)
"""At least one probe of the app in each span of this length, on the average, from the gate to the close."""

CAUSES = {"regression": "harmed", "reservations-leak": "leaked", "worker-crash-loop": "crashed"}
"""What the look counts of a scenario's cause: an ending like it, from another cause, is another one's."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The three witnesses."""

    events: Sequence[Event]
    ledger: Sequence[Entry]
    look: Mapping[str, Any]
    """`orphans`, `completed`, `broken`, ... by SQL, at the end; and how often each of `CAUSES` did its work."""


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
    faults = tuple(fault for fault in (*_causes(scenario, evidence), *wanted(evidence)) if fault)
    return Judgement(not faults, faults)


Faults = list[str | None]


def _causes(scenario: str, evidence: Evidence) -> Faults:
    """Its own cause was there, and no other."""
    shown = {name for name, count in CAUSES.items() if int(evidence.look.get(count, 0)) > 0}
    own = {scenario} & CAUSES.keys()
    return [
        None if own <= shown else f"Nothing of {scenario} was met, so its cause had no place.",
        *(f"There was a cause of another scenario: {name}." for name in sorted(shown - own)),
    ]


def _calm(evidence: Evidence) -> Faults:
    return [
        _ended(evidence, "signed off"),
        _count("deploys", _effects(evidence, "serviceInstanceDeployV2"), _planned(evidence, "deploy")),
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
        _deepest_level(evidence),
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
        _count("deploys", _effects(evidence, "serviceInstanceDeployV2"), _planned(evidence, "deploy")),
        None if recorded else "No deviation about the drain stands in the record.",
        _healthy_rows(evidence),
    ]


def _regression(evidence: Evidence) -> Faults:
    return [
        *_rolled_back(evidence, deploys=1),
        _healthy_rows(evidence),
    ]


def _reservations_leak(evidence: Evidence) -> Faults:
    """What the plan added is gone again with the version that held on to it."""
    return [*_rolled_back(evidence, deploys=1), _schema_of_before(evidence, 1)]


def _worker_crash_loop(evidence: Evidence) -> Faults:
    """API and importer were deployed; they, the other worker and the schema are as before, and no job is lost."""
    return [*_rolled_back(evidence, deploys=2), _schema_of_before(evidence, 3), _healthy_rows(evidence)]


def _rolled_back(evidence: Evidence, *, deploys: int) -> Faults:
    """By the deepest way back, each rollback of it sent once."""
    return [
        _ended(evidence, "rolled back"),
        _deepest_level(evidence),
        _count("deploys", _effects(evidence, "serviceInstanceDeployV2"), deploys),
        _count("rollbacks", _effects(evidence, "deploymentRollback"), _in_deepest_level(evidence, "rollback")),
        _old_image_serves(evidence, by="a new deployment"),
    ]


def _schema_of_before(evidence: Evidence, changes: int) -> str | None:
    added, entries = evidence.look.get("added"), int(evidence.look.get("schema_changes", -1))
    return None if added is False and entries == changes else "The database still shows a change of its schema."


_ENDINGS: Mapping[str, Callable[[Evidence], Faults]] = {
    "calm": _calm,
    "stuck-reports": _stuck_reports,
    "health-fails": _health_fails,
    "drain-overruns": _drain_overruns,
    "regression": _regression,
    "reservations-leak": _reservations_leak,
    "worker-crash-loop": _worker_crash_loop,
}


def _ended(evidence: Evidence, ending: str) -> str | None:
    closed = [event.body for event in evidence.events if isinstance(event.body, happened.RunClosed)]
    if not closed:
        return "The run was not closed."
    return None if closed[-1].ending == ending else f"The run ended as {closed[-1].ending}, not {ending}."


def _deepest_level(evidence: Evidence) -> str | None:
    levels = _plan(evidence).get("rollback", ())
    deepest = slug(levels[-1]["title"]) if len(levels) > 1 else ""
    taken = [event.body.level for event in evidence.events if isinstance(event.body, happened.RollbackStarted)]
    if taken and taken[-1] == deepest:
        return None
    return f"The last rollback was {taken[-1:] or 'none'}, not level {len(levels)}."


def _planned(evidence: Evidence, kind: str) -> int:
    """How many items of the phases do an action of a kind."""
    phases = _plan(evidence)["phases"]
    return _done_by(evidence, [item for phase in phases for item in phase.get("items", ())], kind)


def _in_deepest_level(evidence: Evidence, kind: str) -> int:
    levels = _plan(evidence).get("rollback", ())
    return _done_by(evidence, levels[-1]["items"] if levels else (), kind)


def _done_by(evidence: Evidence, items: Sequence[str], kind: str) -> int:
    actions = _plan(evidence).get("actions", {})
    done = [item.removeprefix("do ") for item in items if item.startswith("do ")]
    return sum(actions[name].get(kind) is not None for name in done)


def _plan(evidence: Evidence) -> Mapping[str, Any]:
    return next(event.body.plan for event in evidence.events if isinstance(event.body, happened.RunOpened))


def _effects(evidence: Evidence, field: str) -> list[Entry]:
    return [entry for entry in evidence.ledger if field in entry.fields and entry.effect]


def _count(what: str, entries: Sequence[Entry], wanted: int) -> str | None:
    return None if len(entries) == wanted else f"The ledger shows {len(entries)} {what}, not {wanted}."


def _no_deviation(evidence: Evidence) -> str | None:
    kinds = (happened.DeviationNoted, happened.Waived, happened.RollbackStarted)
    found = [event.kind for event in evidence.events if isinstance(event.body, kinds)]
    return f"A calm deploy has no deviation; there were {len(found)}." if found else None


def _healthy_rows(evidence: Evidence) -> str | None:
    stuck, broken = int(evidence.look.get("orphans", -1)), int(evidence.look.get("broken", -1))
    return None if stuck == broken == 0 else f"The database shows {stuck} orphans and {broken} rows that are broken."


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
