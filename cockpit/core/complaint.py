"""What is wrong with a file, said where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from cockpit.core.text.inert import inert

KeyPath = tuple[str | int, ...]
"""Keys and list positions from the top of a file, as in `("phases", 2, "items", 0)`."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong at one place: what it is, and what to do about it. Advice has the same shape."""

    path: KeyPath
    what: str
    remedy: str = ""
    shown: str = ""
    """The place itself, such as an expression with a caret under it; lines of their own."""

    def __str__(self) -> str:
        where = show_path(self.path)
        words = f"{where + ': ' if where else ''}{self.what} {self.remedy}".rstrip()
        return "\n    ".join((words, *self.shown.splitlines()))


def show_path(path: KeyPath) -> str:
    """A key path as a person reads it: `phases[3].items[1]`, lists counted from 1."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part + 1}]"
        else:
            plain = part.replace("_", "").replace("-", "").isalnum() and part.isascii()
            key = part if plain else f'"{inert(part, limit=60)}"'
            shown += f".{key}" if shown else key
    return shown


def nearest(name: str, names: Iterable[str]) -> str:
    """`Did you mean 'x'?`, or the names there are, or nothing when there are none."""
    known = sorted(set(names))
    close = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{inert(close[0], limit=60)}'?"
    if not known:
        return ""
    shown = ", ".join(inert(each, limit=40) for each in known[:12])
    return f"There is {shown}." if len(known) <= 12 else f"There is {shown} and {len(known) - 12} more."
