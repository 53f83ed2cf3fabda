"""Statements that belong together: what is refused before a connection is opened, and what each is given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.core.plan.script import bound, lasting_functions, objection, objections
from cockpit.core.plan.statement import parameters


def test_every_statement_that_is_no_good_is_told_with_its_place() -> None:
    found = dict(objections(["select 1", "delete from x", "set role y", "select 2", ""]))
    assert list(found) == [1, 2, 4]
    assert found[1].what == "A check only looks, and 'delete' is no way to look."
    assert found[2].remedy == "Write set local NAME = VALUE."


@pytest.mark.parametrize("sql", ["set local role x", "SET  LOCAL statement_timeout = 5", "/* a */ set local a.b = 'c'"])
def test_what_is_set_for_the_transaction_may_lead_up_to_a_question(sql: str) -> None:
    assert objection(sql, leads_up=True) is None
    assert objection(sql) is not None
    assert objection(sql, mutates=True) is None


@pytest.mark.parametrize(
    "sql", ["set role x", "set session role x", "set local transaction read write", "set local session authorization x"]
)
def test_what_is_set_for_longer_or_for_the_transaction_itself_may_not(sql: str) -> None:
    assert objection(sql, leads_up=True) is not None
    assert objection(sql, mutates=True) is not None


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select setval('s', 1), SetVal('s', 2)", ("setval",)),
        ("do $$ begin perform dblink_exec('a', 'b'); end $$", ("dblink_exec",)),
        ('select "pg_advisory_lock" (1)', ("pg_advisory_lock",)),
        ("select 1 -- setval('s', 1)", ()),
        ("select 1 /* dblink('a') */", ()),
        ("select pg_advisory_xact_lock(1), pg_notify('a', 'b'), nextval('s'), currval('s')", ()),
        ("select resetval(1), my_dblink_(1)", ()),
    ],
)
def test_what_a_rollback_leaves_is_told_by_name(sql: str, names: tuple[str, ...]) -> None:
    assert lasting_functions(sql) == names


def test_a_statement_is_given_what_it_names_and_a_nought_in_between() -> None:
    assert bound("select $1, $3", ("a", "b", "c")) == ("a", 0, "c")
    assert bound("select $2", ("a", "b", "c")) == (0, "b")
    assert bound("select '$2'", ("a", "b")) == ()
    assert bound("select $3", ("a",)) == (0,)


@given(st.lists(st.integers(1, 9), max_size=5), st.lists(st.integers(), max_size=9))
def test_whatever_is_named_stands_where_it_was_named(named: list[int], values: list[int]) -> None:
    sql = "select " + ", ".join(f"${number}" for number in named)
    given_ = bound(sql, values)
    for number in parameters(sql):
        if number <= len(values):
            assert given_[number - 1] == values[number - 1]
    assert len(given_) == min(len(values), max(named, default=0))
