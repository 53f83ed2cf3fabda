"""Intents carried out: one request each, read back before anything is called done.

An intent is never sent twice. A refusal that certainly had no effect fails it; an answer that
was lost leaves it unknown, for `looks` to look at and the operator to settle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cockpit.clock import pause
from cockpit.core.commands import Accept, Fail, Finish, Lose, Note
from cockpit.core.plan import Action
from cockpit.core.plan.action import GONE
from cockpit.core.state import Intent
from cockpit.errors import ActionUncertain, SourceError
from cockpit.ports import Platform, Shell, Writer
from cockpit.runner import configured, fates
from cockpit.runner.follower import is_urgent
from cockpit.runner.oncoming import LISTED, named
from cockpit.runner.parameters import parameter, wanted_commit
from cockpit.runner.proofs import Proofs
from cockpit.runner.saying import last_words
from cockpit.runner.telling import tell
from cockpit.session import Session

WRITE_SECONDS = 60.0
COMMAND_SECONDS = 600.0
DASHBOARD = "https://railway.com"


@dataclass(frozen=True, slots=True)
class Hands:
    """What actions are done with; in a rehearsal, those of the stand-in world."""

    platforms: Mapping[str, Platform]
    writers: Mapping[str, Writer]
    shell: Shell | None


class Performer:
    """Sends what was intended, once, and has it proved."""

    def __init__(self, session: Session, hands: Hands, proofs: Proofs) -> None:
        self._session = session
        self._hands = hands
        self._proofs = proofs
        self._said: dict[int, str] = {}
        """By intent: what a command printed at last, told with its proof."""

    async def perform(self, intent: Intent) -> None:
        """Send an intent appended by this process, then prove it."""
        action = self._session.state.plan.actions[intent.action]
        try:
            await self._send(intent, action)
        except ActionUncertain as error:
            await tell(self._session, Lose(intent.item, intent.seq, str(error)))
        except SourceError as error:
            await tell(self._session, Fail(intent.item, intent.seq, await self._refused(action, error)))
        else:
            await self.prove(intent.seq)

    async def prove(self, number: int) -> None:
        """Read back an accepted action until it is done or failed; taken up again after a resume."""
        session = self._session
        while (intent := session.state.intents[number]).accepted and intent.outcome is None:
            action, said = session.state.plan.actions[intent.action], self._said.get(number, "")
            try:
                proof = await self._proofs.of(intent, action)
            except ActionUncertain as error:
                await tell(session, Lose(intent.item, number, f"{error}{said}"))
                return
            except SourceError as error:
                session.telemetry.fails(action.on or "shell", error, session.clock.now())
                await pause(session.clock, timedelta(seconds=10), floor=0.2)
                continue
            because = proof.because + said
            found = Finish(intent.item, number, because) if proof.ok else None
            await tell(session, found or Fail(intent.item, number, because))
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
                await platform.set_variables(action.service, action.set_variables or {})
            case "delete_variables":
                found = await configured.standing(platform, action, urgent=urgent)
                names = tuple(name for name, word in found.items() if word != GONE)
                if names:
                    await platform.delete_variables(action.service, names)
            case "set_settings" | "unset_settings" if action.changes_volume:
                await _remount(platform, service, action)
            case "set_settings":
                await platform.set_settings(service, action.set_settings.given if action.set_settings else {})
            case "unset_settings":
                await platform.set_settings(service, dict.fromkeys(action.unset_settings or ()))
            case "deploy":
                deployment = await platform.deploy(service, wanted_commit(self._session, action))
            case "redeploy":
                serving = await self._serving(platform, service)
                deployment = await platform.redeploy(serving)
            case "restart" | "cancel" | "stop" | "remove" | "approve":
                deployment = await self._meant(intent, action.kind, platform, service)
                await getattr(platform, action.kind)(deployment)
            case "rollback":
                deployment = await self._roll_back(intent, platform, service)
            case "scale":
                assert action.scale is not None
                await platform.scale(service, action.scale.to or action.scale.regions)
        await tell(self._session, Accept(intent.item, intent.seq, deployment))

    async def _serving(self, platform: Platform, service: str) -> str:
        serving = await platform.serving(service, urgent=is_urgent(self._session))
        if serving is None:
            raise SourceError(f"No deployment of {service} is serving.", "Deploy it first.")
        return serving.id

    async def _meant(self, intent: Intent, kind: str, platform: Platform, service: str) -> str:
        """The deployment that stands in the intent; only where none could be read before it, the one there is now."""
        known = intent.before.get(fates.DEPLOYMENT)
        if known is not None:
            return known
        one = fates.meant(kind, await platform.deployments(service, first=LISTED, urgent=is_urgent(self._session)))
        if one is None:
            raise SourceError(fates.lacking(kind, service), "Look at its deployments.")
        return one.id

    async def _roll_back(self, intent: Intent, platform: Platform, service: str) -> str | None:
        """Send the rollback, unless the target still serves: then only what of ours is on its way is stopped."""
        target, oncoming = self._session.state.targets[service], self._proofs.oncoming
        listed = await platform.deployments(service, first=LISTED, urgent=True)
        serving = await platform.serving(service, urgent=True)
        coming = oncoming.among(listed, service, intent)
        if serving is not None and serving.id == target.id and not coming.others:
            await oncoming.cancel(platform, coming)
            return target.id
        await platform.roll_back(target.id)
        if coming.theirs:
            # What serves is to be left now; waiting for somebody else's build would keep it serving.
            words = f"{named(coming.theirs)} was on its way, not started here: the rollback takes its place."
            await self._session.dispatch(Note(words, intent.item), by="runner")
        return None

    async def _refused(self, action: Action, error: SourceError) -> str:
        """Why nothing happened; for a way back also how to take it by hand."""
        target = self._session.state.targets.get(action.target or "")
        if action.kind != "rollback" or target is None:
            return str(error)
        link = await _dashboard(self._hands.platforms[action.on or ""], action.target or "")
        return f"{error} By hand: {link}, Deployments, {target.id[:8]}, Rollback."

    async def _run_command(self, intent: Intent, action: Action) -> None:
        argv = action.rehearse if self._session.state.rehearsal else action.argv
        if self._hands.shell is None or argv is None:
            raise SourceError("There is no command to run here.", "Give the action rehearse = [...].")
        ran = await self._hands.shell.run(argv, seconds=COMMAND_SECONDS)
        self._said[intent.seq] = said = last_words(ran.text, self._proofs.conceal)
        if ran.exit != 0:
            raise ActionUncertain(f"The command ended with {ran.exit}.", f"See what it did, then settle it.{said}")
        await tell(self._session, Accept(intent.item, intent.seq))

    async def _write(self, intent: Intent, action: Action) -> None:
        writer = self._hands.writers.get(action.on or "")
        if writer is None:
            raise SourceError("The database cannot be written to here.", "See cockpit doctor.")
        values = tuple(parameter(self._session, name) for name in action.with_)
        await writer.write(action.statements, values, seconds=WRITE_SECONDS)
        await tell(self._session, Accept(intent.item, intent.seq))


async def _remount(platform: Platform, service: str, action: Action) -> None:
    """What a service mounts is with Railway no setting of the service, but of the volume."""
    wanted = action.set_settings
    if wanted is None:
        await platform.unmount(service)
    else:
        await platform.mount(service, wanted.volume, wanted.volume_name)


async def _dashboard(platform: Platform, service: str) -> str:
    """Where Railway shows a service; its front page where the ids are not known and cannot be asked for."""
    try:
        scope = await platform.scope()
        return f"{DASHBOARD}/project/{scope.project_id}/service/{scope.services[service]}"
    except (SourceError, KeyError):
        return DASHBOARD
