"""Whatever the moment, the width and the text from outside: no line is too wide, nothing in it has power."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core import events as happened
from cockpit.core.plan import Plan
from cockpit.core.reading import Table
from cockpit.core.text.inert import inert
from cockpit.core.text.logline import LogGap, LogLine, LogLink
from cockpit.telemetry import Scene, Trouble
from cockpit.view import checklist, criteria, deployments, detail, gate, guide, header, logs, rollback, status, strip
from cockpit.view.fit import cells
from cockpit.view.line import Line
from cockpit.view.offers import RUN, offers
from tests.view.runs import MOMENTS, TEXT, Run, every_part, overlapping

WIDTHS = (1, 7, 30, 60, 80, 100, 120)

# No letters or digits, so that the ids of phases stay what the builder's events say.
NASTY = "\x1b\x00\x07\r\n\t\x9b\u202e\u200b\u2066\ufeff\ufe0f\u0301日本👍[]|*_`<>&\\\U000e0041"


LEVELS = ("info", "error", "platform", "?")


def everything(scene: Scene, width: int) -> Iterator[Line]:
    """Every line that any view makes of a scene."""
    yield header.title(scene, width)
    yield strip.strip(scene, width)
    yield from guide.guide(scene, width)
    yield from criteria.lines(scene, width)
    yield from deployments.lines(scene, width)
    for row in checklist.rows(scene, width, unfolded=every_part(scene.state)):
        yield row.line
        yield from detail.lines(scene, row.id, width)
        yield from gate.lines(scene, row.id, width)
        yield from rollback.lines(scene, row.id, width)


def powerless(text: str) -> bool:
    return inert(text, limit=len(text) + 1) == text and not any(
        unicodedata.category(each) in ("Cc", "Cs") for each in text
    )


@pytest.mark.parametrize("name", MOMENTS)
def test_no_line_is_wider_than_asked(name):
    scene = MOMENTS[name]().scene()
    for width in WIDTHS:
        for line in everything(scene, width):
            assert cells(line.text) <= width, line.text


@pytest.mark.parametrize("name", MOMENTS)
def test_every_row_tells_its_state_by_a_glyph(name):
    scene = MOMENTS[name]().scene()
    for row in checklist.rows(scene, 60, unfolded=every_part(scene.state)):
        assert row.line.text.strip()[0] in "✓▸○◐✗!–~", row.line.text  # noqa: RUF001  (a dash is meant)


@pytest.mark.parametrize("name", MOMENTS)
def test_rows_are_named_once_and_are_parts_of_the_plan(name):
    scene = MOMENTS[name]().scene()
    rows = checklist.rows(scene, 60, unfolded=every_part(scene.state))
    ids = [row.id for row in rows]
    assert len(ids) == len(set(ids))
    for row in rows:
        known = {"phase": scene.state.plan.phase, "level": scene.state.plan.phase, "item": scene.state.plan.item}
        assert row.kind == "text" or known[row.kind](row.id) is not None


@pytest.mark.parametrize("name", MOMENTS)
def test_the_same_scene_makes_the_same_lines(name):
    run = MOMENTS[name]()
    assert list(everything(run.scene(), 80)) == list(everything(run.scene(), 80))


def hostile(text: str) -> Run:
    """A run in which every text that can come from outside is `text`."""
    content = tomllib.loads(TEXT)
    content["name"] = text + "x"
    for tables in ("checks", "actions"):
        for table in content[tables].values():
            table["title"] = f"{text} {table.get('title', '')}"
    content["asks"]["test_report"]["text"] = content["sees"]["functions"]["text"] = text + "x"
    content["sees"]["functions"]["link"] = f"https://functions.example/{text}"
    content["checks"]["stuck"]["sql"] = f"select 1 -- {text}"
    for trigger in (*content["triggers"], *content["not_triggers"]):
        trigger["text"] = text + "x"
    run = Run(Plan.model_validate(content), environment=f"{text}production")
    run.tell(happened.Attached(operator=text, resumed=False, pid=7), by=text).open("before")
    table = Table((text, "status"), ((text, text), (1, None)))
    run.reading("by_status", "observed", text, scalar=text, table=table, baseline=True)
    run.tell(
        happened.EnvironmentProved(connection="railway", summary=text),
        happened.BaselineRecorded(item="before/record:by_status", check="by_status", reading=1),
        happened.Noted(text=text, item="before/record:by_status"),
        happened.SeeAnswered(item="before/see:functions", answer="no", note=text),
        happened.Waived(item="before/see:functions", reason=text),
        happened.TriggerMoved(trigger=0, state="tripped", because=text),
        happened.MonitorMoved(monitor="stuck", state="firing", because=text),
        by=text,
    )
    run.reading("by_status", "fail", text, scalar=text, table=Table((text, "status"), ((text, 1), (text, 2))))
    run.judge("go-no-go/check:stuck", "error", text, scalar=text)
    run.act("deploy/do:set_grace", proof=text).act("deploy/do:deploy_web", deployment=text, proof=None)
    run.live.links["railway"], run.live.journal_trouble = Trouble(text, text), text
    run.live.log_link = LogLink("down", text)
    return run.roll().look(text or "?", text or "?").after(seconds=3)


@settings(max_examples=12, deadline=None)
@given(st.text(alphabet=NASTY, max_size=12), st.sampled_from((20, 80, 120)))
def test_foreign_text_has_no_power_and_no_width_of_its_own(text, width):
    scene = hostile(text).scene()
    for line in everything(scene, width):
        assert cells(line.text) <= width
        assert powerless(line.text), line.text
    assert powerless(status.one_line(scene))
    for row in (RUN, *(item.id for item in scene.state.plan.lines()), *(phase.id for phase in scene.state.plan.phases)):
        assert powerless(detail.heading(scene, row).text)
        for offer in offers(scene, row):
            assert powerless(offer.words + offer.prompt + (offer.refusal or ""))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=NASTY + "\ud800abc ", max_size=40), st.integers(1, 130), st.sampled_from(LEVELS))
def test_log_lines_are_powerless_and_fit(text, width, level):
    scene = overlapping().scene()
    entries = (
        LogLine(scene.now, "s", text, level, text, "new-deployment", "i"),
        LogGap(scene.now - timedelta(seconds=3), scene.now, text),
    )
    for entry in entries:
        line = logs.log_line(entry, width, roles=logs.roles(scene.state))
        assert cells(line.text) <= width
        assert powerless(line.text)
