from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, aclosing
from datetime import datetime, timedelta

import pytest

from cockpit.adapters.railway import Railway, logs, socket, tail
from cockpit.adapters.railway.credential import Credential
from cockpit.adapters.railway.tail import Event
from cockpit.core.logline import LogGap, LogLine, LogLink
from cockpit.simulator.faults import Fault, Rule
from tests.adapters.railway.conftest import World

LINES = 2000
PATIENCE = 20.0


@pytest.fixture(autouse=True)
def _no_patience_for_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "_QUIET", 0.02)


class Heard:
    """What a tail delivered so far."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []
        self.numbers: list[int] = []
        """Of the flooded lines, as they came."""
        self.gaps: list[LogGap] = []
        self.links: list[LogLink] = []

    @property
    def states(self) -> list[str]:
        return [link.state for link in self.links]

    def hear(self, event: Event) -> None:
        match event:
            case LogLine():
                self.lines.append(event)
                if event.text.startswith("line "):
                    self.numbers.append(int(event.text.split()[1]))
            case LogGap():
                self.gaps.append(event)
            case LogLink():
                self.links.append(event)


async def listen(
    railway: Railway, since: datetime, heard: Heard, until: Callable[[], bool], services: tuple[str, ...] = ("web",)
) -> None:
    async with asyncio.timeout(PATIENCE), aclosing(railway.follow(services, since)) as events:
        async for event in events:
            heard.hear(event)
            if until():
                return


async def flood(world: World, lines: int = LINES, **rest: object) -> None:
    await world.admin("/logs", **({"service": "web", "lines": lines, "per_second": 8000} | rest))


async def linked(heard: Heard) -> None:
    """Until the tail has said how it listens."""
    async with asyncio.timeout(PATIENCE):
        while not heard.links:
            await asyncio.sleep(0.005)


async def heard_all(world: World, railway: Railway, lines: int = LINES) -> Heard:
    """Follow, then flood, until every flooded line has come."""
    heard = Heard()
    listening = asyncio.create_task(listen(railway, world.now(), heard, lambda: len(heard.numbers) >= lines))
    await linked(heard)
    await flood(world, lines)
    await listening
    return heard


def assert_once_each_in_order(heard: Heard, lines: int = LINES) -> None:
    first = min(heard.numbers)
    assert heard.numbers == list(range(first, first + lines))
    assert heard.gaps == []


async def test_two_thousand_lines_by_websocket_once_each_in_order(world: World):
    heard = await heard_all(world, world.railway())
    assert_once_each_in_order(heard)
    assert heard.states == ["live"]
    assert len(world.asked("LogStream")) == 1


@pytest.mark.parametrize("status", [400, 403, 502])
async def test_the_same_two_thousand_by_polling_when_the_upgrade_is_refused(world: World, status: int):
    world.fault(Fault.REFUSE_UPGRADE, status=status)
    heard = await heard_all(world, world.railway())
    assert_once_each_in_order(heard)
    assert heard.states == ["polling"]
    assert world.asked("LogStream") == []


async def test_a_refusal_at_subscribing_leads_to_polling_and_is_never_called_live(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """As was seen of project tokens: the acknowledgement comes, and then a `next` with errors."""

    def misunderstood(endpoint: str, credential: Credential) -> AbstractAsyncContextManager[socket.Socket]:
        return socket.opened(endpoint, credential.turned())

    monkeypatch.setattr(tail, "opened", misunderstood)
    heard = await heard_all(world, world.railway(), 100)
    assert_once_each_in_order(heard, 100)
    assert heard.states == ["polling"]
    assert "does not accept this token" in heard.links[0].why


async def test_sockets_that_break_lose_nothing_and_repeat_nothing(world: World):
    world.misbehave(Rule(fault=Fault.DROP_SOCKETS, operation="LogStream", count=2))
    railway = world.railway()
    heard = await heard_all(world, railway)
    assert_once_each_in_order(heard)
    assert "reconnecting" in heard.states
    assert len(world.asked("LogStream")) == 3
    assert heard.states[:2] == ["reconnecting", "live"] or heard.states[:3] == ["live", "reconnecting", "live"]


async def test_sockets_that_always_break_give_way_to_polling(world: World):
    world.fault(Fault.DROP_SOCKETS, "LogStream")
    heard = await heard_all(world, world.railway())
    assert_once_each_in_order(heard)
    assert heard.states[-1] == "polling"


async def test_a_stream_that_completes_is_asked_for_again_on_the_same_socket(world: World):
    world.simulation.log_life = 0.02
    heard = await heard_all(world, world.railway())
    assert_once_each_in_order(heard)
    assert heard.states == ["live"]
    assert len(world.asked("LogStream")) > 2
    assert len(world.asked("Logs")) == 1, "only a new socket is backfilled over HTTP"


async def test_load_shedding_is_waited_out(world: World):
    world.misbehave(Rule(fault=Fault.COMPLETE, operation="LogStream", count=5))
    heard = await heard_all(world, world.railway())
    assert_once_each_in_order(heard)
    assert len(world.asked("LogStream")) == 6


async def test_what_was_said_before_one_came_is_heard_first(world: World):
    since = world.now()
    await flood(world, 300)
    railway, heard = world.railway(), Heard()
    await listen(railway, since, heard, lambda: len(heard.numbers) == 300)
    assert_once_each_in_order(heard, 300)


async def test_a_message_that_is_full_is_the_newest_of_more(world: World, monkeypatch: pytest.MonkeyPatch):
    """The server drops what exceeds its limit without a word: HTTP has the rest."""
    monkeypatch.setattr(logs, "PAGE", 40)
    monkeypatch.setattr(logs.window, "__kwdefaults__", {"page": 40, "pages": 100})
    heard = await heard_all(world, world.railway(requests_per_hour=10_000))
    assert_once_each_in_order(heard)


async def test_a_gap_is_told_where_more_came_than_can_be_read(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(logs.window, "__kwdefaults__", {"page": 20, "pages": 2})
    since = world.now()
    await flood(world, 300)
    await asyncio.sleep(0.05)
    heard = Heard()
    await listen(world.railway(), since, heard, lambda: bool(heard.numbers))
    assert [gap.why for gap in heard.gaps] == ["More lines came than can be read back."]
    assert heard.gaps[0].since <= since < heard.gaps[0].until


async def test_lines_the_platform_dropped_are_a_gap(world: World):
    railway, heard, since = world.railway(), Heard(), world.now()
    listening = asyncio.create_task(listen(railway, since, heard, lambda: bool(heard.gaps)))
    await flood(world, 2000, platform_limit=True)
    await listening
    assert "dropped" in heard.gaps[0].why
    assert heard.lines[-1].level == "platform"
    assert heard.gaps[0].since <= heard.gaps[0].until == heard.lines[-1].at


async def test_no_answer_at_all_is_down_and_passes(world: World):
    railway, heard, since = world.railway(), Heard(), world.now()
    await railway.scope()
    world.misbehave(Rule(fault=Fault.REFUSE_UPGRADE), Rule(fault=Fault.STATUS, operation="Logs", status=500))

    def recovered() -> bool:
        if heard.states == ["down"]:
            world.misbehave(Rule(fault=Fault.REFUSE_UPGRADE))
        return len(heard.numbers) == 100

    listening = asyncio.create_task(listen(railway, since, heard, recovered))
    await flood(world, 100)
    await listening
    assert heard.states == ["down", "polling"]
    assert_once_each_in_order(heard, 100)


async def test_polling_stops_short_of_what_is_held_back(world: World):
    world.fault(Fault.REFUSE_UPGRADE)
    railway, heard = world.railway(requests_per_hour=20), Heard()
    await listen(railway, world.now(), heard, lambda: heard.states[-1:] == ["down"])
    assert railway.budget.used == 10
    assert "10 of 20" in heard.links[-1].why


async def test_a_service_nobody_has_is_down_with_its_name(world: World):
    heard = Heard()
    await listen(world.railway(), world.now(), heard, lambda: True, ("wbe",))
    assert [link.state for link in heard.links] == ["down"]
    assert "wbe" in heard.links[0].why


async def test_two_services_share_one_stream(world: World):
    railway, heard = world.railway(), Heard()

    def both() -> bool:
        return {line.service for line in heard.lines if line.text.startswith("line ")} == {"web", "worker"}

    listening = asyncio.create_task(listen(railway, world.now(), heard, both, ("web", "worker")))
    await linked(heard)
    await flood(world, 5)
    await flood(world, 5, service="worker")
    await listening
    assert len(world.asked("LogStream")) == 1


async def test_old_and_new_are_told_apart_and_the_platforms_lines_become_witnesses(swift: World):
    railway, heard, since = swift.railway(requests_per_hour=10_000), Heard(), swift.now()
    old = await railway.serving("web")
    assert old is not None
    listening = asyncio.create_task(
        listen(railway, since, heard, lambda: any(line.text == "Stopping Container" for line in heard.lines))
    )
    new = await railway.deploy("web")
    await listening
    assert {line.deployment for line in heard.lines} == {old.id, new}
    seen = await railway.observe("web", new, old.id)
    assert [(line.text, line.deployment) for line in seen.lines] == [
        ("Starting Container", new), ("Stopping Container", old.id),
    ]  # fmt: skip


async def test_closing_takes_no_second(world: World):
    railway, heard = world.railway(), Heard()
    await listen(railway, world.now() - timedelta(hours=1), heard, lambda: bool(heard.lines))
    loop = asyncio.get_running_loop()
    began = loop.time()
    await railway.close()
    assert loop.time() - began < 1
