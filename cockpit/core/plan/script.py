"""Statements that belong together: one transaction of a check, and what may not stand in it.

Here is refused what can be recognised from the text, before a connection is opened; the server refuses the rest.
A check reads. With `mutates = true` it may write, and is always rolled back: then what a rollback does not undo is
refused too, as far as it can be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cockpit.core.plan.statement import READING_WORDS, bare, deciding_word, first_word, is_single, parameters

WRITING_WORDS = (
    "insert", "update", "delete", "merge", "call", "do", "create", "alter", "drop", "truncate", "grant", "revoke",
    "comment", "refresh", "reindex", "analyze", "lock",
)  # fmt: skip
"""The first words that a transaction which is rolled back may have beside those that read."""

_ENDING = ("begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "prepare")
"""First words that open or end a transaction, or a part of it."""

_AS_A_LIST = 'Write them as a list: sql = ["...", "..."].'

# https://www.postgresql.org/docs/current/sql-createindex.html and others: what no transaction block takes.
_OUTSIDE = re.compile(
    r"[\s(;]*(?:vacuum\b|alter\s+system\b|(?:create|drop)\s+(?:database|tablespace)\b"
    r"|(?:create\s+(?:unique\s+)?|drop\s+)index\s+concurrently\b|reindex\b.*\bconcurrently\b)",
    re.IGNORECASE | re.DOTALL,
)
_LOCAL = re.compile(r"[\s(;]*set\s+local\s+(?!transaction\b|session\b)", re.IGNORECASE)
_CONSTRAINTS = re.compile(r"[\s(;]*set\s+constraints\b", re.IGNORECASE)

# What is done at once, or outside of the transaction: a rollback leaves it. Each is documented as such:
# https://www.postgresql.org/docs/current/functions-sequence.html, functions-admin.html, dblink.html; and the
# extension `http`. Advisory locks of the transaction (pg_advisory_xact_lock) and pg_notify are undone.
_LASTING = re.compile(
    r"\b(setval|pg_(?:try_)?advisory_(?:un)?lock(?:_shared|_all)?|pg_terminate_backend|pg_cancel_backend|dblink\w*"
    r"|pg_reload_conf|pg_promote|pg_rotate_logfile|pg_switch_wal|pg_\w*replication_slot\w*|pg_logical_emit_message"
    r"|pg_backup_\w+|pg_stat_reset\w*|pg_file_\w+|lo_export|http(?:_(?:get|post|put|patch|delete|head))?)\"?\s*\(",
    re.IGNORECASE,
)


class Objection(NamedTuple):
    """Why a statement is not sent: two sentences."""

    what: str
    remedy: str


def objections(statements: Sequence[str], *, mutates: bool = False) -> Iterator[tuple[int, Objection]]:
    """Everything that speaks against these statements, each with the place of the one it is about."""
    for place, sql in enumerate(statements):
        found = objection(sql, mutates=mutates, leads_up=place < len(statements) - 1)
        if found is not None:
            yield place, found


def objections_to_write(statements: Sequence[str]) -> Iterator[tuple[int, Objection]]:
    """Everything that speaks against the statements of a writing action: it is one transaction, and that is ours."""
    for place, sql in enumerate(statements):
        word = first_word(sql)
        if not word:
            yield place, Objection("This is no statement.", "Say what is to be written.")
        elif not is_single(sql):
            yield place, Objection("These are several statements.", _AS_A_LIST)
        elif word in _ENDING:
            what = f"'{word}' belongs to the cockpit here."
            yield place, Objection(what, "Take it out: an action is one transaction, all or nothing.")
        elif _OUTSIDE.match(bare(sql)):
            yield place, Objection("This runs outside of transactions only.", "Run it by argv, with psql -c.")
        elif word == "set" and (found := _setting(sql)) is not None:
            yield place, found


def objection(sql: str, *, mutates: bool = False, leads_up: bool = False) -> Objection | None:
    """What speaks against one statement; one that `leads_up` to the last may set something for the transaction."""
    word = deciding_word(sql)
    if not word:
        return Objection("This is no statement.", f"Begin with one of {', '.join(READING_WORDS)}.")
    if not is_single(sql):
        return Objection("These are several statements.", _AS_A_LIST)
    if mutates and word in _ENDING:
        return Objection(f"'{word}' belongs to the cockpit here.", "Take it out: what is tried is always rolled back.")
    if word == "set" and (leads_up or mutates):
        return _setting(sql)
    if word not in READING_WORDS and not (mutates and word in WRITING_WORDS):
        return _no_way_to_look(word, mutates=mutates)
    lasting = lasting_functions(sql) if mutates else ()
    if lasting:
        return Objection(f"A rollback does not undo {lasting[0]}().", "Leave it out, or make it an action.")
    return None


def lasting_functions(sql: str) -> tuple[str, ...]:
    """Functions in a statement, bodies of `do` included, whose effect a rollback leaves; each once."""
    text = bare(sql, keep_quoted=True)
    return tuple(dict.fromkeys(match[1].lower() for match in _LASTING.finditer(text)))


def bound(sql: str, values: Sequence[object]) -> tuple[object, ...]:
    """Of the values of `$1`, `$2`, ... those up to the highest one a statement names.

    One in between that it does not name stands as 0: the server wants a type for each, and looks at no value.
    """
    used = parameters(sql)
    return tuple(value if at in used else 0 for at, value in enumerate(values[: max(used, default=0)], start=1))


def _setting(sql: str) -> Objection | None:
    if _LOCAL.match(bare(sql)) or _CONSTRAINTS.match(bare(sql)):
        return None
    return Objection("A setting holds for the transaction only.", "Write set local NAME = VALUE.")


def _no_way_to_look(word: str, *, mutates: bool) -> Objection:
    if mutates:
        words = ", ".join((*READING_WORDS, *WRITING_WORDS))
        return Objection(f"'{word}' cannot be tried and rolled back.", f"Begin with one of {words} or set local.")
    words = ", ".join(READING_WORDS)
    also = "; or write mutates = true, and it is tried and rolled back" if word in WRITING_WORDS else ""
    return Objection(f"A check only looks, and '{word}' is no way to look.", f"Begin with one of {words}{also}.")
