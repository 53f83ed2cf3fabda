"""Arrays of types that a database defines itself: of enums and domains, which psycopg does not know.

Their cells come as the text that Postgres writes, `{api,mailer}`, which an expectation would take for a text. What
the types are is asked once a connection, and only where such a column comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection, Column
from psycopg.pq import Format
from psycopg.types import TypeInfo
from psycopg.types.array import register_array
from psycopg.types.string import TextLoader

_OWN = 16384
"""Where oids of types that somebody made begin: FirstNormalObjectId in access/transam.h."""

_ABOUT = """
select t.oid, case e.typtype when 'd' then e.typbasetype else e.oid end, e.typdelim
from pg_catalog.pg_type t left join pg_catalog.pg_type e on e.oid = t.typelem and t.typcategory = 'A'
where t.oid = any($1::oid[])
"""

Rows = Sequence[tuple[Any, ...]]


async def with_arrays(connection: AsyncConnection[Any], columns: Sequence[Column], rows: Rows) -> Rows:
    """The rows with such arrays as lists. Asks in the transaction that is open. Raises psycopg.Error."""
    own = [place for place, column in enumerate(columns) if column.type_code >= _OWN]
    unknown = {columns[place].type_code for place in own} - _known(connection, columns)
    if unknown:
        await _learn(connection, unknown)
    lists = {place: _loader(connection, columns[place].type_code) for place in own} if own else {}
    return [tuple(_read(cell, lists.get(place)) for place, cell in enumerate(row)) for row in rows] if own else rows


def _known(connection: AsyncConnection[Any], columns: Sequence[Column]) -> set[int]:
    codes = {column.type_code for column in columns}
    return {code for code in codes if connection.adapters.get_loader(code, Format.TEXT) is not None}


async def _learn(connection: AsyncConnection[Any], unknown: set[int]) -> None:
    cursor = await connection.execute(_ABOUT.encode(), [sorted(unknown)])
    for oid, element, delimiter in await cursor.fetchall():
        if element is None:
            connection.adapters.register_loader(oid, TextLoader)
        else:
            register_array(TypeInfo(f"type {element}", element, oid, delimiter=delimiter), connection)


def _loader(connection: AsyncConnection[Any], oid: int) -> Any:
    found = connection.adapters.get_loader(oid, Format.TEXT)
    return None if found is None or found is TextLoader else found(oid, connection)


def _read(cell: object, loader: Any) -> object:
    """A cell that came before its type was known."""
    return loader.load(cell.encode()) if loader is not None and isinstance(cell, str) else cell
