"""A terminal a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.tmux import Tmux


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Tmux]:
    """80x24 and nothing in it yet."""
    with Tmux(tmp_path) as tmux:
        yield tmux
