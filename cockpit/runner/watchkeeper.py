"""Keeps a run's watch without a screen: monitors, triggers and checkpoints that fall due, and nothing else.

It asks while no driver does and stands by while one is there. It is not the driver: it follows what others
append, and of what may be done it only records what it sees (`core.succession`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.watch import vigil
from cockpit.ports import Platform, Source
from cockpit.runner.asker import Asker, Remember
from cockpit.runner.follower import Follower
from cockpit.runner.histories import Histories
from cockpit.runner.newcomers import Newcomers
from cockpit.runner.questions import Questions
from cockpit.runner.tasks import Tasks
from cockpit.runner.watches import Watches
from cockpit.session import Session


class Watchkeeper:
    """Runs beside a session until the watch is over, the plan is amended, or it is cancelled."""

    def __init__(
        self,
        session: Session,
        sources: Mapping[str, Source],
        platforms: Mapping[str, Platform],
        *,
        conceal: Conceal = plainly,
        remember: Remember = lambda _: None,
        mask_key: Callable[[], bytes] = lambda: os.urandom(16),
        after_round: Callable[[], None] = lambda: None,
    ) -> None:
        """`after_round` is called when a round has told all it knows; the rest as for a `Runner`."""
        self._session = session
        self._platforms = platforms
        self._after_round = after_round
        self._tasks = Tasks()
        histories = Histories(session)
        self._watches = Watches(session, histories, conceal)
        self._newcomers = Newcomers(session, Follower(session))
        asker = Asker(session, sources, histories, conceal, remember=remember, mask_key=mask_key)
        asked_at = tuple(platforms.values())
        self._questions = Questions(session, self._tasks, asker, self._watches, histories, asked_at, attended=False)

    async def run(self) -> None:
        """Whoever calls it looks why it ended, and makes another one where the plan has changed."""
        plan = self._session.state.plan
        unsubscribe = self._session.subscribe(lambda _: self._tasks.wake())
        try:
            while True:
                await self._round()
                self._after_round()
                state = self._session.state
                if vigil.is_over(state, self._session.clock.now()) or state.plan is not plan or state.unknown_kinds:
                    return
                await self._tasks.wait(self._questions.idle())
        finally:
            unsubscribe()
            await self._tasks.end()

    async def _round(self) -> None:
        session, now = self._session, self._session.clock.now()
        await session.follow()
        if session.state.is_closed or session.state.unknown_kinds or not await self._questions.are_mine():
            return
        await self._questions.advance()
        self._questions.ask()
        for name, platform in self._platforms.items():
            self._look_for_newcomers(name, platform)
        await self._watches.notice_quiet(now)

    def _look_for_newcomers(self, connection: str, platform: Platform) -> None:
        """What nobody here started, and rollouts that no action follows any more."""
        if self._newcomers.is_due(connection):
            self._tasks.begin(f"newcomers {connection}", self._newcomers.look(connection, platform))
        for deployment in self._newcomers.to_watch(connection):
            self._tasks.begin(f"watch {deployment}", self._newcomers.watch(platform, deployment))
