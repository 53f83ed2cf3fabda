"""Pieces of a Markdown page. Text from outside goes through `md`, so that it is words on the page and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from cockpit.view.fit import foreign
from cockpit.view.times import stamp

BLANK = "not answered"
"""What stands where a blank of the runbook stayed empty."""

# CommonMark 0.30, section 2.4: ASCII punctuation may be escaped. Angle brackets and ampersands as entities, which
# renderers that pass HTML through respect too; an @ as well, or a pasted report would call people.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}
_SPECIAL = re.compile(r"([\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_]))")
_AT_START = re.compile(r"^(\d*)([.)]|[-+#=])")
_AUTOLINK = re.compile(r"(?i)\b(www\.|https?:)")


def md(text: object, *, limit: int = 2000) -> str:
    """Foreign text as Markdown that shows it letter by letter, on one line; addresses are no links."""
    plain = foreign(text, limit=limit).strip()
    for character, entity in _ENTITIES.items():
        plain = plain.replace(character, entity)
    plain = _AUTOLINK.sub(lambda found: f"{found[1][:-1]}\\{found[1][-1]}", _SPECIAL.sub(r"\\\1", plain))
    return _AT_START.sub(lambda found: f"{found[1]}\\{found[2]}", plain)


def when(at: datetime | None) -> str:
    """An instant in UTC, or the blank."""
    return stamp(at) if at is not None else BLANK


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table of cells that are Markdown already; nothing at all without rows."""
    lines = [_row(row) for row in rows]
    return [_row(heads), _row(["---"] * len(heads)), *lines, ""] if lines else []


def section(title: str, lines: Sequence[str], *, level: int = 2, empty: str = "") -> list[str]:
    """A heading and its lines; where there are none, what `empty` says, or nothing."""
    if not lines and not empty:
        return []
    body = list(lines) or [empty, ""]
    return [f"{'#' * level} {title}", "", *body, *([""] if body[-1] else [])]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
