"""Who answered, and as whom he was asked: what a baseline and a later reading must have in common.

Rows are those that one role sees, in the tables that its search path finds, of one database. Where one of these is
another, two readings may differ, or agree, without a word about the change between them.
"""

from __future__ import annotations

from dataclasses import dataclass

from cockpit.core.rollout.deployment import Seen


class Origin(Seen):
    """Where a reading is from. Only a database tells more than its connection."""

    connection: str
    """The connection of the plan."""
    role: str = ""
    """`current_user`: whose rights count."""
    login: str = ""
    """`session_user`: who connected; another one than the role after `set role`."""
    database: str = ""
    server: str = ""
    """Address and port by the server's own word; empty where it is reached by a socket of its machine."""
    schemas: tuple[str, ...] = ()
    """Where names without a schema are looked up (`current_schemas(true)`)."""
    standby: bool = False
    """It only repeats what another server writes, and may lag behind."""

    @property
    def words(self) -> str:
        """`db as reader (login app), reports at 10.0.0.5:5432`; the connection alone where that is all."""
        if not self.role:
            return self.connection
        login = f" (login {self.login})" if self.login and self.login != self.role else ""
        at = f" at {self.server}" if self.server else ""
        return f"{self.connection} as {self.role}{login}, {self.database}{at}{', a standby' if self.standby else ''}"


@dataclass(frozen=True, slots=True)
class Apart:
    """How two origins differ."""

    blind: str = ""
    """Why the two readings say nothing about each other; empty where they do."""
    warnings: tuple[str, ...] = ()
    """What is to be known of the comparison all the same."""


NOT_APART = Apart()


def apart(before: Origin | None, now: Origin | None, *, hides_rows: bool = False) -> Apart:
    """What it means for a comparison that a baseline is from `before`, and the reading from `now`.

    Blind where other rows may have been meant: another database, other schemas in the search path, and another role
    where row-level security hides rows without an error (`hides_rows`, a connection's `row_security = "policy"`).
    With row security off a hidden row is an error, so another role has seen all rows or none: a warning. So is
    another login or server, which a failover or a new address brings, and a standby, which lags. Of a baseline
    recorded before origins were, nothing is claimed.
    """
    if before is None or now is None or not (before.role and now.role):
        return NOT_APART
    if before.database != now.database:
        return Apart(f"The baseline is of the database {before.database}, and this is {now.database}.")
    if before.schemas != now.schemas:
        were, are = (", ".join(schemas) or "none" for schemas in (before.schemas, now.schemas))
        return Apart(f"Names were looked up in {were} for the baseline, and now in {are}: the tables may be others.")
    role = f"The baseline was recorded as {before.role}, and this was asked as {now.role}"
    if before.role != now.role and hides_rows:
        return Apart(f"{role}: row-level security may show them other rows.")
    return Apart(warnings=tuple(_warnings(before, now, role)))


def _warnings(before: Origin, now: Origin, role: str) -> list[str]:
    found = [role] if before.role != now.role else []
    if before.login != now.login and before.role == now.role:
        found.append(f"The baseline was recorded by the login {before.login}, and this was asked by {now.login}")
    if before.server != now.server:
        were, are = (server or "the one on a socket of its machine" for server in (before.server, now.server))
        found.append(f"The baseline is of the server {were}, and this is {are}")
    if before.standby != now.standby:
        which = "this is" if now.standby else "the baseline is"
        found.append(f"Only {which} from a standby, which may lag behind")
    return found
