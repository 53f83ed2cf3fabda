"""Baselines compared: relation by relation, cell by cell, and what cannot be compared at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.reading import Table
from cockpit.core.reading.comparison import Cell, Comparison, Relation, compare
from cockpit.core.reading.relation import FORMS, difference

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
NAIVE = datetime(2026, 3, 1, 12)  # noqa: DTZ001  (a column without time zone)


@pytest.mark.parametrize(
    ("relation", "before", "now", "trouble"),
    [
        ("equal", 3, 3, None),
        ("equal", 3, Decimal("3.0"), None),
        ("equal", 0.1, Decimal("0.1"), None),
        ("equal", "a", "a", None),
        ("equal", None, None, None),
        ("equal", b"a", b"a", None),
        ("equal", ip_address("10.0.0.1"), ip_address("10.0.0.1"), None),
        ("equal", [1, None, {"a": 1.5}], [1, None, {"a": Decimal("1.5")}], None),
        ("equal", 3, 4, "but must stay equal"),
        ("equal", 3, "3", "but must stay equal"),
        ("equal", 1, True, "but must stay equal"),
        ("equal", None, 0, "but must stay equal"),
        ("equal", 0, None, "but must stay equal"),
        ("equal", b"a", b"b", "but must stay equal"),
        ("equal", [1], [2], "but must stay equal"),
        ("equal", [1], ["a"], "but '==' compares a number with a text"),
        ("equal", NOON, NAIVE, "but '==' compares a time stamp that has a time zone with one that has none"),
        ("equal", float("nan"), float("nan"), "but a number that is NaN or infinite cannot be computed with"),
        ("any", None, "x", None),
        ("any", 3, None, None),
        ("only grows", 3, 3, None),
        ("only grows", 3, 4.5, None),
        ("only grows", NOON, LATER, None),
        ("only grows", date(2026, 1, 1), date(2026, 1, 2), None),
        ("only grows", timedelta(1), timedelta(2), None),
        ("only grows", 4, 3, "but may only grow"),
        ("only grows", None, 3, "but may only grow, and null does neither"),
        ("only grows", 3, None, "but may only grow, and null does neither"),
        ("only grows", None, None, "but may only grow, and null does neither"),
        ("only grows", "a", "b", "but may only grow, and a text does neither"),
        ("only grows", False, True, "but may only grow, and true or false does neither"),
        ("only grows", 3, NOON, "but '>=' compares a time stamp with a number"),
        ("only shrinks", 3, 2, None),
        ("only shrinks", 3, 4, "but may only shrink"),
        ("within 5", 10, 15, None),
        ("within 5", 10, 5, None),
        ("within 0.1", Decimal("0.3"), 0.4, None),
        ("within 0.1", 0.3, 0.41, "a change of 0.11 where 0.1 is allowed"),
        ("within 5", 10, 16, "a change of 6 where 5 is allowed"),
        ("within 5", 10, 4, "a change of -6 where 5 is allowed"),
        ("within 5", None, 4, "but both must be numbers"),
        ("within 5", "a", "a", "but both must be numbers"),
        ("within 5", NOON, LATER, "but both must be numbers"),
        ("within 5%", 100, 105, None),
        ("within 5%", 100, Decimal("94.99"), "a change of -5.01 where 5% is allowed"),
        ("within 5%", -100, -105, None),
        ("within 5%", 0, 0, None),
        ("within 5%", 0, Decimal("0.01"), "a change of 0.01 where 5% is allowed"),
        ("within 0", 10**100, 10**100 + 1, "a change of 1 where 0 is allowed"),
        ("within 100%", 10**100, 2 * 10**100, None),
        ("within 5%", None, None, "but both must be numbers"),
        ("one of [ok, done]", None, "done", None),
        ("one of ['a, b', \"c\"]", 1, "a, b", None),
        ("one of [0, 1.5, true]", 7, Decimal("1.50"), None),
        ("one of [0, true]", 7, True, None),
        ("one of [0, 1]", 7, True, "but must be one of [0, 1]"),
        ("one of ['1']", 7, 1, "but must be one of ['1']"),
        ("one of [ok]", "ok", None, "but must be one of [ok]"),
        ("not below 5", None, 5, None),
        ("not below -1.5", None, Decimal("-1.5"), None),
        ("not below 5", 9, 4.9, "but must be not below 5"),
        ("not below 5", 9, None, "but must be a number"),
        ("not above 5", None, 5, None),
        ("not above 5", 3, 6, "but must be not above 5"),
    ],
)  # fmt: skip
def test_a_relation_holds_or_says_why_not(relation: str, before: object, now: object, trouble: str | None) -> None:
    outcome = Relation.parse(relation).holds(before, now)
    assert outcome.ok is (trouble is None)
    assert outcome.because.startswith("it was ")
    assert outcome.because.endswith(f", {trouble}" if trouble else "")


def test_a_relation_tells_both_values() -> None:
    assert Relation.parse("only grows").holds(7, 5).because == "it was 7 and is 5, but may only grow"
    assert Relation.parse("any").holds("a", None).because == "it was 'a' and is null"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("grows", "Did you mean only grows?"),
        ("within", "Did you mean within N or within N%?"),
        ("within -3", "Did you mean within N or within N%?"),
        ("within 5 %", "Did you mean within N% or within N?"),
        ("not below 5%", "Did you mean not below N or not above N?"),
        ("same", "Relations are equal, any, only grows, only shrinks, within N, within N%, one of [..], not below N"),
        ("one of []", "Write it as in one of [0, 'done', true]."),
        ("one of [a,, b]", "Write it as in one of [0, 'done', true]."),
        ("one of ['a]", "Write it as in one of [0, 'done', true]."),
        ("one of [a] b", "Did you mean one of [..]?"),
        ("", "Relations are equal,"),
    ],
)  # fmt: skip
def test_what_is_no_relation_is_refused_with_the_nearest(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match=r"is no (relation|list of values)\. ") as caught:
        Relation.parse(text)
    assert hint in str(caught.value)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_be_read(form: str) -> None:
    relation = Relation.parse(form.replace("N", "5").replace("..", "a"))
    assert relation.name == form.removesuffix(" [..]").removesuffix(" N").replace(" N%", " %")


def test_spaces_do_not_matter() -> None:
    assert Relation.parse("  only   grows ") == Relation.parse("only grows")


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        (3, 5, 2),
        (0.3, 0.1, Decimal("-0.2")),
        (None, 5, None),
        ("a", "b", None),
        (True, False, None),
        (NOON, LATER, None),
        (float("nan"), 1, None),
    ],
)
def test_a_change_is_of_numbers(before: object, now: object, change: object) -> None:
    assert difference(before, now) == change


def by_status(**reports: int | None) -> Table:
    return Table(("status", "reports"), tuple(reports.items()))


def told(comparison: Comparison) -> dict[tuple[str, str], tuple[object, object, object, bool]]:
    return {(cell.key, cell.column): (cell.before, cell.now, cell.change, cell.ok) for cell in comparison.cells}


def test_one_value_is_compared() -> None:
    comparison = compare(Table(("count",), ((3,),)), Table(("count",), ((5,),)), relation="only grows")
    assert comparison == Comparison(
        ok=True,
        because="the one value keeps its relation",
        cells=(Cell("", "count", 3, 5, 2, "only grows", ok=True, because="it was 3 and is 5"),),
    )
    assert comparison.cells[0].name == "count"


def test_equal_is_what_is_meant_when_nothing_is_said() -> None:
    comparison = compare(Table(("a", "b"), ((1, 2),)), Table(("a", "b"), ((1, 3),)))
    assert not comparison.ok
    assert comparison.because == "b: it was 2 and is 3, but must stay equal"


def test_relations_by_row_key_and_other_for_the_rest() -> None:
    comparison = compare(
        by_status(completed=5, in_progress=2, failed=1),
        by_status(failed=1, completed=7, in_progress=0),
        relation={"completed": "only grows", "in_progress": "any", "other": "equal"},
        rows_by="status",
    )
    assert comparison.ok
    assert comparison.because == "all 3 values keep their relation"
    assert told(comparison) == {
        ("completed", "reports"): (5, 7, 2, True),
        ("in_progress", "reports"): (2, 0, -2, True),
        ("failed", "reports"): (1, 1, 0, True),
    }
    assert [cell.relation for cell in comparison.cells] == ["only grows", "any", "equal"]
    assert comparison.cells[0].name == "reports of completed"


def test_relations_by_column() -> None:
    before, now = Table(("a", "b", "other"), ((1, 2, 3),)), Table(("other", "b", "a"), ((4, 9, 0),))
    comparison = compare(before, now, relation={"a": "only shrinks", "b": "any"})
    assert told(comparison) == {
        ("", "a"): (1, 0, -1, True),
        ("", "b"): (2, 9, 7, True),
        ("", "other"): (3, 4, 1, False),
    }


def test_a_row_on_one_side_counts_as_missing_where_that_is_set() -> None:
    comparison = compare(
        by_status(completed=5, failed=1),
        by_status(completed=5, queued=2),
        relation="within 1",
        rows_by="status",
        missing=0,
    )
    assert told(comparison) == {
        ("completed", "reports"): (5, 5, 0, True),
        ("failed", "reports"): (1, 0, -1, True),
        ("queued", "reports"): (0, 2, 2, False),
    }
    assert comparison.because == (
        "1 row is gone: failed; 1 row is new: queued; "
        "reports of queued: it was 0 and is 2, a change of 2 where 1 is allowed"
    )


def test_rows_that_are_new_or_gone_are_told_where_that_is_allowed_too() -> None:
    comparison = compare(
        by_status(completed=5, failed=1), by_status(completed=5, queued=2, held=1), rows_by="status",
        relation="any", missing=0,
    )  # fmt: skip
    assert comparison.ok
    assert comparison.because == "all 4 values keep their relation; 1 row is gone: failed; 2 rows are new: queued, held"
    assert [cell.side for cell in comparison.cells] == ["", "lost", "new", "new"]


def test_else_it_fails_and_names_its_key_even_under_any() -> None:
    comparison = compare(
        by_status(completed=5, failed=1), by_status(completed=5, queued=2), relation="any", rows_by="status"
    )
    assert not comparison.ok
    assert comparison.because == "1 row is gone: failed; 1 row is new: queued"
    assert (comparison.rows("lost"), comparison.rows("new")) == (("failed",), ("queued",))
    assert told(comparison) == {
        ("completed", "reports"): (5, 5, 0, True),
        ("failed", "reports"): (1, None, None, False),
        ("queued", "reports"): (None, 2, None, False),
    }


def test_rows_of_nothing_but_their_key_are_there_or_not() -> None:
    before, now = Table(("job",), (("a",), ("b",))), Table(("job",), (("b",), ("c",)))
    comparison = compare(before, now, rows_by="job")
    assert comparison.because == "1 row is gone: a; 1 row is new: c"
    assert compare(before, before, rows_by="job").ok


def test_keys_of_any_kind_name_their_rows() -> None:
    key = UUID(int=1)
    rows = ((key, 1), (7, 2), (None, 3), (Decimal("1.5"), 4))
    table = Table(("id", "n"), rows)
    comparison = compare(
        table, table, rows_by="id", relation={"7": "any", "null": "any", str(key): "any", "1.5": "any"}
    )
    assert [(cell.key, cell.relation) for cell in comparison.cells] == [
        (str(key), "any"),
        ("7", "any"),
        ("null", "any"),
        ("1.5", "any"),
    ]


def test_several_rows_without_a_key_are_compared_in_order() -> None:
    before, now = Table(("n",), ((1,), (2,))), Table(("n",), ((1,), (3,)))
    comparison = compare(before, now)
    assert comparison.because == "n of row 2: it was 2 and is 3, but must stay equal"


def test_no_rows_then_and_none_now_are_alike() -> None:
    assert compare(by_status(), by_status(), rows_by="status") == Comparison(
        ok=True, because="there were no rows and are none"
    )


@pytest.mark.parametrize(
    ("before", "now", "options", "because"),
    [
        (
            Table(("a",), ((1,), (2,))),
            Table(("a",), ((1,),)),
            {},
            "there were 2 rows and are 1 row, with no rows_by to tell them apart",
        ),
        (Table(("a", "b")), Table(("a", "c")), {}, "the columns were a, b and are a, c"),
        (Table(("a",)), Table(), {}, "the columns were a and are none"),
        (Table(("a", "a"), ((1, 2),)), Table(("a", "a"), ((1, 2),)), {}, "2 columns are called a"),
        (Table(("a",)), Table(("a",)), {"rows_by": "b"}, "there is no column b to name rows; there are a"),
        (
            Table(("a",), ((1,),)),
            Table(("a",), ((1,),)),
            {"relation": {"b": "any"}},
            "there is no column b; there are a",
        ),
        (Table(("k",), (("x",), ("x",))), Table(("k",)), {"rows_by": "k"}, "keys occur more than once before: x"),
        (Table(("k",)), Table(("k",), ((1,), ("1",))), {"rows_by": "k"}, "keys occur more than once now: 1"),
        (Table(("a",), ((1,),), capped=True), Table(("a",), ((1,),)), {}, "only part of the rows is known"),
        (Table(("a",), ((1,),)), Table(("a",), ((1,),), capped=True), {}, "only part of the rows is known"),
        (Table(tuple("abcdefg")), Table(), {}, "the columns were a, b, c and 4 more and are none"),
    ],
)
def test_what_cannot_be_compared_fails_and_says_so(
    before: Table, now: Table, options: dict[str, object], because: str
) -> None:
    comparison = compare(before, now, **options)  # type: ignore[arg-type]  # told by name
    assert not comparison.ok
    assert comparison.because.startswith(because)
    assert comparison.cells == ()


def test_many_failures_are_counted() -> None:
    before = by_status(a=1, b=1, c=1, d=1, e=1)
    comparison = compare(before, by_status(a=2, b=2, c=2, d=2, e=2), rows_by="status")
    assert comparison.because.endswith("; and 2 more")
    assert comparison.because.count("must stay equal") == 3


def test_foreign_names_and_secrets_do_not_reach_the_words() -> None:
    before, now = Table(("k", "v\x1b[2J"), (("a\u202e", "old"),)), Table(("k", "v\x1b[2J"), (("a\u202e", "hunter2"),))

    def conceal(text: str) -> str:
        return text.replace("hunter2", "•••")

    comparison = compare(before, now, rows_by="k", conceal=conceal)
    assert comparison.because == "v of a·: it was 'old' and is '•••', but must stay equal"


def test_a_relation_that_is_none_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="is no relation"):
        compare(by_status(), by_status(), relation="smaller")


NUMBERS = st.integers(-(10**6), 10**6) | st.decimals(-(10**6), 10**6, places=3)


@settings(deadline=None)
@given(NUMBERS, NUMBERS, st.integers(0, 1000))
def test_relations_of_numbers_are_what_arithmetic_says(before: int | Decimal, now: int | Decimal, bound: int) -> None:
    expected: dict[str, Callable[[], bool]] = {
        "equal": lambda: now == before,
        "any": lambda: True,
        "only grows": lambda: now >= before,
        "only shrinks": lambda: now <= before,
        f"within {bound}": lambda: abs(Decimal(now) - before) <= bound,
        f"within {bound}%": lambda: abs(Decimal(now) - before) * 100 <= bound * abs(Decimal(before)),
        f"not below {bound}": lambda: now >= bound,
        f"not above {bound}": lambda: now <= bound,
        f"one of [{bound}, {before}]": lambda: now in (bound, before),
    }
    for relation, holds in expected.items():
        assert Relation.parse(relation).holds(before, now).ok is holds(), relation


TABLES = st.dictionaries(st.text(max_size=4), st.none() | st.integers(0, 3), max_size=6).map(
    lambda rows: Table(("k", "n"), tuple(rows.items()))
)


@settings(deadline=None)
@given(TABLES, TABLES, st.sampled_from([None, 0]))
def test_a_comparison_has_one_cell_a_key_and_is_the_and_of_its_cells(
    before: Table, now: Table, missing: int | None
) -> None:
    comparison = compare(before, now, rows_by="k", missing=missing)
    keys = [str(row[0]) for row in before.rows]
    keys += [str(row[0]) for row in now.rows if row[0] not in keys]
    assert [cell.key for cell in comparison.cells] == [key or "''" for key in keys]
    assert comparison.ok is all(cell.ok for cell in comparison.cells)
    assert compare(before, before, rows_by="k").ok
