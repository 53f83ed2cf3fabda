"""A trial of the log reader: a schedule of faults over loopback, and what must be true of what was delivered.

The simulator's own account of its lines is the truth. The reader is the real one; only its patience is short.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from cockpit.adapters.railway import logs, socket
from cockpit.adapters.railway.stamps import nanoseconds, written
from cockpit.adapters.railway.tail import Pace
from cockpit.core.text.logline import LogGap, LogLine
from cockpit.simulator import logs as told
from cockpit.simulator.clock import nano, nanos
from cockpit.simulator.faults import Fault, Rule
from cockpit.simulator.logs import Source
from tests.adapters.railway.conftest import World, brief, playing
from tests.adapters.railway.listener import Heard, following

_SECOND = 1_000_000_000

TROUBLES: dict[str, tuple[Rule, ...]] = {
    "nothing": (),
    "completes": (),
    "drops": (Rule(fault=Fault.DROP_SOCKETS, operation="LogStream", count=2),),
    "stalls": (Rule(fault=Fault.STALL, operation="LogStream", count=1),),
    "falls deaf": (Rule(fault=Fault.DEAF, operation="LogStream", count=1),),
    "says twice": (Rule(fault=Fault.DUPLICATE, operation="LogStream", count=3),),
    "says late": (Rule(fault=Fault.LATE, operation="LogStream", count=2, seconds=0.03),),
    "says backwards": (Rule(fault=Fault.SHUFFLE, operation="LogStream", count=3),),
    "drops, then refuses": (
        Rule(fault=Fault.DROP_SOCKETS, operation="LogStream", count=1),
        Rule(fault=Fault.REFUSE_UPGRADE, count=2, status=403),
    ),
    "drops, and HTTP fails": (
        Rule(fault=Fault.DROP_SOCKETS, operation="LogStream", count=1),
        Rule(fault=Fault.STATUS, operation="Logs", count=5, status=502),
    ),
    "sheds load": (Rule(fault=Fault.COMPLETE, operation="LogStream", count=3),),
    "limits": (),
}
"""What goes wrong while a wave of lines comes."""
NEVER_LATE = frozenset(TROUBLES) - {"says late", "falls deaf"}
"""Under these nothing comes after what is newer."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Lines of both services, and the trouble while they come."""

    trouble: str
    lines: int


SCHEDULES = st.lists(st.builds(Wave, st.sampled_from(sorted(TROUBLES)), st.integers(1, 400)), min_size=1, max_size=6)


@dataclass
class Trial:
    """What came of a schedule."""

    emitted: list[tuple[str, str, str, str]]
    """Deployment, instance, stamp and text of every line that could be had, in the order of their stamps."""
    heard: Heard
    later: frozenset[tuple[str, str, str, str]] = frozenset()
    """What the apps said of themselves while the last lines were waited for; it may have come too."""

    def __post_init__(self) -> None:
        self._read = 0
        self._left = set(self.emitted)

    @property
    def delivered(self) -> list[tuple[str, str, str, str]]:
        return [key(line) for line in self.heard.lines]

    @property
    def missing(self) -> set[tuple[str, str, str, str]]:
        """What has not come yet; reads on where it last stopped, for it is asked at every line."""
        fresh = self.heard.lines[self._read :]
        self._read += len(fresh)
        self._left -= {key(line) for line in fresh}
        return self._left

    @property
    def holes(self) -> list[LogGap]:
        """Gaps that may hide a line that could be had: what the platform dropped was never among them."""
        limits = {line.at for line in self.heard.lines if "Messages dropped" in line.text}
        return [gap for gap in self.heard.gaps if gap.until not in limits]

    def is_settled(self) -> bool:
        """Every line has come, or is told to be missing."""
        missing = self.missing
        if not missing:
            return True
        holes = self.holes
        return all(any(_is_in(gap, line[2]) for gap in holes) for line in missing)

    def assert_true(self, waves: list[Wave]) -> None:
        """Every line once, order kept per instance, gaps only where lines were truly unavailable."""
        twice = [line for line, count in Counter(self.delivered).items() if count > 1]
        assert twice == []
        assert set(self.delivered) - set(self.emitted) - self.later == set()
        assert self.is_settled(), f"{len(self.missing)} lines are missing without a word"
        self._assert_order()
        self._assert_gaps()
        if {wave.trouble for wave in waves} <= NEVER_LATE and not self.holes:
            assert [line for line in self.heard.lines if line.late] == []

    def _assert_order(self) -> None:
        newest: dict[tuple[str, str], int] = {}
        for line in self.heard.lines:
            if line.level == "platform":
                continue
            at, instance = nanoseconds(line.stamp), (line.deployment, line.instance)
            assert line.late == (at < newest.get(instance, at)), f"{line} has another place than it says"
            newest[instance] = max(at, newest.get(instance, at))

    def _assert_gaps(self) -> None:
        for gap in self.holes:
            assert any(_is_in(gap, line[2]) for line in self.missing), f"{gap} hides nothing"
        limits = {line.at for line in self.heard.lines if "Messages dropped" in line.text}
        assert limits <= {gap.until for gap in self.heard.gaps}


async def trial(folder: Path, waves: list[Wave]) -> Trial:
    """Play a schedule in a world of its own."""
    async with playing(folder, 1.0) as world:
        pace = Pace(time.monotonic, brief, poll=0.01, doubt=0.3, retry_socket=0.05)
        since = world.now()
        async with following(world.railway(pace=pace, requests_per_hour=1_000_000), since, "web", "worker") as heard:
            await heard.until(lambda: bool(heard.links))
            for number, wave in enumerate(waves):
                await _play(world, heard, number, wave)
            world.misbehave()
            await _flood(world, "the end", 1)
            made = Trial(_emitted(world, since), heard)
            try:
                await heard.until(made.is_settled)
            except TimeoutError:
                never = sorted(made.missing, key=lambda line: line[2])[:5]
                raise AssertionError(f"{len(made.missing)} lines never came, the first of them {never}") from None
            made.later = frozenset(_emitted(world, since))
    return made


@contextmanager
def short_patience(answer: float = 0.5) -> Iterator[None]:
    """Heartbeats in hundredths of seconds: what they do is on trial, not how long they take.

    `answer` is how long a pong may take, in seconds: on a starved machine a short wait takes every socket for dead.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "_QUIET", 0.02)
        patch.setattr(socket, "_BEAT", 0.03)
        patch.setattr(socket, "_ANSWER", answer)
        yield


@contextmanager
def small_pages(page: int, pages: int) -> Iterator[None]:
    """Less can be read back than a wave has lines, so that some are truly lost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "PAGE", page)
        changed = {**(logs.window.__kwdefaults__ or {}), "page": page, "pages": pages}
        patch.setattr(logs.window, "__kwdefaults__", changed)
        yield


def key(line: LogLine) -> tuple[str, str, str, str]:
    return (line.deployment, line.instance, line.stamp, line.text)


async def _play(world: World, heard: Heard, number: int, wave: Wave) -> None:
    """One wave under its trouble; over when its last line has come, or has had the time to be lost."""
    world.misbehave(*TROUBLES[wave.trouble])
    world.simulation.log_life = 0.05 if wave.trouble in ("completes", "sheds load") else 45.0
    before = len(heard.lines) + len(heard.gaps)
    limited = wave.trouble == "limits"
    await _flood(world, f"wave {number}", wave.lines + 510 * limited, platform_limit=limited)
    await heard.until(lambda: len(heard.lines) + len(heard.gaps) > before)


async def _flood(world: World, text: str, lines: int, **rest: Any) -> None:
    for service in ("web", "worker"):
        body = {"service": service, "lines": lines, "per_second": 20_000, "text": f"{text} line {{n}}"} | rest
        await world.admin("/logs", **body)


def _emitted(world: World, since: datetime) -> list[tuple[str, str, str, str]]:
    """All that was or will be said up to the second after the last flood, when the platform has told what it dropped.

    A wave is written beforehand: time only uncovers it. Staging has the same services, and nobody listens there.
    """
    services = {one.id for one in world.simulation.world.services.values() if one.name in ("web", "worker")}
    until = max(one.start + one.lines * one.step for one in world.simulation.world.emissions)
    until = (until // _SECOND + 1) * _SECOND
    low, high = nanoseconds(written(since)) - 1, max(until, nanos(world.now()))
    production = world.simulation.world.environment_named("production").id
    lines = told.between(world.simulation.world, Source(environment=production), low, high)
    return [(one.deployment, one.replica or "", nano(one.at), one.message) for one in lines if one.service in services]


def _is_in(gap: LogGap, stamp: str) -> bool:
    """Gaps have microseconds, stamps nanoseconds."""
    at = nanoseconds(stamp) // 1000
    return nanoseconds(written(gap.since)) // 1000 <= at <= nanoseconds(written(gap.until)) // 1000
