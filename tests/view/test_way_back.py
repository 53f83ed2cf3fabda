"""What looks at a deployment change: the light of the way back, and whose version serves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cockpit.core.readiness import TargetLook
from cockpit.core.rollout.drift import Drift
from cockpit.view import rollback
from cockpit.view.guide import guide
from tests.view.runs import MOMENTS, Run, proved


def looked(run: Run, *, gone: bool = False, minutes: float = 15, trouble: str = "") -> Run:
    """The run with a look at its target that counts for so many minutes from now."""
    (target,) = run.state.targets.values()
    until = run.now + timedelta(minutes=minutes)
    run.live.targets = dict.fromkeys(run.state.targets, TargetLook(None if gone else target, until, trouble))
    return run


def image_level(run: Run) -> rollback.Light:
    return rollback.light(run.scene(), run.state.plan.rollback[1])


def test_of_a_level_under_way_or_done_nobody_is_told_to_type_a_word() -> None:
    for moment, told in (("rolling_back", "This rollback is under way."), ("rolled_back", "✓ done")):
        scene = MOMENTS[moment]().scene()
        text = "\n".join(each.text for each in rollback.lines(scene, "level-2-the-image-before", 80))
        assert told in text
        assert "Starts when" not in text
        assert "way back ready" not in text
        level = scene.state.plan.rollback[1]
        assert "ready" not in rollback.level_span(scene, level).text


def test_a_target_just_seen_leaves_the_way_back_ready() -> None:
    assert image_level(proved())[0] is True
    assert image_level(looked(proved()))[0] is True


def test_a_target_that_railway_has_no_more_is_no_way_back() -> None:
    ready, why = image_level(looked(proved(), gone=True))
    assert ready is False
    assert "any more" in why


@pytest.mark.parametrize("told", [{"minutes": -1}, {"trouble": "Railway cannot be reached."}])
def test_a_look_that_is_too_old_or_failed_leaves_the_way_back_unknown(told: dict[str, Any]) -> None:
    ready, why = image_level(looked(proved(), **told))
    assert ready is None
    assert "could not be seen" in why


def test_a_target_that_was_gone_before_the_looks_failed_is_still_no_way_back() -> None:
    assert image_level(looked(proved(), gone=True, trouble="Railway cannot be reached."))[0] is False


def test_somebody_elses_deployment_is_told_where_the_serving_version_stands() -> None:
    run = proved()
    assert "somebody else" not in guide(run.scene(), 100)[1].text
    (target,) = run.state.targets.values()
    run.live.strangers["web"] = target
    text = guide(run.scene(), 100)[1].text
    assert "! somebody else's deployment serves web" in text
    assert "nothing changed yet" not in text


def test_how_the_configuration_differs_from_where_it_leads_is_told_by_name() -> None:
    run = looked(proved())
    (service, look), *_ = run.live.targets.items()
    run.live.targets[service] = TargetLook(look.found, look.until, drift=Drift(added=("NEW",), changed=("PORT",)))
    text = "\n".join(each.text for each in rollback.lines(run.scene(), run.state.plan.rollback[1].id, 100))
    assert "configured now: added since it was built: NEW" in text
    assert "configured now: changed since it was built: PORT" in text
