"""The go/no-go: every condition with its word, what is recommended, and the decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from textual.app import ComposeResult

from cockpit.telemetry import Scene
from cockpit.ui.screens.dialogs import Question, Words, rule, told
from cockpit.ui.screens.frame import Frame, Movable
from cockpit.ui.widgets.line_bar import LineBar
from cockpit.ui.widgets.text_lines import TextLines
from cockpit.view import gate
from cockpit.view.line import Line, Span
from cockpit.view.offers import Offer, command, offers


class GateScreen(Frame):
    """One gate. A decision is never one key: GO and NO-GO ask once more, a GO against a condition asks why.

    It closes once it is decided.
    """

    def __init__(self, phase: str) -> None:
        super().__init__()
        self.phase = phase
        self._decided: datetime | None = None
        self._rule, self._text = LineBar(), TextLines()

    @property
    def context(self) -> str:
        return "gate"

    def body(self) -> ComposeResult:
        yield from (self._rule, self._text)

    def moving(self) -> Movable:
        return self._text

    def prepare(self) -> None:
        self._decided = self.cockpit.scene().state.gate(self.phase).decided

    def show_body(self, scene: Scene) -> None:
        # Opening it again takes the decision away: that is no decision.
        if scene.state.gate(self.phase).decided not in (None, self._decided) and self.is_active:
            self.call_later(self.finish)
        width = self.app.size.width
        lines = gate.lines(scene, self.phase, width - 1)
        self._text.show([Line((Span(" "), *line.spans)) for line in lines])
        self._rule.show(rule(self._text.under("Go / no-go"), width))

    def offers(self, scene: Scene) -> Sequence[Offer]:
        gate_offers = [offer for offer in offers(scene, self.phase) if offer.action.startswith("gate.")]
        renamed = [replace(offer, action="gate.ask") if offer.action == "gate.open" else offer for offer in gate_offers]
        rows = gate.to_tick(scene, self.phase)[:1]
        ticks = [replace(self._tick(scene, row), action="gate.tick_first") for row in rows]
        return [*ticks, *sorted(renamed, key=lambda offer: offer.action == "gate.ask")]

    def extra_keys(self) -> Iterable[str]:
        return ("dialog.back", *self._text.paging_keys)

    def act_gate_go(self) -> None:
        self._take("gate.go")

    def act_gate_no_go(self) -> None:
        self._take("gate.no_go")

    def act_gate_ask(self) -> None:
        self._take("gate.open")

    def act_gate_tick_first(self) -> None:
        scene = self.cockpit.scene()
        rows = gate.to_tick(scene, self.phase)
        if rows:
            self.cockpit.take(self._tick(scene, rows[0]), rows[0])
        else:
            self.cockpit.say("Nothing in this gate waits for a tick.")

    def act_dialog_back(self) -> None:
        self.finish()

    def act_dialog_accept(self) -> None:
        keys = self.cockpit.keymap
        self.cockpit.say(
            f"Enter decides nothing here. {keys.shown('gate.go')} is GO, {keys.shown('gate.no_go')} is NO-GO."
        )

    @staticmethod
    def _tick(scene: Scene, row: str) -> Offer:
        return next(offer for offer in offers(scene, row) if offer.action == "item.tick")

    def _take(self, action: str) -> None:
        found = [offer for offer in offers(self.cockpit.scene(), self.phase) if offer.action == action]
        if found:
            self.cockpit.take(found[0], self.phase)


class Reasons(Words):
    """A GO against conditions that are not met: why, for each of them in turn."""

    def __init__(self, offer: Offer, phase: str, titles: Sequence[str]) -> None:
        super().__init__(
            Question(
                offer.words, offer.prompt, phase, offer.action, lambda text: command(offer, phase, text), default=""
            )
        )
        self._titles = titles
        self._given: list[str] = []

    def asked(self) -> Iterable[Line]:
        number = len(self._given)
        yield from told(self, f"Condition {number + 1} of {len(self._titles)} is not met: {self._titles[number]}")
        yield from told(self, "Why is it passed over? The reason stands in the record. After the last one it is GO.")

    def act_dialog_accept(self) -> None:
        reason = " ".join(self.field.value.split())
        if not reason:
            self.refuse("A reason is needed. Say why in a few words.")
            return
        if len(self._given) + 1 < len(self._titles):
            self._given.append(reason)
            self.refuse("")
            self.field.clear()
            self.refresh_now()
        else:
            self.submit("\n".join([*self._given, reason]))
