from __future__ import annotations

import pytest

from cockpit.simulator.filter import names, parse

FIELDS = {"level": "error", "service": "s-1", "replica": "r-1", "httpStatus": 503, "ms": 40}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("refused", True),
        ("REFUSED", True),
        ("accepted", False),
        ('"connection refused"', True),
        ('"refused connection"', False),
        ("connection refused", True),
        ("connection AND accepted", False),
        ("accepted OR refused", True),
        ("-accepted", True),
        ("-refused", False),
        ("@level:error", True),
        ("@level:info OR @service:s-1", True),
        ("@level:info @service:s-1", False),
        ("-@level:error", False),
        ('@service:"s-1"', True),
        ("replica:r-1", True),
        ("@httpStatus:>=500", True),
        ("@httpStatus:<500", False),
        ("@ms:10..50", True),
        ("@ms:50..60", False),
        ("@missing:>1", False),
        ("(accepted OR refused) AND -(@level:info)", True),
        ("(accepted OR refused", True),
        ("@level:error)", True),
        ("-", False),
    ],
)
def test_a_filter_lets_through_what_it_says(text: str, passes: bool):  # noqa: FBT001
    match = parse(text)
    assert match is not None
    assert match("Connection refused by peer", FIELDS) is passes


@pytest.mark.parametrize("text", ["", "  ", None])
def test_an_empty_filter_lets_everything_through(text: str | None):
    assert parse(text) is None


def test_a_key_is_seen_in_a_filter():
    assert names("@service:a OR @snapshot:b", "snapshot")
    assert not names("snapshot", "snapshot")
    assert not names(None, "snapshot")
