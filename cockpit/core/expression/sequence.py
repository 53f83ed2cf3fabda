"""Lines in order: `lines.inOrder(['asked to stop', 'bye'])`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cockpit.core.expression.pattern import Pattern
from cockpit.core.expression.values import Spend, kind_of
from cockpit.errors import ExpressionError


def first_unmet(
    lines: Sequence[object], patterns: Sequence[object], compiled: Callable[[object], Pattern], spend: Spend
) -> int | None:
    """The number of the first pattern that no line meets after the line that met the one before; None if all are.

    Raises ExpressionError for a line that is no text.
    """
    if not patterns:
        raise ExpressionError("'inOrder' was given no pattern.", "Write the lines that must come, in order.")
    place = 0
    for number, source in enumerate(patterns):
        pattern = compiled(source)
        while place < len(lines):
            line = lines[place]
            place += 1
            if not isinstance(line, str):
                raise ExpressionError(
                    f"'inOrder' goes over texts, and one is {kind_of(line)}.", "Name a list of lines."
                )
            spend(1)
            if pattern.is_in(line, spend):
                break
        else:
            return number
    return None
