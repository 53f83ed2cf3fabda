"""What Railway tells of variables beside their values: which there are, which are sealed, when each was set."""

from __future__ import annotations

from cockpit.adapters.railway import shapes
from cockpit.adapters.railway.client import Client
from cockpit.adapters.railway.stamps import perhaps
from cockpit.ports import Kept, Scope


async def kept(client: Client, scope: Scope, service_id: str | None, *, urgent: bool) -> dict[str, Kept]:
    """Those of a service, or without one the shared ones: they name no service (`railway/api.md` 4 [S])."""
    found: dict[str, Kept] = {}
    after = None
    while True:
        data = await client.ask("variable_facts", urgent=urgent, environmentId=scope.environment_id, after=after)
        with shapes.understood("variables"):
            page = data["environment"]["variables"]
            for node in shapes.nodes(page):
                if node["serviceId"] == service_id:
                    found[node["name"]] = Kept(node["isSealed"], perhaps(node["updatedAt"]))
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]
