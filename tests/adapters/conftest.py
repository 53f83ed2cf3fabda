"""Real HTTP servers for the adapters that speak to one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.adapters.site import Site


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
