from __future__ import annotations

from typing import Any

import pytest

from cockpit.adapters.railway.settings import merged, regions
from cockpit.errors import Garbled

WEB = "web-id"


def answer(
    *,
    variables: dict[str, Any] | None = None,
    service: dict[str, Any] | None = None,
    manifest: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
    meta: dict[str, Any] | None = None,
) -> dict[str, Any]:
    unset = dict.fromkeys(
        [
            "overlapSeconds",
            "drainingSeconds",
            "healthcheckPath",
            "healthcheckTimeout",
            "numReplicas",
            "region",
            "startCommand",
            "sleepApplication",
            "cronSchedule",
        ]
    )
    running = {
        "createdAt": "2026-11-22T12:00:00Z",
        "meta": {"serviceManifest": {"deploy": manifest or {}}} | (meta or {}),
    }
    instance = unset | (service or {}) | {"latestDeployment": None, "activeDeployments": [running]}
    return {
        "serviceInstance": instance,
        "variables": variables or {},
        "environment": {"config": {"services": {WEB: config or {}}}},
    }


def test_never_set_is_none():
    settings = merged(answer(), WEB)
    assert (settings.overlap, settings.drain, settings.replicas, settings.health_path) == (None, None, None, None)
    assert settings.sources == ()
    assert settings.disagreements == ()


def test_a_variable_wins_over_the_setting_and_that_over_what_runs():
    variables = {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "300"}
    service = {"overlapSeconds": 60, "drainingSeconds": 90}
    settings = merged(
        answer(variables=variables, service=service, manifest={"overlapSeconds": 30, "drainingSeconds": 10}), WEB
    )
    assert (settings.overlap, settings.drain) == (300, 90)
    assert [(said.source, said.value) for said in settings.sources if said.name == "overlap"] == [
        ("variable", "300"), ("service setting", "60"), ("running deployment", "30"),
    ]  # fmt: skip


def test_disagreements_are_said_and_agreement_is_not():
    service = {"overlapSeconds": 60, "drainingSeconds": 10}
    settings = merged(answer(service=service, manifest={"overlapSeconds": 30, "drainingSeconds": 10}), WEB)
    assert settings.disagreements == ("Overlap is 60 by the service setting, 30 by the running deployment.",)


@pytest.mark.parametrize(
    ("said", "overlap"), [("60", 60), (" 60 ", 60), ("1.5", 1.5), ("soon", 30), ("", 30), (None, 30)]
)
def test_config_files_write_numbers_as_text_and_people_write_anything(said: str | None, overlap: float):
    variables = {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": said}
    assert merged(answer(variables=variables, manifest={"overlapSeconds": "30"}), WEB).overlap == overlap


def test_replicas_come_from_the_regions_that_run():
    manifest = {"multiRegionConfig": {"us-west2": {"numReplicas": 2}, "europe-west4-drams3a": {"numReplicas": 3}}}
    settings = merged(answer(service={"numReplicas": 1}, manifest=manifest), WEB)
    assert settings.replicas == 5
    assert settings.disagreements == ()


@pytest.mark.parametrize(
    "place", [{"config": {"volumeMounts": {"vol": {"mountPath": "/data"}}}}, {"meta": {"volumeMounts": ["/data"]}}]
)
def test_a_volume_means_no_overlap_whatever_is_set(place: dict[str, Any]):
    settings = merged(answer(service={"overlapSeconds": 300}, **place), WEB)
    assert (settings.has_volume, settings.volume) == (True, "/data")
    assert settings.overlap == 0


def test_the_newest_that_runs_tells_the_manifest():
    data = answer(manifest={"overlapSeconds": 5})
    older = {"createdAt": "2026-11-20T12:00:00Z", "meta": {"serviceManifest": {"deploy": {"overlapSeconds": 99}}}}
    data["serviceInstance"]["activeDeployments"].append(older)
    assert merged(data, WEB).overlap == 5
    data["serviceInstance"]["activeDeployments"] = []
    data["serviceInstance"]["latestDeployment"] = older
    assert merged(data, WEB).overlap == 99


def test_a_deployment_without_meta_is_no_trouble():
    data = answer()
    data["serviceInstance"]["activeDeployments"] = [{"createdAt": "2026-11-22T12:00:00Z", "meta": None}]
    assert merged(data, WEB).overlap is None


def test_an_answer_of_another_shape_is_garbled():
    with pytest.raises(Garbled):
        merged({"serviceInstance": {}}, WEB)
    with pytest.raises(Garbled):
        merged(answer() | {"variables": "none"}, WEB)


def test_regions_are_as_configured_else_as_they_run():
    configured = {"deploy": {"multiRegionConfig": {"us-west2": {"numReplicas": 1}, "gone": None}}}
    assert list(regions(answer(config=configured), WEB)) == ["us-west2"]
    assert list(regions(answer(manifest={"multiRegionConfig": {"a": {}, "b": {}}}), WEB)) == ["a", "b"]
    assert list(regions(answer(service={"region": "us-east4"}), WEB)) == ["us-east4"]
    assert list(regions(answer(manifest={"region": "us-east4"}), WEB)) == ["us-east4"]
    assert regions(answer(), WEB) == {}


def test_what_a_service_is_told_is_read_apart_from_variables_and_manifest():
    service = {"overlapSeconds": 60, "startCommand": "node a.js", "sleepApplication": False, "cronSchedule": "0 3 * *"}
    manifest = {"overlapSeconds": 30, "sleepApplication": True, "multiRegionConfig": {"us-west2": {"numReplicas": 2}}}
    variables = {"RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "300"}
    settings = merged(answer(variables=variables, service=service, manifest=manifest), WEB)
    assert settings.configured == {
        "overlap": "60", "start_command": "node a.js", "sleep": "false", "cron": "0 3 * *",
    }  # fmt: skip
    assert (settings.start_command, settings.sleep, settings.cron) == ("node a.js", False, "0 3 * *")
    assert settings.regions == {"us-west2": 2}
    assert "Sleep is false by the service setting, true by the running deployment." in settings.disagreements
