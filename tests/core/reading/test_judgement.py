"""From answers to verdicts: doubt first, expectation last."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from cockpit.core.plan import HttpCheck, LogCheck, Monitor, PostgresCheck, RailwayCheck
from cockpit.core.reading import Answer, Reading, Table, Verdict
from cockpit.core.reading.history import own_series, series
from cockpit.core.reading.judgement import (
    alert,
    digest_of,
    judge,
    judge_comparison,
    judge_error,
    scalar_of,
    tripped,
    value_of,
)
from cockpit.core.reading.keeping import Mask
from cockpit.errors import Unreachable
from tests.core.story import START

NOTHING = series((), START, None)


def sql(**keys) -> PostgresCheck:
    return PostgresCheck.model_validate({"on": "db", "sql": "select 1", **keys})


ZERO = sql(**{"pass": "value == 0"})
ZERO_SEEN = sql(**{"pass": "value == 0", "seen": "select exists (select from reports)"})


def reading(number: int, minutes: float, value: object) -> Reading:
    at = START + timedelta(minutes=minutes)
    return Reading(number, "stuck", at, at, "runner", Verdict.PASS, "", str(value), 3, "", None, value)


@pytest.mark.parametrize(
    ("check", "answer", "verdict", "word"),
    [
        (ZERO, Answer({"value": 0}), Verdict.PASS, "value"),
        (ZERO, Answer({"value": 3}), Verdict.FAIL, "3"),
        (sql(), Answer({"value": 3}), Verdict.OBSERVED, "Nothing was expected"),
        (sql(**{"pass": "value"}), Answer({"value": 3}), Verdict.ERROR, ""),
        (ZERO, Answer({"value_error": "There are 2 rows. Ask for one."}), Verdict.ERROR, "2 rows"),
        (ZERO_SEEN, Answer({"value": 0}, control=False), Verdict.BLIND, "control"),
        (ZERO_SEEN, Answer({"value": 0}, control=None), Verdict.BLIND, "control"),
        (ZERO_SEEN, Answer({"value": 0}, control=True), Verdict.PASS, ""),
        (sql(**{"pass": "count == 0"}), Answer({"count": 0}, gap=True), Verdict.BLIND, "window"),
        (sql(**{"pass": "value < previous"}), Answer({"value": 0}), Verdict.BLIND, "no sample"),
    ],
)  # fmt: skip
def test_the_verdict_of_an_answer(check: PostgresCheck, answer: Answer, verdict: Verdict, word: str) -> None:
    judged = judge(check, answer, NOTHING)
    assert judged.verdict is verdict
    assert word in judged.because


def test_an_http_control_tells_another_host_from_ours() -> None:
    check = HttpCheck.model_validate(
        {"on": "app", "get": "/", "seen": "json.service == 'reports'", "pass": "status == 200"}
    )
    ours = Answer({"status": 200, "json": {"service": "reports"}})
    other = Answer({"status": 200, "json": {"service": "parking page"}})
    none = Answer({"status": 200})
    assert judge(check, ours, NOTHING).verdict is Verdict.PASS
    assert judge(check, other, NOTHING).verdict is Verdict.BLIND
    assert judge(check, none, NOTHING).verdict is Verdict.BLIND


def test_a_log_control_wants_any_line_at_all() -> None:
    check = LogCheck.model_validate(
        {"on": "railway", "logs": "web", "since": "10m", "match": "ERROR", "seen": "lines > 0", "pass": "count == 0"}
    )
    assert judge(check, Answer({"count": 0, "lines": 0}), NOTHING).verdict is Verdict.BLIND
    assert judge(check, Answer({"count": 0, "lines": 9}), NOTHING).verdict is Verdict.PASS


def test_where_no_answer_came_the_verdict_is_error_with_both_sentences() -> None:
    judged = judge_error(Unreachable("db cannot be reached.", "Look at the network."))
    assert judged.verdict is Verdict.ERROR
    assert judged.because == "db cannot be reached. Look at the network."


def test_a_comparison_wants_a_baseline_and_names_the_cell() -> None:
    check = sql(compare={"completed": "only grows", "other": "equal"}, rows_by="status", missing=0)
    before = Table(("status", "n"), (("completed", 50), ("failed", 2)))
    now = Answer({}, Table(("status", "n"), (("completed", 51), ("failed", 3))))
    assert judge_comparison(check, None, now).verdict is Verdict.ERROR
    judged = judge_comparison(check, replace(reading(1, 0, None), table=before), now)
    assert judged.verdict is Verdict.FAIL
    assert "failed" in judged.because


def test_ago_is_the_last_sample_at_or_before_and_at_most_one_cadence_older() -> None:
    samples = [reading(1, 0, 4), reading(2, 5, 6), reading(3, 10, 9)]
    told = series(samples, START + timedelta(minutes=10), timedelta(minutes=5))
    assert told.value == 9
    assert told.previous == 6
    assert told.ago(timedelta(minutes=5)) == 6
    assert told.ago(timedelta(minutes=3)) == 6
    assert told.increase(timedelta(minutes=10)) == 5
    with pytest.raises(Exception, match="no sample of 1h ago"):
        told.ago(timedelta(hours=1))


def test_a_hole_longer_than_a_cadence_is_blind() -> None:
    samples = [reading(1, 0, 4), reading(2, 60, 6)]
    told = series(samples, START + timedelta(minutes=60), timedelta(minutes=5))
    with pytest.raises(Exception, match="no sample"):
        told.ago(timedelta(minutes=30))


def test_previous_in_a_checks_own_expression_is_the_reading_before() -> None:
    told = own_series([reading(1, 0, 4)], START + timedelta(minutes=5), None, 9)
    assert told.previous == 4
    assert judge(sql(**{"pass": "value - previous == 5"}), Answer({"value": 9}), told).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("alert_when", "answer", "verdict"),
    [
        (None, Answer({"value": 0}), Verdict.PASS),
        (None, Answer({"value": 1}), Verdict.FAIL),
        ("value > 5", Answer({"value": 1}), Verdict.PASS),
        ("value > 5", Answer({"value": 6}), Verdict.FAIL),
        ("value > 5", Answer({"value": 6}, gap=True), Verdict.BLIND),
        ("value > previous", Answer({"value": 6}), Verdict.BLIND),
        ("value > 'x'", Answer({"value": 6}), Verdict.ERROR),
    ],
)
def test_a_monitor_sample_is_bad_when_its_alert_is_true(alert_when, answer: Answer, verdict: Verdict) -> None:
    monitor = Monitor.model_validate({"check": "stuck", "every": "5m", "for": "15m", "alert": alert_when})
    assert alert(monitor, sql(**{"pass": "value == 0"}), answer, NOTHING).verdict is verdict


@pytest.mark.parametrize(("now", "word"), [(9, "tripped"), (5, "clear")])
def test_a_trigger_compares_with_an_hour_ago(now: int, word: str) -> None:
    samples = [reading(1, 0, 3), reading(2, 60, now)]
    told = {"stuck": series(samples, START + timedelta(hours=1), timedelta(minutes=5))}
    assert tripped("stuck.value - stuck.ago('1h') > 5", told)[0] == word


def test_a_trigger_without_history_cannot_be_told() -> None:
    told = {"stuck": series([reading(1, 0, 3)], START, timedelta(minutes=5))}
    word, because = tripped("stuck.value - stuck.ago('1h') > 5", told)
    assert word == "unknown"
    assert "no sample" in because


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Answer({"value": Decimal("1.50")}), "1.50"),
        (Answer({"value": True}), "true"),
        (Answer({"status": 200}), "200"),
        (Answer({"found": False}), "false"),
        (Answer({}, Table(("a",), ((1,),))), "1 row"),
        (Answer({}, Table(("a",), ((1,), (2,)), capped=True)), "2 rows (capped)"),
    ],
)
def test_the_scalar_of_an_answer(answer: Answer, text: str) -> None:
    assert scalar_of(answer) == text


def test_a_scalar_is_at_most_256_bytes_and_whole_characters() -> None:
    text = scalar_of(Answer({"value": "é" * 400}))
    assert len(text.encode()) <= 256
    assert set(text) == {"é"}


def test_a_digest_tells_a_change_of_rows() -> None:
    assert digest_of(Table(("a",), ((1,),))) != digest_of(Table(("a",), ((2,),)))
    assert value_of(Answer({"json": {}})) is None


def test_no_value_of_a_variable_that_the_expectation_does_not_name_is_told() -> None:
    check = RailwayCheck.model_validate(
        {"on": "railway", "ask": "variables", "service": "web", "pass": "!('GRACE' in variables)"}
    )
    secret = {"DATABASE_URL": "postgres://u:hunter2@db/x", "PORT": "80", "MODE": "x", "EMPTY": ""}
    judged = judge(check, Answer({"variables": secret}), NOTHING)
    assert judged.verdict is Verdict.PASS
    assert "DATABASE_URL" in judged.because
    assert not any(value in judged.because for value in secret.values() if len(value) > 1)


def test_a_value_that_the_expectation_names_may_be_told() -> None:
    check = RailwayCheck.model_validate(
        {"on": "railway", "ask": "variables", "service": "web", "pass": "variables['GRACE'] == '600'"}
    )
    assert "'600'" in judge(check, Answer({"variables": {"GRACE": "600", "KEY": "s3cr3t-value"}}), NOTHING).because
    other = judge(check, Answer({"variables": {"GRACE": "s3cr3t-value"}}), NOTHING)
    assert other.verdict is Verdict.FAIL
    assert "s3cr3t" not in other.because


def test_known_secrets_leave_every_sentence() -> None:
    check = HttpCheck.model_validate({"on": "app", "get": "/", "pass": "text == 'ok'"})
    answer = Answer({"text": "token=abcdef123456"})
    judged = judge(check, answer, NOTHING, conceal=lambda text: text.replace("abcdef123456", "***"))
    assert "abcdef" not in judged.because


def test_a_reading_without_a_value_makes_the_present_blind_and_leaves_the_past_alone() -> None:
    samples = [reading(1, 0, 4), reading(2, 5, 60), replace(reading(3, 10, 0), verdict=Verdict.BLIND, value=None)]
    told = {"stuck": series(samples, START + timedelta(minutes=10), timedelta(minutes=5))}
    for when in ("stuck.value == 60", "stuck.previous == 4", "stuck.increase('5m') > 0"):
        word, because = tripped(when, told)
        assert (word, "brought no answer" in because) == ("unknown", True)
    assert tripped("stuck.ago('10m') == 4", told)[0] == "tripped"


def test_a_sample_that_is_too_old_does_not_tell_how_things_are() -> None:
    samples, fresh = [reading(1, 0, 9)], timedelta(minutes=2)
    for minutes, word in ((2, "tripped"), (3, "unknown")):
        told = {"stuck": series(samples, START + timedelta(minutes=minutes), None, fresh)}
        assert tripped("stuck.value > 5", told)[0] == word


def test_known_secrets_leave_the_sentence_of_a_trigger() -> None:
    told = {"stuck": series([reading(1, 0, "token=abcdef123456")], START, None)}
    _, because = tripped("stuck.value == 'x'", told, conceal=lambda text: text.replace("abcdef123456", "***"))
    assert "abcdef" not in because


def test_a_scalar_is_concealed_before_it_is_cut() -> None:
    secret = "s" * 20
    text = scalar_of(Answer({"value": "a" * 246 + secret}), lambda whole: whole.replace(secret, "•••"))
    assert "s" not in text
    assert text.endswith("a•••")


@pytest.mark.parametrize("expectation", ["value == 'x'", "value > 3", "value + '!' == 'x'", "value.matches('^x$')"])
def test_a_masked_cell_stands_in_no_sentence_and_is_judged_as_it_is(expectation: str) -> None:
    table = Table(("email",), (("ada@example.org",),))
    check = sql(mask=["email"], **{"pass": expectation})
    answer = Answer({"value": "ada@example.org", "rows": [{"email": "ada@example.org"}]}, table)
    assert "ada" not in judge(check, answer, NOTHING).because
    monitor = Monitor.model_validate({"check": "stuck", "every": "5m", "for": "15m", "alert": expectation})
    assert "ada" not in alert(monitor, check, answer, NOTHING).because
    right = check.model_copy(update={"pass_": "value == 'ada@example.org'"})
    assert judge(right, answer, NOTHING).verdict is Verdict.PASS


def test_a_masked_cell_too_short_to_be_looked_for_in_words_is_hidden_where_it_stands() -> None:
    check = sql(mask=["pin"], **{"pass": "value == 3"})
    assert "7" not in judge(check, Answer({"value": 7}, Table(("pin",), ((7,),))), NOTHING).because


def test_a_baseline_masked_by_a_lost_key_makes_a_comparison_blind() -> None:
    check, cells = sql(mask=["email"]), Table(("email",), (("ada@example.org",), (None,)))
    before = replace(reading(1, 0, None), table=Mask(b"one").table(cells, check.mask))
    for key, verdict in ((b"one", Verdict.PASS), (b"another", Verdict.BLIND)):
        mask = Mask(key)
        now = Answer({}, mask.table(cells, check.mask))
        assert judge_comparison(check, before, now, mask=mask).verdict is verdict


def test_an_error_names_no_keys_of_a_masked_column() -> None:
    check = sql(**{"pass": "rows.by('who').zoe.n > 0", "mask": ["who"]})
    table = Table(("who", "n"), (("al", 1), ("bo", 2)))
    rows = tuple(dict(zip(table.columns, row, strict=True)) for row in table.rows)
    judged = judge(check, Answer({"rows": rows}, table), NOTHING)
    assert judged.verdict is Verdict.ERROR
    assert judged.because.endswith("There is no row 'zoe'. The keys that are there are masked.")


def test_lines_in_order_say_which_pattern_no_line_met() -> None:
    asked = {"on": "railway", "logs": "web", "since": "5m", "ordered": ["a", "b"], "pass": "found"}
    check = LogCheck.model_validate(asked)
    judged = judge(check, Answer({"found": False, "missing": "b", "count": 1, "lines": 3}), NOTHING)
    assert judged.because == "found is false; no line met 'b' in its place"
    judged = judge(check, Answer({"found": True, "missing": None, "count": 2, "lines": 3}), NOTHING)
    assert (judged.verdict, judged.because) == (Verdict.PASS, "found is true")


def test_n_times_the_baseline_is_asked_row_by_row() -> None:
    told = {"pass": "rows.all(r, r.n <= 3 * baseline_rows.by('who')[r.who].n)"}
    baseline = replace(reading(1, 0, None), table=Table(("who", "n"), (("api", 2), ("cron", 1))))
    rows = ({"who": "api", "n": 6}, {"who": "cron", "n": 4})
    judged = judge(sql(**told), Answer({"rows": rows}), NOTHING, baseline)
    assert judged.verdict is Verdict.FAIL
    assert "for element 1: {who: 'cron', n: 4}" in judged.because
    new = judge(sql(**told), Answer({"rows": ({"who": "beat", "n": 1},)}), NOTHING, baseline)
    assert new.verdict is Verdict.ERROR
    assert new.because.endswith("There is no row 'beat'. There are api, cron.")
    monitor = Monitor.model_validate({"check": "stuck", "every": "5m", "for": "15m", "alert": f"!({told['pass']})"})
    assert alert(monitor, sql(), Answer({"rows": rows}), NOTHING, baseline).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("table", "mask", "sentence"),
    [
        (None, [], "There is no baseline with rows."),
        (Table(("who", "n"), (("api", 2),), capped=True), [], "Only part of the baseline's rows is kept."),
        (Table(("who", "n"), (("ab12-hash", 2),)), ["who"], "There is no column 'who'."),
    ],
)
def test_rows_of_a_baseline_that_tell_nothing_are_an_error(table: Table | None, mask: list[str], sentence: str) -> None:
    check = sql(**{"pass": "baseline_rows.by('who').api.n > 0", "mask": mask})
    judged = judge(check, Answer({"rows": ()}), NOTHING, replace(reading(1, 0, None), table=table))
    assert judged.verdict is Verdict.ERROR
    assert sentence in judged.because
