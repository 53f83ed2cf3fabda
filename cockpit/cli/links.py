"""A plan's connections made one by one: one that cannot be made hides no other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cockpit.adapters.secrets import Vault
from cockpit.clock import RealClock
from cockpit.core.plan import Plan
from cockpit.errors import CockpitError
from cockpit.links import Links, connect


@dataclass(slots=True)
class Made:
    """The connections that could be made, and why the others could not."""

    links: Links = field(default_factory=Links)
    broken: dict[str, CockpitError] = field(default_factory=dict)


def made(plan: Plan, names: Iterable[str], vault: Vault) -> Made:
    """These connections of a plan, one after the other: a command that fetches a secret may ask its operator."""
    result = Made()
    for name in dict.fromkeys(names):
        alone = plan.model_copy(update={"connections": {name: plan.connections[name]}})
        try:
            links = connect(alone, vault, RealClock())
        except CockpitError as error:
            result.broken[name] = error
        else:
            result.links.sources |= links.sources
    return result
