"""From document to plan: whatever is wrong is set aside, and the rest is still checked."""

from __future__ import annotations

# ruff: noqa: E501  (sentences that are compared read better unbroken)
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.complaint import KeyPath
from cockpit.planfile.complaints import value_at
from cockpit.planfile.reading import base_environment, environment_complaints, plan_of, unknown_environment

SAMPLE = tomllib.loads((Path(__file__).parents[2] / "sample-config.toml").read_text(encoding="utf-8"))


def said(**changes: Any) -> list[str]:
    """The complaints about the sample with some of its tables replaced."""
    values = deepcopy(SAMPLE)
    for path, value in changes.items():
        *around, last = path.split("__")
        value_at(values, tuple(around))[last] = value
    plan, found = plan_of(values)
    assert (plan is None) == bool(found)
    return sorted(str(each) for each in found)


def test_the_sample_is_a_plan() -> None:
    assert said() == []


SHAPES = [
    ("phases", 5, "phases: This must be a list, and is a number. Write [[phases]] above each of its entries."),
    ("phases", [], "phases: This is empty. Fill it in, or leave it out."),
    ("rollback", {}, "rollback: This must be a list, and is a table. Write [[rollback]] above each of its entries."),
    ("triggers", [5], "triggers[1]: This must be a table, and is a number. Write it as { key = value }."),
    ("triggers", [{"when": "stuck.value > 1"}], "triggers[1].text: This key is missing. It says: the criterion in words."),
    ("not_triggers", [{"text": 5}], "not_triggers[1].text: This must be text, and is a number. Put it into quotation marks."),
    ("actions", "deploy", "actions: This must be a table, and is text. Write it as { key = value }."),
    ("actions__more_workers__scale", {"to": 2}, "actions.more_workers.scale.service: This key is missing. It says: the service."),
    ("actions__more_workers__scale", {"service": "w", "to": 0}, 'actions.more_workers.scale.to: Railway refuses 0 replicas. Write stop = "SERVICE"; a restart brings it back.'),
    ("actions__tighten_health__set_settings", {"overlapp": 2}, "actions.tighten_health.set_settings.overlapp: There is no such key here. Did you mean 'overlap'?"),
    ("actions__tighten_health__set_settings", {"volume": "data"}, "actions.tighten_health.set_settings.volume: This is no folder to mount a volume on. Write it whole, such as /data."),
    ("actions__tighten_health__set_settings", {"volume": "/data/../etc"}, "actions.tighten_health.set_settings.volume: This is no folder to mount a volume on."),
    ("actions__tighten_health__set_settings", {"volume": "/"}, "actions.tighten_health.set_settings.volume: This is no folder to mount a volume on."),
    ("actions__loosen_health__unset_settings", ["overlapp"], "actions.loosen_health.unset_settings[1]: 'overlapp' is none of 'overlap', 'drain', 'health_path'"),
    ("actions__more_workers__scale", {"service": "w", "to": 99}, "actions.more_workers.scale.to: 99 is too much. Write 50 or less."),
    ("actions__more_workers__scale", {"service": "w", "to": 2, "too": 2}, "actions.more_workers.scale.too: There is no such key here. Did you mean 'to'?"),
    ("connections__railway__token", {"comand": ["x"]}, "connections.railway.token.comand: There is no such key here. Did you mean 'command'?"),
    ("connections__railway__token", {"command": []}, "connections.railway.token.command: This is empty. Fill it in, or leave it out."),
    ("checks__by_status__compare", {"completed": "grows"}, "checks.by_status.compare.completed: 'grows' is no relation."),
    ("checks__by_status__compare", {"completed": 5}, "checks.by_status.compare.completed: This must be text, and is a number. Put it into quotation marks."),
    ("checks__by_status__compare", 5, "checks.by_status.compare: This must be text, and is a number. Put it into quotation marks."),
    ("checks__by_status__missing", 0.5, "checks.by_status.missing: This must be a whole number, and is a number. Leave out the fraction."),
    ("checks__stuck", 5, "checks.stuck: This must be a table, and is a number. Write its keys below its name in [brackets]."),
    ("environments__staging", 5, "environments.staging: This must be a table, and is a number. Write it as { key = value }."),
    ("sign_off", ["engineer", 5], "sign_off[2]: This must be text, and is a number. Put it into quotation marks."),
    ("asks__traffic__secret", "no", "asks.traffic.secret: This must be true or false, and is text. Write it without quotation marks."),
    ("monitors__health__times", 2.5, "monitors.health.times: This must be a whole number, and is a number. Write it without quotation marks."),
    ("actions__deploy_web__confirm", "tipe", "actions.deploy_web.confirm: 'tipe' is none of 'no', 'yes' or 'type'. Did you mean 'type'?"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "complaint"), SHAPES)
def test_what_has_the_wrong_shape_is_one_complaint_and_no_other(path: str, value: Any, complaint: str) -> None:
    (line,) = said(**{path: value})
    assert line.startswith(complaint)


def test_the_rest_is_checked_whatever_is_set_aside() -> None:
    dangling = [{"text": "x", "when": "stuk.value > 1"}]
    wanted = "triggers[1].when: There is no check 'stuk'. Did you mean 'stuck'?"
    for path, value, complaint in SHAPES:
        if path not in ("triggers", "not_triggers"):
            lines = said(**{path: value, "triggers": dangling})
            assert wanted in lines, path
            assert any(line.startswith(complaint) for line in lines), path


def test_the_name_of_the_plan_may_be_missing_and_the_rest_is_checked() -> None:
    values = {key: value for key, value in deepcopy(SAMPLE).items() if key != "name"}
    values["sign_off"] = ["engineer"]
    _, found = plan_of(values)
    assert sorted(str(each) for each in found) == [
        "name: This key is missing. It says: what this operation is called, in the header and the report.",
        "phases[10].items[3]: 'tech lead' is none of sign_off. There is engineer.",
    ]


@pytest.mark.parametrize(
    "values", [{}, {"connections": 5}, {"connections": {"db": 5}}, {"connections": {"a": {"kind": "http"}}}]
)
def test_without_railway_the_base_is_production(values: dict[str, Any]) -> None:
    assert base_environment(values) == "production"
    assert unknown_environment(values, "production") is None
    assert environment_complaints({**values, "environments": {"x": {"connections": {"db": {"url": 5}}}}}) == []


def paths(value: Any, path: KeyPath = ()) -> list[KeyPath]:
    inside: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [each for key, below in inside for each in ((*path, key), *paths(below, (*path, key)))]


ODD: list[Any] = [
    None,
    5,
    -1,
    2.5,
    True,
    "",
    "x",
    "5m",
    "none",
    [],
    [5],
    ["x"],
    {},
    {"x": 1},
    {"a": {"b": []}},
    [{}],
    [{"title": "!"}],
]


@settings(max_examples=250, deadline=None)
@given(changes=st.lists(st.tuples(st.sampled_from(paths(SAMPLE)), st.sampled_from(ODD)), min_size=1, max_size=3))
def test_no_shape_of_a_document_is_more_than_complaints(changes: list[tuple[KeyPath, Any]]) -> None:
    values = deepcopy(SAMPLE)
    for path, value in changes:
        around = value_at(values, path[:-1])
        if not isinstance(around, dict | list) or value_at(values, path) is None:
            continue
        if value is None and isinstance(around, dict):
            around.pop(path[-1], None)
        elif value is not None:
            around[path[-1]] = value  # type: ignore[index]  # the path was there a line above
    plan, found = plan_of(values)
    found += environment_complaints(values)
    assert plan is not None or found
    assert all(complaint.what and len(str(complaint)) < 600 for complaint in found)
