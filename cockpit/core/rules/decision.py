"""What a rule is: a pure function from state, command and instant to events, or to a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cockpit.core.commands import Refusal
from cockpit.core.events import Body
from cockpit.core.state import State

Decision = tuple[Body, ...] | Refusal
"""The events of a command, or why it is not done."""

Rules = Mapping[type[Any], Callable[[State, Any, datetime], Decision]]
"""Command type to its rule."""
