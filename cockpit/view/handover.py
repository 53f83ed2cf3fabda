"""What happened while nobody drove, for whoever takes the run up: what a monitor has seen, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cockpit.core.events import Attached, Event
from cockpit.core.fold import apply, fold
from cockpit.view import bulletin
from cockpit.view.bulletin import Bulletin
from cockpit.view.line import Line, Span, Tone
from cockpit.view.words import count

LONGEST = 300
"""Changes that are shown, the newest; a flapping week has more, and the report all."""


def missed(events: Sequence[Event]) -> tuple[Bulletin, ...]:
    """Changes since the last thing that the last driver's process recorded; nothing where it was the last to speak."""
    drivers = [event.session for event in events if isinstance(event.body, Attached)]
    if not drivers:
        return ()
    last = max(number for number, event in enumerate(events) if event.session == drivers[-1])
    return tuple(_told(events[: last + 1], events[last + 1 :]))


def lines(found: Sequence[Bulletin], width: int) -> Iterator[Line]:
    """A page of them."""
    if len(found) > LONGEST:
        yield Line((Span(f"{count(len(found) - LONGEST, 'earlier change')} in the report", Tone.DIM),))
    for one in found[-LONGEST:]:
        for number, text in enumerate(bulletin.lines(one, width)):
            yield Line((Span(text, one.standing.tone if number == 0 else Tone.PLAIN),))


def _told(before: Sequence[Event], after: Iterable[Event]) -> Iterator[Bulletin]:
    state = fold(before)
    for event in after:
        earlier, state = state, apply(state, event)
        if (one := bulletin.of_event(earlier, event, state)) is not None:
            yield one
