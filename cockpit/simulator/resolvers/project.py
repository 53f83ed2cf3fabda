"""Who asks, and which projects, environments and services there are."""

from __future__ import annotations

from functools import partial
from typing import Any

from cockpit.simulator.refusal import Refusal, unauthorised
from cockpit.simulator.resolvers import views
from cockpit.simulator.resolvers.asking import Args, Asking
from cockpit.simulator.resolvers.paging import connection
from cockpit.simulator.tokens import Principal

_REGIONS = (
    ("us-west2", "California, USA", "US"),
    ("us-east4-eqdc4a", "Virginia, USA", "US"),
    ("europe-west4-drams3a", "Amsterdam, Netherlands", "NL"),
    ("asia-southeast1-eqsg3a", "Singapore", "SG"),
)


def me(asking: Asking, _: Args) -> dict[str, Any]:
    """The user behind an account token, the only kind that has one [1 D]."""
    asking.only(Principal.ACCOUNT)
    world = asking.world
    return {
        "id": world.user,
        "name": "Operator",
        "username": "operator",
        "email": "operator@reports.example",
        "has2FA": True,
        "createdAt": world.origin,
        "workspaces": [_workspace(asking)],
    }


def api_token(asking: Asking, _: Args) -> dict[str, Any]:
    """Workspaces of an account or workspace token [3 S]."""
    asking.only(Principal.ACCOUNT, Principal.WORKSPACE)
    return {"workspaces": [{"id": asking.world.workspace, "name": asking.world.workspace_name}]}


def project_token(asking: Asking, _: Args) -> dict[str, Any]:
    """The environment a project token is good for [1 X1]; other kinds are told there is none [1 I]."""
    if asking.principal is not Principal.PROJECT:
        raise Refusal("Project Token not found")
    world = asking.world
    return {
        "id": f"token-{world.seed}",
        "name": "cockpit",
        "displayToken": "****",
        "createdAt": world.origin,
        "projectId": world.project,
        "environmentId": asking.home.id,
        "project": lambda _: views.project(asking),
        "environment": lambda _: views.environment(asking, asking.home),
    }


def projects(asking: Asking, args: Args) -> dict[str, Any]:
    """Projects of a workspace; a project token may not list them [3 I]."""
    asking.only(Principal.ACCOUNT, Principal.WORKSPACE)
    if args.get("workspaceId") not in {None, asking.world.workspace}:
        raise unauthorised()
    return connection([views.project(asking)], args, dict)


def project(asking: Asking, args: Args) -> dict[str, Any]:
    """The project with its services, for a project token too [1 T]."""
    asking.project(args["id"])
    return views.project(asking)


def environments(asking: Asking, args: Args) -> dict[str, Any]:
    """The project's environments [3 S]; none here belongs to a pull request."""
    asking.project(args["projectId"])
    held = [] if args.get("isEphemeral") else list(asking.world.environments.values())
    return connection(held, args, partial(views.environment, asking))


def environment(asking: Asking, args: Args) -> dict[str, Any]:
    """One environment [1 X1]; another one than a project token's is `Not Authorized` [1 X2]."""
    asking.project(args.get("projectId"))
    return views.environment(asking, asking.environment(args["id"]))


def service(asking: Asking, args: Args) -> dict[str, Any]:
    """A service by id [3 S]."""
    held = asking.world.services.get(args["id"])
    if held is None:
        raise unauthorised()
    return views.service(asking, held)


def domains(asking: Asking, args: Args) -> dict[str, Any]:
    """The domains of a service in an environment [5 S]."""
    asking.project(args["projectId"])
    held = asking.environment(args["environmentId"])
    return views.domains(asking, held, asking.instance(held.id, args["serviceId"]))


def regions(asking: Asking, args: Args) -> list[dict[str, Any]]:
    """The regions, by their ids [5 D]."""
    asking.project(args.get("projectId"))
    return [
        {
            "id": key,
            "name": key,
            "region": key,
            "location": location,
            "country": country,
            "workspaceId": None,
            "deploymentConstraints": None,
        }
        for key, location, country in _REGIONS
    ]


QUERIES = {
    "me": me,
    "apiToken": api_token,
    "projectToken": project_token,
    "projects": projects,
    "project": project,
    "environments": environments,
    "environment": environment,
    "service": service,
    "domains": domains,
    "regions": regions,
}


def _workspace(asking: Asking) -> dict[str, Any]:
    world = asking.world
    return {
        "id": world.workspace,
        "name": world.workspace_name,
        "plan": {"trial": "FREE", "enterprise": "PRO"}.get(world.tier, world.tier.upper()),
        "createdAt": world.origin,
        "updatedAt": world.origin,
        "projects": lambda _, **args: connection([views.project(asking)], args, dict),
    }
