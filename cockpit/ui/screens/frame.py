"""What every screen has: the head of the run above, the keys below, and one way in which keys are read.

Dialogs are whole screens with this frame, not windows over another screen: title, strip, guide
and clocks stay in sight and live while something is asked, and nothing is painted twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, Protocol, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen

from cockpit.telemetry import Scene
from cockpit.ui.actions import ACTIONS, Action
from cockpit.ui.key_row import key_row
from cockpit.ui.keymap import Keymap, glyph
from cockpit.ui.widgets.field import Field
from cockpit.ui.widgets.line_bar import LineBar
from cockpit.ui.widgets.rows import Rows
from cockpit.view import guide, header, strip
from cockpit.view.line import Line, Span, Tone
from cockpit.view.offers import Offer

if TYPE_CHECKING:
    from cockpit.ui.app import Cockpit

LEAST = (76, 18)
"""Columns and rows below which the run screen shows what it needs instead of its panes."""

END = 1_000_000
"""More lines than anything has."""

_SEQUENCE_SECONDS = 1.0
_WHILE_TYPING = frozenset({"up", "down", "pageup", "pagedown"})
"""Keys of movement that a field has no use for."""


class Movable(Protocol):
    """What the keys of movement move."""

    def move(self, lines: int) -> bool: ...

    def page(self, pages: int) -> bool: ...


class Frame(Screen[None], inherit_bindings=False):
    """A screen with head, body, banner and key row. Keys are read by the action table alone."""

    AUTO_FOCUS = ""
    PIECES = (1, 1)
    """How finely title and strip, guide and facts are cut. A dialog is soon gone: there opening quickly counts more."""

    def __init__(self) -> None:
        super().__init__()
        fine, coarse = self.PIECES
        self._title, self._strip = LineBar(pieces=fine), LineBar(pieces=fine)
        self._guide, self._facts = LineBar(pieces=coarse), LineBar(pieces=coarse)
        self._banner, self._keys = LineBar(id="banner"), LineBar()
        self._began: tuple[str, float] | None = None
        self._is_over = self._is_leaving = False

    @property
    def cockpit(self) -> Cockpit:
        return cast("Cockpit", self.app)

    @property
    def keymap(self) -> Keymap:
        """What the keys mean here."""
        return self.cockpit.keymap

    @property
    def context(self) -> str:
        """Which keys mean something: a name of `actions.CONTEXTS`."""
        return "dialog"

    @property
    def has_guides_keys(self) -> bool:
        """Whether the keys that the guide names do here what it says."""
        return self.context in ("checklist", "log", "rollback")

    def body(self) -> ComposeResult:
        """What is between head and keys."""
        yield from ()

    def show_body(self, scene: Scene) -> None:
        """Paint the body."""

    @property
    def hands(self) -> Sequence[object]:
        """Whose `act_` methods do what the keys mean, in the order in which they are asked."""
        return (self, self.cockpit, self.cockpit.pages)

    def offers(self, scene: Scene) -> Sequence[Offer]:  # noqa: ARG002  (a screen without a row offers nothing)
        """What the key row shows first."""
        return ()

    def extra_keys(self) -> Iterable[str]:
        """Action ids the key row shows besides."""
        return ()

    def key_row(self, scene: Scene, width: int) -> Line:
        """The last line."""
        return key_row(self.keymap, self.context, self.offers(scene), width, extra=self.extra_keys())

    def moving(self) -> Movable | None:
        """What the keys of movement move line by line."""
        return None

    def paging(self) -> Movable | None:
        """What they move page by page, where that is something else."""
        return self.moving()

    def prepare(self) -> None:
        """Set up what is in the body, before its first paint."""

    def lay_out(self) -> None:
        """Fit the screen to its size."""
        self.set_class(self.is_small, "-small")

    def finish(self) -> None:
        """Close, once: now, or as soon as nothing lies over it."""
        self._is_over = True
        if self.is_active and not self._is_leaving:
            self._is_leaving = True
            self.dismiss(None)

    def is_slip(self, pressed: str, at: float) -> bool:  # noqa: ARG002  (a dialog takes every key)
        """Whether a key was hardly meant."""
        return False

    def compose(self) -> ComposeResult:
        yield from (self._title, self._strip, self._guide, self._facts)
        with Container(id="body"):
            yield from self.body()
        yield from (self._banner, self._keys)

    # Textual calls the `on_` methods of every class in the line of descent: they stand here once, and
    # subclasses have the methods above.

    def on_mount(self) -> None:
        self.prepare()
        self.lay_out()
        self.show(self.cockpit.scene())

    def on_screen_resume(self) -> None:
        if self._is_over:
            self.finish()
        else:
            self.lay_out()
            self.refresh_now()

    def on_resize(self) -> None:
        self.lay_out()
        self.call_after_refresh(self.refresh_now)

    # Sizes are the terminal's: a screen that lies under another learns its own late.

    @property
    def is_small(self) -> bool:
        return self.app.size.width < LEAST[0] or self.app.size.height < LEAST[1]

    @property
    def is_typing(self) -> bool:
        """Whether printable keys belong to a text. A terminal that lost the focus is still being typed into."""
        return isinstance(self.focused, Field) or any(field.display for field in self.query(Field))

    def refresh_now(self) -> None:
        """Paint the run as it stands."""
        self.show(self.cockpit.scene())

    def show(self, scene: Scene) -> None:
        """Paint everything that differs from what is on the screen."""
        width = self.app.size.width
        if not width or not self.is_mounted:
            return
        self._title.show(header.title(scene, width))
        self._strip.show(strip.strip(scene, width))
        lines = guide.guide(scene, width, keys_work=self.has_guides_keys)
        self._guide.show(lines[0])
        self._facts.show(lines[1])
        words = self.cockpit.banner
        self._banner.display = bool(words)
        self._banner.show(Line((Span(f" {words}", Tone.BAD),)))
        self.show_keys(scene)
        self.show_body(scene)

    def show_keys(self, scene: Scene) -> None:
        """Paint the key row."""
        self._keys.show(self.key_row(scene, self.app.size.width))

    async def on_key(self, event: events.Key) -> None:
        """Find what the key means here, and do it, or say why not."""
        if not self.is_active:
            self.hand_on(event)
            return
        pressed, typing = key_name(event), self.is_typing
        self.cockpit.hush("warning")  # it was about the key before
        if pressed == "\ufffd" or self.is_slip(pressed, event.time):
            event.stop()
            return
        if typing and self._is_for_field(pressed):
            self._type(event)
            return
        found = self._meaning(pressed, event.time, typing=typing)
        event.stop()
        self.cockpit.pressed = pressed
        if found:
            done = self.perform(found)
            if isawaitable(done):
                await done
        elif self._began is None and not typing:
            self.cockpit.say(self.nothing(pressed))

    def hand_on(self, event: events.Key) -> None:
        """Give a key to the screen in front.

        Over a slow line several keys come at once, and those after one that opens a dialog have been
        sent to this screen already: they belong to the dialog. After one that closed this screen they
        were hardly meant for the one below, and are dropped.
        """
        event.stop()
        event.prevent_default()
        if not self._is_leaving:
            self.app.post_message(events.Key(event.key, event.character))

    def perform(self, actions: Sequence[Action]) -> Awaitable[None] | None:
        """Do the first of these that this screen or the app has a way to do."""
        for action in actions:
            method = f"act_{action.id.replace('.', '_')}"
            for owner in self.hands:
                handler: Callable[[], Awaitable[None] | None] | None = getattr(owner, method, None)
                if handler is not None:
                    return handler()
        back = self.cockpit.keymap.shown("dialog.back")
        self.cockpit.say(f"{actions[0].title} has no place here. {back} goes back.")
        return None

    def nothing(self, pressed: str) -> str:
        """Why a key does nothing here."""
        keymap = self.cockpit.keymap
        elsewhere = next((action for action in ACTIONS if pressed in keymap.keys[action.id]), None)
        if elsewhere is None:
            return f"{glyph(pressed)} does nothing. {keymap.shown('help.open')} lists the keys."
        return f"{glyph(pressed)} ({elsewhere.title.lower()}) belongs to {elsewhere.scope.value}. Go back to it first."

    def act_move_up(self) -> None:
        self._move(self.moving(), -1)

    def act_move_down(self) -> None:
        self._move(self.moving(), 1)

    def act_move_top(self) -> None:
        self._move(self.paging(), -END)

    def act_move_bottom(self) -> None:
        self._move(self.paging(), END)

    def act_move_page_up(self) -> None:
        self._turn(-1)

    def act_move_page_down(self) -> None:
        self._turn(1)

    def _move(self, moved: Movable | None, lines: int) -> None:
        if moved is not None and moved.move(lines):
            self._show_moved(moved)

    def _turn(self, pages: int) -> None:
        moved = self.paging()
        if moved is not None and moved.page(pages):
            self._show_moved(moved)

    def _show_moved(self, moved: Movable) -> None:
        """Rows tell by a message where their cursor has gone; of lines only the position is to be painted."""
        if not isinstance(moved, Rows):
            self.show_body(self.cockpit.scene())

    def _meaning(self, pressed: str, at: float, *, typing: bool) -> Sequence[Action]:
        """What a key means, alone or after the one that began a sequence with it."""
        keymap, began, self._began = self.keymap, self._began, None
        if began is not None and at - began[1] < _SEQUENCE_SECONDS:
            found = keymap.actions(self.context, f"{began[0]} {pressed}", typing=typing)
            if found:
                return found
        found = keymap.actions(self.context, pressed, typing=typing)
        if not found and not typing and keymap.begins(self.context, pressed):
            self._began = (pressed, at)
        return found

    def _type(self, event: events.Key) -> None:
        """A key for the field. It takes characters before they come here, unless it had not the focus yet."""
        field = next((field for field in self.query(Field) if field.display and not field.disabled), None)
        if field is None or (self.focused is field and not event.is_printable):
            return
        event.stop()
        self.set_focus(field)
        if event.is_printable and event.character:
            field.insert_text_at_cursor(event.character)

    def _is_for_field(self, pressed: str) -> bool:
        """While typing, keys of movement belong to the field; those of the dialog and of anywhere do not."""
        found = self.cockpit.keymap.actions(self.context, pressed, typing=True)
        return not found or (found[0].id.startswith("move.") and pressed not in _WHILE_TYPING)


def key_name(event: events.Key) -> str:
    """A pressed key as the action table writes it."""
    key = event.key
    if key in ("space", "enter", "tab", "escape", "backspace"):
        return key
    if event.is_printable and event.character:
        return event.character
    if key.startswith("shift+") and len(key) == len("shift+r"):
        return key[-1].upper()
    return key
