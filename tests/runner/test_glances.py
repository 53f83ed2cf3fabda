"""Looks at other logs: the newest wish is answered, trouble becomes words."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.text.logline import LogLine
from cockpit.errors import Unreachable
from cockpit.runner.glances import Glances
from cockpit.runner.tasks import Tasks
from cockpit.telemetry import Glance, Telemetry

LINE = LogLine(datetime(2026, 1, 31, tzinfo=UTC), "", "scheduling build", "info", "web", "d1", "")
BUILD, HTTP = Glance("build", "web", "d1"), Glance("http", "web", "d1")


class Logs:
    """A platform that has a build log, once it is let go, and whose requests cannot be read."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def build_log(self, service: str, deployment: str) -> tuple[LogLine, ...]:
        assert (service, deployment) == ("web", "d1")
        await self.go.wait()
        return (LINE,)

    async def request_log(self, *_: str) -> tuple[LogLine, ...]:
        raise Unreachable("Railway did not answer.", "Ask again.")


def looking(platforms: dict[str, Any], conceal: Conceal = plainly) -> tuple[Glances, Telemetry]:
    session: Any = SimpleNamespace(telemetry=Telemetry())
    return Glances(session, platforms, conceal), session.telemetry


async def test_secrets_in_a_build_log_are_not_shown():
    logs = Logs()
    logs.go.set()
    glances, live = looking({"railway": logs}, lambda text: text.replace("build", "•••"))
    live.glance = BUILD
    await glances.look(BUILD)
    assert live.glance is not None
    assert live.glance.lines is not None
    assert [line.text for line in live.glance.lines] == ["scheduling •••"]


async def test_what_comes_and_what_does_not_is_in_telemetry():
    logs = Logs()
    logs.go.set()
    glances, live = looking({"railway": logs})
    for wish, lines, trouble in ((BUILD, (LINE,), ""), (HTTP, None, "Railway did not answer. Ask again.")):
        live.glance = wish
        await glances.look(wish)
        assert live.glance is not None
        assert (live.glance.lines, live.glance.trouble) == (lines, trouble)


async def test_an_answer_to_an_older_wish_is_dropped():
    logs = Logs()
    glances, live = looking({"railway": logs})
    live.glance = BUILD
    looked = asyncio.create_task(glances.look(BUILD))
    live.glance = HTTP
    logs.go.set()
    await looked
    assert live.glance == HTTP


async def test_a_plan_without_railway_has_nobody_to_ask():
    glances, live = looking({})
    live.glance = BUILD
    await glances.look(BUILD)
    assert live.glance is not None
    assert "no Railway connection" in live.glance.trouble


async def test_a_wish_in_the_instant_in_which_the_one_before_is_answered_is_answered_too():
    tasks = Tasks()
    answered = asyncio.Event()

    async def second() -> None:
        answered.set()

    async def first() -> None:
        # Before the loop hears that this one is done.
        asyncio.get_running_loop().call_soon(lambda: tasks.begin("glance", second()))

    tasks.begin("glance", first())
    async with asyncio.timeout(5):
        await answered.wait()
