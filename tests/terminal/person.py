"""Somebody at the keys: reads what the screen says is next, with its key, and presses that.

Knows nothing of plan, scenario or code. What it knows is what any operator knows: type the word
that is asked for, ask a failed check twice more, then go back as far as the way back goes; a gate
that is not recommended is a NO-GO. Every screen it acts on must answer four questions without a
key: which run, what is next, what holds it up and how long, which keys there are.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from time import monotonic

from tests.terminal.tmux import Screen, Tmux

ASK_AGAIN = 2
_CLOCK = re.compile(r"\d+:\d\d(:\d\d)?|\b\d+ ?s\b|just now")
_KEY = re.compile(r"^(\^[A-Z]|⏎|space|esc|tab|.) (\S.*)$")
_WORD = re.compile(r"Type (\S+) to confirm|[Tt]yp\w* (\S+) to start|type (\S+) to")
_LINES_SHOWN = re.compile(r"  \d+-\d+ of \d+$")
_HELD = re.compile(r"blocked: \w|waits? for|in \d+:\d\d|\d:\d\d|opens|ends|is not over|answers are still coming|late")

_FRAME = 2.0
"""Seconds a frame may take to be whole on a busy machine: a new screen is painted blank, then filled."""

_FINGER = 0.2
"""Seconds between two keys; the same one sooner is taken for a slip."""

IDLE = ("Working", "Asking", "Waits", "Watching")
"""What the guide says first while nothing is to be pressed."""


@dataclass(frozen=True)
class View:
    """A screen of the cockpit, read."""

    screen: Screen

    @property
    def title(self) -> str:
        return self.screen.lines[0]

    @property
    def rule(self) -> str:
        """The heading of what is open: the checklist's tabs, or a dialog's name, without which lines are shown."""
        return _LINES_SHOWN.sub("", self.screen.lines[4].strip("─ "))

    @property
    def facts(self) -> str:
        return self.screen.lines[3]

    @property
    def body(self) -> str:
        return "\n".join(self.screen.lines[5:-1])

    @property
    def keys(self) -> str:
        return self.screen.lines[-1]

    @cached_property
    def guide(self) -> list[str]:
        """Label, words, and each key with what it does."""
        return re.split(r" {2,}", self.screen.lines[2].strip())

    @property
    def label(self) -> str:
        return self.guide[0]

    @property
    def offered(self) -> dict[str, str]:
        """Words to key, in the order of the guide."""
        found = [_KEY.match(part) for part in self.guide[2:]]
        return {match.group(2): match.group(1) for match in found if match}

    @property
    def is_run(self) -> bool:
        return "Checklist" in self.rule

    @property
    def asked(self) -> str:
        """What it wants of a person: a screen that wants something else is answered anew."""
        of_dialog = "" if self.is_run else self.body
        return _CLOCK.sub("", "\n".join((self.rule, self.screen.lines[2], self.keys, of_dialog)))

    @property
    def faults(self) -> list[str]:
        """What an operator would miss on it."""
        held = "\n".join(self.screen.lines[1:])
        is_over = self.label == "Closed"
        missing = {
            "the plan or the word REHEARSAL": "REHEARSAL" in self.title or "Reports" in self.title,
            "what is next": (len(self.guide) > 1 and self.label.isalpha()) or self.label in ("NO-GO", "Rolled back"),
            "what blocks, or for how long": is_over or _HELD.search(held) is not None,
            "the key row": "? keys" in self.keys,
            "the way back's key": "^R" in self.keys,
        }
        return [what for what, is_there in missing.items() if not is_there]


class Person:
    """Drives a rehearsal to its close. `seen` counts the screens that were looked at."""

    def __init__(self, tmux: Tmux) -> None:
        self._tmux = tmux
        self._asked: Counter[str] = Counter()
        self._went_back = False
        self._pressed = 0.0
        self.seen: list[View] = []

    def looks(self) -> View:
        """The screen as it stands, once the frame is whole; an assertion says what is missing on it."""
        view = View(self._tmux.screen)
        end = monotonic() + _FRAME
        while view.faults and monotonic() < end:
            view = View(self._tmux.screen)
        assert not view.faults, f"missing: {view.faults}\n{view.screen.text}"
        self.seen.append(view)
        return view

    def drives(self, timeout: float = 170, *, until: str = "^ Closed  ") -> View:
        """On until the screen has what a regular expression finds, to the close if nothing is said; the last screen."""
        end = monotonic() + timeout
        self._tmux.sees(r"\? keys")
        while (view := self.looks()).screen.finds(until) is None:
            assert monotonic() < end, f"{until!r} did not come in {timeout:g} s:\n{view.screen.text}"
            self.acts(view)
        return view

    def leaves(self) -> None:
        """Out of the program, from wherever."""
        if not View(self._tmux.screen).is_run:
            self._tmux.presses("esc")
            self._tmux.sees("1 Checklist")
        self._tmux.presses("q")
        if View(self._tmux.screen).rule == "Leave":
            self._tmux.presses("y")

    def acts(self, view: View) -> None:
        """One key, or one thing typed, and what comes of it; else a look a moment later."""
        before = view.asked
        rests = monotonic() - self._pressed < _FINGER
        keys = [] if rests else self._chosen(view)
        for key in keys:
            self._tmux.types(key) if len(key) > 5 else self._tmux.presses(key)
            self._pressed = monotonic()
        try:
            patience = _FINGER if rests else 3.0 if keys else 1.0
            self._tmux.waits_until(lambda screen: View(screen).asked != before, "news", patience)
        except AssertionError:
            assert len(self.seen) < 20 or self.seen[-20].screen != view.screen, f"stuck at:\n{view.screen.text}"

    def _chosen(self, view: View) -> list[str]:
        if view.is_run:
            return self._on_the_run(view)
        if view.rule == "Go / no-go":
            return self._at_the_gate(view)
        if view.rule == "The way back":
            return self._going_back(view)
        return self._in_a_dialog(view)

    def _on_the_run(self, view: View) -> list[str]:
        if view.label in IDLE or (not view.offered and view.label != "Failed"):
            return []
        if view.label == "Failed":
            return self._after_a_failure(view)
        if ". next item" in view.keys and view.label not in ("Decide", "NO-GO", "Rolled back", "Done"):
            return ["."]
        return [next(iter(view.offered.values()))]

    def _after_a_failure(self, view: View) -> list[str]:
        """Asked twice more where it can be asked; then back."""
        again = next((key for words, key in view.offered.items() if "again" in words and key == "c"), None)
        self._asked[view.guide[1]] += 1
        if again is None or sum(self._asked.values()) > ASK_AGAIN:
            return ["^R"]
        return ["."] if ". next item" in view.keys else [again]

    def _at_the_gate(self, view: View) -> list[str]:
        if view.label != "Decide":
            assert view.label == "Asking" or "is recommended" in view.body, f"the gate stays open:\n{view.screen.text}"
            return ["esc"] if view.label == "Next" else []
        if "no GO yet" in view.body:
            return ["esc"]
        return ["y"] if "✓ GO is recommended" in view.body else ["N"]

    def _going_back(self, view: View) -> list[str]:
        """To the last level, by its word; then as the screen says."""
        if self._went_back:
            return ["x"] if view.label == "Rolled back" else []
        word = _WORD.search(view.body)
        assert word is not None, f"no word to type:\n{view.screen.text}"
        self._went_back = True
        levels = view.body.count("Level ")
        return [*["↓"] * (levels - 1), next(filter(None, word.groups())), "⏎"]

    def _in_a_dialog(self, view: View) -> list[str]:
        if (word := _WORD.search(view.body)) is not None:
            return [next(filter(None, word.groups())), "⏎"]
        if (yes := re.search(r"(\S) yes ", view.body)) is not None:
            return [yes[1]]
        return ["⏎"]
