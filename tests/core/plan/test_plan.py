"""The models of a plan: what a value may be, and that a plan survives the journal."""

from __future__ import annotations

# ruff: noqa: E501  (sentences that are compared read better unbroken)
import json
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from cockpit.core.plan import (
    ACTION_KINDS,
    Action,
    Ask,
    Check,
    Confirm,
    HttpConnection,
    Item,
    LogCheck,
    Monitor,
    Phase,
    Plan,
    PostgresCheck,
    RailwayConnection,
    See,
    Verb,
)
from cockpit.core.plan.action import Scale

SAMPLE = Path(__file__).parents[3] / "sample-config.toml"


@pytest.fixture(scope="module")
def sample() -> Plan:
    return Plan.model_validate(tomllib.loads(SAMPLE.read_text(encoding="utf-8")))


def test_a_plan_comes_back_from_json_as_it_was(sample: Plan) -> None:
    assert Plan.model_validate_json(sample.model_dump_json(by_alias=True)) == sample
    assert Plan.model_validate(json.loads(json.dumps(sample.model_dump(mode="json", by_alias=True)))) == sample


@pytest.mark.parametrize("span", ["90", "5 minutes", "", "0s", 60, 1.5, True])
def test_a_span_is_a_text_with_a_unit(span: object) -> None:
    with pytest.raises(ValidationError):
        Monitor.model_validate({"check": "x", "every": span})


def test_spans_of_code_and_of_files_are_the_same() -> None:
    written = Monitor.model_validate({"check": "x", "every": "1h30m", "for": "7d"})
    assert written == Monitor(check="x", every=timedelta(minutes=90), for_=timedelta(days=7))
    assert written.model_dump(mode="json", by_alias=True, exclude_none=True) == {
        "check": "x",
        "every": "1h30m",
        "for": "7d",
        "every_during": {},
    }


@pytest.mark.parametrize(
    ("verb", "target", "item_id"),
    [
        ("check", "stuck", "after/check:stuck"),
        ("tick", "Team knows, really!", "after/tick:team-knows-really"),
        ("sign", "tech lead", "after/sign:tech-lead"),
        ("same", "before/check:stuck", "after/same:before/check:stuck"),
    ],
)
def test_items_are_a_verb_and_the_rest(verb: str, target: str, item_id: str) -> None:
    item = Item.parse("after", f"  {verb}   {target} ")
    assert (item.verb, item.target, item.id) == (Verb(verb), target, item_id)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chek stuck", "'chek' is no verb of an item. Did you mean 'check'?"),
        ("jump up", "'jump' is no verb of an item. Begin with one of record, compare, check, do, ask, tick, see, sign, same."),
        ("check", "'check' stands alone. Say what to check."),
        ("", "'' is no verb of an item. Begin with one of record, compare, check, do, ask, tick, see, sign, same."),
    ],
)  # fmt: skip
def test_what_is_no_item_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match="^" + words.replace("?", r"\?").replace(".", r"\.") + "$"):
        Item.parse("x", text)


def test_a_title_makes_an_id() -> None:
    assert Phase(title="Go / no-go", gate=("tick a",)).id == "go-no-go"
    assert Phase(title="x", gate=("tick a",)).is_gate
    assert not Phase(title="x", items=("tick a",)).is_gate


def test_checks_are_told_apart_by_what_they_ask() -> None:
    adapter: TypeAdapter[Check] = TypeAdapter(Check)
    sources = {
        adapter.validate_python({"on": "x", **keys}).source
        for keys in (
            {"sql": "select 1"},
            {"get": "/"},
            {"logs": "web", "since": "5m"},
            {"ask": "metrics", "service": "a"},
        )
    }
    assert sources == {"postgres", "http", "logs", "railway"}
    with pytest.raises(ValidationError, match="exactly one thing"):
        adapter.validate_python({"on": "x"})


@pytest.mark.parametrize("since", ["15m", "gate", "deploy_web", "T2 of deploy_web"])
def test_a_window_begins_at_a_moment_or_some_time_ago(since: str) -> None:
    assert LogCheck(on="railway", logs="web", since=since, match="x").since == since


@pytest.mark.parametrize("since", ["15 minutes", "T4 of x", "yesterday's", ""])
def test_anything_else_is_no_window(since: str) -> None:
    with pytest.raises(ValidationError, match="neither a length of time nor a moment"):
        LogCheck(on="railway", logs="web", since=since, match="x")


@pytest.mark.parametrize("get", ["health", "//other.example/x", "https://other.example/x", ""])
def test_a_path_leaves_no_doubt_about_the_host(get: str) -> None:
    with pytest.raises(ValidationError, match="This is no path"):
        TypeAdapter(Check).validate_python({"on": "app", "get": get})


@pytest.mark.parametrize(
    "url", ["reports.example", "ftp://x", "https://", "https://x/?a=b", "https://x/#y", "https://u:p@x"]
)
def test_a_base_address_is_a_web_address_and_nothing_more(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HttpConnection(kind="http", base_url=url)
    assert "u:p" not in caught.value.errors(include_input=False)[0]["msg"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "docs"])
def test_a_link_leads_to_the_web(link: str) -> None:
    with pytest.raises(ValidationError, match="no web address"):
        See(text="x", link=link)


@pytest.mark.parametrize(
    ("endpoint", "fine"),
    [
        ("https://x.example/graphql", True),
        ("http://127.0.0.1:8080/graphql", True),
        ("http://localhost/graphql", True),
        ("http://[::1]:80/graphql", True),
        ("http://x.example/graphql", False),
        ("http://127.evil.example/graphql", False),
    ],
)
def test_a_token_travels_encrypted_or_stays_here(endpoint: str, *, fine: bool) -> None:
    try:
        RailwayConnection(kind="railway", token="env:X", environment="production", endpoint=endpoint)
    except ValidationError:
        assert not fine
    else:
        assert fine


def test_a_condition_is_read_when_the_plan_is() -> None:
    with pytest.raises(ValidationError, match="Use '=='"):
        PostgresCheck.model_validate({"on": "db", "sql": "select 1", "pass": "value = 0"})


@pytest.mark.parametrize(("kind", "value"), [
    ("set_variables", {"A": "1"}), ("delete_variables", ("A",)), ("deploy", "web"), ("redeploy", "web"),
    ("restart", "web"), ("rollback", "web"), ("scale", {"service": "web", "to": 2}), ("argv", ("true",)), ("sql", "x"),
])  # fmt: skip
def test_an_action_knows_its_kind_its_service_and_what_it_takes(kind: str, value: object) -> None:
    service = {"service": "web"} if kind.endswith("variables") else {}
    action = Action.model_validate({kind: value, **service})
    assert (action.kind, action.kinds) == (kind, (kind,))
    assert action.target == (None if kind in ("argv", "sql") else "web")
    assert action.confirmation is (Confirm.YES if kind in ("set_variables", "restart") else Confirm.TYPE)
    assert action.starts_rollout is (kind in ("deploy", "redeploy", "rollback"))
    assert kind in ACTION_KINDS


def test_switches_and_numbers_are_not_guessed_from_texts() -> None:
    for wrong in ({"secret": "yes"}, {"secret": 1}):
        with pytest.raises(ValidationError):
            Ask.model_validate({"text": "x", **wrong})
    with pytest.raises(ValidationError):
        Monitor.model_validate({"check": "x", "every": "5m", "times": "2", "within": "10m"})


@pytest.mark.parametrize(
    ("item_id", "title"),
    [
        ("before/record:by_status", "Reports by status"),
        ("deploy/do:set_grace", "Set the grace periods"),
        ("before/ask:traffic", "How busy is the service?"),
        ("before/see:interruptions", "Interrupted functions did not increase"),
        ("go-no-go/tick:backup-taken-today", "Backup taken today"),
        ("sign-off/sign:tech-lead", "Sign-off: tech lead"),
        ("sign-off/same:eight-hours-on/see:interruptions", "Interrupted functions did not increase"),
    ],
)
def test_an_item_is_shown_in_words(sample: Plan, item_id: str, title: str) -> None:
    item = sample.item(item_id)
    assert item is not None
    assert sample.title_of(item) == title


def test_an_item_that_leads_nowhere_is_shown_by_its_name(sample: Plan) -> None:
    shown = [
        sample.title_of(Item.parse("x", text)) for text in ("check big_one", "do it_all", "ask me", "see it", "same y")
    ]
    assert shown == ["Big one", "It all", "me", "it", "y"]


def test_a_part_is_found_by_its_id(sample: Plan) -> None:
    assert sample.phase("go-no-go") is sample.phases[1]
    assert sample.phase("level-1-variables-only") is sample.rollback[0]
    assert sample.phase("nowhere") is None
    assert sample.railway() == ("railway", sample.connections["railway"])
    assert Plan(name="x", phases=(Phase(title="a"),)).environment == "production"


def test_nobody_scales_to_zero_for_railway_refuses_it() -> None:
    with pytest.raises(ValidationError, match=r'Railway refuses 0 replicas\. Write stop = "SERVICE"'):
        Scale(service="web", to=0)
