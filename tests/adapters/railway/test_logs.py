from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from cockpit.adapters.railway import logs
from cockpit.adapters.railway.logs import Window
from cockpit.adapters.railway.stamps import written
from cockpit.ports import Scope
from tests.adapters.railway.conftest import World

LINES = 250


async def read(world: World, since: datetime, *, page: int, pages: int = 20, until: str | None = None) -> Window:
    railway = world.railway()
    scope = await railway.scope()
    wanted = [scope.services["web"]]
    return await logs.window(railway.client, scope, wanted, written(since), until, page=page, pages=pages)


async def flooded(world: World, **flood: object) -> datetime:
    """The instant before so many lines, all of which are there by now."""
    since = world.now()
    await world.admin("/logs", **({"service": "web", "lines": LINES, "per_second": 100_000} | flood))
    while world.now() < since + timedelta(milliseconds=50):
        pass
    return since


def numbers(window: Window) -> list[int]:
    return [int(line.text.split()[1]) for line in window.lines if line.text.startswith("line ")]


@pytest.mark.parametrize("page", [5000, LINES, 100, 7])
async def test_a_window_is_read_whole_whatever_fits_a_page(world: World, page: int):
    since = await flooded(world)
    window = await read(world, since, page=page, pages=100)
    assert window.whole
    assert numbers(window) == list(range(numbers(window)[0], numbers(window)[0] + LINES))


async def test_a_window_larger_than_can_be_read_is_not_whole_and_shows_the_newest(world: World):
    since = await flooded(world)
    window = await read(world, since, page=50, pages=2)
    assert not window.whole
    newest = numbers(await read(world, since, page=5000))[-1]
    assert numbers(window)[-1] == newest
    assert 50 < len(numbers(window)) <= 101


class Stuck:
    """An API that has more lines of one instant than a page holds, and shows the same page for ever."""

    def __init__(self) -> None:
        self.asked = 0

    async def ask(self, *_: object, **__: object) -> dict[str, Any]:
        self.asked += 1
        line: dict[str, Any] = {"timestamp": "2026-11-22T12:00:00Z", "severity": None, "attributes": [], "tags": None}
        return {"environmentLogs": [line | {"message": f"line {n}"} for n in range(11)]}


async def test_lines_of_one_instant_that_fill_a_page_are_a_hole_and_no_endless_loop():
    stuck, scope = Stuck(), Scope("project", "reports", "p", "production", "e", {"web": "w"})
    window = await logs.window(stuck, scope, ["w"], "2026-11-22T11:00:00Z", page=10)  # type: ignore[arg-type]  # asked alike
    assert stuck.asked == 2
    assert not window.whole
    assert numbers(window) == list(range(11))


async def test_a_quiet_window_is_whole_and_empty(world: World):
    window = await read(world, world.now() + timedelta(hours=1), page=10)
    assert window == Window([], whole=True)


async def test_lines_carry_names_stamps_and_levels(world: World):
    since = await flooded(world, lines=1, text="boom {n}", severity="error")
    (line,) = [line for line in (await read(world, since, page=10)).lines if line.text.startswith("boom")]
    assert (line.service, line.level) == ("web", "error")
    assert line.deployment
    assert line.instance
    assert line.stamp.endswith("Z")
    assert written(line.at)[:26] == line.stamp[:26]
