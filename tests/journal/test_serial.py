"""Values keep value and type through the journal."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.core.reading import Table
from cockpit.journal import serial

EAST = timezone(timedelta(hours=5, minutes=30))

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.characters(categories=["Cs"])
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.datetimes()
    | st.datetimes(timezones=st.just(UTC) | st.just(EAST))
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.uuids()
    | st.ip_addresses()
)
KEYS = st.text() | st.sampled_from(["$decimal", "$map", "$tuple", "$", "$unheard_of"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.dictionaries(st.integers() | st.dates(), inner, max_size=2)
        | st.tuples(inner, inner)
    ),
    max_leaves=12,
)


def shape(value: Any) -> object:
    """The value with every type spelled out: 1, 1.0, True and Decimal('1') are four different things."""
    match value:
        case dict():
            return {(type(key), key): shape(part) for key, part in value.items()}
        case list() | tuple():
            return (type(value), [shape(part) for part in value])
        case Decimal():
            return (Decimal, value.as_tuple())
        case float():
            return (float, value, math.copysign(1, value))
        case datetime() | time():
            return (type(value), value.replace(tzinfo=None), value.utcoffset())
    return (type(value), value)


@given(VALUES)
def test_every_value_comes_back_as_it_went_in(value: Any) -> None:
    text = serial.dumps(value)
    text.encode("utf-8")
    assert shape(serial.loads(text)) == shape(value)


@given(VALUES)
def test_the_form_is_plain_json_on_one_line(value: Any) -> None:
    assert "\n" not in serial.dumps(value)
    json.loads(serial.dumps(value), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity", "1.10", "1E+400", "-0"])
def test_a_decimal_keeps_its_digits(text: str) -> None:
    back = serial.loads(serial.dumps(Decimal(text)))
    assert isinstance(back, Decimal)
    assert back.as_tuple() == Decimal(text).as_tuple()


def test_a_float_that_is_no_number_stays_one() -> None:
    back = serial.loads(serial.dumps([math.nan, math.inf, -math.inf]))
    assert isinstance(back, list)
    assert math.isnan(back[0])
    assert back[1:] == [math.inf, -math.inf]


@pytest.mark.parametrize(
    "value",
    [
        ip_address("10.0.0.1"),
        ip_interface("10.0.0.1/8"),
        ip_network("10.0.0.0/8"),
        ip_interface("::1/64"),
        ip_network("::/8"),
    ],
)
def test_addresses_keep_their_kind(value: object) -> None:
    back = serial.loads(serial.dumps(value))
    assert (type(back), back) == (type(value), value)


def test_an_integer_of_ten_thousand_digits_is_kept() -> None:
    assert serial.loads(serial.dumps(10**10_000)) == 10**10_000


def test_a_type_nobody_knows_is_kept_as_its_words() -> None:
    assert serial.loads(serial.dumps([complex(1, 2)])) == ["(1+2j)"]


def test_nesting_without_end_is_cut_off() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert "…" in serial.dumps(deep)
    assert isinstance(serial.loads(serial.dumps(deep)), list)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"$decimal":"two"}',
        '{"$decimal":2.5e}',
        '{"$timedelta":["x"]}',
        '{"$timedelta":7}',
        '{"$unheard_of":1}',
        '{"$bytes":"?"}',
        '{"$map":[1]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_value_of_ours_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (the kind is the contract, words are the caller's)
        serial.loads(text)


TABLE = Table(
    ("id", "amount", "at", "day", "took", "raw"),
    (
        (
            UUID(int=7),
            Decimal("10.50"),
            datetime(2026, 11, 22, tzinfo=EAST),
            date(2026, 11, 22),
            timedelta(days=1),
            b"\0",
        ),
        (1, 2.5, time(5, 16), {"nested": [Decimal(1)]}, True, None),
    ),
)


@pytest.mark.parametrize("table", [TABLE, Table(), Table(("a",), (), capped=True)])
def test_a_table_comes_back_whole(table: Table) -> None:
    assert serial.load_table(serial.dump_table(table)) == table


@pytest.mark.parametrize("cell", ["x" * 100, "é" * 100, "\ud800" * 50], ids=["plain", "two bytes", "escaped"])
def test_rows_beyond_the_limit_are_left_out_and_the_table_says_so(cell: str) -> None:
    table = Table(("n", "words"), tuple((number, cell) for number in range(5_000)))
    text = serial.dump_table(table)
    assert len(text.encode()) <= serial.KEPT_BYTES
    kept = serial.load_table(text)
    assert kept.capped
    assert kept.rows == table.rows[: len(kept.rows)]
    assert len(kept.rows) > 100


def test_rows_that_just_fit_are_all_kept() -> None:
    def sized(length: int) -> Table:
        return Table(("w",), (("x" * length,),))

    frame = len(serial.dump_table(sized(0)).encode())
    assert not serial.load_table(serial.dump_table(sized(serial.KEPT_BYTES - frame - 1))).capped
    assert serial.load_table(serial.dump_table(sized(serial.KEPT_BYTES - frame + 1))).rows == ()


@pytest.mark.parametrize("text", ["[]", "{}", '{"columns":[],"rows":7,"capped":false}', '{"columns":1}'])
def test_what_is_no_table_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="no table"):
        serial.load_table(text)


def test_rows_past_the_limit_are_not_even_looked_at() -> None:
    class Untouchable:
        def __str__(self) -> str:
            raise AssertionError("a row that cannot be kept was turned into JSON")

    table = Table(("w",), (*(("x" * 1000,) for _ in range(100)), (Untouchable(),)))
    assert serial.fit(table).capped
