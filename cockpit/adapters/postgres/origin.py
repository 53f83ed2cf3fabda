"""As whom a database was asked, and which one it is: told in the transaction of the question itself.

A pooler may deal each transaction to another server, and what leads up to a statement may take on another role.
"""

from __future__ import annotations

from cockpit.adapters.postgres.portal import look
from cockpit.adapters.postgres.transaction import Connection, Terms
from cockpit.core.reading.origin import Origin

# Every role may ask these: https://www.postgresql.org/docs/current/functions-info.html
_WHENCE = """
select current_user::text, session_user::text, current_database()::text,
       coalesce(host(inet_server_addr()) || ':' || inet_server_port(), ''),
       array_to_string(current_schemas(true), ','), pg_is_in_recovery()
"""


async def whence(connection: Connection, name: str, terms: Terms) -> Origin:
    """Who answers on the connection `name` of the plan, in the transaction that is open. Raises psycopg.Error."""
    told = await look(connection, _WHENCE, (), terms, portal="whence")
    role, login, database, server, schemas, standby = told.rows[0]
    return Origin(
        connection=name,
        role=str(role),
        login=str(login),
        database=str(database),
        server=str(server),
        schemas=tuple(one for one in str(schemas).split(",") if not one.startswith("pg_temp")),
        standby=standby is True,
    )
