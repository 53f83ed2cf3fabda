"""Actions: what a plan changes in the world, one table an action."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from cockpit.core.plan.fields import Model, MountPath, Span, UrlPath
from cockpit.core.plan.names import Name
from cockpit.core.plan.phase import ItemText

MOST_REPLICAS = 50
"""Of one service, over all its regions (`railway/api.md` 5 [C])."""

_COMMIT = re.compile(r"[0-9a-f]{7,40}")


def _some(value: Any) -> Any:
    if value == 0 and not isinstance(value, bool):
        raise ValueError('Railway refuses 0 replicas. Write stop = "SERVICE"; a restart brings it back.')
    return value


class Scale(Model):
    """To how many replicas a service is brought: in its one region, or in each of several.

    One action is one change. To go up step by step, write an action a step: each is done only when its
    replicas run, so the next one starts from what was seen.
    """

    service: str = Field(min_length=1)
    """The service."""
    to: Annotated[int, Field(ge=1, le=MOST_REPLICAS, strict=True), BeforeValidator(_some)] | None = None
    """Replicas in the one region it runs in; Railway takes 1 to 50."""
    regions: dict[str, Annotated[int, Field(ge=0, le=MOST_REPLICAS, strict=True)]] = Field(default_factory=dict)
    """Replicas by region, such as `us-west2`; 0 leaves a region, and one that is not named stays as it is."""


class ServiceSettings(Model):
    """Settings of a service that the next deployment takes up. What is left out stays as it is."""

    overlap: int | None = Field(default=None, ge=0, strict=True)
    """Seconds the old deployment serves beside the new one."""
    drain: int | None = Field(default=None, ge=0, strict=True)
    """Seconds between SIGTERM and SIGKILL."""
    health_path: UrlPath | None = None
    """The path that must answer 200 before a deployment becomes active."""
    health_timeout: int | None = Field(default=None, ge=1, strict=True)
    """Seconds within which it must."""
    start_command: str | None = Field(default=None, min_length=1)
    """What starts the container."""
    sleep: bool | None = Field(default=None, strict=True)
    """Whether it sleeps while nobody asks for it."""
    cron: str | None = Field(default=None, min_length=1)
    """When it runs, as a cron expression in UTC."""
    volume: MountPath | None = None
    """Where its volume is mounted. Unset, it mounts none; the volume and its data stay in the project."""
    volume_name: str | None = Field(default=None, min_length=1)
    """The volume to mount, by its name in the project: for a service that has none yet."""

    @property
    def given(self) -> dict[str, int | str | bool]:
        """What is to be set, by name."""
        return self.model_dump(exclude_none=True)


SettingName = Literal["overlap", "drain", "health_path", "health_timeout", "start_command", "sleep", "cron", "volume"]

OF_A_VOLUME = ("volume", "volume_name")
"""Settings that stand with the volume and not with the service: at Railway a request of its own."""


class Confirm(StrEnum):
    """What an operator does before an action starts."""

    NO = "no"
    YES = "yes"
    TYPE = "type"


ACTION_KINDS = (
    "set_variables", "delete_variables", "set_settings", "unset_settings", "deploy", "redeploy", "restart",
    "cancel", "stop", "remove", "approve", "rollback", "scale", "argv", "sql",
)  # fmt: skip
"""The exactly-one-of keys of an action."""

AS_WANTED, GONE = "as wanted", "gone"
"""How a name an action changes reads once it has happened: set as the plan says, or not there any more."""

OF_A_SERVICE = ("set_variables", "delete_variables", "set_settings", "unset_settings")
"""The kinds whose service stands under a key of its own."""

ONE_DEPLOYMENT = ("cancel", "stop", "remove", "approve")
"""The kinds that act on one deployment of a service, found when they are started."""


class Action(Model):
    """Something that changes the world. Exactly one of `ACTION_KINDS`; `references` complains of any other number."""

    on: Name | None = None
    """The connection it acts on; an `argv` has none."""
    title: str | None = None
    """The words it is shown by; else its name."""
    service: str | None = None
    """The service whose variables or settings are meant."""
    shared: bool = False
    """Instead of `service`: the environment's shared variables are meant, which every service may refer to."""
    set_variables: dict[str, str] | None = None
    """Variables set without a deploy."""
    delete_variables: tuple[str, ...] | None = None
    """Variables deleted without a deploy."""
    set_settings: ServiceSettings | None = None
    """Settings changed without a deploy; the next deployment takes them up."""
    unset_settings: tuple[SettingName, ...] | None = None
    """Settings put back to what Railway takes where none is set."""
    deploy: str | None = None
    """The service deployed from its source."""
    commit: str | None = None
    """The commit `deploy` builds: its hash, or `ask NAME`; else the one Railway associates with the service."""
    redeploy: str | None = None
    """The service whose live deployment is deployed again."""
    restart: str | None = None
    """The service whose live deployment is restarted; a stopped or crashed one is brought back."""
    cancel: str | None = None
    """The service whose deployment on its way is aborted; the one before it goes on serving."""
    stop: str | None = None
    """The service whose live deployment is stopped: what scaling to zero means at Railway."""
    remove: str | None = None
    """The service whose live deployment is stopped and removed."""
    approve: str | None = None
    """The service whose deployment waits for a human, who hereby agrees."""
    rollback: str | None = None
    """The service taken back to the deployment that served when the run opened."""
    scale: Scale | None = None
    """A service brought to a number of replicas."""
    argv: tuple[str, ...] | None = None
    """A command on this machine and its arguments; no shell."""
    sql: str | tuple[str, ...] | None = None
    """A statement that writes, or a list of those that belong together, in one transaction."""
    with_: tuple[str, ...] = Field(default=(), alias="with")
    """What `$1`, `$2`, ... of `sql` stand for: names of asks, or `time of ANCHOR`."""
    after: tuple[ItemText, ...] = ()
    """What must have been done before it is started, wherever it stands: lines such as `do change_schema`."""
    estimate: Span | None = None
    """How long it should take; what runs over says so."""
    confirm: Confirm | None = None
    """What it takes to start it; else `type`, and `yes` for variables and settings (not volumes) set and restarts."""
    undo: str | None = None
    """The action that takes it back, or `none`."""
    why: str | None = None
    """Why there is no way back."""
    proof: str | None = None
    """`check NAME`: how `argv` and `sql` are known to have happened."""
    tried_on: Name | None = None
    """A database on which this `sql` is tried, and rolled back, as long as it may be needed as a way back."""
    rehearse: tuple[str, ...] | None = None
    """What stands in for `argv` in a rehearsal."""

    @property
    def statements(self) -> tuple[str, ...]:
        """What of `sql` is sent, one by one; none for another kind."""
        return (self.sql,) if isinstance(self.sql, str) else self.sql or ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The keys of `ACTION_KINDS` it has; a sound action has one."""
        return tuple(kind for kind in ACTION_KINDS if getattr(self, kind) is not None)

    @property
    def kind(self) -> str:
        """Which of `ACTION_KINDS` this is."""
        return self.kinds[0]

    @property
    def target(self) -> str | None:
        """The service it touches, where there is one."""
        if self.scale is not None:
            return self.scale.service
        named = (self.service, self.deploy, self.redeploy, self.restart, self.rollback)
        return next((name for name in (*named, *(getattr(self, kind) for kind in ONE_DEPLOYMENT)) if name), None)

    @property
    def settings(self) -> tuple[str, ...]:
        """Names of the service settings it sets or unsets."""
        return tuple(self.set_settings.given) if self.set_settings is not None else self.unset_settings or ()

    @property
    def changes_volume(self) -> bool:
        """Whether a service mounts something else once it has happened; the data of a volume is never touched."""
        return any(name in OF_A_VOLUME for name in self.settings)

    @property
    def bound(self) -> tuple[str, ...]:
        """Asks and times that must be known before it is sent."""
        return (*self.with_, self.commit_ask) if self.commit_ask else self.with_

    @property
    def commit_ask(self) -> str | None:
        """The ask whose answer is the commit to deploy."""
        word, _, name = (self.commit or "").partition(" ")
        return name.strip() if word == "ask" and name.strip() else None

    @property
    def is_commit_readable(self) -> bool:
        """Whether `commit` is a hash or an ask; also where there is none."""
        return self.commit is None or self.commit_ask is not None or is_commit(self.commit)

    @property
    def way_back(self) -> str | None:
        """The action that takes it back, if there is one."""
        return None if self.undo == "none" else self.undo

    @property
    def proving_check(self) -> str | None:
        """The check named in `proof`."""
        word, _, name = (self.proof or "").partition(" ")
        return name.strip() if word == "check" and name.strip() else None

    @property
    def confirmation(self) -> Confirm:
        """`type`, and `yes` for variables and settings set and restarts, unless the plan says otherwise.

        What a service mounts is no such setting: with an empty folder in its place an app may begin anew.
        """
        if self.confirm is not None:
            return self.confirm
        if self.changes_volume:
            return Confirm.TYPE
        return Confirm.YES if self.kind in ("set_variables", "set_settings", "restart") else Confirm.TYPE

    @property
    def starts_rollout(self) -> bool:
        """Whether one deployment replaces another."""
        return self.kind in ("deploy", "redeploy", "rollback", "approve")


def is_commit(text: str) -> bool:
    """Whether a text is a commit's hash, whole or its first seven digits or more."""
    return _COMMIT.fullmatch(text) is not None
