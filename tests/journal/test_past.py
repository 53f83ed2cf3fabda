"""Rollouts of earlier runs: of the same plan, environment and kind of run, without leaving a trace."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.core import events as happened
from cockpit.core.rollout.forecast import by_action
from cockpit.journal import past
from cockpit.journal.sqlite import SqliteJournal
from tests.core.rollout.test_rollout import CALM, fresh
from tests.view.runs import deployed

PLAN = "Reports: graceful shutdown"
START = datetime(2026, 1, 31, 12, tzinfo=UTC)


def kept(folder: Path, *, plan: str = PLAN, environment: str = "production", rehearsal: bool = False) -> str:
    """A run whose deploy is done, in a journal of its own."""
    journal = SqliteJournal.create(folder, plan, START)
    events = []
    for event in deployed().events:
        body = event.body
        if isinstance(body, happened.RunOpened):
            body = body.model_copy(update={"environment": environment, "rehearsal": rehearsal})
        events.append(type(event)(journal.run, event.seq, event.at, event.actor, "s1", "bastion", body))
    journal.append(0, events)
    journal.close()
    return journal.run


def told(folder: Path, *, rehearsal: bool = False, besides: str = "") -> int:
    return len(list(past.rollouts(folder, PLAN, "production", rehearsal=rehearsal, besides=besides)))


def test_rollouts_of_earlier_runs_are_read_as_they_were_recorded(tmp_path: Path):
    kept(tmp_path)
    (story,) = past.rollouts(tmp_path, PLAN, "production", rehearsal=False, besides="")
    known = by_action([story])["deploy_web"]
    assert known["overlap"].median == 300
    assert known["health"].count == 1


@pytest.mark.parametrize("other", [{"plan": "Another"}, {"environment": "staging"}, {"rehearsal": True}])
def test_other_plans_environments_and_rehearsals_never_mix(tmp_path: Path, other: dict[str, object]):
    kept(tmp_path)
    kept(tmp_path, **other)  # type: ignore[arg-type]  # fields of `kept`
    assert told(tmp_path) == 1
    assert told(tmp_path, rehearsal=True) == ("rehearsal" in other)


def test_the_run_that_asks_is_none_of_the_earlier_ones(tmp_path: Path):
    run = kept(tmp_path)
    assert told(tmp_path, besides=run) == 0


def test_a_journal_that_cannot_be_read_is_left_out(tmp_path: Path):
    kept(tmp_path)
    (tmp_path / "2026-01-30-reports-graceful-shutdown-dead.sqlite").write_bytes(b"no journal")
    SqliteJournal.create(tmp_path, PLAN, START).close()
    assert told(tmp_path) == 1
    assert told(tmp_path / "nowhere") == 0


def test_a_strangers_rollout_is_none_of_the_plans(tmp_path: Path):
    journal = SqliteJournal.create(tmp_path, PLAN, START)
    run = deployed()
    run.tell(happened.RolloutBegan(item=None, rollout=fresh().model_copy(update={"deployment": "theirs"})))
    run.tell(*(happened.RolloutObserved(deployment="theirs", observation=seen) for seen in CALM))
    journal.append(0, [type(e)(journal.run, e.seq, e.at, e.actor, "s1", "b", e.body) for e in run.events])
    journal.close()
    (story,) = past.rollouts(tmp_path, PLAN, "production", rehearsal=False, besides="")
    assert story[0].rollout.deployment == "new-deployment"


def test_only_the_newest_few_journals_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(past, "FILES", 2)
    for _ in range(4):
        kept(tmp_path)
    assert told(tmp_path) == 2
