"""Frames of log lines as a hurried log store delivers them: in another order, or in two parts."""

from __future__ import annotations

from typing import Any

Frame = dict[str, Any]
"""The payload of one `next`."""


def backwards(frame: Frame) -> Frame:
    """The lines of a frame newest first."""
    return _each(frame, lambda lines: lines[::-1])


def halves(frame: Frame) -> tuple[Frame, Frame]:
    """The lines now, and every second one, which comes later."""
    return _each(frame, lambda lines: lines[::2]), _each(frame, lambda lines: lines[1::2])


def _each(frame: Frame, arranged: Any) -> Frame:
    data = {name: arranged(value) if isinstance(value, list) else value for name, value in frame["data"].items()}
    return frame | {"data": data}
