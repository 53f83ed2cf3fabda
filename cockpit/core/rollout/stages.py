"""The stages of a rollout as the strip shows them: build, deploy, health, overlap, drain, gone.

Their stamps are the platform's: steps of the new deployment for the first three, the three clocks
for the rest. A first deployment replaces nothing and has only the first three.
"""

from __future__ import annotations

from datetime import datetime

from cockpit.core.rollout.clocks import earliest
from cockpit.core.rollout.deployment import Rollout, Stage

_DEPLOYING = frozenset({"MIGRATE_VOLUMES", "CREATE_CONTAINER", "PRE_DEPLOY_COMMAND", "CONFIGURE_NETWORK"})
_HEALTH = "HEALTHCHECK"


def stages(rollout: Rollout) -> tuple[Stage, ...]:
    """What has begun and ended by now."""
    halted = rollout.status_at if rollout.is_over and rollout.outcome != "done" else None
    shown = [*_to_service(rollout, halted), *_to_the_end(rollout)]
    return tuple(_broken(shown, halted) if halted else shown)


def _to_service(rollout: Rollout, halted: datetime | None) -> list[Stage]:
    end = rollout.t1.at if rollout.t1 else halted
    deploying = earliest(*(step.started for step in rollout.steps if step.name in _DEPLOYING)) or rollout.deploying
    checks = [step for step in rollout.steps if step.name == _HEALTH]
    checking = earliest(*(step.started for step in checks))
    checked = max((step.completed for step in checks if step.completed), default=None)
    return [
        Stage(name="build", started=rollout.made, ended=deploying or checking or end),
        Stage(name="deploy", started=deploying, ended=(checking or end) if deploying else None),
        Stage(name="health", started=checking, ended=(checked or end) if checking else None),
    ]


def _to_the_end(rollout: Rollout) -> list[Stage]:
    if rollout.previous is None:
        return []
    served, stopped, gone = (clock.at if clock else None for clock in (rollout.t1, rollout.t2, rollout.t3))
    overlapped = max(served, stopped) if served and stopped else stopped  # stopped first, as with a volume: not at all
    return [
        Stage(name="overlap", started=served, ended=overlapped, expected=rollout.overlap_configured),
        Stage(name="drain", started=stopped, ended=gone, expected=rollout.drain_configured),
        Stage(name="gone", started=gone, ended=gone),
    ]


def _broken(shown: list[Stage], halted: datetime) -> list[Stage]:
    """The same stages, the one it broke in marked: the last one that had begun by then."""
    begun = [stage for stage in shown if stage.started is not None and stage.started <= halted]
    last = begun[-1] if begun else shown[0]
    return [
        stage.model_copy(update={"failed": True, "ended": stage.ended or halted}) if stage is last else stage
        for stage in shown
    ]
