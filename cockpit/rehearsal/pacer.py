"""The pace of a rehearsal: speed, watch-speed, or real time while a person is waited for.

The session says whether anything but a timer is open; this sets the simulator's clock
accordingly, and every change is an event. The speed is a wish: where the machine is too slow or
too busy for monitors to keep their cadence, or for answers to come while they are fresh, plan time goes slower.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import datetime

from cockpit.clock import Pace, PacedClock
from cockpit.core.agenda import anything_but_timers, next_timer, watching
from cockpit.core.commands import ChangePace
from cockpit.errors import SimulatorError, SourceError
from cockpit.rehearsal.world import World, standing_still
from cockpit.session import Session
from cockpit.telemetry import Scene

LOOK_SECONDS = 0.1

EASE_SECONDS = 0.5
"""Between two steps of easing: monitors have to be asked a few times at the new pace."""
ANSWER_SECONDS = 20.0
"""Of plan time that an answer may take: a gate of a dozen has them all within the five minutes they are fresh."""
SHORTEST_WAIT = 1.0
"""A wait for a timer takes so long at the least: it takes some tenths until a change of pace is everybody's."""
LATE, IN_TIME = 0.75, 0.25
"""Cadences: so late is too late, so early is early enough to go faster again."""


class Ease:
    """The share of the speed that this machine can keep up with."""

    def __init__(self, machine: Callable[[], float] = time.monotonic) -> None:
        self._machine = machine
        self._stepped = machine()
        self.share = 1.0

    def step(self, late: float, least: float) -> float:
        """The share after one more look: halved while monitors are late, regained by quarters; never below `least`."""
        now = self._machine()
        if now - self._stepped < EASE_SECONDS:
            return self.share
        share = self.share / 2 if late > LATE else self.share * 1.25 if late < IN_TIME else self.share
        share = min(1.0, max(least, share))
        if share != self.share:
            self.share, self._stepped = share, now
        return self.share


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
        self._ease = Ease()
        self._timer: datetime | None = None
        self._coast = watch_speed

    async def run(self) -> None:
        """Slower at once, faster only when it still holds at the next look: between two phases is no watch."""
        changed = asyncio.Event()
        unsubscribe = self._session.subscribe(lambda _: changed.set())
        before = self._clock.pace.factor
        try:
            while self._world.alive:
                if not self._session.presence.leads:  # whoever drives sets the pace, and the journal tells it
                    await asyncio.sleep(LOOK_SECONDS)
                    continue
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
        if not anything_but_timers(scene.state, scene.now):
            return self._coasting(scene)
        watched = watching(scene.state, scene.now)
        late = max((scene.live.behind.get(name, 0.0) for name in watched), default=0.0)
        waited = max(((scene.now - asked).total_seconds() for asked in scene.live.asking.values()), default=0.0)
        late = max(late, waited / ANSWER_SECONDS)
        return self._speed * self._ease.step(late, least=min(1.0, 1 / self._speed))

    def _coasting(self, scene: Scene) -> float:
        """Up to the watch speed, and not so fast that a short wait is overshot by more than itself."""
        timer = next_timer(scene.state, scene.now)
        if timer != self._timer:
            self._timer, self._coast = timer, self._watch_speed
            if timer is not None:
                wait = (timer - scene.now).total_seconds() / SHORTEST_WAIT
                self._coast = min(self._watch_speed, max(self._speed, wait))
        return self._coast

    async def _change(self, factor: float) -> None:
        """The instant of change is the world's.

        Slower is adopted before it: else our clock would run ahead of the world's for as long as the answer takes, and
        then stand still until the world has caught up.
        """
        before, now = self._clock.pace, time.time()
        if factor < before.factor:
            self._clock.adopt(Pace(before.at(now), now, factor))
        try:
            pace = await self._world.set_factor(factor)
        except (SourceError, SimulatorError):
            self._clock.adopt(before)
            return
        self._clock.adopt(pace)
        await self._session.dispatch(ChangePace(pace.plan.isoformat(), pace.machine, pace.factor), by="runner")

    def _stand_still(self) -> None:
        self._clock.adopt(standing_still(self._clock.pace))
        gone = SourceError("The simulator is gone; plan time stands still.", "Resume the run.")
        self._session.telemetry.fails("simulator", gone, self._clock.now())
