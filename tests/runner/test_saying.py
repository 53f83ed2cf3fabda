"""What a command printed is told with its outcome: little, harmless, and without secrets."""

from __future__ import annotations

import pytest

from cockpit.adapters.shell import Processes
from cockpit.core.expression.showing import plainly
from cockpit.runner.saying import last_words

from .conftest import Bring, plan_of

RUN = "work/do:run_it"
SECRET = "hunter2-hunter2"


def conceal(text: str) -> str:
    return text.replace(SECRET, "•••")


@pytest.mark.parametrize(("code", "status"), [(3, "unknown"), (0, "unknown")])
async def test_what_a_command_said_stands_in_its_outcome(world: Bring, bench: Bring, code: int, status: str) -> None:
    script = f"printf 'old\\n1\\n2\\n3\\n\\033[31mlog in with {SECRET}\\033[0m\\nfound 7 rows\\n'; exit {code}"
    action = {"argv": ["sh", "-c", script], "rehearse": ["true"], "undo": "none", "why": "it is a test"}
    place = await world()
    plan = plan_of("do run_it", actions={"run_it": action}, rollback=[])
    made = await bench(plan, world=place, shell=Processes(), conceal=conceal)
    await made.do(RUN)
    await made.until_item(RUN, "done", "failed", "unknown")
    known = made.state.item(RUN)
    assert known.status == status
    assert "It said: 1 | 2 | 3 | log in with ••• | found 7 rows" in known.because


def test_much_is_cut_to_its_end() -> None:
    said = last_words("\n".join(f"{number} " + "x" * 200 for number in range(9)), plainly)
    assert said.startswith(" It said: …")
    assert len(said) == len(" It said: ") + 300
    assert said.endswith("x" * 100)


def test_a_secret_cut_in_two_by_a_colour_is_hidden_too() -> None:
    assert SECRET not in last_words(f"{SECRET[:5]}\x1b[0m{SECRET[5:]}", conceal)


def test_nothing_said_is_nothing_told() -> None:
    assert last_words(" \n\n", plainly) == ""


def test_a_secret_that_would_be_cut_in_two_is_hidden_before() -> None:
    assert "hunter2" not in last_words("x" * 290 + SECRET + "y" * 50, conceal)
