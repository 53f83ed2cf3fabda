"""Moments a plan speaks of: anchors, and the due times and watches hung from them.

An anchor is an action's first done outcome among the phases, the gate's GO, or one of a
rollout's three clocks. Which instant that is, the folded state knows (`State.anchors`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from cockpit.core.span import parse_span, show_span

_ANCHOR = re.compile(r"(?:(T[123]) of )?([a-z][a-z0-9_]*)\Z")
_WITHIN = re.compile(r"within (\S+) of (.+)\Z")
_AFTER = re.compile(r"(\S+) after (.+)\Z")
_FIRST = re.compile(r"first ([a-z][a-z0-9_]*) after (.+)\Z")
_FROM = re.compile(r"(\S+) from (.+)\Z")


@dataclass(frozen=True, slots=True)
class Anchor:
    """`deploy_web`, `gate`, or `T2 of deploy_web`."""

    action: str
    clock: str | None = None

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """Read an anchor. Raises ValueError."""
        match = _ANCHOR.match(text.strip())
        if match is None:
            raise ValueError(f"'{text}' is no moment. Write an action's name, gate, or T1, T2, T3 of an action.")
        clock, action = match.groups()
        return cls(action, clock)

    def __str__(self) -> str:
        return f"{self.clock} of {self.action}" if self.clock else self.action


@dataclass(frozen=True, slots=True)
class Due:
    """When a phase is due: `4h after A` opens it then, `within 5m of A` is a deadline and opens nothing.

    `first peak after A` opens it as soon as the window `peak` is open, at A itself where it is.
    """

    span: timedelta
    anchor: Anchor
    opens: bool
    window: str | None = None

    @classmethod
    def parse(cls, text: str) -> Due:
        """Read a due time. Raises ValueError."""
        if match := _WITHIN.match(text.strip()):
            return cls(parse_span(match[1]), Anchor.parse(match[2]), opens=False)
        if match := _FIRST.match(text.strip()):
            return cls(timedelta(), Anchor.parse(match[2]), opens=True, window=match[1])
        if match := _AFTER.match(text.strip()):
            return cls(parse_span(match[1]), Anchor.parse(match[2]), opens=True)
        raise ValueError(
            f"'{text}' is no due time. Write 'within 5m of ACTION', '4h after ACTION' or 'first WINDOW after ACTION'."
        )

    def __str__(self) -> str:
        if self.window is not None:
            return f"first {self.window} after {self.anchor}"
        word = "after" if self.opens else "of"
        return f"{'' if self.opens else 'within '}{show_span(self.span)} {word} {self.anchor}"


@dataclass(frozen=True, slots=True)
class Lasts:
    """How long a watch goes on: `24h from A`."""

    span: timedelta
    anchor: Anchor

    @classmethod
    def parse(cls, text: str) -> Lasts:
        """Read the length of a watch. Raises ValueError."""
        if match := _FROM.match(text.strip()):
            return cls(parse_span(match[1]), Anchor.parse(match[2]))
        raise ValueError(f"'{text}' is no length of a watch. Write '24h from ACTION'.")

    def __str__(self) -> str:
        return f"{show_span(self.span)} from {self.anchor}"
