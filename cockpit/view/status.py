"""Where a run stands, for a pipe: one line, or a record for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cockpit.core.finding import Finding
from cockpit.core.gate import recommend
from cockpit.core.lease import Role
from cockpit.core.plan import Item, Level, Phase
from cockpit.core.plan.window import is_open, next_change
from cockpit.core.progress import active_phases, blockers
from cockpit.core.rollout import countdown
from cockpit.core.rollout.clocks import drain, overlap
from cockpit.core.rollout.deployment import Rollout, Stage
from cockpit.core.rollout.forecast import Expected
from cockpit.core.rollout.meaning import meaning, starter
from cockpit.core.rollout.newcomers import is_ours
from cockpit.core.rollout.replicas import sentence
from cockpit.core.watch.checkpoint import Checkpoint, Mark, checkpoints
from cockpit.core.watch.criterion import Criterion, checks_of
from cockpit.core.watch.criterion import criteria as criteria_of
from cockpit.core.watch.criterion import told as told_of
from cockpit.telemetry import Scene
from cockpit.view import criteria
from cockpit.view.advice import advise
from cockpit.view.checkpoints import time_words
from cockpit.view.fit import foreign
from cockpit.view.guide import oncoming, serving
from cockpit.view.offers import offers
from cockpit.view.readiness import findings, recorded, recorded_at
from cockpit.view.rollback import readiness, whole_span
from cockpit.view.rollouts import expected, on_its_way
from cockpit.view.standing import of_item, of_level, of_monitor, of_phase
from cockpit.view.strip import in_words
from cockpit.view.trouble import last_look
from cockpit.view.waiting import only_timers, waits_for_person
from cockpit.view.words import count, name, reason, title


def one_line(scene: Scene) -> str:
    """`4f2c Reports · production · Deploy 1/2 · Working: Deploy web, 3:12 · the old version serves · ✓ ...`."""
    state, advice = scene.state, advise(scene)
    place = f"REHEARSAL {state.environment}" if state.rehearsal else state.environment
    parts = [f"{foreign(state.run)} {foreign(state.plan.name)}", foreign(place)]
    parts += [f"{name(phase)} {_word(scene, phase)}" for phase in active_phases(state, scene.now)[:1]]
    parts.append(f"{advice.label}: {advice.words}")
    numbers = criteria.tripped(state)
    parts += [
        f"! {name(each.phase)} {time_words(scene, each)}"
        for each in checkpoints(state, scene.now)
        if each.mark is Mark.OVERDUE
    ]
    if numbers:
        besides = ", and what is no reason holds too" if criteria.both_hold(state) else ""
        parts.append(f"! {count(len(numbers), 'trigger')} tripped{besides}")
    parts += _attached(scene)
    if not state.is_closed:
        parts += [*(span.text for span in oncoming(state)), serving(state).text, *_under_way(scene)]
        parts.append(whole_span(scene).text + recorded(scene, state.plan.rollback))
    return " · ".join(parts)


def _attached(scene: Scene) -> Iterator[str]:
    """Who asks, and who is there besides and does not: `the screen of ada asks`, `the monitor of root waits`."""
    for one in sorted(scene.live.others, key=lambda one: not one.asks):
        who = f"the {one.tool} of {foreign(one.name, limit=40)}"
        yield f"{who} {'asks' if one.asks else 'waits' if one.role is Role.MONITOR else 'is there'}"


def record(scene: Scene) -> dict[str, object]:
    """The same for machines; instants in UTC as ISO 8601, durations in seconds."""
    state, advice = scene.state, advise(scene)
    ready, why = readiness(scene)
    return {
        "run": state.run,
        "plan": state.plan.name,
        "environment": state.environment,
        "rehearsal": state.rehearsal,
        "now": _iso(scene.now),
        "opened": _iso(state.opened),
        "closed": _iso(state.closed),
        "ending": state.ending,
        "operator": state.operator,
        "attempt": state.attempt,
        "next": {
            "label": advice.label,
            "words": advice.words,
            "row": advice.row,
            "can": [offer.action for offer in advice.offers],
        },
        "blockers": [foreign(text) for text in blockers(state, scene.now)],
        "waits_for_person": waits_for_person(scene),
        "only_timers": only_timers(scene),
        "serving": serving(state).text,
        "phases": [_part(scene, phase) for phase in state.plan.phases],
        "rollback": {
            "ready": ready,
            "why": why,
            "recorded": _iso(recorded_at(scene, state.plan.rollback)),
            "under_way": state.level,
            "levels": [
                {**_part(scene, level), "needs": [_finding(each) for each in findings(scene, level)]}
                for level in state.plan.rollback
            ],
        },
        "checkpoints": [_checkpoint(scene, each) for each in checkpoints(state, scene.now)],
        "windows": {key: _window(scene, key) for key in state.plan.windows},
        "gates": {phase.id: _gate(scene, phase) for phase in state.plan.phases if phase.is_gate},
        "monitors": {monitor: of_monitor(state, monitor).word for monitor in state.plan.monitors},
        "triggers": [_criterion(scene, each) for each in criteria_of(state.plan) if not each.against],
        "not_triggers": [_criterion(scene, each) for each in criteria_of(state.plan) if each.against],
        "rollout": _rollout(scene, state.current_rollout) if state.current_rollout else None,
        "rollouts": [_rollout(scene, rollout) for rollout in state.rollouts.values()],
        "replicas": [{"at": _iso(one.at), "words": sentence(one)} for one in state.replica_changes],
        "attached": [
            {"role": at.role, "name": foreign(at.name), "pid": at.pid, "host": foreign(at.host), "asks": at.asks}
            for at in scene.live.others
        ],
        "deviations": [foreign(note.text) for note in state.notes if note.deviation],
        "offers": [offer.action for offer in offers(scene, advice.row) if offer.refusal is None],
        "requests": _requests(scene),
        "trouble": {
            "journal": scene.live.journal_trouble,
            "links": {name: foreign(str(trouble)) for name, trouble in scene.live.links.items()},
        },
    }


def _requests(scene: Scene) -> dict[str, object] | None:
    """API requests of this hour, and by how much cadences are stretched because of them; None before any."""
    budget = scene.live.budget
    if budget is None:
        return None
    counted = {"used": budget.used, "per_hour": budget.per_hour, "held_back": budget.held_back}
    counted |= {"uncounted": budget.uncounted}
    if budget.observed is not None:
        counted |= {"allowed_per_hour": budget.observed}
    return {**counted, "stretch": round(budget.stretch, 2), "giving_way": round(budget.giving_way, 2)}


def _word(scene: Scene, part: Phase | Level) -> str:
    standing = of_phase(scene, part) if isinstance(part, Phase) else of_level(scene, part)
    return standing.word if standing is not None else "not started"


def _part(scene: Scene, part: Phase | Level) -> dict[str, object]:
    return {
        "id": part.id,
        "title": foreign(part.title),
        "standing": _word(scene, part),
        "opened": _iso(scene.state.opened_at(part.id)),
        "items": [_item(scene, item) for item in part.lines()],
    }


def _item(scene: Scene, item: Item) -> dict[str, object]:
    known = scene.state.item(item.id)
    return {
        "id": item.id,
        "title": title(scene.state, item),
        "status": known.status.value,
        "word": of_item(scene, item).word,
        "at": _iso(known.at),
        "because": foreign(known.because),
    }


def _checkpoint(scene: Scene, each: Checkpoint) -> dict[str, object]:
    """Seconds are left where they are above zero, else over."""
    return {
        "id": each.phase.id,
        "title": foreign(each.phase.title),
        "rule": each.phase.due or each.phase.lasts,
        "mark": each.mark.value,
        "at": _iso(each.at),
        "seconds": None if each.at is None else (each.at - scene.now).total_seconds(),
        "open": [item.id for item in each.open],
    }


def _window(scene: Scene, key: str) -> dict[str, object]:
    window = scene.state.plan.windows[key]
    return {
        "words": str(window),
        "open": is_open(window, scene.now),
        "changes": _iso(next_change(window, scene.now)),
    }


def _gate(scene: Scene, phase: Phase) -> dict[str, object]:
    gate, advice = scene.state.gate(phase.id), recommend(scene.state, phase.id, scene.now)
    return {
        "asked": _iso(gate.asked),
        "decided": _iso(gate.decided),
        "go": gate.go,
        "recommended": advice.go if gate.decided is None and gate.asked is not None else gate.recommended,
        "conditions": [
            {
                "item": one.id,
                "title": foreign(one.title),
                "ok": one.ok,
                "word": one.word,
                "because": foreign(one.because),
            }
            for one in advice.conditions
        ],
        "overrides": {item: foreign(text) for item, text in gate.overrides.items()},
    }


def _criterion(scene: Scene, criterion: Criterion) -> dict[str, object]:
    told = told_of(scene.state, criterion)
    return {
        "text": foreign(criterion.text),
        "when": foreign(criterion.when) if criterion.when is not None else None,
        "state": told.state if told is not None else "not asked",
        "word": criteria.standing(scene, criterion).word,
        "because": foreign(told.because) if told is not None else "",
        "since": _iso(told.since if told is not None else None),
        "values": [_value(scene, check) for check in checks_of(scene.state.plan, criterion.when)],
        "measures": [
            {"what": foreign(each.what), "value": foreign(each.value), "sign": each.sign, "limit": foreign(each.limit)}
            for each in criteria.measured(scene, criterion)
            if each.is_known
        ],
    }


def _value(scene: Scene, check: str) -> dict[str, object]:
    reading = scene.live.readings.get(check)
    return {
        "check": check,
        "value": foreign(reading.scalar) if reading is not None and reading.scalar is not None else None,
        "asked": _iso(reading.asked if reading is not None else None),
    }


def _under_way(scene: Scene) -> Iterator[str]:
    """Rollouts under way: their stages beside what is forecast, what comes next, and whether one takes too long."""
    for rollout in scene.state.rollouts.values():
        if rollout.is_over:
            continue
        yield (told := in_words(scene, rollout))
        at_pace = on_its_way(scene, rollout)
        if at_pace.word in ("over", "stalled") and reason(at_pace.sentence) not in told:
            yield f"! {foreign(rollout.service, limit=40)} {reason(at_pace.sentence)}"


def _rollout(scene: Scene, rollout: Rollout) -> dict[str, object]:
    ahead, at_pace = countdown(rollout, scene.now), on_its_way(scene, rollout)
    return {
        "deployment": rollout.deployment,
        "service": rollout.service,
        "outcome": rollout.outcome,
        "status": foreign(rollout.status),
        "because": foreign(rollout.because),
        "T1": _iso(rollout.t1.at if rollout.t1 else None),
        "T2": _iso(rollout.t2.at if rollout.t2 else None),
        "T3": _iso(rollout.t3.at if rollout.t3 else None),
        "known_by": {
            name: clock.source for name, clock in (("T1", rollout.t1), ("T2", rollout.t2), ("T3", rollout.t3)) if clock
        },
        "overlap": _lasted(overlap(rollout), rollout.overlap_configured),
        "drain": _lasted(drain(rollout), rollout.drain_configured),
        "stages": [_stage(stage, expected(scene, rollout).get(stage.name)) for stage in rollout.stages],
        "last_seen": _iso(last_look(scene, rollout)),
        "clock_lead": rollout.clock_lead,
        "answers": [
            {"check": check, "since": _iso(tally.since), "until": _iso(tally.until), "counts": dict(tally.counts)}
            for (deployment, check), tally in scene.state.answers.items()
            if deployment == rollout.deployment
        ],
        "countdown": {"to": ahead[0], "at": _iso(ahead[1])} if ahead else None,
        "deviations": list(rollout.deviations),
        "ours": is_ours(scene.state, rollout.deployment),
        "started_by": starter(scene.state, rollout),
        "previous": rollout.previous,
        "successor": rollout.successor,
        "meaning": list(meaning(scene.state, rollout)),
        "pace": {"word": at_pace.word, "sentence": foreign(at_pace.sentence)} if at_pace.word else None,
        "expected": {
            stage: {"median": known.median, "low": known.low, "high": known.high, "count": known.count}
            for stage, known in expected(scene, rollout).items()
        },
    }


def _finding(each: Finding) -> dict[str, object]:
    return {
        "kind": each.kind,
        "about": foreign(each.subject),
        "ready": each.ready,
        "words": foreign(each.words),
        "seen": _iso(each.at),
        "remark": each.remark,
    }


def _stage(stage: Stage, known: Expected | None) -> dict[str, object]:
    return {
        "stage": stage.name,
        "started": _iso(stage.started),
        "ended": _iso(stage.ended),
        "failed": stage.failed,
        "configured": stage.expected,
        "forecast": known.median if known is not None else None,
    }


def _lasted(span: timedelta | None, configured: float | None) -> dict[str, float | None]:
    """Seconds it took, None while it is not over, and seconds that are configured."""
    return {"seconds": span.total_seconds() if span is not None else None, "configured": configured}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
