"""From the start of the process to the first paint, against an empty Textual app.

`python -m tests.benchmarks.first_paint` prints both medians and their ratio. Run it where Python may
write bytecode, else importing is most of what is measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from statistics import median
from time import perf_counter

from tests.ui.terminal_hand import Terminal

EMPTY = "tests.benchmarks.empty_app"
COCKPIT = "tests.benchmarks.told_app"


def once(module: str, words: str, *arguments: str, environ: Mapping[str, str] | None = None) -> float:
    """Milliseconds until these words are on the screen."""
    start = perf_counter()
    own = {"PYTHONDONTWRITEBYTECODE": ""} | dict(environ or {})
    with Terminal(module, *arguments, size=(80, 24), environ=own) as terminal:
        while words not in terminal.words:
            terminal.reads(0.002)
            assert perf_counter() - start < 30, "Nothing was painted."
        return (perf_counter() - start) * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    times = parser.parse_args().times
    for module, words in ((EMPTY, "ready"), (COCKPIT, "Checklist")):
        once(module, words)  # writes the bytecode
    turns = [(once(EMPTY, "ready"), once(COCKPIT, "Checklist")) for _ in range(times)]
    empty, cockpit = (median(column) for column in zip(*turns, strict=True))
    sys.stdout.write(f"empty {empty:.0f} ms, cockpit {cockpit:.0f} ms, ratio {cockpit / empty:.2f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
