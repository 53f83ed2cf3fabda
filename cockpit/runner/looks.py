"""Looks at unknown outcomes: what the world shows of an intent, never a second request.

A look sends nothing that changes anything. It says *happened*, *not happened*, or
*inconclusive*; two that agree let the operator settle it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cockpit.core.commands import Look
from cockpit.core.plan import Action
from cockpit.core.reading import Verdict
from cockpit.core.rollout import newcomers
from cockpit.core.rollout.deployment import Deployment
from cockpit.core.rollout.newcomers import IN_TIME, NEWEST, NEWEST_AT, SKEW
from cockpit.core.state import Intent
from cockpit.errors import SourceError
from cockpit.ports import Platform
from cockpit.runner import configured, fates, restarts
from cockpit.runner.asker import Asker
from cockpit.runner.follower import Follower, is_urgent
from cockpit.runner.oncoming import LISTED, Oncoming
from cockpit.session import Session

Found = Literal["happened", "not happened", "inconclusive"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look showed."""

    found: Found
    because: str
    deployment: str | None = None


class Lookout:
    """Looks, and tells the session what it saw."""

    def __init__(self, session: Session, platforms: Mapping[str, Platform], asker: Asker, follower: Follower) -> None:
        self._session = session
        self._platforms = platforms
        self._asker = asker
        self._follower = follower
        self._oncoming = Oncoming(session, follower)

    async def before(self, name: str) -> Mapping[str, str]:
        """What a later look at an action compares with: what stands before it is sent, no value. Raises SourceError."""
        action = self._session.state.plan.actions[name]
        platform, service = self._platforms.get(action.on or ""), action.target or ""
        if platform is None:
            return {}
        match action.kind:
            case "deploy" | "redeploy" | "rollback":
                listed = await platform.deployments(service, first=1, urgent=True)
                return {NEWEST: one.id, NEWEST_AT: one.created_at.isoformat()} if (one := _first(listed)) else {}
            case "restart" | "cancel" | "stop" | "remove" | "approve":
                one = fates.meant(action.kind, await platform.deployments(service, first=LISTED, urgent=True))
                traces = restarts.standing(one) if one is not None and action.kind == "restart" else {}
                return fates.standing(one) | traces
        return await configured.standing(platform, action, urgent=True)

    async def look(self, intent: Intent) -> None:
        """One look; a source that does not answer makes it inconclusive."""
        action = self._session.state.plan.actions[intent.action]
        try:
            seen = await self._look(intent, action)
        except SourceError as error:
            seen = Seen("inconclusive", str(error))
        await self._session.dispatch(
            Look(intent.item, intent.seq, seen.found, seen.because, seen.deployment), by="runner"
        )

    async def _look(self, intent: Intent, action: Action) -> Seen:
        if action.kind in ("argv", "sql"):
            return await self._by_proof(action)
        platform, service = self._platforms[action.on or ""], action.target or ""
        match action.kind:
            case "set_variables" | "delete_variables" | "set_settings" | "unset_settings" | "scale":
                return await self._configured(intent, action, platform)
            case "cancel" | "stop" | "remove" | "approve":
                return await self._fate(intent, action, platform)
            case "deploy" | "redeploy":
                return await self._deployments(intent, platform, service)
            case "rollback":
                return await self._rollback(intent, platform, service)
            case _:
                return await self._restart(intent, platform, service)

    async def _configured(self, intent: Intent, action: Action, platform: Platform) -> Seen:
        """Changed at once: all are as wanted, or all stand as before."""
        now = await configured.standing(platform, action, urgent=self._urgent)
        told = configured.settled(now, intent)
        right = sum(map(configured.is_wanted, told.values()))
        noun = "counts of replicas" if action.scale else "settings" if action.kind.endswith("settings") else "variables"
        because = f"{right} of {len(told)} {noun} are as wanted."
        if right == len(told):
            return Seen("happened", because)
        unchanged = now == dict(intent.before) if intent.before else right == 0
        return Seen("not happened" if unchanged else "inconclusive", because)

    async def _fate(self, intent: Intent, action: Action, platform: Platform) -> Seen:
        """By the deployment that was meant, if it was known before the intent."""
        one = await self._meant(intent, platform)
        if one is None:
            return Seen("inconclusive", "Which deployment was meant was not read before; look at the dashboard.")
        because = f"{fates.shown(one)}."
        if fates.happened(action.kind, one):
            return Seen("happened", because, one.id)
        is_late = self._session.clock.now() >= intent.at + fates.STOPPING
        is_same = is_late and fates.unchanged(action.kind, one, intent.before.get(fates.STATUS, ""))
        return Seen("not happened" if is_same else "inconclusive", because, one.id)

    async def _restart(self, intent: Intent, platform: Platform, service: str) -> Seen:
        """Evidence, never a verdict: where the platform moves or revives a replica itself, that looks the same."""
        known = intent.before.get(fates.DEPLOYMENT)
        if known is None:
            return Seen("inconclusive", "Which deployment was meant was not read before; look at the dashboard.")
        seen = await platform.observe(service, known, None, urgent=self._urgent)
        trace = restarts.shows(seen, intent.before, intent.at)
        if trace is None:
            return Seen("inconclusive", f"{fates.shown(seen.new)}; nothing shows that it was restarted.", known)
        return Seen("inconclusive", f"{fates.shown(seen.new)}; {trace}: a restart, or Railway's own doing.", known)

    async def _meant(self, intent: Intent, platform: Platform) -> Deployment | None:
        known = intent.before.get(fates.DEPLOYMENT)
        return await platform.deployment(known, urgent=self._urgent) if known else None

    async def _deployments(self, intent: Intent, platform: Platform, service: str) -> Seen:
        listed = await platform.deployments(service, first=20, urgent=self._urgent)
        found = self._follower.newer(listed, service, intent)
        if not found:
            return Seen("not happened", f"{service} has no deployment newer than the request.")
        possible = newcomers.possible(self._session.state, service, intent, found)
        if len(found) == 1 or len(possible) == 1:
            return self._one((possible or found)[0], service, intent, among=len(found), is_possible=bool(possible))
        because = f"{service} has {len(found)} deployments newer than the request; which is ours cannot be told."
        return Seen("inconclusive", because)

    def _one(self, one: Deployment, service: str, intent: Intent, *, among: int, is_possible: bool) -> Seen:
        """The only new one that can be. It is ours unless something speaks against it; then a person must say so."""
        by = f", made by {one.creator}" if one.creator else ""
        shown = f"{one.id[:8]}{by}, {one.status}."
        because = f"{service} has one deployment newer than the request: {shown}"
        if among > 1:
            because = f"Of {among} deployments of {service} newer than the request one can be ours: {shown}"
        makers = newcomers.creators(self._session.state)
        if makers and one.creator not in makers:
            return Seen("inconclusive", f"{because} Ours are made by {_makers(makers)}, so it may be somebody else's.")
        if not makers and one.creator:
            why = "Whom Railway names for ours is not known yet, so it may be somebody else's."
            return Seen("inconclusive", f"{because} {why}")
        if not is_possible:
            why = "It has another image than the deployment from before, so it may be somebody else's."
            return Seen("inconclusive", f"{because} {why}")
        if one.created_at > intent.at + IN_TIME + SKEW:
            return Seen("inconclusive", f"{because} It was made long after the request, so it may be somebody else's.")
        return Seen("happened", because, one.id)

    async def _rollback(self, intent: Intent, platform: Platform, service: str) -> Seen:
        target = self._session.state.targets.get(service)
        serving = await platform.serving(service, urgent=self._urgent)
        if target is not None and serving is not None and serving.id == target.id:
            listed = await platform.deployments(service, first=LISTED, urgent=self._urgent)
            if not self._oncoming.among(listed, service, intent).any:
                return Seen("happened", "The deployment from before serves; nothing newer is on its way.", target.id)
        return await self._deployments(intent, platform, service)

    async def _by_proof(self, action: Action) -> Seen:
        name = action.proving_check
        if name is None:
            return Seen("inconclusive", "The plan names no proof of it.")
        reading = (await self._asker.ask(name, ())).reading
        return Seen(_FOUND.get(reading.verdict, "inconclusive"), reading.because)

    @property
    def _urgent(self) -> bool:
        return is_urgent(self._session)


_FOUND: Mapping[Verdict, Found] = {Verdict.PASS: "happened", Verdict.FAIL: "not happened"}


def _makers(makers: frozenset[str | None]) -> str:
    return ", ".join(sorted(maker or "nobody Railway names" for maker in makers))


def _first(listed: tuple[Deployment, ...]) -> Deployment | None:
    return next(iter(listed), None)
