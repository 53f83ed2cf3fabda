from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.adapters.postgres.portal import MOST_BYTES, MOST_ROWS
from cockpit.core.plan.check import HttpCheck, PostgresCheck
from cockpit.errors import Refused
from cockpit.ports import Asking

if TYPE_CHECKING:
    from tests.conftest import Database


def check(sql: str, **more: Any) -> PostgresCheck:
    return PostgresCheck(on="db", sql=sql, **more)


async def value(db: Postgres, sql: str, *parameters: object) -> object:
    return (await db.ask(check(sql), Asking(parameters))).facts["value"]


async def test_one_cell_is_value_row_and_rows(db: Postgres) -> None:
    answer = await db.ask(check("select 7 as seven"), Asking())
    assert answer.facts == {"columns": ("seven",), "rows": ({"seven": 7},), "row": {"seven": 7}, "value": 7}
    assert (answer.table.columns, answer.table.rows, answer.table.capped) == (("seven",), ((7,),), False)
    assert answer.control is None


async def test_another_shape_has_no_value_and_says_why(db: Postgres) -> None:
    answer = await db.ask(check("select n, n * 2 as double from generate_series(1, 2) as n"), Asking())
    assert answer.facts["rows"] == ({"n": 1, "double": 2}, {"n": 2, "double": 4})
    assert "value" not in answer.facts
    assert "row" not in answer.facts
    assert "there are 2 rows of 2 columns" in str(answer.facts["value_error"])
    assert "there are 2 rows" in str(answer.facts["row_error"])


async def test_no_rows_keep_their_columns_and_have_no_value(db: Postgres) -> None:
    answer = await db.ask(check("select 1 as a, 2 as b where false"), Asking())
    assert answer.table.columns == ("a", "b")
    assert "there are 0 rows" in str(answer.facts["value_error"])


async def test_the_sum_over_nothing_is_null_and_no_value(db: Postgres) -> None:
    answer = await db.ask(check("select sum(x) from (select 1 as x where false) as none"), Asking())
    assert "value" not in answer.facts
    assert "null" in str(answer.facts["value_error"])
    assert answer.facts["row"] == {"sum": None}


async def test_columns_of_one_name_can_all_be_asked_for(db: Postgres) -> None:
    answer = await db.ask(check("select 1 as n, 2 as n, 3 as n_2, 4 as n"), Asking())
    assert answer.facts["row"] == {"n": 1, "n_2": 2, "n_2_2": 3, "n_3": 4}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("0.1::numeric + 0.2::numeric", Decimal("0.3")),
        (
            "12345678901234567890.123456789012345678901234567890::numeric",
            Decimal("12345678901234567890.123456789012345678901234567890"),
        ),
        ("0.1::float8", Decimal("0.1")),
        ("'NaN'::float8", "NaN"),
        ("'-Infinity'::numeric", "-Infinity"),
        ("9223372036854775807", 9223372036854775807),
        ("true", True),
        ("'text'::text", "text"),
        ("'done'::character(10)", "done"),
        ("'2026-03-01 12:00:00+02'::timestamptz", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("'infinity'::timestamptz", "infinity"),
        ("'2026-03-01'::date", date(2026, 3, 1)),
        ("'90 minutes'::interval", timedelta(minutes=90)),
        ("'1 month'::interval", "1 mon"),
        ("'00000000-0000-4000-8000-000000000001'::uuid", uuid.UUID("00000000-0000-4000-8000-000000000001")),
        ("""'{"a": [1, 0.10]}'::jsonb""", {"a": [1, Decimal("0.10")]}),
        ("array[1.5, null]::numeric[]", [Decimal("1.5"), None]),
        ("array['a', 'b']::text[]", ["a", "b"]),
        ("'[1,5)'::int4range::text", "[1,5)"),
        ("(1, 'a')::text", "(1,a)"),
    ],
)
async def test_cells_come_typed_and_exact(db: Postgres, sql: str, expected: object) -> None:
    found = await value(db, f"select {sql}")
    assert found == expected
    assert type(found) is type(expected)


async def test_moments_are_aware_and_in_utc_whatever_the_session(own: Postgres, database: Database) -> None:
    database.run(f"alter database {database.name} set timezone = 'Asia/Tokyo'")
    found = await value(own, "select now()")
    assert isinstance(found, datetime)
    assert found.tzinfo is UTC


async def test_enums_are_text(own: Postgres, database: Database) -> None:
    database.run("create type mood as enum ('good', 'bad')")
    assert await value(own, "select 'good'::mood") == "good"


async def test_parameters_are_bound_with_their_types(own: Postgres, database: Database) -> None:
    key = uuid.uuid4()
    database.run("create table things (id uuid, born timestamptz, price numeric, name text)")
    database.run(f"insert into things values ('{key}', '2026-03-01 12:00Z', 1.10, 'it''s')")
    born = datetime(2026, 3, 1, 12, tzinfo=UTC)
    sql = "select count(*) from things where id = $1 and born = $2 and price = $3 and name = $4"
    assert await value(own, sql, key, born, Decimal("1.1"), "it's") == 1
    assert await value(own, sql, key, born, Decimal("1.1"), "' or true --") == 0


async def test_a_missing_parameter_is_refused_in_a_sentence(db: Postgres) -> None:
    with pytest.raises(Refused, match="parameters"):
        await value(db, "select $1::int")


async def test_a_parameter_alone_takes_the_type_it_was_given(db: Postgres) -> None:
    assert await value(db, "select $1", "text") == "text"
    assert await value(db, "select $1", 5) == 5


async def test_every_reading_word_is_answered(own: Postgres, database: Database) -> None:
    database.run("create table t as select 1 as id")
    for sql in (
        "select id from t",
        "with x as (select id from t) select * from x",
        "values (1)",
        "table t",
        "(select 1)",
    ):
        assert await value(own, sql) == 1
    assert str(await value(own, "show server_version_num")).isdigit()
    plan = await own.ask(check("explain select * from t"), Asking())
    assert plan.table.columns == ("QUERY PLAN",)


async def test_a_statement_may_end_in_a_semicolon_and_a_comment(db: Postgres) -> None:
    assert await value(db, "/* one /* nested */ */ select 1; -- the end") == 1


async def test_the_control_is_asked_in_the_same_transaction(db: Postgres) -> None:
    same = "select pg_current_xact_id_if_assigned() is null and now() = transaction_timestamp()"
    answer = await db.ask(check("select 1", seen=same), Asking())
    assert answer.control is True
    assert "seen_error" not in answer.facts


@pytest.mark.parametrize(
    "seen", ["select false", "select null::boolean", "select 1", "select true where false", "select true, true"]
)
async def test_a_control_that_is_not_exactly_true_does_not_hold(db: Postgres, seen: str) -> None:
    answer = await db.ask(check("select 1", seen=seen), Asking())
    assert answer.control is False
    assert "not true" in str(answer.facts["seen_error"])
    assert answer.facts["value"] == 1


async def test_a_control_that_fails_does_not_hold_and_the_rows_come_all_the_same(db: Postgres) -> None:
    answer = await db.ask(check("select 1", seen="select 1 / 0 = 1"), Asking())
    assert answer.control is False
    assert "division by zero" in str(answer.facts["seen_error"])
    assert answer.facts["value"] == 1


async def test_a_million_rows_cost_a_thousand(db: Postgres) -> None:
    answer = await db.ask(check("select n from generate_series(1, 1000000) as n"), Asking())
    assert len(answer.table.rows) == MOST_ROWS
    assert answer.table.capped
    assert answer.table.rows[-1] == (MOST_ROWS,)
    assert "1000 and more rows" in str(answer.facts["value_error"])


async def test_exactly_a_thousand_rows_are_not_capped(db: Postgres) -> None:
    answer = await db.ask(check(f"select n from generate_series(1, {MOST_ROWS}) as n"), Asking())
    assert (len(answer.table.rows), answer.table.capped) == (MOST_ROWS, False)


@pytest.mark.parametrize("count", [24, 25, 26, 100])
async def test_all_rows_come_whatever_the_size_of_a_fetch(db: Postgres, count: int) -> None:
    answer = await db.ask(check(f"select n from generate_series(1, {count}) as n"), Asking())
    assert answer.table.rows == tuple((n,) for n in range(1, count + 1))
    assert not answer.table.capped


async def test_wide_rows_are_capped_by_their_bytes(db: Postgres) -> None:
    answer = await db.ask(check("select repeat('x', 100000) as wide from generate_series(1, 500)"), Asking())
    assert answer.table.capped
    assert 0 < sum(len(str(row[0])) for row in answer.table.rows) <= MOST_BYTES


async def test_one_row_that_is_too_large_is_left_out_and_said(db: Postgres) -> None:
    answer = await db.ask(check("select repeat('x', 2000000)"), Asking())
    assert answer.table.rows == ()
    assert answer.table.capped
    assert "0 and more rows" in str(answer.facts["value_error"])


async def test_a_check_of_another_kind_is_refused(db: Postgres) -> None:
    with pytest.raises(Refused, match="is a database"):
        await db.ask(HttpCheck(on="db", get="/"), Asking())


async def test_doctor_learns_whom_it_reached_and_how_fast(database: Database, own: Postgres) -> None:
    database.run("create table t (id int)")
    link = await own.examine()
    assert link.ok
    assert f"{database.name} on PostgreSQL" in link.summary
    assert link.details == ("Tables and views it may read: 1; write to: 0.",)
    assert "as cockpit_reader" in link.summary
    assert link.warnings == ()
    assert link.milliseconds < 1000


async def test_doctor_warns_of_a_superuser_and_of_rights_to_write(database: Database) -> None:
    database.run("create table t (id int)")
    for url, word in ((database.admin_url, "superuser"), (database.owner_url, "may write to 1 tables")):
        postgres = Postgres("db", url)
        link = await postgres.examine()
        await postgres.close()
        assert link.ok
        assert any(word in warning for warning in link.warnings)


async def test_doctor_warns_of_hidden_rows(database: Database, own: Postgres) -> None:
    database.run("create table t (id int)", "alter table t enable row level security")
    assert any("hides rows of 1 tables" in warning for warning in (await own.examine()).warnings)


async def test_a_write_is_one_transaction_and_says_what_it_did(database: Database) -> None:
    database.run("create table t as select n as id from generate_series(1, 5) as n")
    writer = Postgres("db", database.owner_url)
    assert await writer.write(("delete from t where id > $1",), [2], seconds=5) == "DELETE 3"
    assert database.run("select count(*) from t") == [(2,)]
    await writer.close()


async def test_the_control_is_given_the_same_parameters(db: Postgres) -> None:
    asked = check("select $1::int", seen="select $2 = 'text' and $1::int = 5", **{"with": ["a", "b"]})
    answer = await db.ask(asked, Asking((5, "text")))
    assert (answer.control, answer.facts["value"]) == (True, 5)
    assert (await db.ask(asked, Asking((6, "text")))).control is False


async def test_statements_that_belong_together_are_written_all_or_none(database: Database) -> None:
    database.run("create table t as select n as id from generate_series(1, 5) as n")
    writer = Postgres("db", database.owner_url)
    together = ("set local lock_timeout = '1s'", "delete from t where id = $2", "insert into t values ($1), ($2)")
    assert await writer.write(together, [7, 2], seconds=5) == "SET, DELETE 1, INSERT 0 2"
    assert database.run("select array_agg(id order by id) from t") == [([1, 2, 3, 4, 5, 7],)]
    with pytest.raises(Refused, match="division by zero"):
        await writer.write(("delete from t", "select 1 / 0", "insert into t values (9)"), [], seconds=5)
    assert database.run("select count(*) from t") == [(6,)]
