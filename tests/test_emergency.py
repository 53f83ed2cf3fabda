"""What was kept aside while the journal could not be written: found again, put in its place, taken from nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cockpit.clock import FrozenClock
from cockpit.core import commands as wanted
from cockpit.core.events import ActionAccepted, ActionIntended, Actor, Body, Event, Noted
from cockpit.core.plan import Plan
from cockpit.emergency import Emergency
from cockpit.journal.sqlite import SqliteJournal
from cockpit.session import Session

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PLAN = Plan.model_validate({"name": "Reports", "phases": [{"title": "Only", "items": ["tick Begun"]}]})
ITEM = "back/do:clear_grace"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A run of which one event stands in the journal; what is kept aside begins with number 2."""
    journal = SqliteJournal.create(tmp_path / "runs", "Reports", START)
    made = Session.open(journal, FrozenClock(START), "ada", PLAN, plan_file="p", emergency=aside(tmp_path))
    yield made
    made.close()


def file(folder: Path) -> Path:
    return folder / "aside/events.jsonl"


def aside(folder: Path) -> Emergency:
    return Emergency(file(folder))


def event(session: Session, seq: int, body: Body) -> Event:
    return Event(session.run, seq, START, Actor("human", "ada"), "7-dead", "host", body)


def deed(session: Session) -> list[Event]:
    """An intent, and what says of it that it was accepted."""
    intended = ActionIntended(item=ITEM, action="clear_grace", summary="take them away")
    return [event(session, 2, intended), event(session, 3, ActionAccepted(item=ITEM, intent=2))]


def test_it_is_found_again_by_the_next_process(session: Session, tmp_path: Path) -> None:
    aside(tmp_path).append(deed(session))
    assert aside(tmp_path).left_behind(session.events()) == deed(session)


def test_a_line_that_a_kill_tore_is_left_out(session: Session, tmp_path: Path) -> None:
    kept = aside(tmp_path)
    kept.append(deed(session))
    whole = file(tmp_path).read_bytes()
    for length in range(len(whole) - 2, len(whole) - 40, -1):
        file(tmp_path).write_bytes(whole[:length])
        assert len(aside(tmp_path).left_behind(session.events())) == 1


@pytest.mark.parametrize("line", ["", "null", "[]", "7", '{"run": 1}', '{"seq": "x", "body": []}', "\x00"])
def test_a_file_of_something_else_holds_nothing(session: Session, tmp_path: Path, line: str) -> None:
    kept = aside(tmp_path)
    kept.append(deed(session))
    file(tmp_path).write_text(line + "\n")
    assert aside(tmp_path).left_behind(session.events()) == []


def test_another_runs_events_are_not_taken(session: Session, tmp_path: Path) -> None:
    kept = aside(tmp_path)
    kept.append(deed(session))
    lines = [{**json.loads(line), "run": "ffff"} for line in file(tmp_path).read_text().splitlines()]
    file(tmp_path).write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert aside(tmp_path).left_behind(session.events()) == []


async def test_what_was_merged_before_the_kill_is_not_merged_again(session: Session, tmp_path: Path) -> None:
    """Killed between the append and the removal of the file."""
    aside(tmp_path).append(deed(session))
    session._journal.append(1, deed(session))
    again = Session(session._journal, FrozenClock(START), "bob", emergency=aside(tmp_path))
    await again.attach(resumed=True)
    kinds = [one.kind for one in again.events()]
    assert kinds == ["RunOpened", "ActionIntended", "ActionAccepted", "Attached"]


async def test_where_somebody_appended_meanwhile_it_moves_on_with_what_it_says_of_itself(
    session: Session, tmp_path: Path
) -> None:
    aside(tmp_path).append(deed(session))
    late = Event(session.run, 2, START + timedelta(hours=1), Actor("human", "bob"), "8-cafe", "host", Noted(text="x"))
    session._journal.append(1, [late])
    again = Session(session._journal, FrozenClock(START), "bob", emergency=aside(tmp_path))
    assert again.state.intents[3].accepted
    await again.attach(resumed=True)
    found = again.events()
    assert [one.kind for one in found] == ["RunOpened", "Noted", "ActionIntended", "ActionAccepted", "Attached"]
    accepted = found[3].body
    assert isinstance(accepted, ActionAccepted)
    assert accepted.intent == found[2].seq == 3
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert not file(tmp_path).exists()


async def test_what_is_kept_on_after_a_move_is_kept_in_the_new_places(session: Session, tmp_path: Path) -> None:
    """The journal still cannot be written, and the process is killed again."""
    aside(tmp_path).append(deed(session))
    session._journal.append(1, [event(session, 2, Noted(text="x"))])
    second = aside(tmp_path)
    second.left_behind(session.events())
    second.append([event(session, 5, Noted(text="and on"))])
    third = aside(tmp_path).left_behind(session.events())
    assert [one.seq for one in third] == [3, 4, 5]
    assert [one.kind for one in third] == ["ActionIntended", "ActionAccepted", "Noted"]


def test_a_file_that_others_may_write_or_that_is_a_link_is_nobodys_record(session: Session, tmp_path: Path) -> None:
    kept, place = aside(tmp_path), file(tmp_path)
    kept.append(deed(session))
    place.chmod(0o620)
    assert aside(tmp_path).left_behind(session.events()) == []
    kept.append([event(session, 4, Noted(text="more"))])
    assert not kept.on_disk
    assert len(place.read_text().splitlines()) == 2
    place.chmod(0o600)
    (tmp_path / "link.jsonl").symlink_to(place)
    link = Emergency(tmp_path / "link.jsonl")
    assert link.left_behind(session.events()) == []
    link.append([event(session, 4, Noted(text="more"))])
    assert not link.on_disk
    assert len(place.read_text().splitlines()) == 2


async def test_a_command_that_was_refused_keeps_nothing(session: Session, tmp_path: Path) -> None:
    await session.dispatch(wanted.Tick("nowhere"))
    assert not file(tmp_path).exists()
