from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.adapters.railway.stamps import instant, nanoseconds, perhaps, stamped, written
from cockpit.errors import Garbled

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2026-11-22T12:00:00Z", NOON),
        ("2026-11-22T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2026-11-22T12:00:00.123456789Z", NOON + timedelta(microseconds=123456)),
        ("2026-11-22T13:30:00.000000000+01:30", NOON),
        ("2026-11-22 12:00:00", NOON),
    ],
)
def test_a_stamp_is_an_instant_in_utc(stamp: str, expected: datetime):
    assert instant(stamp) == expected
    assert instant(stamp).tzinfo is UTC


def test_nanoseconds_keep_what_a_datetime_cannot():
    assert nanoseconds("2026-11-22T12:00:00.000000002Z") - nanoseconds("2026-11-22T12:00:00.000000001Z") == 1
    assert nanoseconds("2026-11-22T12:00:00.1Z") > nanoseconds("2026-11-22T12:00:00.099999999Z")


@pytest.mark.parametrize(
    "stamp", ["", "yesterday", "2026-13-40T99:00:00Z", "2026-11-22", "1700000000", "2026-11-22T12Z"]
)
def test_what_is_no_instant_is_garbled(stamp: str):
    with pytest.raises(Garbled):
        nanoseconds(stamp)


def test_none_stays_none():
    assert perhaps(None) is None
    assert perhaps("2026-11-22T12:00:00Z") == NOON


@given(st.integers(0, 2**62))
def test_a_stamp_survives_the_way_there_and_back(nanos: int):
    assert nanoseconds(stamped(nanos)) == nanos


@given(st.integers(-(10**15), 10**15), st.integers(-12, 12))
def test_an_instant_is_written_as_it_is_read(microseconds: int, hours: int):
    at = (NOON + timedelta(microseconds=microseconds)).astimezone(timezone(timedelta(hours=hours)))
    assert instant(written(at)) == at
    assert written(at).endswith("000Z")
