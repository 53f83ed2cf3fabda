"""The language reference: every example of `docs/expressions.md` does what the page says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from cockpit.core.expression import Expression, Series, arithmetic, evaluation, parser, pattern_syntax, tokens, values
from cockpit.core.expression.series import QUESTIONS
from cockpit.core.expression.showing import show
from cockpit.core.span import show_span
from cockpit.errors import Blind, ExpressionError

PAGE = (Path(__file__).parents[3] / "docs" / "expressions.md").read_text(encoding="utf-8")

Row = tuple[str, ...]


def tables() -> dict[Row, list[Row]]:
    """Every table of the page under its heading row; tables with equal headings are one."""
    found: dict[Row, list[Row]] = {}
    for block in re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE):
        heading, _, *rows = (
            tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1])
            for line in block.splitlines()
        )
        found.setdefault(heading, []).extend(rows)
    return found


TABLES = tables()
RESULTS = [row for kind in ("expression", "function", "method", "history") for row in TABLES[(kind, "result")]]
REASONS = TABLES[("expression", "because")]
DIFFERENCES = TABLES[("expression", "CEL", "here", "why")]
NAMED = (*parser.FUNCTIONS, *parser.METHODS)


def reading() -> Mapping[str, object]:
    """The reading of the page, its history made callable."""
    block = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    given = {name: timed(value) for name, value in json.loads(block[1], parse_float=Decimal).items()}
    root, stuck = history(given), history(given["stuck"])
    return dict(root.scope()) | given | {"stuck": stuck}


def timed(value: object) -> object:
    if isinstance(value, str) and value.endswith("Z"):
        return datetime.fromisoformat(value)
    if isinstance(value, list):
        return [timed(each) for each in value]
    return {name: timed(each) for name, each in value.items()} if isinstance(value, dict) else value


def history(given: object) -> Series:
    assert isinstance(given, dict)

    def asked(name: str, span: timedelta) -> object:
        answer = given.get(f"{name} {show_span(span)}")
        if answer is None:
            raise Blind("There is no sample.", "Wait for one.")
        return answer

    ago, increase, rate, over = (partial(asked, name) for name in QUESTIONS)
    return Series(given["value"], given["previous"], ago, increase, rate, over, baseline=given["baseline"])


def outcome(expression: str) -> str:
    try:
        return show(Expression.parse(expression.strip("`")).evaluate(reading()))
    except ExpressionError as error:
        return f"error: {error}"


@pytest.mark.parametrize(("expression", "result"), RESULTS)
def test_an_example_comes_to_what_the_page_says(expression: str, result: str) -> None:
    assert outcome(expression) == result


@pytest.mark.parametrize(("expression", "because"), REASONS)
def test_a_reason_is_the_one_on_the_page(expression: str, because: str) -> None:
    assert Expression.parse(expression.strip("`")).judge(reading()).because == because


@pytest.mark.parametrize(("expression", "_cel", "here", "_why"), DIFFERENCES)
def test_a_difference_from_cel_is_as_told(expression: str, _cel: str, here: str, _why: str) -> None:
    assert outcome(expression).partition(":")[0] == here.partition(":")[0]


@pytest.mark.parametrize(("expression", "cel_says", "_here", "_why"), DIFFERENCES)
def test_cel_is_as_told(expression: str, cel_says: str, _here: str, _why: str) -> None:
    cel = pytest.importorskip("cel")
    try:
        answer = show(cel.evaluate(expression.strip("`"), {}))
    except Exception:  # noqa: BLE001  (any of its errors is an error)
        answer = "error"
    assert answer == cel_says


def test_the_page_has_an_example_of_every_function_and_method() -> None:
    assert len(RESULTS) > 60
    assert len(REASONS) >= 8
    assert len(DIFFERENCES) >= 20
    examples = " ".join(row[0] for row in RESULTS)
    assert [name for name in NAMED if f"{name}(" not in examples] == []


def test_the_page_tells_the_limits() -> None:
    told = {what: int(number) for what, number in TABLES[("what", "at most")]}
    assert told == {
        "characters of an expression": tokens.MAX_SOURCE,
        "parts within one another": parser.MAX_DEPTH,
        "steps of one answer": evaluation.BUDGET,
        "digits of a number": values.MAX_DIGITS,
        "digits of a quotient without end": arithmetic.QUOTIENT_DIGITS,
        "characters of a text it builds": arithmetic.MAX_TEXT,
        "elements of a list it builds": arithmetic.MAX_LIST,
        "characters of a pattern": pattern_syntax.MAX_PATTERN,
    }
