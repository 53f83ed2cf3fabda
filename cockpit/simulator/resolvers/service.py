"""A service in an environment: its settings, limits, and deploying it."""

from __future__ import annotations

from typing import Any

from cockpit.simulator import configuration, deployments
from cockpit.simulator.refusal import Refusal, unauthorised
from cockpit.simulator.resolvers import views
from cockpit.simulator.resolvers.asking import Args, Asking
from cockpit.simulator.world import Deployment


def service_instance(asking: Asking, args: Args) -> dict[str, Any]:
    """Settings as they are configured, which need not be what runs [5 D]."""
    held = asking.environment(args["environmentId"])
    return views.service_instance(asking, held, asking.instance(held.id, args["serviceId"]))


def service_instance_limits(asking: Asking, args: Args) -> dict[str, Any]:
    """What the machine of a replica may use; the shape is free JSON [5 S]."""
    asking.instance(args["environmentId"], args["serviceId"])
    return {"containers": {"cpu": 8, "memoryBytes": 8_000_000_000}}


def service_instance_auto_deploy_status(asking: Asking, args: Args) -> dict[str, Any]:
    """Pushes do not deploy here [5 S]."""
    asking.instance(args["environmentId"], args["serviceId"])
    return {"enabled": False, "canEnable": True, "reason": None}


def service_instance_update(asking: Asking, args: Args) -> bool:
    """Change settings; nothing is deployed by it [5 T]."""
    held = asking.environment(args.get("environmentId"))
    instance = asking.instance(held.id, args["serviceId"])
    configuration.update_settings(asking.world, asking.at, held.id, instance.service, args["input"])
    asking.did(service=instance.service, settings=args["input"])
    return True


def volume_instance_update(asking: Asking, args: Args) -> bool:
    """Mount a volume elsewhere; who names no service disconnects it, who names no environment changes all [5 S]."""
    given, key = args["input"], args["volumeId"]
    chosen = [args["environmentId"]] if args.get("environmentId") else list(asking.world.environments)
    places = [held for held in map(asking.environment, chosen) if key in held.volumes]
    if not places:
        raise unauthorised()
    for held in places:
        if given.get("serviceId") is not None:
            asking.instance(held.id, given["serviceId"])
        configuration.remount(asking.world, held.volumes[key], given.get("serviceId"), given.get("mountPath"))
    asking.did(volume=key, service=given.get("serviceId"), path=given.get("mountPath"))
    return True


def service_instance_deploy_v2(asking: Asking, args: Args) -> str:
    """Deploy the associated commit or the one given; answers the deployment's id [6 S, D]."""
    return _deploy(asking, args).id


def service_instance_deploy(asking: Asking, args: Args) -> bool:
    """The same, of the newest commit on request; the id has to be found by listing [6 S]."""
    _deploy(asking, args)
    return True


def service_instance_redeploy(asking: Asking, args: Args) -> bool:
    """Run the live deployment's image again [6 T], with the variables of today [6 I]."""
    held = asking.environment(args["environmentId"])
    instance = asking.instance(held.id, args["serviceId"])
    live = asking.world.active(held.id, instance.service)
    if not live:
        raise Refusal("Deployment not found")
    variables = held.shared | instance.variables
    new = deployments.redeploy(asking.world, asking.at, live[0], same_image=True, variables=variables)
    asking.did(deployment=new.id)
    return True


def environment_triggers_deploy(asking: Asking, args: Args) -> bool:
    """Deploy a service from its trigger; here the same as deploying its newest commit [6 S]."""
    asking.project(args["input"]["projectId"])
    _deploy(asking, {**args["input"], "latestCommit": True})
    return True


QUERIES = {
    "serviceInstance": service_instance,
    "serviceInstanceLimits": service_instance_limits,
    "serviceInstanceAutoDeployStatus": service_instance_auto_deploy_status,
}
MUTATIONS = {
    "serviceInstanceUpdate": service_instance_update,
    "volumeInstanceUpdate": volume_instance_update,
    "serviceInstanceDeployV2": service_instance_deploy_v2,
    "serviceInstanceDeploy": service_instance_deploy,
    "serviceInstanceRedeploy": service_instance_redeploy,
    "environmentTriggersDeploy": environment_triggers_deploy,
}


def _deploy(asking: Asking, args: Args) -> Deployment:
    held = asking.environment(args["environmentId"])
    instance = asking.instance(held.id, args["serviceId"])
    new = deployments.deploy(
        asking.world,
        asking.at,
        held.id,
        instance.service,
        commit=args.get("commitSha"),
        latest=bool(args.get("latestCommit")),
    )
    asking.did(deployment=new.id)
    return new
