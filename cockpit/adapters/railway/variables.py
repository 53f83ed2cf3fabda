"""What Railway tells of variables beside their values: which there are, which are sealed, when each was set."""

from __future__ import annotations

from cockpit.adapters.railway import shapes
from cockpit.adapters.railway.client import Client, Json
from cockpit.adapters.railway.stamps import perhaps
from cockpit.core.rollout.drift import Configured, Drift
from cockpit.core.rollout.drift import drift as compared
from cockpit.errors import Missing
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


async def drift(client: Client, scope: Scope, service_id: str, deployment: str, *, urgent: bool) -> Drift:
    """Configured against built with, in one request; values are compared here and go no further.

    Raises Missing where Railway shows no snapshot of the deployment.
    """
    about: Json = {"projectId": scope.project_id, "environmentId": scope.environment_id, "serviceId": service_id}
    data = await client.ask("drift", urgent=urgent, **about, deploymentId=deployment)
    with shapes.understood("variables"):
        if data["deploymentSnapshot"] is None:
            raise Missing("Railway keeps no snapshot of this deployment.", "Look at its variables in the dashboard.")
        facts = shapes.nodes(data["environment"]["variables"])
        sealed = frozenset(one["name"] for one in facts if one["isSealed"] and one["serviceId"] in (service_id, None))
        own, rendered, shared = (shapes.variables(data[name]) for name in ("own", "rendered", "shared"))
        running = shapes.variables(data["deploymentSnapshot"]["variables"])
        return compared(Configured(own, rendered, shared, sealed), running)
