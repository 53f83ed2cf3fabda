"""A plan: what should happen, as one file says it.

These models are the plan file's own shape, one class a table, so that the JSON Schema of
this module is the documentation of the file. They are frozen and know nothing of a run.
Syntax of single values is checked where they stand; whether names lead anywhere is
`references`' matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal

from pydantic import Field

from cockpit.core.plan.action import ACTION_KINDS, Action, Confirm, Scale
from cockpit.core.plan.check import Check, HttpCheck, LogCheck, PostgresCheck, Question, RailwayCheck
from cockpit.core.plan.connection import Connection, HttpConnection, PostgresConnection, RailwayConnection
from cockpit.core.plan.fields import Condition, Model, RelationText, SecretCommand, SecretRef, Span, WebAddress
from cockpit.core.plan.names import Name
from cockpit.core.plan.phase import Item, Level, Phase, Verb
from cockpit.core.plan.window import Window

__all__ = [
    "ACTION_KINDS", "Action", "Ask", "Check", "Condition", "Confirm", "Connection", "HttpCheck", "HttpConnection",
    "Item", "Level", "LogCheck", "Model", "Monitor", "NotTrigger", "Notifications", "Overrides", "Phase", "Plan",
    "PostgresCheck", "PostgresConnection", "Question", "RailwayCheck", "RailwayConnection", "RelationText", "Scale",
    "SecretCommand", "SecretRef", "See", "Span", "Trigger", "Verb", "Window",
]  # fmt: skip


class Ask(Model):
    """A value only a person knows."""

    text: str = Field(min_length=1)
    """The question."""
    type: Literal["uuid", "int", "decimal", "text", "time", "choice"] = "text"
    """What the answer must be; it is bound into SQL as that, never pasted."""
    options: tuple[str, ...] = ()
    """What a `choice` chooses from."""
    default: str | None = None
    """Shown and must be accepted; never bound unseen."""
    secret: bool = Field(default=False, strict=True)
    """Not journalled, and asked again on resume."""


class See(Model):
    """Something to look at with one's own eyes."""

    text: str = Field(min_length=1)
    """What to look for, as a sentence that is answered yes or no."""
    link: WebAddress | None = None
    """Where to look."""


class Monitor(Model):
    """A check asked on a cadence, with an alert condition."""

    check: Name
    """The check that is asked."""
    every: Span
    """The cadence."""
    alert: Condition | None = None
    """What is to be true for an alert; else that the check does not pass."""
    for_: Span | None = Field(default=None, alias="for")
    """It fires once it was bad for so long; either this, `times` with `within`, or `consecutive`."""
    times: int | None = Field(default=None, ge=1, strict=True)
    """It fires on so many bad answers `within` a span."""
    within: Span | None = None
    """The span in which `times` are counted."""
    consecutive: int | None = Field(default=None, ge=1, strict=True)
    """It fires on so many bad answers in a row: "more than 3 in a row" is 4."""

    during: Name | None = None
    """The window in which it is asked; else at any time."""
    every_during: dict[Name, Span] = Field(default_factory=dict)
    """Another cadence within a window, such as `{ peak = "1m" }`; of several that are open the shortest."""

    @property
    def window(self) -> timedelta:
        """The span its rule looks back over."""
        return self.for_ or self.within or (self.consecutive or 1) * self.every


class Trigger(Model):
    """A rollback criterion, watched live."""

    text: str = Field(min_length=1)
    """The criterion in words."""
    when: Condition | None = None
    """The criterion over checks, each name after its check: `stuck.value > 5`. Without it only people can tell."""


class NotTrigger(Model):
    """What does not justify a rollback."""

    text: str = Field(min_length=1)
    """In words."""
    when: Condition | None = None
    """When it is so just now, as in a trigger; both are shown where both hold. Without it only people can tell."""


class Notifications(Model):
    """Who is told of alerts, whoever drives."""

    webhook: SecretRef
    """Where the alerts of its runs are posted, as Slack takes them: `env:NAME`, `file:PATH` or a command."""


class Overrides(Model):
    """What another environment changes."""

    connections: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    """Key by key, over the connection of the same name."""


class Plan(Model):
    """The whole file."""

    name: str = Field(min_length=1)
    """What this operation is called, in the header and the report."""
    risk: Literal["low", "medium", "high"] = "medium"
    """In the header and the report."""
    sign_off: tuple[str, ...] = ()
    """The roles that sign."""
    connections: dict[Name, Connection] = Field(default_factory=dict)
    """The outside systems, by name."""
    checks: dict[Name, Check] = Field(default_factory=dict)
    """The questions, by name."""
    actions: dict[Name, Action] = Field(default_factory=dict)
    """What is changed, by name."""
    asks: dict[Name, Ask] = Field(default_factory=dict)
    """What people are asked, by name."""
    sees: dict[Name, See] = Field(default_factory=dict)
    """What people look at, by name."""
    monitors: dict[Name, Monitor] = Field(default_factory=dict)
    """Checks asked on a cadence, by name."""
    windows: dict[Name, Window] = Field(default_factory=dict)
    """Hours of a week, by name: for monitors, gates and due times."""
    phases: tuple[Phase, ...] = Field(min_length=1)
    """The parts of the operation, in order."""
    triggers: tuple[Trigger, ...] = ()
    """What justifies a rollback."""
    not_triggers: tuple[NotTrigger, ...] = ()
    """What does not justify a rollback."""
    rollback: tuple[Level, ...] = ()
    """The ways back, the mildest first."""
    notifications: Notifications | None = None
    """Who is told of alerts beside the operator."""
    environments: dict[Name, Overrides] = Field(default_factory=dict)
    """Other environments this plan is run against, by name."""

    @property
    def parts(self) -> tuple[Phase | Level, ...]:
        """The phases, then the rollback levels."""
        return (*self.phases, *self.rollback)

    def phase(self, phase_id: str) -> Phase | Level | None:
        """The phase or rollback level with this id."""
        return next((part for part in self.parts if part.id == phase_id), None)

    def lines(self) -> Iterator[Item]:
        """Every item of every phase, then of every rollback level."""
        for part in self.parts:
            yield from part.lines()

    def item(self, item_id: str) -> Item | None:
        """The item with this id."""
        return next((item for item in self.lines() if item.id == item_id), None)

    def root(self, item: Item) -> Item:
        """The item itself, or the one that a `same` repeats."""
        if item.verb is not Verb.SAME:
            return item
        target = self.item(item.target)
        return item if target is None else self.root(target)

    def title_of(self, item: Item) -> str:
        """The words an item is shown by."""
        target = item.target
        match item.verb:
            case Verb.RECORD | Verb.COMPARE | Verb.CHECK:
                check = self.checks.get(target)
                words = (check.title if check else None) or target.replace("_", " ").capitalize()
                return f"Trial: {words}" if check and check.is_trial else words
            case Verb.DO:
                return self.action_title(target)
            case Verb.ASK:
                return self.asks[target].text if target in self.asks else target
            case Verb.SEE:
                return self.sees[target].text if target in self.sees else target
            case Verb.SIGN:
                return f"Sign-off: {target}"
            case Verb.SAME:
                repeated = self.item(target)
                return self.title_of(repeated) if repeated and repeated != item else target
            case Verb.TICK:
                return target

    def action_title(self, name: str) -> str:
        """The words an action is shown by."""
        action = self.actions.get(name)
        return (action.title if action is not None else None) or name.replace("_", " ").capitalize()

    def railway(self) -> tuple[str, RailwayConnection] | None:
        """The Railway connection, if the plan has one; the first of them."""
        for name, connection in self.connections.items():
            if isinstance(connection, RailwayConnection):
                return name, connection
        return None

    @property
    def environment(self) -> str:
        """The environment's name: what Railway must answer for, and what is typed to confirm."""
        found = self.railway()
        return found[1].environment if found else "production"
