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
BUILD = ": a new build with today's variables."
ARGV = {"argv": ["alembic", "upgrade", "head"], "proof": "check stuck"}


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"service": "web", "set_variables": {"A": "1", "B": "2"}}, "Set A, B of web, without a deploy."),
        ({"service": "web", "delete_variables": ["A"]}, "Delete A of web, without a deploy."),
        ({"deploy": "web"}, "Deploy web: a new build with today's variables."),
        ({"redeploy": "web"}, "Redeploy web: the same source built again; it may keep the old variables."),
        ({"restart": "web"}, "Restart web, without a deploy; a stopped one comes back."),
        ({"shared": True, "set_variables": {"A": "1"}}, "Set A of all services (shared variables), without a deploy."),
        (
            {"service": "web", "set_settings": {"overlap": 60, "sleep": False}},
            "Set overlap = 60, sleep = false of web; they count from its next deployment.",
        ),
        (
            {"service": "web", "unset_settings": ["drain", "cron"]},
            "Unset drain, cron of web; that counts from its next deployment.",
        ),
        ({"deploy": "web", "commit": "0f3c2a9d41"}, f"Deploy web at commit 0f3c2a9d{BUILD}"),
        ({"deploy": "web", "commit": "ask report"}, f"Deploy web at the commit of report{BUILD}"),
        ({"cancel": "web"}, "Cancel the deployment of web that is on its way, whoever made it; what serves goes on."),
        ({"stop": "web"}, "Stop web: nothing of it serves until a restart or a deploy."),
        ({"remove": "web"}, "Stop and remove the live deployment of web: nothing of it serves until a deploy."),
        ({"approve": "web"}, "Approve the deployment of web that waits for it: it is built and replaces what serves."),
        (
            {"scale": {"service": "web", "regions": {"us-west2": 2, "europe-west4-drams3a": 0}}},
            "Scale web to 2 in us-west2, 0 in europe-west4-drams3a.",
        ),
        ({"rollback": "web"}, f"Take web back to {UNKNOWN_TARGET}, image and variables. {CANCELLED}"),
        ({"scale": {"service": "web", "to": 3}}, "Scale web to 3 replicas."),
        ({"scale": {"service": "web", "to": 1}}, "Scale web to 1 replica."),
        (ARGV, "Run alembic upgrade head"),
        ({"on": "db", "sql": "update reports set a = 1"}, "Run in db: update reports set a = 1"),
    ],
)  # fmt: skip
def test_each_kind_of_action_is_one_sentence(action, words):
    assert summary(action) == words


def test_a_rehearsal_says_what_stands_in_for_a_command():
    told = summary(ARGV | {"rehearse": ["true"]}, rehearsal=True)
    assert told == "Run true, which stands in for alembic upgrade head"
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


def test_that_a_variable_is_sealed_is_shown_whatever_its_name():
    assert deed.shown_value("SIGNING_KEY", "(sealed)") == deed.SEALED
