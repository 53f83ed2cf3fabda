"""The loop: what is due, begun; what is under way, left alone; then wait for the next moment."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import timedelta
from typing import Any

from cockpit.core import agenda
from cockpit.core.commands import Advance, Do, Enquire, Lose, Prove, SeeTarget
from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.forecast import Story, by_action
from cockpit.core.logline import LogGap, LogLink
from cockpit.core.plan import Item, Verb
from cockpit.core.state import State
from cockpit.errors import CockpitError, Missing, SourceError
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
from cockpit.runner.watches import Watches
from cockpit.session import Session
from cockpit.telemetry import Glance

LEASE = 5.0
"""Machine seconds; renewed at each round, so a dead asker is replaced soon."""
LONGEST_WAIT = 0.5
"""Machine seconds between two rounds at most: a phase that opens by time is seen within it."""
PROVE_AGAIN = 3.0
"""Machine seconds between two tries to reach a connection."""
BREATH, REHEARSED_BREATH = 0.05, 0.002
"""Machine seconds between two rounds at least: of real time, and of plan time that runs faster."""
LOG_BACK = timedelta(minutes=10)
"""How much log from before the run is shown."""


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
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._taken: set[int] = set()
        self._wake = asyncio.Event()
        self._failure: BaseException | None = None
        self._asks = False
        self._past = past
        self._renew_at = 0.0
        self._destinations = Destinations(session)
        self._previews = Previews(session)
        self._probes = Probes(session)
        self._newcomers = Newcomers(session, self._follower)
        self._glances = Glances(session, hands.platforms)

    async def run(self) -> None:
        """Until cancelled. A defect of ours ends it loudly; an outside trouble never does."""
        unsubscribe = self._session.subscribe(lambda _: self._look_up())
        self._session.look_before = self._lookout.before
        self._session.look_aside = self._look_aside
        try:
            self._start_links()
            while True:
                await self._round()
                if self._failure is not None:
                    raise self._failure
                await self._wait()
        finally:
            self._session.look_before = self._session.look_aside = None
            unsubscribe()
            await self._stop()

    def _look_up(self) -> None:
        """Something has happened: a secret may have been told, and the next round is due."""
        self._asker.learn_secrets()
        self._wake.set()

    def _look_aside(self, wish: Glance) -> None:
        self._begin(f"glance {wish.kind} {wish.deployment}", self._glances.look(wish))

    async def _round(self) -> None:
        session, now = self._session, self._session.clock.now()
        await session.merge_emergency()
        if session.state.is_closed or session.state.unknown_kinds:
            return
        for intent in agenda.to_follow(session.state):
            self._begin_once(intent.seq, f"prove {intent.seq}", self._performer.prove(intent.seq))
        self._send_new_intents(session.state)
        if not await self._is_asker():
            return
        await self._lose_orphans()
        await self._advance()
        if (lost := agenda.to_look_at(session.state, now)) is not None:
            self._begin(f"look {lost.seq}", self._lookout.look(lost))
        self._ask_what_is_due()
        if self._destinations.is_due(now):
            for name, platform in self._hands.platforms.items():
                self._begin(f"targets {name}", self._destinations.look(name, platform))
        for name, platform in self._hands.platforms.items():
            self._look_for_newcomers(name, platform)
        for item in self._previews.due(now):
            self._look_ahead(session.state, item)
        await self._watches.notice_quiet(now)

    def _look_for_newcomers(self, connection: str, platform: Platform) -> None:
        """What nobody here started is looked for, and what nothing else follows is followed."""
        if self._newcomers.is_due(connection):
            self._begin(f"newcomers {connection}", self._newcomers.look(connection, platform))
        for deployment in self._newcomers.to_watch(connection):
            self._begin(f"watch {deployment}", self._newcomers.watch(platform, deployment))

    def _look_ahead(self, state: State, item: Item) -> None:
        on = state.plan.actions[state.plan.root(item).target].on or ""
        known = self._hands.platforms.get(on)
        if known is not None and on in state.proved:
            self._begin(f"preview {item.id}", self._previews.look(item, known))

    async def _is_asker(self) -> bool:
        """Whether this process asks; the lease is renewed three times in its length."""
        if time.monotonic() >= self._renew_at:
            self._asks = await asyncio.to_thread(self._session.holds_lease, LEASE)
            self._renew_at = time.monotonic() + LEASE / 3
        return self._asks

    async def _lose_orphans(self) -> None:
        """Intents whose process is gone: nobody will hear their answers."""
        for intent in agenda.lost_intents(self._session.state, self._session.id):
            because = "The cockpit was gone before an answer came."
            await self._session.dispatch(Lose(intent.item, intent.seq, because), by="runner")

    def _send_new_intents(self, state: State) -> None:
        for intent in state.intents.values():
            if intent.session == self._session.id and intent.outcome is None and not intent.accepted:
                self._begin_once(intent.seq, f"act {intent.seq}", self._performer.perform(intent))

    async def _advance(self) -> None:
        """Open what is due, ask what a machine can, take the rollback's next step."""
        session = self._session
        await session.dispatch(Advance(), by="runner")
        while (item := agenda.to_enquire(session.state, session.clock.now())) is not None:
            answer = await session.dispatch(Enquire(item.id), by="runner")
            if not isinstance(answer, tuple):
                break
        step = agenda.next_step(session.state)
        if step is not None and session.state.plan.root(step).verb is Verb.DO:
            self._begin(f"step {step.id}", self._take_step(step))

    async def _take_step(self, step: Item) -> None:
        summary = self._summary(self._session.state.plan.root(step).target)
        await self._session.dispatch(Do(step.id, summary=summary), by="runner")

    def _summary(self, action: str) -> str:
        known = self._session.state.plan.actions.get(action)
        return f"{known.kind} {known.target}" if known else action

    def _ask_what_is_due(self) -> None:
        now = self._session.clock.now()
        waiting, due = agenda.waiting_items(self._session.state), self._watches.due(now)
        for check in {**waiting, **due}:
            if f"ask {check}" not in self._under_way:
                self._watches.begin(due.get(check, ()), now)
                self._begin(f"ask {check}", self._ask(check))
        for check in self._probes.due(now):
            self._begin(f"probe {check}", self._asker.probe(check))

    async def _ask(self, check: str) -> None:
        if check not in self._session.state.plan.checks:
            return  # amended away in this very moment
        items = agenda.waiting_items(self._session.state).get(check, [])
        asked = await self._asker.ask(check, items)
        await self._watches.take(asked)
        self._count_requests()

    def _count_requests(self) -> None:
        for platform in self._hands.platforms.values():
            self._session.telemetry.budget = platform.budget

    async def _forecast(self) -> None:
        """Files are read and folded in a thread: the run does not wait for its forecast."""
        self._session.telemetry.forecasts.update(await asyncio.to_thread(lambda: by_action(self._past())))

    def _start_links(self) -> None:
        self._begin("forecast", self._forecast())
        for name, source in self._sources.items():
            self._begin(f"prove {name}", self._prove(name, source))
        if self._logs:
            for platform in self._hands.platforms.values():
                self._begin("logs", self._follow_logs(platform))

    async def _prove(self, name: str, source: Source) -> None:
        """Reach a connection until it answers for the environment, and the way back is found; then say so.

        Nothing is sent over a connection that is not proved: so nothing is changed before it is known
        where the way back leads.
        """
        platform = self._hands.platforms.get(name)
        while True:
            link = await source.examine()
            trouble = "" if link.ok else f"{link.summary} {link.remedy}".strip()
            if link.ok and platform is not None:
                trouble = await self._find_targets(platform)
            self._session.telemetry.links[name] = trouble
            if not trouble:
                break
            await asyncio.sleep(PROVE_AGAIN)
        await self._session.dispatch(Prove(name, link.summary), by="runner")

    async def _find_targets(self, platform: Platform) -> str:
        """The deployments that serve now, before anything is changed: where a rollback leads. Returns what hinders it.

        A service that Railway does not know has no way back; waiting would not change that.
        """
        trouble = ""
        for service in agenda.services_changed(self._session.state.plan):
            if service in self._session.state.targets or self._session.state.intents:
                continue
            try:
                serving = await platform.serving(service)
                if serving is not None:
                    names = await self._names_in(platform, serving.id)
                    await self._session.dispatch(SeeTarget(service, serving, names), by="runner")
            except Missing as error:
                self._session.telemetry.links[service] = str(error)
            except SourceError as error:
                trouble = str(error)
        self._count_requests()
        return trouble

    async def _names_in(self, platform: Platform, deployment: str) -> tuple[str, ...]:
        try:
            return tuple(sorted(await platform.running_variables(deployment)))
        except Missing:
            return ()

    async def _follow_logs(self, platform: Platform) -> None:
        ring, live = self._session.telemetry.logs, self._session.telemetry
        services = agenda.services_of(self._session.state.plan)
        since = self._session.clock.now() - LOG_BACK
        while True:
            try:
                async for one in platform.follow(services, since):
                    if isinstance(one, LogLink):
                        live.log_link = one
                        continue
                    ring.extend((one,))
                    since = one.until if isinstance(one, LogGap) else one.at
            except CockpitError as error:
                live.log_link = LogLink("down", str(error))
            await asyncio.sleep(PROVE_AGAIN)

    def _begin_once(self, seq: int, name: str, work: Coroutine[Any, Any, None]) -> None:
        """One task an intent and process: an intent is never sent twice."""
        sent_before = seq in self._taken and name.startswith("act")
        if sent_before or self._acting(seq):
            work.close()
            return
        self._taken.add(seq)
        self._begin(name, work)

    def _acting(self, seq: int) -> bool:
        return any(name in self._under_way for name in (f"act {seq}", f"prove {seq}"))

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        known = self._under_way.get(name)
        if known is not None and not known.done():  # one that is done, and not told so yet, answers nobody any more
            work.close()
            return
        task = asyncio.create_task(work, name=name)
        self._under_way[name] = task
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._under_way.get(task.get_name()) is task:
            del self._under_way[task.get_name()]
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._failure = failure
        self._wake.set()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._idle()):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _idle(self) -> float:
        """Machine seconds until something is due; what is being asked already wakes us by its end."""
        clock = self._session.clock
        asked = {name.removeprefix("ask ") for name in self._under_way if name.startswith("ask ")}
        due = self._watches.next(clock.now(), asked)
        seconds = LONGEST_WAIT if due is None else min(LONGEST_WAIT, clock.machine(due - clock.now()))
        is_real = clock.machine(timedelta(seconds=1)) >= 1.0
        return max(seconds, BREATH if is_real else REHEARSED_BREATH)

    async def _stop(self) -> None:
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._asks:
            await asyncio.to_thread(self._session.give_lease_back)
        for source in self._sources.values():
            await source.close()
