"""Intents carried out: one request each, read back before anything is called done.

An intent is never sent twice. A refusal that certainly had no effect fails it; an answer that
was lost leaves it unknown, for `looks` to look at and the operator to settle.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cockpit.clock import pause
from cockpit.core.commands import Accept, BeginRollout, Fail, Finish, Lose, Refusal
from cockpit.core.plan import Action
from cockpit.core.reading import Verdict
from cockpit.core.rollout import begin
from cockpit.core.state import Intent
from cockpit.errors import ActionUncertain, SourceError
from cockpit.ports import Platform, Shell, Writer
from cockpit.runner.asker import Asker
from cockpit.runner.follower import Follower
from cockpit.session import Session

WRITE_SECONDS = 60.0
COMMAND_SECONDS = 600.0
SETTLING = timedelta(seconds=90)
"""Plan time within which a restart or a change of replicas should show."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What actions are done with; a rehearsal has none of its own."""

    platforms: Mapping[str, Platform]
    writers: Mapping[str, Writer]
    shell: Shell | None


class Performer:
    """Sends what was intended, once, and proves it."""

    def __init__(self, session: Session, hands: Hands, asker: Asker, follower: Follower) -> None:
        self._session = session
        self._hands = hands
        self._asker = asker
        self._follower = follower

    async def perform(self, intent: Intent) -> None:
        """Send an intent appended by this process, then prove it."""
        action = self._session.state.plan.actions[intent.action]
        try:
            await self._send(intent, action)
        except ActionUncertain as error:
            await self._tell(Lose(intent.item, intent.seq, str(error)))
        except SourceError as error:
            await self._tell(Fail(intent.item, intent.seq, str(error)))
        else:
            await self.prove(self._session.state.intents[intent.seq])

    async def prove(self, intent: Intent) -> None:
        """Read back an accepted action until it is done or failed; taken up again after a resume."""
        action = self._session.state.plan.actions[intent.action]
        if intent.outcome is not None or not intent.accepted:
            return
        while True:
            try:
                proof, ok = await self._proof(intent, action)
            except ActionUncertain as error:
                await self._tell(Lose(intent.item, intent.seq, str(error)))
                return
            except SourceError as error:
                self._session.telemetry.links[action.on or "shell"] = str(error)
                await pause(self._session.clock, timedelta(seconds=10), floor=0.2)
                continue
            if proof is None:
                return
            command = Finish(intent.item, intent.seq, proof) if ok else Fail(intent.item, intent.seq, proof)
            await self._tell(command)
            return

    async def _send(self, intent: Intent, action: Action) -> None:
        match action.kind:
            case "argv":
                await self._run_command(intent, action)
            case "sql":
                await self._write(intent, action)
            case _:
                await self._change(intent, action, self._hands.platforms[action.on or ""])

    async def _change(self, intent: Intent, action: Action, platform: Platform) -> None:
        """One mutation on Railway. What it needs to know first is read before it, never after."""
        service = action.target or ""
        deployment: str | None = None
        match action.kind:
            case "set_variables":
                await platform.set_variables(service, action.set_variables or {})
            case "delete_variables":
                present = await platform.variables(service)
                names = tuple(name for name in action.delete_variables or () if name in present)
                if names:
                    await platform.delete_variables(service, names)
            case "deploy":
                deployment = await platform.deploy(service)
            case "redeploy":
                serving = await self._serving(platform, service)
                deployment = await platform.redeploy(serving)
            case "restart":
                deployment = await self._serving(platform, service)
                await platform.restart(deployment)
            case "rollback":
                deployment = await self._roll_back(platform, service)
            case "scale":
                assert action.scale is not None
                await platform.scale(service, action.scale.to)
        await self._tell(Accept(intent.item, intent.seq, deployment))

    async def _serving(self, platform: Platform, service: str) -> str:
        serving = await platform.serving(service)
        if serving is None:
            raise SourceError(f"No deployment of {service} is serving.", "Deploy it first.")
        return serving.id

    async def _roll_back(self, platform: Platform, service: str) -> str | None:
        """Send the rollback, unless the target still serves and nothing newer is on its way."""
        target = self._session.state.targets[service]
        newest = (await platform.deployments(service, first=1))[:1]
        serving = await platform.serving(service)
        if serving is not None and serving.id == target.id:
            if newest and newest[0].id != target.id and not _is_final(newest[0].status):
                await platform.cancel(newest[0].id)
            return target.id
        await platform.roll_back(target.id)
        return None

    async def _proof(self, intent: Intent, action: Action) -> tuple[str | None, bool]:
        """The proof in words and whether it holds; (None, _) when a rollout's own follower tells."""
        match action.kind:
            case "argv" | "sql":
                return await self._proof_by_check(intent, action)
            case "set_variables" | "delete_variables":
                return await self._proof_of_variables(action)
            case "deploy" | "redeploy" | "rollback":
                return await self._proof_of_rollout(intent, action)
            case _:
                return await self._proof_of_instances(action)

    async def _proof_by_check(self, intent: Intent, action: Action) -> tuple[str | None, bool]:
        name = (action.proof or "").removeprefix("check ").strip()
        if not name:
            await self._tell(Lose(intent.item, intent.seq, "It ran; the plan names no proof of it."))
            return None, False
        asked = await self._asker.ask(name, ())
        title = self._session.state.plan.checks[name].title or name
        return f"{title}: {asked.reading.because}", asked.reading.verdict is Verdict.PASS

    async def _proof_of_variables(self, action: Action) -> tuple[str | None, bool]:
        platform = self._hands.platforms[action.on or ""]
        present = await platform.variables(action.target or "")
        if action.set_variables is not None:
            wrong = [name for name, value in action.set_variables.items() if present.get(name) != value]
            names = ", ".join(action.set_variables)
            good = f"Read back: {names} as set. Nothing was deployed."
            return (f"Read back, and not as set: {', '.join(wrong)}.", False) if wrong else (good, True)
        left = [name for name in action.delete_variables or () if name in present]
        names = ", ".join(action.delete_variables or ())
        good = f"Read back: {names} gone. Nothing was deployed."
        return (f"Read back, and still there: {', '.join(left)}.", False) if left else (good, True)

    async def _proof_of_rollout(self, intent: Intent, action: Action) -> tuple[str | None, bool]:
        platform = self._hands.platforms[action.on or ""]
        service = action.target or ""
        target = self._session.state.targets.get(service)
        if action.kind == "rollback" and target is not None and intent.deployment == target.id:
            return await self._proof_still_serving(platform, service, target.id)
        deployment = intent.deployment or await self._follower.find_new(platform, service, intent)
        if intent.deployment is None:
            await self._tell(Accept(intent.item, intent.seq, deployment))
        if deployment not in self._session.state.rollouts:
            await self._begin(intent, platform, service, deployment)
        rollout = await self._follower.follow(platform, deployment)
        if rollout.outcome != "done":
            return rollout.because or f"The deployment ended as {rollout.outcome}.", False
        if action.kind == "rollback" and target is not None:
            if rollout.digest != target.digest:
                return f"It serves image {rollout.digest}, not {target.digest} as before.", False
            if (odd := await self._odd_variables(platform, service, deployment)) is not None:
                return odd, False
        return _rollout_words(rollout.digest or rollout.image, rollout.commit, deployment), True

    async def _odd_variables(self, platform: Platform, service: str, deployment: str) -> str | None:
        """How the names in a rollback's snapshot differ from those of its target, in words; None where they do not."""
        before = set(self._session.state.target_variables.get(service, ()))
        now = set(await platform.running_variables(deployment))
        if not before or before == now:
            return None
        odd = ", ".join(sorted(before ^ now))
        return f"It was built with other variables than before: {odd}."

    async def _proof_still_serving(self, platform: Platform, service: str, target: str) -> tuple[str | None, bool]:
        for _ in range(30):
            serving = await platform.serving(service)
            newest = await platform.deployments(service, first=1)
            quiet = bool(newest) and (newest[0].id == target or _is_final(newest[0].status))
            if serving is not None and serving.id == target and quiet:
                return f"Nothing was sent: the deployment from before still serves ({target[:8]}).", True
            await pause(self._session.clock, timedelta(seconds=3), floor=0.05)
        return "The deployment from before did not stay in service.", False

    async def _begin(self, intent: Intent, platform: Platform, service: str, deployment: str) -> None:
        state = self._session.state
        done = [one for one in state.rollouts.values() if one.service == service and one.outcome == "done"]
        target = state.targets.get(service)
        previous = done[-1].deployment if done else (target.id if target else None)
        settings = await platform.settings(service)
        rollout = begin(
            deployment, service, previous, started=intent.at, overlap=settings.overlap, drain=settings.drain
        )
        await self._tell(BeginRollout(rollout, intent.item))

    async def _proof_of_instances(self, action: Action) -> tuple[str | None, bool]:
        """Restart and scale: enough replicas RUNNING, within `SETTLING`."""
        platform, service = self._hands.platforms[action.on or ""], action.target or ""
        wanted = action.scale.to if action.scale else 1
        clock, until = self._session.clock, self._session.clock.now() + SETTLING
        running = 0
        while True:
            serving = await platform.serving(service)
            running = sum(one.status == "RUNNING" for one in serving.instances) if serving else 0
            if serving is not None and serving.is_up and (running == wanted or action.scale is None):
                return f"{running} running of {service}.", True
            if clock.now() > until:
                return f"{running} of {wanted} running after {int(SETTLING.total_seconds())} s.", False
            await pause(clock, timedelta(seconds=3), floor=0.05)

    async def _run_command(self, intent: Intent, action: Action) -> None:
        argv = action.rehearse if self._session.state.rehearsal else action.argv
        if self._hands.shell is None or argv is None:
            raise SourceError("There is no command to run here.", "Give the action rehearse = [...].")
        ran = await self._hands.shell.run(argv, seconds=COMMAND_SECONDS)
        if ran.exit != 0:
            raise ActionUncertain(f"The command ended with {ran.exit}.", "See what it did, then settle it.")
        await self._tell(Accept(intent.item, intent.seq))

    async def _write(self, intent: Intent, action: Action) -> None:
        writer = self._hands.writers.get(action.on or "")
        if writer is None:
            raise SourceError("The database cannot be written to here.", "See cockpit doctor.")
        state = self._session.state
        values = tuple(state.asks[name].value for name in action.with_)
        await writer.write(action.sql or "", values, seconds=WRITE_SECONDS)
        await self._tell(Accept(intent.item, intent.seq))

    async def _tell(self, command: Accept | Finish | Fail | Lose | BeginRollout) -> None:
        """Outcomes wait for a journal that cannot be written: they are kept until it takes them."""
        while True:
            answer = await self._session.dispatch(command, by="runner")
            if not isinstance(answer, Refusal) or not self._session.telemetry.journal_trouble:
                return
            await asyncio.sleep(0.5)


def _is_final(status: str) -> bool:
    return status in ("FAILED", "CRASHED", "REMOVED", "SKIPPED")


def _rollout_words(image: str | None, commit: str | None, deployment: str) -> str:
    built = f", commit {commit[:8]}" if commit else ""
    return f"{deployment[:8]} is up and the one before is gone; image {image or 'unknown'}{built}."


