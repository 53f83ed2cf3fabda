"""A log line that is a JSON object, taken apart: what it says, how bad it is, and the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass

_LONGEST = 20_000
"""Characters of a line that are read as JSON; a longer one is text."""
_MESSAGE_KEYS = ("message", "msg", "event", "text")
_LEVEL_KEYS = ("level", "lvl", "severity", "levelname")
_NUMBERED = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
"""Levels of pino and bunyan (https://getpino.io/#/docs/api?id=loggerlevels-object)."""


@dataclass(frozen=True, slots=True)
class LogRecord:
    """What a structured line holds. All of it is text from outside."""

    message: str
    level: str
    """The word it uses; empty where it names none."""
    attributes: tuple[tuple[str, str], ...]
    """Everything else; what is no text is JSON."""


def record(text: str) -> LogRecord | None:
    """The line as a record, or None where it is no JSON object, or one without a message."""
    stripped = text.strip()
    if not (stripped.startswith("{") and stripped.endswith("}")) or len(stripped) > _LONGEST:
        return None
    try:
        held = json.loads(stripped)
    except (ValueError, RecursionError):
        return None
    key = next((key for key in _MESSAGE_KEYS if isinstance(held.get(key), str)), None)
    if key is None:
        return None
    level = next((held[name] for name in _LEVEL_KEYS if name in held), "")
    rest = {name: value for name, value in held.items() if name != key and name not in _LEVEL_KEYS}
    return LogRecord(held[key], _word(level), tuple((name, as_text(value)) for name, value in rest.items()))


def as_text(value: object) -> str:
    """A value of JSON in words."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _word(level: object) -> str:
    if isinstance(level, int):
        return _NUMBERED.get(level, "")
    return level if isinstance(level, str) else ""
