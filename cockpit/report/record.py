"""The record of a run for machines: the same facts as the page, as JSON values only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cockpit.core import events as happened
from cockpit.core.agenda import ASKING
from cockpit.core.events import Event
from cockpit.core.plan import Item, Question
from cockpit.core.readiness import lacks
from cockpit.core.reading import Reading
from cockpit.core.reading.comparison import Cell
from cockpit.core.rollout import drain, overlap
from cockpit.core.rollout.meaning import meaning, starter
from cockpit.core.rollout.newcomers import is_ours
from cockpit.core.state import Intent, ItemState, State
from cockpit.core.watch.criterion import Criterion, criteria, told
from cockpit.report.findings import Compared, Kept, Watched, compared, parts, watched
from cockpit.view.baseline import recordings
from cockpit.view.deed import shown_value
from cockpit.view.evidence import shown_cell, shown_row
from cockpit.view.fit import foreign
from cockpit.view.standing import of_status

FORMAT = 1
"""Grows when a key changes its meaning."""


def record(state: State, kept: Kept, events: Sequence[Event]) -> dict[str, object]:
    """Instants as ISO 8601 in UTC, lengths of time in seconds, cells of tables as text."""
    return {
        "format": FORMAT,
        "run": state.run,
        "plan": {"name": state.plan.name, "file": state.plan_file, "risk": state.plan.risk},
        "environment": state.environment,
        "rehearsal": state.rehearsal,
        "auto": state.auto,
        "opened": _iso(state.opened),
        "closed": _iso(state.closed),
        "ending": state.ending,
        "closing_note": foreign(state.closing_note),
        "attempts": state.attempt,
        "people": list(dict.fromkeys(foreign(event.actor.name) for event in events if event.actor.kind == "human")),
        "host": state.host,
        "proved": {name: foreign(summary) for name, summary in state.proved.items()},
        "phases": [
            _phase(state, part.id, attempt) for attempt in range(1, state.attempt + 1) for part in parts(state.plan)
        ],
        "baselines": [_compared(state, each) for each in compared(state, kept)],
        "gates": [_decided(event, event.body) for event in events if isinstance(event.body, happened.GateDecided)],
        "actions": [_action(intent, events) for intent in state.intents.values()],
        "rollouts": [
            {
                **rollout.model_dump(mode="json"),
                "ours": is_ours(state, rollout.deployment),
                "started_by": starter(state, rollout),
                "meaning": list(meaning(state, rollout)),
                "overlap": _seconds(overlap(rollout)),
                "drain": _seconds(drain(rollout)),
                "answers": [
                    {"check": check, "since": tally.since, "until": tally.until, "counts": dict(tally.counts)}
                    for (deployment, check), tally in state.answers.items()
                    if deployment == rollout.deployment
                ],
            }
            for rollout in state.rollouts.values()
        ],
        "replicas": [
            {
                "at": _iso(change.at),
                "service": foreign(change.service),
                "deployment": change.deployment,
                "before": list(change.before),
                "after": list(change.after),
                "item": change.item,
            }
            for change in state.replica_changes
        ],
        "monitors": [_watched(each) for each in watched(state, kept)],
        "triggers": [_criterion(state, each) for each in criteria(state.plan) if not each.against],
        "not_triggers": [_criterion(state, each) for each in criteria(state.plan) if each.against],
        "rollback": {
            "level": state.level,
            "started": _iso(state.rollback_started),
            "readiness": {
                level: {
                    "ready": known.ready,
                    "at": _iso(known.at),
                    "lacks": [foreign(each.words) for each in lacks(known.findings)],
                }
                for level, known in state.readiness.items()
            },
        },
        "asks": {
            name: {"value": known.value, "at": _iso(known.at), "by": foreign(known.by), "secret": known.secret}
            for name, known in state.asks.items()
        },
        "notes": [
            {
                "at": _iso(note.at),
                "by": foreign(note.by),
                "text": foreign(note.text),
                "item": note.item,
                "deviation": note.deviation,
            }
            for note in state.notes
        ],
        "signatures": {
            role: _signature(state, role) for role in dict.fromkeys((*state.plan.sign_off, *state.signatures))
        },
        "events": [_event(event) for event in events],
    }


def _phase(state: State, part: str, attempt: int) -> dict[str, object]:
    phase = state.plan.phase(part)
    assert phase is not None
    return {
        "id": part,
        "title": foreign(phase.title),
        "attempt": attempt,
        "opened": _iso(state.phases.get((part, attempt))),
        "items": [_item(state, item.id, attempt) for item in phase.lines()],
    }


def _item(state: State, item_id: str, attempt: int) -> dict[str, object]:
    item = state.plan.item(item_id)
    assert item is not None
    known = state.items.get((state.plan.root(item).id, attempt), ItemState())
    return {
        "id": item_id,
        "title": foreign(state.plan.title_of(item)),
        "trial": _is_trial(state, item),
        "status": known.status.value,
        "word": of_status(state, item, known).word,
        "verdict": known.verdict,
        "at": _iso(known.at),
        "by": foreign(known.by),
        "because": foreign(known.because),
        "reading": known.reading,
    }


def _is_trial(state: State, item: Item) -> bool:
    """Whether it wrote, in a transaction that was rolled back."""
    root = state.plan.root(item)
    check = state.plan.checks.get(root.target) if root.verb in ASKING else None
    return check is not None and check.is_trial


def _compared(state: State, each: Compared) -> dict[str, object]:
    check = state.plan.checks[each.check]
    cells = each.comparison.cells if each.comparison is not None else ()
    return {
        "check": each.check,
        "recorded": [
            {
                "at": _iso(one.at),
                "by": foreign(one.by),
                "reading": one.reading,
                "origin": one.origin.model_dump(mode="json") if one.origin is not None else None,
            }
            for one in recordings(state, each.check)
        ],
        "warnings": [foreign(warning) for warning in each.warnings],
        "before": _reading(state, each.before),
        "after": _reading(state, each.now),
        "ok": each.comparison.ok if each.comparison is not None else None,
        "because": foreign(each.comparison.because) if each.comparison is not None else "",
        "cells": [_cell(check, cell) for cell in cells],
    }


def _cell(check: Question, cell: Cell) -> dict[str, object]:
    before, after, change, because = shown_cell(check, cell)
    return {
        "row": foreign(cell.key),
        "column": foreign(cell.column),
        "before": before,
        "after": after,
        "change": change,
        "relation": cell.relation,
        "ok": cell.ok,
        "because": because,
    }


def _reading(state: State, reading: Reading | None) -> dict[str, object] | None:
    if reading is None:
        return None
    check = state.plan.checks[reading.check]
    rows = [list(shown_row(check, row)) for row in reading.table.rows] if reading.table is not None else None
    return {
        "id": reading.id,
        "asked": _iso(reading.asked),
        "answered": _iso(reading.answered),
        "by": foreign(reading.by),
        "verdict": reading.verdict.value,
        "because": foreign(reading.because),
        "value": foreign(reading.scalar) if reading.scalar is not None else None,
        "columns": [foreign(column) for column in reading.table.columns] if reading.table is not None else None,
        "rows": rows,
        "capped": reading.table.capped if reading.table is not None else None,
    }


def _decided(event: Event, body: happened.GateDecided) -> dict[str, object]:
    return {
        "phase": body.phase,
        "at": _iso(event.at),
        "by": foreign(event.actor.name),
        "recommended": body.recommended,
        "go": body.go,
        "reasons": [foreign(text) for text in body.reasons],
        "overrides": {item: foreign(text) for item, text in body.overrides.items()},
        "inputs": list(body.inputs),
    }


def _action(intent: Intent, events: Sequence[Event]) -> dict[str, object]:
    proofs = [event.body for event in events if isinstance(event.body, happened.ActionDone)]
    return {
        "intent": intent.seq,
        "item": intent.item,
        "action": intent.action,
        "at": _iso(intent.at),
        "accepted": intent.accepted,
        "deployment": intent.deployment,
        "outcome": intent.outcome,
        "ended": _iso(intent.ended),
        "proof": next((foreign(done.proof) for done in proofs if done.intent == intent.seq), None),
        "looks": [
            {"at": _iso(look.at), "found": look.found, "because": foreign(look.because)} for look in intent.looks
        ],
    }


def _watched(each: Watched) -> dict[str, object]:
    return {
        "monitor": each.monitor,
        "phase": each.phase,
        "since": _iso(each.since),
        "until": _iso(each.until),
        "samples": each.samples,
        "verdicts": {verdict.value: count for verdict, count in each.counted.items()},
        "holes": [[_iso(since), _iso(until)] for since, until in each.holes],
    }


def _criterion(state: State, criterion: Criterion) -> dict[str, object]:
    known = told(state, criterion)
    return {
        "text": foreign(criterion.text),
        "when": foreign(criterion.when) if criterion.when is not None else None,
        "state": known.state if known is not None else "not asked",
        "since": _iso(known.since if known is not None else None),
        "because": foreign(known.because) if known is not None else "",
    }


def _signature(state: State, role: str) -> dict[str, object] | None:
    known = state.signatures.get(role)
    return {"name": foreign(known.name), "at": _iso(known.at)} if known is not None else None


def _event(event: Event) -> dict[str, object]:
    """One event of the record; the plan itself is left out, values in it may be secret."""
    body: dict[str, Any] = event.body.model_dump(mode="json")
    if isinstance(event.body, happened.RunOpened | happened.PlanAmended):
        del body["plan"]
    before = body.get("before")
    if isinstance(before, dict):
        body["before"] = {name: shown_value(name, str(value)) for name, value in before.items()}
    return {
        "seq": event.seq,
        "at": _iso(event.at),
        "kind": event.kind,
        "by": foreign(event.actor.name),
        "actor": event.actor.kind,
        "body": body,
        "cause": event.cause,
    }


def _seconds(span: Any) -> float | None:
    return span.total_seconds() if span is not None else None


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
