"""What a planned statement reads, and what of it shows a role less than there is.

Some views of the catalog answer everybody, and tell a role only of its own: with them a check passes blind.
https://www.postgresql.org/docs/current/infoschema-schema.html and monitoring-stats.html say which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cockpit.adapters.postgres.transaction import Connection
from cockpit.core.plan.statement import bare
from cockpit.core.text.inert import inert
from cockpit.ports import Doubt


@dataclass(frozen=True, slots=True)
class Locked:
    """A relation that a planned statement took a lock on, and the role that asked."""

    schema: str
    name: str
    role: str
    superuser: bool
    reads_stats: bool
    is_shut: bool
    """Row-level security holds for the role, and no policy lets it see a row."""


_LOCKED = b"""
select n.nspname::text, c.relname::text, current_user::text, rolsuper,
       pg_has_role(current_user, 'pg_read_all_stats', 'usage'),
       row_security_active(c.oid) and not exists (
         select from pg_catalog.pg_policy as p where p.polrelid = c.oid and p.polpermissive and p.polcmd in ('r', '*')
           and (p.polroles = '{0}' or exists (
             select from unnest(p.polroles) as r (role) where pg_has_role(current_user, r.role, 'usage'))))
from pg_catalog.pg_locks as l
join pg_catalog.pg_class as c on c.oid = l.relation
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_roles on rolname = current_user
where l.pid = pg_backend_pid() and l.locktype = 'relation' and c.relkind in ('r', 'p', 'v', 'm', 'f')
order by 1, 2
"""

_TABLES_HIDDEN = b"""
select count(*) from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'f') and n.nspname !~ '^(pg_|information_schema$)'
  and not (pg_has_role(c.relowner, 'usage')
           or has_table_privilege(c.oid, 'select, insert, update, delete, truncate, references, trigger')
           or has_any_column_privilege(c.oid, 'select, insert, update, references'))
"""
_ROUTINES_HIDDEN = b"""
select count(*) from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
where n.nspname !~ '^(pg_|information_schema$)'
  and not (pg_has_role(p.proowner, 'usage') or has_function_privilege(p.oid, 'execute'))
"""

_OF_SESSIONS = re.compile(r"pg_stat_(activity|replication|ssl|gssapi|wal_receiver|statements|progress_\w+)")
_HIDDEN_COLUMNS = re.compile(
    r"\*(?!\s*\))|\b(state|query|\w+_start|state_change|wait_event\w*|client_\w+|backend_type|backend_x\w+)\b",
    re.IGNORECASE,
)
"""Columns that are null, or `<insufficient privilege>`, for sessions of others; `*` that is not of count(*)."""

_OF_GRANTS = re.compile(r"\w+_(privileges|grants)|applicable_roles|administrable_role_authorizations")
_OF_ROUTINES = ("routines", "parameters")
_OF_OWN_TABLES = ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs", "pg_sequences")


async def locked(connection: Connection) -> tuple[Locked, ...]:
    """Relations, views included, on which the transaction holds locks."""
    cursor = await connection.execute(_LOCKED)
    return tuple(Locked(*row) for row in await cursor.fetchall())


def of_view(relation: Locked, sql: str) -> Doubt | None:
    """The doubt about a view that shows a role only what is its own."""
    if relation.superuser:
        return None
    role = inert(relation.role, limit=60)
    if _OF_SESSIONS.fullmatch(relation.name) and not relation.reads_stats and _HIDDEN_COLUMNS.search(bare(sql)):
        what = f"{relation.name} hides from {role} what sessions of others do."
        return Doubt(what, "Grant it pg_read_all_stats, which pg_monitor has.")
    if relation.schema == "information_schema" and _OF_GRANTS.fullmatch(relation.name):
        what = f"{relation.name} shows {role} only grants to and from itself."
        return Doubt(what, "Ask has_table_privilege, or the acl columns of pg_catalog.")
    if relation.schema == "pg_catalog" and relation.name in _OF_OWN_TABLES:
        what = f"{relation.name} shows {role} only what it may read."
        return Doubt(what, "Grant it what it asks about, or ask the tables themselves.", sure=False)
    return None


async def hidden_by_rights(connection: Connection, relation: Locked) -> Doubt | None:
    """The doubt about a view of the information schema that leaves out what is there, if it leaves out anything."""
    if relation.superuser or relation.schema != "information_schema" or _OF_GRANTS.fullmatch(relation.name):
        return None
    routines = relation.name in _OF_ROUTINES
    cursor = await connection.execute(_ROUTINES_HIDDEN if routines else _TABLES_HIDDEN)
    row = await cursor.fetchone()
    if row is None or not row[0]:
        return None
    noun = "functions it may not call" if routines else "tables it has no right to"
    what = f"information_schema.{relation.name} leaves out {row[0]} {noun}."
    return Doubt(what, f"Ask pg_catalog.{'pg_proc' if routines else 'pg_class'}, which hides nothing.", sure=False)
