"""The run screen: checklist, detail and logs, and the keys that act on them."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from cockpit.core.progress import next_gate
from cockpit.telemetry import Scene
from cockpit.ui.actions import ACTIONS, Action, Scope, glyph
from cockpit.ui.key_row import key_row
from cockpit.ui.panes.checklist import Checklist
from cockpit.ui.panes.detail import Detail
from cockpit.ui.panes.logs import Logs
from cockpit.ui.panes.margin import Notes, WayBack
from cockpit.ui.panes.pane import Pane, Tab
from cockpit.ui.screens.frame import Frame
from cockpit.ui.widgets.field import Field
from cockpit.ui.widgets.ring_log import RingLog
from cockpit.ui.widgets.rows import Rows
from cockpit.ui.widgets.text_lines import TextLines
from cockpit.view.advice import advise
from cockpit.view.checklist import ROLLBACK
from cockpit.view.fit import wrapped
from cockpit.view.line import Line, Tone
from cockpit.view.offers import RUN, Offer, offers

_WIDE, _FULL, _TALL = (110, 28), (180, 45), 40
"""Columns and rows from which panes stand beside each other, all of them, and above each other."""

_NEEDED = "80x24"

_BOUNCE = 0.15
"""Seconds within which the same key again is the finger's doing."""


class RunScreen(Frame):
    """Where an operator is nearly all the time. `pane` says which pane the keys of movement mean."""

    def __init__(self) -> None:
        super().__init__()
        self._pane: Pane | None = None
        self._next_row = ""
        self._last_pressed = ("", 0.0, "")

    def body(self) -> ComposeResult:
        yield Checklist()
        with Vertical(id="middle"):
            yield Detail()
            yield Logs()
        with Vertical(id="side"):
            yield WayBack()
            yield Notes()
        yield TextLines(id="small")
        yield Field(id="find")

    def prepare(self) -> None:
        self._field.disabled = True
        self._activate(self.checklist)
        self.set_interval(0.5 if self.cockpit.is_calm else 0.1, self._flush_logs)

    @property
    def checklist(self) -> Checklist:
        return self.query_one(Checklist)

    @property
    def detail(self) -> Detail:
        return self.query_one(Detail)

    @property
    def logs(self) -> Logs:
        return self.query_one(Logs)

    @property
    def pane(self) -> Pane:
        return self._pane or self.checklist

    @property
    def _field(self) -> Field:
        return self.query_one("#find", Field)

    @property
    def is_typing(self) -> bool:
        return self.has_class("-finding")

    @property
    def context(self) -> str:
        if self.is_typing:
            return "dialog"
        return "log" if self.pane is self.logs else "checklist"

    def offers(self, scene: Scene) -> Sequence[Offer]:
        if self.context != "checklist":
            return ()
        return [offer for offer in offers(scene, self.checklist.row_id) if not offer.action.startswith("run.")]

    def extra_keys(self) -> Iterable[str]:
        if self.is_typing:
            return ("dialog.accept", "dialog.back")
        if self.context == "log":
            return (*(("log.next",) if self.logs.ring.needle else ()), "pane.checklist")
        scene = self.cockpit.scene()
        away = self._next_row and self._next_row != self.checklist.row_id
        return (*(("run.next",) if away else ()), *(("gate.open",) if next_gate(scene.state, scene.now) else ()))

    def key_row(self, scene: Scene, width: int) -> Line:
        if self.is_small:
            return key_row(self.cockpit.keymap, "dialog", (), width, extra=("run.leave",))
        return super().key_row(scene, width)

    def show_body(self, scene: Scene) -> None:
        if self.is_small:
            self._show_small()
            return
        tabs = self._tabs()
        self.checklist.show(scene, tabs=tabs)
        self._keep_up(scene)
        self.detail.show(scene, self.checklist.row_id, tabs=tabs)
        self.logs.show(scene, tabs=tabs)
        if self.has_class("-full"):
            self.query_one(WayBack).show(scene, self.checklist.row_id)
            self.query_one(Notes).show(scene)

    def perform(self, actions: Sequence[Action]) -> Awaitable[None] | None:
        if self.is_small and self.context != "dialog" and not _works_when_small(actions):
            self.cockpit.say("The terminal is too small to see what a key would do. Make it larger first.")
            return None
        if not any(action.scope is Scope.ROW for action in actions):
            return super().perform(actions)
        self._take(actions)
        return None

    def is_slip(self, pressed: str, at: float) -> bool:
        """The same key of a row again at once, though the cursor has moved on: held down, or bouncing."""
        last, before, row = self._last_pressed
        self._last_pressed = (pressed, at, self.checklist.row_id)
        if pressed != last or at - before > _BOUNCE or row == self.checklist.row_id or self.is_typing:
            return False
        if all(action.scope is not Scope.ROW for action in self.cockpit.keymap.actions(self.context, pressed)):
            return False
        self.cockpit.say("The cursor has just moved on. Press again for this row.")
        return True

    def on_rows_pointed(self, _: Rows.Pointed) -> None:
        self.show(self.cockpit.scene())

    def nothing(self, pressed: str) -> str:
        """Why a key does nothing here; `esc` only takes the message away."""
        keys = self.cockpit.keymap
        if pressed in keys.keys["dialog.back"]:
            return ""
        meant = keys.actions("checklist", pressed) if self.context == "log" else ()
        if meant:
            return f"{glyph(pressed)} ({meant[0].title.lower()}) acts on the checklist. {keys.shown('pane.checklist')} goes there."
        return super().nothing(pressed)

    def go_to(self, row_id: str) -> None:
        """Bring the checklist's cursor to a row."""
        self._activate(self.checklist)
        if not self.checklist.go_to(self.cockpit.scene(), row_id):
            self.cockpit.say("That row is not in the checklist.")
        self.show(self.cockpit.scene())

    def act_run_next(self) -> None:
        if self._next_row:
            self.go_to(self._next_row)
        else:
            self.cockpit.say("Nothing is next just now.")

    def act_gate_open(self) -> None:
        self.cockpit.open_gate(self._row_phase())

    def act_run_note(self) -> None:
        self._take_of_run("run.note", "" if self.pane is self.logs else self.checklist.row_id)

    def act_run_close(self) -> None:
        self._take_of_run("run.close", RUN)

    def act_run_reopen(self) -> None:
        self._take_of_run("run.reopen", RUN)

    def act_run_leave(self) -> None:
        self.cockpit.ask_to_leave()

    def act_pane_checklist(self) -> None:
        self._activate(self.checklist, show=True)

    def act_pane_detail(self) -> None:
        self._activate(self.detail, show=True)

    def act_pane_logs(self) -> None:
        self._activate(self.logs, show=True)

    def act_pane_next(self) -> None:
        self._step_pane(1)

    def act_pane_previous(self) -> None:
        self._step_pane(-1)

    def act_log_follow(self) -> None:
        ring = self.logs.ring
        if ring.is_following:
            ring.hold()
        else:
            ring.follow()
        self.show(self.cockpit.scene())

    def act_log_level(self) -> None:
        self.logs.next_level()
        self.show(self.cockpit.scene())

    def act_log_next(self) -> None:
        self._find_in_log(1)

    def act_log_previous(self) -> None:
        self._find_in_log(-1)

    def act_pane_find(self) -> None:
        self._field.disabled = False
        self.add_class("-finding")
        self._field.focus()
        self.show(self.cockpit.scene())

    def act_dialog_accept(self) -> None:
        words = self._field.value.strip()
        self.act_dialog_back()
        if self.pane is self.logs:
            self.logs.ring.search(words)
            if words:
                self._find_in_log(-1)
        elif words and self.checklist.find(words) is None:
            self.cockpit.say(f"No row has '{words}'. Folded phases are not searched.")
        self.show(self.cockpit.scene())

    def act_dialog_back(self) -> None:
        self.set_focus(None)
        self.remove_class("-finding")
        self._field.disabled = True
        self.show(self.cockpit.scene())

    def act_move_up(self) -> None:
        self._moved(self._moving().move(-1))

    def act_move_down(self) -> None:
        self._moved(self._moving().move(1))

    def act_move_page_up(self) -> None:
        self._moved(self._moving().page(-1))

    def act_move_page_down(self) -> None:
        self._moved(self._moving().page(1))

    def act_move_top(self) -> None:
        self._moved(self._moving().move(-1_000_000))

    def act_move_bottom(self) -> None:
        if self.pane is self.logs:
            self.logs.ring.follow()
        self._moved(self._moving().move(1_000_000))

    def act_move_left(self) -> None:
        self._aside(-1)

    def act_move_right(self) -> None:
        self._aside(1)

    def _aside(self, step: int) -> None:
        moving = self._moving()
        self._moved(self.checklist.fold(unfold=step > 0) if isinstance(moving, Rows) else moving.sidestep(step))

    def _moving(self) -> Rows | TextLines | RingLog:
        if self.pane is self.logs:
            return self.logs.ring
        return self.detail.text if self.pane is self.detail else self.checklist.list

    def _moved(self, _: bool) -> None:  # noqa: FBT001  (what a movement returns)
        self.show(self.cockpit.scene())

    def _find_in_log(self, step: int) -> None:
        ring = self.logs.ring
        if not ring.needle:
            self.cockpit.say(f"Nothing is searched for. {self.cockpit.keymap.shown('pane.find')} asks for words.")
        elif not ring.next_match(step):
            self.cockpit.say(f"No {'newer' if step > 0 else 'older'} line has '{ring.needle}'.")
        self.show(self.cockpit.scene())

    def _take(self, actions: Sequence[Action]) -> None:
        """Take what the row offers for a key, or say what it offers instead."""
        row = self.checklist.row_id
        if row == ROLLBACK:
            self.cockpit.open_rollback()
            return
        offered = offers(self.cockpit.scene(), row)
        own = [offer for offer in offered if not offer.action.startswith("run.")]
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
            self._moved(self.checklist.toggle())

    def _gate_ids(self, pressed: Action) -> set[str]:
        """The gate's own actions under the same key: the guide names them while the cursor is on the gate."""
        keys = set(self.cockpit.keymap.keys[pressed.id])
        gate = (action for action in ACTIONS if action.scope is Scope.GATE)
        return {action.id for action in gate if keys & set(self.cockpit.keymap.keys[action.id])}

    def _not_offered(self, action: Action, own: Sequence[Offer]) -> str:
        keys = self.cockpit.keymap
        can = [
            f"{keys.shown(offer.action)} {offer.words}"
            for offer in own
            if offer.refusal is None and keys.shown(offer.action)
        ]
        instead = f"Here: {', '.join(can[:4])}." if can else "Nothing can be done with this row now."
        return f"This row has nothing to {action.words}. {instead}"

    def _take_of_run(self, action: str, row: str) -> None:
        scene = self.cockpit.scene()
        row = row if "/" in row else RUN
        chosen = next((offer for offer in offers(scene, row) if offer.action == action), None)
        if chosen is not None:
            self.cockpit.take(chosen, row)
        else:
            self.cockpit.say("Phases begin again after a rollback only.")

    def _row_phase(self) -> str:
        return self.checklist.row_id.partition("/")[0]

    def _keep_up(self, scene: Scene) -> None:
        """The cursor goes on to what is next, if it stood on what was; elsewhere it stays."""
        row = advise(scene).row
        if row != self._next_row:
            before, self._next_row = self._next_row, row
            if (row and self.checklist.row_id in (before, "")) or not before:
                self.checklist.go_to(scene, row)

    def _show_small(self) -> None:
        width, height = self.size
        words = f"This terminal is {width}x{height}. Cockpit needs {_NEEDED}: make it larger."
        self.query_one("#small", TextLines).show(wrapped(words, width - 1, Tone.WARN, indent=" "))

    def _flush_logs(self) -> None:
        if self.app.screen is not self or self.cockpit.is_behind:
            return
        ring = self.logs.ring
        if ring.size.width and ring.display and self.logs.display and ring.flush():
            self.logs.show(self.cockpit.scene(), tabs=self._tabs())

    def _activate(self, pane: Pane, *, show: bool = False) -> None:
        self._pane = pane
        for each in (self.checklist, self.detail, self.logs):
            each.is_active = each is pane
        self._show_active()
        if show:
            self.call_after_refresh(lambda: self.show(self.cockpit.scene()))

    def _step_pane(self, step: int) -> None:
        panes: list[Pane] = [self.checklist, self.detail, self.logs]
        self._activate(panes[(panes.index(self.pane) + step) % len(panes)], show=True)

    def lay_out(self) -> None:
        super().lay_out()
        width, height = self.size
        wide = width >= _WIDE[0] and height >= _WIDE[1]
        self.set_class(wide, "-wide")
        self.set_class(width >= _FULL[0] and height >= _FULL[1], "-full")
        self.set_class(not wide and height >= _TALL, "-tall")
        self._show_active()

    def _show_active(self) -> None:
        """In tabs only the active pane is there."""
        tabbed = self._is_tabbed
        for pane in (self.checklist, self.detail, self.logs):
            pane.set_class(tabbed and pane is not self.pane, "-hidden")
        self.query_one("#middle").set_class(tabbed and self.pane is self.checklist, "-hidden")

    @property
    def _is_tabbed(self) -> bool:
        return not (self.has_class("-wide") or self.has_class("-tall"))

    def _tabs(self) -> tuple[Tab, ...]:
        if not self._is_tabbed:
            return ()
        return tuple((pane.key, pane.words, pane is self.pane) for pane in (self.checklist, self.detail, self.logs))


def _works_when_small(actions: Sequence[Action]) -> bool:
    return any(action.id in ("rollback.open", "run.leave", "help.open") for action in actions)
