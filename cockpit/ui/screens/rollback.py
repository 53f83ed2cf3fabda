"""The way back: which level, what it would do, what tripped; its word typed; its steps while they run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.app import ComposeResult

from cockpit.core.plan import Item
from cockpit.telemetry import Scene
from cockpit.ui.actions import Action, Scope
from cockpit.ui.panes.margin import level_at
from cockpit.ui.screens.dialogs import Said, rule, told
from cockpit.ui.screens.frame import END, Frame, Movable
from cockpit.ui.widgets.field import Field
from cockpit.ui.widgets.line_bar import LineBar
from cockpit.ui.widgets.rows import Rows
from cockpit.ui.widgets.text_lines import TextLines
from cockpit.view import rollback
from cockpit.view.fit import cut_line, foreign
from cockpit.view.line import Line, Row, Span, Tone
from cockpit.view.offers import RUN, Offer, command, offers

START = "rollback.start"


class RollbackScreen(Frame):
    """Opens from everywhere. Before the start its field takes the word; then its keys act on the step at hand."""

    def __init__(self, row: str = "") -> None:
        super().__init__()
        self._rule, self._levels, self._asked, self._field = LineBar(), Rows(id="choices"), Said(), Field()
        self._refusal, self._about_rule, self._text = Said(), LineBar(), TextLines()
        self._wanted = row
        self._is_sending = False

    @property
    def context(self) -> str:
        return "dialog" if self.is_typing else "rollback"

    def body(self) -> ComposeResult:
        yield from (self._rule, self._levels, self._asked, self._field)
        yield from (self._refusal, self._about_rule, self._text)

    def moving(self) -> Movable:
        return self._levels

    def paging(self) -> Movable:
        return self._text

    def prepare(self) -> None:
        scene = self.cockpit.scene()
        level = level_at(scene, self._wanted)
        self._levels.styles.height = max(1, len(scene.state.plan.rollback))
        self._show_levels(scene)
        if level is not None:
            self._levels.point(level.id)
        self._open_field(scene)

    @property
    def level(self) -> str:
        """The level under the cursor."""
        return self._levels.current_id

    def show_body(self, scene: Scene) -> None:
        width = self.app.size.width
        self._rule.show(rule("The way back", width))
        self._show_levels(scene)
        self._open_field(scene)
        self._asked.say(told(self, *self._prompt(scene)))
        lines = rollback.lines(scene, self.level, width - 1) if self.level else ()
        self._text.show([Line((Span(" "), *line.spans)) for line in lines])
        self._about_rule.show(rule(self._text.under("What it does"), width))

    def offers(self, scene: Scene) -> Sequence[Offer]:
        step = self._step(scene)
        if self.is_typing:
            return ()
        if step is not None:
            return [offer for offer in offers(scene, step.id) if offer.action.startswith("item.")]
        return [
            offer for offer in offers(scene, RUN) if offer.action in ("run.close", "run.reopen") and not offer.refusal
        ]

    def extra_keys(self) -> Iterable[str]:
        return (*("dialog.accept",) * self.is_typing, "dialog.back", *self._text.paging_keys)

    def perform(self, actions: Sequence[Action]) -> None:
        if actions[0].scope is Scope.ROW:
            self._take({action.id for action in actions})
        else:
            super().perform(actions)

    def on_rows_pointed(self, _: Rows.Pointed) -> None:
        self._text.move(-END)
        self.refuse("")
        self.refresh_now()

    def refuse(self, words: str) -> None:
        """Say why nothing was started, and stay."""
        self._refusal.say(told(self, words, Tone.BAD))

    def act_dialog_accept(self) -> None:
        """Start it: the rules say whether the word is the right one."""
        text = self._field.value.strip()
        if self._is_sending or not self._field.display:
            return
        if self.cockpit.permit_without_record(text):
            self._field.clear()
            self.refuse("From here on nothing is recorded in the journal. Now type the word that starts it.")
            return
        offer = next((each for each in offers(self.cockpit.scene(), self.level) if each.action == START), None)
        if offer is not None:
            self._is_sending = True
            self.cockpit.send(command(offer, self.level, text), self._sent)

    def act_dialog_back(self) -> None:
        """Nothing typed here is kept: a word found typed already would let one key start it."""
        self.finish()

    def act_rollback_open(self) -> None:
        words = "type the word to start it" if self.is_typing else "it is under way or done"
        self.cockpit.say(f"You are at the way back: {words}. {self.cockpit.keymap.shown('dialog.back')} goes back.")

    def act_run_close(self) -> None:
        self._take({"run.close"})

    def act_run_reopen(self) -> None:
        self._take({"run.reopen"})

    def act_run_note(self) -> None:
        self._take({"run.note"})

    def _sent(self, refusal: str) -> None:
        self._is_sending = False
        if refusal:
            self.refuse(refusal)
            return
        self._field.clear()
        self.refuse("")

    def _show_levels(self, scene: Scene) -> None:
        rows = []
        for level in scene.state.plan.rollback:
            words = Line((Span(f" {foreign(level.title)}  "), rollback.level_span(scene, level)))
            rows.append(Row(level.id, cut_line(words, self.app.size.width), "level"))
        self._levels.show(rows)

    def _prompt(self, scene: Scene) -> tuple[str, Tone]:
        if not self._field.display:
            step = self._step(scene)
            return (f"At this step: {scene.state.plan.title_of(step)}" if step is not None else "", Tone.STRONG)
        offer = next((each for each in offers(scene, self.level) if each.action == START), None)
        if offer is None:
            return ("The plan has no way back.", Tone.BAD)
        if scene.live.journal_trouble:
            return ("Nothing can be recorded. Type WITHOUT RECORD, then the word that starts it.", Tone.BAD)
        return (offer.refusal, Tone.WARN) if offer.refusal else (offer.prompt, Tone.STRONG)

    def _open_field(self, scene: Scene) -> None:
        """Until the level runs there is something to type; then its keys act on the step at hand."""
        can_start = scene.state.level is None or scene.state.level != self.level
        self._field.display = can_start
        if not can_start:
            self.set_focus(None)
        elif self.focused is not self._field:
            self.set_focus(self._field)

    def _step(self, scene: Scene) -> Item | None:
        """The step of the level under way that is not settled yet."""
        level = scene.state.plan.phase(scene.state.level or "")
        items = level.lines() if level is not None else ()
        return next((item for item in items if not scene.state.item(item.id).is_settled), None)

    def _take(self, ids: set[str]) -> None:
        scene = self.cockpit.scene()
        step = self._step(scene)
        row = step.id if step is not None else RUN
        found = [
            offer
            for offer in offers(scene, row)
            if offer.action in ids or ("item.do" in ids and offer.action.startswith("item."))
        ]
        if found:
            self.cockpit.take(found[0], row)
        else:
            self.cockpit.say("Nothing is to be done at this step.")
