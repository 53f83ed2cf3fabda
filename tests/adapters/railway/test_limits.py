from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cockpit.adapters.railway.limits import Limits, told

DATE = "Sat, 28 Nov 2026 12:00:00 GMT"
NOON = 1795867200

TOLD: list[tuple[dict[str, str], Limits]] = [
    ({}, Limits()),
    ({"ratelimit-policy": '"default";q=1000;w=3600'}, Limits(1000)),
    ({"ratelimit-policy": '"default";q=100;w=60'}, Limits(6000)),
    ({"ratelimit-policy": '"burst";q=10;w=1, "default"; w=3600; q=1000'}, Limits(1000, 10)),
    ({"ratelimit-policy": '"a";q=1000;w=3600, "b";q=500;w=3600'}, Limits(500)),
    ({"ratelimit-policy": '"default";q=0;w=0'}, Limits()),
    ({"ratelimit-policy": "nobody knows"}, Limits()),
    ({"x-ratelimit-limit": "1000", "x-ratelimit-remaining": "412"}, Limits(1000, None, 412)),
    ({"ratelimit-policy": '"default";q=1000;w=3600', "x-ratelimit-limit": "24000"}, Limits(1000)),
    ({"x-ratelimit-limit": "10", "x-ratelimit-remaining": "3"}, Limits(None, 10)),
    ({"x-ratelimit-remaining": "many"}, Limits()),
    ({"x-ratelimit-remaining": "-1"}, Limits()),
]


@pytest.mark.parametrize(("headers", "limits"), TOLD)
def test_what_comes_is_read_and_what_makes_no_sense_is_left(headers: dict[str, str], limits: Limits):
    assert told(headers) == limits


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("90", 90.0),
        (str(NOON + 90), 90.0),
        (str((NOON + 90) * 1000), 90.0),
        ("2026-11-28T12:01:30Z", 90.0),
        ("Sat, 28 Nov 2026 12:01:30 GMT", 90.0),
        (str(NOON - 90), 0.0),
        (str(NOON + 90_000), 3600.0),
        ("7200", 3600.0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("nan", None),
        ("1e300", None),
    ],
)
def test_a_reset_is_read_in_every_form_by_the_clock_of_the_answer(reset: str, seconds: float | None):
    found = told({"x-ratelimit-remaining": "5", "x-ratelimit-reset": reset, "date": DATE})
    assert (found.remaining, found.resets_in) == (5, seconds)


def test_an_instant_without_the_date_of_the_answer_tells_nothing():
    assert told({"x-ratelimit-reset": str(NOON + 90)}).resets_in is None


NAMES = ("ratelimit-policy", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "date")


@given(some.dictionaries(some.sampled_from(NAMES), some.text(max_size=60)))
def test_no_header_is_trouble(headers: dict[str, str]):
    found = told(headers)
    assert found.resets_in is None or 0 <= found.resets_in <= 3600
    assert found.remaining is None or found.remaining >= 0
