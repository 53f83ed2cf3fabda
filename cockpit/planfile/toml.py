"""TOML 1.0 text to a document, with the line of every key and its errors in plain words."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Any

from cockpit.core.complaint import Complaint
from cockpit.core.text.inert import inert
from cockpit.planfile.lines import Lines, scan
from cockpit.planfile.secrets import blot

MAX_BYTES = 1_000_000
"""The longest of the known runbooks makes a plan of 20 kB."""


@dataclass(frozen=True, slots=True)
class Found:
    """A complaint and where it stands."""

    complaint: Complaint
    line: int | None = None
    column: int | None = None

    def show(self, file: str) -> str:
        """As in `plan.toml:42: checks.stuck.sql: What. What to do.`, inert and without secrets, a caret below it."""
        place = "".join(f":{number}" for number in (self.line, self.column) if number is not None)
        return "\n".join(inert(line) for line in blot(f"{file}{place}: {self.complaint}").split("\n"))


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML text as far as it could be read; without `values` it could not."""

    values: dict[str, Any] | None
    lines: Lines
    found: tuple[Found, ...] = ()


def read(path: Path) -> str | Complaint:
    """The text of a file, or why there is none."""
    try:
        if not S_ISREG(path.stat().st_mode):
            return _unreadable("This is no file.", "Name a TOML file.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return _unreadable("There is no such file.", "Check the path.")
    except PermissionError:
        return _unreadable("This file may not be read.", "Ask its owner, or change its mode.")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return _unreadable(f"This file cannot be read: {reason}.", "Check the path.")
    if len(content) > MAX_BYTES:
        return _unreadable(f"This file is longer than {MAX_BYTES:,} bytes.", "Name a TOML file.")
    if b"\0" in content:
        return _unreadable("This file is binary.", "Name a TOML file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _unreadable(f"Line {line} is not UTF-8.", "Save the file as UTF-8.")


def _unreadable(what: str, remedy: str) -> Complaint:
    return Complaint((), what, remedy)


def parse(text: str) -> Document:
    """Read a text. Never raises; what is wrong is in `found`."""
    lines = scan(text)
    newer = [
        Found(Complaint((), f"This is TOML 1.1: {what}.", _OLDER), line) for line, what in sorted(set(lines.newer))
    ]
    twice = [
        Found(Complaint(path, f"This stands twice, first on line {first}.", "Keep one of the two."), line)
        for path, line, first in lines.twice
    ]
    too_much = Found(
        Complaint((), "A value is too long, or nested too deeply, to be read.", "Write less."), lines.excess
    )
    if lines.excess is not None:
        return Document(None, lines, (too_much,))
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _explained(str(error), lines, newer, twice)
        return Document(None, lines, tuple(found))
    except (RecursionError, ValueError):  # a number of more than 4,300 digits
        return Document(None, lines, (too_much,))
    return Document(None if newer else values, lines, tuple(newer))  # Python 3.15 reads TOML 1.1


_OLDER = "Plans are TOML 1.0: inline tables on one line, no comma at their end, no \\e and \\x."
_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_WORDS = (
    ("Illegal character '\\n'", "A text ends with its line.", 'Close the quotation mark, or begin and end with """.'),
    ("Illegal character", "A control character stands here.", "Take it out, or write it as an escape."),
    ("Invalid value", "This is no value.", "Put text into quotation marks; a list into [ ]."),
    ("Invalid statement", "This is no line of TOML.", "Write key = value, or [table]."),
    ("Invalid initial character for a key", "A key is expected here.", "Write key = value."),
    ("Expected '=' after a key", "This key has no value.", "Write key = value."),
    ("Expected newline", "Something follows the value.", "Put text into quotation marks, one key on a line."),
    ("Unescaped '\\'", "TOML knows no such escape.", "Write \\\\ for one backslash, or put the text into '...'."),
    ("Expected ']'", "This table's name is not closed.", "Write [table] or [[table]] on a line of its own."),
    ("Unclosed inline table", "This inline table is not closed.", "Put commas between its entries and a } at its end."),
    ("Unclosed array", "This list is not closed.", "Put commas between its entries and a ] at its end."),
    ("Cannot", "This is defined twice, or not the table it was.", "Keep one of the two."),
)


def _explained(message: str, lines: Lines, newer: list[Found], twice: list[Found]) -> list[Found]:
    """The scan knows better what a 1.1 table, a duplicate or an unclosed text is, and where it began."""
    match = _PLACE.fullmatch(message)
    reason = match[1] if match else message
    line, column = (int(match[2]), int(match[3])) if match and match[2] else (None, None)
    if any(found.line == line for found in newer):
        return newer + twice
    if twice and reason.startswith("Cannot"):
        return newer + twice
    if line is None and lines.torn is not None:
        begun, what = lines.torn
        return [Found(Complaint((), f"Here begins {what}.", "Finish it."), begun)]
    for start, what, remedy in _WORDS:
        if reason.startswith(start):
            return [Found(Complaint((), what, remedy), line, column)]
    return [Found(Complaint((), f"This is no TOML: {reason}.", "Mend it."), line, column)]
