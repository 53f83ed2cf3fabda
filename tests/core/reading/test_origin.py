"""Where two readings are from, and whether they may be held against each other."""

from __future__ import annotations

from typing import Any

import pytest

from cockpit.core.reading.origin import NOT_APART, Origin, apart

READER = Origin(
    connection="db", role="reader", login="reader", database="reports", server="10.0.0.5:5432",
    schemas=("pg_catalog", "public"),
)  # fmt: skip


def other(**changes: Any) -> Origin:
    return READER.model_copy(update=changes)


def test_the_same_origin_leaves_nothing_to_say() -> None:
    assert apart(READER, other()) == NOT_APART


@pytest.mark.parametrize(
    ("before", "now"), [(None, READER), (READER, None), (Origin(connection="app"), Origin(connection="app"))]
)
def test_nothing_is_claimed_of_an_origin_that_nobody_asked(before: Origin | None, now: Origin | None) -> None:
    assert apart(before, now) == NOT_APART


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"database": "billing"}, "The baseline is of the database reports, and this is billing."),
        ({"schemas": ("pg_catalog", "audit", "public")},
         "Names were looked up in pg_catalog, public for the baseline, and now in pg_catalog, audit, public"),
    ],
)  # fmt: skip
def test_another_database_or_search_path_makes_a_comparison_blind(changes: dict[str, Any], because: str) -> None:
    assert apart(READER, other(**changes)).blind.startswith(because)


def test_another_role_is_blind_where_policies_hide_rows_and_a_warning_where_hidden_rows_are_errors() -> None:
    owner = other(role="owner", login="owner")
    hidden, told = apart(READER, owner, hides_rows=True), apart(READER, owner)
    assert hidden.blind == (
        "The baseline was recorded as reader, and this was asked as owner: row-level security may show them other rows."
    )
    assert told == type(told)(warnings=("The baseline was recorded as reader, and this was asked as owner",))


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"login": "app"}, "The baseline was recorded by the login reader, and this was asked by app"),
        ({"server": "10.0.0.6:5432"}, "The baseline is of the server 10.0.0.5:5432, and this is 10.0.0.6:5432"),
        ({"server": ""}, "and this is the one on a socket of its machine"),
        ({"standby": True}, "Only this is from a standby, which may lag behind"),
    ],
)
def test_another_login_server_or_a_standby_is_a_warning(changes: dict[str, Any], warning: str) -> None:
    found = apart(READER, other(**changes), hides_rows=True)
    assert found.blind == ""
    assert len(found.warnings) == 1
    assert warning in found.warnings[0]


def test_an_origin_is_told_in_words() -> None:
    assert READER.words == "db as reader, reports at 10.0.0.5:5432"
    assert other(login="app", server="", standby=True).words == "db as reader (login app), reports, a standby"
    assert Origin(connection="app").words == "app"
