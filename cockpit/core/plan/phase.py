"""Phases, gates and rollback levels, and the items they are made of."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Annotated

from pydantic import Field

from cockpit.core.anchor import Due, Lasts
from cockpit.core.complaint import nearest
from cockpit.core.plan.fields import Model, Span, text_by
from cockpit.core.plan.names import Name, slug


class Verb(StrEnum):
    """What an item does."""

    RECORD = "record"
    COMPARE = "compare"
    CHECK = "check"
    DO = "do"
    ASK = "ask"
    TICK = "tick"
    SEE = "see"
    SIGN = "sign"
    SAME = "same"


class Item(Model):
    """One line of a phase, verb first."""

    phase: str
    """The phase's id."""
    verb: Verb
    target: str
    """A defined name, plain words of a tick, a role, or another item's id for `same`."""

    @cached_property
    def id(self) -> str:
        """`phase/verb:target`, the target of ticks and signatures as a slug."""
        target = slug(self.target) if self.verb in (Verb.TICK, Verb.SIGN) else self.target
        return f"{self.phase}/{self.verb.value}:{target}"

    @classmethod
    def parse(cls, phase: str, text: str) -> Item:
        """Read `verb target`. Raises ValueError."""
        return _item(phase, text)


@lru_cache(maxsize=4096)
def _item(phase: str, text: str) -> Item:
    word, _, target = text.strip().partition(" ")
    verbs = {verb.value: verb for verb in Verb}
    if word not in verbs:
        choice = ", ".join(verbs)
        close = nearest(word, verbs)
        hint = f" {close}" if close.startswith("Did") else f" Begin with one of {choice}."
        raise ValueError(f"'{word}' is no verb of an item.{hint}")
    if not target.strip():
        raise ValueError(f"'{word}' stands alone. Say what to {word}.")
    return Item(phase=phase, verb=verbs[word], target=target.strip())


ItemText = Annotated[str, text_by(lambda text: Item.parse("phase", text))]
"""`verb target`."""


class Phase(Model):
    """An ordered part of a plan: items, or a go/no-go gate; perhaps due, perhaps a watch."""

    title: str = Field(min_length=1)
    """The words it is shown by; its id is made of them."""
    items: tuple[ItemText, ...] = ()
    """Its lines, verb first."""
    gate: tuple[ItemText, ...] = ()
    """Items that must all pass; a gate phase has no `items`."""
    expires: Span | None = None
    """How long a GO holds."""
    avoid: tuple[Name, ...] = ()
    """Windows within which the gate recommends NO-GO."""
    due: Annotated[str, text_by(Due.parse)] | None = None
    """`4h after A`, `first peak after A` (a window's) open it then; `within 5m of A` is a deadline."""
    lasts: Annotated[str, text_by(Lasts.parse)] | None = None
    """`24h from A`: a watch, which holds up nothing but a sign-off."""
    monitors: tuple[Name, ...] = ()
    """The monitors that run while it lasts."""

    @cached_property
    def id(self) -> str:
        return slug(self.title)

    @property
    def is_gate(self) -> bool:
        return bool(self.gate)

    def lines(self) -> tuple[Item, ...]:
        """Its items in order, those of a gate included."""
        return self._lines

    @cached_property
    def _lines(self) -> tuple[Item, ...]:
        return tuple(Item.parse(self.id, text) for text in (*self.items, *self.gate))

    @property
    def due_at(self) -> Due | None:
        return Due.parse(self.due) if self.due else None

    @property
    def watch(self) -> Lasts | None:
        return Lasts.parse(self.lasts) if self.lasts else None


class Level(Model):
    """One way back."""

    title: str = Field(min_length=1)
    """The words it is shown by; its id is made of them."""
    items: tuple[ItemText, ...] = Field(min_length=1)
    """Its lines, verb first, done in this order."""

    @cached_property
    def id(self) -> str:
        return slug(self.title)

    def lines(self) -> tuple[Item, ...]:
        """Its items in order."""
        return self._lines

    @cached_property
    def _lines(self) -> tuple[Item, ...]:
        return tuple(Item.parse(self.id, text) for text in self.items)
