"""Real servers for the adapters that speak to one: HTTP ones, and readers of the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.simulator.postgres import Server
from tests.adapters.site import Site
from tests.conftest import Database


@pytest.fixture
async def sites() -> AsyncIterator[Callable[[], Any]]:
    servers = []

    async def make() -> Site:
        site = Site()
        server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
        site.port = server.sockets[0].getsockname()[1]
        servers.append(server)
        return site

    yield make
    for server in servers:
        server.close()


@pytest.fixture
async def site(sites: Any) -> Site:
    made: Site = await sites()
    return made


@pytest.fixture
async def db(postgres: Server) -> AsyncIterator[Postgres]:
    """A reader of a database that all tests share: for statements that need no table."""
    source = Postgres("db", postgres.url)
    yield source
    await source.close()


@pytest.fixture
async def own(database: Database) -> AsyncIterator[Postgres]:
    """A reader of a database of this test's own."""
    source = Postgres("db", database.url)
    yield source
    await source.close()
