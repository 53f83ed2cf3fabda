"""Questions to the operator: yes, words, a choice. Each closes by esc, and keeps what was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult

from cockpit.core.commands import Command
from cockpit.telemetry import Scene
from cockpit.ui.screens.frame import Frame
from cockpit.ui.widgets.field import Field
from cockpit.ui.widgets.line_bar import LineBar
from cockpit.ui.widgets.rows import Rows
from cockpit.ui.widgets.text_lines import TextLines
from cockpit.view import detail
from cockpit.view.fit import foreign, line_cells, wrapped
from cockpit.view.line import Line, Row, Span, Tone

DraftKey = tuple[str, str]
"""Row and action that something was typed for."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what becomes of the answer."""

    heading: str
    prompt: str
    row: str
    """The row it is about; its detail stands below."""
    action: str
    command: Callable[[str], Command]
    """The command for what was typed or chosen. Raises ValueError with words for the operator."""
    hint: str = ""
    default: str = ""
    options: tuple[str, ...] = ()
    with_reason: frozenset[str] = frozenset()
    """Options that want words too, after a colon; then a field for them is shown."""
    secret: bool = False
    is_word: bool = False
    """What is typed is the word that confirms."""

    @property
    def draft(self) -> DraftKey:
        return (self.row, self.action)


class Dialog(Frame):
    """A question over what it is about."""

    def __init__(self, heading: str, row: str) -> None:
        super().__init__()
        self._heading = heading
        self._row = row
        self._is_over = False

    def question(self) -> Iterable[Line]:
        """The lines of the question, for the present width."""
        return ()

    def answer(self) -> ComposeResult:
        """Where it is answered."""
        yield from ()

    def body(self) -> ComposeResult:
        yield LineBar(id="heading", classes="rule")
        yield TextLines(id="question")
        yield from self.answer()
        yield LineBar(id="refusal")
        yield LineBar(id="about-rule", classes="rule")
        yield TextLines(id="about")

    def show_body(self, scene: Scene) -> None:
        width = self.size.width
        self._bar("heading").show(rule(self._heading, width))
        text = self.query_one("#question", TextLines)
        lines = tuple(self.question())
        text.styles.height = max(1, len(lines))
        text.show(lines)
        about = detail.lines(scene, self._row, width - 1) if self._row else ()
        self._bar("about-rule").show(rule("About it", width) if about else Line())
        self.query_one("#about", TextLines).show([Line((Span(" "), *line.spans)) for line in about])

    def refuse(self, words: str) -> None:
        """Say why it was not done, and stay."""
        bar = self._bar("refusal")
        bar.set_class(bool(words), "-said")
        bar.show(Line((Span(f" {foreign(words)}", Tone.BAD),)))

    def finish(self) -> None:
        """Close, now or as soon as nothing lies over it."""
        self._is_over = True
        if self.is_current:
            self.dismiss(None)

    def resumed(self) -> None:
        if self._is_over:
            self.dismiss(None)
        else:
            super().resumed()

    def act_dialog_back(self) -> None:
        self.finish()

    def nothing(self, pressed: str) -> str:
        return f"{super().nothing(pressed).split('.')[0]}. {self._way_out()}"

    def _way_out(self) -> str:
        return f"{self.cockpit.keymap.shown('dialog.back')} goes back."

    def _wrapped(self, words: str, tone: Tone = Tone.PLAIN) -> Sequence[Line]:
        return wrapped(foreign(words), max(20, self.size.width - 2), tone, indent=" ") if words else ()


class Confirm(Dialog):
    """Yes, or back. Enter is no answer, so that a finger that slips starts nothing."""

    def __init__(self, heading: str, words: Sequence[str], row: str, yes: Callable[[], None]) -> None:
        super().__init__(heading, row)
        self._words = words
        self._yes = yes

    def question(self) -> Iterable[Line]:
        for words in self._words:
            yield from self._wrapped(words, Tone.STRONG)
        yes, back = self.cockpit.keymap.shown("dialog.yes"), self.cockpit.keymap.shown("dialog.back")
        yield Line((Span(" "), Span(yes, Tone.ACCENT), Span(" yes   "), Span(back, Tone.ACCENT), Span(" no, back")))

    def extra_keys(self) -> Iterable[str]:
        return ("dialog.yes", "dialog.back")

    def act_dialog_yes(self) -> None:
        self.finish()
        self._yes()

    def act_dialog_accept(self) -> None:
        self.cockpit.say(
            f"Enter decides nothing here. {self.cockpit.keymap.shown('dialog.yes')} is yes. {self._way_out()}"
        )


class Words(Dialog):
    """Something to type: a reason, a note, a value, the word that confirms."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.heading, question.row)
        self._question = question
        self._is_sending = False

    def question(self) -> Iterable[Line]:
        yield from self._wrapped(self._question.prompt, Tone.STRONG)
        yield from self._wrapped(self._question.hint)

    def answer(self) -> ComposeResult:
        text = self.cockpit.drafts.get(self._question.draft, self._question.default)
        yield Field(text, secret=self._question.secret, id="answer")

    def extra_keys(self) -> Iterable[str]:
        return ("dialog.accept", "dialog.back")

    @property
    def text(self) -> str:
        return self.query_one(Field).value

    def prepare(self) -> None:
        self.query_one(Field).focus()

    def act_dialog_accept(self) -> None:
        self._send(self.text)

    def act_dialog_back(self) -> None:
        self._keep_draft()
        super().act_dialog_back()

    def _keep_draft(self) -> None:
        """Nothing typed is lost, but secrets, and words that confirm: one found typed already would let one key act."""
        if self._question.secret or self._question.is_word or self.text == self._question.default:
            self.cockpit.drafts.pop(self._question.draft, None)
        else:
            self.cockpit.drafts[self._question.draft] = self.text

    def _send(self, text: str) -> None:
        if self._is_sending:
            return
        try:
            command = self._question.command(text)
        except ValueError as error:
            self.refuse(str(error))
            return
        self._is_sending = True
        self._keep_draft()
        self.cockpit.send(command, self._sent)

    def _sent(self, refusal: str) -> None:
        self._is_sending = False
        if refusal:
            self.refuse(refusal)
            return
        self.cockpit.drafts.pop(self._question.draft, None)
        self.finish()


class Choice(Words):
    """One of several, and perhaps words with it: `partial: the queue was slow`."""

    def __init__(self, question: Question) -> None:
        super().__init__(question)
        self._is_noted = bool(question.with_reason)

    def answer(self) -> ComposeResult:
        yield Rows(id="choices")
        if self._is_noted:
            yield LineBar(id="label")
            yield Field(self.cockpit.drafts.get(self._question.draft, ""), id="answer")

    def prepare(self) -> None:
        rows = self.query_one(Rows)
        rows.styles.height = max(1, len(self._question.options))
        rows.show([Row(option, Line((Span(f"  {foreign(option)}"),)), "choice") for option in self._question.options])
        rows.point(self._question.default)
        if self._is_noted:
            self.query_one(Field).focus()

    def show_body(self, scene: Scene) -> None:
        super().show_body(scene)
        if self._is_noted:
            is_needed = self.query_one(Rows).current_id in self._question.with_reason
            words = "Why (needed):" if is_needed else "Why, or nothing:"
            self._bar("label").show(Line((Span(f" {words}", Tone.STRONG if is_needed else Tone.DIM),)))

    def on_rows_pointed(self, _: Rows.Pointed) -> None:
        self.show_body(self.cockpit.scene())

    @property
    def text(self) -> str:
        return self.query_one(Field).value if self._is_noted else ""

    def act_dialog_accept(self) -> None:
        chosen = self.query_one(Rows).current_id
        if not chosen:
            self.refuse("There is nothing to choose.")
            return
        words = self.text.strip()
        if chosen in self._question.with_reason and not words:
            self.refuse(f"'{chosen}' needs its reason. Say why, in a few words.")
            return
        self._send(f"{chosen}: {words}" if words else chosen)

    def _keep_draft(self) -> None:
        if self._is_noted and self.text:
            self.cockpit.drafts[self._question.draft] = self.text


def rule(words: str, width: int) -> Line:
    """A heading in a line across the screen."""
    head = Line((Span("─ ", Tone.DIM), Span(foreign(words, limit=max(1, width - 4)), Tone.STRONG), Span(" ")))
    return Line((*head.spans, Span("─" * max(0, width - line_cells(head)), Tone.DIM)))
