"""Answers of people to asks: from typed text to a value that can be bound."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from cockpit.core.plan import Ask


def value_of(ask: Ask, text: str) -> object:
    """The typed value of an answer. Raises ValueError with two sentences for a person."""
    text = text.strip()
    if not text:
        raise ValueError("Nothing was typed. Give a value.")
    match ask.type:
        case "uuid":
            return _parsed(lambda: UUID(text), text, "a UUID, 8-4-4-4-12 hexadecimal digits")
        case "int":
            return _parsed(lambda: int(text), text, "a whole number")
        case "decimal":
            return _parsed(lambda: _finite(text), text, "a number")
        case "time":
            return _parsed(lambda: _aware(text), text, "a time with its zone, such as 2026-01-31T14:00:00Z")
        case "choice":
            if text not in ask.options:
                raise ValueError(f"'{text}' is none of the options. Choose {', '.join(ask.options)}.")
            return text
        case _:
            return text


def samples(ask: Ask) -> tuple[object, ...]:
    """Values an answer may have, to try with whether they fit a statement: each option of a choice, else one.

    A text may be anything, so nothing stands for it: null fits every type.
    """
    match ask.type:
        case "uuid":
            return (UUID(int=0),)
        case "int":
            return (0,)
        case "decimal":
            return (Decimal(0),)
        case "time":
            return (datetime(2000, 1, 1, tzinfo=UTC),)
        case "choice":
            return ask.options or (None,)
        case _:
            return (None,)


def _parsed(parse: Callable[[], object], text: str, wanted: str) -> object:
    try:
        return parse()
    except (ValueError, InvalidOperation):
        raise ValueError(f"'{text[:60]}' does not fit. Type {wanted}.") from None


def _finite(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError
    return number


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError
    return at
