"""The plan file: from text to plan, and what a stranger is told when it is not one."""

from __future__ import annotations

# ruff: noqa: E501  (sentences that are compared read better unbroken)
import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.core.plan import PostgresCheck, PostgresConnection, RailwayConnection, SecretCommand
from cockpit.errors import PlanError
from cockpit.planfile import lint, load, loads
from cockpit.planfile.toml import MAX_BYTES

ROOT = Path(__file__).parents[1]
SAMPLE = (ROOT / "sample-config.toml").read_text(encoding="utf-8")

PLAN = """
name = "A plan"

[connections.db]
kind = "postgres"
url  = "env:DATABASE_URL"

[connections.railway]
kind        = "railway"
token       = "env:RAILWAY_TOKEN"
environment = "production"

[checks.stuck]
on   = "db"
sql  = "select count(*) from reports"
pass = "value == 0"

[[phases]]
title = "Before"
items = ["check stuck"]
"""


def said(text: str, environment: str | None = None) -> list[str]:
    """The complaints about a text."""
    try:
        loads(text, file="plan.toml", environment=environment)
    except PlanError as error:
        return list(error.complaints)
    return []


def test_a_plan_is_read() -> None:
    plan = loads(PLAN, file="plan.toml")
    check = plan.checks["stuck"]
    assert isinstance(check, PostgresCheck)
    assert check.fresh == timedelta(minutes=5)
    assert [item.id for item in plan.lines()] == ["before/check:stuck"]
    assert plan.environment == "production"


def test_the_error_counts_its_complaints_and_carries_all_of_them() -> None:
    with pytest.raises(PlanError) as caught:
        loads("name = 5", file="x.toml")
    assert str(caught.value) == "The plan x.toml cannot be used: 2 complaints. Mend what is named."
    assert caught.value.complaints == (
        "x.toml: phases: This key is missing. It says: the parts of the operation, in order.",
        "x.toml:1: name: This must be text, and is a number. Put it into quotation marks.",
    )


# What stands wrong in one place, and the line that is said of it.
ONE_WRONG = [
    ('pass = "value == 0"', 'pas = "value == 0"', "16: checks.stuck.pas: There is no such key here. Did you mean 'pass'?"),
    ('on   = "db"', 'oN = "db"', "14: checks.stuck.oN: There is no such key here. Did you mean 'on'?"),
    ('on   = "db"', 'on = "dbb"', "14: checks.stuck.on: There is no connection 'dbb'. Did you mean 'db'?"),
    ('on   = "db"', 'on = "railway"', "14: checks.stuck.on: 'railway' is railway, and sql asks postgres. Ask db."),
    ('on   = "db"\n', "", "13: checks.stuck.on: This key is missing. It says: the connection that is asked."),
    ('"value == 0"', '"value = 0"', "16: checks.stuck.pass: '=' means nothing here, at character 7. Use '==' to compare.\n    value = 0\n          ^"),
    ('"value == 0"', '"valeu == 0"', "16: checks.stuck.pass: Nothing here is called 'valeu'. Did you mean 'value'?"),
    ('"value == 0"', "5", "16: checks.stuck.pass: This must be text, and is a number. Put it into quotation marks."),
    ("sql  =", "sequel =", "13: checks.stuck: A check asks exactly one thing. Give it sql, get, logs, ask, metric, promql, inngest, issues, run, git or file."),
    ("sql  =", 'get = "/"\nsql =', "15: checks.stuck.get: A check asks exactly one thing, and this asks sql and get. Make it two checks."),
    ("[checks.stuck]", "[checks.Stuck-Reports]", "13: checks.Stuck-Reports: 'Stuck-Reports' is no name. Names begin with a lower-case letter and go on with those, digits and _: stuck_reports."),
    ('kind = "postgres"', 'kind = "postgress"', "5: connections.db.kind: 'postgress' is no kind of connection. Did you mean 'postgres'?"),
    ('kind = "postgres"\n', "", '4: connections.db.kind: This key is missing. Write one of postgres, railway, http, prometheus, inngest, sentry, shell, git, file.'),
    ('environment = "production"', 'enviroment = "production"', "11: connections.railway.enviroment: There is no such key here. Did you mean 'environment'?"),
    ('"check stuck"', '"chek stuck"', "20: phases[1].items[1]: 'chek' is no verb of an item. Did you mean 'check'?"),
    ('"check stuck"', '"check"', "20: phases[1].items[1]: 'check' stands alone. Say what to check."),
    ('"check stuck"', '"check stuk"', "20: phases[1].items[1]: There is no check 'stuk'. Did you mean 'stuck'?"),
    ('["check stuck"]', '"check stuck"', '20: phases[1].items: This must be a list, and is text. Write it as ["...", "..."].'),
    ("[[phases]]", "[phases]", "18: phases: This must be a list, and is a table. Write [[phases]] above each of its entries."),
    ('name = "A plan"', 'name = "A plan"\nrisk = "hgih"', "3: risk: 'hgih' is none of 'low', 'medium' or 'high'. Did you mean 'high'?"),
    ('name = "A plan"', 'name = ""', "2: name: This is empty. Fill it in, or leave it out."),
    ('pass =', 'fresh = 60\npass =', '16: checks.stuck.fresh: A length of time is a text with a unit. Write it as "90s", "5m", "4h" or "7d".'),
    ('pass =', 'compare = "grows"\nrows_by = 5\npass =', "17: checks.stuck.rows_by: This must be text, and is a number. Put it into quotation marks."),
    ('environment = "production"', 'environment = "production"\nrequests_per_hour = 5', "12: connections.railway.requests_per_hour: 5 is too little. Write 20 or more."),
    ('environment = "production"', 'environment = "production"\nendpoint = "http://x.example"', "12: connections.railway.endpoint: A token does not travel in the clear. Write https://; plain http is for this machine only."),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "complaint"), ONE_WRONG)
def test_one_mistake_gets_its_sentence_its_line_and_its_key(right: str, wrong: str, complaint: str) -> None:
    assert right in PLAN
    lines = said(PLAN.replace(right, wrong, 1))
    assert f"plan.toml:{complaint}" in lines
    if "rows_by" not in wrong and "Stuck" not in wrong:  # two mistakes, and a name that now leads nowhere
        assert len(lines) == 1


def test_mistakes_of_every_stage_are_told_at_once_in_the_order_of_the_file() -> None:
    text = PLAN.replace('"env:DATABASE_URL"', '"DATABASE_URL"').replace("value == 0", "valeu == 0")
    text = text.replace('"check stuck"', '"check stuck", "do deploy"').replace('name = "A plan"', 'nam = "A plan"')
    assert said(text) == [
        "plan.toml:2: nam: There is no such key here. Did you mean 'name'?",
        'plan.toml:6: connections.db.url: The url itself stands in the plan. Name where it lies: "env:NAME", "file:PATH", or { command = ["pass", "show", "..."] }.',
        "plan.toml:16: checks.stuck.pass: Nothing here is called 'valeu'. Did you mean 'value'?",
        "plan.toml:20: phases[1].items[2]: There is no action 'deploy'. Define [actions.deploy].",
    ]


def test_what_leads_to_an_entry_that_cannot_be_read_is_not_blamed() -> None:
    assert said(PLAN.replace("fresh", "").replace("pass =", "fresh = 5\npass =")) == [
        'plan.toml:16: checks.stuck.fresh: A length of time is a text with a unit. Write it as "90s", "5m", "4h" or "7d".'
    ]
    assert said(PLAN.replace('kind = "postgres"', 'kind = "oracle"')) == [
        "plan.toml:5: connections.db.kind: 'oracle' is no kind of connection. There is file, git, http, inngest, postgres, prometheus, railway, sentry, shell."
    ]
    assert [line.split(": ")[1] for line in said(PLAN.replace("[checks.stuck]", "[check.stuck]"))] == [
        "check",
        "phases[1].items[1]",
    ]


TOML_WRONG = [
    ("a = b", "1:5: This is no value. Put text into quotation marks; a list into [ ]."),
    ("every = 5m", "1:10: Something follows the value. Put text into quotation marks, one key on a line."),
    ('a = "x', "1: Here begins a text without its closing quotation mark. Finish it."),
    ('a = "x\nb = 1', '1:7: A text ends with its line. Close the quotation mark, or begin and end with """.'),
    ("\na = [1,\n2", "2: Here begins a list without its ']'. Finish it."),
    ("a = '''\n\n", "1: Here begins a text without its closing quotation mark. Finish it."),
    ("a = 1\na = 2", "2: a: This stands twice, first on line 1. Keep one of the two."),
    ("[x]\n\n[x]", "3: x: This stands twice, first on line 1. Keep one of the two."),
    ("[x]\na.b = 1\n[x.a]\nc = 1", "3: x.a: This stands twice, first on line 2. Keep one of the two."),
    ("= 1", "1:1: This is no line of TOML. Write key = value, or [table]."),
    ("key", "1: Here begins a key without a value. Finish it."),
    ("key\nb = 1", "1:4: This key has no value. Write key = value."),
    ("[table\na = 1", "1:7: This table's name is not closed. Write [table] or [[table]] on a line of its own."),
    ('a = "\\q"', "1:8: TOML knows no such escape. Write \\\\ for one backslash, or put the text into '...'."),
    (
        "a = { b = 1 c = 2 }",
        "1:13: This inline table is not closed. Put commas between its entries and a } at its end.",
    ),
    ("a = [1 2]", "1:8: This list is not closed. Put commas between its entries and a ] at its end."),
    ("a = 1\n\x01", "2:1: This is no line of TOML. Write key = value, or [table]."),
    ("a = " + "[" * 5000, "1: A value is too long, or nested too deeply, to be read. Write less."),
    ("a = " + "9" * 5000, ": A value is too long, or nested too deeply, to be read. Write less."),
]


@pytest.mark.parametrize(("text", "complaint"), TOML_WRONG)
def test_what_is_no_toml_gets_line_column_and_plain_words(text: str, complaint: str) -> None:
    assert said(text) == [f"plan.toml:{complaint}".replace("toml::", "toml:")]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a = {\n b = 1 }", "an inline table over several lines"),
        ("a = { b = 1, }", "a comma after the last entry of an inline table"),
        ('a = "\\e"', "the escape \\e"),
        ('a = "\\x41"', "the escape \\x"),
    ],
)
def test_toml_1_1_is_called_by_its_name(text: str, what: str) -> None:
    (complaint,) = said(text)
    assert complaint.startswith(f"plan.toml:1: This is TOML 1.1: {what}. Plans are TOML 1.0:")


def test_thousands_of_complaints_are_cut_and_it_says_so() -> None:
    lines = said("\n".join(f"key{i} = 1" for i in range(2000)))
    assert len(lines) < 600
    assert "plan.toml: There are more complaints. Mend these first." in lines


def test_a_secret_is_told_even_where_the_toml_is_torn_and_is_never_repeated() -> None:
    secret = "ghp_" + "a1B2" * 9
    lines = said(f"token = {secret}\n")
    assert lines[0].startswith("plan.toml:1: token: This looks like a GitHub token.")
    assert secret not in "".join(said(f'name = "x"\nrisk = "{secret}"\n# {secret}'))


def test_a_secret_silences_other_complaints_about_its_line() -> None:
    address = "postgres://reader:" + "hunter22@db.example/x"
    complaints = said(PLAN.replace('"env:DATABASE_URL"', f'"{address}"'))
    assert [line.split(": ")[1] for line in complaints] == ["connections.db.url"]
    assert "hunter22" not in complaints[0]
    (comment,) = said(PLAN + f"\n# it was {address}")
    assert comment.startswith("plan.toml:22: This looks like an address with a password.")


STAGING = """
[environments.staging.connections.railway]
environment = "staging"
token = { command = ["pass", "show", "x"] }
"""


def test_an_environment_lays_its_keys_over_the_base() -> None:
    plan = loads(PLAN + STAGING, file="plan.toml", environment="staging")
    railway, db = plan.connections["railway"], plan.connections["db"]
    assert isinstance(railway, RailwayConnection)
    assert isinstance(db, PostgresConnection)
    assert (plan.environment, railway.token) == ("staging", SecretCommand(command=("pass", "show", "x")))
    assert db.url == "env:DATABASE_URL"


@pytest.mark.parametrize("environment", [None, "production"])
def test_the_base_is_called_what_railway_is_told(environment: str | None) -> None:
    assert loads(PLAN + STAGING, file="plan.toml", environment=environment).environment == "production"


def test_an_unknown_environment_is_named_with_the_nearest() -> None:
    (complaint,) = said(PLAN + STAGING, "stagin")
    assert complaint == "plan.toml: environments: There is no environment 'stagin'. Did you mean 'staging'?"


@pytest.mark.parametrize("environment", [None, "staging"])
def test_what_an_environment_overrides_badly_is_told_whichever_is_chosen(environment: str | None) -> None:
    wrong = '[environments.staging.connections.railway]\nprojct = "x"\nkind = "http"\n'
    wrong += "[environments.staging.connections.db]\nurl = 5\nis = 5\n[environments.staging.connections.dbb]\n"
    complaints = said(PLAN + wrong.replace('kind = "http"\n', ""), environment)
    assert complaints == [
        "plan.toml:22: environments.staging.connections.railway.projct: There is no such key here. Did you mean 'project'?",
        "plan.toml:24: environments.staging.connections.db.url: This must be text, and is a number. Put it into quotation marks.",
        "plan.toml:25: environments.staging.connections.db.is: This must be text, and is a number. Put it into quotation marks.",
        "plan.toml:26: environments.staging.connections.dbb: There is no connection 'dbb'. Did you mean 'db'?",
    ]
    assert "connections.railway.kind: An environment changes no kind." in "".join(said(PLAN + wrong))


def test_the_base_cannot_be_overridden_by_its_own_name() -> None:
    (complaint,) = said(PLAN + "[environments.production]\n")
    assert complaint == (
        "plan.toml:21: environments.production: 'production' is the base, as the Railway connection says. Override another environment."
    )


def test_files_that_are_no_plans_get_a_sentence(tmp_path: Path) -> None:
    def of(name: str, content: bytes | None = None) -> str:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(PlanError) as caught:
            load(path)
        (complaint,) = caught.value.complaints
        return complaint.removeprefix(f"{path}: ")

    assert of("none.toml") == "There is no such file. Check the path."
    assert of(".") == "This is no file. Name a TOML file."
    assert of("a" * 300) == "This file cannot be read: File name too long. Check the path."
    assert of("binary", b"\x7fELF\x00") == "This file is binary. Name a TOML file."
    assert of("latin", "name = 'ok'\nx = 'é'".encode("latin-1")) == "Line 2 is not UTF-8. Save the file as UTF-8."
    assert of("huge", b"#" * (MAX_BYTES + 1)) == "This file is longer than 1,000,000 bytes. Name a TOML file."


def test_a_pipe_nobody_writes_to_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PlanError, match="one complaint"):
        load(tmp_path / "pipe")


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes(b"\xef\xbb\xbf" + PLAN.replace("\n", "\r\n").encode())
    assert load(path) == loads(PLAN, file="plan.toml")


def test_lint_needs_no_secret_and_runs_no_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "RAILWAY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    path, proof = tmp_path / "plan.toml", tmp_path / "ran"
    path.write_text(PLAN.replace('"env:RAILWAY_TOKEN"', f'{{ command = ["touch", "{proof}"] }}'))
    complaints, advice = lint(path)
    assert complaints == ()
    assert any(line.startswith(f"{path}:4: connections.db: Nothing proves that this") for line in advice)
    assert not proof.exists()


def test_lint_never_raises_and_gives_no_advice_beside_complaints(tmp_path: Path) -> None:
    assert lint(tmp_path / "none").complaints[0].endswith("There is no such file. Check the path.")
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.replace("value", "valeu"))
    findings = lint(path)
    assert len(findings.complaints) == 1
    assert findings.advice == ()


def test_complaints_have_no_power_over_a_terminal() -> None:
    (complaint,) = said(PLAN.replace('"check stuck"', '"check stuck", "do x\\u001b[31m\\u202e"'))
    assert "\x1b" not in complaint
    assert "\u202e" not in complaint


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_no_damage_to_a_plan_is_more_than_complaints(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SAMPLE)))
    length = data.draw(st.integers(0, 60))
    patch = data.draw(st.text(alphabet="[]{}=\"'#,.\\\n ab1$", max_size=8))
    assert isinstance(said(SAMPLE[:start] + patch + SAMPLE[start + length :]), list)


def test_a_metric_or_tag_that_is_misspelt_is_told_from_a_name() -> None:
    plan = (
        PLAN
        + """
[connections.here]
kind = "git"

[checks.tagged]
on = "here"
git = "tag"
tag = "--upload-pack=x"
"""
    )
    (line,) = [each for each in said(plan) if "tagged.tag" in each]
    assert line.endswith(
        "checks.tagged.tag: '--upload-pack=x' has characters that do not belong here. It says: the tag of `tag`."
    )
