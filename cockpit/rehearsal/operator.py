"""The scripted operator of `--auto`: a careful person without opinions.

It acts through the same session as a person, and sees only what a person sees: the rows of the
checklist and the offers of each row. It never learns which scenario is played. What it does:
whatever is offered next, in order; a failed check is asked again, twice, and so is a gate that is
not recommended; if it still fails, the deepest way back is taken, or the gate is a no-go.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from cockpit.core.commands import Refusal
from cockpit.session import Session
from cockpit.view.checklist import rows
from cockpit.view.line import Row
from cockpit.view.offers import RUN, Offer, command, offers
from cockpit.view.standing import ACTIVE, DONE, FAILED, LEFT_OUT, UNSURE, WAIVED

WIDTH = 120
LOOK_SECONDS = 0.02
ASK_AGAIN = 2
SETTLE = ("item.settle_happened", "item.settle_not")
"""What two looks at an unknown outcome agree on; what only a person can know it leaves open."""
FORWARD = ("item.tick", "item.yes", "item.record", "item.answer", "item.sign", "item.do")
"""What is done with a row without a second thought, the likeliest first."""

Say = Callable[[str], None]


class ScriptedOperator:
    """Drives a run to its close; `say` hears each thing it does."""

    def __init__(self, session: Session, say: Say = lambda _: None) -> None:
        self._session = session
        self._say = say
        self._asked: Counter[str] = Counter()

    async def drive(self) -> None:
        """Until the run is closed."""
        changed = asyncio.Event()
        unsubscribe = self._session.subscribe(lambda _: changed.set())
        try:
            while not self._session.state.is_closed:
                if await self._act():
                    continue
                try:
                    async with asyncio.timeout(LOOK_SECONDS):
                        await changed.wait()
                except TimeoutError:
                    continue
                changed.clear()
        finally:
            unsubscribe()

    async def _act(self) -> bool:
        """One act, if there is one; false while there is only waiting."""
        shown = rows(self._session.scene(), WIDTH)
        for row in shown:
            if row.kind == "item" and await self._work_on(row):
                return True
        for row in shown:
            if row.kind == "phase" and await self._decide_gate(row):
                return True
        if any(self._has_given_up(row) for row in shown) and await self._turn_back(shown):
            return True
        return await self._close()

    async def _work_on(self, row: Row) -> bool:
        open_offers = self._offers(row.id)
        for action in SETTLE:
            if (offer := open_offers.get(action)) is not None and offer.needs == "yes":
                return await self._take(offer, row.id)
        if _has_failed(row):
            again = open_offers.get("item.check") or open_offers.get("item.record")
            if again is None or self._asked[row.id] >= ASK_AGAIN:
                return False
            self._asked[row.id] += 1
            return await self._take(again, row.id)
        for action in FORWARD:
            if (offer := open_offers.get(action)) is not None and not _settled(row):
                return await self._take(offer, row.id)
        trial = open_offers.get("item.check")
        return trial is not None and trial.needs == "yes" and not _settled(row) and await self._take(trial, row.id)

    async def _decide_gate(self, row: Row) -> bool:
        """Open it, twice more where an answer was bad or came too late; then follow the recommendation."""
        if self._ends_with("stopped at gate"):
            return False
        open_offers = self._offers(row.id)
        go, no_go, opening = (open_offers.get(f"gate.{word}") for word in ("go", "no_go", "open"))
        if go is not None and go.needs == "yes":
            return await self._take(go, row.id)
        if opening is not None and self._asked[row.id] <= ASK_AGAIN:
            self._asked[row.id] += 1
            return await self._take(opening, row.id)
        return no_go is not None and go is not None and await self._take(no_go, row.id)

    async def _turn_back(self, shown: tuple[Row, ...]) -> bool:
        """The deepest way back that is open and has not been tried."""
        for row in reversed(shown):
            offer = self._offers(row.id).get("rollback.start") if row.kind == "level" else None
            if offer is not None and self._asked[row.id] == 0:
                self._asked[row.id] += 1
                return await self._take(offer, row.id)
        return False

    def _has_given_up(self, row: Row) -> bool:
        """An item that failed and offers nothing more to try, or was tried often enough."""
        if row.kind != "item" or not _has_failed(row):
            return False
        open_offers = self._offers(row.id)
        again = open_offers.get("item.check") or open_offers.get("item.record")
        settling = any(action.startswith("item.settle") for action in open_offers)
        return not settling and (self._asked[row.id] >= ASK_AGAIN if again else _glyph(row) == FAILED)

    async def _close(self) -> bool:
        offer = self._offers(RUN).get("run.close")
        best = offer.options[0] if offer is not None and offer.options else ""
        if offer is None or best not in ("signed off", "rolled back", "stopped at gate"):
            return False
        # A watch that nobody kept, such as one a kill fell into, is signed off with a reason only.
        words = f"{best}: its monitors could not tell" if best in offer.with_reason else best
        return await self._take(replace(offer, default=words), RUN)

    def _ends_with(self, ending: str) -> bool:
        offer = self._offers(RUN).get("run.close")
        return offer is not None and ending in offer.options

    def _offers(self, row_id: str) -> dict[str, Offer]:
        found = offers(self._session.scene(), row_id)
        # Where no look can tell what happened a person may know, a script does not.
        known = (offer for offer in found if offer.action not in SETTLE or offer.needs != "reason")
        return {offer.action: offer for offer in known if offer.refusal is None}

    async def _take(self, offer: Offer, row_id: str) -> bool:
        text = _text(offer, self._session.operator)
        if text is None:
            return False
        answer = await self._session.dispatch(command(offer, row_id, text))
        if isinstance(answer, Refusal):
            return False
        self._say(f"{offer.words}: {row_id or 'the run'}")
        return True


def _text(offer: Offer, name: str) -> str | None:
    """What a person would type: the one word that counts, the default, a name; None where only a person knows."""
    match offer.needs:
        case "typed":
            return offer.options[0]
        case "choice" | "text":
            return offer.default or (name if offer.action == "item.sign" else None)
        case "reason":
            return "scripted"
        case _:
            return ""


def _has_failed(row: Row) -> bool:
    return _glyph(row) in (FAILED, UNSURE)


def _settled(row: Row) -> bool:
    return _glyph(row) in (DONE, WAIVED, LEFT_OUT)


def _glyph(row: Row) -> str:
    """The first mark of a row; that of the row which comes next stands behind its arrow."""
    return row.line.text.lstrip(f" {ACTIVE}")[:1]
