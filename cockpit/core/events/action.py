"""A change of the world: intent, acceptance, outcome."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cockpit.core.body import OfIntent, OfItem


class ActionIntended(OfItem):
    """An action is about to be sent. Appended before the request leaves."""

    action: str
    summary: str
    """What will be done, in words, without values that are secret."""
    before: dict[str, str] = Field(default_factory=dict)
    """What a later look compares with: variable names to a digest of their values, newest deployment, ..."""


class ActionAccepted(OfIntent):
    """The outside system took it; not yet proved."""

    deployment: str | None = None


class ActionDone(OfIntent):
    """Accepted and read back."""

    proof: str


class ActionFailed(OfIntent):
    """It certainly did not do what it should."""

    because: str


class ActionLost(OfIntent):
    """Whether it happened is unknown: its answer never came, or we were gone."""

    because: str


class ActionLooked(OfIntent):
    """What a look at an unknown outcome showed; settles nothing."""

    found: Literal["happened", "not happened", "inconclusive"]
    because: str
    deployment: str | None = None
    number: int = 1
    """First or second look."""


class ActionSettled(OfIntent):
    """The operator settled an unknown outcome, after the looks."""

    happened: bool
    deployment: str | None = None
    reason: str = ""
    """How the operator knows, where the looks could not tell."""
