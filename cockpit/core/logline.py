"""A log line as it travels: from the platform, through the ring, to the screen and to checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line. `text` is raw: whoever shows it makes it inert."""

    at: datetime
    """The server's stamp, microseconds (its nanoseconds stay in `stamp`)."""
    stamp: str
    """The stamp as sent: identity and resume cursor."""
    text: str
    level: str
    """debug, info, warn, error, or `platform`."""
    service: str
    """Its name, or its id where the name is unknown."""
    deployment: str
    instance: str
    attributes: tuple[tuple[str, str], ...] = ()
    """What the line says besides its text: key and value, as they came."""
    late: bool = False
    """It came after newer lines of its instance: order of coming is not order of saying."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes two deliveries one line: log rows carry no id (`railway/api.md` 9)."""
        return (self.stamp, self.instance, self.text)


@dataclass(frozen=True, slots=True)
class LogGap:
    """A hole in what was delivered: lines between the two stamps may be missing."""

    since: datetime
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class LogLink:
    """The state of the delivery: quiet and dead must look different."""

    state: str
    """live, polling, reconnecting, down."""
    why: str = ""
    heard: datetime | None = None
    """The last sign of life (plan time): a line, or an answer to a ping. None before the first."""
