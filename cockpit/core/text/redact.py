"""Secrets out of text: known values, wherever they turn up, become one mark.

Pure: it is told the values. Found are a value as it is, each line of one that has several, as
JSON and percent-encoding write it, and the passwords and tokens inside an address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

MARK = "•••"
SHORTEST = 6
"""Shorter values are left alone: they would blank ordinary words and hide nothing worth hiding."""

# libpq's other way to write an address: host=... password=... (PostgreSQL's documentation, 32.1.1.1).
_KEYWORD_PASSWORD = re.compile(r"\b(?:ssl)?password\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))")
_SECRET_NAME = re.compile(r"pass|token|secret|key|auth|sig", re.IGNORECASE)


class Redactor:
    """Takes a fixed set of secrets out of any text."""

    __slots__ = ("_needles",)

    def __init__(self, values: Iterable[str]) -> None:
        needles = {form for value in values for form in _forms(value)}
        self._needles = tuple(needle for needle in needles if len(needle) >= SHORTEST)

    def clean(self, text: str) -> str:
        """The text with every secret in it as `•••`; secrets that overlap become one mark."""
        if not any(needle in text for needle in self._needles):  # nearly every log line
            return text
        spans = sorted(span for needle in self._needles for span in _places(needle, text))
        pieces, at, covered = [], 0, 0
        for start, end in spans:
            if start >= covered:
                pieces += [text[at:start], MARK]
            at = covered = max(covered, end)
        return "".join([*pieces, text[at:]])

    def __repr__(self) -> str:
        return f"Redactor({len(self._needles)} forms)"


def _places(needle: str, text: str) -> Iterator[tuple[int, int]]:
    at = text.find(needle)
    while at >= 0:
        yield at, at + len(needle)
        at = text.find(needle, at + 1)


def _forms(value: str) -> Iterator[str]:
    for secret in (value, *value.splitlines(), *_inside(value)):
        bare = secret.strip()
        yield from (bare, quote(bare, safe=""), quote(bare), quote_plus(bare))
        yield from (json.dumps(bare)[1:-1], json.dumps(bare, ensure_ascii=False)[1:-1])


def _inside(value: str) -> Iterator[str]:
    """What is secret in an address: its password, and parameters named like one."""
    for match in _KEYWORD_PASSWORD.finditer(value):
        yield re.sub(r"\\(.)", r"\1", match[1]) if match[1] is not None else match[2]
    if "://" not in value:
        return
    try:
        parts = urlsplit(value)
    except ValueError:
        return
    if parts.password:
        yield parts.password
        yield unquote(parts.password)
    for name, parameter in parse_qsl(parts.query):
        if _SECRET_NAME.search(name):
            yield parameter
