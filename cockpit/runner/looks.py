"""Looks at unknown outcomes: what the world shows of an intent, never a second request.

A look sends nothing that changes anything. It says *happened*, *not happened*, or
*inconclusive*; two that agree let the operator settle it.
"""

from __future__ import annotations

from cockpit.core.commands import Look
from cockpit.core.plan import Action
from cockpit.core.reading import Verdict
from cockpit.core.state import Intent
from cockpit.errors import SourceError
from cockpit.ports import Platform
from cockpit.runner.asker import Asker
from cockpit.runner.follower import Follower
from cockpit.runner.performer import Hands
from cockpit.session import Session


class Lookout:
    """Looks, and tells the session what it saw."""

    def __init__(self, session: Session, hands: Hands, asker: Asker, follower: Follower) -> None:
        self._session = session
        self._hands = hands
        self._asker = asker
        self._follower = follower

    async def look(self, intent: Intent) -> None:
        """One look; a source that does not answer makes it inconclusive."""
        action = self._session.state.plan.actions[intent.action]
        try:
            seen = await self._look(intent, action)
        except SourceError as error:
            seen = Look(intent.item, intent.seq, "inconclusive", str(error))
        await self._session.dispatch(seen, by="runner")

    async def _look(self, intent: Intent, action: Action) -> Look:
        if action.kind in ("argv", "sql"):
            return await self._by_proof(intent, action)
        platform = self._hands.platforms[action.on or ""]
        match action.kind:
            case "set_variables" | "delete_variables":
                return await self._variables(intent, action, platform)
            case "deploy" | "redeploy":
                return await self._deployments(intent, action, platform)
            case "rollback":
                return await self._rollback(intent, action, platform)
            case _:
                return Look(intent.item, intent.seq, "inconclusive", f"A {action.kind} leaves no trace to tell by.")

    async def _variables(self, intent: Intent, action: Action, platform: Platform) -> Look:
        present = await platform.variables(action.target or "")
        if action.set_variables is not None:
            right = [name for name, value in action.set_variables.items() if present.get(name) == value]
            total, word = len(action.set_variables), "as wanted"
        else:
            names = action.delete_variables or ()
            right = [name for name in names if name not in present]
            total, word = len(names), "gone"
        because = f"{len(right)} of {total} variables are {word}."
        if len(right) == total:
            return Look(intent.item, intent.seq, "happened", because)
        return Look(intent.item, intent.seq, "not happened" if not right else "inconclusive", because)

    async def _deployments(self, intent: Intent, action: Action, platform: Platform) -> Look:
        service = action.target or ""
        found = self._follower.newer(await platform.deployments(service, first=20), service, intent)
        if not found:
            return Look(intent.item, intent.seq, "not happened", f"{service} has no deployment newer than the request.")
        if len(found) > 1:
            because = f"{service} has {len(found)} deployments newer than the request; which is ours cannot be told."
            return Look(intent.item, intent.seq, "inconclusive", because)
        one = found[0]
        because = f"{service} has one deployment newer than the request: {one.id[:8]}, {one.status}."
        return Look(intent.item, intent.seq, "happened", because, one.id)

    async def _rollback(self, intent: Intent, action: Action, platform: Platform) -> Look:
        service = action.target or ""
        target = self._session.state.targets.get(service)
        serving = await platform.serving(service)
        if target is not None and serving is not None and serving.id == target.id:
            newest = await platform.deployments(service, first=1)
            if newest[0].id == target.id or newest[0].status in ("FAILED", "REMOVED", "CRASHED", "SKIPPED"):
                because = "The deployment from before serves; nothing newer is on its way."
                return Look(intent.item, intent.seq, "happened", because, target.id)
        return await self._deployments(intent, action, platform)

    async def _by_proof(self, intent: Intent, action: Action) -> Look:
        name = (action.proof or "").removeprefix("check ").strip()
        if not name:
            return Look(intent.item, intent.seq, "inconclusive", "The plan names no proof of it.")
        reading = (await self._asker.ask(name, ())).reading
        found = {Verdict.PASS: "happened", Verdict.FAIL: "not happened"}.get(reading.verdict, "inconclusive")
        return Look(intent.item, intent.seq, found, reading.because)  # type: ignore[arg-type]  # one of the three words
