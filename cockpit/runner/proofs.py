"""How an accepted action is read back: done means accepted and proved.

Variables by reading them, a rollout by status, instances and image, a rollback also by its image
and variables against those of its target, commands and statements by the check the plan names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cockpit.clock import pause
from cockpit.core.commands import Accept
from cockpit.core.plan import Action
from cockpit.core.reading import Verdict
from cockpit.core.rollout.deployment import Deployment, Rollout
from cockpit.core.rollout.newcomers import SKEW, is_ours
from cockpit.core.state import Intent
from cockpit.errors import ActionUncertain, Missing, Refused
from cockpit.ports import Platform, Settings
from cockpit.runner import configured, fates, restarts
from cockpit.runner.asker import Asker
from cockpit.runner.follower import Follower, is_urgent
from cockpit.runner.oncoming import LISTED, Oncoming, named
from cockpit.runner.parameters import wanted_commit
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

    def __init__(self, session: Session, platforms: Mapping[str, Platform], asker: Asker, follower: Follower) -> None:
        self._session = session
        self._platforms = platforms
        self._asker = asker
        self._follower = follower
        self.oncoming = Oncoming(session, follower)
        self.conceal = asker.conceal

    async def of(self, intent: Intent, action: Action) -> Proof:
        """The proof of an accepted action; for a rollout it takes as long as that does."""
        if action.kind in ("argv", "sql"):
            return await self._by_check(action)
        platform, service = self._platforms[action.on or ""], action.target or ""
        match action.kind:
            case "set_variables" | "delete_variables" | "set_settings" | "unset_settings":
                return await self._of_configuration(intent, action, platform)
            case "cancel" | "stop" | "remove":
                return await self._of_fate(intent, action, platform, service)
            case "deploy" | "redeploy" | "rollback" | "approve":
                return await self._of_rollout(intent, action, platform, service)
            case "restart":
                return await self._of_restart(intent, platform, service)
            case _:
                return await self._of_replicas(action, platform, service)

    async def _by_check(self, action: Action) -> Proof:
        name = action.proving_check
        if name is None:
            raise ActionUncertain("It ran; the plan names no proof of it.", "See what it did.")
        reading = (await self._asker.ask(name, ())).reading
        title = self._session.state.plan.checks[name].title or name
        if reading.verdict in (Verdict.ERROR, Verdict.BLIND):
            raise ActionUncertain(f"It ran; its proof could not tell: {reading.because}", "It is asked again.")
        return Proof(reading.verdict is Verdict.PASS, f"{title}: {reading.because}")

    async def _of_configuration(self, intent: Intent, action: Action, platform: Platform) -> Proof:
        """Each name read back: as set, or gone."""
        told = configured.settled(await configured.standing(platform, action, urgent=self._urgent), intent)
        wrong = [name for name, word in told.items() if not configured.is_wanted(word)]
        is_set = action.kind.startswith("set_")
        if wrong:
            odd = "not as set" if is_set else "still there"
            return Proof(ok=False, because=f"Read back, and {odd}: {', '.join(wrong)}.")
        word = "as set" if is_set else "gone"
        deployed = await self._deployed_since(intent, action, platform) if action.changes_volume else ""
        return Proof(ok=True, because=f"Read back: {', '.join(told)} {word}. {deployed or 'Nothing was deployed.'}")

    async def _deployed_since(self, intent: Intent, action: Action, platform: Platform) -> str:
        """Whether a change of volumes deploys by itself is documented nowhere: what is listed since is told."""
        service = action.target or ""
        listed = await platform.deployments(service, first=LISTED, urgent=self._urgent)
        since = [
            one.id[:8]
            for one in listed
            if one.created_at >= intent.at - SKEW and not is_ours(self._session.state, one.id)
        ]
        if since:
            return f"{', '.join(since)} came about then: Railway's doing, or somebody's."
        return f"No deployment came of it so far; it counts from the next one of {service}."

    async def _of_fate(self, intent: Intent, action: Action, platform: Platform, service: str) -> Proof:
        """The one deployment looked at until it is as wanted. Raises ActionUncertain where it did not come to that."""
        clock, patience = self._session.clock, fates.STOPPING
        if action.kind == "remove":
            patience += timedelta(seconds=(await platform.settings(service, urgent=self._urgent)).drain or 0)
        until = clock.now() + patience
        while True:
            one = await platform.deployment(intent.deployment or "", urgent=self._urgent)
            if one is None:
                gone = f"Railway has no deployment {intent.deployment} any more."
                return Proof(ok=action.kind != "stop", because=gone)
            told = fates.happened(action.kind, one)
            if told is not None:
                return Proof(ok=told, because=f"Read back: {fates.shown(one)}.")
            if clock.now() > until:
                seconds = int(patience.total_seconds())
                what = f"Railway took it, and {seconds} s later {fates.shown(one)}."
                raise ActionUncertain(what, "Look at its dashboard.")
            await pause(clock, timedelta(seconds=3), floor=0.05)

    async def _of_rollout(self, intent: Intent, action: Action, platform: Platform, service: str) -> Proof:
        target = self._session.state.targets.get(service)
        if action.kind == "rollback" and target is not None and intent.deployment == target.id:
            return await self._of_staying(intent, platform, service, target.id)
        deployment = intent.deployment
        if deployment is None:
            deployment = await self._follower.find_new(platform, service, intent)
            await tell(self._session, Accept(intent.item, intent.seq, deployment))
        if deployment not in self._session.state.rollout_items:
            asked = intent.at if action.kind != "approve" else None
            await self._follower.begin(platform, service, deployment, started=intent.at, item=intent.item, asked=asked)
        rollout = await self._follower.follow(platform, deployment)
        if rollout.outcome != "done":
            return Proof(ok=False, because=rollout.because or f"The deployment ended as {rollout.outcome}.")
        if odd := _odd_commit(rollout, self._wanted_commit(action)):
            return Proof(ok=False, because=odd)
        if action.kind != "rollback" or target is None:
            return Proof(ok=True, because=_words(rollout))
        odd = _odd_image(rollout, target)
        if odd is not None:
            return Proof(ok=False, because=odd)
        return await self._of_snapshot(platform, target, rollout)

    async def _of_snapshot(self, platform: Platform, target: Deployment, rollout: Rollout) -> Proof:
        """The variables a rollback brought against those of its target: names as recorded, values as shown now."""
        names = set(self._session.state.target_variables.get(rollout.service, ()))
        now = await self._built_with(platform, rollout.deployment)
        before = await self._built_with(platform, target.id)
        if now is None or (before is None and not names):
            return Proof(ok=True, because=f"{_words(rollout)} Variables not compared: Railway did not show them.")
        odd = set(now) ^ names if names else set()
        if before is not None:
            odd |= {name for name in {*before, *now} if before.get(name) != now.get(name)}
        if odd:
            return Proof(ok=False, because=f"It was built with other variables than before: {', '.join(sorted(odd))}.")
        return Proof(ok=True, because=_words(rollout))

    async def _built_with(self, platform: Platform, deployment: str) -> Mapping[str, str] | None:
        """What a deployment was built with; None where Railway does not show it."""
        try:
            return await platform.running_variables(deployment, urgent=self._urgent)
        except Missing:
            return None

    async def _of_staying(self, intent: Intent, platform: Platform, service: str, target: str) -> Proof:
        """The target still serves, and nothing newer is on its way or may yet come of a request of this run."""
        clock, looks, refused = self._session.clock, 0, ""
        while True:
            listed = await platform.deployments(service, first=LISTED, urgent=self._urgent)
            serving = await platform.serving(service, urgent=self._urgent)
            coming = self.oncoming.among(listed, service, intent)
            awaited = self.oncoming.awaited(listed, service, intent, clock.now())
            if serving is not None and serving.id == target and not coming.any and not awaited:
                words = f"Nothing was rolled back: the deployment from before still serves ({target[:8]})."
                return Proof(ok=True, because=words)
            if serving is not None and serving.id != target:
                words = f"{named((serving,))} came up meanwhile. Take this step again: it is then rolled back."
                return Proof(ok=False, because=words)
            try:
                await self.oncoming.cancel(platform, coming)
            except Refused as error:
                refused = str(error)
            looks += 1
            if coming.theirs or (looks >= _STAYS and not awaited):
                return Proof(ok=False, because=refused or "The deployment from before did not stay in service.")
            await pause(clock, timedelta(seconds=3), floor=0.05)

    async def _of_restart(self, intent: Intent, platform: Platform, service: str) -> Proof:
        """Up again, and by something that only a start after the request shows. Raises ActionUncertain without it."""
        clock, until = self._session.clock, self._session.clock.now() + SETTLING
        was_down, down_now = False, False
        while True:
            seen = await platform.observe(service, intent.deployment or "", None, urgent=self._urgent)
            down_now = restarts.is_down(seen)
            was_down = was_down or down_now
            trace = restarts.shows(seen, intent.before, intent.at) or ("it was seen down" if was_down else None)
            if trace is not None and not down_now:
                return Proof(ok=True, because=f"{len(seen.new.instances)} running of {service}; {trace}.")
            if clock.now() > until:
                break
            await pause(clock, timedelta(seconds=3), floor=0.05)
        seconds = int(SETTLING.total_seconds())
        if down_now:
            return Proof(ok=False, because=f"{service} was not up {seconds} s after its restart.")
        raise ActionUncertain(
            f"{service} runs, and {seconds} s of looking showed no sign that it was restarted.", "Look at its log."
        )

    async def _of_replicas(self, action: Action, platform: Platform, service: str) -> Proof:
        """Set as asked for, and as many replicas RUNNING in all regions together, within `SETTLING`."""
        clock, until = self._session.clock, self._session.clock.now() + SETTLING
        while True:
            found = await platform.settings(service, urgent=self._urgent)
            is_set = all(map(configured.is_wanted, configured.of_replicas(found, action).values()))
            wanted = (action.scale.to if action.scale else None) or sum(found.regions.values())
            serving = await platform.serving(service, urgent=self._urgent)
            running = sum(one.status == "RUNNING" for one in serving.instances) if serving else 0
            if is_set and serving is not None and serving.is_up and running == wanted:
                return Proof(ok=True, because=f"{running} running of {service}{_where(found)}.")
            if clock.now() > until:
                seconds = int(SETTLING.total_seconds())
                short = f"{running} of {wanted} running after {seconds} s."
                return Proof(ok=False, because=short if is_set else f"Railway does not show it as set; {short}")
            await pause(clock, timedelta(seconds=3), floor=0.05)

    def _wanted_commit(self, action: Action) -> str | None:
        return wanted_commit(self._session, action) if action.kind == "deploy" else None

    @property
    def _urgent(self) -> bool:
        return is_urgent(self._session)


def _odd_commit(rollout: Rollout, wanted: str | None) -> str | None:
    """How what was built differs from the commit asked for, in words; None where it does not."""
    if wanted is None or (rollout.commit or "").startswith(wanted):
        return None
    if rollout.commit is None:
        return "Railway names no commit of what it built, so it cannot be told that it is the one asked for."
    return f"It is built of commit {rollout.commit[:8]}, not of {wanted[:8]} as asked for."


def _where(found: Settings) -> str:
    regions = ", ".join(f"{count} in {region}" for region, count in sorted(found.regions.items()))
    return f": {regions}" if len(found.regions) > 1 else ""


def _odd_image(rollout: Rollout, target: Deployment) -> str | None:
    """How the image a rollback brought differs from its target's, in words; None where it does not."""
    serves, wanted = (rollout.digest, target.digest) if target.digest else (rollout.image, target.image)
    if wanted is None:
        return "Railway names no image of the deployment from before, so it cannot be told that this is it."
    return None if serves == wanted else f"It serves image {serves}, not {wanted} as before."


def _words(rollout: Rollout) -> str:
    built = f", commit {rollout.commit[:8]}" if rollout.commit else ""
    image = rollout.digest or rollout.image or "unknown"
    return f"{rollout.deployment[:8]} is up and the one before is gone; image {image}{built}."
