"""Whether the database that answers tells of an older moment: a standby takes over what its primary did, and may lag.

A check on it would find no trouble that came since, and call that well.
"""

from __future__ import annotations

from datetime import timedelta

from cockpit.adapters.postgres.portal import look
from cockpit.adapters.postgres.transaction import Connection, Terms
from cockpit.core.span import show_span

# Every role may ask these; of the receiver it learns that it is there, and no more:
# https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-INFO
_BEHIND = """
select pg_is_in_recovery(), exists (select from pg_stat_wal_receiver),
       pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn(), clock_timestamp() - pg_last_xact_replay_timestamp()
"""


async def behind(connection: Connection, fresh: timedelta, terms: Terms) -> str:
    """Why an answer of a standby is none of now, one sentence; empty for a primary, and for one that keeps up.

    It keeps up where it has taken over all that came and more may come, or what it took over last is no older than
    `fresh`. In the transaction that is open; Raises psycopg.Error.
    """
    # Told by the server itself from 14 on, unless a pooler keeps it (libpq, PQparameterStatus).
    if connection.info.parameter_status("in_hot_standby") == "off":
        return ""
    told = await look(connection, _BEHIND, (), terms, portal="behind")
    standby, receives, has_all, age = told.rows[0]
    if not standby or (receives and has_all):
        return ""
    if not isinstance(age, timedelta):
        return "It is a standby that has taken over nothing from its primary yet."
    if age <= fresh:
        return ""
    why = "more has come since" if receives else "nothing comes from its primary"
    return f"It is a standby, what it took over last is {show_span(_whole(age))} old, and {why}."


def _whole(span: timedelta) -> timedelta:
    return timedelta(seconds=max(1, round(span.total_seconds())))
