"""Five hundred checks on mixed cadences in the whole program, in a terminal: what keys, checks and memory come to.

The plan deals the same mix at any size: most targets are well, a third is slow, fails, breaks off, hangs or is
locked. Everything is told from outside: keys by their paint, askings by the journal, connections by those asked.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cockpit.adapters.postgres.pool import MOST_CONNECTIONS
from tests.benchmarks.key_to_paint import CURSOR
from tests.conftest import Database
from tests.soak.targets import SLOW, Service, connections
from tests.ui.terminal_hand import Terminal

SHARES = {
    "ok": 36, "slow": 8, "broken": 6, "closing": 4, "hanging": 6, "trickling": 2,
    "counting": 26, "sleeping": 5, "stuck": 4, "locked": 3,
}  # fmt: skip
"""Of a hundred checks: HTTP above, the database below."""

QUICK = {"ok", "counting", "broken", "closing"}
"""Kinds that answer at once, whatever they say."""

_SQL = {
    "counting": "select count(*) from jobs where status = 'done'",
    "sleeping": f"select 1 from pg_sleep({SLOW})",
    "stuck": "select 1 from pg_sleep(3600)",
    "locked": "select count(*) from held",
}
MOST_HTTP = 20 + 10
"""Connections to one HTTP service: as `adapters/web.py` limits them, and some that the service has not seen end yet."""
_DEADLINES = {"hanging": 3, "trickling": 3, "stuck": 3, "locked": 4}
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Dealt:
    """One check and its cadence in seconds."""

    name: str
    kind: str
    every: int


@dataclass(slots=True)
class Tally:
    """What was measured."""

    keys: list[float] = field(default_factory=list)
    """Milliseconds from a key to its paint."""
    late: dict[Dealt, float] = field(default_factory=dict)
    """The largest (asked - due) / cadence of each check, its first asking aside."""
    asked: dict[Dealt, int] = field(default_factory=dict)
    """Readings of each check."""
    wronged: int = 0
    """Readings that say no answer came of a target which always answers at once."""
    first: float = 0.0
    """Seconds from the opening of the watch until every check was asked."""
    http_open: int = 0
    database_open: int = 0
    resident: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since the watch opened, and megabytes of memory then."""
    cpu: float = 0.0
    """Of one core, the share that was used."""
    bytes_painted: float = 0.0
    """A second."""
    journal_bytes: int = 0

    def percentile(self, share: float) -> float:
        ordered = sorted(self.keys)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    def latest(self, *, quick: bool) -> float:
        """The largest lateness among the checks that answer at once, or among the others."""
        return max(late for dealt, late in self.late.items() if (dealt.kind in QUICK) is quick)

    def memory(self, seconds: float) -> float:
        """Megabytes at about that time."""
        return min(self.resident, key=lambda sample: abs(sample[0] - seconds))[1]

    def shows_no_starving(self) -> None:
        """Every check was asked, and again before a third asking was due; nobody was called silent for another's sake.

        Two cadences without a reading are a monitor's silence.
        """
        assert min(self.asked.values()) > 0
        assert self.wronged == 0
        assert self.latest(quick=True) < 2
        assert self.latest(quick=False) < 2
        assert self.http_open <= MOST_HTTP
        assert self.database_open <= MOST_CONNECTIONS

    def __str__(self) -> str:
        (began, at_first), (ended, at_last) = self.resident[0], self.resident[-1]
        return (
            f"{len(self.asked)} checks, {sum(self.asked.values())} readings, each asked within {self.first:.1f} s; "
            f"{len(self.keys)} keys: p50 {self.percentile(0.5):.0f} ms, p95 {self.percentile(0.95):.0f} ms, "
            f"max {max(self.keys):.0f} ms; late by at most {self.latest(quick=True):.2f} cadences where there are "
            f"answers, {self.latest(quick=False):.2f} where not; {self.wronged} called silent that were not; "
            f"connections at most {self.http_open} HTTP, {self.database_open} Postgres; "
            f"memory {at_first:.1f} MB at {began:.0f} s, {self.memory(120):.1f} MB at 120 s, "
            f"{at_last:.1f} MB at {ended:.0f} s; {self.cpu:.0%} of a core; {self.bytes_painted:.0f} bytes/s painted; "
            f"journal {self.journal_bytes / 1e6:.1f} MB"
        )


def deal(count: int, seed: int, *, fastest: int = 5) -> list[Dealt]:
    """So many checks in the shares above, cadences shuffled; what hangs is asked once or twice a minute."""
    dealer = random.Random(seed)
    dealt = []
    for kind, share in SHARES.items():
        for number in range(max(1, round(count * share / 100))):
            brisk = [fastest, 2 * fastest, 3 * fastest, 6 * fastest, 12 * fastest]
            every = dealer.choice(brisk if kind in QUICK else brisk[-1:])
            dealt.append(Dealt(f"{kind}_{number}", kind, every))
    dealer.shuffle(dealt)
    return dealt[:count]


def plan_of(dealt: list[Dealt], service: Service, database: Database) -> str:
    """The plan as a file: one watch with a monitor for each check."""
    return "\n".join([
        'name = "Crowd"',
        "[connections.app]", 'kind = "http"', f'base_url = "{service.url}"',
        "[connections.db]", 'kind = "postgres"', 'url = "env:CROWD_URL"',
        *(line for each in dealt for line in _tables(each)),
        "[[phases]]", 'title = "Watch"', 'lasts = "7d from gate"', f"monitors = {[each.name for each in dealt]}",
        "[[phases]]", 'title = "Meanwhile"', 'items = ["tick One", "tick Two", "tick Three", "tick Four", "tick Five"]',
        "[[phases]]", 'title = "Gate"', 'gate = ["tick Everybody is ready"]',
    ])  # fmt: skip


def _tables(each: Dealt) -> Iterator[str]:
    yield f"[checks.{each.name}]"
    if each.kind in _SQL:
        yield from ('on = "db"', f'sql = "{_SQL[each.kind]}"', 'pass = "value >= 0"')
    else:
        yield from ('on = "app"', f'get = "/{each.kind}"', "pass = \"json.status == 'healthy'\"")
    yield f'deadline = "{_DEADLINES.get(each.kind, 5)}s"'
    yield from (f"[monitors.{each.name}]", f'check = "{each.name}"', f'every = "{each.every}s"')
    yield f'for = "{each.every * 4}s"'


def soak(
    dealt: list[Dealt], folder: Path, service: Service, database: Database, *, seconds: float, every: float = 1.0
) -> Tally:
    """The program in a terminal for so long, a key pressed every so often; its tally."""
    plan, state, tally = folder / "plan.toml", folder / "state", Tally()
    plan.write_text(plan_of(dealt, service, database), "utf-8")
    own = {"XDG_STATE_HOME": str(state), "HOME": str(folder), "CROWD_URL": database.url}
    with Terminal("cockpit", "run", str(plan), size=(120, 40), environ=own) as terminal:
        terminal.waits_for("Checklist", "? keys")
        began, used = time.monotonic(), terminal.cpu
        while (spent := time.monotonic() - began) < seconds:
            _press(terminal, tally, len(tally.keys))
            tally.resident.append((spent, terminal.resident))
            tally.database_open = max(tally.database_open, connections(database))
            tally.bytes_painted += len(terminal.painted)
            terminal.forgets()
            terminal.reads_for(every)
        tally.cpu = (terminal.cpu - used) / (time.monotonic() - began)
        tally.bytes_painted /= seconds
    tally.http_open = service.most_open
    (journal,) = state.rglob("*.sqlite")
    tally.journal_bytes = sum(each.stat().st_size for each in journal.parent.glob(f"{journal.name}*"))
    _read(journal, dealt, tally)
    return tally


def _press(terminal: Terminal, tally: Tally, number: int) -> None:
    """A key that moves the cursor, and the time until its row is painted."""
    start, painted = time.perf_counter(), b""
    terminal.types(b"j" if number % 8 < 4 else b"k")
    while CURSOR not in painted:
        painted += terminal.reads(0.002)
        assert time.perf_counter() - start < PATIENCE, "The key was not painted."
    tally.keys.append((time.perf_counter() - start) * 1000)


def _read(journal: Path, dealt: list[Dealt], tally: Tally) -> None:
    """How often each check was asked, and how late, as the journal has it. The end counts as an asking that is due."""
    with sqlite3.connect(journal) as db:
        rows = db.execute("select check_name, asked, verdict from readings order by asked").fetchall()
    times: dict[str, list[datetime]] = {each.name: [] for each in dealt}
    for name, asked, verdict in rows:
        times[name].append(datetime.fromisoformat(asked))
        tally.wronged += verdict != "pass" and name.partition("_")[0] in ("ok", "counting")
    begun, ended = datetime.fromisoformat(rows[0][1]), datetime.fromisoformat(rows[-1][1])
    tally.first = max((asked[0] if asked else ended) - begun for asked in times.values()).total_seconds()
    for each in dealt:
        asked, cadence = times[each.name], timedelta(seconds=each.every)
        tally.asked[each] = len(asked)
        gaps = [later - earlier for earlier, later in pairwise([*asked, ended])] or [ended - begun]
        tally.late[each] = max(max(gaps) / cadence - 1, 0.0)
