"""Who holds a lock that a statement waited for, as far as the role may see it.

Asked after the wait has failed, on the same connection: pg_locks shows every role who holds what, and
pg_stat_activity what they do only to a member of pg_read_all_stats
(https://www.postgresql.org/docs/current/monitoring-stats.html). A statement that reads waits for one kind of
lock alone, the one that shuts a table for everybody; one `of_writers` may wait for anybody's.
"""

from __future__ import annotations

from datetime import timedelta

import psycopg

from cockpit.adapters.postgres.portal import look
from cockpit.adapters.postgres.transaction import Connection, Terms
from cockpit.core.span import show_span
from cockpit.core.text.inert import inert

_SHOWN = 3  # the statement below asks for one more
"""Sessions that are named at most, the oldest transactions first."""

_HOLDERS = """
select a.pid, a.usename, a.application_name, a.state, date_trunc('second', now() - a.xact_start),
       array_agg(distinct l.relation::regclass::text order by l.relation::regclass::text)
from pg_catalog.pg_locks as l join pg_catalog.pg_stat_activity as a using (pid)
where l.granted and l.locktype = 'relation' and l.pid <> pg_backend_pid() and l.relation >= 16384
  and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
  and (l.mode = 'AccessExclusiveLock' or $1)
group by a.pid, a.usename, a.application_name, a.state, a.xact_start
order by a.xact_start nulls last, a.pid limit 4
"""


async def holders(connection: Connection, *, of_writers: bool) -> str:
    """Sessions that may be waited for, in words, such as `pid 7 (app) holds reports`; empty where none is left.

    Begins a transaction of its own on a connection without one; the caller rolls back.
    """
    try:
        table = await look(connection, _HOLDERS, (of_writers,), Terms(1.0, "policy"), portal="holders")
    except psycopg.Error:
        return ""
    said = [_words(*row) for row in table.rows[:_SHOWN]]
    return "; ".join(said) + ("; and others" if len(table.rows) > _SHOWN else "")


def _words(pid: object, user: object, application: object, state: object, since: object, tables: object) -> str:
    who = ", ".join(inert(str(part), limit=40) for part in (user, application) if part)
    held = ", ".join(inert(str(table), limit=60) for table in tables[:3]) if isinstance(tables, list) else "a table"
    does = f", {inert(str(state), limit=40)}" if state else ", what it does is hidden from this role"
    age = f" for {show_span(since)}" if state and isinstance(since, timedelta) and since >= timedelta(seconds=1) else ""
    return f"pid {pid} ({who}) holds {held}{does}{age}"
