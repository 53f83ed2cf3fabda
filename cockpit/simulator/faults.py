"""Misbehaviour on demand, as data.

A rule says what goes wrong, with which requests, and for how many of them or for how long.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cockpit.errors import SimulatorError


class Fault(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"
    """The answer comes `seconds` later; the effect stands at once."""
    STATUS = "status"
    """HTTP `status` in place of an answer, with Retry-After for 429; nothing takes effect."""
    CLOUDFLARE = "cloudflare"
    """429 from the edge, which is no JSON [1 T]."""
    UNAUTHORIZED = "unauthorized"
    """The token is not known any more: `Not Authorized`, HTTP 200."""
    ERROR = "error"
    """A GraphQL error with `text`, HTTP 200; nothing takes effect."""
    TRUNCATED = "truncated"
    """Half of the JSON."""
    HTML = "html"
    """A page in place of JSON."""
    HANG = "hang"
    """No answer, ever; nothing takes effect."""
    DROP_BEFORE = "drop_before"
    """The connection breaks before anything takes effect."""
    DROP_AFTER = "drop_after"
    """The connection breaks after the effect, before the answer."""
    REFUSE_UPGRADE = "refuse_upgrade"
    """The websocket is refused with HTTP `status`."""
    DROP_SOCKETS = "drop_sockets"
    """An open websocket breaks at its next frame."""
    STALL = "stall"
    """An open websocket falls silent at its next frame, and stays open: no frame, no pong, no close."""
    DEAF = "deaf"
    """A subscription gives nothing more from its next frame on, while the socket answers pings."""
    DUPLICATE = "duplicate"
    """A frame of lines comes twice [C: the look-back of the CLI's flow logs]."""
    LATE = "late"
    """Every second line of a frame comes `seconds` after the others [9 C]."""
    SHUFFLE = "shuffle"
    """The lines of a frame come newest first."""
    COMPLETE = "complete"
    """A subscription ends at once by `complete`, as when load is shed [2 L]."""
    UNKNOWN_STATUS = "unknown_status"
    """Every deployment status reads `text`, which is in no enum."""


class Rule(BaseModel):
    """One fault and the requests it befalls."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fault: Fault
    operation: str = "*"
    """A GraphQL operation's name, one of its root fields, an app path, or * for all."""
    surface: str = "railway"
    """railway or app."""
    count: int | None = Field(default=None, ge=1)
    """Only so many requests; without count and duration, until cleared."""
    duration: float | None = Field(default=None, gt=0)
    """Only so many machine seconds."""
    seconds: float = 5.0
    status: int = 500
    retry_after: float = 2.0
    text: str = "CANCELLED"
    """A value once reported that is not in the enum [7 T]."""


def rule(text: str) -> Rule:
    """`drop_after:operation=Deploy,count=1` as a rule, the way a command line gives it. Raises SimulatorError."""
    name, _, rest = text.partition(":")
    given = dict(part.partition("=")[::2] for part in rest.split(",") if part)
    try:
        return Rule.model_validate({"fault": name, **given})
    except ValidationError as error:
        known = ", ".join(Fault)
        raise SimulatorError(
            f"'{text}' is no fault.", f"Write NAME or NAME:operation=Deploy,count=1 with a NAME of {known}."
        ) from error


class Faults:
    """The rules in force, used up as they strike."""

    def __init__(self) -> None:
        self._held: list[tuple[Rule, float]] = []
        self._left: dict[int, int] = {}

    def replace(self, rules: Iterable[Rule], now: float) -> None:
        """Put rules in force, in place of all others; `now` is machine time."""
        self._held = [(rule, now + rule.duration if rule.duration else float("inf")) for rule in rules]
        self._left = {place: rule.count for place, (rule, _) in enumerate(self._held) if rule.count}

    def strike(self, faults: Iterable[Fault], now: float, surface: str, names: Iterable[str | None]) -> Rule | None:
        """The first rule of these kinds for a request known by these names; uses it up by one."""
        wanted, known = set(faults), {"*", *names}
        for place, (rule, until) in enumerate(self._held):
            spent = self._left.get(place) == 0
            fits = rule.fault in wanted and rule.surface == surface and rule.operation in known
            if fits and now < until and not spent:
                if place in self._left:
                    self._left[place] -= 1
                return rule
        return None

    def as_json(self, now: float) -> list[dict[str, Any]]:
        """What is in force now."""
        return [
            rule.model_dump(mode="json") | {"left": self._left.get(place)}
            for place, (rule, until) in enumerate(self._held)
            if now < until and self._left.get(place) != 0
        ]
