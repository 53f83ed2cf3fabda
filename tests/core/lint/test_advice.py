"""Advice: what is allowed and may still be a mistake, and how each line of it goes away."""

from __future__ import annotations

# ruff: noqa: E501  (sentences that are compared read better unbroken)
import tomllib
from typing import Any

import pytest

from cockpit.core.lint.advice import advice
from cockpit.core.lint.references import complaints
from cockpit.core.plan import Plan

BASE = """
name     = "A plan"
sign_off = ["engineer"]
[connections.db]
kind = "postgres"
url  = "env:DATABASE_URL"
is   = "select current_database() = 'reports'"
[connections.railway]
kind        = "railway"
token       = "env:RAILWAY_TOKEN"
environment = "production"
[checks.stuck]
on   = "db"
sql  = "select count(*) from reports"
seen = "select exists (select from reports)"
pass = "value == 0"
[checks.errors]
on    = "railway"
logs  = "web"
since = "15m"
match = "ERROR"
seen  = "lines > 0"
pass  = "count == 0"
[actions.set_grace]
on            = "railway"
service       = "web"
set_variables = { RAILWAY_DEPLOYMENT_DRAINING_SECONDS = "600" }
undo          = "deploy_web"
[actions.deploy_web]
on     = "railway"
deploy = "web"
estimate = "20m"
undo   = "none"
why    = "x"
[monitors.errors]
check = "errors"
every = "1m"
for   = "5m"
[[phases]]
title = "Gate"
gate  = ["check stuck"]
[[phases]]
title = "Deploy"
items = ["do set_grace", "do deploy_web"]
[[phases]]
title    = "Watch"
lasts    = "24h from deploy_web"
monitors = ["errors"]
[[phases]]
title = "Sign-off"
items = ["sign engineer"]
[[triggers]]
text = "Somebody says so"
[[rollback]]
title = "Level 1"
items = ["do deploy_web"]
"""


def said(changes: str = "") -> list[str]:
    """The advice about the base plan with some tables laid over it; lists are replaced, empty lists taken out."""
    plan = Plan.model_validate(over(tomllib.loads(BASE), tomllib.loads(changes)))
    assert complaints(plan) == ()
    return [str(each) for each in advice(plan)]


def over(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        merged[key] = over(base[key], value) if isinstance(base.get(key), dict) and isinstance(value, dict) else value
        if value in ([], ""):
            del merged[key]
    return merged


def test_a_careful_plan_gets_none() -> None:
    assert said() == []


ADVICE = {
    "a check nobody uses": ('[checks.x]\non = "db"\nsql = "select 1"', "checks.x: Nobody uses this. Put it into a phase, a monitor or a trigger, or take it out."),
    "an ask nobody asks": ('[asks.x]\ntext = "x"', "asks.x: Nobody uses this. Put it into a phase, or take it out."),
    "a look nobody takes": ('[sees.x]\ntext = "x"', "sees.x: Nobody uses this. Put it into a phase, or take it out."),
    "a monitor nobody starts": ('[monitors.x]\ncheck = "stuck"\nevery = "5m"\nfor = "15m"', "monitors.x: Nobody uses this. Name it in a phase that lasts, or take it out."),
    "a connection nobody speaks to": ('[connections.x]\nkind = "http"\nbase_url = "https://x.example"', "connections.x: Nobody uses this. Take it out, unless a check is still to come."),
    "a role that never signs": ('sign_off = ["engineer", "tech lead"]', "sign_off[2]: 'tech lead' never signs. Put \"sign tech lead\" into the last phase."),
    "a database that proves nothing": ('[connections.db]\nis = ""', "connections.db: Nothing proves that this is the database meant. Add is, such as \"select current_database() = 'reports'\"."),
    "a second railway": ('[connections.other]\nkind = "railway"\ntoken = "env:X"\nenvironment = "x"\n[checks.errors]\non = "other"', "connections.other: The environment that is proved and typed is that of 'railway', not of this one. Keep one Railway connection in a plan."),
    "a check without a control": ('[checks.stuck]\nseen = ""', "checks.stuck: This check cannot tell quiet from blind. Add seen: a statement that is true when the role sees rows."),
    "a log check without a control": ('[checks.errors]\nseen = ""', 'checks.errors: This check cannot tell quiet from blind. Add seen: such as "lines > 0".'),
    "a function that acts": ('[checks.stuck]\nsql = "select pg_advisory_lock(1)"', "checks.stuck.sql: pg_advisory_lock() acts, also in a read-only transaction. Make it an action, or leave it out."),
    "a setting in a question": ('[checks.stuck]\nsql = ["select 1", "select set_config(\'a\', \'b\', true)"]', "checks.stuck.sql: set_config() acts, also in a read-only transaction."),
    "a shell that hides failures": ('[connections.here]\nkind = "shell"\n[checks.found]\non = "here"\nrun = ["sh", "-c", "a | grep -c b"]\nrehearse = ["true"]\npass = "value == 0"\n[actions.x]\nargv = ["true"]\nrehearse = ["true"]\nproof = "check found"\nundo = "none"\nwhy = "x"', 'checks.found.run: A shell of its own hides what fails in its pipes. Write run = ["one | two"] and shell = true.'),
    "a control that acts": ('[checks.stuck]\nseen = "select pg_try_advisory_lock(1)"', "checks.stuck.sql: pg_try_advisory_lock() acts, also in a read-only transaction."),
    "a comparison nobody makes": ('[checks.stuck]\ncompare = "equal"', 'checks.stuck.compare: Nobody compares this. Put "compare stuck" into a phase, or take it out.'),
    "an action without a way back": ('[actions.deploy_web]\nundo = ""\nwhy = ""', 'actions.deploy_web: Nothing says how this is taken back. Add undo, an action or "none" with a why.'),
    "a command without proof": ('[actions.x]\nargv = ["true"]\nrehearse = ["true"]\nundo = "deploy_web"', 'actions.x: Nothing shows whether this happened, so its outcome stays unknown. Add proof = "check NAME".'),
    "a command that cannot be rehearsed": ('[actions.x]\nargv = ["true"]\nproof = "check stuck"\nundo = "deploy_web"', 'actions.x: This cannot be rehearsed. Add rehearse, such as ["true"].'),
    "a drain shorter than the health check": ('[actions.set_grace]\nset_variables = { RAILWAY_DEPLOYMENT_DRAINING_SECONDS = "60" }', "actions.set_grace.set_variables.RAILWAY_DEPLOYMENT_DRAINING_SECONDS: The drain of 60 s is shorter than the health check of 300 s (Railway's default)."),
    "a drain shorter than a health check that is set": ('[actions.set_grace]\nset_variables = { RAILWAY_DEPLOYMENT_DRAINING_SECONDS = "600", RAILWAY_HEALTHCHECK_TIMEOUT_SEC = "900" }', "actions.set_grace.set_variables.RAILWAY_DEPLOYMENT_DRAINING_SECONDS: The drain of 600 s is shorter than the health check of 900 s (RAILWAY_HEALTHCHECK_TIMEOUT_SEC)."),
    "a drain shorter than a health check that another action sets": ('[actions.tighten]\non = "railway"\nservice = "web"\nset_settings = { health_timeout = 900 }\nundo = "set_grace"', "actions.set_grace.set_variables.RAILWAY_DEPLOYMENT_DRAINING_SECONDS: The drain of 600 s is shorter than the health check of 900 s (RAILWAY_HEALTHCHECK_TIMEOUT_SEC)."),
    "a drain in settings shorter than the health check": ('[actions.tighten]\non = "railway"\nservice = "web"\nset_settings = { drain = 60 }\nundo = "set_grace"', "actions.tighten.set_settings.drain: The drain of 60 s is shorter than the health check of 300 s (Railway's default)."),
    "a drain shorter than the app's own grace": ('[actions.set_grace]\nset_variables = { RAILWAY_DEPLOYMENT_DRAINING_SECONDS = "600", APP_SHUTDOWN_GRACE_SECONDS = "900" }', "actions.set_grace.set_variables.RAILWAY_DEPLOYMENT_DRAINING_SECONDS: The drain of 600 s ends before the app's own APP_SHUTDOWN_GRACE_SECONDS, 900 s. Drain longer: what is still at work then is killed."),
    "a grace of the app in milliseconds": ('[actions.set_grace]\nset_variables = { RAILWAY_DEPLOYMENT_DRAINING_SECONDS = "600", SHUTDOWN_TIMEOUT_MS = "610000" }', "actions.set_grace.set_variables.RAILWAY_DEPLOYMENT_DRAINING_SECONDS: The drain of 600 s ends before the app's own SHUTDOWN_TIMEOUT_MS, 610 s."),
    "a deploy of unknown length": ('[actions.deploy_web]\nestimate = ""', 'actions.deploy_web: Nothing says how long this takes, so nobody is told that it is late. Add estimate, such as "20m".'),
    "a stop by one key": ('[actions.halt]\non = "railway"\nstop = "web"\nconfirm = "yes"\nundo = "deploy_web"', 'actions.halt.confirm: One key takes web down. Write confirm = "type", or leave it out.'),
    "a removal by one key": ('[actions.halt]\non = "railway"\nremove = "web"\nconfirm = "yes"\nundo = "deploy_web"', 'actions.halt.confirm: One key takes web down.'),
    "an overlap of what gets a volume": ('[actions.move]\non = "railway"\nservice = "web"\nset_settings = { volume = "/srv" }\nundo = "deploy_web"\n[actions.set_grace]\nset_variables = { RAILWAY_DEPLOYMENT_OVERLAP_SECONDS = "60" }', "actions.set_grace.set_variables.RAILWAY_DEPLOYMENT_OVERLAP_SECONDS: With the volume of 'move' web never overlaps: it is down meanwhile. Take the overlap out, and tell who uses it."),
    "an overlap in settings of what gets a volume": ('[actions.move]\non = "railway"\nservice = "web"\nset_settings = { volume = "/srv" }\nundo = "deploy_web"\n[actions.tighten]\non = "railway"\nservice = "web"\nset_settings = { overlap = 60 }\nundo = "set_grace"', "actions.tighten.set_settings.overlap: With the volume of 'move' web never overlaps: it is down meanwhile. Take the overlap out, and tell who uses it."),
    "a rollback of what nobody deploys": ('[actions.back]\non = "railway"\nrollback = "worker"\nundo = "none"\nwhy = "x"', "actions.back.rollback: No phase deploys worker, so what a rollback leads to still serves and nothing is sent."),
    "a way back of another service": ('[actions.back]\non = "railway"\nrollback = "web"\nundo = "none"\nwhy = "x"\n[actions.again]\non = "railway"\nredeploy = "worker"\nestimate = "5m"\nundo = "back"', "actions.again.undo: 'back' takes web back, and this changes worker. Name an action for the same service."),
    "a watch longer than the image is kept": ('[connections.railway]\ntier = "free"\n[actions.back]\non = "railway"\nrollback = "web"\nundo = "none"\nwhy = "x"\n[[phases]]\ntitle = "Gate"\ngate = ["check stuck"]\n[[phases]]\ntitle = "Deploy"\nitems = ["do set_grace", "do deploy_web"]\n[[phases]]\ntitle = "Watch"\nlasts = "36h from deploy_web"\nmonitors = ["errors"]\n[[phases]]\ntitle = "Sign-off"\nitems = ["sign engineer"]', "actions.back.rollback: A watch lasts 1d12h, and the tier free keeps what was replaced for 1d: after that this cannot go back. Watch for less, or keep another way back."),
    "a cadence that uses up the requests": ('[monitors.errors]\nevery = "5s"', "monitors.errors.every: Monitors ask Railway 720 times an hour, errors every 5s, of 1000 requests. Stay below 500: the rollout needs the rest."),
    "no way back": ("rollback = []", "There is no way back in this plan. Add [[rollback]] with its steps."),
    "no word on when to turn back": ("triggers = []", "rollback: Nothing says when to roll back. Add [[triggers]], in words if need be."),
}  # fmt: skip


@pytest.mark.parametrize("habit", ADVICE)
def test_what_may_be_a_mistake_is_named(habit: str) -> None:
    changes, line = ADVICE[habit]
    assert line in [each[: len(line)] for each in said(changes)]
    assert len(said(changes)) == 1


@pytest.mark.parametrize("fine", [
    '[actions.set_grace]\nset_variables = { RAILWAY_DEPLOYMENT_DRAINING_SECONDS = "600", APP_SHUTDOWN_GRACE_SECONDS = "590" }',
    '[actions.set_grace]\nset_variables = { RAILWAY_DEPLOYMENT_DRAINING_SECONDS = "600", SHUTDOWN_HOOK = "sleep" }',
    '[actions.halt]\non = "railway"\nstop = "web"\nundo = "deploy_web"',
    '[actions.spread]\non = "railway"\nscale = { service = "web", regions = { us-west2 = 0, us-east4 = 1 } }\nundo = "deploy_web"',
    '[connections.railway]\ntier = "hobby"\n[actions.back]\non = "railway"\nrollback = "web"\nundo = "none"\nwhy = "x"',
])  # fmt: skip
def test_what_is_sound_is_left_alone(fine: str) -> None:
    assert said(fine) == []


def phases(*bodies: str) -> str:
    return "".join(f'[[phases]]\ntitle = "{chr(65 + i)}"\n{body}\n' for i, body in enumerate(bodies))


WATCH = 'lasts = "24h from deploy_web"\nmonitors = ["errors"]'
GATE = 'gate = ["check stuck"]'
DEPLOY = 'items = ["do set_grace", "do deploy_web"]'


def test_acting_without_a_gate_is_named() -> None:
    assert said(phases('items = ["check stuck"]', DEPLOY, WATCH, 'items = ["sign engineer"]')) == [
        "phases: This acts without a go/no-go. Put a gate before the first action."
    ]


def test_a_signature_before_the_last_watch_is_named() -> None:
    assert said(phases(GATE, DEPLOY, 'items = ["sign engineer"]', WATCH)) == [
        "phases[3].items[1]: This is signed before 'D' has begun. Sign in a phase behind it, which waits until the watch is over."
    ]


def test_a_check_that_expects_nothing_had_better_be_recorded() -> None:
    looking = '[checks.look]\non = "db"\nsql = "select 1"\n'
    last = 'items = ["{} look", "sign engineer"]'
    assert said(looking + phases(GATE, DEPLOY, WATCH, last.format("record"))) == []
    assert said(looking + phases(GATE, DEPLOY, WATCH, last.format("check"))) == [
        "phases[4].items[1]: 'look' expects nothing, so this only looks. Write \"record look\", or give the check a pass."
    ]


def test_a_strict_comparison_over_a_window_that_slides_is_named() -> None:
    recent = '[checks.recent]\non = "db"\nsql = "select count(*) from r where at > now() - interval \'1h\'"\n'
    recent += 'seen = "select exists (select from r)"\ncompare = "{}"\n'
    phased = phases(
        GATE,
        'items = ["record recent", "do set_grace", "do deploy_web"]',
        WATCH,
        'items = ["compare recent", "sign engineer"]',
    )
    assert said(recent.format("within 10%") + phased) == []
    assert said(recent.format("equal") + phased) == [
        (
            "checks.recent.compare: This compares over a window that slides (now()), so it differs because time has passed. "
            'Count from a fixed moment (with = ["time of gate"]), or leave room: within 10%.'
        )
    ]


def test_settings_that_no_later_deployment_takes_up_are_named() -> None:
    tighten = (
        '[actions.tighten]\non = "railway"\nservice = "web"\nset_settings = { sleep = true }\nundo = "deploy_web"\n'
    )
    last = 'items = ["sign engineer"]'
    assert said(tighten + phases(GATE, 'items = ["do set_grace", "do tighten", "do deploy_web"]', WATCH, last)) == []
    assert said(tighten + phases(GATE, DEPLOY, 'items = ["do tighten"]', WATCH, last)) == [
        "actions.tighten: Nothing deploys web after this, and only its next deployment takes it up. Add a deploy after it."
    ]


BOUND = """
[asks.report]
text = "Which?"
[checks.of_report]
on   = "db"
sql  = "select count(*) from steps where report_id = $1"
with = ["report"]
seen = "select exists (select from steps)"
pass = "value == 7"
[[rollback]]
title = "Back"
items = [{}"do deploy_web", "check of_report"]
[[triggers]]
text = "Somebody says so"
"""


def test_a_way_back_that_waits_for_an_answer_that_comes_too_late_is_named() -> None:
    early = phases('items = ["ask report"]', GATE, DEPLOY, WATCH, 'items = ["sign engineer"]')
    late = phases(GATE, DEPLOY, WATCH, 'items = ["ask report", "sign engineer"]')
    assert said(BOUND.format("") + early) == []
    assert said(BOUND.format('"ask report", ') + late) == []
    assert said(BOUND.format("") + late) == [
        (
            "rollback[1].items[2]: This needs 'report', which is asked only once something was changed. "
            'Put "ask report" before the first action, or before this line.'
        )
    ]


def test_proofs_and_triggers_use_checks_too() -> None:
    proved = '[actions.x]\nargv = ["a"]\nproof = "check y"\nrehearse = ["true"]\nundo = "deploy_web"\n'
    check = '[checks.y]\non = "db"\nsql = "select 1"\nseen = "select true"\npass = "value == 1"\n'
    assert said(proved + check) == []
    watch = '[monitors.y]\ncheck = "y"\nevery = "1m"\nfor = "5m"\n'
    watch += phases(
        GATE, DEPLOY, 'lasts = "24h from deploy_web"\nmonitors = ["errors", "y"]', 'items = ["sign engineer"]'
    )
    for direction in ("triggers", "not_triggers"):
        criterion = f'[[{direction}]]\ntext = "x"\nwhen = "y.value > 1"\n'
        assert said(check + criterion + watch) == []
        assert said(check + criterion) == [
            f"{direction}[1].when: Nobody watches 'y', so most of the time this cannot be told. Give it a monitor in a phase that lasts."
        ]


def test_a_slow_cadence_and_a_larger_budget_are_fine() -> None:
    assert said('[monitors.errors]\nevery = "5s"\n[connections.railway]\nrequests_per_hour = 10000') == []


def test_what_leads_up_to_a_question_may_set_something_and_a_trial_may_act() -> None:
    assert said("[checks.stuck]\nsql = [\"select set_config('a', 'b', true)\", \"select 1\"]") == []
    trial = said("[checks.trial]\non = \"db\"\nmutates = true\nsql = \"select nextval('s'), pg_notify('a', 'b')\"")
    assert trial == ["checks.trial: Nobody uses this. Put it into a phase, a monitor or a trigger, or take it out."]
