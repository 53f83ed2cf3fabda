"""The kinds of events as the journal names them, and how old ones are read.

Old events are never rewritten: a pure step for each version that has passed turns an old body
into one of the next. A kind this version does not know is kept as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cockpit.core import events as happened
from cockpit.core.events import Body, Unknown

KINDS: Mapping[str, type[Body]] = {
    kind.__name__: kind
    for kind in (
        happened.RunOpened, happened.PlanAmended, happened.Attached, happened.EnvironmentProved,
        happened.TargetSeen, happened.PaceChanged, happened.PhaseOpened, happened.Enquired,
        happened.BaselineRecorded, happened.ReadingJudged, happened.Ticked, happened.Unticked,
        happened.SeeAnswered, happened.Answered, happened.Waived, happened.MarkedNotApplicable, happened.Signed,
        happened.Noted, happened.LinePinned, happened.DeviationNoted, happened.GateAsked, happened.GateDecided,
        happened.ActionIntended, happened.ActionAccepted, happened.ActionDone, happened.ActionFailed,
        happened.ActionLost, happened.ActionLooked, happened.ActionSettled, happened.RolloutBegan,
        happened.RolloutObserved, happened.VersionsAnswered, happened.ReplicasChanged, happened.MonitorMoved,
        happened.TriggerMoved, happened.AlertTold, happened.WayBackSeen, happened.RollbackStarted,
        happened.PhasesReopened,
        happened.RunClosed,
    )
}  # fmt: skip
"""Every kind of event, by its name in the journal."""

UPCASTERS: Mapping[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""(kind, version) to a pure step that turns an old body into that of the next version."""


def read_body(kind: str, version: int, content: dict[str, Any]) -> Body:
    """An event's body from its journal form. Old versions are upcast, unknown kinds and newer versions kept."""
    model = KINDS.get(kind)
    if model is None or version > model.VERSION:
        return Unknown(name=kind, content=content)
    while version < model.VERSION:
        content = UPCASTERS[kind, version](content)
        version += 1
    return model.model_validate(content)
