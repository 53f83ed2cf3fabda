from __future__ import annotations

from collections.abc import Mapping

import pytest

from cockpit.core.state import State
from cockpit.view import deed
from tests.view.runs import Run, plan, proved


def state_with(action: Mapping[str, object], *, rehearsal: bool = False) -> State:
    content = plan().model_dump(by_alias=True, exclude_none=True, mode="json")
    actions = content["actions"] | {"set_grace": {"undo": "none", "why": "a test", **action}}
    return Run(plan(actions=actions), rehearsal=rehearsal).state


def summary(action: Mapping[str, object], *, rehearsal: bool = False) -> str:
    state = state_with(action, rehearsal=rehearsal)
    item = state.plan.item("deploy/do:set_grace")
    assert item is not None
    return deed.summary(state, item)


UNKNOWN_TARGET = "the deployment that served when the run opened (not known yet)"
CANCELLED = "An unfinished deployment of this run is cancelled."
ARGV = {"argv": ["alembic", "upgrade", "head"], "proof": "check stuck"}


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"service": "web", "set_variables": {"A": "1", "B": "2"}}, "Set A, B of web, without a deploy."),
        ({"service": "web", "delete_variables": ["A"]}, "Delete A of web, without a deploy."),
        ({"deploy": "web"}, "Deploy web: a new build with today's variables."),
        ({"redeploy": "web"}, "Redeploy web: the same source built again; it may keep the old variables."),
        ({"restart": "web"}, "Restart web, without a deploy."),
        ({"rollback": "web"}, f"Take web back to {UNKNOWN_TARGET}, image and variables. {CANCELLED}"),
        ({"scale": {"service": "web", "to": 3}}, "Scale web to 3 replicas."),
        (ARGV, "Run alembic upgrade head"),
        ({"on": "db", "sql": "update reports set a = 1"}, "Run in db: update reports set a = 1"),
    ],
)  # fmt: skip
def test_each_kind_of_action_is_one_sentence(action, words):
    assert summary(action) == words


def test_a_rehearsal_says_what_stands_in_for_a_command():
    assert summary(ARGV | {"rehearse": ["true"]}, rehearsal=True) == "Run the stand-in true"
    assert summary(ARGV, rehearsal=True) == "Run nothing: a rehearsal has no stand-in for this command."


def test_a_command_tells_how_it_is_proved():
    state = state_with(ARGV)
    item = state.plan.item("deploy/do:set_grace")
    assert item is not None
    assert dict(deed.facts(state, item))["proof"] == "check stuck"


def test_an_item_that_changes_nothing_has_no_sentence():
    state = proved().state
    item = state.plan.item("before/see:functions")
    assert item is not None
    assert deed.summary(state, item) == ""
    assert list(deed.facts(state, item)) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_TOKEN", "x"), ("STRIPE_SECRET", "x"), ("DB_PASSWORD", "x"), ("SENTRY_DSN", "x"), ("private_key", "x"),
        ("URL", "postgres://me:pw@host/db"), ("CERT", "-----BEGIN CERTIFICATE-----"),
        ("J", "eyJhbGciOiJIUzI1NiJ9.e30.x"),
    ],
)  # fmt: skip
def test_what_looks_secret_is_hidden(name, value):
    assert deed.shown_value(name, value) == deed.HIDDEN


def test_plain_values_are_shown():
    assert deed.shown_value("RAILWAY_DEPLOYMENT_OVERLAP_SECONDS", "300") == "300"
    assert deed.shown_value("URL", "https://reports.example/a") == "https://reports.example/a"
