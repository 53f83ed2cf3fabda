"""A hold on some tables of the stand-in's database: made where they are missing, looked at, moved."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol, Self

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from cockpit.errors import SimulatorError


class Address(Protocol):
    """Where the database is; `postgres.Server` is one."""

    @property
    def owner_url(self) -> str: ...


class Tables:
    """One connection as their owner. Made by `open`; every method may raise SimulatorError."""

    FILES: ClassVar[tuple[str, ...]] = ()
    """SQL beside this file that makes the tables, and may be run again."""
    SESSION: ClassVar[str] = ""
    """The name by which other sessions see this one."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, server: Address) -> Self:
        """Connect, and make the tables where they are missing."""
        try:
            made = cls(await AsyncConnection.connect(server.owner_url, autocommit=True, application_name=cls.SESSION))
        except psycopg.Error as error:
            raise gone(error) from error
        try:
            for file in cls.FILES:
                # A file holds several statements and no parameters, which is what the simple protocol is for.
                await made.do(Path(__file__).with_name(file).read_text(encoding="utf-8"))
        except BaseException:
            await made.close()
            raise
        return made

    async def close(self) -> None:
        await self._connection.close()

    async def do(self, statement: str, *parameters: object) -> None:
        """A statement whose answer nobody wants."""
        try:
            await self._connection.execute(statement.encode(), parameters or None)
        except psycopg.Error as error:
            raise gone(error) from error

    async def row(self, statement: str) -> dict[str, object]:
        """The one row of a statement, by column."""
        try:
            async with self._connection.cursor(row_factory=dict_row) as cursor:
                found = await (await cursor.execute(statement.encode())).fetchone()
        except psycopg.Error as error:
            raise gone(error) from error
        return dict(found or {})


class LivingTables(Tables):
    """Tables with plan time among them (`clock.sql`): the first that are opened in a database."""

    @classmethod
    async def open_at(cls, server: Address, plan: datetime, machine: float, factor: float) -> Self:
        """Open them, and set the clock: at Unix time `machine` it was `plan`."""
        made = await cls.open(server)
        try:
            await made.set_clock(plan, machine, factor)
        except BaseException:
            await made.close()
            raise
        return made

    async def set_clock(self, plan: datetime, machine: float, factor: float) -> None:
        """A new pace of plan time."""
        await self.do("select sim.set_clock(%s, to_timestamp(%s), %s)", plan, machine, factor)


def gone(error: psycopg.Error) -> SimulatorError:
    """What a failure of the stand-in's own database means to who plays with it."""
    words = str(error).strip().splitlines() or [type(error).__name__]
    return SimulatorError(f"The simulator's database failed: {words[0]}.", "Start the simulator again.")
