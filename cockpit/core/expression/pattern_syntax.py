r"""How a pattern is written: literals, `.`, classes, groups, `|`, `* + ? {m,n}`, `^ $ \\b \\B`, `(?i)`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Several
from dataclasses import dataclass

from cockpit.errors import ExpressionError

MAX_PATTERN = 500
"""Characters of one pattern."""
_MAX_GROUPS = 20
_MAX_TIMES = 500

Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Chars:
    """One character that passes `test`."""

    test: Test


@dataclass(frozen=True, slots=True)
class Edge:
    """A place between characters: `^`, `$`, `b` at the edge of a word, `B` anywhere else."""

    name: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after the other."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    options: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part `least` to `most` times; without `most`, as often as it comes."""

    part: Part
    least: int
    most: int | None


Part = Chars | Edge | Sequence | Choice | Repeat


def is_word(char: str) -> bool:
    """Whether this is a letter, a digit or `_`, in any script; nothing is not."""
    return char.isalnum() or char == "_"


def parse_pattern(source: str) -> Part:
    """The parts of a pattern. Raises ExpressionError."""
    if len(source) > MAX_PATTERN:
        raise ExpressionError(f"The pattern has more than {MAX_PATTERN} characters.", "Split it.")
    reader = _Reader(source)
    part = reader.choice()
    if reader.here:
        raise reader.trouble("has a ')' that opens nowhere", r"Write \) for the character itself.")
    return part


_CLASSES: Mapping[str, Test] = {
    "d": str.isdecimal,
    "D": lambda char: not char.isdecimal(),
    "w": is_word,
    "W": lambda char: not is_word(char),
    "s": str.isspace,
    "S": lambda char: not char.isspace(),
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}


def _in_spans(spans: Several[tuple[str, str]]) -> Test:
    """Whether a character is in one of the spans, in a few steps however many there are."""
    lows: list[str] = []
    highs: list[str] = []
    for low, high in sorted(spans):
        if lows and low <= highs[-1]:
            highs[-1] = max(highs[-1], high)
        else:
            lows.append(low)
            highs.append(high)

    def test(char: str) -> bool:
        place = bisect_right(lows, char) - 1
        return place >= 0 and char <= highs[place]

    return test


class _Reader:
    """A place in a pattern, moving on."""

    def __init__(self, source: str) -> None:
        self._ignores_case = source.startswith("(?i)")
        self._source = source
        self._at = 4 if self._ignores_case else 0
        self._groups = 0

    @property
    def here(self) -> str:
        return self._source[self._at : self._at + 1]

    def trouble(self, what: str, remedy: str) -> ExpressionError:
        return ExpressionError(f"The pattern {what}, at its character {self._at + 1}.", remedy)

    def choice(self) -> Part:
        options = [self._sequence()]
        while self._takes("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self.here and self.here not in "|)":
            parts.append(self._repeated(self._part()))
        return Sequence(tuple(parts))

    def _repeated(self, part: Part) -> Part:
        times = self._times()
        if times is None:
            return part
        if isinstance(part, Edge):
            raise self.trouble("repeats a place", "Repeat characters or groups.")
        self._takes("?")  # the shortest match first: whether there is a match stays the same
        if self.here == "+" or self._times() is not None:
            raise self.trouble("repeats a repetition", "Put the inner one in a group: (?:a+)*.")
        return Repeat(part, *times)

    def _times(self) -> tuple[int, int | None] | None:
        for sign, times in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._takes(sign):
                return times
        if self.here != "{":
            return None
        inside, closing, _ = self._source[self._at + 1 :].partition("}")
        least, comma, most = inside.partition(",")
        if not closing or not (least.isdecimal() and least.isascii()) or not (most.isdecimal() or not most):
            raise self.trouble("has a '{' that counts nothing", r"Write {2}, {2,} or {2,5}, or \{ for the character.")
        self._at += len(inside) + 2
        low, high = int(least), int(most) if most else None if comma else int(least)
        if low > _MAX_TIMES or (high is not None and not low <= high <= _MAX_TIMES):
            raise self.trouble("repeats too often, or less than it began with", f"Count up to {_MAX_TIMES}.")
        return low, high

    def _part(self) -> Part:
        char = self._next()
        match char:
            case "(":
                return self._group()
            case "[":
                return Chars(self._set())
            case ".":
                return Chars(lambda char: char != "\n")
            case "^" | "$":
                return Edge(char)
            case "*" | "+" | "?" | "{":
                raise self.trouble(f"repeats nothing with '{char}'", f"Write \\{char} for the character itself.")
            case "\\" if self.here and self.here in "bB":
                return Edge(self._next())
            case "\\":
                return Chars(self._escaped())
        return Chars(self._same(char))

    def _group(self) -> Part:
        if self._takes("?") and not self._takes(":"):
            raise self.trouble("needs going back", "Groups are ( ) or (?: ), and (?i) stands at the beginning.")
        self._groups += 1
        if self._groups > _MAX_GROUPS:
            raise self.trouble(f"has more than {_MAX_GROUPS} groups", "Use fewer.")
        part = self.choice()
        if not self._takes(")"):
            raise self.trouble("has a '(' without its ')'", r"Close it, or write \( for the character itself.")
        return part

    def _set(self) -> Test:
        negated = self._takes("^")
        members = [self._member()]
        while self.here != "]":
            members.append(self._member())
        self._at += 1
        spans = self._case(_in_spans([each for each in members if isinstance(each, tuple)]))
        classes = {each for each in members if not isinstance(each, tuple)}
        return lambda char: (spans(char) or any(test(char) for test in classes)) != negated

    def _member(self) -> Test | tuple[str, str]:
        """A class such as a digit, or the first and last of some characters in a row."""
        first = self._next("has a '[' without its ']'")
        if first == "\\" and self.here in _CLASSES:
            return self._escaped()
        low = self._literal(first)
        if self.here != "-" or self._source[self._at + 1 : self._at + 2] in ("]", ""):
            return low, low
        self._at += 1
        high = self._literal(self._next())
        if high < low:
            raise self.trouble("has a range that goes backwards", "Write the lower end first.")
        return low, high

    def _literal(self, char: str) -> str:
        if char != "\\":
            return char
        escaped = self._next()
        if escaped.isalnum() and escaped not in _CONTROLS:
            raise self.trouble(f"has '\\{escaped}', which is not known here", "Use \\d \\w \\s \\b or the character.")
        return _CONTROLS.get(escaped, escaped)

    def _escaped(self) -> Test:
        if self.here and self.here in _CLASSES:
            return _CLASSES[self._next()]
        return self._same(self._literal("\\"))

    def _same(self, wanted: str) -> Test:
        return self._case(lambda char: char == wanted)

    def _case(self, test: Test) -> Test:
        if not self._ignores_case:
            return test
        return lambda char: test(char) or test(char.lower()) or test(char.upper())

    def _next(self, missing: str = "ends in the middle") -> str:
        if not self.here:
            raise self.trouble(missing, "Finish it.")
        self._at += 1
        return self._source[self._at - 1]

    def _takes(self, sign: str) -> bool:
        if self.here != sign:
            return False
        self._at += 1
        return True
