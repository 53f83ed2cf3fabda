"""What Postgres says, through an expectation, to a verdict: each type keeps its meaning, none passes by accident."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.core.plan.check import PostgresCheck
from cockpit.core.reading.history import own_series
from cockpit.core.reading.judgement import Judged, judge, value_of
from cockpit.ports import Asking

if TYPE_CHECKING:
    from tests.conftest import Database

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def judged(db: Postgres, sql: str, expected: str) -> Judged:
    check = PostgresCheck.model_validate({"on": "db", "sql": sql, "pass": expected})
    answer = await db.ask(check, Asking())
    return judge(check, answer, own_series((), NOW, None, value_of(answer)))


HOLDS = {
    "numeric is exact": ("0.1::numeric + 0.2::numeric", "value == 0.3"),
    "every digit of numeric counts": (
        "12345678901234567890.000000000000000000000000000001::numeric", "value > 12345678901234567890"
    ),
    "a float is the decimal it is written as": ("0.1::float8 + 0.2::float8", "value == 0.30000000000000004"),
    "the largest bigint is a number": ("9223372036854775807", "value + 1 == 9223372036854775808"),
    "a quotient of counts is no whole number": ("7", "value / 2 == 3.5"),
    "a time stamp keeps its instant": (
        "'2026-03-01 13:30:00+02'::timestamptz", "value == timestamp('2026-03-01T11:30:00Z')"
    ),
    "an age goes by the instant": ("'2026-03-01 13:30:00+02'::timestamptz", "age(value) == duration('30m')"),
    "time stamps without a zone compare with their like": (
        "'2026-03-01 12:00'::timestamp as a, '2026-03-01 11:00'::timestamp as b", "row.a - row.b == duration('1h')"
    ),
    "an interval is a span": ("'1 day 02:00:00'::interval", "value == duration('1d2h') && value > duration('25h')"),
    "a negative interval is below a span": ("'-5 minutes'::interval", "value < duration('1s')"),
    "jsonb keeps its decimals": ("""'{"rate": 0.10, "of": [1, null]}'::jsonb""", "value.rate == 0.1"),
    "json holds null": ("""'{"of": [1, null]}'::json""", "value.of[1] == null && value.of[0] == 1"),
    "an array is a list": ("array['b', 'a']", "value.hasExactly(['a', 'b'])"),
    "an array of arrays is lists": ("array[[1, 2], [3, 4]]", "value[1][0] == 3"),
    "an empty array is an empty list": ("array[]::int[]", "size(value) == 0"),
    "a uuid compares as a text once it is written": (
        "'00000000-0000-4000-8000-00000000000A'::uuid", "string(value) == '00000000-0000-4000-8000-00000000000a'"
    ),
    "a boolean is true or false": ("true", "value"),
    "bytes have a size": ("'\\x00ff'::bytea", "size(value) == 2"),
    "a date compares with a date": ("current_date as a, current_date - 1 as b", "row.a > row.b"),
    "null can be asked for": ("null::int as a", "row.a == null"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOLDS)
async def test_what_holds_passes(db: Postgres, name: str) -> None:
    sql, expected = HOLDS[name]
    found = await judged(db, f"select {sql}", expected)
    assert (found.verdict, found.because) == ("pass", found.because)


FAILS = {
    "an exact sum is not another": ("0.1::numeric + 0.2::numeric", "value == 0.30000000000000004", "value is 0.3"),
    "another zone is another instant": (
        "'2026-03-01 13:00:00-02'::timestamptz", "value == timestamp('2026-03-01T13:00:00Z')",
        "value is 2026-03-01 15:00:00+00:00",
    ),
    "false does not pass": ("false", "value", "value is false"),
    "a set says what it lacks": ("array['api']", "value.hasExactly(['api', 'cron'])", "missing 'cron'"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILS)
async def test_what_does_not_hold_fails_with_the_value(db: Postgres, name: str) -> None:
    sql, expected, because = FAILS[name]
    found = await judged(db, f"select {sql}", expected)
    assert found.verdict == "fail"
    assert because in found.because


REFUSED = {
    "a sum over no rows is null, and not 0": (
        "sum(n) from generate_series(1, 0) as n", "value == 0", "value: The cell is null. If nothing counts as zero",
    ),
    "nor is it below a limit": ("max(n) from generate_series(1, 0) as n", "value < 5", "The cell is null"),
    "a null in a row says where": (
        "3 as a, null::int as b", "row.a > 1 && row.b < 5", "row.b: '<' has null on its left"
    ),
    "null is no number to compute with": ("null::int as b", "row.b + 1 > 0", "row.b: '+' has null on its left"),
    "no null equals a null": ("null::int as a, null::int as b", "row.a == row.b", "'==' has null on both sides"),
    "a null among rows does not pass all": (
        "n from (values (1), (null)) as t (n)", "rows.all(r, r.n < 5)", "r.n: '<' has null on its left"
    ),
    "a null is in no list": ("null::text as a", "row.a in ['x']", "'in' cannot look for null"),
    "nor is it summed": ("n from (values (1), (null)) as t (n)", "rows.map(r, r.n).sum() > 0", "'+' has null"),
    "NaN is no number": ("'NaN'::numeric", "value < 5", "'<' compares a text with a number"),
    "nor of a float": ("'NaN'::float8", "number(value) < 5", "NaN or infinite cannot be computed with"),
    "nor is infinity": ("'infinity'::float8", "number(value) > 5", "NaN or infinite cannot be computed with"),
    "an infinite time stamp is no instant": ("'infinity'::timestamptz", "age(value) > duration('1h')", "no time stamp"),
    "a month has no fixed length": (
        "'1 month'::interval", "value < duration('40d')", "A span of months has no fixed length"
    ),
    "nor has a year with days": ("'1 year 3 days'::interval", "value > duration('1d')", "no fixed length"),
    "a time stamp without a zone has no age": ("'2026-03-01'::timestamp", "age(value) > duration('1h')", "time zone"),
    "zones and no zones do not compare": (
        "now() as a, localtimestamp as b", "row.a > row.b", "a time stamp that has a time zone with one that has none"
    ),
    "a number in json is no text": ("""'{"n": "5"}'::jsonb""", "value.n > 3", "'>' compares a text with a number"),
    "a field that is not in json is named": ("""'{"state": 1}'::jsonb""", "value.stat == 1", "Did you mean state?"),
    "a uuid is no text": (
        "'00000000-0000-4000-8000-000000000001'::uuid", "value == '00000000-0000-4000-8000-000000000001'",
        "compares a UUID with a text. Write string(...)",
    ),
    "a boolean is no text": ("true", "value == 't'", "compares true or false with a text"),
    "bytes are not compared": ("'\\x01'::bytea as a, '\\x01'::bytea as b", "row.a == row.b", "bytes"),
    "no rows are no row": ("1 where false", "value == 1", "'value' is a single cell, and there are 0 rows"),
    "two rows are no value": ("n from generate_series(1, 2) as n", "value == 1", "there are 2 rows"),
    "a row by a key that is not there": (
        "* from (values ('api', 1), ('mailer', 2)) as t (type, n)", "rows.by('type').cron.n > 0",
        "There is no row 'cron'. There are api, mailer.",
    ),
    "rows without their key": (
        "* from (values ('api', 1), (null, 2)) as t (type, n)", "rows.by('type').api.n > 0", "A row's type is null"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_told_is_an_error_that_says_why(db: Postgres, name: str) -> None:
    sql, expected, because = REFUSED[name]
    found = await judged(db, f"select {sql}", expected)
    assert found.verdict == "error"
    assert because in found.because


async def test_enums_domains_and_arrays_of_them_keep_their_meaning(own: Postgres, database: Database) -> None:
    database.run("create type kind as enum ('api', 'mailer', 'cron')")
    database.run("create domain share as numeric check (value <= 1)")
    database.run("create table workers (kind kind, share share, kinds kind[], shares share[])")
    database.run("insert into workers values ('api', 0.10, '{api,cron}', '{0.1,null}'), ('cron', 1, '{}', null)")
    rows = "select * from workers order by kind"
    for expected in (
        "rows.by('kind').api.share == 0.1",
        "rows[0].kinds.hasExactly(['cron', 'api'])",
        "rows[0].shares[0] == 0.1 && rows[0].shares[1] == null",
        "size(rows[1].kinds) == 0 && rows[1].shares == null",
        "rows.map(r, r.kind).hasExactly(['api', 'cron'])",
    ):
        assert (await judged(own, rows, expected)).verdict == "pass", expected
    found = await judged(own, rows, "rows.map(r, r.kind).hasAll(['api', 'mailer'])")
    claim = "rows.map(r, r.kind).hasAll(['api', 'mailer']) is false"
    assert found.verdict == "fail"
    assert found.because == f"missing 'mailer': rows.map(r, r.kind) is ['api', 'cron'], and {claim}"


async def test_arrays_of_enums_are_lists_in_every_batch_of_rows(own: Postgres, database: Database) -> None:
    database.run("create type kind as enum ('api', 'cron')")
    rows = "select array['api', 'cron']::kind[] as kinds from generate_series(1, 120)"
    assert (await judged(own, rows, "size(rows) == 120 && rows.all(r, r.kinds == ['api', 'cron'])")).verdict == "pass"


@pytest.mark.parametrize(
    "beyond",
    ["(repeat('[', 3000) || repeat(']', 3000))", "(repeat('[', 101) || repeat(']', 101))", "repeat('9', 5000)"],
    ids=["beyond recursion", "beyond reason", "thousands of digits"],
)
async def test_json_beyond_reason_is_shown_as_text_and_no_value_to_compare(db: Postgres, beyond: str) -> None:
    found = await judged(db, f"select {beyond}::json", "value == [] || value > 3")
    assert found.verdict == "error"
    assert "compares a text with" in found.because
