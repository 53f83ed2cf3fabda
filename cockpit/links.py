"""A plan's connections, built: the adapter for each kind, and in a rehearsal what stands in for it.

An adapter is imported only when the plan names it. Part of the composition root, beside `bootstrap`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cockpit.adapters.secrets import Vault
from cockpit.clock import Clock
from cockpit.core.environment import mentioned_in
from cockpit.core.plan import Plan
from cockpit.core.plan.check import MetricCheck, RunsCheck
from cockpit.core.plan.connection import (
    Connection,
    FileConnection,
    GitConnection,
    HttpConnection,
    InngestConnection,
    PostgresConnection,
    PrometheusConnection,
    RailwayConnection,
    SentryConnection,
    ShellConnection,
)
from cockpit.core.plan.fields import SecretRef, is_reference
from cockpit.ports import Platform, Source, Writer


@dataclass(slots=True)
class Links:
    """A plan's connections, built."""

    sources: dict[str, Source] = field(default_factory=dict)
    platforms: dict[str, Platform] = field(default_factory=dict)
    writers: dict[str, Writer] = field(default_factory=dict)

    async def close(self) -> None:
        for source in self.sources.values():
            await source.close()


def connect(plan: Plan, vault: Vault, clock: Clock, *, world: Mapping[str, Any] | None = None) -> Links:
    """Adapters for a plan's connections, or for the stand-ins of a rehearsal. Raises SecretError, PlanError."""
    links = Links()
    for name, connection in plan.connections.items():
        _connect(links, name, connection, plan, vault, clock, world)
    return links


def _connect(
    links: Links,
    name: str,
    connection: Connection,
    plan: Plan,
    vault: Vault,
    clock: Clock,
    world: Mapping[str, Any] | None,
) -> None:
    match connection:
        case PostgresConnection():
            from cockpit.adapters.postgres import Postgres

            url = world["postgres"]["url"] if world else vault.resolve(connection.url)
            # In a rehearsal checks read as a role that only reads; what writes is the owner's of the tables.
            owner = world["postgres"]["owner_url"] if world else None
            links.sources[name] = links.writers[name] = Postgres(
                name, url, is_=connection.is_, row_security=connection.row_security, writes_by=owner
            )
        case HttpConnection():
            from cockpit.adapters.http import Http

            headers = {} if world else _headers(connection.headers, vault)
            links.sources[name] = Http(name, world["app"]["base_url"] if world else connection.base_url, headers)
        case RailwayConnection():
            from cockpit.adapters.railway import Railway

            if world:
                connection = connection.model_copy(
                    update={
                        "endpoint": world["railway"]["endpoint"],
                        "project": world["project"],
                        "token": "env:RAILWAY_TOKEN",  # the stand-in's is a project token, whatever the plan's is
                    }
                )
            token = world["railway"]["project_token"] if world else vault.resolve(connection.token)
            railway = Railway(name, connection, token, clock=clock, redact=vault.redact, is_paced=world is None)
            links.sources[name] = links.platforms[name] = railway
        case PrometheusConnection():
            links.sources[name] = _prometheus(name, connection, plan, vault, clock, world)
        case InngestConnection():
            links.sources[name] = _inngest(name, connection, plan, vault, clock, world)
        case SentryConnection() if world:
            from cockpit.adapters.absent import Absent

            links.sources[name] = Absent(name, "Sentry")
        case SentryConnection():
            from cockpit.adapters.sentry import Sentry

            token = vault.resolve(connection.token)
            links.sources[name] = Sentry(name, connection.base_url, connection.organization, token)
        case ShellConnection() | GitConnection() | FileConnection():
            links.sources[name] = _of_this_machine(name, connection, plan, rehearsal=world is not None)


def _inngest(
    name: str, connection: InngestConnection, plan: Plan, vault: Vault, clock: Clock, world: Mapping[str, Any] | None
) -> Source:
    from cockpit.adapters.inngest import Inngest

    windows = [one.over for one in plan.checks.values() if isinstance(one, RunsCheck) and one.on == name and one.over]
    export = f"{world['app']['base_url']}/inngest/metrics" if world else connection.export
    key = "" if world else vault.resolve(connection.key)
    api = None if world else connection.api
    return Inngest(name, export, key, clock=clock, window=max(windows, default=None), api=api)


def _of_this_machine(
    name: str, connection: ShellConnection | GitConnection | FileConnection, plan: Plan, *, rehearsal: bool
) -> Source:
    """A rehearsal runs the stand-ins of the plan's checks, without what leads to a real system."""
    mentioned = mentioned_in(plan)
    match connection:
        case ShellConnection():
            from cockpit.adapters.shell import Commands

            return Commands(name, connection.folder, rehearsal=rehearsal, mentioned=mentioned)
        case GitConnection():
            from cockpit.adapters.git import Git

            return Git(name, connection.folder, connection.remote, rehearsal=rehearsal, mentioned=mentioned)
        case FileConnection():
            from cockpit.adapters.file import Files

            return Files(name, connection.folder, rehearsal=rehearsal, mentioned=mentioned)


def _prometheus(
    name: str,
    connection: PrometheusConnection,
    plan: Plan,
    vault: Vault,
    clock: Clock,
    world: Mapping[str, Any] | None,
) -> Source:
    """In a rehearsal the stand-in's app is every target, under its own name; there is no server to ask."""
    from cockpit.adapters.absent import Absent
    from cockpit.adapters.prometheus import Prometheus
    from cockpit.adapters.scrape import Target

    if world and connection.server is not None:
        return Absent(name, "Prometheus server")
    targets = [Target.of(address) for address in connection.targets]
    if world:
        targets = [Target(f"{world['app']['base_url']}/metrics", target.instance) for target in targets]
    windows: dict[str, timedelta] = {}
    for check in plan.checks.values():
        if isinstance(check, MetricCheck) and check.on == name and check.window is not None:
            windows[check.metric] = max(check.window, windows.get(check.metric, timedelta(0)))
    headers = {} if world else _headers(connection.headers, vault)
    return Prometheus(name, clock=clock, targets=targets, server=connection.server, headers=headers, windows=windows)


def _headers(headers: Mapping[str, SecretRef], vault: Vault) -> dict[str, str]:
    return {header: _header(value, vault) for header, value in headers.items()}


def _header(value: SecretRef, vault: Vault) -> str:
    """What authenticates is a reference, says `planfile`; other headers stand in the plan as they are."""
    return value if isinstance(value, str) and not is_reference(value) else vault.resolve(value)
