"""Time stamps as texts have them, and how long ago something was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cockpit.core.expression.values import kind_of
from cockpit.errors import ExpressionError

_LONGEST = 40
_ZONE = "Give it one, as in 2026-03-01T12:00:00Z."


def parse_moment(text: str) -> datetime:
    """A time stamp as ISO 8601 and RFC 3339 write it, with its time zone; in UTC. Raises ExpressionError."""
    try:
        moment = datetime.fromisoformat(text.strip()) if len(text) <= _LONGEST else None
        if moment is not None and moment.utcoffset() is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise ExpressionError("This text is no time stamp.", "Write one as 2026-03-01T12:00:00Z.")
    raise ExpressionError("This time stamp has no time zone.", _ZONE)


def as_moment(value: object, wanted_by: str) -> datetime:
    """A time stamp with a time zone, or a text read as one. Raises ExpressionError."""
    if isinstance(value, str):
        return parse_moment(value)
    if not isinstance(value, datetime):
        remedy = "Ask for a timestamptz, or a text as 2026-03-01T12:00:00Z."
        raise ExpressionError(f"{wanted_by} takes a time stamp, but this is {kind_of(value)}.", remedy)
    if value.utcoffset() is None:
        remedy = "Give it one in the source, as in at time zone 'UTC'."
        raise ExpressionError(f"{wanted_by} was given a time stamp without a time zone.", remedy)
    return value


def age_of(value: object, now: object) -> timedelta:
    """How long before `now` a moment was; below zero for one to come. Raises ExpressionError."""
    moment = as_moment(value, "'age'")
    if not isinstance(now, datetime):
        raise ExpressionError("'age' has no present here.", "Use it in a pass, an alert or a trigger.")
    return now - moment
