"""Text that UTF-8 can hold, whatever comes in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cockpit.core import commands as wanted
from cockpit.core.commands import Refusal
from cockpit.core.reading import Reading, Table, Verdict
from cockpit.core.text.logline import LogLine
from cockpit.core.text.wellformed import wellformed
from tests.core.story import START, Story

TEXT = st.text(st.characters(), max_size=20) | st.text(st.characters(categories=["Cs"]), min_size=1, max_size=3)
"""Lone surrogates included."""

STORY = Story().advance()


@given(text=TEXT, item=TEXT)
def test_no_text_of_a_command_keeps_an_event_from_being_written(text: str, item: str) -> None:
    for command in (
        wanted.Note(text, item),
        wanted.PinLine(LogLine(START, text, text, text, text, text, text), item),
        wanted.AnswerSee("before/see:panel", "no", text),
        wanted.Waive("before/tick:team-knows", text),
        wanted.Close("abandoned", text),
        wanted.MoveMonitor(item, "firing", text),
        wanted.Prove(item, text),
    ):
        decision = STORY.decide(wellformed(command))
        for body in () if isinstance(decision, Refusal) else decision:
            body.model_dump_json().encode()


@given(text=TEXT)
def test_texts_deep_inside_are_found_and_good_ones_left_alone(text: str) -> None:
    table = Table((text,), ((text, 1, None),))
    reading = Reading(1, "c", START, START, text, Verdict.PASS, text, None, 1, "", table, text)
    cleaned = wellformed(wanted.Observe(reading, (text,), ((text, text),)))
    repr_safe = text.encode("utf-8", "replace").decode()
    assert cleaned.reading.table == Table((repr_safe,), ((repr_safe, 1, None),))
    assert (cleaned.items, cleaned.verdicts) == ((repr_safe,), ((repr_safe, repr_safe),))
    assert wellformed({text: [text]}) == {repr_safe: [repr_safe]}


def test_a_verdict_stays_a_verdict_and_nothing_stays_nothing() -> None:
    assert wellformed(Verdict.PASS) is Verdict.PASS
    assert wellformed(None) is None
    command = wanted.Note("fine ✓")
    assert wellformed(command) is command
