"""Lists as sets: whether a value is among others, what is missing of an expected set, what is extra.

A group that has no row is missing, not zero: only a set that is written down can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cockpit.core.expression.values import Kind, Spend, equal, kind_of
from cockpit.errors import ExpressionError

CLAIMS = ("hasAll", "hasOnly", "hasExactly")
"""Methods that hold a list against an expected one: nothing missing, nothing extra, neither."""


def is_among(element: object, group: Sequence[object], spend: Spend, *, wanted_by: str = "'in'") -> bool:
    """Whether an equal element is in the group; null is equal to null alone.

    Raises ExpressionError where it is not, and others of another kind are: that is a mistake in the plan.
    """
    wanted = kind_of(element)
    spend(len(group) // 8)
    alike = [other for other in group if kind_of(other) is wanted]
    if any(equal(element, other, spend, nesting=1) for other in alike):
        return True
    strangers = {kind_of(other) for other in group} - {wanted, Kind.NULL}
    if strangers and wanted is not Kind.NULL:
        raise ExpressionError(f"{wanted_by} compares {wanted} with {min(strangers)}.", "List values of one kind.")
    return False


def missing(have: Sequence[object], expected: Sequence[object], spend: Spend) -> list[object]:
    """What is expected and not there, each once, in the order in which it is expected."""
    return distinct([element for element in expected if not is_among(element, have, spend, wanted_by="A set")], spend)


def distinct(elements: Sequence[object], spend: Spend) -> list[object]:
    """Each element once, where it stands first."""
    found: list[object] = []
    for element in elements:
        if not is_among(element, found, spend, wanted_by="A set"):
            found.append(element)
    return found


def differences(
    name: str, have: Sequence[object], expected: Sequence[object], spend: Spend
) -> tuple[list[object], list[object]]:
    """What is missing and what is extra, as far as a claim asks for it."""
    lacking = missing(have, expected, spend) if name != "hasOnly" else []
    beyond = missing(expected, have, spend) if name != "hasAll" else []
    return lacking, beyond


def of_sets(name: str, have: Sequence[object], expected: Sequence[object], spend: Spend) -> object:
    """`have.name(expected)` of `missing`, `extra` and the claims."""
    if name in CLAIMS:
        return not any(differences(name, have, expected, spend))
    return _LEFT_OVER[name](have, expected, spend)


_LEFT_OVER: Mapping[str, Callable[[Sequence[object], Sequence[object], Spend], object]] = {
    "missing": missing,
    "extra": lambda have, expected, spend: missing(expected, have, spend),
}
