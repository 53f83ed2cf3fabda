"""JSON from outside is exact, and what no part of us could follow is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cockpit.adapters.jsontext import DEEPEST, read_json


def test_decimals_are_exact() -> None:
    assert read_json('{"a": [0.10, 1e400, null]}') == {"a": [Decimal("0.10"), Decimal("1e400"), None]}
    assert read_json("12345678901234567890") == 12345678901234567890


def test_what_lies_as_deep_as_is_allowed_is_read() -> None:
    assert read_json("[" * DEEPEST + "]" * DEEPEST)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "NaN", "[Infinity]", "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "[" * 100_000 + "]" * 100_000,
        '{"a":' * 200 + "1" + "}" * 200, "9" * 5_000, "1e99999999999999999999", b"\xff\xfe\xfd",
        '{"ok": false, "ok": true}', '[{"a": {"b": 1, "b": 1}}]',
    ],
    ids=lambda text: f"{text[:12]!r} of {len(text)}",
)  # fmt: skip
def test_everything_else_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_json(text)
