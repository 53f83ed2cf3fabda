"""What the way back needs, as the gate, the rollback screen and a pipe tell it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cockpit.core import events as happened
from cockpit.core.finding import Finding
from cockpit.core.plan import Phase
from cockpit.core.readiness import TargetLook
from cockpit.core.rollout.drift import Drift
from cockpit.view import detail, readiness, rollback
from cockpit.view.checklist import ROLLBACK
from cockpit.view.standing import of_phase
from cockpit.view.status import one_line, record
from cockpit.view.strip import strip
from tests.view.runs import Run, asked, deployment, gone, proved, rolling_back

IMAGE = "level-2-the-image-before"
GONE = Finding(kind="target", subject="web", ready=False, words="Railway has no deployment old-depl any more")
UNSEEN = Finding(kind="answer", subject="x", ready=None, words="Take web back wants an answer to x")


def shown(run: Run, row: str, width: int = 80) -> str:
    return "\n".join(line.text.rstrip() for line in detail.lines(run.scene(), row, width))


def serving(run: Run) -> str:
    return strip(run.scene(), 80).text.rstrip()


def looked(run: Run, **drift: tuple[str, ...]) -> Run:
    at = run.now
    look = TargetLook(deployment("old-deployment"), at + timedelta(minutes=15), drift=Drift(**drift), at=at)
    run.live.targets["web"] = look
    run.live.has_looked = True
    return run.after(minutes=3)


def recorded(run: Run, *findings: Finding) -> Run:
    ready = None if UNSEEN in findings else GONE not in findings
    ready = False if GONE in findings else ready
    return run.tell(happened.WayBackSeen(level=IMAGE, ready=ready, findings=findings))


def test_each_need_is_told_with_its_age_and_remarks_come_last() -> None:
    text = shown(looked(gone(), changed=("PORT",)), IMAGE)
    assert "What the way back needs\n✓ railway answers for production\n✓ web goes back to old-depl: it still" in text
    assert "serves, seen 3m ago" in text
    assert "· the variables of web differ from those it was built with: changed PORT," in text


def test_a_gate_shows_what_its_ways_back_rest_on_and_what_is_not_there_as_a_reason() -> None:
    run = recorded(looked(asked()), GONE, UNSEEN)
    text = shown(run, "go-no-go")
    assert "✗ Way back, Level 2: the image before: not ready" in text
    because = " ".join(text.split())
    assert "Railway has no deployment old-depl any more; Take web back wants an answer to x" in because
    assert "What the way back needs" in text
    assert "NO-GO is recommended" in text


def test_the_checklist_counts_the_items_of_a_gate_and_what_is_not_met_besides() -> None:
    run = recorded(asked(), GONE)
    gate = run.state.plan.phase("go-no-go")
    assert isinstance(gate, Phase)
    assert of_phase(run.scene(), gate).word == "3/3 +1 not met"
    assert of_phase(asked().scene(), gate).word == "3/3"


def test_while_a_level_runs_its_steps_tell_and_its_needs_do_not() -> None:
    assert "What the way back needs" in shown(looked(gone()), IMAGE)
    assert "What the way back needs" not in shown(looked(rolling_back()), IMAGE)


def test_where_nobody_looks_the_record_is_told_with_its_age() -> None:
    run = recorded(proved(), GONE).after(hours=2)
    lines = "\n".join(line.text for line in readiness.lines(run.scene(), run.state.plan.rollback[1:], 80))
    assert lines.startswith("What the way back needs, as recorded 2h ago\n✗ Railway has no deployment old-depl")
    assert rollback.light(run.scene(), run.state.plan.rollback[1]) == (False, GONE.words)
    assert one_line(run.scene()).endswith("! 1 of 2 ways back ready, as recorded 2h ago")
    told: dict[str, Any] = record(run.scene())
    assert told["rollback"]["recorded"] == (run.now - timedelta(hours=2)).isoformat()
    looked(run)
    assert one_line(run.scene()).endswith("✓ way back ready")
    assert rollback.light(run.scene(), run.state.plan.rollback[1]) == (True, "")


def test_machines_are_told_every_finding() -> None:
    run = recorded(proved(), GONE, UNSEEN)
    told: dict[str, Any] = record(run.scene())
    needs = told["rollback"]["levels"][1]["needs"]
    assert [(one["kind"], one["ready"], one["words"]) for one in needs] == [
        ("target", False, GONE.words), ("answer", None, UNSEEN.words),
    ]  # fmt: skip
    assert "no way back" not in one_line(run.scene())  # the first level is open
    assert "! 1 of 2 ways back ready" in shown(run, ROLLBACK)


def test_a_head_over_a_level_that_is_shut_does_not_say_that_the_way_back_is_ready() -> None:
    assert serving(proved()).endswith("✓ way back ready")
    assert serving(recorded(proved(), GONE)).endswith("! 1 of 2 ways back ready")
    assert serving(recorded(proved(), UNSEEN)).endswith("✓ 1 of 2 ways back ready")


def test_a_gate_that_is_not_opened_yet_holds_no_old_record_against_the_light() -> None:
    text = shown(recorded(looked(proved().open("go-no-go")), UNSEEN), "go-no-go")
    assert "○ Way back, Level 2: the image before: not asked\n    open the gate" in text
    assert "Way back, Level 2: the image before: unknown" not in text


def test_a_gate_tells_all_that_a_way_back_lacks() -> None:
    lacks = [Finding(kind="sql", subject=str(n), ready=False, words=f"Statement {n} {'x' * 90}") for n in range(4)]
    run = asked().tell(happened.WayBackSeen(level=IMAGE, ready=False, findings=tuple(lacks)))
    assert "Statement 3" in shown(run, "go-no-go").partition("What the way back needs")[0]


def test_foreign_words_are_inert() -> None:
    run = recorded(proved(), Finding(kind="sql", subject="x", ready=False, words="refused: \x1b[31m[/bold]"))
    assert "\x1b" not in shown(run, IMAGE)
