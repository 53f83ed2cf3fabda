"""What leads to a real system leaves the environment of a rehearsal; what a program needs to run stays."""

from __future__ import annotations

import pytest

from cockpit.core.environment import clean_environment, mentioned_in
from cockpit.core.plan import Plan


@pytest.mark.parametrize("name", [
    "RAILWAY_TOKEN", "DATABASE_URL", "STAGING_DATABASE_URL", "PROD_DB", "PGHOST", "PGPASSFILE", "PGSERVICEFILE",
    "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "GH_TOKEN", "GITHUB_ENV", "KUBECONFIG", "SSH_AUTH_SOCK", "my_api_key",
    "SENTRY_DSN", "REDIS_HOST", "BASE_URL", "DB_HOST",
])  # fmt: skip
def test_what_leads_to_a_real_system_is_left_out(name: str) -> None:
    assert clean_environment({name: "real"}) == {}


@pytest.mark.parametrize("name", [
    "PATH", "HOME", "LANG", "LC_ALL", "TERM", "XDG_STATE_HOME", "TMPDIR", "VIRTUAL_ENV", "PG_BINDIR",
    "COCKPIT_REFERENCE", "PYTHONPATH", "COLORTERM", "COLUMNS", "PWD", "NO_COLOR",
])  # fmt: skip
def test_what_a_program_needs_stays(name: str) -> None:
    assert clean_environment({name: "x"}) == {name: "x"}


def test_each_name_that_the_plan_points_at_is_left_out() -> None:
    plan = Plan.model_validate({
        "name": "Links",
        "phases": [{"title": "All", "items": ["tick Ready"]}],
        "connections": {
            "db": {"kind": "postgres", "url": "env:REPORTS"},
            "app": {"kind": "http", "base_url": "https://x.example", "headers": {"Authorization": "env:BEARER_OF_APP"}},
            "other": {"kind": "postgres", "url": "file:/run/url"},
        },
        "notifications": {"webhook": "env:CHANNEL"},
    })  # fmt: skip
    assert mentioned_in(plan) == {"REPORTS", "BEARER_OF_APP", "CHANNEL"}
    assert clean_environment({"REPORTS": "real", "COLUMNS": "80"}, mentioned_in(plan)) == {"COLUMNS": "80"}
