"""Behind a transaction pooler: every transaction may meet another session, and sessions forget.

The relay here speaks just enough of the protocol (PostgreSQL's documentation, chapter 54) to do what
poolers do: two sessions with the server, each transaction of a client on the next one, `discard all` after it.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.core.plan.check import PostgresCheck
from cockpit.errors import Refused, SourceError, TimedOut
from cockpit.ports import Asking, Script

if TYPE_CHECKING:
    from tests.conftest import Database

Message = tuple[bytes, bytes]


async def message(reader: asyncio.StreamReader) -> Message:
    kind, length = struct.unpack("!cI", await reader.readexactly(5))
    return kind, await reader.readexactly(length - 4)


def packed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


async def startup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """The client's first packet; offers of encryption are declined."""
    while True:
        (length,) = struct.unpack("!I", await reader.readexactly(4))
        body = await reader.readexactly(length - 4)
        if struct.unpack("!I", body[:4])[0] not in (80877103, 80877104):
            return body
        writer.write(b"N")


@dataclass
class Session:
    """One session with the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    greeting: bytes
    pid: int

    @classmethod
    async def open(cls, socket: str, first: bytes) -> Session:
        reader, writer = await asyncio.open_unix_connection(socket)
        writer.write(struct.pack("!I", len(first) + 4) + first)
        greeting, pid = b"", 0
        while True:
            kind, body = await message(reader)
            greeting += packed(kind, body)
            if kind == b"K":
                pid = struct.unpack("!I", body[:4])[0]
            if kind == b"Z":
                return cls(reader, writer, greeting, pid)

    async def forget(self) -> None:
        for statement in (b"rollback\0", b"discard all\0"):
            self.writer.write(packed(b"Q", statement))
            while (await message(self.reader))[0] != b"Z":
                pass


@dataclass
class Pooler:
    """The relay. `used` are the sessions in the order of the transactions they served.

    One that is `by_statement` deals out every round trip by itself, and breaks transactions without a word.
    """

    socket: str
    port: int = 0
    by_statement: bool = False
    freezes_at: bytes = b"no such word"
    """The line goes dead, towards the client, once it has sent this word."""
    used: list[int] = field(default_factory=list)
    frozen: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.frozen.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        sessions: list[Session] = []
        try:
            first = await startup(reader, writer)
            if struct.unpack("!I", first[:4])[0] == 80877102:  # a request to cancel goes to the session it names
                _, cancelling = await asyncio.open_unix_connection(self.socket)
                cancelling.write(struct.pack("!I", len(first) + 4) + first)
                await cancelling.drain()
                cancelling.close()
                return
            sessions = [await Session.open(self.socket, first) for _ in range(2)]
            writer.write(sessions[0].greeting)
            turn = 0
            while True:
                await self.transaction(reader, writer, sessions[turn])
                await sessions[turn].forget()
                turn = 1 - turn
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            for end in (writer, *(session.writer for session in sessions)):
                end.close()
            self.tasks.discard(task)

    async def transaction(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: Session) -> None:
        """Everything up to the end of one transaction. Reads on only when the server is ready for more."""
        begun = False
        while True:
            kind = b""
            while kind not in (b"S", b"Q"):
                kind, body = await message(reader)
                if self.freezes_at in body:
                    self.frozen.clear()
                session.writer.write(packed(kind, body))
                if kind == b"X":
                    raise ConnectionResetError
            if not begun:
                self.used.append(session.pid)
                begun = True
            status = b""
            while not status:
                kind, body = await message(session.reader)
                await self.frozen.wait()
                writer.write(packed(kind, body))
                status = body if kind == b"Z" else b""
            if status == b"I" or self.by_statement:
                return


@pytest.fixture
async def pooler(database: Database) -> AsyncIterator[Pooler]:
    folder = unquote(parse_qs(urlsplit(database.server.url).query)["host"][0])
    pooler = Pooler(f"{folder}/.s.PGSQL.5432")
    listening = await asyncio.start_server(pooler.serve, "127.0.0.1", 0)
    pooler.port = listening.sockets[0].getsockname()[1]
    yield pooler
    listening.close()
    for task in tuple(pooler.tasks):
        task.cancel()
    await asyncio.gather(*pooler.tasks, return_exceptions=True)


def address(pooler: Pooler, database: Database, role: str = "cockpit_owner") -> str:
    return f"postgresql://{role}@127.0.0.1:{pooler.port}/{database.name}?sslmode=disable"


@pytest.fixture
async def db(pooler: Pooler, database: Database) -> AsyncIterator[Postgres]:
    database.run("create table j as select 1 as id")
    database.run("create function takes_all() returns int language sql as 'delete from j returning id'")
    source = Postgres("db", address(pooler, database))
    yield source
    await source.close()


async def value(db: Postgres, sql: str, *parameters: object, **more: Any) -> object:
    return (await db.ask(PostgresCheck(on="db", sql=sql, **more), Asking(parameters))).facts["value"]


async def test_the_relay_is_a_pooler_indeed(pooler: Pooler, database: Database) -> None:
    async with await psycopg.AsyncConnection.connect(address(pooler, database), autocommit=True) as bare:
        await bare.execute("set work_mem = '77MB'")
        seen = [await (await bare.execute("show work_mem")).fetchone() for _ in range(2)]
        assert ("77MB",) not in seen, "settings of a session are forgotten"
        with pytest.raises(psycopg.errors.InvalidSqlStatementName):
            await bare.execute("select %s::int", [1], prepare=True)
    assert len(set(pooler.used)) == 2


async def test_checks_are_answered_whatever_session_they_meet(db: Postgres, pooler: Pooler) -> None:
    sql = "select id from j where id = $1"
    assert [await value(db, sql, 1, seen="select exists (select from j)") for _ in range(6)] == [1] * 6
    assert len(set(pooler.used)) == 2


async def test_rows_beyond_the_first_fetch_come_from_the_same_session(db: Postgres) -> None:
    answer = await db.ask(PostgresCheck(on="db", sql="select n from generate_series(1, 700) as n"), Asking())
    assert len(answer.table.rows) == 700


async def test_every_transaction_has_its_settings(db: Postgres) -> None:
    for _ in range(3):
        assert (
            await value(db, "select current_setting('row_security') || current_setting('transaction_read_only')")
            == "offon"
        )


@pytest.mark.parametrize(
    "sql",
    [
        "with gone as (delete from j returning id) select * from gone",
        "select takes_all()",
        "select 1; delete from j",
        "select set_config('transaction_read_only', 'off', false) from j",
    ],
)
async def test_no_escape_works_behind_a_pooler(db: Postgres, database: Database, sql: str) -> None:
    for parameters in ((), ("bound",)):
        with pytest.raises(SourceError):
            await value(db, sql, *parameters)
    assert database.run("select id from j") == [(1,)]


async def test_what_one_check_sets_no_other_clients_transaction_meets(db: Postgres) -> None:
    for _ in range(3):
        await db.ask(PostgresCheck(on="db", sql="select set_config('work_mem', '77MB', false)"), Asking())
        assert await value(db, "select current_setting('work_mem')") != "77MB"


async def test_a_refused_check_gives_its_session_back(db: Postgres, database: Database) -> None:
    with pytest.raises(Refused, match="division by zero"):
        await value(db, "select 1 / 0")
    held = (
        f"select count(*) from pg_stat_activity where datname = '{database.name}' and state like 'idle in transaction%'"
    )
    assert database.run(held, role="postgres") == [(0,)]
    assert await value(db, "select 1") == 1


async def test_a_slow_check_is_stopped_behind_a_pooler_too(db: Postgres) -> None:
    with pytest.raises(TimedOut):
        await value(db, "select pg_sleep(60)", deadline=timedelta(seconds=0.4))
    assert await value(db, "select 1") == 1


async def test_a_line_that_goes_dead_is_given_up_and_a_new_one_is_taken(db: Postgres, pooler: Pooler) -> None:
    assert await value(db, "select 1") == 1
    pooler.frozen.clear()
    began = time.monotonic()
    with pytest.raises(TimedOut):
        await value(db, "select 1", deadline=timedelta(seconds=0.3))
    assert time.monotonic() - began < 3
    pooler.frozen.set()
    assert await value(db, "select 1") == 1


def trial(*sql: str, **more: Any) -> PostgresCheck:
    return PostgresCheck.model_validate({"on": "db", "sql": sql, "mutates": True, **more})


async def test_statements_that_belong_together_meet_one_session(db: Postgres, pooler: Pooler) -> None:
    same = "select current_setting('a.pid') = $1 || pg_backend_pid()"
    check = {"on": "db", "sql": ["select set_config('a.pid', pg_backend_pid()::text, true)", same]}
    for _ in range(4):
        answer = await db.ask(PostgresCheck.model_validate(check), Asking(("",)))
        assert answer.facts["value"] is True
    assert len(set(pooler.used)) == 2


async def test_what_one_of_them_sets_no_later_transaction_meets(db: Postgres) -> None:
    check = PostgresCheck.model_validate({"on": "db", "sql": ["set local work_mem = '77MB'", "select 1"]})
    for _ in range(3):
        await db.ask(check, Asking())
        assert await value(db, "select current_setting('work_mem')") != "77MB"


async def test_a_trial_is_rolled_back_behind_a_pooler_too(db: Postgres, database: Database) -> None:
    for _ in range(4):
        answer = await db.ask(trial("select takes_all()", "select count(*) from j"), Asking())
        assert answer.facts["value"] == 0
    assert database.run("select id from j") == [(1,)]


async def test_each_statement_of_a_trial_has_its_settings_behind_a_pooler(db: Postgres) -> None:
    shown = "select current_setting('row_security') || current_setting('lock_timeout')"
    answer = await db.ask(trial("set local row_security = on", "set local lock_timeout = 0", shown), Asking())
    assert answer.facts["value"] == "off1s"


async def test_behind_a_pooler_that_deals_out_statements_nothing_is_tried(
    db: Postgres, pooler: Pooler, database: Database
) -> None:
    pooler.by_statement = True
    with pytest.raises(Refused, match="keeps no transaction together"):
        await db.ask(trial("select takes_all()"), Asking())
    with pytest.raises(Refused, match="keeps no transaction together"):
        await db.try_out(
            Script(
                (
                    "delete from j",
                    "select 1",
                )
            ),
            seconds=5,
        )
    assert database.run("select id from j") == [(1,)]


async def test_a_line_that_goes_dead_in_a_trial_keeps_nothing(db: Postgres, pooler: Pooler, database: Database) -> None:
    pooler.freezes_at = b"pg_sleep"
    with pytest.raises(TimedOut):
        await db.ask(trial("delete from j", "select pg_sleep(60)", deadline=timedelta(seconds=0.4)), Asking())
    assert not pooler.frozen.is_set()
    pooler.frozen.set()
    assert database.run("select id from j") == [(1,)]
