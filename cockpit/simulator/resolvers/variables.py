"""Variables and staged changes: read, set, deleted, staged, committed."""

from __future__ import annotations

from typing import Any

from cockpit.simulator import configuration
from cockpit.simulator.refusal import bad_input
from cockpit.simulator.resolvers import views
from cockpit.simulator.resolvers.asking import Args, Asking
from cockpit.simulator.world import Deployment, ServiceInstance


def variables(asking: Asking, args: Args) -> dict[str, str | None]:
    """Variables of a service, or shared ones; `unrendered` keeps references [4 D], sealed values are null [4 I]."""
    held, instance = _target(asking, args)
    if args.get("unrendered"):
        return configuration.unrendered(instance, held)
    return configuration.rendered(asking.world, instance, held)


def variables_for_service_deployment(asking: Asking, args: Args) -> dict[str, str | None]:
    """What the next deployment of a service would get, rendered [4 S]."""
    held, instance = _target(asking, args)
    return configuration.rendered(asking.world, instance, held)


def deployment_snapshot(asking: Asking, args: Args) -> dict[str, Any]:
    """The variables a deployment was built with [4 S]: unrendered, sealed ones null [14 I]."""
    one = asking.deployment(args["deploymentId"])
    values = {name: None if held.sealed else held.value for name, held in one.variables.items()}
    return {"id": one.snapshot, "createdAt": one.created, "updatedAt": one.created, "variables": values}


def environment_staged_changes(asking: Asking, args: Args) -> dict[str, Any]:
    """Changes staged in an environment by anybody; an empty patch when there are none [5 I]."""
    held = asking.environment(args["environmentId"])
    return views.patch(held, held.staged)


def variable_upsert(asking: Asking, args: Args) -> bool:
    """Set one variable; deploys unless `skipDeploys` [4 S]."""
    given = args["input"]
    return _set(asking, given, {given["name"]: given["value"]})


def variable_collection_upsert(asking: Asking, args: Args) -> bool:
    """Set several variables; `replace` drops all others, sealed ones included [4 S, D]."""
    given = args["input"]
    if not isinstance(given["variables"], dict):
        raise bad_input("Error in variables - Invalid input")
    return _set(asking, given, given["variables"])


def variable_delete(asking: Asking, args: Args) -> bool:
    """Delete one variable, which deploys: there is no `skipDeploys` here [4 S]."""
    given = args["input"]
    held, instance = _target(asking, given)
    service = instance.service if instance else None
    started = configuration.delete_variable(asking.world, asking.at, held.id, service, given["name"])
    asking.did(service=service, deleted=[given["name"]], deployments=_ids(started))
    return True


def environment_stage_changes(asking: Asking, args: Args) -> dict[str, Any]:
    """Stage changes, merged into staged ones only when asked to [5 S]."""
    held = asking.environment(args["environmentId"])
    given = _patch(args["input"])
    staged = configuration.stage(asking.world, asking.at, held.id, given, merge=bool(args.get("merge")))
    asking.did(staged=staged.patch)
    return views.patch(held, staged)


def environment_patch_commit_staged(asking: Asking, args: Args) -> str:
    """Apply all that is staged, whoever staged it; deploys what it touches unless `skipDeploys` [4 C, I]."""
    held = asking.environment(args["environmentId"])
    patch, started = configuration.commit_staged(
        asking.world, asking.at, held.id, args.get("commitMessage"), skip_deploys=bool(args.get("skipDeploys"))
    )
    asking.did(committed=patch.patch, deployments=_ids(started))
    return patch.id


def environment_patch_commit(asking: Asking, args: Args) -> str:
    """Apply a patch at once; a change of scale makes no deployment [5 D]."""
    held = asking.environment(args["environmentId"])
    patch = _patch(args.get("patch") or {})
    started = configuration.commit(asking.world, asking.at, held.id, patch, skip_deploys=False)
    asking.did(committed=patch, deployments=_ids(started))
    return asking.world.new_id()


QUERIES = {
    "variables": variables,
    "variablesForServiceDeployment": variables_for_service_deployment,
    "deploymentSnapshot": deployment_snapshot,
    "environmentStagedChanges": environment_staged_changes,
}
MUTATIONS = {
    "variableUpsert": variable_upsert,
    "variableCollectionUpsert": variable_collection_upsert,
    "variableDelete": variable_delete,
    "environmentStageChanges": environment_stage_changes,
    "environmentPatchCommitStaged": environment_patch_commit_staged,
    "environmentPatchCommit": environment_patch_commit,
}


def _target(asking: Asking, given: Args) -> tuple[Any, ServiceInstance | None]:
    asking.project(given["projectId"])
    held = asking.environment(given["environmentId"])
    service = given.get("serviceId")
    return held, asking.instance(held.id, service) if service else None


def _set(asking: Asking, given: Args, values: dict[str, Any]) -> bool:
    held, instance = _target(asking, given)
    service = instance.service if instance else None
    started = configuration.set_variables(
        asking.world,
        asking.at,
        held.id,
        service,
        values,
        replace=bool(given.get("replace")),
        skip_deploys=bool(given.get("skipDeploys")),
    )
    asking.did(service=service, variables=values, deployments=_ids(started))
    return True


def _patch(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise bad_input("Error in patch - Invalid input")
    return given


def _ids(started: list[Deployment]) -> list[str]:
    return [one.id for one in started]
