"""Personal data in rows stays out of the record: journal, sentences, report, screen, output for machines."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.adapters.postgres import Postgres
from cockpit.core import commands as wanted
from cockpit.core.plan.check import PostgresCheck
from cockpit.core.reading import Answer, Table
from cockpit.errors import Refused
from cockpit.ports import Asking
from cockpit.report.findings import Kept
from cockpit.report.markdown import markdown
from cockpit.report.record import record
from cockpit.telemetry import Scene
from cockpit.view.detail import lines
from tests.conftest import Database
from tests.runner.conftest import Ticking
from tests.runner.test_asker import Desk

WORDS = ("ada.lovelace-7731@example.org", "+49 30 5551234", "Grace Høpper", "O'Brien\nRoad", "[red]Turing[/]")
EXPECTATIONS = (
    "value == 'x'", "value != 'x'", "row.email == 'x'", "rows.all(r, r.email == 'x')", "rows.exists(r, r.email != 'x')",
    "size(value) == 3", "string(value) == 'x'", "value.mail == 'x'", "value[0] == 'x'", "value.mail.startsWith('q')",
    "rows[0].email.mail == 'x'", "value in ['x']", "number(value) > 3", "value > 3", "max(value, 3) == 2", "rows == []",
    "value + 'y' == 'x'", "value.matches('^x$')", "duration(value) > duration('3s')",
    "rows.filter(r, r.email != 'x') == []", "rows.map(r, r.email) == []", "value * 2 == 7",
    "value / 3 > 7", "-value > 1", "value['mail'] == value", "value.nothing == 3",
    "value.keys() == ['a']",
)  # fmt: skip

text = st.sampled_from(WORDS)
number = st.sampled_from([84_210, 7_731_118, Decimal("61250.75")])
moment = st.sampled_from([datetime(1815, 12, 10, 4, 5, tzinfo=UTC), date(1906, 12, 9)])
plain = st.one_of(text, number, moment, st.just(UUID("0b6e8d3a-7b5c-4f0e-9a7d-1a2b3c4d5e6f")))
cell = st.one_of(
    plain,
    st.dictionaries(st.sampled_from(["mail", "phone"]), plain, min_size=1),
    st.lists(plain, min_size=1, max_size=3),
    st.builds(lambda inner: {"mail": {"of": [inner]}}, plain),
    st.builds(lambda inner: f"<{inner}> and more", text),
)


def leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [str(value)]


def told_words(cells: list[object]) -> set[str]:
    """What must be found nowhere: the cells' own words, and those of what they are made of."""
    whole = {leaf for each in cells for leaf in leaves(each)}
    return whole | {part for leaf in whole for part in WORDS if part in leaf}


@settings(max_examples=60)
@given(
    cells=st.lists(cell, min_size=1, max_size=3),
    expectation=st.sampled_from(EXPECTATIONS),
    keys=st.sampled_from([{}, {"rows_by": "email"}]),
    verb=st.sampled_from(["record", "check", "compare"]),
)
def test_no_masked_cell_of_any_shape_is_in_the_journal_or_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, cells: list[object], expectation: str, keys: dict[str, str], verb: str
) -> None:
    folder = tmp_path_factory.mktemp("masked")
    check = {"on": "db", "sql": "select", "mask": ["email"], "pass": expectation, "compare": "equal"}
    desk = Desk(
        folder,
        Ticking(),
        checks={"people": {**check, **keys}},
        phases=[{"title": "Work", "items": ["record people", "compare people", "check people"]}],
    )
    table = Table(("email", "n"), tuple((each, 1) for each in cells))
    rows = [{"email": each, "n": 1} for each in cells]
    if len(cells) > 1:
        desk.echo.answer = Answer({"rows": rows}, table)
    else:
        desk.echo.answer = Answer({"rows": rows, "row": rows[0], "value": cells[0]}, Table(("email",), ((cells[0],),)))
    told = asyncio.run(story(desk, verb))
    desk.session.close()
    files = b"".join(path.read_bytes() for path in folder.iterdir())
    for word in told_words(cells):
        assert word not in told
        assert word.encode() not in files
        assert json.dumps(word).strip('"').encode() not in files


async def story(desk: Desk, verb: str) -> str:
    """The check is recorded, compared with other rows, and asked; every sentence and row that is left of it."""
    await desk.session.dispatch(wanted.Advance())
    answers = [desk.echo.answer]
    if verb == "compare":
        answers.append(Answer({"rows": [], "value": "other"}, Table(("email", "n"), (("other", 2),))))
    for number, answer in enumerate(answers):
        desk.echo.answer = answer
        first = "record" if verb == "compare" else verb
        item = desk.session.state.plan.item(f"work/{'compare' if number else first}:people")
        assert item is not None
        await desk.session.dispatch(wanted.Enquire(item.id))
        await desk.asker.ask("people", [item])
    await desk.session.dispatch(wanted.Close("abandoned", "done"))
    return everything(desk)


def everything(desk: Desk) -> str:
    session, events = desk.session, desk.session.events()
    readings = {reading.id: reading for reading in desk.journal.readings("people")}
    kept = Kept(readings, desk.journal.samples, events[-1].at)
    scene = Scene(session.state, session.telemetry, session.clock.now())
    screen = [line.text for item in session.state.plan.lines() for line in lines(scene, item.id, 200)]
    page, told = markdown(session.state, kept, events), record(session.state, kept, events)
    live = [repr(session.telemetry.readings), repr(session.telemetry.links)]
    return "\n".join([page, json.dumps(told, default=str), *screen, *live])


@pytest.mark.parametrize(
    "sql",
    [
        "select email::int from people",
        "select (email || 'x')::uuid as email from people",
        "select to_date(email, 'YYYY-MM-DD') as email from people",
        "select tell(email) as email from people",
    ],
)
async def test_an_error_of_the_database_that_quotes_a_masked_value_is_not_passed_on(
    database: Database, sql: str
) -> None:
    database.run(
        "create table people (email text)",
        f"insert into people values ('{WORDS[0]}')",
        "create function tell(text) returns text language plpgsql as $$ begin raise exception 'no %', $1; end $$",
    )
    told = {"on": "db", "sql": sql, "seen": "select exists (select from people)"}
    postgres = Postgres("db", database.url)
    try:
        with pytest.raises(Refused, match=r"ada\."):
            await postgres.ask(PostgresCheck.model_validate(told), Asking())
        with pytest.raises(Refused, match="refused a value of masked columns") as error:
            await postgres.ask(PostgresCheck.model_validate({**told, "mask": ["email"]}), Asking())
    finally:
        await postgres.close()
    assert "ada" not in str(error.value)
