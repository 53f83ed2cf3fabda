"""Output for machines: JSON that is also harmless to the terminal it may be printed on."""

from __future__ import annotations

import json


def text(value: object) -> str:
    """JSON in which letters are themselves, and everything without a shape of its own is escaped.

    Control, bidirectional and zero-width characters of foreign text keep their meaning for a
    reader of JSON and have no power over a terminal (`core/text/inert.py` says which they are).
    """
    return _harmless(json.dumps(value, indent=2, ensure_ascii=False))


def line(value: object) -> str:
    """The same on one line, for whoever reads objects as they come."""
    return _harmless(json.dumps(value, ensure_ascii=False))


def _harmless(plain: str) -> str:
    return "".join(each if each == "\n" or each.isprintable() else json.dumps(each)[1:-1] for each in plain)
