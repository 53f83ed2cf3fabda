"""How a run begins: the body of its first event."""

from __future__ import annotations

from typing import Required, TypedDict, Unpack

from cockpit.core.events import RunOpened
from cockpit.core.plan import Plan
from cockpit.core.text.wellformed import wellformed


class Opening(TypedDict, total=False):
    """What is said of a run beside its plan."""

    plan_file: Required[str]
    rehearsal: bool
    auto: bool
    """A scripted operator drives."""
    simulator: str | None
    """The state folder of the stand-in world."""


def opened(plan: Plan, **said: Unpack[Opening]) -> RunOpened:
    """The event that a run of this plan begins with."""
    return RunOpened(
        plan=plan.model_dump(mode="json", by_alias=True, exclude_none=True),
        plan_file=wellformed(said["plan_file"]),
        environment=plan.environment,
        rehearsal=said.get("rehearsal", False),
        simulator=wellformed(said.get("simulator")),
        auto=said.get("auto", False),
    )
