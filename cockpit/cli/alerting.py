"""Alerts of a command: the terminal that it runs in, the place of its operator's settings, and that of the plan."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cockpit.adapters.secrets import Vault
from cockpit.core.plan import Plan
from cockpit.core.state import Alerted
from cockpit.core.watch import alerts
from cockpit.core.watch.alerts import OPERATOR, PLAN
from cockpit.errors import CockpitError, SourceError
from cockpit.ports import Messenger
from cockpit.runner.herald import LINKS, Herald
from cockpit.session import Session
from cockpit.settings import Notifications
from cockpit.view.attention import BELL, notification

if TYPE_CHECKING:
    from cockpit.adapters.webhook import Webhook

_LAST = 12.0
"""Machine seconds that what is still to be told is given when the command ends by itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """One of the places where alerts are told (`core.watch.alerts`), and who takes them there."""

    name: str
    messenger: Messenger


Excuse = Callable[[str, CockpitError], None]
"""Takes the name under which trouble of a place is told, and why it leads nowhere."""


def places(
    wishes: Notifications, plan: Plan, vault: Vault, *, rehearsal: bool, excuse: Excuse | None = None
) -> tuple[Place, ...]:
    """Where alerts are sent: the plan's place, then the operator's own where that is another one.

    From a rehearsal nowhere: it touches nothing. Raises SecretError or Refused, unless there is an `excuse` for it.
    """
    references = {PLAN: plan.notifications.webhook if plan.notifications else None, OPERATOR: wishes.webhook}
    found: dict[str, Place] = {}
    for name, reference in references.items():
        if reference is None or rehearsal:
            continue
        try:
            address = vault.resolve(reference)
            if address not in found:
                found[address] = Place(name, webhook(address, LINKS[name]))
        except CockpitError as error:
            if excuse is None:
                raise
            excuse(LINKS[name], error)
    return tuple(found.values())


def webhook(address: str, name: str) -> Webhook:
    """The adapter, imported by whoever has a place to tell. Raises Refused."""
    from cockpit.adapters.webhook import Webhook

    return Webhook(address, name)


@asynccontextmanager
async def heralded(session: Session, told: Sequence[Place], vault: Vault) -> AsyncIterator[None]:
    """Alerts are sent while the body runs; one that ends by itself waits a little for the last of them."""
    heralds = {one.name: Herald(session, one.messenger, vault.redact, place=one.name) for one in told}
    telling = [asyncio.create_task(one.run(), name=f"herald {name}") for name, one in heralds.items()]
    for name, task in zip(heralds, telling, strict=True):
        task.add_done_callback(lambda task, name=name: _say_why(session, LINKS[name], task))  # type: ignore[misc]
    try:
        yield
        if session.presence.asks and not any(task.done() for task in telling):
            with suppress(TimeoutError):
                async with asyncio.timeout(_LAST):
                    await asyncio.gather(*(one.settled() for one in heralds.values()))
    finally:
        for task in telling:
            task.cancel()
        await asyncio.gather(*telling, return_exceptions=True)


def _say_why(session: Session, link: str, telling: asyncio.Task[None]) -> None:
    """A defect of ours in the telling stops no watch, and is not kept quiet."""
    if not telling.cancelled() and (failure := telling.exception()) is not None:
        name = type(failure).__name__
        stopped = SourceError(f"Alerts have stopped ({name}).", "Start again; the record is whole.")
        session.telemetry.fails(link, stopped, session.clock.now())


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
