"""Questions to the operator: yes, words, a choice. Each closes by esc, and keeps what was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from textual.app import ComposeResult

from cockpit.core.commands import Command
from cockpit.telemetry import Scene
from cockpit.ui.keymap import Keymap, glyph
from cockpit.ui.screens.frame import Frame, Movable
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


class Said(TextLines):
    """A few lines, as high as they are many; away where there are none."""

    def say(self, lines: Sequence[Line]) -> None:
        """Show these, and take the room for them."""
        self.display = bool(lines)
        self.styles.height = max(1, len(lines))
        self.show(lines, from_top=True)


class Dialog(Frame):
    """A question over what it is about."""

    def __init__(self, heading: str, row: str) -> None:
        super().__init__()
        self._heading, self._row = heading, row
        self._rule, self._asked, self._refusal = LineBar(), Said(), Said()
        self._about_rule, self._about = LineBar(), TextLines()

    def asked(self) -> Iterable[Line]:
        """The lines of the question, for the present width."""
        return ()

    def answer(self) -> ComposeResult:
        """Where it is answered."""
        yield from ()

    def body(self) -> ComposeResult:
        yield from (self._rule, self._asked)
        yield from self.answer()
        yield from (self._refusal, self._about_rule, self._about)

    def moving(self) -> Movable:
        return self._about

    def show_body(self, scene: Scene) -> None:
        width = self.app.size.width
        self._rule.show(rule(self._heading, width))
        self._asked.say(tuple(self.asked()))
        about = detail.lines(scene, self._row, width - 1) if self._row else ()
        self._about_rule.show(rule("About it", width) if about else Line())
        self._about.show([Line((Span(" "), *line.spans)) for line in about])

    def refuse(self, words: str) -> None:
        """Say why it was not done, and stay."""
        self._refusal.say(told(self, words, Tone.BAD))

    def act_dialog_back(self) -> None:
        self.finish()

    def nothing(self, pressed: str) -> str:
        return f"{super().nothing(pressed).split('.')[0]}. {self._way_out()}"

    def _way_out(self) -> str:
        return f"{self.cockpit.keymap.shown('dialog.back')} goes back."


class Confirm(Dialog):
    """Yes, or back.

    Enter is no answer, so that a finger that slips starts nothing; nor is the key that asked the
    question, which may be held down.
    """

    def __init__(
        self, heading: str, words: Sequence[str], row: str, yes: Callable[[], None], *, asked_by: str = ""
    ) -> None:
        super().__init__(heading, row)
        self._words = words
        self._yes = yes
        self._asked_by = asked_by

    @property
    def keymap(self) -> Keymap:
        """Yes without the key that asked, where there is another."""
        usual = super().keymap
        others = tuple(key for key in usual.keys["dialog.yes"] if key != self._asked_by)
        return Keymap({**usual.keys, "dialog.yes": others}) if others else usual

    def asked(self) -> Iterable[Line]:
        for words in self._words:
            yield from told(self, words, Tone.STRONG)
        yes, back = self.keymap.shown("dialog.yes"), self.keymap.shown("dialog.back")
        yield Line((Span(" "), Span(yes, Tone.ACCENT), Span(" yes   "), Span(back, Tone.ACCENT), Span(" no, back")))

    def extra_keys(self) -> Iterable[str]:
        return ("dialog.yes", "dialog.back")

    def act_dialog_yes(self) -> None:
        self.finish()
        self._yes()

    def nothing(self, pressed: str) -> str:
        if pressed != self._asked_by:
            return super().nothing(pressed)
        yes = self.keymap.shown("dialog.yes")
        return f"{glyph(pressed)} asked this, so it is no answer. {yes} is yes. {self._way_out()}"

    def act_dialog_accept(self) -> None:
        yes = self.keymap.shown("dialog.yes")
        self.cockpit.say(f"Enter decides nothing here. {yes} is yes. {self._way_out()}")


class Words(Dialog):
    """Something to type: a reason, a note, a value, the word that confirms."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.heading, question.row)
        self.question = question
        self.field = Field(question.default, secret=question.secret)
        self._is_sending = False

    def asked(self) -> Iterable[Line]:
        yield from told(self, self.question.prompt, Tone.STRONG)
        yield from told(self, self.question.hint)

    def answer(self) -> ComposeResult:
        yield self.field

    def prepare(self) -> None:
        self.field.value = self.cockpit.drafts.get(self.question.draft, self.question.default)
        self.set_focus(self.field)

    def extra_keys(self) -> Iterable[str]:
        return ("dialog.accept", "dialog.back")

    def act_dialog_accept(self) -> None:
        self.submit(self.field.value)

    def act_dialog_back(self) -> None:
        self._keep_draft()
        super().act_dialog_back()

    def submit(self, text: str) -> None:
        """Have it done; a refusal is said here, and what was typed stays."""
        if self._is_sending:
            return
        try:
            command = self.question.command(text)
        except ValueError as error:
            self.refuse(str(error))
            return
        self._is_sending = True
        self._keep_draft()
        self.cockpit.send(command, self._sent)

    def _keep_draft(self) -> None:
        """Nothing typed is lost, but secrets, and words that confirm: one found typed already would let one key act."""
        question, text = self.question, self.field.value
        if question.secret or question.is_word or text == question.default:
            self.cockpit.drafts.pop(question.draft, None)
        else:
            self.cockpit.drafts[question.draft] = text

    def _sent(self, refusal: str) -> None:
        self._is_sending = False
        if refusal:
            self.refuse(refusal)
            return
        self.cockpit.drafts.pop(self.question.draft, None)
        self.finish()


class Choice(Words):
    """One of several, and perhaps words with it: `partial: the queue was slow`."""

    def __init__(self, question: Question) -> None:
        super().__init__(replace(question, default=""))
        self._first = question.default
        self._choices, self._label = Rows(id="choices"), LineBar()

    def answer(self) -> ComposeResult:
        yield self._choices
        if self.question.with_reason:
            yield from (self._label, self.field)

    def prepare(self) -> None:
        options = self.question.options
        self._choices.styles.height = max(1, len(options))
        self._choices.show([Row(option, Line((Span(f"  {foreign(option)}"),)), "choice") for option in options])
        self._choices.point(self._first)
        if self.question.with_reason:
            super().prepare()

    def moving(self) -> Movable:
        return self._choices

    def show_body(self, scene: Scene) -> None:
        super().show_body(scene)
        words, tone = ("Why (needed):", Tone.STRONG) if self._needs_reason else ("Why, or nothing:", Tone.DIM)
        self._label.show(Line((Span(f" {words}", tone),)))

    def on_rows_pointed(self, _: Rows.Pointed) -> None:
        self.refresh_now()

    def act_dialog_accept(self) -> None:
        chosen, words = self._choices.current_id, self.field.value.strip()
        if not chosen:
            self.refuse("There is nothing to choose.")
        elif self._needs_reason and not words:
            self.refuse(f"'{chosen}' needs its reason. Say why, in a few words.")
        else:
            self.submit(f"{chosen}: {words}" if words else chosen)

    @property
    def _needs_reason(self) -> bool:
        return self._choices.current_id in self.question.with_reason


def told(screen: Frame, words: str, tone: Tone = Tone.PLAIN) -> Sequence[Line]:
    """Words as lines for a screen's width; none for no words."""
    return wrapped(foreign(words), max(20, screen.app.size.width - 2), tone, indent=" ") if words else ()


def rule(words: str, width: int) -> Line:
    """A heading in a line across the screen."""
    head = Line((Span("─ ", Tone.DIM), Span(foreign(words, limit=max(1, width - 4)), Tone.STRONG), Span(" ")))
    return Line((*head.spans, Span("─" * max(0, width - line_cells(head)), Tone.DIM)))
