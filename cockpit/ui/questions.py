"""What an offer wants to be told first, as a dialog asks for it."""

from __future__ import annotations

from cockpit.core.plan import Plan
from cockpit.ui.screens.dialogs import Question
from cockpit.view.fit import foreign
from cockpit.view.offers import Offer, command


def question(plan: Plan, row: str, offer: Offer) -> Question:
    """The dialog's question for an offer of a row."""
    hint = f"Type {offer.options[0]} to confirm." if offer.needs == "typed" and offer.options else ""
    return Question(
        heading=heading(plan, row, offer),
        prompt=offer.prompt,
        row=row,
        action=offer.action,
        command=lambda text: command(offer, row, text),
        hint=hint,
        default=offer.default,
        options=offer.options,
        with_reason=offer.with_reason,
        secret=offer.secret,
        is_word=offer.needs == "typed",
    )


def heading(plan: Plan, row: str, offer: Offer) -> str:
    """The row's title and what is about to be done with it."""
    words = title(plan, row)
    return f"{words} · {offer.words}" if words else offer.words.capitalize()


def title(plan: Plan, row: str) -> str:
    """A row's title; empty for the run itself."""
    item, part = plan.item(row), plan.phase(row)
    return foreign(plan.title_of(item)) if item else foreign(part.title) if part else ""
