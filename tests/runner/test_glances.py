"""Looks at other logs: the newest wish is answered, trouble becomes words."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from cockpit.core import cadence
from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.text.logline import LogLine
from cockpit.errors import Unreachable
from cockpit.ports import Budget
from cockpit.runner.glances import Glances
from cockpit.runner.tasks import Tasks
from cockpit.telemetry import Glance, Telemetry

from .conftest import Bring, plan_of

NOW = datetime(2026, 2, 1, tzinfo=UTC)
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

    budget = Budget(0, 1000, 50)

    async def request_log(self, *_: str) -> tuple[LogLine, ...]:
        raise Unreachable("Railway did not answer.", "Ask again.")


def looking(platforms: dict[str, Any], conceal: Conceal = plainly) -> tuple[Glances, Telemetry]:
    clock = SimpleNamespace(now=lambda: NOW)
    session: Any = SimpleNamespace(telemetry=Telemetry(), clock=clock, state=SimpleNamespace(rollouts={}))
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


async def test_a_request_log_is_asked_again_while_it_is_read_and_slower_as_requests_run_out():
    glances, live = looking({"railway": Logs()})
    assert glances.due(NOW) is None
    live.glance = HTTP
    assert glances.due(NOW + timedelta(hours=1)) is None, "it is being asked for the first time"
    live.glance = seen = replace(HTTP, lines=(LINE,), asked=NOW)
    assert glances.due(NOW + cadence.LOGS) is seen
    assert glances.due(NOW + cadence.LOGS - timedelta(seconds=1)) is None
    live.budget = Budget(712, 1000, 50)
    assert glances.due(NOW + cadence.LOGS) is None
    assert glances.due(NOW + 8 * cadence.LOGS) is seen
    await glances.look(seen)
    assert live.glance == replace(seen, trouble="Railway did not answer. Ask again."), "what came before stays"
    live.glance = None
    assert glances.due(NOW + timedelta(hours=1)) is None


async def test_a_build_that_is_over_is_not_asked_for_again():
    glances, live = looking({"railway": Logs()})
    live.glance = replace(BUILD, lines=(LINE,), asked=NOW)
    assert glances.due(NOW + timedelta(hours=1)) is None, "nobody knows of a rollout of it"


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


async def test_a_build_log_grows_on_the_screen_until_it_is_up(world: Bring, bench: Bring) -> None:
    place = await world(speed=60)
    made = await bench(plan_of("do deploy_web"), world=place)
    await made.do("work/do:deploy_web")
    await made.until(lambda: made.intent("work/do:deploy_web").deployment, "a deployment")
    made.session.glance(Glance("build", "web", made.intent("work/do:deploy_web").deployment or ""))
    lengths: list[int] = []

    def is_whole() -> bool:
        seen = made.session.telemetry.glance
        if seen is not None and seen.lines is not None and len(seen.lines) not in lengths:
            lengths.append(len(seen.lines))
        return bool(seen and seen.lines and any("Healthcheck succeeded" in one.text for one in seen.lines))

    await made.until(is_whole, "the whole build")
    assert len(lengths) > 2
    assert lengths == sorted(lengths)
