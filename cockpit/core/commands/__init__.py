"""What somebody wants done: intents, imperative. `rules.decide` turns each into events or a refusal."""

from __future__ import annotations

from cockpit.core.commands.action import Accept, Do, Fail, Finish, Look, Lose, Settle
from cockpit.core.commands.gate import DecideGate, OpenGate, SeeWayBack
from cockpit.core.commands.item import (
    AnswerAsk,
    AnswerSee,
    Enquire,
    MarkNotApplicable,
    Observe,
    Sign,
    Tick,
    Untick,
    Waive,
)
from cockpit.core.commands.refusal import Refusal
from cockpit.core.commands.remark import Note, PinLine
from cockpit.core.commands.rollout import BeginRollout, ObserveRollout, SeeReplicas
from cockpit.core.commands.run import Advance, Amend, Attach, ChangePace, Close, Prove, Reopen, SeeTarget, StartRollback
from cockpit.core.commands.watch import MoveMonitor, MoveTrigger, TellAlert
from cockpit.core.rollout.tally import CountAnswers

__all__ = [
    "Accept",
    "Advance",
    "Amend",
    "AnswerAsk",
    "AnswerSee",
    "Attach",
    "BeginRollout",
    "ChangePace",
    "Close",
    "Command",
    "CountAnswers",
    "DecideGate",
    "Do",
    "Enquire",
    "Fail",
    "Finish",
    "Look",
    "Lose",
    "MarkNotApplicable",
    "MoveMonitor",
    "MoveTrigger",
    "Note",
    "Observe",
    "ObserveRollout",
    "OpenGate",
    "PinLine",
    "Prove",
    "Refusal",
    "Reopen",
    "SeeReplicas",
    "SeeTarget",
    "SeeWayBack",
    "Settle",
    "Sign",
    "StartRollback",
    "TellAlert",
    "Tick",
    "Untick",
    "Waive",
]

Command = (
    Attach | Advance | Prove | SeeTarget | ChangePace | Enquire | Observe | Tick | Untick | AnswerSee | AnswerAsk
    | Waive | MarkNotApplicable | Sign | Note | PinLine | OpenGate | DecideGate | Do | Accept | Finish | Fail | Lose
    | Look | Settle | BeginRollout | ObserveRollout | CountAnswers | SeeReplicas | MoveMonitor | MoveTrigger
    | TellAlert | SeeWayBack | StartRollback | Reopen | Amend | Close
)  # fmt: skip
