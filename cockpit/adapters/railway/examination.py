"""What `doctor` says of a Railway connection."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from cockpit.adapters.railway import scope, shapes
from cockpit.adapters.railway.socket import opened
from cockpit.core.rollout.retention import KEPT
from cockpit.core.text.inert import inert
from cockpit.errors import CockpitError, SourceError
from cockpit.ports import Budget, Link, Scope

if TYPE_CHECKING:
    from cockpit.adapters.railway.platform import Railway

_WITHOUT_A_WORD = ("enterprise",)
"""Tiers that Railway's own enum does not name: what it says of them is not known (`schema.graphql`)."""
_PATIENCE = 5.0
"""Seconds of machine time for the socket: `doctor` is not the place to wait."""


async def examine(railway: Railway) -> Link:
    """Whose token, which environment, how fast, how much budget; raises nothing of ours."""
    began = time.perf_counter()
    try:
        known = await railway.scope()
        began = time.perf_counter()
        _, staged = await scope.services(railway.client, known.project_id, known.environment_id)
        took = round((time.perf_counter() - began) * 1000)
        paid = await _paid(railway, known)
        stream = await _stream(railway)
    except CockpitError as error:
        took = round((time.perf_counter() - began) * 1000)
        return Link(railway.name, ok=False, summary=error.what, milliseconds=took, remedy=error.remedy)
    warnings = [stream] if stream else []
    if staged:
        warnings.append(f"{staged} changes are staged in {known.environment}: variables cannot be deleted meanwhile.")
    budget = railway.budget
    if budget.is_overstated:
        warnings.append(f"Railway allows {budget.observed} requests an hour, the plan says {budget.planned}.")
    planned = railway.connection.tier
    if paid and planned not in {None, paid, *_WITHOUT_A_WORD}:
        warnings.append(f"The plan says tier {planned}, Railway calls it {paid}: images may be kept for another time.")
    details = (f"Logs come by {'polling' if stream else 'websocket'}.", _requests(budget), *_tier(planned, paid))
    return Link(
        railway.name, ok=True, summary=_words(known), milliseconds=took, warnings=tuple(warnings), details=details
    )


def _words(known: Scope) -> str:
    services = ", ".join(sorted(known.services)) or "none"
    return inert(f"{known.token} token of {known.project}, {known.environment}; services: {services}", limit=300)


async def _paid(railway: Railway, known: Scope) -> str:
    """What Railway calls the project's plan; empty where it does not tell, or a word that is none of its own."""
    try:
        data = await railway.client.ask("subscription", id=known.project_id)
        with shapes.understood("the project"):
            found = data["project"]["subscriptionType"]
    except SourceError:
        return ""
    return found if found in KEPT else ""


def _tier(planned: str | None, paid: str) -> tuple[str, ...]:
    """How the plan may learn how long an image is kept."""
    if planned is not None or not paid:
        return ()
    return (f'Railway calls the project\'s plan {paid}: with tier = "{paid}" the hours left to go back are told.',)


def _requests(budget: Budget) -> str:
    """What is spent, of what, and who says so."""
    others = f" ({budget.uncounted} not counted here)" if budget.uncounted else ""
    kept = f"{budget.held_back} are kept for a rollback"
    said = "Railway has not said how many it allows"
    if budget.observed is not None:
        said = f"Railway says that it allows {budget.observed}"
    return f"{budget.used} of {budget.per_hour} requests are used this hour{others}; {kept}. {said}."


async def _stream(railway: Railway) -> str:
    """A warning where logs will come by polling; empty where a websocket passes."""
    try:
        async with asyncio.timeout(_PATIENCE), opened(railway.client.endpoint, railway.client.credential):
            return ""
    except (SourceError, TimeoutError) as error:
        why = error.what if isinstance(error, SourceError) else "It did not answer in time."
        return f"No websocket passes, logs come by polling: {why}"
