"""Schedules of lost and late answers to what changes something, and the account that the stand-in world gives of them.

A schedule deals a fault to the request of each action, trouble to the reads around it, and now and then a stranger's
deploy. Its course is two actions drawn from all that Railway lets an operator do to a worker, then variables, a deploy
and the way back of web. It is driven as an operator would: an unknown outcome is settled as two agreeing looks say, and
left alone where they cannot tell. Then each intent is held against the requests that arrived and what they changed.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cockpit.adapters.railway import client
from cockpit.clock import Pace, PacedClock
from cockpit.core import commands as wanted
from cockpit.core.commands import Command
from cockpit.core.rules import allowed
from cockpit.core.state import Intent
from cockpit.journal.sqlite import SqliteJournal
from cockpit.runner import Runner
from cockpit.runner.performer import Hands
from cockpit.session import Session
from cockpit.simulator.faults import Fault, Rule
from cockpit.simulator.ledger import Entry, read
from cockpit.simulator.server import running
from tests.runner import conftest
from tests.runner.conftest import ACTIONS as RUNNER_ACTIONS
from tests.runner.conftest import BACK, DEPLOY, SET, Bench, World, plan_of

SPEED = 400.0
"""Plan seconds a second: a machine that stalls for a second still makes a deployment within the ten minutes of plan
time after its request in which it counts as that request's (`core/rollout/newcomers.py`)."""
PATIENT, LATE = 0.25, 0.5
"""Machine seconds that a change's answer is waited for here, and after which a late one comes."""

COURSE = ("set_grace", "deploy_web", "roll_back_web")
"""What every schedule does, in this order."""
OPERATIONS: dict[str, tuple[str, ...]] = {
    "set_grace": ("SetVariables",),
    "deploy_web": ("Deploy",),
    "roll_back_web": ("RollBack",),
    "tighten": ("SetSettings",),
    "forget": ("StageChanges", "CommitStaged"),
    "more_worker": ("CommitPatch",),
    "restart_worker": ("Restart",),
    "redeploy_worker": ("Redeploy",),
    "approve_worker": ("Approve",),
    "cancel_worker": ("Cancel",),
    "stop_worker": ("Stop",),
    "remove_worker": ("Remove",),
}
"""Action to the operations it sends, each at most once; the last one is what it is about."""
NEEDLESS = ("roll_back_web", "forget")
"""What needs no request where it is so already: the target still serves, the variable is gone."""
DRAWN = tuple(action for action in OPERATIONS if action not in COURSE)

_ONLY = {"on": "railway", "undo": "none", "why": "it is a test"}
ACTIONS: dict[str, Any] = RUNNER_ACTIONS | {
    "tighten": _ONLY | {"service": "worker", "set_settings": {"overlap": 60, "health_path": "/ready", "sleep": True}},
    "forget": _ONLY | {"service": "worker", "delete_variables": ["LOG_LEVEL"]},
    "more_worker": _ONLY | {"scale": {"service": "worker", "to": 3}},
    **{f"{kind}_worker": _ONLY | {kind: "worker"} for kind in (
        "restart", "redeploy", "approve", "cancel", "stop", "remove",
    )},
}  # fmt: skip

LOST = (
    Fault.DROP_BEFORE, Fault.DROP_AFTER, Fault.DROP_AFTER, Fault.LATENCY, Fault.LATENCY, Fault.TRUNCATED, Fault.HTML,
    Fault.HANG, Fault.STATUS, Fault.CLOUDFLARE, Fault.ERROR,
)  # fmt: skip
READS = ("Deployments", "Serving", "Rollout", "Variables", "RunningVariables", "Deployment")
READ_TROUBLE = (Fault.STATUS, Fault.DROP_AFTER, Fault.TRUNCATED, Fault.HTML, Fault.CLOUDFLARE, Fault.UNKNOWN_STATUS)


@dataclass(frozen=True, slots=True)
class Schedule:
    """What goes wrong, by action: rules in force from before it is done."""

    seed: int
    drawn: tuple[str, ...]
    """The actions before the course."""
    rules: dict[str, tuple[Rule, ...]]
    stranger: str | None
    """The action after whose request somebody else deploys."""


def deal(seed: int) -> Schedule:
    """The schedule of a seed."""
    random = Random(seed)
    drawn = tuple(random.sample(DRAWN, 2))
    rules = {action: tuple(_rules(random, action)) for action in (*drawn, *COURSE)}
    return Schedule(seed, drawn, rules, random.choice([None, None, None, "deploy_web", "roll_back_web"]))


def _rules(random: Random, action: str) -> Iterator[Rule]:
    if random.random() < 0.85:
        fault = random.choice(LOST)
        status = random.choice([429, 500, 502, 503])
        yield Rule(
            fault=fault, operation=random.choice(OPERATIONS[action]), count=1, seconds=LATE, status=status,
            retry_after=0.05, text="Problem processing request",
        )  # fmt: skip
    for _ in range(random.choice([0, 0, 1, 2])):
        yield Rule(
            fault=random.choice(READ_TROUBLE), operation=random.choice(READS), count=random.randint(1, 4),
            status=random.choice([500, 503]), retry_after=0.05, text=random.choice(["CANCELLED", "PAUSED"]),
        )  # fmt: skip


@dataclass
class Account:
    """What came of schedules."""

    schedules: int = 0
    intents: Counter[str] = field(default_factory=Counter)
    """How intents ended: done, failed, not happened, unknown."""
    actions: Counter[str] = field(default_factory=Counter)
    """Intents by action."""
    twice: int = 0
    """Intents that sent or changed something more than once."""
    lost: int = 0
    """Intents whose answer was lost or late."""
    after_effect: int = 0
    """Of these, those whose request had taken effect."""
    violations: list[str] = field(default_factory=list)

    def complain(self, schedule: Schedule, intent: Intent, how: str, what: str) -> None:
        self.violations.append(f"seed {schedule.seed}, {intent.action} (intent {intent.seq}, {how}): {what}")

    def __str__(self) -> str:
        ends, actions = (
            ", ".join(f"{number} {word}" for word, number in sorted(counted.items()))
            for counted in (self.intents, self.actions)
        )
        return (
            f"{self.schedules} schedules, intents: {ends} ({actions}); {self.lost} answers lost or late, "
            f"{self.after_effect} of them after the effect; {self.twice} intents twice, "
            f"{len(self.violations)} violations"
        )


async def play(schedule: Schedule, folder: Path, account: Account) -> None:
    """Drive one schedule to where it can go, and account for it."""
    async with _made(folder, schedule.drawn) as (place, bench):
        for action in schedule.drawn:
            await _take_or_pass(bench, place, schedule, f"work/do:{action}")
        if await _take(bench, place, schedule, SET):
            await _take(bench, place, schedule, DEPLOY)
        await _take(bench, place, schedule, BACK)
        place.all_well()
        _account(schedule, bench, read(place.simulation.folder), account)
        if account.schedules % 20 == 0:
            # So that a soak that is cut short has told what it saw, whoever captures output.
            print(account, *account.violations, sep="\n", file=sys.__stderr__, flush=True)


async def _take_or_pass(bench: Bench, place: World, schedule: Schedule, item: str) -> None:
    """Do an item for whose kind something has to be there first; what cannot be brought to an end is waived."""
    if item.endswith(("approve_worker", "cancel_worker")):
        place.somebody_deploys("worker", waits=True)
    if await _take(bench, place, schedule, item):
        return
    while not bench.state.item(item).is_settled:
        intent = bench.state.intent_of(item)
        if intent is not None and intent.outcome == "lost" and intent.told is not None:  # a look came meanwhile
            await bench.give(wanted.Settle(item, happened=intent.told == "happened"))
            await bench.until_item(item, "done", "failed", "open")
        else:
            await bench.session.dispatch(wanted.Waive(item, "It could not be told."))
            await asyncio.sleep(0.01)  # refused, it is said again: a look may be on its way, or the phase not open


async def _take(bench: Bench, place: World, schedule: Schedule, item: str) -> bool:
    """Do an item; whether what follows may begin. One that certainly did not happen is tried once more."""
    action = item.partition(":")[2]
    for attempt in range(2):
        begin = _beginning(item, attempt)
        if begin is not None and await _never_comes(bench, begin):
            return False
        place.simulation.faults.replace(schedule.rules[action] if attempt == 0 else (), time.time())
        if begin is not None:
            await bench.give(begin)
        if schedule.stranger == action and attempt == 0:
            place.somebody_deploys()
        await bench.until(lambda: _is_told(bench, item), f"an end of {item}")
        place.all_well()
        if bench.state.item(item).status != "unknown":
            return bench.state.item(item).status == "done"
        if not await _settle(bench, item):
            return False
        if bench.state.item(item).status != "open":
            await bench.until_item(item, "done", "failed")
            return bench.state.item(item).status == "done"
    return False


def _beginning(item: str, attempt: int) -> Command | None:
    """What an operator says for an item to be done; the runner does a rollback's step, and again, by itself."""
    if item == BACK:
        return wanted.StartRollback("level-2", "production") if attempt == 0 else None
    return wanted.Do(item, "yes" if item.endswith(("set_grace", "tighten", "restart_worker")) else "production")


async def _never_comes(bench: Bench, begin: Command) -> bool:
    """Whether something cannot be begun within two seconds."""
    until = time.monotonic() + 2.0
    while allowed(bench.state, begin, bench.session.clock.now()) is not None:
        if time.monotonic() > until:
            return True
        await asyncio.sleep(0.01)
    return False


def _is_told(bench: Bench, item: str) -> bool:
    """Done, failed, or looked at until two looks agree, or long enough to see that they do not."""
    status = bench.state.item(item).status
    if status in ("done", "failed"):
        return True
    if status != "unknown":
        return False
    found = [look.found for look in bench.intent(item).looks]
    return (len(found) >= 2 and found[-1] == found[-2]) or len(found) >= 5


async def _settle(bench: Bench, item: str) -> bool:
    """Settle as two agreeing looks say; false where they do not tell, and nothing is done then."""
    found = [look.found for look in bench.intent(item).looks][-2:]
    if found[0] != found[1] or found[0] == "inconclusive":
        return False
    await bench.give(wanted.Settle(item, happened=found[0] == "happened"))
    return True


def _account(schedule: Schedule, bench: Bench, entries: list[Entry], account: Account) -> None:
    account.schedules += 1
    for action in (*schedule.drawn, *COURSE):
        intents = [intent for intent in bench.state.intents.values() if intent.action == action]
        for place, intent in enumerate(intents):
            end = intents[place + 1].at if place + 1 < len(intents) else datetime.max.replace(tzinfo=UTC)
            own = [entry for entry in entries if intent.at <= datetime.fromisoformat(entry.at) < end]
            _account_intent(schedule, intent, own, account)


def _account_intent(schedule: Schedule, intent: Intent, entries: list[Entry], account: Account) -> None:
    """An intent against what arrived from it until the next of its kind; what a 429 turned away has not arrived."""
    how, operations = _ending(intent), OPERATIONS[intent.action]
    assert not any(entry.effect for entry in entries if entry.status == 429)
    requests = Counter(entry.operation for entry in entries if entry.status != 429)
    effects = Counter(entry.operation for entry in entries if entry.effect)
    done = effects[operations[-1]]
    account.intents[how] += 1
    account.actions[intent.action] += 1
    account.lost += intent.outcome == "lost" or bool(intent.looks)
    account.after_effect += bool(intent.looks and done)
    account.twice += any(requests[name] > 1 or effects[name] > 1 for name in operations)
    for name in operations:
        for complaint in _repeated(requests=requests[name], effects=effects[name]):
            account.complain(schedule, intent, how, f"{complaint} of {name}")
    late = [datetime.fromisoformat(entry.at) - intent.at for entry in entries if entry.operation in operations]
    came = ", ".join(f"{one.total_seconds():.0f}" for one in late) or "none"
    for complaint in _untrue(intent.action, how, done):
        told = f"{complaint}; its requests came after so many seconds of plan time: {came}"
        account.complain(schedule, intent, how, told)


def _ending(intent: Intent) -> str:
    if intent.told == "not happened":
        return "not happened"
    return {None: "under way", "lost": "unknown"}.get(intent.outcome, str(intent.outcome))


def _repeated(*, requests: int, effects: int) -> Iterator[str]:
    """One intent sends one request at most, and changes something once at most."""
    if requests > 1:
        yield f"{requests} requests"
    if effects > 1:
        yield f"{effects} effects"


def _untrue(action: str, how: str, effects: int) -> Iterator[str]:
    """What is told is what happened."""
    if how == "not happened" and effects:
        yield "told as not happened, and it happened"
    if how == "done" and not effects and action not in NEEDLESS:
        yield "told as done, and nothing happened"
    if how == "under way":
        yield "never told"


@asynccontextmanager
async def _made(folder: Path, drawn: tuple[str, ...]) -> AsyncIterator[tuple[World, Bench]]:
    async with running(folder / "world", speed=SPEED) as (address, simulation):
        base = simulation.clock
        place = World(address, simulation, PacedClock(Pace(base.plan, base.machine, base.factor)))
        plan = plan_of(*(f"do {action}" for action in drawn), "do set_grace", "do deploy_web", actions=ACTIONS)
        journal = SqliteJournal.create(folder / "runs", plan.name, datetime(2026, 3, 1, tzinfo=UTC))
        session = Session.open(journal, place.clock, "ada", plan, plan_file="bench.toml")
        platforms = {"railway": place.railway()}
        runner = Runner(session, dict(platforms), Hands(dict(platforms), {}, None), logs=False)
        await session.attach(resumed=False)
        bench = Bench(session, runner, asyncio.create_task(runner.run()))
        try:
            yield place, bench
        finally:
            await bench.stop()
            for railway in place.opened:
                await railway.close()


@contextmanager
def short_patience() -> Iterator[None]:
    """An answer that comes late is not waited for as long as in life."""
    kept = client._CHANGE_SECONDS
    client._CHANGE_SECONDS = PATIENT
    try:
        yield
    finally:
        client._CHANGE_SECONDS = kept


def soak(seeds: Sequence[int], folder: Path, *, at_once: int = 1) -> Account:
    """Play the schedules of these seeds, so many of them side by side: most of their time is waiting."""
    account, waiting = Account(), deque(seeds)

    async def some() -> None:
        while waiting:
            seed = waiting.popleft()
            await play(deal(seed), folder / str(seed), account)
            shutil.rmtree(folder / str(seed))

    async def everything() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(some())

    with short_patience(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(conftest, "PATIENCE", 300.0)  # a soak runs beside other work
        asyncio.run(everything())
    return account
