"""What the bodies of all events have in common: frozen, versioned, about an item or one of its intents."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """The body of an event; `VERSION` grows when its shape changes, `upcasters` then read the old."""

    model_config = ConfigDict(frozen=True)
    VERSION: ClassVar[int] = 1


class OfItem(Body):
    """The body of an event about one item."""

    item: str


class OfIntent(OfItem):
    """The body of an event about one intent of an item's action; `intent` is the seq of its `ActionIntended`."""

    intent: int
