"""`doctor`, and a plan's connections made one by one: one that cannot be made hides no other."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cockpit.adapters.secrets import Vault
from cockpit.cli.plans import planned
from cockpit.clock import RealClock
from cockpit.core.inert import inert
from cockpit.core.plan import Plan
from cockpit.errors import CockpitError
from cockpit.links import Links, connect
from cockpit.ports import Link

WORK, FAIL, UNTOLD = 0, 1, 3

_PATIENCE = 20.0
"""Machine seconds a connection has to answer `doctor`."""


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


def doctor(arguments: argparse.Namespace) -> int:
    """A paragraph a connection: does it work, with which rights, how fast, what to do when not. 0 when all work."""
    plan = planned(arguments)
    vault = arguments.vault = Vault()
    links = asyncio.run(_examined(plan, vault))
    width = max((len(link.connection) for link in links), default=0)
    for link in links:
        for line in _lines(link, width):
            print(inert(vault.redact(line)))
    broken = [link.connection for link in links if not link.ok]
    print(_summary(len(links), broken))
    return FAIL if broken else WORK if links else UNTOLD


async def _examined(plan: Plan, vault: Vault) -> list[Link]:
    connections = made(plan, plan.connections, vault)
    try:
        return await asyncio.gather(*(_examine(name, connections) for name in plan.connections))
    finally:
        await connections.links.close()


async def _examine(name: str, connections: Made) -> Link:
    error = connections.broken.get(name)
    if error is not None:
        return Link(name, ok=False, summary=error.what, milliseconds=0, remedy=error.remedy)
    try:
        async with asyncio.timeout(_PATIENCE):
            return await connections.links.sources[name].examine()
    except TimeoutError:
        what, remedy = f"It did not answer within {_PATIENCE:.0f} s.", "See whether it is up, and the way to it open."
        return Link(name, ok=False, summary=what, milliseconds=0, remedy=remedy)


def _lines(link: Link, width: int) -> Iterator[str]:
    took = f", {link.milliseconds} ms" if link.ok and link.milliseconds and " ms" not in link.summary else ""
    yield f"{'ok  ' if link.ok else 'FAIL'}  {link.connection:{width}}  {link.summary}{took}"
    for line in (*link.details, *link.warnings, link.remedy):
        if line:
            yield f"{'':{width + 8}}{line}"


def _summary(count: int, broken: list[str]) -> str:
    if not count:
        return "The plan has no connections."
    if not broken:
        return "The connection works." if count == 1 else f"All {count} connections work."
    return f"{len(broken)} of {count} connections {'does' if len(broken) == 1 else 'do'} not work: {', '.join(broken)}."
