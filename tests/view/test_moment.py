from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cockpit.view.moment import moment

NOW = datetime(2026, 1, 31, 12, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(("words", "at"), [
    ("12:01", datetime(2026, 1, 31, 12, 1, tzinfo=UTC)),
    ("9:01:22", datetime(2026, 1, 31, 9, 1, 22, tzinfo=UTC)),
    ("23:59", datetime(2026, 1, 30, 23, 59, tzinfo=UTC)),
    ("-5m", datetime(2026, 1, 31, 12, 25, 5, tzinfo=UTC)),
    ("- 90 S", datetime(2026, 1, 31, 12, 28, 35, tzinfo=UTC)),
    ("-1h", datetime(2026, 1, 31, 11, 30, 5, tzinfo=UTC)),
    ("24:00", None),
    ("12:60", None),
    ("noon", None),
    ("", None),
    ("5m", None),
])  # fmt: skip
def test_a_time_is_the_last_of_its_name_or_so_long_ago(words: str, at: datetime | None):
    assert moment(words, NOW) == at
