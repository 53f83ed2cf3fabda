"""The same measures of the whole program: runner, journal, websocket and stand-in world beside the screen.

`python -m tests.benchmarks.whole_program` presses 200 keys while the world says 5,000 lines a second,
listens for 20 s to a run that waits and to one in its overlap, and starts five times in turn with an
empty Textual app. The world is a process of its own on the same cores, so nothing is dearer than this.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.benchmarks import first_paint
from tests.benchmarks.key_to_paint import GOAL, Sample, press
from tests.terminal.conftest import PLAN
from tests.terminal.person import Person
from tests.terminal.tmux import Tmux
from tests.terminal.world import World
from tests.ui.terminal_hand import Terminal

OVERLAP = "overlap [▓░]"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--lines", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        say(starts(Path(folder), arguments.times))
    with tempfile.TemporaryDirectory() as folder:
        say(f"waiting for somebody: {at_rest(Path(folder), 'Next  ', arguments.seconds):.0f} bytes/s")
    with tempfile.TemporaryDirectory() as folder:
        say(f"in the overlap: {at_rest(Path(folder), OVERLAP, arguments.seconds):.0f} bytes/s")
    with tempfile.TemporaryDirectory() as folder:
        sample = under_load(Path(folder), arguments.keys, arguments.lines)
    p50, p95 = sample.percentile(0.5), sample.percentile(0.95)
    say(
        f"{arguments.keys} keys at {arguments.lines} lines/s from the world: p50 {p50:.1f} ms, "
        f"p95 {p95:.1f} ms (goal {GOAL:.0f}), max {sample.taken[-1]:.1f} ms, {sample.cpu:.1f} ms of CPU a key"
    )
    return 0 if p95 <= GOAL else 1


def starts(folder: Path, times: int) -> str:
    """From the start of the process to the first paint, in turns: an empty app, a run, a run taken up again."""
    plan = folder / "plan.toml"
    plan.write_text(PLAN)
    own = {"XDG_STATE_HOME": str(folder / "state"), "HOME": str(folder)}

    def turn() -> tuple[float, float, float]:
        return (
            first_paint.once(first_paint.EMPTY, "ready"),
            first_paint.once("cockpit", "? keys", "run", str(plan), environ=own),
            first_paint.once("cockpit", "? keys", "resume", environ=own),
        )

    turn()  # writes the bytecode
    empty, run, resume = (median(column) for column in zip(*(turn() for _ in range(times)), strict=True))
    return (
        f"first paint: empty app {empty:.0f} ms, run {run:.0f} ms ({run / empty:.2f} times that), "
        f"resume {resume:.0f} ms ({resume / empty:.2f})"
    )


def at_rest(folder: Path, moment: str, seconds: float) -> float:
    """Bytes a second of a rehearsal that was brought to a moment, at the pace of real time."""
    bring_to(folder, moment)
    with taken_up(folder, size=(80, 24)) as terminal:
        while not terminal.reads_for(1.0):  # until the world has answered, plan time stands still
            pass
        terminal.reads_for(2.0)
        return len(terminal.reads_for(seconds)) / seconds


def under_load(folder: Path, keys: int, lines: int) -> Sample:
    """Keys in the overlap, checklist and log beside each other, while the world says `lines` a second."""
    world = bring_to(folder, OVERLAP)
    with taken_up(folder, size=(120, 40)) as terminal:
        world.floods(lines=lines * 120, per_second=lines)
        terminal.waits_for("line ")
        terminal.reads_for(2.0)
        return press(terminal, keys)


def bring_to(folder: Path, moment: str) -> World:
    """Drive the calm scenario to a moment by keys, and kill the screen there."""
    with Tmux(folder) as tmux:
        tmux.starts("demo", "--speed", "60")
        Person(tmux).drives(until=moment)
        os.kill(tmux.pid, signal.SIGKILL)
        tmux.ends()
        return World.of(tmux)


def taken_up(folder: Path, *, size: tuple[int, int]) -> Terminal:
    """The run again, at the pace of real time, its first screen painted."""
    own = {"XDG_STATE_HOME": str(folder / "state"), "HOME": str(folder / "home")}
    terminal = Terminal("cockpit", "resume", "--speed", "1", "--watch-speed", "1", size=size, environ=own)
    terminal.waits_for("? keys")
    return terminal


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
