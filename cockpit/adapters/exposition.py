"""Prometheus' text format, and what OpenMetrics adds to it, read as strictly as it is written.

https://prometheus.io/docs/instrumenting/exposition_formats/. Values stay exact. Only samples of the
wanted names are kept, yet every line must be one: an error page, or half an answer, is no exposition. Nor is one that
does not end with a line feed, as the format demands: cut off within a number, 512 looks like 5.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cockpit.core.reading.tally import Labels
from cockpit.core.text.inert import inert

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|(?=\}))')
_REST = re.compile(r"\s+(\S+)(?:\s+([-+0-9.eE]+))?\s*(?:#.*)?")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "\\": "\\", '"': '"'}
_NOT_FINITE = {"nan": "NaN", "+inf": "Infinity", "inf": "Infinity", "-inf": "-Infinity"}

_MILLISECONDS = 10**11
_LONGEST_NUMBER = 40
"""Digits beyond these are no count of anything."""
_LARGEST = 308
"""A 64-bit float, which is what the format has, goes as far as 10 to this power."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: a series and its value, which may be no number or no finite one."""

    name: str
    labels: Labels
    value: Decimal
    at: Decimal | None = None
    """When it was measured, in seconds of the epoch, where the line says so."""


def samples(text: str, wanted: Collection[str]) -> list[Sample]:
    """The samples of the wanted names. Raises ValueError with a sentence for what is no exposition."""
    found: dict[tuple[str, Labels], Sample] = {}
    lines = 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        lines += 1
        head = _NAME.match(line)
        if head is None or line[head.end() : head.end() + 1] not in ("{", " ", "\t"):
            raise ValueError(_no_sample(number, line))
        if head[0] not in wanted:
            continue
        sample = _sample(head, line)
        if sample is None:
            raise ValueError(_no_sample(number, line))
        if (sample.name, sample.labels) in found:
            raise ValueError(f"Line {number} gives a series a second time: {inert(line, limit=60)}.")
        found[sample.name, sample.labels] = sample
    if not lines:
        raise ValueError("There is no metric in it.")
    if not text.endswith("\n"):
        raise ValueError("It is cut off: its last line has no end.")
    return list(found.values())


def _no_sample(number: int, line: str) -> str:
    return f"Line {number} is no sample: {inert(line, limit=60)}."


def _sample(head: re.Match[str], line: str) -> Sample | None:
    labels: Mapping[str, str] | None = {}
    at = head.end()
    if line[at] == "{":
        labels, at = _labels(line, at + 1)
    rest = _REST.fullmatch(line, at) if labels is not None else None
    value = number(rest[1]) if rest is not None else None
    if labels is None or value is None:
        return None
    return Sample(head[0], frozenset(labels.items()), value, _stamp(rest[2]) if rest is not None else None)


def _stamp(text: str | None) -> Decimal | None:
    """The text format has milliseconds, OpenMetrics seconds: they meet in the year 5138, or in 1973."""
    stamp = number(text or "")
    return stamp if stamp is None or abs(stamp) < _MILLISECONDS else stamp / 1000


def _labels(line: str, at: int) -> tuple[dict[str, str] | None, int]:
    """The labels from behind the brace on, and where what follows them begins; None where they are broken."""
    labels: dict[str, str] = {}
    while (match := _LABEL.match(line, at)) is not None:
        labels[match[1]] = _ESCAPED.sub(lambda escape: _ESCAPES.get(escape[1], escape[0]), match[2])
        at = match.end()
    while line[at : at + 1] == " ":
        at += 1
    return (labels, at + 1) if line[at : at + 1] == "}" else (None, at)


def number(text: str) -> Decimal | None:
    """A value as Prometheus writes it, exact; NaN and the infinities too, None for anything else."""
    if (word := _NOT_FINITE.get(text.lower())) is not None:
        return Decimal(word)
    if len(text) > _LONGEST_NUMBER or _NUMBER.fullmatch(text) is None:
        return None
    value = Decimal(text)
    return value if value.adjusted() <= _LARGEST else Decimal("Infinity")
