r"""Which log lines are shown: one line of words that an operator types, understood or complained about.

`deployment:new -health /took \d{4,} ms/` shows lines of the new deployment that do not say `health` and took
long. Every term must hold. Gaps pass whatever is asked: what is missing concerns every filter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cockpit.core.expression.pattern import Pattern
from cockpit.core.text.logline import LogGap, LogLine
from cockpit.core.text.logrecord import record
from cockpit.errors import ExpressionError

Roles = Mapping[str, str]
"""Deployment id to `old` or `new`."""

LEVELS = ("all", "info", "warn", "error")
LONGEST = 1000
"""Characters of a line that a pattern looks at: its time grows with them."""
KEYS = ("service", "deployment", "instance", "level")
USAGE = 'words, "a phrase", /a pattern/, service:web, deployment:new, instance:ID, level:warn, @attribute:value, -not'

_RANK = {"debug": 0, "info": 1, "warn": 2, "warning": 2, "error": 3}
_TERM = re.compile(r'(?P<no>-?)(?:/(?P<pattern>.*?)(?<!\\)/(?=\s|$)|(?P<word>(?:@?[\w.-]+:)?"[^"]*"?|\S+))')

_Test = Callable[[LogLine, Roles], bool]


def rank(level: str) -> int:
    """How bad a level is. The platform's own lines and levels nobody knows count as worse than an error."""
    return _RANK.get(level.lower(), 9)


def is_trouble(entry: LogLine | LogGap) -> bool:
    """An error, or a hole in what was delivered."""
    return isinstance(entry, LogGap) or entry.level.lower() in ("error", "critical")


@dataclass(frozen=True, slots=True)
class Sieve:
    """A filter that was understood."""

    words: str = ""
    """As it was typed; empty lets everything pass."""
    tests: tuple[_Test, ...] = ()
    is_slow: bool = False
    """It holds a pattern: some microseconds a line."""

    def passes(self, entry: LogLine | LogGap, roles: Roles) -> bool:
        return isinstance(entry, LogGap) or all(test(entry, roles) for test in self.tests)


def sieve(words: str) -> Sieve:
    """The filter that an operator typed. Raises ExpressionError for a pattern that is none, or a level nobody has."""
    found = list(_TERM.finditer(words))
    tests = [_negated(_test(match)) if match["no"] and match[0] != "-" else _test(match) for match in found]
    return Sieve(words.strip(), tuple(tests), any(match["pattern"] is not None for match in found))


def _test(match: re.Match[str]) -> _Test:
    if match["pattern"] is not None:
        return _matching(match["pattern"])
    word = match["word"]
    key, colon, value = word.partition(":")
    value = value.strip('"')
    if colon and value and (key in KEYS or key.startswith("@")):
        return _field(key, value)
    return _holding(word.strip('"'))


def _field(key: str, value: str) -> _Test:
    wanted = value.casefold()
    match key:
        case "service":
            return lambda line, _: line.service.casefold() == wanted
        case "deployment":
            return lambda line, roles: roles.get(line.deployment) == wanted or line.deployment.startswith(wanted)
        case "instance":
            return lambda line, _: line.instance.startswith(wanted)
        case "level":
            if wanted not in _RANK:
                raise ExpressionError(f"There is no level '{value[:40]}'.", f"Take {', '.join(LEVELS[1:])} or debug.")
            least = _RANK[wanted]
            return lambda line, _: rank(line.level) >= least
    return lambda line, _: any(name == key[1:] and held.casefold() == wanted for name, held in attributes(line))


def _holding(words: str) -> _Test:
    wanted = words.casefold()
    return lambda line, _: wanted in line.text.casefold()


def _matching(source: str) -> _Test:
    pattern = Pattern(source.replace("\\/", "/"))
    return lambda line, _: pattern.is_in(line.text[:LONGEST], lambda _: None)


def _negated(test: _Test) -> _Test:
    return lambda line, roles: not test(line, roles)


def attributes(line: LogLine) -> tuple[tuple[str, str], ...]:
    """What a line says besides its words: what came with it, and what its JSON holds."""
    held = record(line.text)
    return line.attributes + (held.attributes if held else ())
