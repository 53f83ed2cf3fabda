"""Secrets written into a plan, and how they are told from everything else.

A plan is committed, copied and journalled, so a secret in it is a secret lost. The rules are
few, and rather miss a strange secret than refuse a plain word:

1. `url`, `token`, `key` and `webhook` are references, always; so is a connection's header that authenticates.
2. Nowhere, comments included: an address with a password in it, a key block, or a token of a
   known make (GitHub, GitLab, Slack, Stripe, AWS, Google, OpenAI-style `sk-`, Sentry, npm, PyPI, a JWT).
3. `set_variables`: a variable whose name ends like a secret's (`..._TOKEN`, `..._PASSWORD`, `API_KEY`)
   has no literal value, apart from numbers, true and false, addresses and Railway's `${{references}}`;
   and no variable has a value of 32 or more mixed letters and digits.

No rule ever repeats what it found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cockpit.core.complaint import Complaint, KeyPath
from cockpit.core.plan.fields import is_reference

_REMEDY = 'Name where it lies: "env:NAME", "file:PATH", or { command = ["pass", "show", "..."] }.'

# user:password@ in any address; what is plainly a stand-in ($NAME, ${{...}}, <password>, ***, ...) is none.
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{0,30}://[^\s/?#@:'\"]*:(?![$<{*.]|%\()[^\s/?#'\"]+@", re.IGNORECASE)
_TOKENS = tuple(
    (make, re.compile(rf"(?<![A-Za-z0-9]){pattern}[A-Za-z0-9_.~+/=-]*"))
    for make, pattern in (
        ("a GitHub token", r"(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40})"),
        ("a GitLab token", r"glpat-[A-Za-z0-9_-]{20}"),
        ("a Slack token", r"xox[abeprs]-[A-Za-z0-9-]{20}"),
        ("a Slack webhook", r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9]"),
        ("a Stripe key", r"(?:sk|rk|whsec)_(?:(?:live|test)_)?[A-Za-z0-9]{24}"),
        ("an API key", r"sk-[A-Za-z0-9_-]{20}"),
        ("an AWS key", r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"),
        ("a Google key", r"AIza[A-Za-z0-9_-]{35}"),
        ("a Sentry token", r"sntry[su]_[A-Za-z0-9+/=_-]{20}"),
        ("an npm token", r"npm_[A-Za-z0-9]{36}"),
        ("a PyPI token", r"pypi-[A-Za-z0-9_-]{40}"),
        ("a signing key", r"signkey-[a-z]+-[A-Za-z0-9]{20}"),
        ("a JWT", r"eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,2000}\."),
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY"),
        ("a bearer token", r"[Bb]earer [A-Za-z0-9_.~+/=-]{20}"),
    )
)  # fmt: skip
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PWD|PASSPHRASE|CREDENTIALS?"
    r"|(?:API|ACCESS|PRIVATE|SECRET|SIGNING|ENCRYPTION|MASTER|SERVICE_ROLE)_?KEY)\Z",
    re.IGNORECASE,
)
_SECRET_HEADER = re.compile(r"authorization|cookie|token|secret|password|api-?key|access-?key|signature", re.IGNORECASE)
_HARMLESS = re.compile(r"(?:[0-9._-]*|true|false|yes|no|on|off|none|.*\$\{\{.+\}\}.*|[a-z]+://.*|/.*)\Z", re.IGNORECASE)
_RANDOM = re.compile(r"(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/_=-]{32,}\Z")


def what_secret(text: str) -> str | None:
    """The make of the secret in a text by rule 2, as in `a JWT`; None when there is none."""
    if _ADDRESS.search(text):
        return "an address with a password"
    return next((make for make, pattern in _TOKENS if pattern.search(text)), None)


def secret_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines, counted from 1, on which rule 2 finds something, and what."""
    for number, line in enumerate(text.split("\n"), start=1):
        if make := what_secret(line):
            yield number, make


def secrets(document: Mapping[str, Any]) -> Iterator[Complaint]:
    """Every secret that stands in a plan as read from TOML, well formed or not, by rules 1 and 3."""
    yield from _of_connections(("connections",), document.get("connections"))
    for name, environment in _tables(document.get("environments")):
        yield from _of_connections(("environments", name, "connections"), environment.get("connections"))
    yield from _of_notifications(document.get("notifications"))
    for name, check in _tables(document.get("checks")):
        yield from _of_headers(("checks", name, "headers"), check.get("headers"), references=False)
    for name, action in _tables(document.get("actions")):
        yield from _of_variables(("actions", name, "set_variables"), action.get("set_variables"))


def _tables(section: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(section, Mapping):
        yield from ((name, table) for name, table in section.items() if isinstance(table, Mapping))


def _of_connections(path: KeyPath, section: object) -> Iterator[Complaint]:
    for name, connection in _tables(section):
        for key in ("url", "token", "key"):
            if key in connection and not is_reference(connection[key]):
                is_half = connection[key].startswith(("env:", "file:"))
                what = "This names no variable and no file." if is_half else f"The {key} itself stands in the plan."
                yield Complaint((*path, name, key), what, _REMEDY)
        yield from _of_headers((*path, name, "headers"), connection.get("headers"), references=True)


def _of_notifications(section: object) -> Iterator[Complaint]:
    webhook = section.get("webhook") if isinstance(section, Mapping) else None
    if isinstance(webhook, str) and not is_reference(webhook):
        is_half = webhook.startswith(("env:", "file:"))
        what = "This names no variable and no file." if is_half else "The webhook itself stands in the plan."
        yield Complaint(("notifications", "webhook"), what, _REMEDY)


def _of_headers(path: KeyPath, headers: object, *, references: bool) -> Iterator[Complaint]:
    if not isinstance(headers, Mapping):
        return
    for name, value in headers.items():
        if not isinstance(value, str) or not value or not _SECRET_HEADER.search(name):
            continue
        if not references:
            what = "A header that authenticates stands in a check."
            yield Complaint((*path, name), what, "Put it under the connection.")
        elif not is_reference(value):
            yield Complaint((*path, name), "The value of this header stands in the plan.", _REMEDY)


def _of_variables(path: KeyPath, variables: object) -> Iterator[Complaint]:
    if not isinstance(variables, Mapping):
        return
    for name, value in variables.items():
        if not isinstance(value, str) or _HARMLESS.match(value):
            continue
        if (_SECRET_NAME.search(name) and len(value) >= 8) or _RANDOM.match(value):
            yield Complaint(
                (*path, name),
                "This value looks like a secret.",
                "Set it at Railway once, and refer to it here as ${{shared.NAME}}.",
            )


def blot(text: str) -> str:
    """The text with every secret that rule 2 knows blotted out: what a complaint quotes is shown on screens."""
    for pattern in (_ADDRESS, *(pattern for _, pattern in _TOKENS)):
        text = pattern.sub("[secret]", text)
    return text
