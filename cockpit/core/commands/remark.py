"""Words and evidence for the record."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit.core.text.logline import LogLine


@dataclass(frozen=True, slots=True)
class Note:
    """Words for the record."""

    text: str
    item: str | None = None


@dataclass(frozen=True, slots=True)
class PinLine:
    """Keep a log line as evidence, beside the row it speaks of where one is named."""

    line: LogLine
    item: str | None = None
