"""References: every name leads somewhere that fits, every entry agrees with itself, phases can happen in order."""

from __future__ import annotations

# ruff: noqa: E501  (sentences that are compared read better unbroken)
import tomllib
from typing import Any

import pytest

from cockpit.core.lint.references import complaints
from cockpit.core.plan import Plan

BASE = """
name     = "A plan"
sign_off = ["engineer", "tech lead"]
[connections.db]
kind = "postgres"
url  = "env:DATABASE_URL"
[connections.railway]
kind        = "railway"
token       = "env:RAILWAY_TOKEN"
environment = "production"
[connections.app]
kind     = "http"
base_url = "https://reports.example"
[checks.stuck]
on   = "db"
sql  = "select count(*) from reports"
pass = "value == 0"
[checks.health]
on   = "app"
get  = "/api/health"
pass = "status == 200"
[checks.in_flight]
on  = "db"
sql = "select id from reports"
[actions.set_grace]
on            = "railway"
service       = "web"
set_variables = { A = "1" }
undo          = "clear_grace"
[actions.clear_grace]
on               = "railway"
service          = "web"
delete_variables = ["A"]
undo             = "set_grace"
[actions.deploy_web]
on     = "railway"
deploy = "web"
undo   = "roll_back_web"
[actions.roll_back_web]
on       = "railway"
rollback = "web"
undo     = "none"
why      = "it is the way back"
[asks.report]
text = "Which?"
type = "uuid"
[sees.charts]
text = "They are flat"
[monitors.stuck]
check = "stuck"
every = "5m"
for   = "15m"
[[phases]]
title = "Before"
items = ["ask report", "see charts"]
[[phases]]
title = "Gate"
gate  = ["check stuck", "tick Backup"]
[[phases]]
title = "Deploy"
items = ["do set_grace", "do deploy_web"]
[[phases]]
title    = "Watch"
lasts    = "24h from deploy_web"
monitors = ["stuck"]
[[phases]]
title = "Sign-off"
items = ["sign engineer", "sign tech lead"]
[[rollback]]
title = "Level 1"
items = ["do roll_back_web"]
"""


def said(changes: str = "") -> list[str]:
    """The complaints about the base plan with some tables laid over it; lists are replaced."""
    return [str(each) for each in complaints(Plan.model_validate(over(tomllib.loads(BASE), tomllib.loads(changes))))]


def over(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        merged[key] = over(base[key], value) if isinstance(base.get(key), dict) and isinstance(value, dict) else value
    return merged


def phases(*bodies: str) -> str:
    """Phases in place of the base's, titled A, B, C, ..."""
    return "".join(f'[[phases]]\ntitle = "{chr(65 + i)}"\n{body}\n' for i, body in enumerate(bodies))


def test_the_base_is_sound() -> None:
    assert said() == []


LEADS = {
    "a check asks a connection that is there": ('[checks.stuck]\non = "bd"', "checks.stuck.on: There is no connection 'bd'. There is app, db, railway."),
    "sql asks postgres": ('[checks.stuck]\non = "app"', "checks.stuck.on: 'app' is http, and sql asks postgres. Ask db."),
    "get asks http": ('[checks.health]\non = "db"', "checks.health.on: 'db' is postgres, and get asks http. Ask app."),
    "logs asks railway": ('[checks.logs]\non = "db"\nlogs = "web"\nsince = "5m"\nmatch = "x"', "checks.logs.on: 'db' is postgres, and logs asks railway. Ask railway."),
    "ask asks railway": ('[checks.vars]\non = "app"\nask = "variables"\nservice = "web"', "checks.vars.on: 'app' is http, and ask asks railway. Ask railway."),
    "an action acts on a connection that is there": ('[actions.deploy_web]\non = "railwy"', "actions.deploy_web.on: There is no connection 'railwy'. Did you mean 'railway'?"),
    "a deploy acts on railway": ('[actions.deploy_web]\non = "db"', "actions.deploy_web.on: 'db' is postgres, and deploy acts on railway. Name a connection of kind railway."),
    "a write acts on postgres": ('[actions.w]\non = "app"\nsql = "x"\nundo = "none"\nwhy = "x"', "actions.w.on: 'app' is http, and sql acts on postgres. Name a connection of kind postgres."),
    "undo leads to an action": ('[actions.deploy_web]\nundo = "rollback_web"', "actions.deploy_web.undo: There is no action 'rollback_web'. Did you mean 'roll_back_web'?"),
    "proof leads to a check": ('[actions.w]\non = "db"\nsql = "x"\nproof = "check stuk"\nundo = "deploy_web"', "actions.w.proof: There is no check 'stuk'. Did you mean 'stuck'?"),
    "a proof expects something": ('[actions.w]\non = "db"\nsql = "x"\nproof = "check in_flight"\nundo = "deploy_web"', "actions.w.proof: 'in_flight' expects nothing, so it proves nothing. Give that check a pass."),
    "a monitor asks a check": ('[monitors.stuck]\ncheck = "stock"', "monitors.stuck.check: There is no check 'stock'. Did you mean 'stuck'?"),
    "a monitor can fire": ('[monitors.stuck]\ncheck = "in_flight"', "monitors.stuck: 'in_flight' expects nothing, so this never fires. Add alert here, or pass to the check."),
    "a parameter leads to an ask": ('[checks.stuck]\nsql = "select $1"\nwith = ["reprot"]', "checks.stuck.with[1]: There is no ask 'reprot'. Did you mean 'report'?"),
    "an environment overrides connections": ('[environments.staging.connections.dbb]\nurl = "env:X"', "environments.staging.connections.dbb: There is no connection 'dbb'. Did you mean 'db'?"),
    "policy demands a control": ('[connections.db]\nrow_security = "policy"\n[checks.stuck]\nseen = "select true"', "checks.in_flight: Under row_security = \"policy\" of 'db' this check may be blind. Add seen, a statement that is true when the role sees rows."),
    "an action is not called gate": ('[actions.gate]\non = "railway"\ndeploy = "web"\nundo = "deploy_web"', "actions.gate: 'gate' has a meaning of its own. Give the action another name."),
    "an action is not called none": ('[actions.none]\non = "railway"\ndeploy = "web"\nundo = "deploy_web"', "actions.none: 'none' has a meaning of its own. Give the action another name."),
    "roles are told apart": ('sign_off = ["engineer", "tech lead", "Tech-Lead"]', "sign_off[3]: This role stands twice: both are 'tech-lead'. Ids are made of its letters and digits, so change one of them."),
}  # fmt: skip


@pytest.mark.parametrize("rule", LEADS)
def test_names_lead_somewhere_that_fits(rule: str) -> None:
    changes, complaint = LEADS[rule]
    assert said(changes) == [complaint]


ITEMS = {
    "record": ("record stok", "There is no check 'stok'. Did you mean 'stuck'?"),
    "check": ("check stok", "There is no check 'stok'. Did you mean 'stuck'?"),
    "do": ("do deploy_wb", "There is no action 'deploy_wb'. Did you mean 'deploy_web'?"),
    "ask": ("ask reports", "There is no ask 'reports'. Did you mean 'report'?"),
    "see": ("see chart", "There is no see 'chart'. Did you mean 'charts'?"),
    "sign": ("sign techlead", "'techlead' is none of sign_off. Did you mean 'tech lead'?"),
    "same": ("same a/check:stuk", "There is no item 'a/check:stuk'. Did you mean 'a/check:stuck'?"),
    "tick": ("tick !!!", "These words have no letter and no digit. Say what is to be ticked."),
}  # fmt: skip


@pytest.mark.parametrize("verb", ITEMS)
def test_each_verb_leads_to_its_own_kind(verb: str) -> None:
    item, words = ITEMS[verb]
    assert said(phases(f'items = ["check stuck", "{item}"]') + "[monitors]\n") == [f"phases[1].items[2]: {words}"]
    level = said(f'[[rollback]]\ntitle = "L"\nitems = ["{item}"]')
    assert level[0].startswith("rollback[1].items[1]: ")


ENTRIES = {
    "an action does one thing": ('[actions.deploy_web]\nrestart = "web"', "actions.deploy_web: An action does one thing, and this does deploy and restart."),
    "an action does something": ('[actions.x]\nundo = "deploy_web"', "actions.x: An action does one thing, and this does nothing."),
    "what it does is said": ('[actions.deploy_web]\ndeploy = ""', "actions.deploy_web.deploy: This is empty. Say what is meant."),
    "variables have a service": ('[actions.x]\non = "railway"\nset_variables = { A = "1" }\nundo = "deploy_web"', "actions.x: Nothing says whose variables these are. Add service."),
    "a deploy names its service once": ('[actions.deploy_web]\nservice = "web"', "actions.deploy_web.service: service says whose variables or settings are meant. Take it out: deploy names the service."),
    "settings have a service": ('[actions.x]\non = "railway"\nset_settings = { drain = 5 }\nundo = "deploy_web"', "actions.x: Nothing says whose settings these are. Add service."),
    "settings say something": ('[actions.x]\non = "railway"\nservice = "web"\nset_settings = {}\nundo = "deploy_web"', "actions.x.set_settings: This is empty. Say what is meant."),
    "shared variables are no service's": ('[checks.x]\non = "railway"\nask = "shared variables"\nservice = "web"', "checks.x.service: Shared variables are no service's. Take service out."),
    "all else is a service's": ('[checks.x]\non = "railway"\nask = "usage"', "checks.x: Nothing says which service this asks about. Add service."),
    "a volume is changed apart from settings": ('[actions.x]\non = "railway"\nservice = "web"\nset_settings = { volume = "/srv", drain = 5 }\nundo = "deploy_web"', "actions.x.set_settings: A volume is changed by a request of its own, apart from drain. Give it an action of its own."),
    "a volume is taken off apart from settings": ('[actions.x]\non = "railway"\nservice = "web"\nunset_settings = ["volume", "cron"]\nundo = "deploy_web"', "actions.x.unset_settings: A volume is changed by a request of its own, apart from cron. Give it an action of its own."),
    "only variables are shared": ('[actions.x]\non = "railway"\nservice = "web"\nshared = true\nunset_settings = ["drain"]\nundo = "deploy_web"', "actions.x.shared: Only variables are shared. Take shared out."),
    "variables have one owner": ('[actions.x]\non = "railway"\nservice = "web"\nshared = true\nset_variables = { A = "1" }\nundo = "deploy_web"', "actions.x: These are a service's variables and shared ones at once. Give it either service or shared = true."),
    "a commit is a hash or an ask": ('[actions.deploy_web]\ncommit = "main"', 'actions.deploy_web.commit: This is neither a commit\'s hash nor an ask. Write 7 to 40 hexadecimal digits, or "ask NAME".'),
    "the ask of a commit is there": ('[actions.deploy_web]\ncommit = "ask releas"', "actions.deploy_web.commit: There is no ask 'releas'."),
    "only a deploy has a commit": ('[actions.x]\non = "railway"\nrestart = "web"\ncommit = "0f3c2a9d"\nundo = "deploy_web"', "actions.x.commit: commit belongs to deploy. Take it out."),
    "replicas are said": ('[actions.x]\non = "railway"\nscale = { service = "web" }\nundo = "deploy_web"', "actions.x.scale: Nothing says how many replicas. Write either to = 3, or regions = { us-west2 = 2 }."),
    "replicas are said once": ('[actions.x]\non = "railway"\nscale = { service = "web", to = 2, regions = { a = 1 } }\nundo = "deploy_web"', "actions.x.scale: Two keys say how many replicas."),
    "nor region by region": ('[actions.x]\non = "railway"\nscale = { service = "web", regions = { a = 0 } }\nundo = "deploy_web"', 'actions.x.scale.regions: Railway refuses 0 replicas. Write stop = "web".'),
    "regions together stay below the most": ('[actions.x]\non = "railway"\nscale = { service = "web", regions = { a = 30, b = 21 } }\nundo = "deploy_web"', "actions.x.scale.regions: 51 replicas are too many. Railway takes 50."),
    "an action has a connection": ('[actions.x]\nrestart = "web"\nundo = "deploy_web"', "actions.x: Nothing says on which connection this acts. Add on."),
    "a command has none": ('[actions.x]\non = "db"\nargv = ["true"]\nundo = "deploy_web"', "actions.x.on: A command runs on this machine. Take on out."),
    "with belongs to sql": ('[actions.deploy_web]\nwith = ["report"]', "actions.deploy_web.with: with belongs to sql. Take it out."),
    "rehearse belongs to argv": ('[actions.deploy_web]\nrehearse = ["true"]', "actions.deploy_web.rehearse: rehearse belongs to argv. Take it out."),
    "proof belongs to argv and sql": ('[actions.deploy_web]\nproof = "check stuck"', "actions.deploy_web.proof: proof belongs to argv and sql. Take it out: what Railway did is read back."),
    "a proof is a check": ('[actions.x]\nargv = ["true"]\nproof = "stuck"\nundo = "deploy_web"', 'actions.x.proof: A proof is a check. Write it as "check NAME".'),
    "nothing undoes itself": ('[actions.deploy_web]\nundo = "deploy_web"', 'actions.deploy_web.undo: An action does not undo itself. Name another, or "none" with a why.'),
    "no way back has a reason": ('[actions.deploy_web]\nundo = "none"', "actions.deploy_web.undo: There is no way back, and nobody knows why. Add why."),
    "no confirmation needs a way back": ('[actions.roll_back_web]\nconfirm = "no"', "actions.roll_back_web.confirm: What cannot be taken back is not done without asking. Name the way back in undo, or confirm with yes or type."),
    "a write uses what is bound": ('[actions.x]\non = "db"\nsql = "update x set y = $1, z = $2"\nwith = ["report"]\nundo = "deploy_web"', "actions.x.sql: $2 stands for nothing: with names 1."),
    "a write is told statement by statement": ('[actions.x]\non = "db"\nsql = "update x set y = 1; update x set z = 2"\nundo = "deploy_web"', 'actions.x.sql: These are several statements. Write them as a list: sql = ["...", "..."].'),
    "a write ends no transaction": ('[actions.x]\non = "db"\nsql = ["update x set y = 1", "commit"]\nundo = "deploy_web"', "actions.x.sql[2]: 'commit' belongs to the cockpit here. Take it out: an action is one transaction, all or nothing."),
    "a write says something": ('[actions.x]\non = "db"\nsql = ["-- nothing", "update x set y = 1"]\nundo = "deploy_web"', "actions.x.sql[1]: This is no statement. Say what is to be written."),
    "a write is a transaction": ('[actions.x]\non = "db"\nsql = "create unique index concurrently i on x (y)"\nundo = "deploy_web"', "actions.x.sql: This runs outside of transactions only. Run it by argv, with psql -c."),
    "a write sets nothing that stays": ('[actions.x]\non = "db"\nsql = ["set role y", "update x set y = 1"]\nundo = "deploy_web"', "actions.x.sql[1]: A setting holds for the transaction only. Write set local NAME = VALUE."),
    "a check reads": ('[checks.stuck]\nsql = "delete from reports"', "checks.stuck.sql: A check only looks, and 'delete' is no way to look. Begin with one of select, with, values, table, show, explain; or write mutates = true, and it is tried and rolled back."),
    "a check is a statement": ('[checks.stuck]\nsql = "-- nothing"', "checks.stuck.sql: This is no statement."),
    "a check is one statement": ('[checks.stuck]\nsql = "select 1; select 2"', "checks.stuck.sql: These are several statements."),
    "each of a list is one statement": ('[checks.stuck]\nsql = ["select 1; select 2", "select 1"]', 'checks.stuck.sql[1]: These are several statements. Write them as a list: sql = ["...", "..."].'),
    "what leads up only reads": ('[checks.stuck]\nsql = ["delete from x", "select 1"]', "checks.stuck.sql[1]: A check only looks, and 'delete' is no way to look."),
    "what is set is the transaction's": ('[checks.stuck]\nsql = ["set role x", "select 1"]', "checks.stuck.sql[1]: A setting holds for the transaction only. Write set local NAME = VALUE."),
    "the question sets nothing": ('[checks.stuck]\nsql = ["select 1", "set local role x"]', "checks.stuck.sql[2]: A check only looks, and 'set' is no way to look."),
    "a list says something": ('[checks.stuck]\nsql = ["select 1", ""]', "checks.stuck.sql[2]: This is no statement."),
    "a trial ends no transaction": ('[checks.trial]\non = "db"\nmutates = true\nsql = ["commit", "select 1"]', "checks.trial.sql[1]: 'commit' belongs to the cockpit here. Take it out: what is tried is always rolled back."),
    "a trial outlives nothing": ('[checks.trial]\non = "db"\nmutates = true\nsql = "vacuum x"', "checks.trial.sql: 'vacuum' cannot be tried and rolled back."),
    "a trial does nothing that stays": ('[checks.trial]\non = "db"\nmutates = true\nsql = "do $$ begin perform setval(\'s\', 1); end $$"', "checks.trial.sql: A rollback does not undo setval(). Leave it out, or make it an action."),
    "a trial is no monitor": ('[checks.trial]\non = "db"\nmutates = true\nsql = "select f()"\npass = "value"\n[monitors.x]\ncheck = "trial"\nevery = "5m"\nfor = "15m"', "monitors.x.check: 'trial' writes, and would do so again and again. Watch by a check that only reads."),
    "a trial is no proof": ('[checks.trial]\non = "db"\nmutates = true\nsql = "select f()"\npass = "value"\n[actions.x]\nargv = ["true"]\nproof = "check trial"\nundo = "deploy_web"', "actions.x.proof: A proof is asked until it can tell, and this one writes each time. Name a check that only reads."),
    "a trial is no condition of a gate": ('[checks.trial]\non = "db"\nmutates = true\nsql = "select f()"\npass = "value"\n[[phases]]\ntitle = "A"\ngate = ["check trial"]', "phases[1].gate[1]: A gate asks at each opening, and 'trial' writes each time. Put the item into a phase before the gate."),
    "a parameter may stand in any of a list": ('[checks.stuck]\nsql = ["select $1", "select $3"]\nwith = ["report"]', "checks.stuck.sql: $3 stands for nothing: with names 1."),
    "a control reads": ('[checks.stuck]\nseen = "lock reports"', "checks.stuck.seen: A check only looks, and 'lock' is no way to look."),
    "a control's parameters are given": ('[checks.stuck]\nseen = "select $1"', "checks.stuck.seen: $1 stands for nothing: with names 0."),
    "a proof has no parameters": ('[connections.db]\nis = "select $1"', "connections.db.is: On connecting there is nothing to bind. Write it without $1."),
    "an answer that is expected is used": ('[checks.health]\nwith = ["report"]', "checks.health.with[1]: No expression of this check uses 'report'. Take it out, or use it."),
    "an answer is no fact": ('[checks.health]\nwith = ["status"]\n[asks.status]\ntext = "Which?"', "checks.health.with[1]: 'status' is a name of the reading's own. Give the ask another name."),
    "a time is for statements": ('[checks.health]\nwith = ["time of gate"]', "checks.health.with[1]: A time is bound into statements only. Take it out."),
    "is reads": ('[connections.db]\nis = "set role x"', "connections.db.is: A check only looks, and 'set' is no way to look."),
    "parameters are given": ('[checks.stuck]\nsql = "select $1, $3"\nwith = ["report"]', "checks.stuck.sql: $3 stands for nothing: with names 1."),
    "what is given is used": ('[checks.stuck]\nsql = "select $1"\nwith = ["report", "report"]', "checks.stuck.with[2]: 'report' is $2, which the statement does not use. Take it out, or use it."),
    "rows are named for a comparison": ('[checks.stuck]\nrows_by = "status"', "checks.stuck.rows_by: rows_by says how to compare, and nothing is compared."),
    "missing is for a comparison": ("[checks.stuck]\nmissing = 0", "checks.stuck.missing: missing says how to compare, and nothing is compared."),
    "missing rows are told apart": ('[checks.stuck]\nmissing = 0\ncompare = "equal"', "checks.stuck.missing: missing stands in for rows, and nothing tells them apart. Add rows_by, the column that names a row."),
    "a log check looks for something": ('[checks.x]\non = "railway"\nlogs = "web"\nsince = "5m"', "checks.x: This looks for nothing. Give it either match"),
    "a log check counts or orders": ('[checks.x]\non = "railway"\nlogs = "web"\nsince = "5m"\nmatch = "a"\nordered = ["b"]', "checks.x: This counts and orders at once."),
    "patterns can be read": ('[checks.x]\non = "railway"\nlogs = "web"\nsince = "5m"\nordered = ["a", "b("]', "checks.x.ordered[2]: The pattern has a '(' without its ')'"),
    "a choice has options": ('[asks.report]\ntype = "choice"', "asks.report: There is nothing to choose from. Add options."),
    "only a choice has options": ('[asks.report]\noptions = ["a"]', "asks.report.options: Only a choice has options, and this is uuid."),
    "options differ": ('[asks.report]\ntype = "choice"\noptions = ["a", "a"]', "asks.report.options: An option stands twice. Keep one."),
    "a default fits its type": ('[asks.report]\ndefault = "7"', "asks.report.default: '7' does not fit. Type a UUID"),
    "a default is an option": ('[asks.report]\ntype = "choice"\noptions = ["a"]\ndefault = "b"', "asks.report.default: 'b' is none of the options. Choose a."),
    "a secret has no default": ('[asks.report]\nsecret = true\ndefault = "x"', "asks.report.default: A secret has no default: here it would be written down. Take it out."),
    "a monitor fires by one rule": ('[monitors.stuck]\ntimes = 2\nwithin = "10m"', "monitors.stuck: Several rules say when this fires."),
    "a count in a row is one rule": ('[monitors.stuck]\nconsecutive = 3', "monitors.stuck: Several rules say when this fires. Write for"),
    "a monitor fires by some rule": ('[monitors.x]\ncheck = "stuck"\nevery = "5m"', "monitors.x: Nothing says when this fires."),
    "times needs within": ('[monitors.x]\ncheck = "stuck"\nevery = "5m"\ntimes = 2', "monitors.x: This counts and lacks within."),
    "within needs times": ('[monitors.x]\ncheck = "stuck"\nevery = "5m"\nwithin = "10m"', "monitors.x: This counts and lacks times."),
    "for holds two samples": ('[monitors.stuck]\nfor = "9m"', "monitors.stuck.for: 9m holds fewer than two samples, one every 5m. Write 10m or more."),
    "within holds two samples": ('[monitors.x]\ncheck = "stuck"\nevery = "5m"\ntimes = 1\nwithin = "9m"', "monitors.x.within: 9m holds fewer than two samples"),
    "times can be reached": ('[monitors.x]\ncheck = "stuck"\nevery = "5m"\ntimes = 4\nwithin = "10m"', "monitors.x.times: 10m holds 3 samples at most, so this never fires. Write 3 or less."),
}  # fmt: skip


@pytest.mark.parametrize("rule", ENTRIES)
def test_entries_agree_with_themselves(rule: str) -> None:
    changes, complaint = ENTRIES[rule]
    (line,) = said(changes)
    assert line.startswith(complaint)


MEASURES = {
    "somewhere to ask": ('[connections.m]\nkind = "prometheus"', "connections.m: This says nowhere to ask."),
    "one place to ask": ('[connections.m]\nkind = "prometheus"\ntargets = ["https://a"]\nserver = "https://b"', "connections.m: This has targets and a server."),
    "targets differ": ('[connections.m]\nkind = "prometheus"\ntargets = ["https://a", "https://a"]', "connections.m.targets[2]: This target stands twice, and would count twice. Keep one."),
    "one window": ('metric = "x"\nincrease = "5m"\nrate = "5m"', "checks.x.rate: This asks for an increase and for a rate."),
    "labels make rows": ('metric = "x"\nwhere = { a = "1" }\nby = ["a"]', "checks.x.by[1]: where settles a, so it makes one row."),
    "none is proved": ('promql = "x"\nabsent = 0', "checks.x.absent: An empty answer counts, and nothing proves that the query could find anything. Add exists"),
    "a window of runs": ('inngest = "runs"', "checks.x: Nothing says over which window runs are counted. Add over"),
    "no window of steps": ('inngest = "steps"\nover = "5m"', "checks.x.over: Of steps it is told how things are now, and over no window."),
    "a moment that comes": ('issues = ""\nproject = "api"\nsince = "T1 of nothing"', "checks.x.since: No phase does 'nothing'."),
    "one line": ('run = ["a", "b"]\nshell = true', "checks.x.run: A shell is given one line, and these are several."),
    "some command": ('run = [""]', "checks.x.run: This names no command."),
    "some exit": ('run = ["a"]\nexits = []', "checks.x.exits: No exit counts, so this could never tell."),
    "some stand-in": ('run = ["a"]\nrehearse = []', "checks.x.rehearse: This is empty."),
    "a tag": ('git = "tag"', 'checks.x: git = "tag" needs tag. Add tag.'),
    "a beginning": ('git = "between"\nto = "HEAD"', 'checks.x: git = "between" needs from. Add from.'),
    "no more than is looked at": ('git = "tree"\ntag = "v1"', 'checks.x.tag: git = "tree" does not look at tag. Take it out.'),
    "names of a tree": ('git = "tree"\npass = "found"', "checks.x.pass: Nothing here is called 'found'."),
    "names of a metric": ('metric = "x"\npass = "count > 0"', "checks.x.pass: Nothing here is called 'count'."),
}  # fmt: skip


@pytest.mark.parametrize("rule", MEASURES)
def test_checks_of_measures_and_of_this_machine_agree_with_themselves(rule: str) -> None:
    changes, complaint = MEASURES[rule]
    kind = "prometheus" if changes.startswith(("metric", "promql")) else changes.partition(" ")[0]
    kind = {"run": "shell", "issues": "sentry"}.get(kind, kind)
    if not changes.startswith("["):
        where = {
            "prometheus": 'targets = ["https://a"]',
            "inngest": 'export = "https://a"\nkey = "env:K"',
            "sentry": 'token = "env:T"\norganization = "acme"',
        }.get(kind, "")
        changes = f'[connections.m]\nkind = "{kind}"\n{where}\n[checks.x]\non = "m"\n{changes}'
    (line,) = said(changes)
    assert line.startswith(complaint)


NAMES = {
    "postgres": ('[checks.stuck]\npass = "status == 200"', "checks.stuck.pass: Nothing here is called 'status'. There is ago, baseline, baseline_rows, columns, increase, now, over, previous, rate, row, rows, value."),
    "http": ('[checks.health]\npass = "value == 200"', "checks.health.pass: Nothing here is called 'value'."),
    "logs": ('[checks.x]\non = "railway"\nlogs = "web"\nsince = "5m"\nmatch = "a"\npass = "counts == 0"', "checks.x.pass: Nothing here is called 'counts'. Did you mean 'count'?"),
    "railway": ('[checks.x]\non = "railway"\nask = "settings"\nservice = "web"\npass = "size(variables) > 0"', "checks.x.pass: Nothing here is called 'variables'."),
    "a control has no history": ('[checks.health]\nseen = "previous == 200"', "checks.health.seen: Nothing here is called 'previous'."),
    "alert": ('[monitors.stuck]\nalert = "vlaue > 0"', "monitors.stuck.alert: Nothing here is called 'vlaue'. Did you mean 'value'?"),
    "a trigger names checks": ('[[triggers]]\ntext = "x"\nwhen = "stock.value > 5"', "triggers[1].when: There is no check 'stock'. Did you mean 'stuck'?"),
    "a trigger puts the check first": ('[[triggers]]\ntext = "x"\nwhen = "value > 5"', "triggers[1].when: 'value' belongs to no check here. Put the check before it: stuck.value."),
    "a trigger asks history of a check": ('[[triggers]]\ntext = "x"\nwhen = "ago(\'1h\') > 5"', "triggers[1].when: 'ago' belongs to no check here."),
    "a baseline is recorded": ('[checks.stuck]\npass = "value < 2 * baseline"', "checks.stuck.pass: Nothing records a baseline of 'stuck'. Add \"record stuck\" to a phase before."),
    "a baseline that an alert asks for": ('[monitors.stuck]\nalert = "value > 2 * baseline"', "monitors.stuck.alert: Nothing records a baseline of 'stuck'."),
    "a baseline that a trigger asks for": ('[[triggers]]\ntext = "x"\nwhen = "stuck.value > 2 * stuck.baseline"', "triggers[1].when: Nothing records a baseline of 'stuck'."),
    "a trigger asks by the right name": ('[[triggers]]\ntext = "x"\nwhen = "stuck.vaule > 5"', "triggers[1].when: A check is asked for a value here, and 'stuck.vaule' asks for none. Did you mean 'value'?"),
    "a status is a number": ('[checks.health]\npass = "status == \'200\'"', "checks.health.pass: '==' compares a number with a text. Write number(...) around the text"),
    "a condition is true or false": ('[checks.x]\non = "railway"\nlogs = "web"\nsince = "5m"\nmatch = "a"\npass = "count"', "checks.x.pass: A condition needs true or false, but this is a number."),
    "a control is true or false": ('[checks.health]\nseen = "text"', "checks.health.seen: A condition needs true or false, but this is a text."),
    "a control has no present": ('[checks.health]\nseen = "age(json.at) < duration(\'5m\')"', "checks.health.seen: 'age' has no present here. Use it in a pass, an alert or a trigger."),
    "an alert fits its check": ('[monitors.stuck]\nalert = "rows > 3"', "monitors.stuck.alert: '>' compares a list with a number."),
    "a trigger compares values": ('[[triggers]]\ntext = "x"\nwhen = "stuck.age > 300"', "triggers[1].when: '>' compares a span with a number. Write the number as a span, as in duration('5m')."),
    "a trigger asks age of a check": ('[[triggers]]\ntext = "x"\nwhen = "stuck > 5"', "triggers[1].when: A check is asked for a value here, and 'stuck' asks for none."),
    "a trigger asks a check for a value": ('[[triggers]]\ntext = "x"\nwhen = "health.status != 200"', "triggers[1].when: A check is asked for a value here, and 'health.status' asks for none. Write one of health.value"),
}  # fmt: skip


@pytest.mark.parametrize("rule", NAMES)
def test_expressions_use_names_that_are_given(rule: str) -> None:
    changes, complaint = NAMES[rule]
    (line,) = said(changes)
    assert line.startswith(complaint)


@pytest.mark.parametrize(
    "changes",
    [
        "[checks.stuck]\npass = \"value <= previous && rows.all(r, r.n < 9) && increase('10m') < 5 && columns == ['a']\"",
        "[checks.health]\npass = \"json.ok && text != '' && elapsed < 1.5 && headers['a'] == 'b'\"",
        '[checks.x]\non = "railway"\nask = "running variables"\nservice = "web"\npass = "variables[\'A\'] == \'1\'"',
        "[monitors.stuck]\nalert = \"rate('10m') > 1 || max(over('1h')) > 3 || rows.all(r, age(r.at) > duration('5m'))\"",
        "[[triggers]]\ntext = \"x\"\nwhen = \"now > timestamp('2026-03-01T12:00:00Z') && stuck.age > duration('5m')\"",
        '[[triggers]]\ntext = "x"\nwhen = "stuck.value - stuck.ago(\'1h\') > 5 && health.previous != 200"\n[[triggers]]\ntext = "y"',
    ],
)
def test_names_that_are_given_may_be_used(changes: str) -> None:
    assert said(changes) == []


def test_nobody_is_blamed_for_leading_to_what_cannot_be_read() -> None:
    plan = Plan.model_validate(over(tomllib.loads(BASE), tomllib.loads('[monitors.stuck]\ncheck = "gone"')))
    assert len(complaints(plan)) == 1
    assert complaints(plan, frozenset({("checks", "gone")})) == ()
    assert complaints(plan, frozenset({("checks",)})) == ()
