"""The loop: what is due, begun; what is under way, left alone; then wait for the next moment."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

from cockpit.core import agenda
from cockpit.core.commands import Do, Lose
from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.plan import Item, Verb
from cockpit.core.rollout.forecast import Story, by_action
from cockpit.core.state import State
from cockpit.ports import Platform, Source
from cockpit.runner.asker import Asker, Remember
from cockpit.runner.destinations import Destinations
from cockpit.runner.follower import Follower
from cockpit.runner.glances import Glances
from cockpit.runner.histories import Histories
from cockpit.runner.looks import Lookout
from cockpit.runner.newcomers import Newcomers
from cockpit.runner.performer import Hands, Performer
from cockpit.runner.previews import Previews
from cockpit.runner.probes import Probes
from cockpit.runner.proofs import Proofs
from cockpit.runner.questions import Questions
from cockpit.runner.reaching import Reaching
from cockpit.runner.tasks import Tasks
from cockpit.runner.watches import Watches
from cockpit.runner.wayback import WayBack
from cockpit.session import Session
from cockpit.telemetry import Glance


class Runner:
    """Runs beside a session until cancelled. One of them asks; every one performs its own intents."""

    def __init__(
        self,
        session: Session,
        sources: Mapping[str, Source],
        hands: Hands,
        *,
        logs: bool = True,
        conceal: Conceal = plainly,
        remember: Remember = lambda _: None,
        mask_key: Callable[[], bytes] = lambda: os.urandom(16),
        past: Callable[[], Iterable[Story]] = tuple,
    ) -> None:
        """`conceal` takes secrets out of what is kept, `remember` is told those that people answer with.

        `past` reads the rollouts of earlier runs, and blocks.
        `mask_key` tells the key of masked columns: the same one in every process of a run.
        """
        self._session = session
        self._sources = sources
        self._hands = hands
        self._logs = logs
        histories = Histories(session)
        self._asker = Asker(session, sources, histories, conceal, remember=remember, mask_key=mask_key)
        self._watches = Watches(session, histories, conceal)
        self._follower = Follower(session)
        proofs = Proofs(session, hands.platforms, self._asker, self._follower)
        self._performer = Performer(session, hands, proofs)
        self._lookout = Lookout(session, hands.platforms, self._asker, self._follower)
        self._tasks = Tasks()
        self._taken: set[int] = set()
        self._past = past
        platforms = tuple(hands.platforms.values())
        self._questions = Questions(session, self._tasks, self._asker, self._watches, histories, platforms)
        self._reaching = Reaching(session, hands.platforms, conceal)
        self._destinations = Destinations(session)
        self._previews = Previews(session)
        self._probes = Probes(session)
        self._newcomers = Newcomers(session, self._follower)
        self._glances = Glances(session, hands.platforms, conceal)
        self._way_back = WayBack(session, hands.shell, sources, hands.writers, conceal)

    async def run(self) -> None:
        """Until cancelled. A defect of ours ends it loudly; an outside trouble never does."""
        unsubscribe = self._session.subscribe(lambda _: self._look_up())
        self._session.look_before = self._lookout.before
        self._session.look_aside = self._look_aside
        try:
            self._start_links()
            while True:
                await self._round()
                await self._tasks.wait(self._questions.idle())
        finally:
            self._session.look_before = self._session.look_aside = None
            unsubscribe()
            await self._stop()

    def _look_up(self) -> None:
        """Something has happened: a secret may have been told, and the next round is due."""
        self._asker.learn_secrets()
        self._tasks.wake()

    def _look_aside(self, wish: Glance) -> None:
        self._tasks.begin(f"glance {wish.kind} {wish.deployment}", self._glances.look(wish))

    async def _round(self) -> None:
        session, now = self._session, self._session.clock.now()
        await session.merge_emergency()
        if self._has_ended():
            return
        for intent in agenda.to_follow(session.state):
            self._begin_once(intent.seq, f"prove {intent.seq}", self._performer.prove(intent.seq))
        self._send_new_intents(session.state)
        if (read := self._glances.due(now)) is not None:
            self._look_aside(read)
        if not await self._questions.are_mine():
            return
        await self._lose_orphans()
        await self._questions.advance()
        if self._has_ended():  # meanwhile
            return
        self._take_next_step(session.state)
        if (lost := agenda.to_look_at(session.state, now)) is not None:
            self._tasks.begin(f"look {lost.seq}", self._lookout.look(lost))
        self._questions.ask()
        for check in self._probes.due(now):
            self._tasks.begin(f"probe {check}", self._asker.probe(check))
        await self._look_at_the_way_back()
        if self._destinations.is_due(now):
            for name, platform in self._hands.platforms.items():
                self._tasks.begin(f"targets {name}", self._destinations.look(name, platform))
        for name, platform in self._hands.platforms.items():
            self._look_for_newcomers(name, platform)
        for item in self._previews.due(now):
            self._look_ahead(session.state, item)
        await self._probes.tell(now)
        await self._watches.notice_quiet(now)

    def _has_ended(self) -> bool:
        """Nothing is asked or done any more: the run is closed, or has events that this version does not know."""
        return self._session.state.is_closed or bool(self._session.state.unknown_kinds)

    async def _look_at_the_way_back(self) -> None:
        """What no platform tells, and what became of it all."""
        now = self._session.clock.now()
        self._way_back.find_programs(now)
        for group in self._way_back.to_try(now):
            self._tasks.begin(f"try {' '.join(group)}", self._way_back.try_out(group))
        await self._way_back.report(now)

    def _look_for_newcomers(self, connection: str, platform: Platform) -> None:
        """What nobody here started is looked for, and what nothing else follows is followed."""
        if self._newcomers.is_due(connection):
            self._tasks.begin(f"newcomers {connection}", self._newcomers.look(connection, platform))
        for deployment in self._newcomers.to_watch(connection):
            self._tasks.begin(f"watch {deployment}", self._newcomers.watch(platform, deployment))

    def _look_ahead(self, state: State, item: Item) -> None:
        on = state.plan.actions[state.plan.root(item).target].on or ""
        known = self._hands.platforms.get(on)
        if known is not None and on in state.proved:
            self._tasks.begin(f"preview {item.id}", self._previews.look(item, known))

    async def _lose_orphans(self) -> None:
        """Intents whose process is gone: nobody will hear their answers."""
        for intent in agenda.lost_intents(self._session.state, self._session.id):
            because = "The cockpit was gone before an answer came."
            await self._session.dispatch(Lose(intent.item, intent.seq, because), by="runner")

    def _send_new_intents(self, state: State) -> None:
        for intent in state.intents.values():
            if intent.session == self._session.id and intent.outcome is None and not intent.accepted:
                self._begin_once(intent.seq, f"act {intent.seq}", self._performer.perform(intent))

    def _take_next_step(self, state: State) -> None:
        """The rollback's next step, where a machine takes it."""
        step = agenda.next_step(state)
        if step is not None and state.plan.root(step).verb is Verb.DO:
            self._tasks.begin(f"step {step.id}", self._take_step(step))

    async def _take_step(self, step: Item) -> None:
        summary = self._summary(self._session.state.plan.root(step).target)
        await self._session.dispatch(Do(step.id, summary=summary), by="runner")

    def _summary(self, action: str) -> str:
        known = self._session.state.plan.actions.get(action)
        return f"{known.kind} {known.target}" if known else action

    async def _forecast(self) -> None:
        """Files are read and folded in a thread: the run does not wait for its forecast."""
        self._session.telemetry.forecasts.update(await asyncio.to_thread(lambda: by_action(self._past())))

    def _start_links(self) -> None:
        self._tasks.begin("forecast", self._forecast())
        for name, source in self._sources.items():
            self._tasks.begin(f"prove {name}", self._reaching.prove(name, source))
        if self._logs:
            for platform in self._hands.platforms.values():
                self._tasks.begin("logs", self._reaching.follow_logs(platform))

    def _begin_once(self, seq: int, name: str, work: Coroutine[Any, Any, None]) -> None:
        """One task an intent and process: an intent is never sent twice."""
        sent_before = seq in self._taken and name.startswith("act")
        if sent_before or f"act {seq}" in self._tasks or f"prove {seq}" in self._tasks:
            work.close()
            return
        self._taken.add(seq)
        self._tasks.begin(name, work)

    async def _stop(self) -> None:
        await self._tasks.end()
        await self._session.presence.leave()
        for source in self._sources.values():
            await source.close()
