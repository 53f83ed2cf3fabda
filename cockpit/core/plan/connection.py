"""The outside systems a plan speaks to, one table a connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from cockpit.core.plan.fields import BaseAddress, Model, SafeAddress, SecretRef
from cockpit.core.rollout.retention import Tier


class PostgresConnection(Model):
    """A database that answers questions."""

    kind: Literal["postgres"]
    """A Postgres database."""
    url: SecretRef
    """Where it is and with which role, as `env:NAME`, `file:PATH` or a command; never written out."""
    is_: str | None = Field(default=None, alias="is")
    """A statement asked on connect; anything but true is refused."""
    row_security: Literal["off", "policy"] = "off"
    """`off` turns row-level blindness into an error; `policy` accepts it, and then every check needs `seen`."""


USUAL_REQUESTS = 1000
"""An hour, where neither the plan nor Railway has said: what most tiers have (`railway/api.md` 1 [D, X2])."""


class RailwayConnection(Model):
    """Railway's public API, for one environment of one project."""

    kind: Literal["railway"]
    """Railway."""
    token: SecretRef
    """A project, account or workspace token, as `env:NAME`, `file:PATH` or a command."""
    project: str | None = None
    """The project's name; compulsory unless the token is a project token."""
    environment: str = Field(min_length=1)
    """Must be what Railway says of the token; typed to confirm."""
    endpoint: SafeAddress = "https://backboard.railway.com/graphql/v2"
    """Where the API is."""
    requests_per_hour: int | None = Field(default=None, ge=20, strict=True)
    """The most to ask an hour; else what Railway says that it allows, and until then 1000."""
    tier: Tier | None = None
    """Railway's plan, which says how long images are kept (https://docs.railway.com/pricing/plans); else not told."""


class HttpConnection(Model):
    """An HTTP service with one base address."""

    kind: Literal["http"]
    """A service that answers HTTP."""
    base_url: BaseAddress
    """Scheme and host, perhaps a path; each check adds its own."""
    headers: dict[str, SecretRef] = Field(default_factory=dict)
    """Sent with each request to this host and to no other; what authenticates is a reference."""


class PrometheusConnection(Model):
    """Counters and gauges: the text exposition of some targets, or a server that keeps them."""

    kind: Literal["prometheus"]
    """Metrics in Prometheus' text format, or a Prometheus server."""
    targets: tuple[BaseAddress, ...] = ()
    """The addresses that are scraped for `metric`, such as https://api.example/metrics; each one instance's own."""
    server: BaseAddress | None = None
    """The server asked for `promql`, whose HTTP API is at `/api/v1`; either this or `targets`."""
    headers: dict[str, SecretRef] = Field(default_factory=dict)
    """Sent to these hosts and to no other; what authenticates is a reference."""


class InngestConnection(Model):
    """Inngest's Prometheus export and REST API, of Inngest Cloud or of one's own server."""

    kind: Literal["inngest"]
    """Inngest."""
    export: SafeAddress
    """The scrape address, as the dashboard's Prometheus integration shows it; `/metrics` of one's own server."""
    key: SecretRef
    """The key it shows beside it (the signing key, of one's own server), as `env:NAME`, `file:PATH` or a command."""
    api: SafeAddress = "https://api.inngest.com"
    """Where its REST API is, for what became of one event or run; the address of one's own server."""


class SentryConnection(Model):
    """Sentry's API, for one organization."""

    kind: Literal["sentry"]
    """Sentry."""
    token: SecretRef
    """A token with `event:read` and `project:read`, as `env:NAME`, `file:PATH` or a command."""
    organization: str = Field(pattern=r"^[a-z0-9_-]+$")
    """The organization's slug."""
    base_url: SafeAddress = "https://sentry.io"
    """Where Sentry is; https://de.sentry.io for the EU region, or one's own."""


class ShellConnection(Model):
    """Commands of this machine."""

    kind: Literal["shell"]
    """Commands of this machine."""
    folder: str = "."
    """Where they run, from the current folder."""


class GitConnection(Model):
    """A repository on this machine."""

    kind: Literal["git"]
    """A repository."""
    folder: str = "."
    """Where it is, from the current folder."""
    remote: str = Field(default="origin", pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$")
    """The remote that is asked for tags, by its name in the repository."""


class FileConnection(Model):
    """Files of this machine."""

    kind: Literal["file"]
    """Files of this machine."""
    folder: str = "."
    """Where paths begin."""


Connection = Annotated[
    PostgresConnection
    | RailwayConnection
    | HttpConnection
    | PrometheusConnection
    | InngestConnection
    | SentryConnection
    | ShellConnection
    | GitConnection
    | FileConnection,
    Field(discriminator="kind"),
]
"""An outside system, told apart by `kind`."""

CONNECTIONS: Mapping[str, type[Model]] = {
    "postgres": PostgresConnection, "railway": RailwayConnection, "http": HttpConnection,
    "prometheus": PrometheusConnection, "inngest": InngestConnection, "sentry": SentryConnection,
    "shell": ShellConnection, "git": GitConnection, "file": FileConnection,
}  # fmt: skip
"""Every `kind`, and what it makes of a connection."""
