"""Nine steps of coming, leaving and being killed: a sample of `tests/soak`, which has sixty."""

from __future__ import annotations

from pathlib import Path

from tests.page import serving
from tests.soak.attachments import House, check

STEPS = (
    "monitor comes",
    "page fails",
    "driver comes",
    "monitor is killed",
    "monitor comes",
    "driver is killed",
    "page answers",
    "driver comes",
    "driver leaves",
)


async def test_one_asks_and_nothing_is_lost_whoever_comes_and_goes(tmp_path: Path) -> None:
    with serving() as page:
        house = House(tmp_path, page)
        await house.begin()
        try:
            for step in STEPS:
                house.carry_out(step)
        finally:
            house.end()
        assert check(house) == [], house.said()
