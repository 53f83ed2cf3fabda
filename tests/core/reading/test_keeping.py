"""What of an answer is kept: no secret, no masked cell, no document."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from cockpit.core.reading import Table
from cockpit.core.reading.keeping import Mask, concealed, concealed_table, masked_value, small

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def starred(text: str) -> str:
    return text.replace("hunter2", "***").replace("421337", "***")


def test_masked_columns_still_compare_and_tell_nothing() -> None:
    table = Table(("email", "n"), (("ada@example.org", 1), (None, 2)))
    one, same = Mask(b"key").table(table, ("email",)), Mask(b"key").table(table, ("email",))
    other = Mask(b"another").table(table, ("email",))
    assert one == same != other
    assert "ada" not in repr(one)
    assert one.rows[1] == (None, 2)
    assert Mask(b"key").table(table, ()) is table


def test_a_hash_tells_which_key_made_it() -> None:
    table = Mask(b"key").table(Table(("email",), (("ada",), (None,))), ("email",))
    assert not Mask(b"key").is_of_another_key(table, ("email",))
    assert Mask(b"another").is_of_another_key(table, ("email",))


def test_the_single_cell_of_a_masked_column_is_the_value() -> None:
    assert masked_value(Table(("email",), (("ada",),)), ("email",))
    assert not masked_value(Table(("n",), ((1,),)), ("email",))


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a hunter2 b", "a *** b"),
        (421337, "***"),
        (b"hunter2", "***"),
        ({"hunter2": ["hunter2", 3]}, {"***": ["***", 3]}),
        (("x", "hunter2"), ("x", "***")),
        (7, 7),
        (None, None),
        (b"\xff", b"\xff"),
    ],
)
def test_secrets_leave_values_of_any_shape(value: object, kept: object) -> None:
    assert concealed(value, starred) == kept


def test_an_endless_integer_holds_no_secret() -> None:
    assert concealed(10**5000, starred) == 10**5000


def test_secrets_leave_every_cell_and_a_table_without_any_stays_what_it_is() -> None:
    table = Table(("a", "b"), (("hunter2", 1), ("x", None)), capped=True)
    assert concealed_table(table, starred) == Table(("a", "b"), (("***", 1), ("x", None)), capped=True)
    assert concealed_table(table, str) is table


@pytest.mark.parametrize("value", [3, True, 1.5, Decimal("1.50"), NOW, UUID(int=7), "x" * 256, 10**200, None])
def test_a_small_value_is_kept_as_it_is(value: object) -> None:
    assert small(value) is value


@pytest.mark.parametrize(
    "value",
    ["x" * 257, "é" * 129, 10**5000, Decimal("1" * 300), {"a": 1}, [1], b"x", ("x",)],
    ids=lambda one: type(one).__name__,
)
def test_a_document_is_no_value(value: object) -> None:
    assert small(value) is None
