"""What is configured against what a deployment was built with: names that differ, never a value.

A running container does not see a change; it comes with the next deployment (`railway/api.md` 4 [D]).
So the difference is what a deploy would bring beside its code, and what a rollback would take away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drift:
    """Variables that differ, each name in one place, sorted."""

    added: tuple[str, ...] = ()
    """Configured, and the deployment was built without."""
    removed: tuple[str, ...] = ()
    """The deployment was built with it, and it is not configured any more."""
    changed: tuple[str, ...] = ()
    """Both, with another value."""
    unknown: tuple[str, ...] = ()
    """Sealed: Railway tells their values nowhere."""

    @property
    def names(self) -> tuple[str, ...]:
        """All that is known to differ."""
        return (*self.added, *self.removed, *self.changed)


@dataclass(frozen=True, slots=True)
class Configured:
    """The variables the next deployment of a service would get."""

    own: Mapping[str, str]
    """As written, with references."""
    rendered: Mapping[str, str]
    """With references resolved, and with what Railway provides."""
    shared: Mapping[str, str]
    sealed: frozenset[str] = frozenset()


def drift(configured: Configured, running: Mapping[str, str]) -> Drift:
    """How the configuration differs from what a deployment was built with.

    Whether a snapshot holds values as written or resolved is documented nowhere, so a value that equals
    either is the same. What Railway provides of itself (`RAILWAY_...`) is nobody's change.
    """
    meant = dict(configured.own)
    for name, value in configured.shared.items():
        if name in running or name in configured.rendered:
            meant.setdefault(name, value)
    open_names = set(meant) - configured.sealed
    forms = {name: {meant[name], configured.rendered.get(name, meant[name])} for name in open_names}
    provided = set(configured.rendered) - set(meant)
    return Drift(
        added=tuple(sorted(open_names - set(running))),
        removed=tuple(sorted(set(running) - set(meant) - configured.sealed - provided)),
        changed=tuple(sorted(name for name in open_names & set(running) if running[name] not in forms[name])),
        unknown=tuple(sorted(configured.sealed)),
    )
