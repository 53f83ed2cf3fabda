"""What is told of SQL without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.core.plan.statement import acting_functions, bare, deciding_word, first_word, is_single, parameters


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("select 1", "select"),
        ("  -- why\n/* how /* nested */ */ With x as (select 1) table x", "with"),
        ("(select 1) union (select 2)", "select"),
        ("-- select\ndelete from x", "delete"),
        ("/* select", ""),
        ("", ""),
        ("'select'", ""),
    ],
)
def test_the_first_word_is_found_behind_comments_and_brackets(sql: str, word: str) -> None:
    assert first_word(sql) == word


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("select 1", "select"),
        ("explain (select 1) union (select 2)", "select"),
        ("explain analyze verbose create table k as select 1", "create"),
        ("EXPLAIN (analyze, format json) -- now\n delete from j", "delete"),
        ("explain(costs off)select 1", "select"),
        ("explain", ""),
        ("--\rdelete from j --\nselect 1", "delete"),
        ("with_x", "with_x"),
    ],
)
def test_explain_is_judged_by_what_it_explains(sql: str, word: str) -> None:
    assert deciding_word(sql) == word


@pytest.mark.parametrize(
    ("sql", "numbers"),
    [
        ("select $1, $2, $1", {1, 2}),
        ("select '$1', \"$2\", $$ $3 $$, $tag$ $4 $tag$, $5", {5}),
        ("select E'it\\'s $1', 'it''s $2', $3", {3}),
        ("select a$1, $10::int -- $11\n/* $12 */", {10}),
        ("select $$ an open text $1", {1}),
    ],
)
def test_parameters_are_counted_outside_of_texts_and_comments(sql: str, numbers: set[int]) -> None:
    assert parameters(sql) == numbers


def test_one_statement_may_end_in_a_semicolon() -> None:
    assert is_single("select ';' ; -- done;\n")
    assert is_single("select 1")
    assert not is_single("select 1; delete from x")
    assert not is_single("; select 1")


def test_functions_that_act_are_told_by_name_and_once() -> None:
    sql = "select pg_terminate_backend(pid), PG_TRY_ADVISORY_XACT_LOCK (1), pg_terminate_backend(2) from x"
    assert acting_functions(sql) == ("pg_terminate_backend", "pg_try_advisory_xact_lock")
    assert acting_functions("select 'pg_sleep(1)', count(pg_sleep) from x -- pg_notify('a')") == ()


@given(st.text(alphabet="$1'\"/*-eE\\a \n;(", max_size=30))
def test_no_text_makes_it_fail_and_nothing_is_added(sql: str) -> None:
    assert len(bare(sql).replace(" ", "")) <= len(sql)
    assert isinstance(first_word(sql), str)
