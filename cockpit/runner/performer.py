"""Intents carried out: one request each, read back before anything is called done.

An intent is never sent twice. A refusal that certainly had no effect fails it; an answer that
was lost leaves it unknown, for `looks` to look at and the operator to settle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cockpit.clock import pause
from cockpit.core.commands import Accept, Fail, Finish, Lose
from cockpit.core.plan import Action
from cockpit.core.state import Intent
from cockpit.errors import ActionUncertain, SourceError
from cockpit.ports import Platform, Shell, Writer
from cockpit.runner.follower import is_final, is_on_its_way, is_urgent
from cockpit.runner.parameters import parameter
from cockpit.runner.proofs import Proofs
from cockpit.runner.telling import tell
from cockpit.session import Session

WRITE_SECONDS = 60.0
COMMAND_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Hands:
    """What actions are done with; a rehearsal has none of its own."""

    platforms: Mapping[str, Platform]
    writers: Mapping[str, Writer]
    shell: Shell | None


class Performer:
    """Sends what was intended, once, and has it proved."""

    def __init__(self, session: Session, hands: Hands, proofs: Proofs) -> None:
        self._session = session
        self._hands = hands
        self._proofs = proofs

    async def perform(self, intent: Intent) -> None:
        """Send an intent appended by this process, then prove it."""
        action = self._session.state.plan.actions[intent.action]
        try:
            await self._send(intent, action)
        except ActionUncertain as error:
            await tell(self._session, Lose(intent.item, intent.seq, str(error)))
        except SourceError as error:
            await tell(self._session, Fail(intent.item, intent.seq, str(error)))
        else:
            await self.prove(intent.seq)

    async def prove(self, number: int) -> None:
        """Read back an accepted action until it is done or failed; taken up again after a resume."""
        session = self._session
        while (intent := session.state.intents[number]).accepted and intent.outcome is None:
            action = session.state.plan.actions[intent.action]
            try:
                proof = await self._proofs.of(intent, action)
            except ActionUncertain as error:
                await tell(session, Lose(intent.item, number, str(error)))
                return
            except SourceError as error:
                session.telemetry.links[action.on or "shell"] = str(error)
                await pause(session.clock, timedelta(seconds=10), floor=0.2)
                continue
            found = Finish(intent.item, number, proof.because) if proof.ok else None
            await tell(session, found or Fail(intent.item, number, proof.because))
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
        service, urgent = action.target or "", is_urgent(self._session)
        deployment: str | None = None
        match action.kind:
            case "set_variables":
                await platform.set_variables(service, action.set_variables or {})
            case "delete_variables":
                present = await platform.variables(service, urgent=urgent)
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
        await tell(self._session, Accept(intent.item, intent.seq, deployment))

    async def _serving(self, platform: Platform, service: str) -> str:
        serving = await platform.serving(service, urgent=is_urgent(self._session))
        if serving is None:
            raise SourceError(f"No deployment of {service} is serving.", "Deploy it first.")
        return serving.id

    async def _roll_back(self, platform: Platform, service: str) -> str | None:
        """Send the rollback, unless the target still serves: then only what is on its way is stopped."""
        target = self._session.state.targets[service]
        newest = await platform.deployments(service, first=1, urgent=True)
        serving = await platform.serving(service, urgent=True)
        if serving is not None and serving.id == target.id:
            coming = newest[0] if newest and newest[0].id != target.id else None
            if coming is None or is_final(coming.status):
                return target.id
            if is_on_its_way(coming.status):
                await platform.cancel(coming.id)
                return target.id
        await platform.roll_back(target.id)
        return None

    async def _run_command(self, intent: Intent, action: Action) -> None:
        argv = action.rehearse if self._session.state.rehearsal else action.argv
        if self._hands.shell is None or argv is None:
            raise SourceError("There is no command to run here.", "Give the action rehearse = [...].")
        ran = await self._hands.shell.run(argv, seconds=COMMAND_SECONDS)
        if ran.exit != 0:
            raise ActionUncertain(f"The command ended with {ran.exit}.", "See what it did, then settle it.")
        await tell(self._session, Accept(intent.item, intent.seq))

    async def _write(self, intent: Intent, action: Action) -> None:
        writer = self._hands.writers.get(action.on or "")
        if writer is None:
            raise SourceError("The database cannot be written to here.", "See cockpit doctor.")
        values = tuple(parameter(self._session, name) for name in action.with_)
        await writer.write(action.sql or "", values, seconds=WRITE_SECONDS)
        await tell(self._session, Accept(intent.item, intent.seq))
