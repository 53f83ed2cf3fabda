"""What changes the world, each sent once: variables without a deploy, deploys, the way back, scale.

Deleting a variable has no `skipDeploys` of its own; it goes through the environment's staged
changes, which all people and programs of that environment share. So it is refused while
anything of anybody else's is staged: committing would ship theirs too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cockpit.adapters.railway import settings, shapes
from cockpit.adapters.railway.client import Client, Json
from cockpit.adapters.railway.refusal import insist, unclear
from cockpit.core.text.inert import inert
from cockpit.errors import Refused
from cockpit.ports import Scope

Patch = dict[str, Any]


_FIELDS = {
    "overlap": "overlapSeconds",
    "drain": "drainingSeconds",
    "health_path": "healthcheckPath",
    "health_timeout": "healthcheckTimeout",
    "start_command": "startCommand",
    "sleep": "sleepApplication",
    "cron": "cronSchedule",
}
"""Ours, and the field of `ServiceInstanceUpdateInput` (`railway/api.md` 5 [S])."""


async def set_variables(client: Client, scope: Scope, service_id: str | None, values: Mapping[str, str]) -> None:
    """Add and overwrite, shared ones without a service; no `replace`: it destroys sealed ones (`railway/api.md` 4)."""
    owner = {} if service_id is None else {"serviceId": service_id}
    data = await client.change(
        "set_variables",
        input={
            "projectId": scope.project_id,
            "environmentId": scope.environment_id,
            **owner,
            "variables": dict(values),
            "replace": False,
            "skipDeploys": True,
        },
    )
    insist(data, "variableCollectionUpsert", "the variables")


async def delete_variables(client: Client, scope: Scope, service_id: str | None, names: tuple[str, ...]) -> None:
    """Stage the deletion, commit it without a deploy. Raises Refused while others have staged something."""
    gone: Patch = dict.fromkeys(names)
    ours = {"sharedVariables": gone} if service_id is None else {"services": {service_id: {"variables": gone}}}
    staged, count = await _staged(client, scope)
    if staged != ours:  # ours alone is what an interrupted deletion leaves behind
        if staged or count:
            raise _crowded(scope, staged, count, "Nothing was changed.")
        data = await client.change("stage_changes", environmentId=scope.environment_id, input=ours)
        with shapes.understood("staged changes"):
            staged = _pruned(data["environmentStageChanges"]["patch"])
        if staged != ours:
            raise _crowded(scope, staged, 0, "The deletion is staged beside it and was not committed.")
    message = f"Delete {', '.join(names)}"
    await client.change("commit_staged", environmentId=scope.environment_id, message=message)


async def set_settings(
    client: Client, scope: Scope, service_id: str, values: Mapping[str, int | str | bool | None]
) -> None:
    """By our names; null unsets, which is inferred from every field being optional (`railway/api.md` 5 [S])."""
    given = {_FIELDS[name]: value for name, value in values.items()}
    about: Json = {"serviceId": service_id, "environmentId": scope.environment_id}
    data = await client.change("set_settings", **about, input=given)
    insist(data, "serviceInstanceUpdate", "the settings")


async def deploy(client: Client, scope: Scope, service_id: str, commit: str | None = None) -> str:
    """The new deployment's id. Raises Refused where Railway does not know the commit: then nothing is made."""
    about: Json = {"serviceId": service_id, "environmentId": scope.environment_id}
    data = await client.change("deploy", **about, commitSha=commit)
    return _id(data.get("serviceInstanceDeployV2"), "the deploy")


async def redeploy(client: Client, deployment: str) -> str:
    """The id of the one built from the same source; it may keep the old variables."""
    data = await client.change("redeploy", id=deployment)
    made = data.get("deploymentRedeploy")
    return _id(made.get("id") if isinstance(made, Mapping) else None, "the redeploy")


async def restart(client: Client, deployment: str) -> None:
    """The same deployment, its containers anew."""
    insist(await client.change("restart", id=deployment), "deploymentRestart", "the restart")


async def roll_back(client: Client, deployment: str) -> None:
    """To this deployment's image and variables; Railway answers only yes, the new one is found by listing."""
    insist(await client.change("roll_back", id=deployment), "deploymentRollback", "the rollback")


async def cancel(client: Client, deployment: str) -> None:
    """Of one that is not active yet; the deployment before it goes on serving."""
    insist(await client.change("cancel", id=deployment), "deploymentCancel", "the cancellation")


async def stop(client: Client, deployment: str) -> None:
    """Its containers are stopped; its status stays SUCCESS."""
    insist(await client.change("stop", id=deployment), "deploymentStop", "the stop")


async def remove(client: Client, deployment: str) -> None:
    """It is stopped and ends REMOVED."""
    insist(await client.change("remove", id=deployment), "deploymentRemove", "the removal")


async def approve(client: Client, deployment: str) -> None:
    """It waits no longer for a human."""
    insist(await client.change("approve", id=deployment), "deploymentApprove", "the approval")


async def scale(client: Client, scope: Scope, service: str, data: Json, amount: int | Mapping[str, int]) -> None:
    """Replicas in its one region, or by region; `data` is the service's `Settings` answer.

    Raises Refused for a number where a service runs in several regions, which of them is meant nobody has
    said, and for regions where nobody would be left: Railway refuses 0 replicas (`railway/api.md` 5 [X1, X2]).
    """
    service_id = scope.services[service]
    before = settings.regions(data, service_id)
    if isinstance(amount, int):
        if len(before) != 1:
            where = ", ".join(sorted(before)) or "no region it tells"
            raise Refused(inert(f"{service} runs in {where}.", limit=200), "Say in the plan which: regions = {...}.")
        amount = dict.fromkeys(before, amount)
    after = settings.counted(before) | dict(amount)
    if not sum(after.values()):
        raise Refused(inert(f"This would leave no replica of {service}.", limit=200), "Write stop in the plan instead.")
    patch = {"services": {service_id: {"deploy": {"multiRegionConfig": _regions(before, amount)}}}}
    message = f"Scale {service} to {sum(after.values())}"
    await client.change("commit_patch", environmentId=scope.environment_id, patch=patch, message=message)


def _regions(before: Mapping[str, Any], amount: Mapping[str, int]) -> Patch:
    """What a region is told: its replicas beside what else stands of it; null leaves it (`railway/api.md` 5 [C])."""
    patch: Patch = {}
    for region, replicas in amount.items():
        held = before.get(region)
        patch[region] = {**(held if isinstance(held, Mapping) else {}), "numReplicas": replicas} if replicas else None
    return patch


async def _staged(client: Client, scope: Scope) -> tuple[Patch, int]:
    data = await client.ask("staged_changes", urgent=True, environmentId=scope.environment_id)
    with shapes.understood("staged changes"):
        changes = data["environmentStagedChanges"]
        patch = _pruned(changes["patch"]) if changes["status"] == "STAGED" else {}
        return patch, data["environment"]["unmergedChangesCount"] or 0


def _pruned(patch: object) -> Patch:
    """The patch without empty tables, so that two ways to say the same are equal."""
    if not isinstance(patch, Mapping):
        return {}
    pruned: Patch = {}
    for key, value in patch.items():
        kept = _pruned(value) if isinstance(value, Mapping) else value
        if kept != {}:
            pruned[key] = kept
    return pruned


def _crowded(scope: Scope, staged: Patch, count: int, so: str) -> Refused:
    names = {service_id: name for name, service_id in scope.services.items()}
    seen = ", ".join(_paths(staged, names)) or f"{count} changes"
    return Refused(
        inert(f"Somebody has staged changes in {scope.environment}: {seen}.", limit=500),
        f"{so} Commit or discard them in Railway's dashboard, then try again.",
    )


def _paths(patch: Mapping[str, Any], names: Mapping[str, str], *above: str) -> list[str]:
    """What a patch touches, down to names and never to values: they may be secrets."""
    paths: list[str] = []
    for key, value in patch.items():
        path = (*above, names.get(key, key))
        deeper = isinstance(value, Mapping) and len(path) < 4
        paths += _paths(value, names, *path) if deeper else [".".join(path)]
    return paths


def _id(found: object, what: str) -> str:
    if not isinstance(found, str) or not found:
        raise unclear(what)
    return found
