"""The order of phases: what never opens, what is asked too early, what waits for itself."""

from __future__ import annotations

# ruff: noqa: E501  (sentences that are compared read better unbroken)
import tomllib

import pytest

from cockpit.core.lint.references import complaints
from cockpit.core.plan import Plan

HEAD = """
name     = "A plan"
sign_off = ["engineer"]
[connections.db]
kind = "postgres"
url  = "env:DATABASE_URL"
[connections.railway]
kind        = "railway"
token       = "env:RAILWAY_TOKEN"
environment = "production"
[checks.counts]
on      = "db"
sql     = "select count(*) from reports"
compare = "equal"
[checks.of_report]
on   = "db"
sql  = "select count(*) from steps where report_id = $1"
with = ["report"]
[checks.since_deploy]
on   = "db"
sql  = "select count(*) from steps where finished_at > $1"
with = ["time of T1 of deploy"]
[checks.goodbye]
on    = "railway"
logs  = "web"
from  = "old"
since = "deploy"
match = "bye"
[actions.deploy]
on     = "railway"
deploy = "web"
undo   = "back"
[actions.back]
on       = "railway"
rollback = "web"
undo     = "none"
why      = "it is the way back"
[actions.vars]
on            = "railway"
service       = "web"
set_variables = { A = "1" }
undo          = "back"
[asks.report]
text = "Which?"
"""
DEPLOY = 'items = ["do vars", "do deploy"]'
GATE = 'gate = ["tick a"]'


def said(*bodies: str, levels: tuple[str, ...] = (), head: str = HEAD) -> list[str]:
    """The complaints about phases titled A, B, C, ... and levels titled L1, L2, ..."""
    phases = "".join(f'[[phases]]\ntitle = "{chr(65 + i)}"\n{body}\n' for i, body in enumerate(bodies))
    ways = "".join(f'[[rollback]]\ntitle = "L{i}"\n{body}\n' for i, body in enumerate(levels, start=1))
    return [str(each) for each in complaints(Plan.model_validate(tomllib.loads(head + phases + ways)))]


SOUND = {
    "everything after the deploy": (DEPLOY, 'due = "1h after deploy"\nitems = ["check goodbye", "check since_deploy"]'),
    "a deadline of the phase itself": ('due = "within 30m of deploy"\nitems = ["do deploy", "tick a", "check goodbye"]',),
    "a gate as a moment": (GATE, 'due = "5m after gate"\n' + DEPLOY),
    "clocks of a rollout": (DEPLOY, 'due = "5m after T3 of deploy"\nitems = ["tick a"]'),
    "a watch that begins before its moment": ('lasts = "24h from deploy"', DEPLOY),
    "a baseline before the comparison": ('items = ["record counts", "compare counts"]', DEPLOY),
    "an ask in the same phase": ('items = ["check of_report", "ask report"]', DEPLOY),
    "same of an earlier item": ('items = ["check counts"]', 'items = ["same a/check:counts"]', DEPLOY),
    "same of the same phase": ('items = ["same a/tick:b", "tick b"]', DEPLOY),
    "a deploy that is repeated": ('items = ["do deploy"]', 'items = ["same a/do:deploy", "check goodbye"]'),
}  # fmt: skip


@pytest.mark.parametrize("order", SOUND)
def test_an_order_that_can_happen_is_no_complaint(order: str) -> None:
    assert said(*SOUND[order]) == []


WRONG = {
    "a phase after a later action": (
        ('due = "1h after deploy"\nitems = ["tick a"]', DEPLOY),
        "phases[1].due: deploy comes only in or after this phase, so it never opens. Hang it on something that an earlier phase does.",
    ),
    "a phase after its own action": (
        ('due = "1h after T1 of deploy"\n' + DEPLOY,),
        "phases[1].due: T1 of deploy comes only in or after this phase, so it never opens. Hang it on something that an earlier phase does.",
    ),
    "a deadline of a later action": (
        ('due = "within 1h of deploy"\nitems = ["tick a"]', DEPLOY),
        "phases[1].due: deploy comes only after this phase, so there is nothing to count from. Hang it on something that this or an earlier phase does.",
    ),
    "a gate that comes later": (
        ('due = "1h after gate"\n' + DEPLOY, GATE),
        "phases[1].due: gate comes only in or after this phase, so it never opens. Hang it on something that an earlier phase does.",
    ),
    "a gate that is not there": (
        (DEPLOY, 'lasts = "1h from gate"'),
        "phases[2].lasts: There is no gate in this plan. Give a phase a gate, or name an action.",
    ),
    "a clock of a gate": (
        (GATE, DEPLOY, 'lasts = "1h from T1 of gate"'),
        "phases[3].lasts: A gate has no T1. Write gate, or T1, T2, T3 of a deploy.",
    ),
    "a clock of something that replaces nothing": (
        (DEPLOY, 'due = "1h after T2 of vars"\nitems = ["tick a"]'),
        "phases[2].due: 'vars' replaces no deployment, so it has no T2. Write vars alone.",
    ),
    "an action that is not there": (
        (DEPLOY, 'lasts = "1h from deplyo"'),
        "phases[2].lasts: No phase does 'deplyo'. Did you mean 'deploy'?",
    ),
    "an action of the rollback alone": (
        (DEPLOY, 'lasts = "1h from back"'),
        "phases[2].lasts: No phase does 'back', and a rollback does not count. Name an action that a phase does, or gate.",
    ),
    "a comparison before its baseline": (
        ('items = ["compare counts"]', 'items = ["record counts"]', DEPLOY),
        "phases[1].items[1]: No baseline of 'counts' comes before this. Put \"record counts\" into an earlier phase.",
    ),
    "a comparison without a relation": (
        ('items = ["record of_report", "ask report", "compare of_report"]', DEPLOY),
        "phases[1].items[3]: 'of_report' does not say how it compares. Give the check a compare, such as compare = \"equal\".",
    ),
    "an ask that is never asked": (
        ('items = ["check of_report"]', DEPLOY),
        "phases[1].items[1]: This needs 'report', which is never asked. Put \"ask report\" before it.",
    ),
    "an ask that comes later": (
        ('items = ["check of_report"]', 'items = ["ask report"]', DEPLOY),
        "phases[1].items[1]: This needs 'report', which is asked only later. Put \"ask report\" before it.",
    ),
    "a window that begins later": (
        ('items = ["check goodbye"]', DEPLOY),
        "phases[1].items[1]: 'goodbye' needs the time of deploy, which comes later. Move it behind deploy.",
    ),
    "a bound moment that comes later": (
        ('items = ["check since_deploy", "do deploy"]',),
        "phases[1].items[1]: 'since_deploy' needs the time of T1 of deploy, which comes later. Move it behind deploy.",
    ),
    "same of a later phase": (
        ('items = ["same b/tick:x"]', 'items = ["tick x"]', DEPLOY),
        "phases[1].items[1]: 'b/tick:x' comes later, and both would wait. Repeat what has come before.",
    ),
    "same of itself": (
        ('items = ["same a/same:a/tick:x", "tick x"]', DEPLOY),
        "phases[1].items[1]: There is no item 'a/same:a/tick:x'. Did you mean 'a/tick:x'?",
    ),
    "a phase that does nothing": (
        ('monitors = []', DEPLOY),
        "phases[1]: Nothing happens in this phase. Give it items, a gate, or lasts.",
    ),
    "a gate with items": (
        ('gate = ["tick a"]\nitems = ["tick b"]', DEPLOY),
        "phases[1].items: A gate phase has no items. Move them into a phase of their own.",
    ),
    "a gate that lasts": (
        ('gate = ["tick a"]\nlasts = "1h from gate"', DEPLOY),
        "phases[1].lasts: A gate is no watch. Move the watch into a phase of its own.",
    ),
    "a gate that acts": (
        ('gate = ["do deploy"]',),
        "phases[1].gate[1]: A gate asks and does nothing. Move the action behind the gate.",
    ),
    "a gate that cannot pass": (
        ('gate = ["check counts"]', DEPLOY),
        "phases[1].gate[1]: 'counts' expects nothing, so it never passes a gate. Give the check a pass, or move the item before the gate.",
    ),
    "an expiry without a gate": (
        ('items = ["tick a"]\nexpires = "5m"', DEPLOY),
        "phases[1].expires: Only a GO expires. Take it out, or make this a gate.",
    ),
    "two of the same item": (
        ('items = ["tick Yes", "tick  yes!"]', DEPLOY),
        "phases[1].items[2]: This item stands twice: both are 'a/tick:yes'. One is enough, so change one of them.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("order", WRONG)
def test_an_order_that_cannot_happen_is_told_with_its_reason(order: str) -> None:
    bodies, complaint = WRONG[order]
    assert said(*bodies) == [complaint]


def test_monitors_run_while_something_lasts_and_each_once() -> None:
    monitor = HEAD + '[monitors.counts]\ncheck = "counts"\nevery = "1m"\nfor = "2m"\nalert = "value > 0"\n'
    assert said('monitors = ["counts"]\nitems = ["tick a"]', DEPLOY, head=monitor) == [
        'phases[1].monitors: Nothing says how long these run. Add lasts = "24h from ACTION".'
    ]
    assert said(DEPLOY, 'lasts = "1h from deploy"\nmonitors = ["counts", "counts"]', head=monitor) == [
        "phases[2].monitors: A monitor stands twice. Keep one."
    ]


def test_same_of_a_same_leads_to_what_is_done() -> None:
    bodies = ('items = ["tick x"]', 'items = ["same a/tick:x"]', 'items = ["same b/same:a/tick:x"]', DEPLOY)
    assert said(*bodies) == []


def test_old_and_new_need_a_replacement_of_that_service() -> None:
    head = HEAD.replace('logs  = "web"', 'logs  = "wbe"')
    assert said(DEPLOY, 'items = ["check goodbye"]', head=head) == [
        "checks.goodbye.from: No phase replaces a deployment of 'wbe', so none of it is old. Did you mean 'web'?"
    ]


def test_a_moment_that_is_none_is_told() -> None:
    head = HEAD.replace("time of T1 of deploy", "time of the deploy")
    assert said(DEPLOY, head=head) == [
        'checks.since_deploy.with[1]: This names no moment. Write it as "time of gate" or "time of T1 of ACTION".'
    ]


def test_the_rollback_stands_outside_of_the_order() -> None:
    before = 'items = ["record counts", "ask report"]'
    levels = ('items = ["do back", "compare counts", "check of_report", "check goodbye"]',)
    assert said(before, DEPLOY, levels=levels) == []
    assert (
        said(
            DEPLOY, levels=('items = ["record counts", "do back", "compare counts", "ask report", "check of_report"]',)
        )
        == []
    )
    assert said(DEPLOY, levels=('items = ["do back", "compare counts", "record counts"]',)) == [
        "rollback[1].items[2]: No baseline of 'counts' comes before this. Put \"record counts\" into an earlier phase."
    ]
    assert said(DEPLOY, levels=('items = ["check of_report"]',)) == [
        "rollback[1].items[1]: This needs 'report', which is never asked. Put \"ask report\" before it."
    ]


def test_titles_of_phases_and_levels_are_told_apart() -> None:
    assert said(DEPLOY, levels=('items = ["do back"]',)) == []
    text = (
        HEAD
        + f'[[phases]]\ntitle = "Level 1!"\n{DEPLOY}\n[[rollback]]\ntitle = "level-1"\nitems = ["do back"]\n[[rollback]]\ntitle = "?"\nitems = ["do back"]'
    )
    assert [str(each) for each in complaints(Plan.model_validate(tomllib.loads(text)))] == [
        "rollback[1].title: This title stands twice: both are 'level-1'. Ids are made of its letters and digits, so change one of them.",
        "rollback[2].title: This title has no letter and no digit. Ids are made of its letters and digits: add some.",
    ]
