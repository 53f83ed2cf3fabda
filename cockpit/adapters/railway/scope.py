"""Whose token this is, and for which project and environment.

Everything else waits for this answer: an environment that is not the plan's is refused before
anything is read from it. A token in the wrong header is tried once in the other, so that the
error can name its kind.
"""

from __future__ import annotations

import re

from cockpit.adapters.railway.client import Client, Json
from cockpit.adapters.railway.credential import Header, expected
from cockpit.adapters.railway.shapes import nodes, understood
from cockpit.core.plan.connection import RailwayConnection
from cockpit.core.text.inert import inert
from cockpit.errors import Refused
from cockpit.ports import Scope

_ID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


async def find(client: Client, plan: RailwayConnection) -> Scope:
    """The scope behind the token. Raises Refused when it is not the plan's, SourceError."""
    known = await _introduced(client, plan)
    if client.credential.header is Header.PROJECT:
        return await _of_project_token(client, plan, known)
    return await _of_wide_token(client, plan, known)


async def services(client: Client, project: str, environment: str) -> tuple[dict[str, str], int]:
    """Name to id of the environment's services, and how many changes are staged in it."""
    found: dict[str, str] = {}
    after, staged = None, 0
    while True:
        data = await client.ask("services", environmentId=environment, projectId=project, after=after)
        with understood("services"):
            staged = data["environment"]["unmergedChangesCount"] or 0
            page = data["environment"]["serviceInstances"]
            found |= {node["serviceName"]: node["serviceId"] for node in nodes(page)}
            if not page["pageInfo"]["hasNextPage"]:
                return found, staged
            after = page["pageInfo"]["endCursor"]


async def _introduced(client: Client, plan: RailwayConnection) -> Json:
    """What Railway says of the token itself, in whichever header it fits."""
    try:
        return await _ask_who(client)
    except Refused as refused:
        first, fits = client.credential, False
        client.credential = first.turned()
        try:
            known = await _ask_who(client)
            fits = expected(plan.token) in {None, client.credential.header}
        except Refused:
            raise _unknown_token(first.header) from refused
        finally:
            if not fits:
                client.credential = first
    if not fits:
        raise _misplaced(client.credential.header.other)
    return known


async def _ask_who(client: Client) -> Json:
    return await client.ask("project_token" if client.credential.header is Header.PROJECT else "api_token")


async def _of_project_token(client: Client, plan: RailwayConnection, known: Json) -> Scope:
    with understood("the token"):
        token = known["projectToken"]
        project, environment = token["project"]["name"], token["environment"]["name"]
        project_id, environment_id = token["projectId"], token["environmentId"]
    if plan.project not in {None, project, project_id}:
        raise _wrong("project", plan.project, project)
    if plan.environment not in {environment, environment_id}:
        raise _wrong("environment", plan.environment, environment)
    found, _ = await services(client, project_id, environment_id)
    return Scope("project", project, project_id, environment, environment_id, found)


async def _of_wide_token(client: Client, plan: RailwayConnection, known: Json) -> Scope:
    if plan.project is None:
        raise Refused(
            "This token is good for several projects, and the plan names none.",
            "Set `project` on the Railway connection.",
        )
    with understood("the token"):
        workspaces = [workspace["id"] for workspace in known["apiToken"]["workspaces"]]
    project_id = plan.project if _ID.fullmatch(plan.project) else await _by_name(client, plan.project, workspaces)
    data = await client.ask("project", id=project_id)
    with understood("the project"):
        project = data["project"]["name"]
        environments = {node["name"]: node["id"] for node in nodes(data["project"]["environments"])}
    name = next((name for name, id_ in environments.items() if plan.environment in {name, id_}), None)
    if name is None:
        raise _wrong("environment", plan.environment, ", ".join(sorted(environments)) or "none")
    found, _ = await services(client, project_id, environments[name])
    return Scope(await _kind(client), project, project_id, name, environments[name], found)


async def _by_name(client: Client, name: str, workspaces: list[str]) -> str:
    ids: dict[str, str] = {}
    for workspace in workspaces:
        ids |= await _projects(client, workspace)
    if not workspaces:
        ids = await _projects(client, None)
    matches = [project for project, called in ids.items() if called == name]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise Refused(f"{len(matches)} projects are called {name!r}.", "Give `project` as an id instead.")
    known = ", ".join(sorted(set(ids.values()))[:10]) or "none"
    raise _wrong("project", name, known)


async def _projects(client: Client, workspace: str | None) -> dict[str, str]:
    found: dict[str, str] = {}
    after = None
    while True:
        data = await client.ask("projects", workspaceId=workspace, after=after)
        with understood("projects"):
            page = data["projects"]
            found |= {node["id"]: node["name"] for node in nodes(page)}
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]


async def _kind(client: Client) -> str:
    """Account tokens alone may ask `me`."""
    try:
        await client.ask("account")
    except Refused:
        return "workspace"
    return "account"


def _wrong(what: str, planned: str | None, actual: str) -> Refused:
    return Refused(
        inert(f"The plan says {what} {planned!r}, the token is good for: {actual}.", limit=400),
        "Nothing is done. Use the token of the one that is meant, or correct the plan.",
    )


def _misplaced(kind: Header) -> Refused:
    if kind is Header.BEARER:
        return Refused(
            "RAILWAY_TOKEN holds an account or workspace token, and is meant for project tokens.",
            "Put it into RAILWAY_API_TOKEN and name that in the plan, or make a project token.",
        )
    return Refused(
        "RAILWAY_API_TOKEN holds a project token, and is meant for account or workspace tokens.",
        "Put it into RAILWAY_TOKEN and name that in the plan.",
    )


def _unknown_token(tried: Header) -> Refused:
    first, second = "as a project token", "as an account or workspace token"
    if tried is Header.BEARER:
        first, second = second, first
    return Refused(
        f"Railway does not accept this token, neither {first} nor {second}.",
        "It may be mistyped, expired or deleted. Make a new one in the project's settings.",
    )
