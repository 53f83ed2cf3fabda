"""Postgres's errors in our words, told by their SQLSTATE.

https://www.postgresql.org/docs/current/errcodes-appendix.html. Messages may be in any language, codes are not;
only errors of connecting have none, and are read as English.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from cockpit.core.text.inert import inert
from cockpit.errors import Declined, Garbled, Refused, SourceError, TimedOut, Unreachable

_BROKEN = ("08000", "08001", "08003", "08004", "08006", "57P", "53300", "25P03", "25P04")
"""Connection exceptions (08P01 is about a statement), shutdowns, too many clients, sessions ended for idling."""

_NOT_LET_IN = ("password", "pg_hba", "does not exist", "permission denied", "authentication", "ssl", "certificate")

_REMEDIES = {
    "25006": "A check only reads: write mutates = true, and it is tried and rolled back; or make it an action.",
    "0A000": "A check only reads, by a query; what is tried and rolled back needs a primary.",
    "2D000": "The transaction is the cockpit's: take the commit or rollback out of the body.",
    "42501": "Grant the role what it needs, or ask as a role that has it.",
    "42601": "Correct the statement; a check is one statement.",
    "42883": "Correct the statement, or cast its parameters: $1::uuid.",
    "08P01": "Give the check as many values in 'with' as its statement has parameters.",
    "22P02": "Correct the value, or the statement's cast of it.",
    "22012": "Guard the division: nullif(x, 0).",
}
_CORRECT = "Correct the statement."
_ALL_ROWS = (
    "Rows are hidden from this role. Use one that sees all (BYPASSRLS), "
    'or write row_security = "policy" and give each check a seen.'
)


def in_our_words(who: str, error: psycopg.Error, clean: Callable[[str], str]) -> SourceError:
    """The error of ours that says it; `clean` takes secrets out of the server's own words."""
    words = _words(error, clean)
    state = error.sqlstate or ""
    if state == "57014":
        return TimedOut(f"{who} stopped the statement before it answered.", "Make it cheaper, or raise the deadline.")
    if state == "55P03":
        return TimedOut(f"{who} kept the statement waiting for a lock.", "See who holds it; ask again after.")
    if state.startswith(_BROKEN):
        return Unreachable(f"{who} is not there: {words}.", "See whether it is up or restarting; ask again.")
    if state.startswith("28") or state == "3D000":
        return Refused(f"{who} does not let us in: {words}.", "Look at the role, its password and the database's name.")
    if state == "42501" and "row-level security" in words:
        return Declined(f"{who} refused: {words}.", _ALL_ROWS)
    if state:
        return Declined(f"{who} refused: {words}.", _REMEDIES.get(state, _CORRECT))
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return Unreachable(f"{who} broke off the connection: {words}.", "See whether it is restarting; ask again.")
    if isinstance(error, psycopg.DataError):
        return Garbled(f"{who} sent a value that cannot be read: {words}.", "Cast it to text in the statement.")
    return Declined(f"The statement for {who} cannot be sent: {words}.", _CORRECT)


def without_values(error: SourceError) -> SourceError:
    """The same for a check with masked columns: errors about data quote it, and so may what a function raises.

    Class 22 are data exceptions, 23 violated constraints, P0001 is what `raise` in a function says.
    """
    state = (error.__cause__.sqlstate or "") if isinstance(error.__cause__, psycopg.Error) else ""
    if not (state.startswith(("22", "23", "P0")) or isinstance(error, Garbled)):
        return error
    what = f"The database refused a value of masked columns ({state or 'it cannot be read'})."
    return type(error)(what, error.remedy)


def not_connected(who: str, error: psycopg.Error, clean: Callable[[str], str]) -> SourceError:
    """The same for an attempt to connect, whose errors carry no SQLSTATE."""
    if error.sqlstate:
        return in_our_words(who, error, clean)
    words = _words(error, clean)
    if any(sign in words.lower() for sign in _NOT_LET_IN):
        return Refused(f"{who} does not let us in: {words}.", "Look at the role, its password and the database's name.")
    return Unreachable(f"{who} cannot be reached: {words}.", "See whether it is up, and reachable from this host.")


def _words(error: psycopg.Error, clean: Callable[[str], str]) -> str:
    """The server's first line, harmless, without secrets and without its full stop."""
    lines = (error.diag.message_primary or str(error)).strip().splitlines() or [type(error).__name__]
    # Of several attempts at several addresses the last line says why the last one failed.
    line = (
        lines[0] if error.sqlstate or len(lines) == 1 else next((line for line in lines if "failed:" in line), lines[0])
    )
    return inert(clean(line), limit=300).rstrip(". ")
