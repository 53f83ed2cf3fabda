"""Alerts of a command: the terminal that it runs in, and the place that its operator's settings name."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from cockpit.adapters.secrets import Vault
from cockpit.core.state import Alerted
from cockpit.core.watch import alerts
from cockpit.errors import SourceError
from cockpit.ports import Messenger
from cockpit.runner.herald import LINK, Herald
from cockpit.session import Session
from cockpit.settings import Notifications
from cockpit.view.attention import BELL, notification

_LAST = 12.0
"""Machine seconds that what is still to be told is given when the command ends by itself."""


def place(wishes: Notifications, vault: Vault, *, rehearsal: bool) -> Messenger | None:
    """Where alerts are sent, if anywhere; from a rehearsal nowhere: it touches nothing. Raises SecretError, Refused."""
    if wishes.webhook is None or rehearsal:
        return None
    from cockpit.adapters.webhook import Webhook

    return Webhook(vault.resolve(wishes.webhook))


@asynccontextmanager
async def heralded(session: Session, messenger: Messenger | None, vault: Vault) -> AsyncIterator[None]:
    """Alerts are sent while the body runs; one that ends by itself waits a little for the last of them."""
    if messenger is None:
        yield
        return
    herald = Herald(session, messenger, vault.redact)
    telling = asyncio.create_task(herald.run(), name="herald")
    telling.add_done_callback(lambda task: _say_why(session, task))
    try:
        yield
        if session.presence.asks and not telling.done():
            with suppress(TimeoutError):
                async with asyncio.timeout(_LAST):
                    await herald.settled()
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


def _say_why(session: Session, telling: asyncio.Task[None]) -> None:
    """A defect of ours in the telling stops no watch, and is not kept quiet."""
    if not telling.cancelled() and (failure := telling.exception()) is not None:
        name = type(failure).__name__
        stopped = SourceError(f"Alerts have stopped ({name}).", "Start again; the record is whole.")
        session.telemetry.fails(LINK, stopped, session.clock.now())


class Caller:
    """Calls whoever sits at the terminal of a command: once for each alert, and not for what stood when it began."""

    def __init__(self, session: Session, wishes: Notifications) -> None:
        self._session = session
        self._wishes = wishes
        self._told = dict(alerts.standing(session.state, session.clock.now()))
        self._terminal = next((one for one in (sys.stdout, sys.stderr) if one is not None and one.isatty()), None)

    def call(self) -> None:
        """Ring, or say, what is new since the last time."""
        now = self._session.clock.now()
        for alert in alerts.wanted(self._session.state, self._told, now):
            self._told[alert.subject] = Alerted(alert.word, now)
            if self._terminal is not None:
                self._terminal.write(self._sequences(alert.words))
                self._terminal.flush()

    def _sequences(self, words: str) -> str:
        shown = notification(words, tmux="TMUX" in os.environ) if self._wishes.desktop else ""
        return shown + (BELL if self._wishes.bell else "")
