"""What a restart leaves of a monitor: the readings that were kept tell it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.plan import Monitor
from cockpit.core.plan.check import PostgresCheck
from cockpit.core.reading import Reading, Verdict
from cockpit.core.state import Told
from cockpit.core.watch.monitor import MonitorKind, MonitorRule, MonitorState, Sample, step
from cockpit.core.watch.retelling import retold, word_of

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHECK = PostgresCheck.model_validate({"on": "db", "sql": "select 1", "pass": "value <= 5"})
OVER_THE_VALUE = "value > 5"
OVER_MORE = "rows.exists(r, r.n > 5)"


def reading(minute: int, word: str) -> Reading:
    at = START + minute * MINUTE
    verdict = {"ok": Verdict.PASS, "bad": Verdict.FAIL, "unknown": Verdict.ERROR}[word]
    value = {"ok": Decimal(1), "bad": Decimal(9), "unknown": None}[word]
    return Reading(minute, "stuck", at, at, "runner", verdict, "", None, 1, "", value=value)


def monitor(alert: str | None) -> Monitor:
    return Monitor.model_validate({"check": "stuck", "every": "5m", "for": "15m", "alert": alert})


def lived(rule: MonitorRule, told: Sequence[tuple[int, str]]) -> tuple[MonitorState, Told | None]:
    """The state of a monitor that was never restarted, and the journal's last word of it."""
    state, word = MonitorState.start(START), None
    for minute, verdict in told:
        before = state.kind
        state = step(rule, state, Sample(START + minute * MINUTE, verdict))  # type: ignore[arg-type]  # one of three
        if word is None or state.kind is not before:
            word = Told(str(state.kind), START + minute * MINUTE, state.because, str(state.standing))
    return state, word


STEPS = st.tuples(st.sampled_from([5, 5, 5, 6, 10, 11, 40]), st.sampled_from(["ok", "bad", "bad", "unknown"]))
HISTORIES = st.lists(STEPS, min_size=1, max_size=25).map(
    lambda steps: [(sum(gap for gap, _ in steps[: place + 1]), word) for place, (_, word) in enumerate(steps)]
)
RULES = st.one_of(
    st.builds(lambda hold: MonitorRule(5 * MINUTE, hold=hold * MINUTE), st.integers(10, 30)),
    st.builds(lambda count: MonitorRule(5 * MINUTE, consecutive=count), st.integers(1, 4)),
    st.builds(lambda times: MonitorRule(5 * MINUTE, times=times, within=30 * MINUTE), st.integers(1, 4)),
)


@settings(deadline=None)
@given(RULES, HISTORIES, st.sampled_from([None, OVER_THE_VALUE]))
def test_an_alert_over_the_value_is_told_again_as_it_was(
    rule: MonitorRule, told: list[tuple[int, str]], alert: str | None
) -> None:
    state, word = lived(rule, told)
    kept = [reading(*one) for one in told]
    assert retold(rule, monitor(alert), CHECK, kept, word, MonitorState.start(START)) == state


@settings(deadline=None)
@given(RULES, HISTORIES, st.sampled_from(["ok", "bad"]))
def test_an_alert_over_more_goes_on_from_the_journals_last_word(
    rule: MonitorRule, told: list[tuple[int, str]], then: str
) -> None:
    state, word = lived(rule, told)
    kept = [reading(*one) for one in told]
    again = retold(rule, monitor(OVER_MORE), CHECK, kept, word, MonitorState.start(START))
    if rule.times is not None:  # which of the answers since were bad is not known
        assert (again.standing is MonitorKind.FIRING) is (state.standing is MonitorKind.FIRING)
        return
    assert again.standing is state.standing
    if "unknown unknown unknown" in " ".join(verdict for _, verdict in told):  # of a stretch before, nothing is known
        return
    sample = Sample(START + (told[-1][0] + 5) * MINUTE, then)  # type: ignore[arg-type]  # one of two
    assert step(rule, again, sample).kind is step(rule, state, sample).kind


@given(st.sampled_from(Verdict))
def test_what_is_neither_good_nor_bad_is_unknown(verdict: Verdict) -> None:
    assert (word_of(verdict) == "unknown") is (verdict in (Verdict.ERROR, Verdict.BLIND))


@pytest.mark.parametrize("alert", [OVER_THE_VALUE, OVER_MORE, None])
def test_no_readings_leave_what_a_start_is(alert: str | None) -> None:
    rule = MonitorRule(5 * MINUTE, consecutive=2)
    assert retold(rule, monitor(alert), CHECK, [], None, MonitorState.start(START)) == MonitorState.start(START)
