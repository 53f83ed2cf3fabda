"""Expressions: what they come to, and every sentence they refuse with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import ip_address
from types import MappingProxyType
from uuid import UUID

import pytest

from cockpit.core.expression import Expression, Series
from cockpit.errors import Blind, ExpressionError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AN_ID = UUID("6f1c1b5e-7a44-4b55-9d0e-0f3a5c1d2e3f")
SCOPE: Mapping[str, object] = MappingProxyType(
    {
        "value": 3,
        "tenth": 0.1,
        "nan": float("nan"),
        "endless": Decimal("Infinity"),
        "nothing": None,
        "found": True,
        "text": "abc",
        "rows": ({"x": 1, "name": "a"}, {"x": 2, "name": "b"}),
        "none": [],
        "maps": {"a": {"b": [10, 20]}, "n": None},
        "noon": NOON,
        "later": NOON + timedelta(minutes=5),
        "naive": datetime(2026, 3, 1, 12),  # noqa: DTZ001  (a column without time zone)
        "day": date(2026, 3, 1),
        "next_day": date(2026, 3, 2),
        "clock": time(12),
        "span": timedelta(minutes=5),
        "id": AN_ID,
        "bytes": b"abc",
        "address": ip_address("10.0.0.1"),
        "absent": ExpressionError("The answer has 3 rows, not one cell.", "Use rows."),
        "unseen": Blind("There is no sample an hour ago.", "Wait."),
        "check": Series(9, Blind("There is no earlier sample.", "Wait."), lambda _: 2, lambda _: 0.5),
        "ago": lambda span: span / timedelta(minutes=1),
        "huge": Decimal("1e399"),
        "int_key": {1: "one"},
    }
)


def ask(source: str, **extra: object) -> object:
    return Expression.parse(source).evaluate({**SCOPE, **extra})


def refusal(source: str, **extra: object) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        Expression.parse(source).judge({**SCOPE, **extra})
    return caught.value


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("7 / 2", Decimal("3.5")),
        ("6 / 2", 3),
        ("-6 / 2", -3),
        ("1 / 8", Decimal("0.125")),
        ("tenth + 0.2 == 0.3", True),
        ("tenth", Decimal("0.1")),
        ("1e3 == 1000", True),
        ("1E-2", Decimal("0.01")),
        ("10 - 4 - 3", 3),
        ("2 + 3 * 4 - 1", 13),
        ("-7 % 3", -1),
        ("7 % -3", 1),
        ("7.5 % 2", Decimal("1.5")),
        ("--3", 3),
        ("-tenth", Decimal("-0.1")),
        ("0 * -1.0 == 0", True),
        ("(1 + 2) * 3", 9),
        ("huge * 10 > 1", ExpressionError),
        ("huge + 1 > huge", True),
        ("huge + 0.1 > huge", ExpressionError),
        ("2 * 'a'", ExpressionError),
        ("1 < 2 == true", ExpressionError),
        ("true == false", False),
        ("'b' > 'a'", True),
        ("noon < later", True),
        ("day < next_day", True),
        ("day == noon", ExpressionError),
        ("noon == naive", ExpressionError),
        ("later - noon == span", True),
        ("next_day - day == duration('1d')", True),
        ("noon + span == later", True),
        ("span + noon == later", True),
        ("later - span == noon", True),
        ("span + span == duration('10m')", True),
        ("span - span < span", True),
        ("-span < span", True),
        ("abs(-span) == span", True),
        ("noon - naive == span", ExpressionError),
        ("noon + noon == noon", ExpressionError),
        ("clock == clock", True),
        ("clock < clock", ExpressionError),
        ("id == id", True),
        ("id < id", ExpressionError),
        ("string(id).startsWith('6f1c')", True),
        ("bytes == bytes", ExpressionError),
        ("address == address", ExpressionError),
        ("[1, 2.0] == [1.0, 2]", True),
        ("[1] == [1, 2]", False),
        ("rows[0] == rows[0]", True),
        ("rows[0] == rows[1]", False),
        ("rows[0] == maps", False),
        ("maps == maps", True),
        ("[nothing] == [nothing]", True),
        ("[nothing] == [1]", False),
        ("[1] != [2]", True),
        ("nothing == null", True),
        ("null != nothing", False),
        ("value == null", False),
        ("null == null", True),
        ("maps.n == null", True),
        ("maps.n + 1", ExpressionError),
        ("1 + maps.n", ExpressionError),
        ("!nothing", ExpressionError),
        ("2 in [1, 2]", True),
        ("2 in [1, nothing]", False),
        ("2 in []", False),
        ("2 in [nothing, 'a']", ExpressionError),
        ("2 in ['a', 2]", True),
        ("'a' in maps", True),
        ("'z' in maps", False),
        ("1 in maps", ExpressionError),
        ("'a' in text", ExpressionError),
        ("nothing in [1]", ExpressionError),
        ("false && absent == 1", False),
        ("true || absent == 1", True),
        ("true ? 1 : absent", 1),
        ("false ? absent : true ? 2 : 3", 2),
        ("maps.a.b[1]", 20),
        ("maps['a']['b'][0]", 10),
        ("maps.a.b[6 / 3 - 1]", 20),
        ("maps.a.b[0.5]", ExpressionError),
        ("maps.a.b[-1]", ExpressionError),
        ("maps.a.b['0']", ExpressionError),
        ("text[0]", ExpressionError),
        ("int_key[1]", ExpressionError),
        ("int_key.x", ExpressionError),
        ("rows.x", ExpressionError),
        ("text.x", ExpressionError),
        ("has(maps.a)", True),
        ("has(maps.n)", True),
        ("has(maps.a.z)", False),
        ("has(maps.z.z)", ExpressionError),
        ("has(check.value)", True),
        ("has(check.size)", False),
        ("has(text.x)", ExpressionError),
        ("check.value", 9),
        ("check.ago('1h')", 2),
        ("check.increase(span)", Decimal("0.5")),
        ("ago('2h')", Decimal(120)),
        ("increase('1h')", ExpressionError),
        ("check.previous", Blind),
        ("unseen == 1", Blind),
        ("absent", ExpressionError),
        ("check.ago", ExpressionError),
        ("check.now", ExpressionError),
        ("value.ago('1h')", ExpressionError),
        ("ago", ExpressionError),
        ("ago(1)", ExpressionError),
        ("ago(text)", ExpressionError),
        ("check == check", ExpressionError),
        ("check + 1", ExpressionError),
        ("rows.map(r, r.x * 2)", [2, 4]),
        ("rows.filter(r, r.x > 1).map(r, r.name)", ["b"]),
        ("rows.exists_one(r, r.x > 0)", False),
        ("rows.exists(r, r.x > 5)", False),
        ("rows.all(r, rows.exists(q, q.x >= r.x))", True),
        ("rows.map(value, value.x)[1] + value", 5),
        ("none.all(x, x.y)", True),
        ("none.exists(x, x.y)", False),
        ("maps.map(key, size(key))", [1, 1]),
        ("text.all(x, true)", ExpressionError),
        ("rows.all(r, r.x)", ExpressionError),
        ("maps.keys()", ["a", "n"]),
        ("rows.keys()", ExpressionError),
        ("size(maps) + size(text) + size(rows)", 7),
        ("size(3)", ExpressionError),
        ("text.contains('b') && text.startsWith('a') && text.endsWith('c')", True),
        ("value.contains('b')", ExpressionError),
        ("text.contains(1)", ExpressionError),
        ("rows.contains(1)", ExpressionError),
        ("text.matches('^a.c$')", True),
        ("text.matches(text)", True),
        ("value.matches('a')", ExpressionError),
        ("text.matches(value)", ExpressionError),
        ("text.matches('(' + text)", ExpressionError),
        ("abs(-3)", 3),
        ("abs(3.5)", Decimal("3.5")),
        ("abs('a')", ExpressionError),
        ("min(2, 1.5)", Decimal("1.5")),
        ("max('a', 'b')", "b"),
        ("max(rows.map(r, r.x))", 2),
        ("min(3)", 3),
        ("min([])", ExpressionError),
        ("min([1, 'a'])", ExpressionError),
        ("min(true)", ExpressionError),
        ("min(nothing, 1)", ExpressionError),
        ("round(-2.5)", -3),
        ("round(7)", 7),
        ("round(1 / 3, 3)", Decimal("0.333")),
        ("round(1, 0.5)", ExpressionError),
        ("round(1, 401)", ExpressionError),
        ("round(huge, 400) == huge", True),
        ("round('a')", ExpressionError),
        ("duration(text)", ExpressionError),
        ("duration('1' + 'h')", timedelta(hours=1)),
        ("number(' 600 ')", 600),
        ("number('-0.5e1')", Decimal(-5)),
        ("number(3)", 3),
        ("number(text)", ExpressionError),
        ("number('1e999999')", ExpressionError),
        ("number('NaN')", ExpressionError),
        ("number(found)", ExpressionError),
        ("string(1e2)", "100"),
        ("string(-0.0)", "0.0"),
        ("string(3)", "3"),
        ("string(true)", "true"),
        ("string(span)", "5m"),
        ("string(text)", "abc"),
        ("string(day)", "2026-03-01"),
        ("string(rows)", ExpressionError),
        ("nan == nan", ExpressionError),
        ("endless > 1", ExpressionError),
        ("1 / 0", ExpressionError),
        ("1.5 / 0", ExpressionError),
        ("1 % 0", ExpressionError),
        ("1 / 3 * 3 == 1", False),
        ("huge % 7.5 >= 0", True),
        ("-text", ExpressionError),
        ("-nothing", ExpressionError),
        ("text + 1", ExpressionError),
        ("text - text", ExpressionError),
        ("rows + 1", ExpressionError),
        ("rows == rows + []", True),
        (r"'\n\t\\\'\"\x41\u00e9\U0001F600'", "\n\t\\'\"Aé😀"),
        (r"r'\d' + R" + r'"\w"', r"\d\w"),
        ("'//' // a remark", "//"),
        ("1\n  + 2", 3),
        ("a_1 + _b", 3),
    ],
)
def test_an_expression_comes_to(source: str, result: object) -> None:
    extra = {"a_1": 1, "_b": 2}
    if isinstance(result, type) and issubclass(result, ExpressionError):
        with pytest.raises(ExpressionError) as caught:
            ask(source, **extra)
        assert type(caught.value) is result
        assert caught.value.source == source
        assert caught.value.end > caught.value.start
        assert caught.value.what.endswith(".")
        assert caught.value.remedy
    else:
        answer = ask(source, **extra)
        assert answer == result
        assert type(answer) is type(result) or isinstance(answer, int | Decimal)


def test_time_does_not_leave_the_calendar() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert refusal("t + span > noon", t=last).what == "This leaves the calendar."
    assert refusal("-span < span", span=timedelta.max).what == "This leaves the calendar."


@pytest.mark.parametrize(
    ("source", "names", "paths"),
    [
        ("value == 0", {"value"}, {"value"}),
        ("stuck.value - stuck.ago('1h') > 5", {"stuck"}, {"stuck.value", "stuck.ago"}),
        ("ago('1h') > previous", {"ago", "previous"}, {"ago", "previous"}),
        ("rows.all(r, r.x < limit && r.y.z > 1)", {"rows", "limit"}, {"rows", "limit"}),
        ("rows.map(r, r).all(r, r > 1) && r.x > 1", {"rows", "r"}, {"rows", "r.x"}),
        ("json['a'].b == json.c.d", {"json"}, {"json", "json.c.d"}),
        ("has(json.a) && size(rows) > min(1, 2)", {"json", "rows"}, {"json", "rows"}),
        ("a.increase(b.value) > 1", {"a", "b"}, {"a.increase", "b.value"}),
        ("checks[0].ago('1h') > 1", {"checks"}, {"checks"}),
        ("rows.all(r, r.ago('1h') > 1)", {"rows"}, {"rows"}),
        ("1 + 1 == 2", set(), set()),
    ],
)
def test_the_names_it_needs_are_known_before_it_is_asked(source: str, names: set[str], paths: set[str]) -> None:
    expression = Expression.parse(source)
    assert expression.names() == names
    assert expression.paths() == paths


def test_an_expression_is_its_source() -> None:
    assert Expression.parse("a == 1") == Expression.parse("a == 1")
    assert Expression.parse("a == 1") != Expression.parse("a ==  1")
    assert repr(Expression.parse("a == 1")) == "Expression(source='a == 1')"


def test_history_may_come_as_functions() -> None:
    functions: Mapping[str, Callable[[timedelta], object]] = {"ago": lambda _: 1, "increase": lambda _: 2}
    expression = Expression.parse("value - ago('1h') == increase('10m')")
    assert expression.evaluate({"value": 3}, functions=functions) is True
    assert expression.judge({"value": 3}, functions=functions).ok


def test_a_series_gives_its_history_under_bare_names() -> None:
    series = Series(9, 8, lambda _: 2, lambda _: 7)
    assert Expression.parse("previous == 8 && ago('1h') == 2 && increase('1h') == 7").judge(series.scope()).ok


def test_blind_history_comes_through_with_its_place() -> None:
    def ago(_span: timedelta) -> object:
        raise Blind("There is no sample an hour ago.", "Wait for one.")

    with pytest.raises(Blind, match="no sample an hour ago") as caught:
        Expression.parse("value > ago('1h')").judge({"value": 1, "ago": ago})
    assert (caught.value.start, caught.value.end) == (8, 17)


def test_an_error_in_the_place_of_a_value_stays_as_it_was() -> None:
    absent = ExpressionError("The answer has 3 rows, not one cell.", "Use rows.")
    for _ in range(2):
        with pytest.raises(ExpressionError, match="3 rows") as caught:
            Expression.parse("value == 1").judge({"value": absent})
        assert caught.value is not absent
    assert absent.source == ""
