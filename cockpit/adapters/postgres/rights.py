"""What a role may do in a database, and whether the way there is safe: what `doctor` says of the connection."""

from __future__ import annotations

from cockpit.adapters.postgres.transaction import Connection

ABOUT_US = """
select current_setting('server_version') as version, current_database() as name, current_user as role,
       rolsuper as superuser,
       (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname !~ '^(pg_|information_schema)'
          and has_table_privilege(c.oid, 'insert, update, delete, truncate')) as writable,
       (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^(pg_|information_schema)'
          and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')) as readable,
       (select count(*) from pg_class c where c.relkind in ('r', 'p') and row_security_active(c.oid)) as hidden
from pg_roles where rolname = current_user
"""

_HERE = ("localhost", "127.0.0.1", "::1")


def of_transport(connection: Connection) -> tuple[str, ...]:
    """What libpq's default of `sslmode=prefer` leaves open, once the server is not on this machine.

    https://www.postgresql.org/docs/current/libpq-ssl.html, table 32.1.
    """
    info = connection.info
    if not info.host or info.host.startswith("/") or info.host in _HERE:
        return ()
    if not connection.pgconn.ssl_in_use:
        return ("The connection is not encrypted. Add sslmode=verify-full to its address.",)
    if info.get_parameters().get("sslmode") not in ("verify-ca", "verify-full"):
        return ("The server's certificate is not verified. Add sslmode=verify-full to its address.",)
    return ()


def of_role(*, superuser: object, writable: object, readable: object, hidden: object) -> tuple[str, ...]:
    """What a role may do that is more, or less, than checks need."""
    warnings = []
    if not readable:
        warnings.append("The role may read no table here. Grant it usage on the schema and select on the tables.")
    if superuser:
        warnings.append(
            "The role is a superuser: functions it calls may act outside transactions. Use one that only reads."
        )
    elif writable:
        warnings.append(f"The role may write to {writable} tables. Checks do not, but one that only reads is safer.")
    if hidden:
        warnings.append(f"Row-level security hides rows of {hidden} tables from the role. Checks of them are refused.")
    return tuple(warnings)
