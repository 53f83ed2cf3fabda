"""Secrets in a plan: what is refused, what is left alone, and that none is ever repeated."""

from __future__ import annotations

import tomllib

import pytest

from cockpit.planfile.secrets import blot, secret_lines, secrets, what_secret

# Put together here so that no scanner takes this file for a leak.
GITHUB = "ghp_" + "a1B2" * 9
JWT = "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxMjM0In0" + ".x"
EXPOSED = {
    "an address with a password": "postgres://" + "reader:hunter22@db.example/reports",
    "a GitHub token": GITHUB,
    "a GitLab token": "glpat-" + "a1B2c3D4e5F6g7H8i9J0",
    "a Slack token": "xoxb-" + "1234567890-abcdefghij",
    "a Slack webhook": "https://hooks.slack.com/" + "services/T0/B0/a1B2c3D4e5F6g7H8",
    "a Stripe key": "sk_live_" + "a1B2c3D4e5F6g7H8i9J0k1L2",
    "an API key": "sk-" + "proj-a1B2c3D4e5F6g7H8i9J0",
    "an AWS key": "AKIA" + "IOSFODNN7EXAMPLE",
    "a Google key": "AIza" + "a" * 35,
    "a Sentry token": "sntrys_" + "a" * 40,
    "an npm token": "npm_" + "a" * 36,
    "a PyPI token": "pypi-" + "a" * 60,
    "a signing key": "signkey-prod-" + "0123456789abcdef0123",
    "a JWT": JWT,
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "a bearer token": "Bearer " + "a1b2c3d4e5f6g7h8i9j0",
}


@pytest.mark.parametrize("make", EXPOSED)
def test_a_known_secret_is_told_by_its_make_and_blotted_out(make: str) -> None:
    secret = EXPOSED[make]
    assert what_secret(f"x = '{secret}'") == make
    if make == "a private key":
        return  # its first line tells nothing
    telling = "hunter22" if make == "an address with a password" else secret[-12:]
    assert telling not in blot(f"x = '{secret}'")


@pytest.mark.parametrize(
    "harmless",
    [
        "https://reports.example/path?user=a:b@c",
        "postgresql://reader@db.example/reports",
        "postgres://reader:${{Postgres.PGPASSWORD}}@db/reports",
        "postgres://reader:$PGPASSWORD@db/reports",
        "postgres://reader:<password>@db/reports",
        "postgres://reader:***@db/reports",
        "00000000-0000-4000-8000-000000000001",
        "8d7f3a0c4b6e2f1a9c5d7e3b1f0a2c4d6e8f0a1b",
        "select password from accounts where token = $1",
        "task-force of the risk-averse, sk-ip the rest",
        "Bearer of bad news",
        "RAILWAY_DEPLOYMENT_DRAINING_SECONDS",
        "see https://docs.example:8080/a@b",
    ],
)
def test_plain_words_ids_and_stand_ins_are_left_alone(harmless: str) -> None:
    assert what_secret(harmless) is None
    assert blot(harmless) == harmless


def test_lines_are_counted_from_one() -> None:
    assert list(secret_lines(f"a\n# {GITHUB}\nb")) == [(2, "a GitHub token")]


def said(text: str) -> list[str]:
    return [str(complaint) for complaint in secrets(tomllib.loads(text))]


def test_url_and_token_are_references_always() -> None:
    (url,) = said('[connections.db]\nurl = "postgresql://localhost/x"')
    assert url.startswith("connections.db.url: The url itself stands in the plan. Name where it lies:")
    (token,) = said('[connections.railway]\ntoken = "0a0a0a0a-0000-4000-8000-000000000001"')
    assert token.startswith("connections.railway.token: The token itself stands in the plan.")
    assert "0a0a" not in token
    (staging,) = said('[environments.staging.connections.railway]\ntoken = "x"')
    assert staging.startswith("environments.staging.connections.railway.token:")


def test_a_reference_that_names_nothing_is_told_apart() -> None:
    for half in ("env:", "env:NOT A NAME", "file:"):
        (complaint,) = said(f'[connections.db]\nurl = "{half}"')
        assert "This names no variable and no file." in complaint


@pytest.mark.parametrize("reference", ['"env:NAME"', '"file:~/.pgpass"', '{ command = ["pass", "show", "x"] }'])
def test_references_are_no_secrets(reference: str) -> None:
    text = f"[connections.db]\nurl = {reference}\ntoken = {reference}\nheaders = {{ Authorization = {reference} }}"
    assert said(text) == []


def test_a_header_that_authenticates_is_a_reference_under_the_connection() -> None:
    (complaint,) = said('[connections.app]\nheaders = { X-Api-Key = "abc", Accept = "text/html" }')
    assert complaint.startswith("connections.app.headers.X-Api-Key: The value of this header stands in the plan.")
    (complaint,) = said('[checks.health]\nheaders = { Cookie = "env:COOKIE", Accept = "text/html" }')
    assert complaint.startswith("checks.health.headers.Cookie: A header that authenticates stands in a check.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_TOKEN", "abcdefgh"),
        ("STRIPE_SECRET", "correct horse"),
        ("DB_PASSWORD", "hunter2hunter2"),
        ("OPENAI_API_KEY", "abcdefgh"),
        ("SUPABASE_SERVICE_ROLE_KEY", "abcdefgh"),
        ("SOMETHING", "aB3" * 11),
    ],
)
def test_a_variable_that_looks_like_a_secret_is_refused(name: str, value: str) -> None:
    (complaint,) = said(f'[actions.a]\nset_variables = {{ {name} = "{value}" }}')
    assert complaint.startswith(f"actions.a.set_variables.{name}: This value looks like a secret.")
    assert value not in complaint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_TOKENS", "4000"),
        ("TOKEN", "4000"),
        ("API_TOKEN", "${{shared.API_TOKEN}}"),
        ("API_TOKEN", "true"),
        ("API_TOKEN", ""),
        ("TOKEN_URL", "some/path/that/is/long"),
        ("AUTH_TOKEN", "https://login.example/token"),
        ("PASSWORD", "short"),
        ("GIT_SHA", "8d7f3a0c4b6e2f1a9c5d7e3b1f0a2c4d6e8f0a1b"),
        ("GREETING", "a long sentence with words and 12 numbers in it, and Capitals"),
        ("KEYBOARD", "qwertzuiop"),
    ],
)
def test_an_ordinary_variable_is_left_alone(name: str, value: str) -> None:
    assert said(f'[actions.a]\nset_variables = {{ {name} = "{value}" }}') == []


def test_a_document_of_any_form_is_looked_through_without_fault() -> None:
    assert said("connections = 5\nchecks = [1]\nenvironments = { a = { connections = 3 }, b = 4 }") == []
    assert said("actions = { a = 1, b = { set_variables = 3 }, c = { set_variables = { TOKEN = 5 } } }") == []
    assert said("[connections.a]\nurl = 5\ntoken = []\nheaders = { Authorization = 5 }") == []


@pytest.mark.parametrize(
    ("webhook", "told"),
    [
        ("env:TEAM_WEBHOOK", []),
        ("file:~/.webhook", []),
        ("https://chat.example/hooks/x", ["The webhook itself stands in the plan."]),
        ("env:", ["This names no variable and no file."]),
    ],
)
def test_a_webhook_is_a_reference(webhook: str, told: list[str]) -> None:
    found = list(secrets({"notifications": {"webhook": webhook}}))
    assert [each.what for each in found] == told
    assert all(each.path == ("notifications", "webhook") for each in found)
