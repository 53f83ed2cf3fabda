"""The last line: what the keys do here, likeliest first, the way back and the key list always."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cockpit.ui.actions import ACTIONS, BY_ID, CONTEXTS, Action, Scope
from cockpit.ui.keymap import Keymap
from cockpit.view.fit import line_cells, spread
from cockpit.view.line import Line, Span, Tone
from cockpit.view.offers import Offer

_ALWAYS = ("rollback.open", "help.open")
_GAP = Span("  ")


def key_row(keymap: Keymap, context: str, offers: Sequence[Offer], width: int, *, extra: Iterable[str] = ()) -> Line:
    """What can be done with a row, then what a context has besides; as much as fits `width` cells.

    An offer that would be refused is dim, and last, so that it takes no living key's place: its key
    says why. `extra` are action ids to show before the context's own.
    """
    end = _joined([_entry(keymap, BY_ID[action_id]) for action_id in _ALWAYS])
    own = [offer for offer in _distinct(keymap, offers) if BY_ID[offer.action].follows not in _ALWAYS]
    entries = [_entry(keymap, BY_ID[offer.action]) for offer in own if offer.refusal is None]
    shown = {offer.action for offer in offers}
    rest = [BY_ID[action_id] for action_id in extra]
    rest += [action for scope in _besides(context) for action in ACTIONS if action.scope is scope and action.in_row]
    if context == "log":
        rest.remove(BY_ID["pane.logs"])
    entries += [
        _entry(keymap, action) for action in dict.fromkeys(rest) if action.id not in shown and action.id not in _ALWAYS
    ]
    entries += [_entry(keymap, BY_ID[offer.action], refused=True) for offer in own if offer.refusal is not None]
    room = width - line_cells(end) - 4
    kept: list[list[Span]] = []
    for entry in entries:
        if line_cells(_joined([*kept, entry])) > room:
            break
        kept.append(entry)
    return spread(Line((Span(" "), *_joined(kept).spans)), Line((*end.spans, Span(" "))), width)


def _besides(context: str) -> Sequence[Scope]:
    """Whose keys are shown beside the offers: on the run screen those of the run, in a dialog only its own."""
    return CONTEXTS[context] if Scope.RUN in CONTEXTS[context] and Scope.DIALOG not in CONTEXTS[context] else ()


def _distinct(keymap: Keymap, offers: Sequence[Offer]) -> list[Offer]:
    """Offers that have a key here, each key once."""
    found: dict[str, Offer] = {}
    for offer in offers:
        if offer.action in BY_ID and (key := keymap.shown(offer.action)):
            found.setdefault(key, offer)
    return list(found.values())


def _entry(keymap: Keymap, action: Action, *, refused: bool = False) -> list[Span]:
    key, words = keymap.shown(action.id), action.words
    if refused:
        return [Span(f"{key} {words}", Tone.DIM)]
    return [Span(key, Tone.ACCENT), Span(f" {words}")]


def _joined(entries: Sequence[Sequence[Span]]) -> Line:
    spans: list[Span] = []
    for entry in entries:
        spans += [*([_GAP] if spans else []), *entry]
    return Line(tuple(spans))
