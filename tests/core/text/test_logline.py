"""A log line without the secrets it quotes."""

from __future__ import annotations

from datetime import UTC, datetime

from cockpit.core.text.logline import LogLine
from cockpit.core.text.redact import MARK, Redactor

CLEAN = Redactor(["postgres://reports:hunter2000@db.example/reports"]).clean


def said(text: str, *attributes: tuple[str, str]) -> LogLine:
    return LogLine(datetime(2026, 1, 31, tzinfo=UTC), "s", text, "error", "web", "d", "i", attributes)


def test_text_and_attributes_lose_the_secret_and_nothing_else() -> None:
    line = said("no connection with hunter2000", ("url", "postgres://reports:hunter2000@db.example/reports"))
    clean = line.concealed(CLEAN)
    assert clean.text == f"no connection with {MARK}"
    assert clean.attributes == (("url", MARK),)
    assert (clean.at, clean.stamp, clean.level, clean.instance) == (line.at, line.stamp, line.level, line.instance)


def test_a_secret_that_colours_cut_in_two_is_found_too() -> None:
    clean = said("password \x1b[31mhunter\x1b[0m2000 refused").concealed(CLEAN)
    assert clean.text == f"password {MARK} refused"


def test_a_line_without_one_stays_the_same_line() -> None:
    line = said("GET / \x1b[32m200\x1b[0m")
    assert line.concealed(CLEAN) is line
