"""Actions: what a plan changes in the world, one table an action."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from cockpit.core.fields import Model, Span
from cockpit.core.names import Name


class Scale(Model):
    """To how many replicas a service is brought."""

    service: str = Field(min_length=1)
    """The service."""
    to: int = Field(ge=1, le=50, strict=True)
    """Replicas; Railway takes 1 to 50."""


class Confirm(StrEnum):
    """What an operator does before an action starts."""

    NO = "no"
    YES = "yes"
    TYPE = "type"


ACTION_KINDS = (
    "set_variables", "delete_variables", "deploy", "redeploy", "restart", "rollback", "scale", "argv", "sql",
)  # fmt: skip
"""The exactly-one-of keys of an action."""


class Action(Model):
    """Something that changes the world. Exactly one of `ACTION_KINDS`; `references` complains of any other number."""

    on: Name | None = None
    """The connection it acts on; an `argv` has none."""
    title: str | None = None
    """The words it is shown by; else its name."""
    service: str | None = None
    """The service whose variables are meant."""
    set_variables: dict[str, str] | None = None
    """Variables set without a deploy."""
    delete_variables: tuple[str, ...] | None = None
    """Variables deleted without a deploy."""
    deploy: str | None = None
    """The service deployed from its source."""
    redeploy: str | None = None
    """The service whose live deployment is deployed again."""
    restart: str | None = None
    """The service whose live deployment is restarted."""
    rollback: str | None = None
    """The service taken back to the deployment that served when the run opened."""
    scale: Scale | None = None
    """A service brought to a number of replicas."""
    argv: tuple[str, ...] | None = None
    """A command on this machine and its arguments; no shell."""
    sql: str | None = None
    """A statement that writes."""
    with_: tuple[str, ...] = Field(default=(), alias="with")
    """What `$1`, `$2`, ... of `sql` stand for: names of asks, or `time of ANCHOR`."""
    estimate: Span | None = None
    """How long it should take; what runs over says so."""
    confirm: Confirm | None = None
    """What it takes to start it; else `type`, and `yes` for variables set and restarts."""
    undo: str | None = None
    """The action that takes it back, or `none`."""
    why: str | None = None
    """Why there is no way back."""
    proof: str | None = None
    """`check NAME`: how `argv` and `sql` are known to have happened."""
    rehearse: tuple[str, ...] | None = None
    """What stands in for `argv` in a rehearsal."""

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
        return self.service or self.deploy or self.redeploy or self.restart or self.rollback

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
        """`type`, and `yes` for variables set and restarts, unless the plan says otherwise."""
        if self.confirm is not None:
            return self.confirm
        return Confirm.YES if self.kind in ("set_variables", "restart") else Confirm.TYPE

    @property
    def starts_rollout(self) -> bool:
        """Whether one deployment replaces another."""
        return self.kind in ("deploy", "redeploy", "rollback")
