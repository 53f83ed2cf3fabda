"""Deployments: listed, read, followed, and acted upon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from cockpit.simulator import deployments as acts
from cockpit.simulator.resolvers import views
from cockpit.simulator.resolvers.asking import Args, Asking
from cockpit.simulator.resolvers.paging import connection
from cockpit.simulator.world import Deployment, Replica


def deployment(asking: Asking, args: Args) -> dict[str, Any]:
    """One deployment [1 X1]."""
    return views.deployment(asking, asking.deployment(args["id"]))


def deployments(asking: Asking, args: Args) -> dict[str, Any]:
    """Deployments by project, environment, service and status [7 S]; no order is promised, here newest first [7 I]."""
    given = args["input"]
    asking.project(given.get("projectId"))
    held = asking.environment(given["environmentId"]) if given.get("environmentId") else None
    status = given.get("status") or {}
    found = [
        one
        for environment in asking.world.environments.values()
        if environment is held or (held is None and asking.may_see(environment))
        for one in asking.world.of(environment.id, given.get("serviceId"))
        if (not status.get("in") or one.status in status["in"]) and one.status not in (status.get("notIn") or ())
    ]
    return connection(found, args, partial(views.deployment, asking))


def deployment_events(asking: Asking, args: Args) -> dict[str, Any]:
    """The steps of a deployment in the order they began; DRAIN_INSTANCES of the new one is the last [7 T, D]."""
    return connection(asking.deployment(args["id"]).steps, args, views.step)


def deployment_instance_executions(asking: Asking, args: Args) -> dict[str, Any]:
    """Replicas of a service over its deployments, newest first [7 S]."""
    given = args["input"]
    instance = asking.instance(given["environmentId"], given["serviceId"])
    found = [
        (one, replica) for one in asking.world.of(given["environmentId"], instance.service) for replica in one.replicas
    ]
    return connection(found, args, lambda pair: _execution(*pair))


def deployment_rollback(asking: Asking, args: Args) -> bool:
    """Image and variables of an earlier deployment as a new one; answers no id [8 D, S]."""
    target = asking.deployment(args["id"])
    new = acts.roll_back(asking.world, asking.at, target)
    asking.did(deployment=new.id, rollback=target.id)
    return True


def deployment_redeploy(asking: Asking, args: Args) -> dict[str, Any]:
    """The same source and variables again, rebuilt unless `usePreviousImageTag`; answers the new one [8 S, T]."""
    target = asking.deployment(args["id"])
    new = acts.redeploy(asking.world, asking.at, target, same_image=bool(args.get("usePreviousImageTag")))
    asking.did(deployment=new.id, redeploy=target.id)
    return views.deployment(asking, new)


def deployment_restart(asking: Asking, args: Args) -> bool:
    """The same deployment started anew [8 X1, X2]."""
    return _act(asking, args, acts.restart, "restarted")


def deployment_stop(asking: Asking, args: Args) -> bool:
    """The containers stopped; the status stays SUCCESS [8 X1]."""
    return _act(asking, args, acts.stop, "stopped")


def deployment_cancel(asking: Asking, args: Args) -> bool:
    """A deployment on its way up aborted, which ends REMOVED [8 D]."""
    return _act(asking, args, acts.cancel, "cancelled")


def deployment_remove(asking: Asking, args: Args) -> bool:
    """A deployment stopped and marked REMOVED [8 C]."""
    return _act(asking, args, acts.remove, "removed")


def deployment_approve(asking: Asking, args: Args) -> bool:
    """A deployment that waits for a human let go on [7 S]."""
    return _act(asking, args, acts.approve, "approved")


async def on_deployment(asking: Asking, args: Args) -> AsyncIterator[dict[str, Any]]:
    """Fires on changes of status only, never for instances or `deploymentStopped` [2 X1]."""
    one = asking.deployment(args["id"])
    seen = one.status_at, one.status
    while True:
        await asking.simulation.moved()
        if (one.status_at, one.status) != seen:
            seen = one.status_at, one.status
            asking.at = asking.simulation.now()
            yield views.deployment(asking, one)


async def on_deployment_events(asking: Asking, args: Args) -> AsyncIterator[dict[str, Any]]:
    """Each step as it begins and as it ends; those there already come first [2 I]."""
    one = asking.deployment(args["id"])
    sent: dict[str, bool] = {}
    while True:
        for step in list(one.steps):
            over = step.completed is not None
            if sent.get(step.id) != over:
                sent[step.id] = over
                yield views.step(step)
        await asking.simulation.moved()


QUERIES = {
    "deployment": deployment,
    "deployments": deployments,
    "deploymentEvents": deployment_events,
    "deploymentInstanceExecutions": deployment_instance_executions,
}
MUTATIONS = {
    "deploymentRollback": deployment_rollback,
    "deploymentRedeploy": deployment_redeploy,
    "deploymentRestart": deployment_restart,
    "deploymentStop": deployment_stop,
    "deploymentCancel": deployment_cancel,
    "deploymentRemove": deployment_remove,
    "deploymentApprove": deployment_approve,
}
SUBSCRIPTIONS = {"deployment": on_deployment, "deploymentEvents": on_deployment_events}


def _act(asking: Asking, args: Args, act: Any, done: str) -> bool:
    target = asking.deployment(args["id"])
    act(asking.world, asking.at, target)
    asking.did(**{done: target.id})
    return True


def _execution(one: Deployment, replica: Replica) -> dict[str, Any]:
    return {
        "id": replica.id,
        "deploymentId": one.id,
        "deploymentMeta": views.meta(one),
        "status": replica.status,
        "createdAt": replica.created,
        "updatedAt": replica.updated,
        "completedAt": replica.completed,
    }
