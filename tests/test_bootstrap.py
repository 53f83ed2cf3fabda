"""Taking up a run: one driver, found to be gone at once where it is, never taken for gone where it is not."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from cockpit import bootstrap, planfile
from cockpit.adapters.secrets import Vault
from cockpit.clock import FrozenClock, RealClock
from cockpit.core import commands as wanted
from cockpit.core.lease import Attachment, Role, renewed
from cockpit.core.plan import Plan, PostgresCheck
from cockpit.core.plan.check import MetricCheck
from cockpit.core.reading.history import own_series
from cockpit.core.reading.judgement import judge
from cockpit.emergency import Emergency
from cockpit.errors import JournalBusy, Refused
from cockpit.journal.sqlite import SqliteJournal
from cockpit.links import connect
from cockpit.ports import Asking
from cockpit.session import Session
from cockpit.simulator.server import running
from cockpit.simulator.tables.reports import TEST_REPORT

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PLAN = Plan.model_validate({"name": "Reports", "phases": [{"title": "Only", "items": ["tick Begun"]}]})


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
def other() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts processes that wait to be told to end; their command line has the word given."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(word: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", "input()", word], stdin=subprocess.PIPE)
        begun.append(process)
        while word.encode() not in Path(f"/proc/{process.pid}/cmdline").read_bytes():
            pass  # it has begun, and has no command line for a moment
        return process

    yield start
    for process in begun:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    assert process.stdin is not None
    process.stdin.close()


@pytest.fixture
def begun(tmp_path: Path, clock: FrozenClock) -> Session:
    """A run that somebody opened."""
    journal = SqliteJournal.create(tmp_path / "runs", "Reports", START)
    return Session.open(journal, clock, "ada", PLAN, plan_file="plan.toml")


async def driven(session: Session, number: int, *, host: str | None = None) -> Path:
    """As if that process had attached and asked, and then left no word; where its journal is."""
    journal = session._journal
    assert isinstance(journal, SqliteJournal)
    session.id = f"{number}-aaaaaa"
    session._host = host or session._host
    await session.attach(resumed=False)
    me = replace(session.presence.me, session=session.id, pid=number, host=session._host)
    journal.attachments(lambda there: renewed(there, me, time.time()))
    session.close()
    return journal.path


def take_up(path: Path, clock: FrozenClock) -> Session:
    return bootstrap.take_up(path, operator="bob", launched=None, clock=clock).session


async def test_a_run_is_not_taken_up_while_its_process_lives_and_at_once_when_it_is_gone(
    begun: Session, clock: FrozenClock, other: Callable[..., subprocess.Popen[bytes]]
) -> None:
    driver = other("cockpit")
    path = await driven(begun, driver.pid)
    with pytest.raises(JournalBusy, match=f"driven by process {driver.pid}"):
        take_up(path, clock)
    end(driver)
    before = time.monotonic()
    take_up(path, clock).close()
    assert time.monotonic() - before < 2


async def test_a_number_that_another_program_has_by_now_is_no_driver(
    begun: Session, clock: FrozenClock, other: Callable[..., subprocess.Popen[bytes]]
) -> None:
    path = await driven(begun, other("nothing of ours").pid)
    take_up(path, clock).close()


async def test_a_cockpit_on_another_host_counts_as_gone_when_its_lease_has_run_out(
    begun: Session, clock: FrozenClock
) -> None:
    path = await driven(begun, 1, host="bastion-2")
    with pytest.raises(JournalBusy, match="bastion-2"):
        take_up(path, clock)
    late = SqliteJournal.open(path)
    late.attachments(lambda there: tuple(replace(one, heard=one.heard - 60) for one in there))
    late.close()
    take_up(path, clock).close()


async def test_of_two_that_come_at_once_one_gets_the_run(
    begun: Session, clock: FrozenClock, other: Callable[..., subprocess.Popen[bytes]]
) -> None:
    path = await driven(begun, 999_999_999)
    quicker = SqliteJournal.open(path)
    number, now = other("cockpit").pid, time.time()
    first = Attachment(f"{number}-bbbbbb", Role.DRIVER, socket.gethostname(), number, "eve", now, now, asks=True)
    quicker.attachments(lambda _: (first,))
    quicker.close()
    with pytest.raises(JournalBusy, match="another cockpit"):
        take_up(path, clock)


async def test_what_was_kept_aside_without_a_record_is_merged_when_the_run_is_taken_up(
    begun: Session, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    path = await driven(begun, 999_999_999)
    journal = SqliteJournal.open(path)
    dead = Session(journal, clock, "ada")
    aside = bootstrap._emergency(journal)
    aside.append(dead._envelopes(decided(dead), START, dead_actor(), None))
    place = aside.path
    assert place is not None
    assert place.exists()
    journal.close()
    again = take_up(path, clock)
    assert [line.text for line in again.state.notes] == ["kept aside"]
    await again.attach(resumed=True)
    kinds = [event.kind for event in again.events()]
    assert kinds == ["RunOpened", "Attached", "Noted", "Attached"]
    assert not place.exists()
    again.close()


def decided(session: Session):
    found = session._decide(wanted.Note("kept aside"), START)
    assert isinstance(found, tuple)
    return found


def dead_actor():
    from cockpit.core.events import Actor

    return Actor("human", "ada")


def test_a_file_that_somebody_else_put_there_is_not_taken_for_the_record(tmp_path: Path, begun: Session) -> None:
    aside = Emergency(tmp_path / "aside.jsonl")
    aside.append(begun._envelopes(decided(begun), START, dead_actor(), None))
    path = tmp_path / "aside.jsonl"
    path.chmod(0o666)
    assert Emergency(path).left_behind(begun.events()) == []
    path.chmod(0o600)
    assert len(Emergency(path).left_behind(begun.events())) == 1
    link = tmp_path / "link.jsonl"
    link.symlink_to(path)
    assert Emergency(link).left_behind(begun.events()) == []
    begun.close()


async def test_a_rehearsal_writes_to_the_stand_in_database_and_its_checks_still_cannot(tmp_path: Path) -> None:
    plan = Plan.model_validate(
        {
            "name": "x",
            "connections": {"db": {"kind": "postgres", "url": "env:NOWHERE"}},
            "phases": [{"title": "Only", "items": ["tick Begun"]}],
        }
    )
    count = "select count(*) from reports where status = 'failed' and title like 'Given up%'"
    update = "update reports set status = 'failed', title = 'Given up: ' || title where id = $1"
    async with running(tmp_path / "world", postgres=True) as (address, _):
        links = connect(plan, Vault(), RealClock(), world=address)
        asked = PostgresCheck(on="db", sql=count)
        assert (await links.sources["db"].ask(asked, Asking())).facts["value"] == 0
        assert await links.writers["db"].write((update,), (UUID(TEST_REPORT),), seconds=10) == "UPDATE 1"
        assert (await links.sources["db"].ask(asked, Asking())).facts["value"] == 1
        again = PostgresCheck.model_validate({"on": "db", "sql": [update, count], "with": ["it"], "mutates": True})
        trial = Asking((UUID(TEST_REPORT),))
        assert (await links.sources["db"].ask(again, trial)).facts["value"] == 1, "a trial is the owner's too"
        title = "select title like 'Given up: Given up%' from reports where id = $1"
        assert (await links.sources["db"].ask(PostgresCheck(on="db", sql=title), trial)).facts["value"] is False
        who = PostgresCheck(on="db", sql="select current_user")
        assert (await links.sources["db"].ask(who, Asking())).facts["value"] == "cockpit_reader"
        with pytest.raises(Refused):
            await links.sources["db"].ask(PostgresCheck(on="db", sql=f"with x as ({update}) select 1"), trial)
        await links.close()


async def test_a_rehearsal_has_stand_ins_for_metrics_and_this_machine_and_says_what_it_has_not(tmp_path: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "sources.md").read_text(encoding="utf-8")
    plan = planfile.loads(page.partition("```toml\n")[2].partition("```")[0], file="sources.toml")
    said: dict[str, str] = {}
    async with running(tmp_path / "world") as (address, _):
        links = connect(plan, Vault(), RealClock(), world=address)
        counted = MetricCheck(on="api", metric="reports_completed_total", by=("instance",))
        rows = (await links.sources["api"].ask(counted, Asking())).table.rows
        assert [row[0] for row in rows] == ["api-1.example", "api-2.example"]
        for name in ("clean", "tagged", "changes", "approved", "denied", "errors"):
            check = plan.checks[name]
            try:
                answer = await links.sources[check.on].ask(check, Asking())
            except Refused as error:
                said[name] = error.what
            else:
                said[name] = judge(check, answer, own_series((), RealClock().now(), None, None)).verdict.value
        for name in ("here", "repository", "release"):
            assert (await links.sources[name].examine()).summary.startswith("Nothing here is looked at")
        assert (await links.sources["errors"].examine()).summary == "A rehearsal has no Sentry."
        await links.close()
    assert said.pop("errors") == "A rehearsal has no Prometheus server."
    assert set(said.values()) == {"pass"}
