"""The page of deployments: what each is to the run, how long it can be gone back to, what is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cockpit.core import events as happened
from cockpit.core.rollout.deployment import Deployment
from cockpit.core.rollout.retention import Tier
from cockpit.telemetry import Glance, Listing
from cockpit.view import deployments
from cockpit.view.fit import line_cells

from .runs import OPENED, Run, deployed, deployment, overlapping, plan, proved, unknown
from .test_properties import NASTY, powerless

SPENT = "950 of 1000 API requests of this hour are spent. The other 50 are kept for a rollback; ask again in 7 min."


def listed(run: Run, *found: Deployment, tier: str | None = None, **told: object) -> Run:
    """A run whose web was listed just now."""
    if tier:
        run.tell(happened.PlanAmended(plan=_document(run, tier), diff=("a tier",)))
    run.live.glance = Glance("deployments", lines=())
    run.live.listings["railway", "web"] = replace(Listing(run.now, found), **told)  # type: ignore[arg-type]  # its fields
    return run


def _document(run: Run, tier: str) -> dict[str, Any]:
    document = run.plan.model_dump(mode="json", by_alias=True, exclude_none=True)
    document["connections"]["railway"]["tier"] = tier
    return document


def page(run: Run, width: int = 78) -> str:
    return "\n".join(line.text for line in deployments.lines(run.scene(), width))


def row(run: Run, name: str, width: int = 78) -> str:
    (found,) = [line for line in page(run, width).splitlines() if line[2:].startswith(name[:8])]
    return found


REMOVED = OPENED - timedelta(hours=1)


@pytest.mark.parametrize(
    ("one", "tier", "words"),
    [
        (deployment("d"), "hobby", "kept"),
        (deployment("d"), None, "kept"),
        (deployment("d", "REMOVED", OPENED - timedelta(hours=1)), "hobby", "71 h"),
        (deployment("d", "REMOVED", OPENED - timedelta(hours=71, minutes=18)), "hobby", "42 min"),
        (deployment("d", "REMOVED", OPENED - timedelta(hours=73)), "hobby", "overdue"),
        (deployment("d", "REMOVED", OPENED), None, "unknown"),
        (deployment("d", "REMOVED").model_copy(update={"status_at": None}), "hobby", "unknown"),
        (deployment("d", "FAILED").model_copy(update={"can_rollback": False}), "hobby", "no"),
    ],
)
def test_the_way_back_is_told_for_what_railway_keeps(one: Deployment, tier: Tier | None, words: str):
    assert deployments.way_back(replace(proved().scene(), now=OPENED), one, tier) == words


@pytest.mark.parametrize(
    ("run", "one", "marks"),
    [
        (proved(), deployment("old-deployment"), "✓ old-depl SUCCESS   serves target"),
        (deployed(), deployment("old-deployment", "REMOVED"), "– old-depl REMOVED   target "),  # noqa: RUF001  (a dash is meant)
        (deployed(), deployment("new-deployment", created=OPENED + timedelta(minutes=3)), "SUCCESS   serves ours"),
        (
            deployed(),
            deployment("9f31ab20", "BUILDING", created=OPENED + timedelta(hours=1)),
            "◐ 9f31ab20 BUILDING  not ours",
        ),
        (unknown(), deployment("9f31ab20", created=OPENED + timedelta(minutes=2)), "serves ours?"),
        (deployed(), deployment("before", "CRASHED", created=OPENED - timedelta(days=9)), "✗ before   CRASHED     "),
        (deployed(), deployment("before", "CANCELLED"), "! before   CANCELLED"),
        (proved(), deployment("x").model_copy(update={"stopped": True}), "! x        SUCCESS   stopped "),
        (proved(), deployment("old-deployment").model_copy(update={"instances": ()}), "SUCCESS   not up target"),
    ],
)
def test_each_says_by_glyph_and_word_what_it_is_to_this_run(run: Run, one: Deployment, marks: str):
    assert marks in row(listed(run, one), one.id)


def test_while_two_are_up_the_newest_serves():
    new = deployment("new-deployment", created=OPENED + timedelta(minutes=3))
    run = listed(overlapping(), new, deployment("old-deployment"))
    assert "serves ours" in row(run, "new-deployment")
    assert "up too target" in row(run, "old-deployment")


def test_a_row_has_everything_at_80_columns_and_who_made_it_whole_where_there_is_room():
    one = deployment("old-deployment").model_copy(update={"creator": "somebody of the platform team"})
    run = listed(proved(), one)
    narrow, wide = row(run, one.id), row(run, one.id, 120)
    assert narrow.startswith("✓ old-depl SUCCESS   serves target   kept    3h     01234567 old-depl somebo")
    assert narrow.endswith("…")
    assert wide.endswith("somebody of the platform team")


def test_the_hours_left_come_from_the_tier_of_the_connection():
    gone = deployment("before", "REMOVED", OPENED - timedelta(hours=2))
    assert " 69 h " in row(listed(deployed(), gone, tier="hobby"), "before")
    untold = page(listed(deployed(), gone))
    assert " unknown " in untold
    assert "depends on `tier` in [connections.railway]" in untold


def test_what_is_shown_grows_old_in_sight_and_stays_while_it_is_asked_again():
    run = listed(proved(), deployment("old-deployment")).after(minutes=3)
    assert "web  1 deployment, asked" in page(run)
    assert ", 3m ago" in page(run)
    assert "Railway is asked" not in page(run)
    run.live.glance = Glance("deployments")
    assert page(run).splitlines()[0].endswith("Railway is asked...")
    assert row(run, "old-deployment")


def test_before_the_first_answer_the_page_says_that_railway_is_asked():
    run = proved()
    assert page(run) == "web  not asked yet"
    run.live.glance = Glance("deployments")
    assert page(run) == "web  Railway is asked..."


def test_a_spent_budget_is_said_above_the_list_there_was():
    run = listed(proved(), deployment("old-deployment"), trouble=SPENT)
    said = " ".join(page(run).split())
    assert f"! {SPENT}" in said
    assert said.index(SPENT) < said.index("old-depl")
    run.live.listings["railway", "web"] = Listing(trouble=SPENT)
    assert " ".join(page(run).split()) == f"web ! {SPENT}"


def test_where_nobody_asks_the_page_says_so():
    run = proved()
    run.live.glance = Glance("deployments", trouble="Nothing is asked in this process. Leave, and `resume` the run.")
    assert page(run).startswith("! Nothing is asked in this process. Leave")


def test_what_would_be_looked_for_in_vain_is_said():
    run = listed(proved(), deployment("other", "FAILED"))
    assert "! None of these has a running replica." in page(run)
    assert "! The rollback target old-depl is not among them." in page(run)
    assert "web  no deployment, asked" in page(listed(proved()))


def test_a_plan_without_railway_has_nothing_to_list():
    run = Run(plan(actions={}, phases=[{"title": "Before", "items": ["see functions"]}], rollback=[], triggers=[]))
    assert page(run, 200) == "No action of this plan touches a service of Railway. There are no deployments to list."


@pytest.mark.parametrize("width", [1, 7, 30, 78, 120])
def test_text_from_outside_has_no_power_and_no_line_is_too_wide(width: int):
    nasty = Deployment(
        id=NASTY, status=NASTY, created_at=OPENED, creator=NASTY * 9, commit=NASTY, image=NASTY, can_rollback=True
    )
    run = listed(proved(), nasty, deployment("old-deployment"), trouble=NASTY * 9)
    for line in deployments.lines(run.scene(), width):
        assert line_cells(line) <= width
        assert powerless(line.text)
