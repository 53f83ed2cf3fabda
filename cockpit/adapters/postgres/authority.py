"""Whether a role may do what a writing action does, told without doing it: in a transaction that only reads.

What EXPLAIN takes is planned, which asks for every right it needs: on tables, columns and the functions it calls. Of
the rest the rights on what it names are asked (`claims`). What a `do`, a function or a trigger does inside, the server
tells nobody before; a statement that none of this can look at is told as such. A statement that changes what is there
makes what comes after it uncertain: that is planned against what is there now.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import psycopg

from cockpit.adapters.postgres.claims import Claim, Right, claim_of
from cockpit.adapters.postgres.foresight import PLANNED, Translate, aside, decided_by_policy, plan, refused, set_locally
from cockpit.adapters.postgres.transaction import Connection, Terms, begin
from cockpit.core.plan.statement import first_word
from cockpit.core.text.inert import inert
from cockpit.ports import Doubt

_LATER = "It may be otherwise after what comes before it."
_TRY = "Try it on a database where it may be done: tried_on does, for a way back."
_GRANT = "Grant the role what it needs, or write as a role that has it."

_ASKED: dict[Right, tuple[bytes, str]] = {
    "own": (
        b"""select c.oid is not null, pg_has_role(c.relowner, 'usage')
            from (select to_regclass($1)) as named (oid) left join pg_catalog.pg_class as c on c.oid = named.oid""",
        "does not own",
    ),
    "truncate": (
        b"""select c.oid is not null, has_table_privilege(c.oid, 'truncate')
            from (select to_regclass($1)) as named (oid) left join pg_catalog.pg_class as c on c.oid = named.oid""",
        "may not truncate",
    ),
    "create": (
        b"""select n.oid is not null, has_schema_privilege(n.oid, 'create')
            from (select parse_ident($1)) as named (parts)
            left join pg_catalog.pg_namespace as n
              on n.nspname = case when array_length(parts, 1) > 1 then parts[1] else current_schema() end""",
        "may not create, where it would stand,",
    ),
    "execute": (
        b"""select p.oid is not null, has_function_privilege(p.oid, 'execute')
            from (select to_regproc($1)) as named (oid) left join pg_catalog.pg_proc as p on p.oid = named.oid""",
        "may not call",
    ),
}
"""Whether what is named is there, and whether the role has the right; and the words for one that has it not."""


async def authorised(
    connection: Connection,
    statements: Sequence[str],
    samples: Sequence[tuple[object, ...]],
    terms: Terms,
    ours: Translate,
) -> tuple[Doubt, ...]:
    """Every doubt about an action's statements. Begins a transaction; the caller rolls back. Raises psycopg.Error."""
    found, is_changed = list[Doubt](), False
    async with connection.pipeline():
        await begin(connection, terms)
    for place, sql in enumerate(statements, start=1):
        key, word = f"sql[{place}]" if len(statements) > 1 else "sql", first_word(sql)
        doubts = [replace(doubt, key=key) async for doubt in _of_statement(connection, sql, samples, terms, ours)]
        if word == "set" and doubts:
            return (*found, *doubts)  # what comes later would be looked at for another role than is meant
        found += [_later(doubt) for doubt in doubts] if is_changed else doubts
        is_changed = is_changed or word not in (*PLANNED, "set")
    return tuple(dict.fromkeys(found))


def _later(doubt: Doubt) -> Doubt:
    return replace(doubt, sure=False, remedy=_LATER) if doubt.sure else doubt


async def _of_statement(
    connection: Connection, sql: str, samples: Sequence[tuple[object, ...]], terms: Terms, ours: Translate
) -> AsyncIterator[Doubt]:
    word = first_word(sql)
    if word in PLANNED:
        async for doubt in _of_plan(connection, sql, samples, ours):
            yield doubt
    elif word == "set":
        if (refusal := await set_locally(connection, sql, terms, ours)) is not None:
            yield refusal
    elif (claim := claim_of(sql)) is None:
        yield Doubt(f"What '{word}' needs here cannot be told without doing it.", _TRY, sure=False)
    else:
        async for doubt in _of_claim(connection, claim, ours):
            yield doubt


async def _of_plan(
    connection: Connection, sql: str, samples: Sequence[tuple[object, ...]], ours: Translate
) -> AsyncIterator[Doubt]:
    try:
        for sample in samples:
            async with aside(connection):
                await plan(connection, sql, sample)
    except psycopg.Error as error:
        if error.sqlstate is None:
            raise
        yield refused(error, ours)
        return
    if table := await decided_by_policy(connection, sql, samples[0]):
        what = f"Row-level security decides which rows of {inert(table, limit=60)} it changes."
        yield Doubt(what, "Let its proof show that they were all that are meant.", sure=False)


async def _of_claim(connection: Connection, claim: Claim, ours: Translate) -> AsyncIterator[Doubt]:
    question, lacks = _ASKED[claim.right]
    for name in claim.names:
        shown = inert(name, limit=120)
        try:
            async with aside(connection):
                cursor = await connection.execute(question, [name])
                row = await cursor.fetchone()
        except psycopg.Error as error:
            if error.sqlstate is None:
                raise
            yield refused(error, ours)
            continue
        is_there, may = row or (False, False)
        if is_there and not may:
            yield Doubt(f"The role {lacks} {shown}.", _GRANT)
        elif not is_there and claim.right == "execute":
            yield Doubt(f"Which {shown} is called cannot be told without calling it.", _TRY, sure=False)
        elif not is_there and not claim.may_lack:
            yield Doubt(f"There is no {shown}.", "Correct the statement.", lacks=name.rpartition(".")[2].strip('" '))
