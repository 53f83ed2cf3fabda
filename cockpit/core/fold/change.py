"""How a state is changed: by replacing one entry, never in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from cockpit.core.events import Event
from cockpit.core.state import ItemState, State, Status

K = TypeVar("K")
V = TypeVar("V")


def entry(mapping: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    return {**mapping, key: value}


def settled_as(
    state: State, event: Event, item: str, status: Status, *, attempt: int | None = None, **fields: Any
) -> State:
    """The item of an attempt, else of this one, with a new status; its work began when it left *open*."""
    attempt = attempt or state.attempt
    before = state.item(item, attempt)
    root = root_of(state, item)
    since = before.since if before.status is Status.RUNNING else event.at
    fresh = ItemState(
        status=status, at=event.at, since=since, by=event.actor.name, intent=before.intent, note=before.note
    )
    return replace(state, items=entry(state.items, (root, attempt), replace(fresh, **fields)))


def root_of(state: State, item_id: str) -> str:
    item = state.plan.item(item_id)
    return state.plan.root(item).id if item else item_id


def intent_with(state: State, seq: int, **fields: Any) -> State:
    known = state.intents.get(seq)
    if known is None:
        return state
    return replace(state, intents=entry(state.intents, seq, replace(known, **fields)))
