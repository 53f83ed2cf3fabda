from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cockpit.core.text.logline import LogGap, LogLine, LogLink
from cockpit.view.fit import line_cells
from cockpit.view.line import Tone
from cockpit.view.logs import Position, log_line, log_title, record_lines, roles
from tests.view.runs import OPENED, fresh, overlapping, proved
from tests.view.test_rollouts import theirs

AT = OPENED + timedelta(seconds=82)


def entry(text: str, level: str = "info", deployment: str = "old-deployment") -> LogLine:
    return LogLine(AT, "2026-01-31T12:01:22Z", text, level, "web", deployment, "i1")


def test_a_line_says_when_who_and_what():
    who = roles(overlapping().scene().state)
    assert log_line(entry("SIGTERM received"), 60, roles=who).text == "12:01:22 web·old      SIGTERM received"
    assert (
        log_line(entry("GET / 200", deployment="new-deployment"), 60, roles=who).text
        == "12:01:22 web·new      GET / 200"
    )
    assert log_line(entry("who am I", deployment="?"), 60, roles=who).text == "12:01:22 web          who am I"


def test_before_a_rollout_what_serves_is_the_old_one():
    assert roles(proved().state) == {"old-deployment": "old"}
    assert roles(fresh().state) == {}


def test_what_somebody_else_deployed_is_neither_old_nor_new():
    run = theirs(overlapping())
    assert roles(run.state) == {"old-deployment": "old", "new-deployment": "new", "9f31ab20": "other"}
    assert roles(theirs(proved()).state) == {"old-deployment": "old", "9f31ab20": "other"}


def test_levels_are_told_by_a_mark_and_a_tone():
    line = log_line(entry("refused", "error"), 60, roles={})
    assert line.text.endswith("✗ refused")
    assert line.spans[-1].tone is Tone.BAD
    assert log_line(entry("slow", "WARN"), 60, roles={}).text.endswith("! slow")
    assert log_line(entry("Starting Container", "platform"), 60, roles={}).text.endswith("· Starting Container")
    assert log_line(entry("odd", "notice"), 60, roles={}).text.endswith(" odd")


def test_a_line_is_cut_to_the_pane():
    assert log_line(entry("x" * 500), 40, roles={}).text == "12:01:22 web          " + "x" * 17 + "…"


def test_a_gap_says_from_when_to_when_and_why():
    gap = LogGap(AT, AT + timedelta(seconds=9), "Railway dropped 50 lines")
    line = log_line(gap, 100, roles={})
    assert line.text == "! lines may be missing from 12:01:22 to 12:01:31: Railway dropped 50 lines"
    assert line.spans[0].tone is Tone.BAD


def test_of_a_long_service_the_name_is_cut_and_never_old_or_new():
    line = log_line(replace(entry("x"), service="reports-renderer", deployment="d"), 60, roles={"d": "old"})
    assert " reports…·old x" in line.text


def test_the_title_says_whether_lines_come_and_whether_they_follow():
    run = overlapping()
    run.live.log_link = LogLink("live")
    assert log_title(run.scene(), Position(level="info")).text == "level≥info · live · following · 0 shown of 0"
    run.live.log_link = LogLink("polling", "the socket was refused")
    title = log_title(run.scene(), Position(following=False))
    assert title.text == "held still · polling · the socket was refused", "what may be cut is last"


def test_the_title_says_when_there_was_a_sign_of_life():
    run = overlapping()
    run.live.log_link = LogLink("live", heard=AT)
    soon = replace(run.scene(), now=AT + timedelta(seconds=2))
    assert log_title(soon, Position()).text == "live, no line yet · following · all levels"
    run.live.logs.extend([replace(entry("x"), at=AT - timedelta(seconds=16))])
    assert log_title(soon, Position()).text == "live, quiet for 0:18 · following · all levels"
    run.live.logs.extend([replace(entry("y"), at=AT - timedelta(seconds=3))])
    assert log_title(replace(run.scene(), now=AT), Position()).text == "live · following · all levels"
    later = replace(run.scene(), now=AT + timedelta(seconds=31))
    silent = log_title(later, Position())
    assert silent.text == "no sign of life for 0:31 · following · all levels"
    assert silent.spans[0].tone is Tone.WARN, "not called live"
    for fast in ({"factor": 20.0}, {"paced": later.now - timedelta(seconds=9)}):
        scene = replace(later, state=replace(later.state, **fast))
        assert log_title(scene, Position()).text.startswith("live"), "no second has passed unanswered on this machine"
    run.live.log_link = LogLink("reconnecting", "The log stream gives no sign of life.", AT)
    dead = log_title(later, Position())
    assert dead.text.startswith("reconnecting, heard 0:31 ago · following")
    assert dead.text.endswith("· The log stream gives no sign of life")
    assert any(span.tone is Tone.WARN for span in dead.spans)


def test_the_title_says_how_many_lines_are_kept_of_how_many_and_how_many_of_those_are_shown():
    run = overlapping()
    run.live.logs = type(run.live.logs)(capacity=2)
    run.live.logs.extend([entry("a"), entry("b"), entry("c")])
    assert log_title(run.scene(), Position(shown=2)).text.endswith("2 of 3 lines kept · not started")
    assert log_title(run.scene(), Position(shown=1, side="new")).text.endswith(
        "1 shown of 2 of 3 lines kept · not started"
    )


def test_the_title_names_search_filters_and_what_a_filter_has_still_to_look_at():
    at = Position(needle="term", sieve="-health", side="old", level="warn", fresh=1234, unread=5000)
    title = log_title(overlapping().scene(), at)
    assert title.text.startswith("+1,234 new · find term · filter -health · old only · level≥warn")
    assert "5,000 still to look through" in title.text


def test_a_json_line_is_its_message_on_one_row_and_the_rest_dim():
    line = log_line(entry('{"level":"error","msg":"disk\\nfull","path":"/x","free":0}', "error"), 80, roles={})
    assert "\n" not in line.text
    assert line.text.endswith("full  path=/x free=0")
    assert [span.tone for span in line.spans[-2:]] == [Tone.BAD, Tone.DIM]


def test_a_late_line_says_so():
    assert "(late) x" in log_line(replace(entry("x"), late=True), 60, roles={}).text


def test_a_record_shows_all_that_is_known_of_a_line():
    one = replace(entry('{"message":"it broke","report":"4f","step":3}'), attributes=(("status", "500"),), late=True)
    text = "\n".join(line.text for line in record_lines(one, 60, roles={"old-deployment": "old"}))
    for words in ("it broke", "2026-01-31T12:01:22Z", "old-deployment (old)", "i1", "status", "500", "step", "late"):
        assert words in text


def test_a_record_has_no_power_over_the_terminal():
    one = replace(entry("\x1b[2J" + "x" * 5000), attributes=(("\x1b[31m", "\x9b"),), instance="\u202e")
    for line in record_lines(one, 40, roles={}):
        assert not set(line.text) & set("\x1b\x9b\u202e")
        assert line_cells(line) <= 40


def test_a_gap_has_a_record_too():
    text = "\n".join(line.text for line in record_lines(LogGap(AT, AT, "Railway dropped 50 lines"), 60, roles={}))
    assert "Railway dropped 50 lines" in text
    assert "12:01:22" in text
