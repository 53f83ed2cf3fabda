"""Instants and lengths of time as screens and reports say them: UTC, 24 hours, largest units."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cockpit.core.span import clock_face, show_span

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def utc(at: datetime) -> str:
    """`12:01:22`."""
    return at.astimezone(UTC).strftime("%H:%M:%S")


def stamp(at: datetime) -> str:
    """`2026-01-31 12:01:22 UTC`, for the record."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def moment(at: datetime, now: datetime) -> str:
    """`12:01:22`, with the date before it on another day than `now`."""
    same = at.astimezone(UTC).date() == now.astimezone(UTC).date()
    return utc(at) if same else f"{at.astimezone(UTC):%Y-%m-%d} {utc(at)}"


def rough(span: timedelta) -> str:
    """A length of time in its two largest units: `12s`, `3m20s`, `2h5m`, `1d4h`."""
    if abs(span) >= _DAY:
        unit = _HOUR
    elif abs(span) >= _HOUR:
        unit = timedelta(minutes=1)
    else:
        unit = timedelta(seconds=1)
    return show_span(span // unit * unit if span >= timedelta() else -(-span // unit * unit))


def ago(at: datetime, now: datetime) -> str:
    """`12s ago`, `just now`; an instant to come is told as such."""
    if at > now:
        return f"in {rough(at - now)}"
    return f"{rough(now - at)} ago" if now - at >= timedelta(seconds=1) else "just now"


def until(at: datetime, now: datetime) -> str:
    """`in 1:48`, `overdue by 0:12`."""
    return f"in {clock_face(at - now)}" if now <= at else f"overdue by {clock_face(now - at)}"
