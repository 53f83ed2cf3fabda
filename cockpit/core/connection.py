"""The outside systems a plan speaks to, one table a connection."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cockpit.core.fields import BaseAddress, Model, SafeAddress, SecretRef
from cockpit.core.retention import Tier


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
    requests_per_hour: int = Field(default=1000, ge=20, strict=True)
    """The tier's budget: 100, 1000 or 10000 (https://docs.railway.com/integrations/api)."""
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


Connection = Annotated[PostgresConnection | RailwayConnection | HttpConnection, Field(discriminator="kind")]
"""An outside system, told apart by `kind`."""
