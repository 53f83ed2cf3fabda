"""The run screen: checklist, detail and logs, and the keys that act on them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from textual.app import ComposeResult

from cockpit.core.progress import next_gate
from cockpit.telemetry import Scene
from cockpit.ui.actions import ACTIONS, Action, Scope
from cockpit.ui.key_row import key_row
from cockpit.ui.keymap import glyph
from cockpit.ui.panes.checklist import Checklist
from cockpit.ui.panes.desk import Desk
from cockpit.ui.panes.pane import Pane
from cockpit.ui.screens.frame import Frame, Movable
from cockpit.ui.screens.log_keys import LogKeys
from cockpit.ui.widgets.field import Field
from cockpit.ui.widgets.ring_log import RingLog
from cockpit.ui.widgets.rows import Rows
from cockpit.ui.widgets.text_lines import TextLines
from cockpit.view.advice import advise
from cockpit.view.checklist import ROLLBACK
from cockpit.view.fit import wrapped
from cockpit.view.line import Line, Tone
from cockpit.view.needle import USAGE
from cockpit.view.offers import RUN, Offer, offers

_NEEDED = "80x24"
_WHEN_SMALL = frozenset({"rollback.open", "run.leave", "help.open"})
"""Actions that need nothing in sight."""
_BOUNCE = 0.06
"""Seconds within which the same key again is no second press: keys repeat every 30 ms, fingers every 100."""
_FLUSH, _CALM_FLUSH = 0.1, 0.5
_AFTER_CURSOR = 0.03


class RunScreen(Frame):
    """Where an operator is nearly all the time. Keys act on the checklist's row, or on the log while it is active."""

    PIECES = (6, 3)

    def __init__(self) -> None:
        super().__init__()
        self._desk = Desk()
        self._small = TextLines(id="small")
        self._field = Field(id="find")
        self._takes_line: Callable[[str], bool] = lambda _: True
        self._log_keys = LogKeys(self, self._desk.logs)
        self.bounce = _BOUNCE
        self._next_row = ""
        self._is_pointing = False
        self._last_pressed = ("", 0.0, "")

    def body(self) -> ComposeResult:
        yield from (self._desk, self._small, self._field)

    def prepare(self) -> None:
        self._field.disabled = True
        self._desk.activate(self.checklist)
        self.set_interval(_CALM_FLUSH if self.cockpit.is_calm else _FLUSH, self._flush_logs)

    def lay_out(self) -> None:
        super().lay_out()
        self._desk.arrange_for(*self.app.size)

    @property
    def checklist(self) -> Checklist:
        return self._desk.checklist

    @property
    def row_id(self) -> str:
        """The row that keys act on."""
        return self.checklist.row_id

    @property
    def hands(self) -> Sequence[object]:
        return (self._log_keys, *super().hands)

    @property
    def is_typing(self) -> bool:
        return self.has_class("-finding")

    @property
    def context(self) -> str:
        if self.is_typing:
            return "dialog"
        return "log" if self._is_log else "checklist"

    def moving(self) -> Movable | None:
        moving = self._desk.moving
        return moving if isinstance(moving, Rows | TextLines | RingLog) else None

    def offers(self, scene: Scene) -> Sequence[Offer]:
        return _own(offers(scene, self.row_id)) if self.context == "checklist" else ()

    def extra_keys(self) -> Iterable[str]:
        if self.is_typing:
            return ("dialog.accept", "dialog.back")
        if self._is_log:
            ring = self._desk.logs.ring
            reading = () if ring.is_following else ("log.record", "log.pin")
            return (*(("log.next",) if ring.needle else ()), "pane.checklist", *reading)
        scene = self.cockpit.scene()
        if scene.state.is_closed:
            return ("run.leave",)
        away = self._next_row and self._next_row != self.row_id
        return (*(("run.next",) if away else ()), *(("gate.open",) if next_gate(scene.state, scene.now) else ()))

    def key_row(self, scene: Scene, width: int) -> Line:
        if self.is_small:
            return key_row(self.cockpit.keymap, "dialog", (), width, extra=("run.leave",))
        return super().key_row(scene, width)

    def show_body(self, scene: Scene) -> None:
        if self.is_small:
            width, height = self.app.size
            words = f"This terminal is {width}x{height}. Cockpit needs {_NEEDED}: make it larger."
            self._small.show(wrapped(words, width - 1, Tone.WARN, indent=" "))
            return
        stood = self.row_id
        self.checklist.show(scene, tabs=self._desk.tabs)
        self._keep_up(scene, stood)
        self._desk.show_beside(scene)

    def perform(self, actions: Sequence[Action]) -> Awaitable[None] | None:
        if self.is_small and not self.is_typing and not any(action.id in _WHEN_SMALL for action in actions):
            self.cockpit.say("The terminal is too small to see what a key would do. Make it larger first.")
            return None
        if actions[0].scope is not Scope.ROW:
            return super().perform(actions)
        self._take(actions)
        return None

    def is_slip(self, pressed: str, at: float) -> bool:
        """The same key of a row again at once, though the cursor has moved on: held down, or bouncing."""
        last, before, row = self._last_pressed
        self._last_pressed = (pressed, at, self.row_id)
        if pressed != last or at - before >= self.bounce or row == self.row_id or self.is_typing:
            return False
        if all(action.scope is not Scope.ROW for action in self.cockpit.keymap.actions(self.context, pressed)):
            return False
        self.cockpit.say("The cursor has just moved on. Press again for this row.")
        return True

    def nothing(self, pressed: str) -> str:
        """Why a key does nothing here; `esc` only takes the message away."""
        keys = self.cockpit.keymap
        if pressed in keys.keys["dialog.back"]:
            return ""
        meant = keys.actions("checklist", pressed) if self._is_log else ()
        if meant:
            there = keys.shown("pane.checklist")
            return f"{glyph(pressed)} ({meant[0].title.lower()}) acts on the checklist. {there} goes there."
        return super().nothing(pressed)

    def on_pane_sized(self, _: Pane.Sized) -> None:
        self.refresh_now()

    def on_rows_pointed(self, _: Rows.Pointed) -> None:
        """Another row. The cursor is painted first; what it points at a moment later, once for many quick steps."""
        if not self._is_pointing:
            self._is_pointing = True
            self.set_timer(_AFTER_CURSOR, self._show_pointed)

    def _show_pointed(self) -> None:
        """The row's detail and keys are all that changes."""
        self._is_pointing = False
        scene = self.cockpit.scene()
        self.checklist.show_position(tabs=self._desk.tabs)
        self._desk.show_beside(scene)
        self.show_keys(scene)

    def go_to(self, row_id: str) -> None:
        """Bring the checklist's cursor to a row."""
        self._desk.activate(self.checklist)
        if not self.checklist.go_to(self.cockpit.scene(), row_id):
            self.cockpit.say("That row is not in the checklist.")
        self.refresh_now()

    def act_run_next(self) -> None:
        if self._next_row:
            self.go_to(self._next_row)
        else:
            self.cockpit.say("Nothing is next just now.")

    def act_gate_open(self) -> None:
        self.cockpit.open_gate(self.row_id.partition("/")[0])

    def act_run_note(self) -> None:
        self._take_of_run("run.note", RUN if self._is_log else self.row_id)

    def act_run_close(self) -> None:
        self._take_of_run("run.close", RUN)

    def act_run_reopen(self) -> None:
        self._take_of_run("run.reopen", RUN)

    def act_run_leave(self) -> None:
        self.cockpit.ask_to_leave()

    def act_pane_checklist(self) -> None:
        self._activate(self._desk.checklist)

    def act_pane_detail(self) -> None:
        self._activate(self._desk.detail)

    def act_pane_logs(self) -> None:
        self._activate(self._desk.logs)

    def act_pane_next(self) -> None:
        self._activate(self._desk.after(1))

    def act_pane_previous(self) -> None:
        self._activate(self._desk.after(-1))

    def act_pane_find(self) -> None:
        if self._is_log:
            self.ask(USAGE, self._log_keys.find)
        else:
            self.ask("words to find", self._find_row)

    def ask(self, prompt: str, take: Callable[[str], bool], value: str = "") -> None:
        """Have a line typed under the panes; it stays open while `take` says no."""
        self._takes_line = take
        self._field.disabled = False
        self._field.placeholder = prompt
        self._field.value = value
        self._field.cursor_position = len(value)
        self.add_class("-finding")
        self.set_focus(self._field)
        self.refresh_now()

    def act_dialog_accept(self) -> None:
        if self._takes_line(self._field.value.strip()):
            self.act_dialog_back()

    def act_dialog_back(self) -> None:
        self.set_focus(None)
        self.remove_class("-finding")
        self._field.disabled = True
        self.refresh_now()

    def act_move_bottom(self) -> None:
        if self._is_log:
            self._desk.logs.ring.follow()
            self.refresh_now()
        else:
            super().act_move_bottom()

    def act_move_left(self) -> None:
        self._aside(-1)

    def act_move_right(self) -> None:
        self._aside(1)

    @property
    def _is_log(self) -> bool:
        return self._desk.active is self._desk.logs

    def _aside(self, step: int) -> None:
        moving = self._desk.moving
        if isinstance(moving, Rows):
            self.checklist.fold(unfold=step > 0)
        elif isinstance(moving, TextLines | RingLog):
            moving.sidestep(step)
        self.refresh_now()

    def _find_row(self, words: str) -> bool:
        if words and self.checklist.find(words) is None:
            self.cockpit.say(f"No row has '{words}'. Folded phases are not searched.")
        return True

    def _take(self, actions: Sequence[Action]) -> None:
        """Take what the row offers for a key, or say what it offers instead."""
        row = self.row_id
        if row == ROLLBACK:
            self.cockpit.open_rollback()
            return
        own = _own(offers(self.cockpit.scene(), row))
        if actions[0].id == "item.do":
            self._take_likeliest(row, own)
            return
        ids = {action.id for action in actions} | self._gate_ids(actions[0])
        chosen = next((offer for offer in own if offer.action in ids), None)
        if chosen is None:
            self.cockpit.say(self._not_offered(actions[0], own))
        else:
            self.cockpit.take(chosen, row)

    def _take_likeliest(self, row: str, own: Sequence[Offer]) -> None:
        if own and own[0].action.startswith("gate."):
            self.cockpit.open_gate(row.partition("/")[0])
        elif own and own[0].action == "rollback.start":
            self.cockpit.open_rollback(row)
        elif own:
            self.cockpit.take(own[0], row)
        else:
            self.checklist.toggle()
            self.refresh_now()

    def _gate_ids(self, pressed: Action) -> set[str]:
        """The gate's own actions under the same key: the guide names them while the cursor is on the gate."""
        keymap = self.cockpit.keymap
        keys = set(keymap.keys[pressed.id])
        return {action.id for action in ACTIONS if action.scope is Scope.GATE and keys & set(keymap.keys[action.id])}

    def _not_offered(self, action: Action, own: Sequence[Offer]) -> str:
        keys = self.cockpit.keymap
        possible = [offer for offer in own if offer.refusal is None and keys.shown(offer.action)]
        can = ", ".join(f"{keys.shown(offer.action)} {offer.words}" for offer in possible[:4])
        instead = f"Here: {can}." if can else "Nothing can be done with this row now."
        return f"This row has nothing to {action.words}. {instead}"

    def _take_of_run(self, action: str, row: str) -> None:
        row = row if "/" in row else RUN
        chosen = next((offer for offer in offers(self.cockpit.scene(), row) if offer.action == action), None)
        if chosen is not None:
            self.cockpit.take(chosen, row)
        else:
            self.cockpit.say("Phases begin again after a rollback only.")

    def _keep_up(self, scene: Scene, stood: str) -> None:
        """The cursor goes on to what is next, if it stood on what was; elsewhere it stays."""
        row = advise(scene).row
        if row != self._next_row:
            before, self._next_row = self._next_row, row
            if row and (stood in (before, "") or not before):
                self.checklist.go_to(scene, row)

    def _activate(self, pane: Pane) -> None:
        self._desk.activate(pane)
        self.refresh_now()

    def _flush_logs(self) -> None:
        if self.is_active and not self.is_small and not self.cockpit.is_behind:
            self._desk.flush_logs(self.cockpit.scene())


def _own(found: Sequence[Offer]) -> list[Offer]:
    """Offers of the row, without those of the run."""
    return [offer for offer in found if not offer.action.startswith("run.")]
