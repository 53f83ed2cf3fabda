"""A log line as it travels: from the platform, through the ring, to the screen and to checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from cockpit.core.text.inert import inert


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

    def concealed(self, conceal: Callable[[str], str]) -> LogLine:
        """The line without what `conceal` takes out of its text and attributes; itself where that is nothing."""
        text = _concealed(self.text, conceal)
        attributes = tuple((name, _concealed(value, conceal)) for name, value in self.attributes)
        same = text == self.text and attributes == self.attributes
        return self if same else replace(self, text=text, attributes=attributes)


def _concealed(text: str, conceal: Callable[[str], str]) -> str:
    """As it came, and as it is shown: without escape sequences a secret that they cut in two is whole again."""
    text = conceal(text)
    if "\x1b" not in text and "\x9b" not in text:
        return text
    shown = inert(text, limit=max(1, len(text)))
    clean = conceal(shown)
    return text if clean == shown else clean


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
