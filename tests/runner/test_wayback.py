"""The way back is looked at all the time, and again when a gate is opened: commands, SQL, where it leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.adapters.shell import Processes
from cockpit.core import commands as wanted
from cockpit.core.gate import recommend
from cockpit.core.plan import Plan
from cockpit.core.readiness import ProgramLook, Trial

from .conftest import Bench, Bring, Ticking, plan_of

if TYPE_CHECKING:
    from cockpit.simulator.postgres import Server
    from tests.conftest import Database

GATE = [
    {"title": "Gate", "gate": ["tick Backup taken"]},
    {"title": "Work", "items": ["do purge"]},
]


def by_sql(sql: str, **more: Any) -> Plan:
    """A plan whose way back is SQL, tried on a second database."""
    action = {"on": "db", "sql": sql, "tried_on": "staging_db", "undo": "none", "why": "x", "proof": "check one"}
    return plan_of(
        "tick Begun",
        connections={
            "db": {"kind": "postgres", "url": "env:DATABASE_URL"},
            "staging_db": {"kind": "postgres", "url": "env:STAGING_DATABASE_URL"},
        },
        checks={"one": {"on": "db", "sql": "select 1", "pass": "value == 1"}},
        asks={"number": {"text": "Which?", "type": "int"}},
        actions={"drop": action | more},
        phases=[{"title": "Work", "items": ["ask number", "tick Begun"]}],
        rollback=[{"title": "Back", "items": ["do drop"]}],
    )


async def tried(
    bench: Bring, clock: Ticking, plan: Plan, db: str, staging: str, *, group: tuple[str, ...] = ("drop",)
) -> tuple[Bench, Trial]:
    sources = {"db": Postgres("db", db), "staging_db": Postgres("staging_db", staging)}
    made = await bench(plan, sources=sources, writers=sources, clock=clock)
    await made.until(lambda: group in made.session.telemetry.trials, "tried")
    return made, made.session.telemetry.trials[group]


async def test_sql_is_tried_on_the_database_that_the_plan_names_and_leaves_nothing_there(
    bench: Bring, clock: Ticking, postgres: Server, database: Database
) -> None:
    database.run("create table kept as select 1 as n")
    made, trial = await tried(bench, clock, by_sql("drop table kept"), postgres.url, database.owner_url)
    assert (trial.ok, trial.words) == (True, "tried on staging_db, and rolled back")
    assert database.run("select n from kept") == [(1,)]
    clock.pass_by(minutes=2)
    await made.until(lambda: "back" in made.state.readiness and made.state.readiness["back"].ready, "ready")


async def test_sql_that_would_not_go_through_is_no_way_back(
    bench: Bring, clock: Ticking, postgres: Server, database: Database
) -> None:
    made, trial = await tried(bench, clock, by_sql("drop table gone"), postgres.url, database.owner_url)
    assert trial.ok is False
    assert trial.words.startswith("does not go through on staging_db: 'staging_db' refused: table \"gone\" does not")
    await made.until(lambda: "back" in made.state.readiness and made.state.readiness["back"].ready is False, "told")


async def test_nothing_is_tried_on_the_database_it_would_change_under_another_name(
    bench: Bring, clock: Ticking, database: Database
) -> None:
    database.run("create table kept as select 1 as n")
    _, trial = await tried(bench, clock, by_sql("drop table kept"), database.url, database.owner_url)
    assert trial.ok is None
    assert "staging_db is the same database as db" in trial.words


async def test_what_binds_an_answer_is_tried_once_that_is_given_and_again_when_it_changes(
    bench: Bring, clock: Ticking, postgres: Server, database: Database
) -> None:
    database.run("create table kept as select 1 as n")
    plan = by_sql("update kept set n = 1 / $1", **{"with": ["number"]})
    made, trial = await tried(bench, clock, plan, postgres.url, database.owner_url)
    assert trial.ok is None
    assert "number is not answered" in trial.words
    await made.give(wanted.AnswerAsk("work/ask:number", "2"))
    await made.until(lambda: made.session.telemetry.trials["drop",].ok is True, "tried with an answer")
    await made.give(wanted.AnswerAsk("work/ask:number", "0"))
    await made.until(lambda: made.session.telemetry.trials["drop",].ok is False, "tried with another one")


def by_two(first: str, second: str) -> Plan:
    """A way back of two actions that bind different answers."""
    plan = by_sql(first, **{"with": ["number"]}).model_dump(by_alias=True, exclude_none=True)
    plan["asks"]["other"] = {"text": "Which other?", "type": "int"}
    plan["actions"]["mark"] = plan["actions"]["drop"] | {"sql": second, "with": ["other"], "title": "Mark it"}
    plan["phases"] = [{"title": "Work", "items": ["ask number", "ask other", "tick Begun"]}]
    plan["rollback"] = [{"title": "Back", "items": ["do drop", "do mark"]}]
    return Plan.model_validate(plan)


async def test_actions_that_bind_different_answers_are_tried_in_order_each_seeing_what_the_one_before_did(
    bench: Bring, clock: Ticking, postgres: Server, database: Database
) -> None:
    database.run("create table kept as select 1 as n")
    plan = by_two("update kept set n = $1", "select 1 / (select count(*) from kept where n = $1 - 1)")
    made, _ = await tried(bench, clock, plan, postgres.url, database.owner_url, group=("drop", "mark"))
    trials = made.session.telemetry.trials
    await made.give(wanted.AnswerAsk("work/ask:number", "41"))
    await made.until(lambda: "up to Drop" in trials["drop", "mark"].words, "the first of them")
    assert trials["drop", "mark"].ok is None
    assert trials["drop", "mark"].words == (
        "tried on staging_db up to Drop, and rolled back; the rest not: other is not answered. Answer it first"
    )
    await made.give(wanted.AnswerAsk("work/ask:other", "42"))
    await made.until(lambda: trials["drop", "mark"].ok is True, "both")
    assert database.run("select n from kept") == [(1,)]
    await made.give(wanted.AnswerAsk("work/ask:other", "43"))
    await made.until(lambda: trials["drop", "mark"].ok is False, "both, with another answer")
    assert "does not go through on staging_db: Mark it: 'staging_db' refused: div" in trials["drop", "mark"].words


def by_command(program: str) -> Plan:
    purge = {"argv": [program], "undo": "none", "why": "x", "proof": "check one"}
    return plan_of(
        "tick Begun",
        connections={"db": {"kind": "postgres", "url": "env:DATABASE_URL"}},
        checks={"one": {"on": "db", "sql": "select 1", "pass": "value == 1"}},
        actions={"purge": purge},
        phases=GATE,
        rollback=[{"title": "Back", "items": ["do purge"]}],
    )


@pytest.mark.parametrize(("program", "word"), [("true", "ready"), ("no-such-command-here", "not ready")])
async def test_a_gate_that_is_opened_looks_again_for_the_commands_of_the_way_back(
    bench: Bring, clock: Ticking, program: str, word: str
) -> None:
    made = await bench(by_command(program), clock=clock, shell=Processes())
    await made.until(lambda: "back" in made.state.readiness and made.state.opened_at("gate"), "looked at")
    before = made.state.readiness["back"].at
    clock.pass_by(seconds=20)
    await made.give(wanted.Tick("gate/tick:backup-taken"))
    await made.give(wanted.OpenGate("gate"))
    await made.until(lambda: not recommend(made.state, "gate", clock.now()).asking, "looked at again")
    assert made.state.readiness["back"].at > before
    advice = recommend(made.state, "gate", clock.now())
    assert (advice.conditions[-1].id, advice.conditions[-1].word) == ("way-back/back", word)
    assert advice.go is (word == "ready")


async def test_a_gate_that_is_opened_looks_again_at_the_deployment_to_go_back_to(world: Bring, bench: Bring) -> None:
    place = await world(speed=20)
    phases = [GATE[0], {"title": "Work", "items": ["do deploy_web"]}]
    made = await bench(plan_of("x", phases=phases), world=place)
    await made.until(lambda: len(made.state.readiness) == 2 and made.session.telemetry.targets, "looked at")
    await made.until(lambda: made.state.opened_at("gate"), "the gate")
    looks = len(place.requests("deployment"))
    await made.give(wanted.Tick("gate/tick:backup-taken"))
    await made.give(wanted.OpenGate("gate"))
    await made.until(lambda: recommend(made.state, "gate", place.clock.now()).go, "GO is recommended")
    assert len(place.asked("deployment")) <= looks + 2
    asked = made.state.gate("gate").asked
    assert asked is not None
    assert all(known.at >= asked and known.ready for known in made.state.readiness.values())
    found = {each.kind: each for each in made.state.readiness["level-2"].findings}
    assert found["target"].at is not None
    assert found["target"].at >= asked


async def reported(made: Bench) -> None:
    """All findings were put together twice more, the second time with what has just changed."""
    way_back = made.runner._way_back
    seen = [way_back._next_report]

    def twice() -> bool:
        if way_back._next_report > seen[-1]:
            seen.append(way_back._next_report)
        return len(seen) > 2

    await made.until(twice, "put together")


async def test_a_link_that_comes_and_goes_is_no_line_in_the_record_each_time_but_bad_news_is_at_once(
    bench: Bring, clock: Ticking
) -> None:
    made = await bench(by_command("true"), clock=clock, shell=Processes())
    looks = made.session.telemetry.programs
    await made.until(lambda: "back" in made.state.readiness, "told")
    assert made.state.readiness["back"].ready
    lines = len(made.kinds("WayBackSeen"))
    for found in (None, "/bin/true", None, "/bin/true"):
        clock.pass_by(seconds=5)
        looks["true"] = ProgramLook(clock.now(), found)
        await reported(made)
        assert made.state.readiness["back"].ready is False
    assert len(made.kinds("WayBackSeen")) == lines + 1
    clock.pass_by(minutes=2)
    await made.until(lambda: made.state.readiness["back"].ready, "it is ready again")
