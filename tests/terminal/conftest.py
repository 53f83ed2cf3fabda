"""A terminal a test, and a plan that needs no world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.tmux import Tmux

PLAN = """
name = "Ticks only"
sign_off = ["engineer"]

[asks.ticket]
text = "Ticket"
type = "text"

[[phases]]
title = "Before"
items = ["tick One", "tick Two", "ask ticket"]

[[phases]]
title = "Sign-off"
items = ["sign engineer"]
"""


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Tmux]:
    """80x24 and nothing in it yet."""
    with Tmux(tmp_path) as tmux:
        yield tmux


@pytest.fixture
def plan(tmp_path: Path) -> str:
    """The path of a plan that only people can carry out: a real run, without anything to connect to."""
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return str(path)
