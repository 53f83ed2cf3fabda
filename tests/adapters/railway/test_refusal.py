from __future__ import annotations

import pytest

from cockpit.adapters.railway import refusal
from cockpit.errors import Garbled, Missing, Refused, SourceError, Throttled, Unreachable


def error(message: str, code: str = "INTERNAL_SERVER_ERROR", **beside: object) -> dict[str, object]:
    return {"message": message, "extensions": {"code": code}} | beside


MESSAGES: list[tuple[str, type[SourceError], bool]] = [
    ("Not Authorized", Refused, True),
    ("Project Token not found", Refused, True),
    ("Deployment not found", Missing, True),
    ("Deployment is not stoppable", Refused, True),
    ("Deployment is not restartable", Refused, True),
    ("Error in numReplicas - Invalid input", Refused, True),
    ("Commit not found", Missing, True),
    ("Two Factor Authentication Required", Refused, True),
    ("Problem processing request", Unreachable, False),
    ("Internal server error", Unreachable, False),
    ("fetch failed", Unreachable, False),
    ("Operation timed out", Unreachable, False),
    ("Rate limit exceeded", Throttled, True),
    ("Deployment cannot be rolled back", Refused, True),
    ("Region not found", Missing, False),
]


@pytest.mark.parametrize(("message", "kind", "certain"), MESSAGES, ids=[case[0] for case in MESSAGES])
def test_the_message_decides_and_not_the_code(message: str, kind: type[SourceError], *, certain: bool):
    for code in ("INTERNAL_SERVER_ERROR", "BAD_USER_INPUT"):
        verdict = refusal.of_errors([error(message, code)])
        assert type(verdict.error) is kind
        assert verdict.certain is certain
        assert verdict.error.what
        assert verdict.error.remedy


@pytest.mark.parametrize(
    ("code", "status", "certain"),
    [("INTERNAL_SERVER_ERROR", 200, False), ("", 200, False), ("BAD_USER_INPUT", 200, True), ("", 400, True)],
)
def test_words_nobody_knows_may_come_after_the_deed(code: str, status: int, *, certain: bool):
    verdict = refusal.of_errors([error("something new", code)], status)
    assert type(verdict.error) is Refused
    assert verdict.certain is certain


def test_a_question_they_do_not_understand_is_our_fault():
    verdict = refusal.of_errors([error("Cannot query field 'x'", "GRAPHQL_VALIDATION_FAILED")])
    assert isinstance(verdict.error, Garbled)
    assert "Cannot query field 'x'" in verdict.error.what


@pytest.mark.parametrize("place", [{"traceId": "abc123"}, {"extensions": {"traceId": "abc123"}}])
def test_the_trace_is_shown_wherever_it_stands(place: dict[str, object]):
    verdict = refusal.of_errors([{"message": "Not Authorized"} | place])
    assert "abc123" in verdict.error.what


def test_their_words_cannot_move_the_cursor():
    assert "\x1b" not in str(refusal.of_errors([error("\x1b[2Jboo")]).error)


@pytest.mark.parametrize("errors", [[], [None], ["text"], [{}], [{"message": None, "extensions": "none"}]])
def test_errors_of_no_known_shape_are_still_errors(errors: list[object]):
    assert isinstance(refusal.of_errors(errors).error, Refused)


STATUSES: list[tuple[int, type[SourceError], bool]] = [
    (401, Refused, True), (403, Refused, True), (429, Throttled, True), (500, Unreachable, False),
    (502, Unreachable, False), (408, Unreachable, False), (301, Garbled, True), (404, Garbled, True),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind", "certain"), STATUSES)
def test_a_status_that_speaks_for_itself(status: int, kind: type[SourceError], *, certain: bool):
    verdict = refusal.of_status(status, {}, "")
    assert verdict is not None
    assert type(verdict.error) is kind
    assert verdict.certain is certain


@pytest.mark.parametrize("status", [200, 400])
def test_a_status_with_something_to_say_in_the_body_is_silent(status: int):
    assert refusal.of_status(status, {}, '{"errors": []}') is None


def test_cloudflare_throttles_in_plain_text():
    verdict = refusal.of_status(429, {"retry-after": "7"}, "error code: 1015")
    assert verdict is not None
    assert isinstance(verdict.error, Throttled)
    assert verdict.error.retry_after == 7


@pytest.mark.parametrize(
    ("said", "seconds"), [("2.5", 2.5), ("", 60), ("soon", 60), ("-3", 0), ("999999", 3600), ("nan", 60), ("inf", 3600)]
)
def test_retry_after_is_taken_with_care(said: str, seconds: float):
    assert refusal.retry_after({"retry-after": said}) == seconds


def test_garbage_shows_how_it_begins():
    assert "<html>" in str(refusal.of_garbage(200, "<html>\n<body>").error)
    assert "it is empty" in str(refusal.of_garbage(200, " ").error)
    assert not refusal.of_garbage(200, "").certain
