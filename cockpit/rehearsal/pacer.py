"""The pace of a rehearsal: speed, watch-speed, or real time while a person is waited for.

The session says whether anything but a timer is open; this sets the simulator's clock
accordingly, and every change is an event.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from cockpit.clock import PacedClock
from cockpit.core.agenda import anything_but_timers
from cockpit.core.commands import ChangePace
from cockpit.errors import SimulatorError, SourceError
from cockpit.rehearsal.world import World, standing_still
from cockpit.session import Session
from cockpit.telemetry import Scene

LOOK_SECONDS = 0.1


class Pacer:
    """Runs beside a session until cancelled."""

    def __init__(
        self,
        session: Session,
        clock: PacedClock,
        world: World,
        *,
        speed: float,
        watch_speed: float,
        waits_for_person: Callable[[Scene], bool] | None,
    ) -> None:
        self._session = session
        self._clock = clock
        self._world = world
        self._speed = speed
        self._watch_speed = watch_speed
        self._waits = waits_for_person

    async def run(self) -> None:
        """Slower at once, faster only when it still holds at the next look: between two phases is no watch."""
        changed = asyncio.Event()
        unsubscribe = self._session.subscribe(lambda _: changed.set())
        before = self._clock.pace.factor
        try:
            while self._world.alive:
                wanted, factor = self.wanted(), self._clock.pace.factor
                if wanted < factor or wanted == before != factor:
                    await self._change(wanted)
                before = wanted
                await self._next_look(changed, slows=wanted < factor)
        finally:
            unsubscribe()
        self._stand_still()

    async def _next_look(self, changed: asyncio.Event, *, slows: bool) -> None:
        """After `LOOK_SECONDS`; at once when the state changes while time runs fast."""
        changed.clear()
        if slows or self._clock.pace.factor < self._watch_speed:
            await asyncio.sleep(LOOK_SECONDS)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await changed.wait()

    def wanted(self) -> float:
        """The factor that fits what is open now."""
        scene = self._session.scene()
        if self._waits is not None and self._waits(scene):
            return 1.0
        return self._speed if anything_but_timers(scene.state, scene.now) else self._watch_speed

    async def _change(self, factor: float) -> None:
        try:
            pace = await self._world.set_factor(factor)
        except (SourceError, SimulatorError):
            return
        self._clock.adopt(pace)
        await self._session.dispatch(ChangePace(pace.plan.isoformat(), pace.machine, pace.factor), by="runner")

    def _stand_still(self) -> None:
        self._clock.adopt(standing_still(self._clock.pace))
        self._session.telemetry.links["simulator"] = "The simulator is gone; plan time stands still. Resume the run."
