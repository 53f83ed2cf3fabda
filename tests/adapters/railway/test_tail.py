from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest

from cockpit.adapters.railway import logs, socket, tail
from cockpit.adapters.railway.credential import Credential
from cockpit.simulator.faults import Fault, Rule
from tests.adapters.railway.conftest import World, brief
from tests.adapters.railway.listener import Heard, following

LINES = 2000


@pytest.fixture(autouse=True)
def _no_patience_for_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "_QUIET", 0.02)


async def flood(world: World, wave: int = 1, lines: int = LINES, **rest: object) -> None:
    text = f"wave {wave} line {{n}}"
    await world.admin("/logs", **({"service": "web", "lines": lines, "per_second": 20_000, "text": text} | rest))


async def heard_wave(world: World, heard: Heard, wave: int = 1, lines: int = LINES) -> None:
    """Flood once it is known how the tail listens; back when every line of it has come."""
    await heard.until(lambda: bool(heard.links))
    before = len(heard.numbers)
    await flood(world, wave, lines)
    await heard.until(lambda: len(heard.numbers) >= before + lines)


async def test_two_thousand_lines_by_websocket_once_each_in_order(world: World):
    async with following(world.railway(), world.now()) as heard:
        await heard_wave(world, heard)
    heard.assert_once_each_in_order(LINES)
    assert heard.states == ["live"]
    assert len(world.asked("LogStream")) == 1
    assert len(world.asked("Logs")) == 1


@pytest.mark.parametrize("status", [400, 403])
async def test_the_same_two_thousand_by_polling_when_the_upgrade_is_refused(world: World, status: int):
    world.fault(Fault.REFUSE_UPGRADE, status=status)
    async with following(world.railway(), world.now()) as heard:
        await heard_wave(world, heard)
    heard.assert_once_each_in_order(LINES)
    assert heard.states == ["polling"]
    assert str(status) in heard.links[0].why
    assert world.asked("LogStream") == []


async def test_a_server_in_trouble_is_asked_for_a_socket_again_and_polled_if_that_lasts(world: World):
    world.fault(Fault.REFUSE_UPGRADE, status=502, count=1)
    async with following(world.railway(), world.now()) as heard:
        await heard_wave(world, heard, lines=100)
        await heard.until(lambda: heard.state == "live")
    heard.assert_once_each_in_order(100)
    assert "502" in heard.links[0].why
    world.fault(Fault.REFUSE_UPGRADE, status=502)
    async with following(world.railway(), world.now()) as heard:
        await heard.until(lambda: heard.state == "polling")


async def test_a_refusal_at_subscribing_leads_to_polling_and_is_never_called_live(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """As was seen of project tokens: the acknowledgement comes, and then a `next` with errors."""

    def misunderstood(endpoint: str, credential: Credential) -> AbstractAsyncContextManager[socket.Socket]:
        return socket.opened(endpoint, credential.turned())

    monkeypatch.setattr(socket, "_QUIET", 5.0)
    monkeypatch.setattr(tail, "opened", misunderstood)
    async with following(world.railway(), world.now()) as heard:
        await heard_wave(world, heard, lines=100)
    heard.assert_once_each_in_order(100)
    assert heard.states == ["polling"]
    assert "does not accept this token" in heard.links[0].why


async def test_sockets_that_break_lose_nothing_and_repeat_nothing(world: World):
    world.misbehave(Rule(fault=Fault.DROP_SOCKETS, operation="LogStream", count=2))
    async with following(world.railway(), world.now()) as heard:
        for wave in range(3):
            await heard_wave(world, heard, wave, 300)
            await heard.until(lambda: heard.state == "live")
    heard.assert_once_each_in_order(900)
    assert heard.states[:2] == ["live", "reconnecting"]
    assert heard.state == "live"
    assert len(world.asked("LogStream")) == len(world.asked("Logs")) == 3


async def test_sockets_that_always_break_give_way_to_polling(world: World):
    world.fault(Fault.DROP_SOCKETS, "LogStream")
    async with following(world.railway(), world.now()) as heard:
        for wave in range(3):
            await heard_wave(world, heard, wave, 300)
            await heard.until(lambda: heard.state in {"live", "polling"})
        await heard_wave(world, heard, 3, 300)
    heard.assert_once_each_in_order(1200)
    assert heard.state == "polling"


async def test_a_websocket_is_tried_again_after_a_while_of_polling(world: World):
    railway = world.railway(pace=tail.Pace(asyncio.get_running_loop().time, asyncio.sleep, 0.005, retry_socket=0.05))
    world.misbehave(Rule(fault=Fault.REFUSE_UPGRADE, status=400, count=1))
    async with following(railway, world.now()) as heard:
        await heard_wave(world, heard, 1, 300)
        await heard.until(lambda: heard.state == "live")
        await heard_wave(world, heard, 2, 300)
    heard.assert_once_each_in_order(600)
    assert heard.states == ["polling", "live"]


async def test_a_stream_that_completes_is_asked_for_again_on_the_same_socket(world: World):
    world.simulation.log_life = 0.02
    waves = 0
    async with following(world.railway(), world.now()) as heard:
        while len(world.asked("LogStream")) < 4:
            waves += 1
            await heard_wave(world, heard, waves, 200)
    heard.assert_once_each_in_order(waves * 200)
    assert heard.states == ["live"]
    assert len(world.asked("Logs")) == 1, "only a new socket is filled up over HTTP"


async def test_load_shedding_is_waited_out(world: World):
    world.misbehave(Rule(fault=Fault.COMPLETE, operation="LogStream", count=5))
    async with following(world.railway(), world.now()) as heard:
        await heard_wave(world, heard, lines=300)
    heard.assert_once_each_in_order(300)
    assert len(world.asked("LogStream")) == 6
    assert heard.states == ["live"]


async def test_what_was_said_before_one_came_is_heard_too(world: World):
    since = world.now()
    await flood(world, 1, 300)
    async with following(world.railway(), since) as heard:
        await heard.until(lambda: len(heard.numbers) == 300)
        await heard_wave(world, heard, 2, 10)
    heard.assert_once_each_in_order(310)


async def test_a_message_that_is_full_is_the_newest_of_more(world: World, monkeypatch: pytest.MonkeyPatch):
    """The server drops what exceeds its limit without a word: HTTP has the rest."""
    monkeypatch.setattr(logs, "PAGE", 40)
    monkeypatch.setattr(logs.window, "__kwdefaults__", {**(logs.window.__kwdefaults__ or {}), "page": 40, "pages": 100})
    async with following(world.railway(requests_per_hour=10_000), world.now()) as heard:
        await heard_wave(world, heard, lines=500)
    heard.assert_once_each_in_order(500)
    assert len(world.asked("Logs")) > 5


async def test_a_gap_is_told_where_more_came_than_can_be_read(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(logs.window, "__kwdefaults__", {**(logs.window.__kwdefaults__ or {}), "page": 20, "pages": 2})
    world.fault(Fault.REFUSE_UPGRADE, status=400)
    since = world.now()
    await flood(world, 1, 300, per_second=1_000_000)
    async with following(world.railway(), since) as heard:
        await heard.until(lambda: bool(heard.gaps))
        await heard.until(lambda: bool(heard.numbers))
    assert heard.gaps[0].why == "More lines came than can be read back."
    assert heard.gaps[0].since <= since < heard.gaps[0].until
    assert len(heard.numbers) < 300


async def test_lines_the_platform_dropped_are_a_gap(world: World):
    async with following(world.railway(), world.now()) as heard:
        await heard.until(lambda: bool(heard.links))
        await flood(world, platform_limit=True)
        await heard.until(lambda: bool(heard.gaps))
    (gap, *_), warnings = heard.gaps, [line for line in heard.lines if line.level == "platform"]
    assert "dropped" in gap.why
    assert gap.since <= gap.until == warnings[0].at


async def test_no_answer_at_all_is_down_and_passes(world: World):
    railway = world.railway()
    await railway.scope()
    no_socket = Rule(fault=Fault.REFUSE_UPGRADE, status=400)
    world.misbehave(no_socket, Rule(fault=Fault.STATUS, operation="Logs", status=500))
    async with following(railway, world.now()) as heard:
        await heard.until(lambda: heard.state == "down")
        world.misbehave(no_socket)
        await heard_wave(world, heard, lines=100)
    heard.assert_once_each_in_order(100)
    assert heard.states == ["down", "polling"]


async def test_polling_stops_short_of_what_is_held_back(world: World):
    world.fault(Fault.REFUSE_UPGRADE, status=400)
    railway = world.railway(requests_per_hour=20)
    async with following(railway, world.now()) as heard:
        await heard.until(lambda: heard.state == "down")
    assert railway.budget.used == 10
    assert "10 of 20" in heard.links[-1].why


async def test_a_service_nobody_has_is_down_with_its_name(world: World):
    async with following(world.railway(), world.now(), "wbe") as heard:
        await heard.until(lambda: bool(heard.links))
    assert heard.state == "down"
    assert "wbe" in heard.links[0].why


async def test_two_services_share_one_stream(world: World):
    async with following(world.railway(), world.now(), "web", "worker") as heard:
        await heard.until(lambda: bool(heard.links))
        await flood(world, 1, 5)
        await flood(world, 2, 5, service="worker")
        await heard.until(lambda: len(heard.numbers) == 10)
    assert {line.service for line in heard.lines if line.text.startswith("wave ")} == {"web", "worker"}
    assert len(world.asked("LogStream")) == 1


async def test_old_and_new_are_told_apart_and_the_platforms_lines_become_witnesses(swift: World):
    railway = swift.railway(requests_per_hour=10_000)
    old = await railway.serving("web")
    assert old is not None
    async with following(railway, swift.now()) as heard:
        new = await railway.deploy("web")
        await heard.until(lambda: any(line.text == "Stopping Container" for line in heard.lines))
        seen = await railway.observe("web", new, old.id)
    assert {line.deployment for line in heard.lines} == {old.id, new}
    assert {(line.text, line.deployment) for line in seen.lines} == {
        ("Starting Container", new),
        ("Stopping Container", old.id),
    }


async def test_closing_takes_no_second(world: World):
    railway, loop = world.railway(), asyncio.get_running_loop()
    async with following(railway, world.now() - timedelta(hours=1)) as heard:
        await heard.until(lambda: heard.state == "live")
        began = loop.time()
    await railway.close()
    assert loop.time() - began < 1


async def test_a_quiet_stream_tells_signs_of_life_and_is_doubted_less_and_less(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(socket, "_BEAT", 0.005)
    monkeypatch.setattr(tail, "_TELL_AGAIN", 0.0)
    railway = world.railway(pace=tail.Pace(asyncio.get_running_loop().time, asyncio.sleep, doubt=0.01))
    async with following(railway, world.now(), "worker") as heard:
        await heard.until(lambda: heard.signs > 30)
    assert heard.state == "live"
    assert heard.links[-1].heard is not None
    assert 2 <= len(world.asked("Logs")) < 12


async def test_a_stream_that_fell_silent_on_a_living_socket_is_found_out(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "_BEAT", 0.02)
    railway = world.railway(pace=tail.Pace(asyncio.get_running_loop().time, brief, doubt=0.3))
    world.misbehave(Rule(fault=Fault.DEAF, operation="LogStream", count=1))
    async with following(railway, world.now()) as heard:
        await heard_wave(world, heard, 1, 50)
        await heard.until(lambda: heard.states == ["live", "reconnecting", "live"])
    heard.assert_once_each_in_order(50)
    assert "left lines out" in heard.links[1].why


async def test_a_new_socket_reads_no_page_again_that_was_delivered(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(logs, "PAGE", 100)
    monkeypatch.setattr(logs.window, "__kwdefaults__", {**(logs.window.__kwdefaults__ or {}), "page": 100})
    async with following(world.railway(requests_per_hour=10_000), world.now()) as heard:
        await heard_wave(world, heard, 1, 1000)
        before = len(world.asked("Logs"))
        world.misbehave(Rule(fault=Fault.DROP_SOCKETS, operation="LogStream", count=1))
        await heard_wave(world, heard, 2, 20)
        await heard.until(lambda: heard.states == ["live", "reconnecting", "live"])
    heard.assert_once_each_in_order(1020)
    assert len(world.asked("Logs")) - before <= 3
