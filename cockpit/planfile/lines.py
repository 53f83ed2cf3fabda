"""Where each key of a TOML text stands.

`tomllib` tells values from text but forgets the lines, and a complaint without its line makes
a person search. This scan walks the text once and keeps the line of every key, table and list
entry. It judges nothing that `tomllib` judges; on a text that `tomllib` refuses it goes as far
as it understands, which is how a duplicate or an unclosed text is named by where it began.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field

from cockpit.core.complaint import KeyPath

_DEEPEST = 100
"""Parts of a dotted key; a plan has five."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]*")
_STRINGS = tuple(
    (quote, re.compile(pattern))
    for quote, pattern in (
        ('"""', r'"""(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*"{3,5}'),
        ("'''", r"'''(?:[^']|'{1,2}(?!'))*'{3,5}"),
        ('"', r'"(?:[^"\\\n]|\\[^\n])*"'),
        ("'", r"'[^'\n]*'"),
    )
)
_NEW_ESCAPE = re.compile(r'^"(?:[^\\]|\\[^ex])*?(\\e|\\x)')


@dataclass(slots=True)
class Lines:
    """The lines of a text's keys, counted from 1."""

    known: dict[KeyPath, int] = field(default_factory=dict)
    twice: list[tuple[KeyPath, int, int]] = field(default_factory=list)
    """Keys that stand twice: the path, the second line, the first line."""
    newer: list[tuple[int, str]] = field(default_factory=list)
    """Lines that need TOML 1.1, and what on them does."""
    torn: tuple[int, str] | None = None
    """Where the text stopped making sense, and what it is that was begun there."""
    excess: int | None = None
    """Where the text is nested too deeply for `tomllib`, which takes the square of the time or gives up."""

    def of(self, path: KeyPath) -> int | None:
        """The line of a key, else of the closest table around it."""
        for length in range(len(path), 0, -1):
            if (line := self.known.get(path[:length])) is not None:
                return line
        return None

    def at(self, line: int) -> KeyPath:
        """The key a line belongs to: the first that stands on it, else the last before it."""
        before: KeyPath = ()
        for path, number in self.known.items():
            if number == line:
                return path
            if number < line:
                before = path
        return before


def scan(text: str) -> Lines:
    """The lines of every key in a TOML text; never raises."""
    scanner = _Scanner(text.replace("\r\n", "\n"))
    try:
        scanner.run()
    except _TornError as torn:
        scanner.lines.torn = (scanner.line(torn.start), torn.what)
    except (RecursionError, _TooDeepError):
        scanner.lines.excess = scanner.line(scanner.at)
    return scanner.lines


class _TornError(Exception):
    def __init__(self, start: int, what: str) -> None:
        super().__init__(what)
        self.start = start
        self.what = what


class _TooDeepError(Exception):
    pass


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines = Lines()
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._entries: dict[KeyPath, int] = {}
        """Lists of tables: how many entries so far."""

    def line(self, at: int) -> int:
        return bisect_right(self._starts, at)

    def run(self) -> None:
        table: KeyPath = ()
        while self._skip(_BLANK) < len(self.text):
            table = self._header() if self._next("[") else table
            if self._skip(_BLANK) < len(self.text) and not self._next("["):
                self._pair(table)

    def _skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at

    def _next(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def _expect(self, token: str, start: int, what: str) -> None:
        if not self._next(token):
            raise _TornError(start, what)
        self.at += len(token)

    def _note(self, path: KeyPath, at: int, *, again: bool = False) -> None:
        line = self.line(at)
        fresh = path not in self.lines.known
        first = self.lines.known.setdefault(path, line)
        if again and not fresh:
            self.lines.twice.append((path, line, first))

    def _header(self) -> KeyPath:
        start = self.at
        is_list = self._next("[[")
        self.at += 2 if is_list else 1
        keys = self._keys()
        self._skip(_SPACE)
        self._expect("]]" if is_list else "]", start, "a table's name")
        path: KeyPath = ()
        for depth, key in enumerate(keys):
            path = (*path, key)
            if is_list and depth == len(keys) - 1:
                self._note(path, start)
                self._entries[path] = self._entries.get(path, -1) + 1
            if path in self._entries:
                path = (*path, self._entries[path])
        self._note(path, start, again=True)
        return path

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._skip(_SPACE) < len(self.text) and self._next("."):
            self.at += 1
            keys.append(self._key())
            if len(keys) > _DEEPEST:
                raise _TooDeepError
        return keys

    def _key(self) -> str:
        start = self._skip(_SPACE)
        if self._next('"') or self._next("'"):
            raw = self._string()
            try:
                return str(tomllib.loads(f"key = {raw}")["key"])
            except tomllib.TOMLDecodeError:
                raise _TornError(start, "a key") from None
        if self._skip(_BARE) == start:
            raise _TornError(start, "a key")
        return self.text[start : self.at]

    def _pair(self, table: KeyPath) -> None:
        start = self._skip(_SPACE)
        path = (*table, *self._keys())
        self._skip(_SPACE)
        self._expect("=", start, "a key without a value")
        for depth in range(len(table) + 1, len(path)):
            self._note(path[:depth], start)
        self._note(path, start, again=True)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        start = self._skip(_SPACE)
        if self._next('"') or self._next("'"):
            self._string()
        elif self._next("["):
            self._list(path)
        elif self._next("{"):
            self._inline(path)
        elif self._skip(_SCALAR) == start:
            raise _TornError(start, "a value")

    def _string(self) -> str:
        start = self.at
        for quote, pattern in _STRINGS:
            if self._next(quote):
                if pattern.match(self.text, start) is None:
                    raise _TornError(start, "a text without its closing quotation mark")
                self._skip(pattern)
                break
        raw = self.text[start : self.at]
        if match := _NEW_ESCAPE.match(raw):
            self.lines.newer.append((self.line(start + match.start(1)), f"the escape {match[1]}"))
        return raw

    def _list(self, path: KeyPath) -> None:
        start = self.at
        self.at += 1
        position = 0
        while self._skip(_BLANK) < len(self.text) and not self._next("]"):
            self._note((*path, position), self.at)
            self._value((*path, position))
            position += 1
            self._skip(_BLANK)
            if not self._next(","):
                break
            self.at += 1
        self._expect("]", start, "a list without its ']'")

    def _inline(self, path: KeyPath) -> None:
        start = self.at
        self.at += 1
        while self._skip(_BLANK) < len(self.text) and not self._next("}"):
            self._pair(path)
            self._skip(_BLANK)
            if not self._next(","):
                break
            self.at += 1
            if self._skip(_BLANK) < len(self.text) and self._next("}"):
                self.lines.newer.append((self.line(self.at), "a comma after the last entry of an inline table"))
        self._expect("}", start, "an inline table without its '}'")
        if self.line(start) != self.line(self.at - 1):
            self.lines.newer.append((self.line(start), "an inline table over several lines"))
