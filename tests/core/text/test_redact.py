from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.core.text.redact import MARK, SHORTEST, Redactor

secrets = st.text(min_size=SHORTEST, max_size=30).filter(lambda text: text == text.strip() and len(text) >= SHORTEST)


def test_a_value_is_replaced_wherever_it_turns_up() -> None:
    redactor = Redactor(["hunter2000"])
    assert redactor.clean("hunter2000 and x=hunter2000;") == f"{MARK} and x={MARK};"


def test_text_without_secrets_is_left_as_it_is() -> None:
    text = "nothing here"
    assert Redactor(["hunter2000"]).clean(text) is text


def test_short_values_are_left_alone() -> None:
    assert Redactor(["", "a", "admin"]).clean("a plain admin page") == "a plain admin page"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://app:p%40ss%2Fw0rd@db.example:5432/reports",
        "host=db.example user=app password=p@ss/w0rd dbname=reports",
        "host=db.example password = 'p@ss/w0rd' user=app",
        "https://db.example/?api_key=p%40ss%2Fw0rd",
    ],
)
def test_the_password_inside_an_address_is_a_secret_of_its_own(address: str) -> None:
    redactor = Redactor([address])
    assert redactor.clean('authentication failed with "p@ss/w0rd" on db.example') == (
        f'authentication failed with "{MARK}" on db.example'
    )
    assert "w0rd" not in redactor.clean(f"cannot parse {address}")


def test_the_host_of_an_address_stays_readable() -> None:
    redactor = Redactor(["postgresql://app:hunter2000@db.example/reports"])
    assert redactor.clean("db.example refused app") == "db.example refused app"


def test_each_line_of_a_long_secret_counts() -> None:
    assert Redactor(["first line\nsecond line\n"]).clean("saw second line") == f"saw {MARK}"


def test_overlapping_secrets_leave_nothing_between_them() -> None:
    redactor = Redactor(["abcdef123", "123xyz789"])
    assert redactor.clean("<abcdef123xyz789>") == f"<{MARK}>"


def test_neighbouring_secrets_are_two_marks() -> None:
    assert Redactor(["secret-a", "secret-b"]).clean("secret-asecret-b") == MARK * 2


def test_its_own_repr_tells_nothing() -> None:
    assert "hunter2000" not in repr(Redactor(["hunter2000"]))


def test_an_address_that_cannot_be_split_is_still_a_secret() -> None:
    assert Redactor(["http://[half:hunter2000"]).clean("at http://[half:hunter2000 now") == f"at {MARK} now"


@given(st.lists(secrets, max_size=5), st.text())
def test_no_secret_survives_in_any_writing(values: list[str], around: str) -> None:
    redactor = Redactor(values)
    for value in values:
        for written in (value, quote(value, safe=""), json.dumps(value)):
            cleaned = redactor.clean(around + written + around).replace(MARK, "\n")
            assert not any(secret in cleaned for secret in values)
