"""What a screen at rest sends, through a pseudo-terminal: `python -m tests.benchmarks.bytes_at_rest`.

At rest means: nothing happens but time. The goal is 250 bytes a second while the run waits for
somebody, so that a slow line and a long watch cost nothing.
"""

from __future__ import annotations

import sys

from tests.ui.terminal_hand import Terminal

GOAL = 250.0
MOMENTS = ("closed", "at_gate", "watching", "tripped", "overlapping")


def measure(moment: str, size: tuple[int, int] = (80, 24), seconds: float = 4.0) -> float:
    """Bytes a second at a told moment."""
    with Terminal("tests.ui.demo", moment, size=size) as terminal:
        terminal.waits_for("? keys")
        terminal.reads_for(1.5)
        return len(terminal.reads_for(seconds)) / seconds


def main() -> int:
    for size in ((80, 24), (120, 40)):
        for moment in MOMENTS:
            sys.stdout.write(f"{size[0]}x{size[1]} {moment}: {measure(moment, size):.0f} bytes/s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
