"""What may still come up while a way back is taken: ours is cancelled, theirs is named.

A rollback whose target still serves sends no rollback. That is only true for as long as nothing
newer arrives: a deploy of this run may be building, or its request still be on its way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cockpit.core.agenda import FIRST_LOOK
from cockpit.core.rollout.deployment import Deployment
from cockpit.core.rollout.newcomers import SKEW
from cockpit.core.state import Intent
from cockpit.core.text.inert import inert
from cockpit.errors import Refused
from cockpit.ports import Platform
from cockpit.runner.follower import Follower, is_final, is_on_its_way
from cockpit.session import Session

LISTED = 20
"""Deployments looked at: more than anybody starts while a version is built."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Deployments of a service newer than the one a way back leads to, unless they have ended."""

    ours: tuple[Deployment, ...]
    """On their way, of an intent or a rollout of this run."""
    theirs: tuple[Deployment, ...]
    """On their way, of somebody else."""
    others: tuple[Deployment, ...]
    """Neither over nor on their way: up, or of a status nobody knows."""

    @property
    def any(self) -> bool:
        return bool(self.ours or self.theirs or self.others)


class Oncoming:
    """Tells ours from theirs, and cancels ours, each once."""

    def __init__(self, session: Session, follower: Follower) -> None:
        self._session = session
        self._follower = follower
        self._cancelled: set[str] = set()

    def among(self, listed: tuple[Deployment, ...], service: str, back: Intent) -> Arrivals:
        """What of a listing, newest first, may come up beside the target that the intent `back` leads to."""
        target, ours = self._session.state.targets[service], self._ours(listed, service, back)
        newer = [one for one in listed if one.id != target.id and one.created_at > target.created_at]
        coming = [one for one in newer if is_on_its_way(one.status)]
        return Arrivals(
            ours=tuple(one for one in coming if one.id in ours),
            theirs=tuple(one for one in coming if one.id not in ours),
            others=tuple(one for one in newer if not is_on_its_way(one.status) and not is_final(one.status)),
        )

    async def cancel(self, platform: Platform, arrivals: Arrivals) -> None:
        """Cancel what is ours. Raises Refused where somebody else's is on its way: then nothing is cancelled."""
        if arrivals.theirs:
            raise Refused(
                f"{named(arrivals.theirs)} is on its way, and this run did not start it. Nothing was cancelled.",
                "Cancel it in the dashboard or let it end, then take this step again.",
            )
        for one in arrivals.ours:
            if one.id not in self._cancelled:
                self._cancelled.add(one.id)
                await platform.cancel(one.id)

    def awaited(self, listed: tuple[Deployment, ...], service: str, back: Intent, now: datetime) -> bool:
        """Whether a request of this run may yet make a deployment that no listing shows.

        An unanswered one may; one whose answer was lost, until the hour at which it is first looked at.
        """
        shown = {one.id for one in listed}
        return any(
            intent.deployment not in shown and (not _is_answered(intent) or now < intent.at + FIRST_LOOK)
            for intent in self._undecided(service, back)
        )

    def _ours(self, listed: tuple[Deployment, ...], service: str, back: Intent) -> set[str]:
        state = self._session.state
        ours = set(state.rollout_items) | {intent.deployment for intent in state.intents.values() if intent.deployment}
        for intent in self._undecided(service, back):
            if intent.deployment is None and intent.told != "not happened":
                # One made much later than the request was sent cannot be its; of two nobody can tell which is.
                latest = intent.at + FIRST_LOOK + SKEW
                found = [one for one in self._follower.newer(listed, service, intent) if one.created_at <= latest]
                ours |= {found[0].id} if len(found) == 1 else set()
        return ours

    def _undecided(self, service: str, back: Intent) -> Iterator[Intent]:
        """Intents but `back` that start a rollout of a service and have no final outcome."""
        state = self._session.state
        for intent in state.intents.values():
            action = state.plan.actions.get(intent.action)
            if action is None or not action.starts_rollout or action.target != service:
                continue
            if intent.seq != back.seq and intent.outcome in (None, "lost"):
                yield intent


def named(deployments: tuple[Deployment, ...]) -> str:
    """Deployments as people find them in the dashboard."""
    words = [
        f"{one.id[:8]}, {one.status}" + (f", by {inert(one.creator, limit=60)}" if one.creator else "")
        for one in deployments
    ]
    return "Deployment " + " and ".join(f"({word})" for word in words) if len(words) > 1 else f"Deployment {words[0]}"


def _is_answered(intent: Intent) -> bool:
    return intent.accepted or intent.outcome is not None
