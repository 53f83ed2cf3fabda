"""One question asked: what is kept of its answer, and which deployment it means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cockpit.adapters.secrets import Vault
from cockpit.core import commands as wanted
from cockpit.core.plan import Plan
from cockpit.core.reading import Answer, Table, Verdict
from cockpit.core.reading.origin import Origin
from cockpit.core.rollout.deployment import Instant, Rollout
from cockpit.errors import Declined, Unreachable
from cockpit.journal.key import mask_key
from cockpit.journal.sqlite import SqliteJournal
from cockpit.ports import Asking, Link
from cockpit.runner.asker import Asker
from cockpit.runner.histories import Histories
from cockpit.session import Session

from .conftest import ACTIONS, Ticking

SECRET = "hunter2-hunter2"
CHECKS: dict[str, Any] = {
    "name": {"on": "db", "sql": "select $1::text", "with": ["password"], "pass": "value == 'x'"},
    "email": {"on": "db", "sql": "select email from users", "mask": ["email"], "pass": "value != 'x'"},
    "seen": {"on": "db", "sql": "select 1", "seen": "select false", "pass": "value == 1"},
    "since": {"on": "db", "sql": "select 1", "pass": "value != previous"},
    "size": {"on": "db", "sql": "select $1::int", "with": ["size"], "pass": "value == 3"},
    "errors": {"on": "railway", "logs": "web", "since": "10m", "match": "E", "seen": "lines > 0", "pass": "count == 0"},
    "new": {"on": "railway", "logs": "web", "from": "new", "since": "10m", "match": "E", "pass": "count == 0"},
    "old": {"on": "railway", "logs": "web", "from": "old", "since": "10m", "match": "E", "pass": "count == 0"},
    "lines": {
        "on": "railway",
        "logs": "web",
        "since": "10m",
        "match": "E",
        "with": ["size", "password"],
        "pass": "string(count) == size && password != size",
    },
    "running": {"on": "railway", "ask": "running variables", "service": "web", "pass": "size(variables) > 0"},
}


class Echo:
    """A source that answers what it is told to, and remembers how it was asked."""

    def __init__(self) -> None:
        self.answer: Answer | Exception = Answer({"value": 1}, Table(("n",), ((1,),)), control=True)
        self.asked: list[Asking] = []

    async def ask(self, check: object, asking: Asking) -> Answer:
        self.asked.append(asking)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def examine(self) -> Link:
        return Link("db", ok=True, summary="an echo", milliseconds=1)

    async def close(self) -> None:
        pass


class Desk:
    """A session and its asker over one echo."""

    def __init__(self, folder: Path, clock: Ticking, **tables: Any) -> None:
        plan = Plan.model_validate({
            "name": "Desk",
            "connections": {"db": {"kind": "postgres", "url": "env:DATABASE_URL"},
                            "railway": {"kind": "railway", "token": "env:RAILWAY_TOKEN", "environment": "production"}},
            "checks": CHECKS,
            "asks": {"password": {"text": "Password", "type": "text", "secret": True},
                     "size": {"text": "n", "type": "text"}},
            "actions": ACTIONS,
            "phases": [{"title": "Work", "items": ["ask password", "ask size", "record email", "check new"]},
                       {"title": "After", "items": ["compare email"]}],
            "rollback": [{"title": "Back", "items": ["do roll_back_web"]}],
            **tables,
        })  # fmt: skip
        self.journal = SqliteJournal.create(folder, "Desk", datetime(2026, 3, 1, tzinfo=UTC))
        self.session = Session.open(self.journal, clock, "ada", plan, plan_file="desk.toml")
        self.vault, self.echo = Vault(), Echo()
        self.asker = self.anew()

    def anew(self) -> Asker:
        """As another process of the same run makes it."""
        return Asker(
            self.session,
            {"db": self.echo, "railway": self.echo},
            Histories(self.session),
            self.vault.redact,
            remember=self.vault.remember,
            mask_key=lambda: mask_key(self.journal.path),
        )

    def begun(self, deployment: str, *, up: bool) -> None:
        """A rollout of this run, as the state has it."""
        at = self.session.clock.now()
        t1 = Instant(at=at, source="status") if up else None
        rollout = Rollout(deployment=deployment, service="web", previous="before", started=at, t1=t1)
        state = self.session.state
        self.session.state = replace(
            state,
            rollouts={**state.rollouts, deployment: rollout},
            rollout_items={**state.rollout_items, deployment: "work/do:deploy"},
        )


@pytest.fixture
def desk(tmp_path: Path, clock: Ticking):
    made = Desk(tmp_path / "runs", clock)
    yield made
    made.session.close()


async def give(desk: Desk, ask: str, value: str) -> None:
    await desk.session.dispatch(wanted.Advance())
    answer = await desk.session.dispatch(wanted.AnswerAsk(f"work/ask:{ask}", value))
    assert isinstance(answer, tuple), answer


async def test_a_secret_answer_that_comes_back_is_kept_nowhere(desk: Desk) -> None:
    await give(desk, "password", SECRET)
    words = f"no user {SECRET}"
    table = Table(("text", "n"), ((words, 1), ("x" * 250 + SECRET, 2)))
    desk.echo.answer = Answer({"value": words}, table, control=True)
    asked = await desk.asker.ask("name", ())
    assert desk.echo.asked[-1].parameters == (SECRET,)
    assert asked.reading.verdict is Verdict.FAIL
    assert asked.reading.value == "no user •••"
    assert "hunter" not in repr(asked.reading)
    assert b"hunter" not in b"".join(path.read_bytes() for path in desk.journal.path.parent.iterdir())


async def test_what_people_answered_is_known_to_an_expectation_by_its_name(desk: Desk) -> None:
    desk.echo.answer = Answer({"count": 3, "lines": 9}, control=True)
    missing = await desk.asker.ask("lines", ())
    assert missing.reading.verdict is Verdict.ERROR
    assert "needs an answer first: size, password" in missing.reading.because
    await give(desk, "size", "3")
    await give(desk, "password", SECRET)
    assert (await desk.asker.ask("lines", ())).reading.verdict is Verdict.PASS
    await give(desk, "size", "4")
    assert (await desk.asker.ask("lines", ())).reading.because == (
        "string(count) is '3', size is '4', and string(count) == size is false"
    )
    await give(desk, "size", "3")
    await give(desk, "password", "3")
    told = await desk.asker.ask("lines", ())
    assert (told.reading.verdict, told.reading.value) == (Verdict.FAIL, 3)


async def test_a_masked_cell_is_judged_as_it_is_and_kept_as_a_hash(desk: Desk) -> None:
    desk.echo.answer = Answer({"value": "ada@example.org"}, Table(("email",), (("ada@example.org",),)))
    reading = (await desk.asker.ask("email", ())).reading
    assert reading.verdict is Verdict.PASS
    assert "ada" not in repr(reading)
    assert reading.table is not None
    assert (reading.scalar,) == reading.table.rows[0]
    assert reading.value is None
    again = (await desk.anew().ask("email", ())).reading
    assert again.scalar == reading.scalar


async def test_what_was_masked_by_a_lost_key_does_not_compare(desk: Desk) -> None:
    desk.echo.answer = Answer({"value": "ada@example.org"}, Table(("email",), (("ada@example.org",),)))
    await desk.session.dispatch(wanted.Advance())
    plan = desk.session.state.plan
    record, compare = plan.item("work/record:email"), plan.item("after/compare:email")
    assert record is not None
    assert compare is not None
    await desk.session.dispatch(wanted.Enquire(record.id))
    await desk.asker.ask("email", [record])
    reading = (await desk.asker.ask("email", ())).reading
    assert desk.asker._verdict(compare, plan.checks["email"], reading, desk.echo.answer).verdict == "pass"
    desk.journal.path.with_name(f"{desk.journal.path.name}.key").unlink()
    later = desk.anew()
    reading = (await later.ask("email", ())).reading
    assert later._verdict(compare, plan.checks["email"], reading, desk.echo.answer).verdict == "blind"


READER = Origin(connection="db", role="reader", login="reader", database="reports")
OWNER = READER.model_copy(update={"role": "owner", "login": "owner"})


def counted(number: int, origin: Origin | None) -> Answer:
    return Answer({"value": number}, Table(("n",), ((number,),)), origin=origin)


async def compared(folder: Path, clock: Ticking, before: Origin, now: Origin, **db: Any) -> Desk:
    """A count recorded twice from one origin, then compared from another."""
    made = Desk(
        folder, clock,
        connections={"db": {"kind": "postgres", "url": "env:DATABASE_URL", **db}},
        checks={"n": {"on": "db", "sql": "select count(*) as n from r where at > now()", "compare": "within 1"}},
        phases=[{"title": "Work", "items": ["record n"]}, {"title": "After", "items": ["compare n"]}],
        actions={}, rollback=[],
    )  # fmt: skip
    await made.session.dispatch(wanted.Advance())
    for number, item in ((1, "work/record:n"), (2, "work/record:n"), (3, "after/compare:n")):
        await made.session.dispatch(wanted.Advance())
        made.echo.answer = counted(number, now if number == 3 else before)
        await made.session.dispatch(wanted.Enquire(item))
        found = made.session.state.plan.item(item)
        assert found is not None
        await made.asker.ask("n", [found])
    return made


async def test_a_baseline_is_recorded_with_who_gave_it_and_the_one_before_is_kept(
    tmp_path: Path, clock: Ticking
) -> None:
    made = await compared(tmp_path / "runs", clock, READER, READER)
    state = made.session.state
    assert all(one.whence for one in made.echo.asked)
    assert state.baselines["n"].origin == READER
    (earlier,) = state.earlier_baselines["n"]
    assert earlier.reading < state.baselines["n"].reading
    kept = made.session.reading(earlier.reading)
    assert kept is not None
    assert kept.table == Table(("n",), ((1,),))
    item = state.item("after/compare:n")
    assert item.verdict == "pass"
    assert item.warnings == (
        "Its window slides (now()), so it drifts by itself: both readings speak of another stretch of time",
    )
    made.session.close()


async def test_a_comparison_asked_as_another_role_says_so(tmp_path: Path, clock: Ticking) -> None:
    made = await compared(tmp_path / "runs", clock, OWNER, READER)
    item = made.session.state.item("after/compare:n")
    assert item.verdict == "pass"
    assert "The baseline was recorded as owner, and this was asked as reader" in item.warnings
    made.session.close()


async def test_where_policies_hide_rows_another_role_makes_a_comparison_blind(tmp_path: Path, clock: Ticking) -> None:
    made = await compared(tmp_path / "runs", clock, OWNER, READER, row_security="policy")
    item = made.session.state.item("after/compare:n")
    assert item.verdict == "blind"
    assert "row-level security may show them other rows" in item.because
    made.session.close()


async def test_an_answer_whose_control_did_not_hold_leaves_no_value(desk: Desk) -> None:
    desk.echo.answer = Answer({"value": 1}, control=False)
    reading = (await desk.asker.ask("seen", ())).reading
    assert (reading.verdict, reading.value) == (Verdict.BLIND, None)


async def test_the_first_sample_of_a_history_counts_though_it_cannot_be_judged(desk: Desk) -> None:
    assert (await desk.asker.ask("since", ())).reading.verdict is Verdict.BLIND
    desk.echo.answer = Answer({"value": 2}, control=True)
    assert (await desk.asker.ask("since", ())).reading.verdict is Verdict.PASS


async def test_the_sample_before_is_known_after_a_resume_however_long_ago_it_was(desk: Desk, clock: Ticking) -> None:
    await desk.asker.ask("since", ())
    clock.pass_by(hours=9)
    asker = desk.anew()
    desk.echo.answer = Answer({"value": 2}, control=True)
    assert (await asker.ask("since", ())).reading.verdict is Verdict.PASS


async def test_the_lines_that_show_what_a_log_check_found_are_kept(desk: Desk) -> None:
    await give(desk, "password", SECRET)
    desk.echo.answer = Answer({"count": 1, "lines": 4, "found": True}, evidence=("12:00 E one", f"12:01 E {SECRET}"))
    reading = (await desk.asker.ask("errors", ())).reading
    assert reading.table == Table(("line",), (("12:00 E one",), ("12:01 E •••",)))


async def test_lines_of_the_new_deployment_cannot_be_had_before_there_is_one(desk: Desk) -> None:
    asked = await desk.asker.ask("new", ())
    assert asked.reading.verdict is Verdict.ERROR
    assert "yet" in asked.reading.because
    assert desk.echo.asked == []
    assert not desk.session.telemetry.links.get("railway")
    desk.begun("first", up=False)
    await desk.asker.ask("new", ())
    await desk.asker.ask("old", ())
    assert [one.deployment for one in desk.echo.asked] == ["first", "before"]


async def test_railway_is_asked_of_the_newest_deployment_that_came_up(desk: Desk) -> None:
    await desk.asker.ask("running", ())
    desk.begun("first", up=True)
    desk.begun("second", up=False)
    await desk.asker.ask("running", ())
    assert [one.deployment for one in desk.echo.asked] == [None, "first"]


async def test_an_answer_that_fits_no_more_is_an_error_and_no_end(desk: Desk) -> None:
    await give(desk, "size", "three")
    plan = desk.session.state.plan
    asks = {**plan.asks, "size": plan.asks["size"].model_copy(update={"type": "int"})}
    desk.session.state = replace(desk.session.state, plan=plan.model_copy(update={"asks": asks}))
    reading = (await desk.asker.ask("size", ())).reading
    assert reading.verdict is Verdict.ERROR
    assert "does not fit" in reading.because


async def test_on_the_way_back_requests_are_urgent(desk: Desk) -> None:
    await desk.asker.ask("since", ())
    desk.session.state = replace(desk.session.state, level="back")
    await desk.asker.ask("since", ())
    assert [one.urgent for one in desk.echo.asked] == [False, True]


async def test_no_answer_is_an_error_of_the_link(desk: Desk) -> None:
    desk.echo.answer = Unreachable("db cannot be reached.", "Wait.")
    assert (await desk.asker.ask("since", ())).reading.verdict is Verdict.ERROR
    assert "cannot be reached" in str(desk.session.telemetry.links["db"])


async def test_a_no_to_one_question_is_no_trouble_of_the_link(desk: Desk) -> None:
    desk.echo.answer = Unreachable("db cannot be reached.", "Wait.")
    await desk.asker.ask("since", ())
    desk.echo.answer = Declined("db refused: division by zero.", "Guard the division.")
    assert (await desk.asker.ask("since", ())).reading.verdict is Verdict.ERROR
    assert "db" not in desk.session.telemetry.links, "it answered: it is there"
