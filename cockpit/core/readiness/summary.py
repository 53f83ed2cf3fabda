"""What findings come to: ready, unknown or not ready, and what is lacking."""

from __future__ import annotations

from cockpit.core.finding import Finding


def light(found: tuple[Finding, ...]) -> tuple[bool | None, str]:
    """The worst of them: not ready, unknown, or ready; and why."""
    for worst in (False, None):
        words = [each.words for each in found if each.ready is worst and not each.remark]
        if words:
            return worst, words[0]
    return True, ""


def is_worse(ready: bool | None, before: bool | None) -> bool:  # noqa: FBT001  (two lights, held against each other)
    """Whether one light says less good than another."""
    order = (False, None, True)
    return order.index(ready) < order.index(before)


def lacks(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What keeps a level from being ready, the worst first."""
    against = [each for each in found if not each.ready and not each.remark]
    return tuple(sorted(against, key=lambda each: each.ready is None))
