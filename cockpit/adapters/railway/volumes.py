"""Which volumes there are, and which of them a service mounts, and where.

Railway's `volumeInstanceUpdate` disconnects a volume whenever no service is named, and changes all
environments when none is (`schema.graphql`): so both are always said. Nothing here deletes one.
"""

from __future__ import annotations

from collections.abc import Sequence

from cockpit.adapters.railway import shapes
from cockpit.adapters.railway.client import Client, Json
from cockpit.adapters.railway.refusal import insist
from cockpit.core.text.inert import inert
from cockpit.errors import Missing, Refused
from cockpit.ports import Scope, Volume


async def volumes(client: Client, scope: Scope, service_id: str, *, urgent: bool) -> tuple[Volume, ...]:
    """All of the environment, as a service sees them. Raises SourceError."""
    names = {known: name for name, known in scope.services.items() if name != known}
    found: list[Volume] = []
    after = None
    while True:
        data = await client.ask("volumes", urgent=urgent, environmentId=scope.environment_id, after=after)
        with shapes.understood("volumes"):
            page = data["environment"]["volumeInstances"]
            for node in shapes.nodes(page):
                mounts = node["serviceId"]
                found.append(
                    Volume(
                        id=node["volumeId"],
                        name=node["volume"]["name"],
                        path=node["mountPath"],
                        service=mounts and names.get(mounts, mounts),
                        is_here=mounts == service_id,
                        state=node["state"],
                    )
                )
            if not page["pageInfo"]["hasNextPage"]:
                return tuple(found)
            after = page["pageInfo"]["endCursor"]


async def mount(client: Client, scope: Scope, service: str, path: str | None, name: str | None) -> None:
    """The volume meant, at this path or the one it had. Raises Refused or Missing where none is certain."""
    service_id = scope.services[service]
    found = await volumes(client, scope, service_id, urgent=True)
    one = _named(found, service, name) if name is not None else _mounted(found, service)
    where = {} if path is None else {"mountPath": path}
    await _update(client, scope, one, {"serviceId": service_id, **where})


async def unmount(client: Client, scope: Scope, service: str) -> None:
    """The volume of a service, which keeps its place and what is in it. Raises Missing where it mounts none."""
    found = await volumes(client, scope, scope.services[service], urgent=True)
    await _update(client, scope, _mounted(found, service), {"serviceId": None})


def _mounted(found: Sequence[Volume], service: str) -> Volume:
    """The one volume of a service."""
    here = [each for each in found if each.is_here]
    if not here:
        remedy = "Say in the plan which volume: volume_name = ..."
        raise Missing(inert(f"{service} mounts no volume; there are {_listed(found)}.", limit=300), remedy)
    if len(here) > 1:
        raise Refused(inert(f"{service} mounts {_listed(here)}.", limit=300), "Say in the plan which: volume_name.")
    return here[0]


def _named(found: Sequence[Volume], service: str, name: str) -> Volume:
    """The volume of that name, which nobody else mounts, for a service that mounts no other.

    One volume a service is Railway's limit (https://docs.railway.com/reference/volumes); none is ever taken away.
    """
    called = [each for each in found if each.name == name]
    if len(called) != 1:
        many = f"{len(called)} volumes are called {name!r}" if called else f"There is no volume {name!r}"
        raise Missing(inert(f"{many}; there are {_listed(found)}.", limit=300), "Correct the plan.")
    (one,) = called
    if one.service is not None and not one.is_here:
        what = inert(f"{one.service} mounts {name}.", limit=300)
        raise Refused(what, "No volume is taken from a service: unmount it there first.")
    others = [each for each in found if each.is_here and each is not one]
    if others:
        raise Refused(inert(f"{service} mounts {_listed(others)} already.", limit=300), "Unmount that first.")
    return one


async def _update(client: Client, scope: Scope, one: Volume, given: Json) -> None:
    if not one.is_ready:
        raise Refused(inert(f"Railway says that {one.name} is {one.state}.", limit=200), "Wait until it is READY.")
    data = await client.change("mount", volumeId=one.id, environmentId=scope.environment_id, input=given)
    insist(data, "volumeInstanceUpdate", "the change of the volume")


def _listed(found: Sequence[Volume]) -> str:
    return ", ".join(f"{each.name} at {each.path}" for each in found) or "none"
