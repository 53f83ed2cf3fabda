"""Every sentence an expression refuses with, and the place it points at."""

from __future__ import annotations

from datetime import date

import pytest

from cockpit.core.expression import Expression, Series
from cockpit.core.expression.tokens import MAX_SOURCE
from cockpit.errors import ExpressionError

SCOPE: dict[str, object] = {
    "value": 3,
    "found": True,
    "text": "abc",
    "rows": [{"x": 1}, {"x": 2}],
    "maps": {"a": 1, "n": None},
    "day": date(2026, 3, 1),
    "check": Series(9, 8, lambda _: 2, lambda _: 1),
}


def refusal(source: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        Expression.parse(source).judge(SCOPE)
    return caught.value


@pytest.mark.parametrize(
    ("source", "spot", "sentence"),
    [
        ("", "", "The expression is empty. Write what must be true, as in value == 0."),
        ("value ==", "", "A value is missing at the end. Finish the expression."),
        ("value = 3", "=", "'=' means nothing here. Use '==' to compare."),
        ("value === 3", "===", "'===' means nothing here. Use '==' to compare."),
        ("value <> 3", "<>", "'<>' means nothing here. Use '!=' to compare."),
        ("found & found", "&", "'&' means nothing here. Use '&&' for and."),
        ("found and found", "and", "The expression could end here, but goes on with 'and'. Use '&&'."),
        ("not found", "not", "A value is missing before 'not'. Use '!'."),
        ("value == 'abc", "'", "This text has no end. Close the text with the quote it began with."),
        ("value ? 1", "", "':' is missing between the two answers of '?', at the end. Finish the expression."),
        ("(1 + 2", "", "')' is missing to close '(', at the end. Finish the expression."),
        ("rows[0", "", "']' is missing to close '[', at the end. Finish the expression."),
        (
            "[1 2]",
            "2",
            "',' is missing or ']', before '2'. See whether a sign between two parts is missing or doubled.",
        ),
        (
            "1 2",
            "2",
            (
                "The expression could end here, but goes on with '2'. See whether a sign between two parts is missing"
                " or doubled."
            ),
        ),
        (
            "5m > 1",
            "5m",
            "'5m' is neither a number nor a name. Write numbers as 5, 0.5 or 1e3, and spans as duration('5m').",
        ),
        ("\x07", "\x07", "'U+0007' means nothing here. Take it out."),
        ("value.3", "3", "A field's name is missing after '.'. Write a.b, or a['b'] for odd names."),
        (".5 > 1", ".", "A value is missing before '.'. Put a digit before the point."),
        (
            r"'\d'",
            r"\d",
            (
                r"'\d' stands for nothing in a text. Write '\\' for one backslash, or r'...' for a text that has"
                " them as they are."
            ),
        ),
        (
            r"'\UFFFFFFFF'",
            r"\UFFFFFFFF",
            (
                r"'\UFFFFFFFF' stands for nothing in a text. Write '\\' for one backslash, or"
                " r'...' for a text that has them as they are."
            ),
        ),
        ("rows.all(3, true)", "3", "'all' needs a name for the element. Write all(x, ...)."),
        ("rows.all(r)", "all", "'all' was given 1 thing in its brackets. It takes a name and a condition."),
        ("text.size(1)", "size", "'size' was given 1 thing in its brackets. It takes nothing."),
        ("round(1, 2, 3)", "round", "'round' was given 3 things in its brackets. It takes 1 to 2 things."),
        ("sizes(rows)", "sizes", "There is no function 'sizes'. Did you mean size?"),
        (
            "rows.length()",
            "length",
            (
                "There is no method 'length'. Methods are size, keys, contains, startsWith, endsWith,"
                " matches, sum, distinct and more."
            ),
        ),
        ("has(rows)", "rows", "'has' asks whether a field is there. Write has(a.b) or has(a['b'])."),
        ("has(rows[0])", "rows[0]", "'has' asks whether a field is there. Write has(a.b) or has(a['b'])."),
        (
            "text.matches('(')",
            "'('",
            (
                "The pattern has a '(' without its ')', at its character 2. Close it, or write"
                r" \( for the character itself."
            ),
        ),
        (
            "duration('soon')",
            "'soon'",
            "'soon' is no length of time. Write one above zero, as 90s, 5m, 4h, 7d or 1h30m.",
        ),
        ("1e999999999", "1e999999999", "This number is too long. Numbers have at most 400 digits."),
        ("9" * 401, "9" * 401, "This number is too long. Numbers have at most 400 digits."),
        ("val == 3", "val", "There is no 'val' here. Did you mean value?"),
        ("maps.zzz == 3", "maps.zzz", "There is no 'zzz' in this map. It has a, n."),
        (
            "day == '2026-03-01'",
            "day == '2026-03-01'",
            "'==' compares a date with a text. Write string(...) around the one that is no text.",
        ),
        ("found == 1", "found == 1", "'==' compares true or false with a number. Compare two values of one kind."),
        (
            "check.now == 3",
            "check.now",
            "A check has no 'now'. It has value, previous, baseline, age, ago, increase, rate, over.",
        ),
        (
            "value + (text - 1) > 2",
            "(text - 1)",
            "'-' does not go between a text and a number. Write number(...) around the text.",
        ),
        ("value", "value", "An expectation needs true or false, but this is a number. Compare it with something."),
        (
            "check",
            "check",
            "An expectation needs true or false, but this is a check. Write the check's name with '.value'.",
        ),
        ("text.all(x, true)", "text", "'all' goes over a list, but this is a text. Name a list such as rows."),
    ],
)
def test_a_refusal_points_at_the_place(source: str, spot: str, sentence: str) -> None:
    error = refusal(source)
    assert str(error) == sentence
    assert error.source == source
    assert source[error.start : error.end] == spot


def test_a_caret_stands_under_the_place() -> None:
    assert refusal("value > 1 && valu < 5").caret() == "value > 1 && valu < 5\n             ^^^^"


def test_an_empty_scope_says_that_nothing_is_there() -> None:
    with pytest.raises(ExpressionError, match="There is nothing in it"):
        Expression.parse("value == 1").evaluate({})


def test_the_source_has_a_largest_length() -> None:
    assert Expression.parse("1" + " " * (MAX_SOURCE - 1)).evaluate({}) == 1
    with pytest.raises(ExpressionError, match="4001 characters"):
        Expression.parse("1" + " " * MAX_SOURCE)
