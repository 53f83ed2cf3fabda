"""How an accepted action is read back: done means accepted and proved.

Variables by reading them, a rollout by status, instances and image, a rollback also by its image
and variables against those of its target, commands and statements by the check the plan names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cockpit.clock import pause
from cockpit.core.commands import Accept, BeginRollout
from cockpit.core.deployment import Deployment, Rollout
from cockpit.core.plan import Action
from cockpit.core.reading import Verdict
from cockpit.core.rollout import begin
from cockpit.core.state import Intent
from cockpit.errors import ActionUncertain
from cockpit.ports import Platform
from cockpit.runner.asker import Asker
from cockpit.runner.follower import Follower, is_final, is_urgent
from cockpit.runner.telling import tell
from cockpit.session import Session

SETTLING = timedelta(seconds=90)
"""Plan time within which a restart or a change of replicas should show."""
_STAYS = 30
"""Looks, three seconds of plan time apart, for a deployment that still serves to be alone."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What reading back showed, one sentence, and whether the action did what it should."""

    ok: bool
    because: str


class Proofs:
    """Reads back. Raises SourceError while it cannot, ActionUncertain where nothing can be proved."""

    def __init__(
        self, session: Session, platforms: Mapping[str, Platform], asker: Asker, follower: Follower
    ) -> None:
        self._session = session
        self._platforms = platforms
        self._asker = asker
        self._follower = follower

    async def of(self, intent: Intent, action: Action) -> Proof:
        """The proof of an accepted action; for a rollout it takes as long as that does."""
        if action.kind in ("argv", "sql"):
            return await self._by_check(action)
        platform, service = self._platforms[action.on or ""], action.target or ""
        match action.kind:
            case "set_variables" | "delete_variables":
                return await self._of_variables(action, platform, service)
            case "deploy" | "redeploy" | "rollback":
                return await self._of_rollout(intent, action, platform, service)
            case _:
                return await self._of_instances(action, platform, service)

    async def _by_check(self, action: Action) -> Proof:
        name = action.proving_check
        if name is None:
            raise ActionUncertain("It ran; the plan names no proof of it.", "See what it did.")
        reading = (await self._asker.ask(name, ())).reading
        title = self._session.state.plan.checks[name].title or name
        if reading.verdict in (Verdict.ERROR, Verdict.BLIND):
            raise ActionUncertain(f"It ran; its proof could not tell: {reading.because}", "It is asked again.")
        return Proof(reading.verdict is Verdict.PASS, f"{title}: {reading.because}")

    async def _of_variables(self, action: Action, platform: Platform, service: str) -> Proof:
        present = await platform.variables(service, urgent=self._urgent)
        if action.set_variables is not None:
            names, odd = tuple(action.set_variables), "not as set"
            wrong = [name for name, value in action.set_variables.items() if present.get(name) != value]
        else:
            names, odd = action.delete_variables or (), "still there"
            wrong = [name for name in names if name in present]
        if wrong:
            return Proof(ok=False, because=f"Read back, and {odd}: {', '.join(wrong)}.")
        word = "as set" if action.set_variables is not None else "gone"
        return Proof(ok=True, because=f"Read back: {', '.join(names)} {word}. Nothing was deployed.")

    async def _of_rollout(self, intent: Intent, action: Action, platform: Platform, service: str) -> Proof:
        target = self._session.state.targets.get(service)
        if action.kind == "rollback" and target is not None and intent.deployment == target.id:
            return await self._of_staying(platform, service, target.id)
        deployment = intent.deployment
        if deployment is None:
            deployment = await self._follower.find_new(platform, service, intent)
            await tell(self._session, Accept(intent.item, intent.seq, deployment))
        if deployment not in self._session.state.rollouts:
            await self._begin(intent, platform, service, deployment)
        rollout = await self._follower.follow(platform, deployment)
        if rollout.outcome != "done":
            return Proof(ok=False, because=rollout.because or f"The deployment ended as {rollout.outcome}.")
        odd = await self._odd(platform, service, rollout, target) if action.kind == "rollback" and target else None
        return Proof(ok=odd is None, because=odd or _words(rollout))

    async def _odd(self, platform: Platform, service: str, rollout: Rollout, target: Deployment) -> str | None:
        """How what a rollback brought differs from its target, in words; None where it does not."""
        serves, wanted = (rollout.digest, target.digest) if target.digest else (rollout.image, target.image)
        if wanted is None:
            return "Railway names no image of the deployment from before, so it cannot be told that this is it."
        if serves != wanted:
            return f"It serves image {serves}, not {wanted} as before."
        before = set(self._session.state.target_variables.get(service, ()))
        now = set(await platform.running_variables(rollout.deployment, urgent=self._urgent))
        if not before or before == now:
            return None
        return f"It was built with other variables than before: {', '.join(sorted(before ^ now))}."

    async def _of_staying(self, platform: Platform, service: str, target: str) -> Proof:
        for _ in range(_STAYS):
            serving = await platform.serving(service, urgent=self._urgent)
            newest = await platform.deployments(service, first=1, urgent=self._urgent)
            quiet = bool(newest) and (newest[0].id == target or is_final(newest[0].status))
            if serving is not None and serving.id == target and quiet:
                words = f"Nothing was rolled back: the deployment from before still serves ({target[:8]})."
                return Proof(ok=True, because=words)
            await pause(self._session.clock, timedelta(seconds=3), floor=0.05)
        return Proof(ok=False, because="The deployment from before did not stay in service.")

    async def _begin(self, intent: Intent, platform: Platform, service: str, deployment: str) -> None:
        state = self._session.state
        came_up = [
            one.deployment
            for one in state.rollouts.values()
            if one.service == service and one.t1 is not None and one.outcome not in ("removed", "superseded")
        ]
        target = state.targets.get(service)
        previous = came_up[-1] if came_up else (target.id if target else None)
        settings = await platform.settings(service, urgent=self._urgent)
        rollout = begin(
            deployment, service, previous, started=intent.at, overlap=settings.overlap, drain=settings.drain
        )
        await tell(self._session, BeginRollout(rollout, intent.item))

    async def _of_instances(self, action: Action, platform: Platform, service: str) -> Proof:
        """Restart and scale: enough replicas RUNNING, within `SETTLING`."""
        wanted = action.scale.to if action.scale else 1
        clock, until = self._session.clock, self._session.clock.now() + SETTLING
        while True:
            serving = await platform.serving(service, urgent=self._urgent)
            running = sum(one.status == "RUNNING" for one in serving.instances) if serving else 0
            if serving is not None and serving.is_up and (running == wanted or action.scale is None):
                return Proof(ok=True, because=f"{running} running of {service}.")
            if clock.now() > until:
                seconds = int(SETTLING.total_seconds())
                return Proof(ok=False, because=f"{running} of {wanted} running after {seconds} s.")
            await pause(clock, timedelta(seconds=3), floor=0.05)

    @property
    def _urgent(self) -> bool:
        return is_urgent(self._session)


def _words(rollout: Rollout) -> str:
    built = f", commit {rollout.commit[:8]}" if rollout.commit else ""
    image = rollout.digest or rollout.image or "unknown"
    return f"{rollout.deployment[:8]} is up and the one before is gone; image {image}{built}."
