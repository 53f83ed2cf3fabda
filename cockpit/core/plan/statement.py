"""What can be told of an SQL statement without a database: its first word, its parameters, what acts.

No parser: comments and everything quoted are blanked, and what is left is searched. Enough to
refuse early what the server or the adapter would refuse at two in the morning; the server
stays the judge.
"""

from __future__ import annotations

import re

READING_WORDS = ("select", "with", "values", "table", "show", "explain")
"""The first words a check's statement may have."""

_QUOTED = re.compile(
    r"""
    --[^\n\r]*                                        # a comment to the end of the line; a lone \r ends one too
    | (?<![A-Za-z0-9_$])[eE]'(?:[^'\\]|\\[\s\S]|'')*'  # a text with backslash escapes
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | (?<![A-Za-z0-9_$])\$([A-Za-z_][A-Za-z0-9_]*)?\$[\s\S]*?\$(?(1)\1)\$
    """,
    re.VERBOSE,
)
_COMMENT = re.compile(r"/\*|\*/")
_PARAMETER = re.compile(r"(?<![A-Za-z0-9_$])\$([0-9]{1,5})")
# https://www.postgresql.org/docs/current/sql-explain.html: what stands between the word and the statement.
_EXPLAIN = re.compile(
    r"""[\s(;]*explain\b(?:
        \s*\(\s*(?:analy[sz]e|verbose|costs|settings|generic_plan|buffers|serialize|wal|timing|summary|memory|format)\b[^()]*\)
        | (?:\s+(?:analy[sz]e|verbose)\b)*
    )""",
    re.VERBOSE | re.IGNORECASE,
)
# https://www.postgresql.org/docs/current/functions-admin.html: read-only transactions let all of these through.
_ACTING = re.compile(
    r"\b(pg_terminate_backend|pg_cancel_backend|pg_(?:try_)?advisory_\w*lock\w*|pg_notify|pg_reload_conf|pg_promote"
    r"|pg_rotate_logfile|pg_switch_wal|pg_\w*replication_slot\w*|pg_logical_emit_message|pg_backup_\w+|pg_stat_reset\w*"
    r"|pg_sleep\w*|pg_read_\w*file|pg_ls_\w+|set_config|dblink\w*|lo_(?:import|export)|nextval|setval)\s*\(",
    re.IGNORECASE,
)


def bare(sql: str, *, keep_quoted: bool = False) -> str:
    """The statement with comments turned into blanks, and everything quoted too unless it is kept."""
    pieces, at = [], 0
    while at < len(sql):
        quoted = _QUOTED.search(sql, at)
        comment = sql.find("/*", at)
        if comment >= 0 and (quoted is None or comment < quoted.start()):
            pieces.append(sql[at:comment])
            at = _after_comment(sql, comment)
        elif quoted is not None:
            pieces.append(sql[at : quoted.start()])
            if keep_quoted and not quoted[0].startswith("--"):
                pieces.append(quoted[0])
            at = quoted.end()
        else:
            pieces.append(sql[at:])
            break
        pieces.append(" ")
    return "".join(pieces)


def _after_comment(sql: str, start: int) -> int:
    """Where a `/* */` comment ends; they nest. An unclosed one takes the rest."""
    depth = 0
    for mark in _COMMENT.finditer(sql, start):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(sql)


def first_word(sql: str) -> str:
    """The first word in lower case, brackets before it passed over; "" where there is none."""
    match = re.match(r"[\s(;]*([A-Za-z_][A-Za-z0-9_$]*)", bare(sql))
    return match[1].lower() if match else ""


def deciding_word(sql: str) -> str:
    """The first word, and for EXPLAIN that of what is explained: ANALYZE carries it out.

    A read-only transaction lets `explain analyze create table ... as` through.
    """
    text = bare(sql)
    explain = _EXPLAIN.match(text)
    return first_word(text[explain.end() :] if explain else text)


def is_single(sql: str) -> bool:
    """Whether nothing but blanks follows the first `;`."""
    _, _, rest = bare(sql).partition(";")
    return not rest.strip()


def parameters(sql: str) -> frozenset[int]:
    """The numbers of the parameters: `{1, 2}` for a statement with `$1` and `$2`."""
    return frozenset(int(match[1]) for match in _PARAMETER.finditer(bare(sql)))


def acting_functions(sql: str) -> tuple[str, ...]:
    """Functions that do something even in a read-only transaction, as the statement names them, each once."""
    return tuple(dict.fromkeys(match[1].lower() for match in _ACTING.finditer(bare(sql))))
