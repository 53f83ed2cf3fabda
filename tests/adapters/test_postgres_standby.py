"""A real standby beside its primary: what it has not taken over yet it cannot show."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.core.plan.check import PostgresCheck
from cockpit.core.reading import Verdict
from cockpit.core.reading.judgement import Judged
from cockpit.simulator.binaries import find_binaries
from cockpit.simulator.postgres import DATABASE, Server, _Home
from tests.trust.verdicts import judged

PATIENCE = 30.0


@dataclass
class Pair:
    """Two servers; the second one follows the first."""

    primary: Server
    standby: Server

    def on(self, server: Server, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(server.admin_url, autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    async def says(self, server: Server, **more: object) -> Judged:
        """That no report failed, as the role that only reads asks."""
        none_failed = {"sql": "select count(*) from reports where status = 'failed'", "pass": "value == 0"}
        check = PostgresCheck.model_validate({"on": "db", **none_failed, **more})
        return await judged(Postgres("db", server.url), check)


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    primary = await Server.start(tmp_path / "primary")
    with psycopg.connect(primary.owner_url, autocommit=True) as owner:
        owner.execute("create table reports (status text)")
    pair = Pair(primary, await copied(primary, tmp_path / "standby"))

    async def follows() -> bool:
        return pair.on(pair.standby, "select count(*) from reports") == [(1,)]

    pair.on(primary, "insert into reports values ('done')")
    await until(follows)
    yield pair
    await pair.standby.stop()
    await primary.stop()


async def copied(primary: Server, folder: Path) -> Server:
    folder.mkdir(mode=0o700)
    home = await _Home.settle(folder, find_binaries(None))
    await asyncio.to_thread(home.furnish)
    for entry in home.data.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    options = ("-d", primary.admin_url, "-R", "--checkpoint=fast", "--no-sync")
    copying = home._run("pg_basebackup", home.data, options, supervised=False)
    assert await asyncio.to_thread(copying.wait) == 0, home.last_words()
    standby = Server(home, home.launch(), DATABASE)
    await until(lambda: is_up(standby))
    return standby


async def is_up(server: Server) -> bool:
    try:
        async with await psycopg.AsyncConnection.connect(server.url) as connection:
            return connection.info.parameter_status("in_hot_standby") == "on"
    except psycopg.OperationalError:
        return False


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not await holds():
        assert time.monotonic() < deadline, "It did not come."
        await asyncio.sleep(0.05)


async def test_a_standby_that_keeps_up_is_as_good_as_its_primary(pair: Pair) -> None:
    assert (await pair.says(pair.standby)).verdict is Verdict.PASS
    pair.on(pair.primary, "insert into reports values ('failed')")

    async def fails() -> bool:
        return (await pair.says(pair.standby)).verdict is Verdict.FAIL

    await until(fails)


async def test_a_standby_that_lags_has_not_seen_what_failed_meanwhile(pair: Pair) -> None:
    pair.on(pair.standby, "select pg_wal_replay_pause()")
    pair.on(pair.primary, "insert into reports values ('failed')")

    async def is_blind() -> bool:
        return (await pair.says(pair.standby, fresh="1s")).verdict is Verdict.BLIND

    await until(is_blind)
    told = await pair.says(pair.standby, fresh="1s")
    assert told.because.startswith("It is a standby, what it took over last is ")
    assert told.because.endswith(", and more has come since.")
    # Within the time for which an answer counts anyway it counts.
    assert (await pair.says(pair.standby, fresh="5m")).verdict is Verdict.PASS
    assert (await pair.says(pair.primary, fresh="1s")).verdict is Verdict.FAIL


async def test_a_standby_without_its_primary_knows_nothing_of_now(pair: Pair) -> None:
    assert (await pair.says(pair.standby, fresh="1s")).verdict is Verdict.PASS
    await pair.primary.stop()

    async def is_blind() -> bool:
        return (await pair.says(pair.standby, fresh="1s")).verdict is Verdict.BLIND

    await until(is_blind)
    told = await pair.says(pair.standby, fresh="1s")
    assert told.because.endswith("old, and nothing comes from its primary.")
