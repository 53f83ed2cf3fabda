"""Patterns for `matches`: regular expressions whose time grows with the text and no faster.

A pattern becomes a set of states that all move along the text together, as in Thompson's construction
(https://swtch.com/~rsc/regexp/regexp1.html), so `(a+)+$` costs what `a+$` costs. What needs going back is
refused: references to groups, looking ahead or behind, possessive and atomic parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cockpit.core.expression.pattern_syntax import (
    Chars,
    Choice,
    Edge,
    Part,
    Sequence,
    is_word,
    parse_pattern,
)
from cockpit.errors import ExpressionError

MAX_STATES = 1000
"""States of one pattern: what `{m,n}` may blow it up to."""
_MAX_PARTS = 10 * MAX_STATES
"""Parts built, those included that need no state: `((){500}){500}` is nothing, and would take for ever."""
_MEMORY = 50_000
"""States held in remembered moves before all are forgotten, some 5 MB: bounds memory, not meaning."""

_Place = tuple[bool, bool]
"""What is before a place: whether anything is, and whether that is part of a word."""


@dataclass(slots=True)
class _State:
    """Where to go: over a character that passes `test`, else freely where `edge`, if any, holds."""

    following: tuple[int, ...] = ()
    test: Callable[[str], bool] | None = None
    edge: str | None = None


class Pattern:
    """A regular expression that cannot hang; `is_in` looks for it anywhere in a text."""

    def __init__(self, source: str) -> None:
        """Raises ExpressionError for what is no pattern, or one that needs going back."""
        self.source = source
        self._states: list[_State] = []
        self._parts = 0
        self._final = self._add(_State())
        self._first = self._build(parse_pattern(source), self._final)
        self._moves: dict[tuple[frozenset[int], _Place, str], frozenset[int] | None] = {}
        self._held = 0

    @property
    def size(self) -> int:
        """Parts that were built for it, states and those that need none."""
        return self._parts

    def is_in(self, text: str, spend: Callable[[int], None]) -> bool:
        """Whether the pattern occurs in the text. Eight characters cost a step, and so does each state entered anew."""
        spend(len(text) // 8)
        entered: frozenset[int] = frozenset()
        place = (False, False)
        for char in text:
            key = (entered, place, char)
            if key not in self._moves:
                self._remember(key, spend)
            moved = self._moves[key]
            if moved is None:
                return True
            entered, place = moved, (True, is_word(char))
        return self._move(entered, place, "", spend) is None

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it occurs, from the left, the longest at each place, none of no length. For texts of a line's size."""
        at = 0
        while at < len(text):
            end = self._end_from(text, at)
            if end > at:
                yield at, end
            at = max(end, at + 1)

    def _end_from(self, text: str, start: int) -> int:
        """The end of the longest occurrence that begins at a place; the place itself where none does."""
        entered, end = frozenset({self._first}), start
        for at in range(start, len(text) + 1):
            place = (at > 0, at > 0 and is_word(text[at - 1]))
            char = text[at] if at < len(text) else ""
            reached = self._reach(entered, place, char)
            if self._final in reached:
                end = at
            entered = self._over(reached, char)
            if not entered:
                break
        return end

    def _remember(self, key: tuple[frozenset[int], _Place, str], spend: Callable[[int], None]) -> None:
        if self._held >= _MEMORY:
            self._moves.clear()
            self._held = 0
        moved = self._moves[key] = self._move(*key, spend)
        self._held += 10 + len(moved or ())

    def _move(
        self, entered: frozenset[int], place: _Place, char: str, spend: Callable[[int], None]
    ) -> frozenset[int] | None:
        """The states after `char` ("" at the end of the text); None once the pattern has been found."""
        reached = self._reach(entered | {self._first}, place, char)
        spend(len(reached))
        if self._final in reached:
            return None
        return self._over(reached, char)

    def _over(self, reached: Iterable[int], char: str) -> frozenset[int]:
        """The states that a character leads to."""
        states = (self._states[number] for number in reached)
        return frozenset(
            goal for state in states if char and state.test and state.test(char) for goal in state.following
        )

    def _reach(self, entered: Iterable[int], place: _Place, char: str) -> set[int]:
        """Every state that can be stood in without taking a character."""
        reached: set[int] = set()
        open_states = list(entered)
        while open_states:
            number = open_states.pop()
            if number in reached:
                continue
            reached.add(number)
            state = self._states[number]
            if state.test is None and (state.edge is None or _holds(state.edge, place, char)):
                open_states.extend(state.following)
        return reached

    def _add(self, state: _State) -> int:
        if len(self._states) >= MAX_STATES:
            raise _too_large()
        self._states.append(state)
        return len(self._states) - 1

    def _build(self, part: Part, goal: int) -> int:
        """The state that begins `part` and leads to `goal`."""
        self._parts += 1
        if self._parts > _MAX_PARTS:
            raise _too_large()
        match part:
            case Chars(test):
                return self._add(_State((goal,), test))
            case Edge(name):
                return self._add(_State((goal,), edge=name))
            case Sequence(parts):
                for inner in reversed(parts):
                    goal = self._build(inner, goal)
                return goal
            case Choice(options):
                return self._add(_State(tuple(self._build(option, goal) for option in options)))
        return self._repeat(part.part, part.least, part.most, goal)

    def _repeat(self, inner: Part, least: int, most: int | None, goal: int) -> int:
        if most is None:
            loop = self._add(_State())
            self._states[loop].following = (self._build(inner, loop), goal)
            goal = loop
        else:
            end = goal
            for _ in range(most - least):
                goal = self._add(_State((self._build(inner, goal), end)))
        for _ in range(least):
            goal = self._build(inner, goal)
        return goal


def _too_large() -> ExpressionError:
    return ExpressionError("The pattern is too large.", "Repeat less, or split it.")


def _holds(edge: str, place: _Place, char: str) -> bool:
    has_before, is_word_before = place
    if edge == "^":
        return not has_before
    if edge == "$":
        return not char
    return (is_word_before != is_word(char)) == (edge == "b")
