"""What of a process's environment leads to a real system: secrets, and addresses. Pure; told the variables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from cockpit.core.plan import Plan

SECRETIVE = re.compile(r"token|secret|pass|pwd|key|auth|credential|cookie|dsn|_ur[il]$", re.IGNORECASE)
"""Names that sound like a secret's."""

_REAL = (
    "RAILWAY_", "DATABASE_", "PG", "AWS_", "GH_", "GITHUB_", "GITLAB_", "GOOGLE_", "GCP_", "CLOUDSDK_", "AZURE_",
    "ARM_", "KUBE", "DOCKER_", "VAULT_", "SSH_", "SENTRY_", "INNGEST_", "REDIS", "MYSQL_", "MONGO", "SUPABASE_",
)  # fmt: skip
_DATABASE = re.compile(r"(^|_)(db|database|postgres|postgresql)(_|$)", re.IGNORECASE)
_KEPT = frozenset({
    "PATH", "HOME", "LANG", "TERM", "TMPDIR", "VIRTUAL_ENV", "PG_BINDIR", "PWD", "OLDPWD", "SHELL", "USER", "LOGNAME",
})  # fmt: skip
_KEPT_FAMILIES = ("XDG_", "COCKPIT_", "PYTHON", "LC_")


def clean_environment(environment: Mapping[str, str], mentioned: Collection[str] = ()) -> dict[str, str]:
    """The environment without anything that leads to a real system: for rehearsals and what they start.

    Left out are names of known systems, names that sound secret, and those that a plan mentions.
    """
    return {name: value for name, value in environment.items() if name not in mentioned and not _is_real(name)}


def mentioned_in(plan: Plan) -> frozenset[str]:
    """Each NAME that a connection of the plan, or its webhook, points at by `env:NAME`."""
    told = plan.model_dump(mode="json", by_alias=True, include={"connections", "notifications"})
    return frozenset(text.removeprefix("env:") for text in _texts(told) if text.startswith("env:"))


def _is_real(name: str) -> bool:
    if name in _KEPT or name.startswith(_KEPT_FAMILIES):
        return False
    return name.upper().startswith(_REAL) or SECRETIVE.search(name) is not None or _DATABASE.search(name) is not None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
