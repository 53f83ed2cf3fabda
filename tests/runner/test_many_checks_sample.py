"""Fifty checks for some seconds: a sample of `tests/soak`, which has five hundred for ten minutes."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Database
from tests.soak.crowd import deal, soak
from tests.soak.targets import locked, service


def test_of_fifty_checks_none_starves_beside_those_that_hang(tmp_path: Path, database: Database) -> None:
    with service() as there, locked(database):
        tally = soak(deal(50, 1, fastest=1), tmp_path, there, database, seconds=8, every=0.3)
    tally.shows_no_starving()
