"""Words and evidence for the record."""

from __future__ import annotations

from cockpit.core.body import Body


class Noted(Body):
    """Words for the record."""

    text: str
    item: str | None = None


class LinePinned(Body):
    """A log line kept as evidence: logs are gone after days, the journal is not (`railway/api.md` 9, [D])."""

    service: str
    deployment: str
    instance: str
    stamp: str
    """The server's, all its decimals."""
    level: str
    text: str
    item: str | None = None


class DeviationNoted(Body):
    """Something did not go as planned."""

    text: str
    item: str | None = None
