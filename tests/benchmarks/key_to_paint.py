"""How long a key takes to its paint, through a pseudo-terminal, while log lines pour in.

`python -m tests.benchmarks.key_to_paint` presses 200 keys at 5,000 lines a second and prints the
percentiles; the goal is a p95 of 50 ms.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from time import perf_counter

from tests.ui.terminal_hand import Terminal

CURSOR = b"48;2;111;211;216m"
"""The ground of the cursor's row in the theme `night`: painted where the cursor comes to, and by no log line."""

GOAL = 50.0
PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What some keys took."""

    taken: tuple[float, ...]
    """Milliseconds from each key to the paint of the row it moves the cursor to, sorted."""
    cpu: float
    """Milliseconds of the program's own time a key, log lines included."""

    def percentile(self, share: float) -> float:
        return self.taken[min(len(self.taken) - 1, int(len(self.taken) * share))]


def measure(keys: int, lines: int, size: tuple[int, int] = (120, 40)) -> Sample:
    """Press keys beside a log that runs at `lines` a second."""
    with Terminal("tests.ui.demo", "deployed", "--lines", str(lines), size=size) as terminal:
        terminal.waits_for("Checklist", "GET /api/health")
        terminal.reads_for(1.0)
        return press(terminal, keys)


def press(terminal: Terminal, keys: int) -> Sample:
    """Press keys one by one, each at another point of the log's rhythm."""
    taken: list[float] = []
    used = terminal.cpu
    for number in range(keys):
        terminal.forgets()
        terminal.reads_for(0.03 + 0.007 * (number % 5))
        taken.append(_one(terminal, b"j" if number % 8 < 4 else b"k"))
    return Sample(tuple(sorted(taken)), (terminal.cpu - used) * 1000 / keys)


def _one(terminal: Terminal, key: bytes) -> float:
    start, painted = perf_counter(), b""
    terminal.types(key)
    while CURSOR not in painted:
        painted += terminal.reads(0.002)
        assert perf_counter() - start < PATIENCE, "The key was not painted."
    return (perf_counter() - start) * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--lines", type=int, default=5000)
    arguments = parser.parse_args()
    sample = measure(arguments.keys, arguments.lines)
    p50, p95 = sample.percentile(0.5), sample.percentile(0.95)
    sys.stdout.write(
        f"{arguments.keys} keys at {arguments.lines} lines/s: p50 {p50:.1f} ms, p95 {p95:.1f} ms (goal {GOAL:.0f}), "
        f"max {sample.taken[-1]:.1f} ms, {sample.cpu:.1f} ms of CPU a key\n"
    )
    return 0 if p95 <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
