"""What stands now of all that the next actions change: read before they are confirmed, to show what differs."""

from __future__ import annotations

from datetime import datetime

from cockpit.core import agenda, cadence
from cockpit.core.plan import Action, Item
from cockpit.core.text.inert import inert
from cockpit.errors import CockpitError
from cockpit.ports import Platform
from cockpit.runner import configured, fates
from cockpit.runner.oncoming import LISTED
from cockpit.runner.patience import machine_time
from cockpit.session import Session
from cockpit.telemetry import Preview

PACE = 3.0
"""Machine seconds that this takes at least: plan time of a rehearsal may run faster than looks can be made."""


class Previews:
    """Looks at what the doable actions of a connection change, one look an action, as often as `cadence` lets it.

    An action that ends makes every look old at once.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next: dict[str, datetime] = {}
        self._ended = -1

    def due(self, now: datetime) -> tuple[Item, ...]:
        """Items whose look is missing or old."""
        state = self._session.state
        ended = sum(intent.outcome is not None for intent in state.intents.values())
        if ended != self._ended:
            self._ended, self._next = ended, {}
        return tuple(item for item in agenda.to_preview(state, now) if now >= self._next.get(item.id, now))

    async def look(self, item: Item, platform: Platform) -> None:
        """Read what the item's action is about, and tell telemetry."""
        clock, name = self._session.clock, self._session.state.plan.root(item).target
        every = cadence.PREVIEWS * platform.budget.giving_way
        self._next[item.id] = clock.now() + max(every, machine_time(clock, PACE))
        try:
            found = await self._of(self._session.state.plan.actions[name], platform)
        except CockpitError as error:
            found = Preview(clock.now(), trouble=str(error))
        self._session.telemetry.previews[name] = found
        self._session.telemetry.budget = platform.budget

    async def _of(self, action: Action, platform: Platform) -> Preview:
        service = action.target or ""
        now = self._session.clock.now
        if action.kind in ("deploy", "redeploy"):
            serving = await platform.serving(service)
            if serving is None:
                return Preview(now(), about=f"no deployment of {service} is up")
            return Preview(now(), drift=await platform.drift(service, serving.id))
        if action.kind in ("restart", "cancel", "stop", "remove", "approve"):
            one = fates.meant(action.kind, await platform.deployments(service, first=LISTED))
            by = f", made by {one.creator}" if one is not None and one.creator else ""
            about = f"{fates.shown(one)}{by}" if one is not None else fates.lacking(action.kind, service)
            return Preview(now(), about=inert(about, limit=200))
        return Preview(now(), standing=await configured.standing(platform, action, urgent=False))
