from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from cockpit.simulator import agenda, configuration, deployments
from cockpit.simulator.refusal import Refusal
from cockpit.simulator.resolvers import views
from cockpit.simulator.world import World, replicas_wanted

Place = tuple[str, str]


def variables(world: World, place: Place) -> dict[str, Any]:
    environment = world.environments[place[0]]
    return configuration.unrendered(environment.services[place[1]], environment)


def test_at_first_there_is_a_reference_a_sealed_one_and_no_grace(world: World, place: Place):
    held = variables(world, place)
    assert held["DATABASE_URL"] == "${{Postgres.DATABASE_URL}}"
    assert held["SIGNING_KEY"] is None
    assert not [name for name in held if name.startswith("RAILWAY_DEPLOYMENT")]


def test_setting_without_skip_starts_a_stray_deploy(world: World, place: Place, origin: datetime):
    assert configuration.set_variables(world, origin, *place, {"A": "1"}, skip_deploys=True) == []
    (stray,) = configuration.set_variables(world, origin, *place, {"A": "2"})
    assert stray.variables["A"].value == "2"
    assert world.of(*place)[0] is stray


def test_setting_a_sealed_variable_keeps_it_sealed(world: World, place: Place, origin: datetime):
    configuration.set_variables(world, origin, *place, {"SIGNING_KEY": "other"}, skip_deploys=True)
    assert variables(world, place)["SIGNING_KEY"] is None


def test_replacing_destroys_what_is_not_named(world: World, place: Place, origin: datetime):
    configuration.set_variables(world, origin, *place, {"ONLY": "1"}, replace=True, skip_deploys=True)
    assert variables(world, place) == {"ONLY": "1"}


def test_deleting_always_deploys(world: World, place: Place, origin: datetime):
    (stray,) = configuration.delete_variable(world, origin, *place, "LOG_LEVEL")
    assert "LOG_LEVEL" not in stray.variables


def test_a_shared_variable_touches_every_service(world: World, place: Place, origin: datetime):
    started = configuration.set_variables(world, origin, place[0], None, {"REGION_LABEL": "east"})
    assert {one.service for one in started} == set(world.services)


def test_values_are_text(world: World, place: Place, origin: datetime):
    with pytest.raises(Refusal, match="must be a string"):
        configuration.set_variables(world, origin, *place, {"A": 1})


def test_rendering_resolves_references_and_adds_what_railway_provides(world: World, place: Place):
    environment = world.environments[place[0]]
    shown = configuration.rendered(world, environment.services[place[1]], environment)
    assert shown["DATABASE_URL"] == "postgres/database_url"
    assert shown["RAILWAY_SERVICE_NAME"] == "web"
    assert shown["REGION_LABEL"] == "west"
    assert shown["SIGNING_KEY"] is None


def test_staged_changes_wait_merge_and_are_applied_together(world: World, place: Place, origin: datetime):
    environment, web = place
    mine = {"services": {web: {"variables": {"LOG_LEVEL": None}}}}
    theirs = {"services": {web: {"variables": {"THEIRS": {"value": "1"}}, "deploy": {"drainingSeconds": 9}}}}
    configuration.stage(world, origin, environment, theirs, merge=True)
    patch = configuration.stage(world, origin, environment, mine, merge=True)
    assert configuration.leaves(patch.patch) == 3
    assert variables(world, place)["LOG_LEVEL"] == "info"
    done, started = configuration.commit_staged(world, origin, environment, "both", skip_deploys=True)
    assert (done.status, done.message, started) == ("COMMITTED", "both", [])
    assert "LOG_LEVEL" not in variables(world, place)
    assert variables(world, place)["THEIRS"] == "1"
    assert world.environments[environment].services[web].settings["drainingSeconds"] == 9
    assert world.environments[environment].staged.patch == {}
    with pytest.raises(Refusal, match="No changes"):
        configuration.commit_staged(world, origin, environment, None, skip_deploys=True)


def test_staging_without_merge_takes_the_place_of_what_others_staged(world: World, place: Place, origin: datetime):
    configuration.stage(world, origin, place[0], {"sharedVariables": {"A": {"value": "1"}}}, merge=True)
    patch = configuration.stage(world, origin, place[0], {"sharedVariables": {"B": {"value": "1"}}}, merge=False)
    assert patch.patch == {"sharedVariables": {"B": {"value": "1"}}}


def test_committing_without_skip_deploys_what_it_touches(world: World, place: Place, origin: datetime):
    patch = {"services": {place[1]: {"variables": {"A": {"value": "1"}}}}}
    (started,) = configuration.commit(world, origin, place[0], patch, skip_deploys=False)
    assert started.service == place[1]


def test_scale_adds_and_removes_replicas_without_a_deployment(world: World, place: Place, origin: datetime):
    environment, web = place

    def scale(regions: dict[str, Any]) -> list[str]:
        patch = {"services": {web: {"deploy": {"multiRegionConfig": regions}}}}
        assert configuration.commit(world, origin, environment, patch, skip_deploys=False) == []
        return [replica.status for replica in world.of(environment, web)[0].replicas]

    assert scale({"us-west2": {"numReplicas": 3}}) == ["RUNNING"] * 3
    assert scale({"us-west2": {"numReplicas": 1}}) == ["RUNNING", "REMOVED", "REMOVED"]
    with pytest.raises(Refusal, match="numReplicas"):
        scale({"us-west2": None})


def test_no_replicas_at_all_are_rejected(world: World, place: Place, origin: datetime):
    with pytest.raises(Refusal, match="Error in numReplicas - Invalid input"):
        configuration.update_settings(world, origin, *place, {"numReplicas": 0})


def test_of_several_regions_the_old_field_says_one_and_the_manifest_says_all(
    world: World, place: Place, origin: datetime
):
    environment, web = place
    regions = {"us-west2": {"numReplicas": 2}, "europe-west4-drams3a": {"numReplicas": 3}}
    part = {"deploy": {"multiRegionConfig": regions}}
    configuration.commit(world, origin, environment, {"services": {web: part}}, skip_deploys=False)
    asking: Any = SimpleNamespace(world=world)
    held = world.environments[environment]
    assert views.service_instance(asking, held, held.services[web])["numReplicas"] == 1
    serving = world.serving(*place)[0]
    assert views.meta(serving)["serviceManifest"]["deploy"]["multiRegionConfig"] == regions
    assert len(serving.replicas) == 5
    new = deployments.deploy(world, origin, environment, web)
    agenda.advance(world, origin + timedelta(minutes=5))
    assert len(new.replicas) == 5


def test_the_one_number_takes_the_place_of_regions(world: World, place: Place, origin: datetime):
    instance = world.environments[place[0]].services[place[1]]
    instance.settings["multiRegionConfig"] = {"us-west2": {"numReplicas": 3}}
    configuration.update_settings(world, origin, *place, {"numReplicas": 2})
    assert replicas_wanted(instance.settings) == 2


def test_the_etag_changes_with_the_configuration_alone(world: World, place: Place, origin: datetime):
    environment = world.environments[place[0]]
    before = configuration.etag(environment)
    configuration.stage(world, origin, place[0], {"sharedVariables": {"B": {"value": "1"}}}, merge=True)
    assert configuration.etag(environment) == before
    configuration.set_variables(world, origin, *place, {"A": "1"}, skip_deploys=True)
    assert configuration.etag(environment) != before
