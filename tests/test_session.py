"""The single writer: journal first, state second, screen last."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.clock import FrozenClock
from cockpit.core import commands as wanted
from cockpit.core.commands import Refusal
from cockpit.core.fold import fold
from cockpit.core.plan import Plan
from cockpit.core.reading import Reading, Table, Verdict
from cockpit.emergency import WITHOUT_RECORD, Emergency
from cockpit.journal.sqlite import SqliteJournal
from cockpit.session import Session
from tests.core.story import PLAN, deployment

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
def session(tmp_path: Path, clock: FrozenClock):
    journal = SqliteJournal.create(tmp_path / "runs", "Reports", START)
    emergency = Emergency(tmp_path / "elsewhere" / "events.jsonl")
    one = Session.open(journal, clock, "ada", Plan.model_validate(PLAN), plan_file="plan.toml", emergency=emergency)
    yield one
    one.close()


def journal_of(session: Session) -> SqliteJournal:
    journal = session._journal
    assert isinstance(journal, SqliteJournal)
    return journal


def take_up(session: Session, clock: FrozenClock, name: str = "bob") -> Session:
    return Session(SqliteJournal.open(journal_of(session).path), clock, name)


def break_journal(session: Session) -> None:
    """From now on nothing more fits into the file."""
    database = journal_of(session)._db
    pages = database.execute("pragma page_count").fetchone()[0]
    database.execute(f"pragma max_page_count = {pages}")
    filler = "x" * 200_000
    with pytest.raises(sqlite3.OperationalError):
        database.execute("create table filler as select ? as text", (filler,))


def mend_journal(session: Session) -> None:
    journal_of(session)._db.execute("pragma max_page_count = 1000000")


async def test_what_is_dispatched_is_journalled_folded_and_told(session: Session) -> None:
    told: list[int] = []
    session.subscribe(lambda state: told.append(state.seq))
    await session.dispatch(wanted.Advance())
    answer = await session.dispatch(wanted.Tick("before/tick:team-knows"))
    assert not isinstance(answer, Refusal)
    assert told == [2, 3]
    assert [event.kind for event in journal_of(session).read()] == ["RunOpened", "PhaseOpened", "Ticked"]
    assert session.state.item("before/tick:team-knows").by == "ada"


async def test_a_refusal_leaves_no_trace(session: Session) -> None:
    answer = await session.dispatch(wanted.Tick("before/tick:team-knows"))
    assert isinstance(answer, Refusal)
    assert len(journal_of(session).read()) == 1


async def test_the_live_state_is_the_fold_of_the_journal(session: Session) -> None:
    await session.dispatch(wanted.Advance())
    await session.dispatch(wanted.AnswerSee("before/see:panel", "yes"))
    await session.dispatch(wanted.Note("all quiet", "before/see:panel"))
    again = fold(journal_of(session).read())
    assert (again.items, again.notes, again.seq) == (session.state.items, session.state.notes, session.state.seq)


async def test_two_cockpits_on_one_run_never_both_act(session: Session, clock: FrozenClock) -> None:
    await session.dispatch(wanted.Advance())
    other = take_up(session, clock)
    first = await session.dispatch(wanted.Tick("before/tick:team-knows"))
    second = await other.dispatch(wanted.Tick("before/tick:team-knows"))
    assert not isinstance(first, Refusal)
    assert isinstance(second, Refusal)
    assert "ticked already" in second.reason
    assert other.state.item("before/tick:team-knows").by == "ada"
    other.close()


async def test_what_another_process_appended_is_folded_before_deciding(session: Session, clock: FrozenClock) -> None:
    other = take_up(session, clock)
    await other.dispatch(wanted.Advance())
    answer = await session.dispatch(wanted.Note("hello"))
    assert not isinstance(answer, Refusal)
    assert session.state.opened_at("before") == START
    other.close()


async def test_time_in_the_journal_never_goes_backwards(session: Session, clock: FrozenClock) -> None:
    await session.dispatch(wanted.Advance())
    clock.at = START.replace(hour=8)
    await session.dispatch(wanted.Note("the clock was set back"))
    stamps = [event.at for event in journal_of(session).read()]
    assert stamps == sorted(stamps)


def reading(session: Session, value: int = 0) -> Reading:
    table = Table(("status", "n"), (("completed", value),))
    number = session.next_reading()
    return Reading(number, "by_status", START, START, "runner", Verdict.OBSERVED, "", "1 row", 3, "d", table, value)


async def test_a_baseline_comes_back_with_its_rows_on_resume(session: Session, clock: FrozenClock) -> None:
    await session.dispatch(wanted.Advance())
    await session.dispatch(wanted.Enquire("before/record:by_status"))
    one = reading(session, 7)
    await session.dispatch(wanted.Observe(one, ("before/record:by_status",), (("observed", ""),)))
    assert session.telemetry.baselines["by_status"].table == one.table
    other = take_up(session, clock)
    assert other.telemetry.baselines["by_status"].table == one.table
    assert other.telemetry.readings["by_status"].scalar == "1 row"
    other.close()


async def test_a_secret_answer_is_not_journalled_and_asked_again_on_resume(tmp_path: Path, clock: FrozenClock) -> None:
    plan = {
        **PLAN,
        "asks": {"report": {"text": "Key", "type": "text", "secret": True}},
        "phases": [{"title": "Only", "items": ["ask report"]}],
        "monitors": {},
        "checks": {},
        "triggers": [],
        "rollback": [],
    }
    journal = SqliteJournal.create(tmp_path / "runs", "Reports", START)
    one = Session.open(journal, clock, "ada", Plan.model_validate(plan), plan_file="plan.toml")
    await one.dispatch(wanted.Advance())
    await one.dispatch(wanted.AnswerAsk("only/ask:report", "swordfish-9"))
    assert one.secret_answers == {"report": "swordfish-9"}
    assert b"swordfish" not in journal.path.read_bytes()
    other = Session(SqliteJournal.open(journal.path), clock, "ada")
    await other.attach(resumed=True)
    assert other.state.item("only/ask:report").status == "open"
    one.close()
    other.close()


async def test_while_nothing_can_be_recorded_nothing_is_done(session: Session) -> None:
    await session.dispatch(wanted.Advance())
    break_journal(session)
    answer = await session.dispatch(wanted.Note("x" * 100_000))
    assert isinstance(answer, Refusal)
    assert "Not recorded, so not done" in answer.reason
    assert session.telemetry.journal_trouble
    assert session.state.notes == ()
    mend_journal(session)
    assert not isinstance(await session.dispatch(wanted.Note("again")), Refusal)
    assert session.telemetry.journal_trouble == ""


async def test_the_way_back_goes_on_without_a_record_once_it_is_typed(tmp_path: Path, clock: FrozenClock) -> None:
    plan = {**PLAN, "phases": [{"title": "Deploy", "items": ["do set_grace", "do deploy_web"]}], "monitors": {}}
    journal = SqliteJournal.create(tmp_path / "runs", "Reports", START)
    aside = Emergency(tmp_path / "elsewhere" / "events.jsonl")
    session = Session.open(journal, clock, "ada", Plan.model_validate(plan), plan_file="p", emergency=aside)
    await session.dispatch(wanted.Advance())
    await session.dispatch(wanted.Prove("railway", "reports / production"))
    await session.dispatch(wanted.SeeTarget("web", deployment("old")))
    await session.dispatch(wanted.Do("deploy/do:set_grace", "yes"))
    break_journal(session)
    big = "it burns " * 20_000
    rollback = wanted.StartRollback("level-2", "production", big)
    assert isinstance(await session.dispatch(rollback), Refusal)
    assert not session.permit_without_record("without record")
    assert session.permit_without_record(WITHOUT_RECORD)
    assert not isinstance(await session.dispatch(rollback), Refusal)
    assert not isinstance(await session.dispatch(wanted.Do("level-2/do:back")), Refusal)
    assert session.state.level == "level-2"
    assert aside.path is not None
    assert aside.path.stat().st_mode & 0o777 == 0o600
    assert len(aside.path.read_text().splitlines()) == 2
    assert not await session.merge_emergency()
    mend_journal(session)
    assert await session.merge_emergency()
    assert not aside.path.exists()
    kinds = [event.kind for event in journal.read()]
    assert kinds[-2:] == ["RollbackStarted", "ActionIntended"]
    assert fold(journal.read()).level == "level-2"
    session.close()


async def test_other_actions_stay_refused_without_a_record(session: Session) -> None:
    await session.dispatch(wanted.Advance())
    break_journal(session)
    session.permit_without_record(WITHOUT_RECORD)
    answer = await session.dispatch(wanted.Note("x" * 100_000))
    assert isinstance(answer, Refusal)


async def nothing_asked() -> None:
    """There is no question on its way."""


async def test_a_cockpit_that_was_replaced_starts_nothing_and_says_who_has_the_run(
    session: Session, clock: FrozenClock
) -> None:
    await session.attach(resumed=False)
    await session.dispatch(wanted.Advance())
    assert await session.asks(nothing_asked)
    other = take_up(session, clock)
    await other.attach(resumed=True)
    answer = await session.dispatch(wanted.Tick("before/tick:team-knows"))
    assert isinstance(answer, Refusal)
    assert answer.reason.startswith("This run was taken up by bob on ")
    assert answer.reason.endswith(" Leave this one.")
    for command in (wanted.Advance(), wanted.Enquire("before/record:by_status"), wanted.Do("deploy/do:set_grace")):
        assert isinstance(await session.dispatch(command, by="runner"), Refusal)
    assert not await session.asks(nothing_asked)
    assert await other.asks(nothing_asked)
    assert not isinstance(await other.dispatch(wanted.Tick("before/tick:team-knows")), Refusal)
    other.close()


async def test_a_replaced_cockpit_still_tells_what_came_of_its_own_intents_and_of_no_others(
    tmp_path: Path, clock: FrozenClock
) -> None:
    plan = {**PLAN, "phases": [{"title": "Deploy", "items": ["do set_grace", "do deploy_web"]}], "monitors": {}}
    journal = SqliteJournal.create(tmp_path / "runs", "Reports", START)
    one = Session.open(journal, clock, "ada", Plan.model_validate(plan), plan_file="p")
    await one.attach(resumed=False)
    await one.dispatch(wanted.Advance())
    await one.dispatch(wanted.Prove("railway", "reports / production"))
    await one.dispatch(wanted.SeeTarget("web", deployment("old")))
    await one.dispatch(wanted.Do("deploy/do:set_grace", "yes"))
    first = one.state.intent_of("deploy/do:set_grace")
    assert first is not None
    other = take_up(one, clock)
    await other.attach(resumed=True)
    accepted = await one.dispatch(wanted.Accept("deploy/do:set_grace", first.seq), by="runner")
    assert not isinstance(accepted, Refusal)
    assert accepted[0].cause == first.seq
    finished = await one.dispatch(wanted.Finish("deploy/do:set_grace", first.seq, "set"), by="runner")
    assert not isinstance(finished, Refusal)
    await other.dispatch(wanted.Note("here"))
    assert not isinstance(await other.dispatch(wanted.Do("deploy/do:deploy_web", "production")), Refusal)
    second = other.state.intent_of("deploy/do:deploy_web")
    assert second is not None
    await one.dispatch(wanted.MoveMonitor("stuck", "ok", ""), by="runner")
    lost = await one.dispatch(wanted.Lose("deploy/do:deploy_web", second.seq, "gone"), by="runner")
    assert isinstance(lost, Refusal)
    assert one.state.intents[second.seq].outcome is None
    one.close()
    other.close()


async def test_a_cockpit_that_takes_the_run_back_may_act_again(session: Session, clock: FrozenClock) -> None:
    await session.attach(resumed=False)
    await session.dispatch(wanted.Advance())
    other = take_up(session, clock)
    await other.attach(resumed=True)
    assert isinstance(await session.dispatch(wanted.Note("mine")), Refusal)
    await session.attach(resumed=True)
    assert not isinstance(await session.dispatch(wanted.Note("mine")), Refusal)
    assert isinstance(await other.dispatch(wanted.Note("mine")), Refusal)
    other.close()


async def test_half_an_emoji_and_undecodable_bytes_are_recorded_as_question_marks(
    tmp_path: Path, clock: FrozenClock
) -> None:
    journal = SqliteJournal.create(tmp_path / "runs", "Reports", START)
    one = Session.open(journal, clock, "a\udcffda", Plan.model_validate(PLAN), plan_file="p\udc80.toml")
    await one.attach(resumed=False)
    await one.dispatch(wanted.Advance())
    answer = await one.dispatch(wanted.AnswerSee("before/see:panel", "no", "half \ud83d"))
    assert not isinstance(answer, Refusal)
    assert (one.state.operator, one.state.plan_file) == ("a?da", "p?.toml")
    assert [event.actor.name for event in journal.read()] == ["a?da"] * 4
    assert one.state.item("before/see:panel").note == "half ?"
    one.close()


async def test_the_event_that_led_to_another_is_its_cause_unless_told_otherwise(session: Session) -> None:
    await session.dispatch(wanted.Advance())
    plain = await session.dispatch(wanted.Note("by itself"))
    told = await session.dispatch(wanted.Note("because of the second"), cause=2)
    assert not isinstance(plain, Refusal)
    assert not isinstance(told, Refusal)
    assert (plain[0].cause, told[0].cause) == (None, 2)


async def test_what_was_asked_while_nothing_could_be_written_is_kept_with_the_next_event(session: Session) -> None:
    await session.dispatch(wanted.Advance())
    break_journal(session)
    at = session.clock.now()
    await session.sample(
        Reading(-1, "stuck", at, at, "runner", Verdict.FAIL, "value is 7 " * 2000, "7", 3, "d", None, 7)
    )
    assert session.telemetry.journal_trouble
    mend_journal(session)
    await session.dispatch(wanted.Note("it can be written again"))
    assert [reading.value for reading in journal_of(session).readings("stuck")] == [7]
