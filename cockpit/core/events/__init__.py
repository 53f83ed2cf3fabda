"""What happened in a run: the facts, past tense, never rewritten.

Each class is the body of one kind of event. The envelope around it is for ever:
run, seq, at, kind, version, actor, session, host, cause. A kind this version does not know
is kept as `Unknown`: it is shown, and stops acting.
"""

from __future__ import annotations

from cockpit.core.body import Body, OfIntent, OfItem
from cockpit.core.events.action import (
    ActionAccepted,
    ActionDone,
    ActionFailed,
    ActionIntended,
    ActionLooked,
    ActionLost,
    ActionSettled,
)
from cockpit.core.events.envelope import Actor, Event, Unknown
from cockpit.core.events.gate import GateAsked, GateDecided
from cockpit.core.events.item import (
    Answered,
    BaselineRecorded,
    Enquired,
    MarkedNotApplicable,
    ReadingJudged,
    SeeAnswered,
    Signed,
    Ticked,
    Unticked,
    Waived,
)
from cockpit.core.events.remark import DeviationNoted, LinePinned, Noted
from cockpit.core.events.rollout import ReplicasChanged, RolloutBegan, RolloutObserved, VersionsAnswered
from cockpit.core.events.run import (
    Attached,
    EnvironmentProved,
    PaceChanged,
    PhaseOpened,
    PhasesReopened,
    PlanAmended,
    RollbackStarted,
    RunClosed,
    RunOpened,
    TargetSeen,
)
from cockpit.core.events.watch import AlertTold, MonitorMoved, TriggerMoved
from cockpit.core.events.wayback import WayBackSeen

__all__ = [
    "ActionAccepted",
    "ActionDone",
    "ActionFailed",
    "ActionIntended",
    "ActionLooked",
    "ActionLost",
    "ActionSettled",
    "Actor",
    "AlertTold",
    "Answered",
    "Attached",
    "BaselineRecorded",
    "Body",
    "DeviationNoted",
    "Enquired",
    "EnvironmentProved",
    "Event",
    "GateAsked",
    "GateDecided",
    "LinePinned",
    "MarkedNotApplicable",
    "MonitorMoved",
    "Noted",
    "OfIntent",
    "OfItem",
    "PaceChanged",
    "PhaseOpened",
    "PhasesReopened",
    "PlanAmended",
    "ReadingJudged",
    "ReplicasChanged",
    "RollbackStarted",
    "RolloutBegan",
    "RolloutObserved",
    "RunClosed",
    "RunOpened",
    "SeeAnswered",
    "Signed",
    "TargetSeen",
    "Ticked",
    "TriggerMoved",
    "Unknown",
    "Unticked",
    "VersionsAnswered",
    "Waived",
    "WayBackSeen",
]
