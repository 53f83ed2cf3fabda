from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from cockpit.errors import SimulatorError
from cockpit.simulator.berth import hold, sweep, take_berth
from cockpit.simulator.binaries import find_binaries
from cockpit.simulator.postgres import Server


def berth_of(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


async def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(statement.encode())
        return await cursor.fetchall() if cursor.description else []


async def gone(pid: int) -> bool:
    for _ in range(1000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_three_roles_reach_one_database(postgres: Server) -> None:
    query = "select current_user::text, current_database()::text, rolsuper from pg_roles where rolname = current_user"
    assert await rows(postgres.url, query) == [("cockpit_reader", "reports", False)]
    assert await rows(postgres.owner_url, query) == [("cockpit_owner", "reports", False)]
    assert await rows(postgres.admin_url, query) == [("postgres", "reports", True)]


async def test_the_reader_reads_what_the_owner_made_and_writes_nothing(postgres: Server) -> None:
    await rows(postgres.owner_url, "create schema shop")
    await rows(postgres.owner_url, "create table shop.goods as select 1 as id")
    assert await rows(postgres.url, "select id from shop.goods") == [(1,)]
    for statement in ("delete from shop.goods", "create table mine (id int)", "create temp table mine (id int)"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await rows(postgres.url, statement)


async def test_it_listens_on_a_private_socket_and_nowhere_else(postgres: Server) -> None:
    assert await rows(postgres.url, "select setting from pg_settings where name = 'listen_addresses'") == [("",)]
    assert berth_of(postgres.url).stat().st_mode & 0o777 == 0o700


async def test_its_data_its_address_and_its_roles_survive_a_restart(tmp_path: Path) -> None:
    first = await Server.start(tmp_path / "state")
    await rows(first.owner_url, "create table public.kept as select 7 as id")
    await first.stop()
    assert not berth_of(first.url).exists()
    second = await Server.start(tmp_path / "state")
    try:
        assert second.url == first.url
        assert await rows(second.url, "select id from public.kept") == [(7,)]
    finally:
        await second.stop()


async def test_stopping_twice_is_stopping_once(tmp_path: Path) -> None:
    server = await Server.start(tmp_path)
    pid = server.pid
    assert pid is not None
    await server.stop()
    await server.stop()
    assert await gone(pid)
    assert server.pid is None


async def test_what_the_environment_says_of_other_databases_is_not_heard(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("PGPORT", "6432"), ("PGHOST", "db.example"), ("PGUSER", "admin"), ("PGDATABASE", "x")):
        monkeypatch.setenv(name, value)
    assert await rows(postgres.url, "select 1") == [(1,)]
    server = await Server.start(tmp_path)
    await server.stop()


async def test_a_folder_longer_than_a_socket_path_will_do(tmp_path: Path) -> None:
    server = await Server.start(tmp_path / ("long" * 30))
    try:
        assert await rows(server.url, "select 1") == [(1,)]
    finally:
        await server.stop()


PARENT = """
import asyncio, sys
from pathlib import Path
from cockpit.simulator.postgres import Server

async def main():
    server = await Server.start(Path(sys.argv[1]))
    print(server.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_sigkill_leaves_no_server_and_the_next_start_takes_up_the_data(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path / "state"), stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    os.kill(pid, 0)
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    server = await Server.start(tmp_path / "state")
    try:
        assert await gone(pid)
        assert await rows(server.url, "select 1") == [(1,)]
    finally:
        await server.stop()


async def test_one_folder_serves_one_simulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = await Server.start(tmp_path)
    try:
        monkeypatch.setattr("cockpit.simulator.postgres._PATIENCE", 0.05)
        with pytest.raises(SimulatorError, match="Another simulator uses"):
            await Server.start(tmp_path)
        assert await rows(server.url, "select 1") == [(1,)]
    finally:
        await server.stop()


async def test_a_data_folder_that_was_never_finished_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("half")
    server = await Server.start(tmp_path)
    try:
        assert await rows(server.url, "select 1") == [(1,)]
    finally:
        await server.stop()


async def test_data_that_is_none_ends_in_the_servers_last_words(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir(mode=0o700)
    with pytest.raises(SimulatorError, match=r"Postgres did not start\. Its last words: .+"):
        await Server.start(tmp_path)
    lock = hold(tmp_path)
    assert lock is not None, "a failed start lets go of the folder"
    os.close(lock)


async def test_programs_behind_a_closed_folder_are_copied(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root runs the server as somebody else")
    prefix = find_binaries().parent
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(prefix, closed / prefix.parent.name / prefix.name, symlinks=True)
    libraries = prefix.parent.with_name(prefix.parent.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name)
    server = await Server.start(tmp_path / "state", bindir=closed / prefix.parent.name / prefix.name / "bin")
    try:
        assert await rows(server.url, "select 1") == [(1,)]
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        await server.stop()


def test_a_named_folder_without_programs_is_never_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BINDIR", str(tmp_path))
    with pytest.raises(SimulatorError, match="Point PG_BINDIR at a folder with initdb and postgres"):
        find_binaries()


def test_pg_bindir_comes_before_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for program in ("initdb", "postgres"):
        (tmp_path / program).touch(mode=0o755)
    monkeypatch.setenv("PG_BINDIR", str(tmp_path))
    assert find_binaries() == tmp_path.resolve()


def test_no_postgres_at_all_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PG_BINDIR", raising=False)
    monkeypatch.setattr("cockpit.simulator.binaries._wheel", list)
    monkeypatch.setattr("cockpit.simulator.binaries._debian", list)
    with pytest.raises(SimulatorError, match=r"Install cockpit-deploy\[demo\]"):
        find_binaries()


def test_what_dead_servers_left_is_swept_and_what_is_held_stays(tmp_path: Path) -> None:
    for name in ("cockpit-pg-dead", "cockpit-pg-alive", "other"):
        (tmp_path / name).mkdir()
    lock = hold(tmp_path / "cockpit-pg-alive")
    assert lock is not None
    sweep(tmp_path)
    os.close(lock)
    assert {path.name for path in tmp_path.iterdir()} == {"cockpit-pg-alive", "other"}


def test_a_berth_of_somebody_else_is_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.simulator.berth._base", lambda **_: tmp_path)
    first = take_berth(tmp_path / "state", None)
    assert first is not None
    path = first.path
    first.leave()
    path.symlink_to(tmp_path)
    with pytest.raises(SimulatorError, match="belongs to somebody else"):
        take_berth(tmp_path / "state", None)
