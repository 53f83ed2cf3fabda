"""Five schedules of lost and late answers: a sample of `tests/soak`, which has a thousand."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit.adapters.railway.client import Client, Json
from cockpit.errors import ActionUncertain
from tests.soak.lost_answers import OPERATIONS, soak

EVERY_ACTION = (0, 1, 2, 4, 9)
"""Seeds whose courses have each action once at least."""


def test_no_lost_answer_makes_an_intent_send_twice(tmp_path: Path) -> None:
    account = soak(EVERY_ACTION, tmp_path, at_once=2)
    assert account.violations == []
    assert account.schedules == len(EVERY_ACTION)
    assert account.actions.keys() == OPERATIONS.keys()
    assert account.after_effect >= 2


def test_a_client_that_sends_again_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = Client.change

    async def again(self: Client, name: str, **variables: object) -> Json:
        try:
            return await once(self, name, **variables)
        except ActionUncertain:
            return await once(self, name, **variables)

    monkeypatch.setattr(Client, "change", again)
    account = soak(range(2), tmp_path)
    assert any("2 requests" in complaint for complaint in account.violations)
