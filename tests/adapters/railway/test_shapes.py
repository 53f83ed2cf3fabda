from __future__ import annotations

from typing import Any

import pytest

from cockpit.adapters.railway import shapes
from cockpit.errors import Garbled, Refused

LINE: dict[str, Any] = {
    "timestamp": "2026-11-22T12:00:00.123456789Z",
    "message": "hello",
    "severity": None,
    "attributes": [],
    "tags": {"serviceId": "w", "deploymentId": "d", "deploymentInstanceId": "i"},
}
DEPLOYMENT: dict[str, Any] = {
    "id": "d", "status": "SUCCESS", "statusUpdatedAt": None, "createdAt": "2026-11-22T12:00:00Z",
    "deploymentStopped": False, "canRollback": True, "meta": None, "creator": None, "instances": [],
}  # fmt: skip


def attribute(key: str, value: str) -> dict[str, Any]:
    return {"attributes": [{"key": key, "value": value}]}


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ({"severity": "error"}, "error"),
        ({"severity": None}, "info"),
        ({"severity": "WARNING"}, "warn"),
        ({"severity": "sideways"}, "info"),
        (attribute("level", '"warn"'), "warn"),
        (attribute("lvl", '"DEBUG"'), "debug"),
        (attribute("severity", '"critical"'), "error"),
        (attribute("level", "error"), "error"),
        (attribute("level", '"\\u0065rror"'), "error"),
        (attribute("level", "30"), "info"),
        (attribute("level", '"warn"') | {"severity": "info"}, "warn"),
    ],
)
def test_the_level_is_found_wherever_it_is_said(said: dict[str, Any], level: str):
    assert shapes.log_line(LINE | said, {}).level == level


@pytest.mark.parametrize(
    "text",
    [
        "Starting Container",
        "Stopping Container",
        "Mounting volume on: /var/lib/containers/railwayapp/bind-mounts/x/vol_y",
        "Railway rate limit of 500 logs/sec reached for replica, update your application. Messages dropped: 50",
    ],
)
def test_what_the_platform_writes_is_known_by_its_words(text: str):
    line = shapes.log_line(LINE | {"message": text, "severity": "error"}, {})
    assert line.level == "platform"
    witness = shapes.platform_line(line)
    assert witness is not None
    assert (witness.text, witness.deployment) == (text, "d")


def test_an_apps_line_is_no_witness():
    assert shapes.platform_line(shapes.log_line(LINE, {})) is None


def test_a_line_keeps_its_stamp_as_sent_and_gets_its_services_name():
    line = shapes.log_line(LINE, {"w": "web"})
    assert (line.stamp, line.service, line.deployment, line.instance) == (LINE["timestamp"], "web", "d", "i")
    assert line.at.microsecond == 123456
    assert shapes.log_line(LINE, {}).service == "w"


def test_a_line_without_tags_is_still_a_line():
    line = shapes.log_line(LINE | {"tags": None}, {})
    assert (line.service, line.deployment, line.instance) == ("", "", "")


def test_dropped_lines_are_counted():
    text = "Railway rate limit of 500 logs/sec reached for replica, update your application. Messages dropped: 1250"
    assert shapes.dropped(shapes.log_line(LINE | {"message": text}, {})) == 1250
    assert shapes.dropped(shapes.log_line(LINE, {})) == 0


@pytest.mark.parametrize("meta", [None, {}, "text", {"image": ""}, {"image": 7}])
def test_a_deployment_without_meta_has_no_image(meta: object):
    assert shapes.deployment(DEPLOYMENT | {"meta": meta}).image is None


def test_unknown_statuses_pass_through():
    node = DEPLOYMENT | {"status": "TELEPORTING", "instances": [{"id": "i", "status": "HOVERING"}]}
    made = shapes.deployment(node)
    assert (made.status, made.instances[0].status) == ("TELEPORTING", "HOVERING")


@pytest.mark.parametrize("broken", [{"createdAt": None}, {"createdAt": "soon"}, {"instances": None}, {"id": None}])
def test_a_deployment_of_another_shape_is_garbled(broken: dict[str, Any]):
    with pytest.raises(Garbled):
        shapes.deployment(DEPLOYMENT | broken)


def test_variables_without_a_value_are_left_out():
    assert shapes.variables({"A": "1", "SEALED": None, "N": 7}) == {"A": "1", "N": "7"}
    with pytest.raises(Garbled):
        shapes.variables(None)


@pytest.mark.parametrize("node", [None, {}, {"meta": None}, {"meta": {"serviceManifest": "x"}}])
def test_a_manifest_that_is_not_there_is_empty(node: Any):
    assert shapes.manifest(node) == {}


def test_our_own_errors_pass_through_as_they_are():
    with pytest.raises(Refused), shapes.understood("anything"):
        raise Refused("no")
