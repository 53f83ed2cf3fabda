"""What several test rooms share: one embedded Postgres a worker, and a fresh database a test."""

from __future__ import annotations

import asyncio
import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import hypothesis
import psycopg
import pytest

from cockpit.simulator.postgres import OWNER, READER, Server

# A busy machine is no fault of a property: what must be quick has a test of its own.
hypothesis.settings.register_profile("cockpit", deadline=None)
hypothesis.settings.load_profile("cockpit")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What a test needs and is not here skips it; in CI it runs and says what is missing."""
    if os.environ.get("CI"):
        return
    if item.get_closest_marker("tmux") and shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    if item.get_closest_marker("network") and not os.environ.get("COCKPIT_NETWORK"):
        pytest.skip("asks a package index: set COCKPIT_NETWORK=1")


@dataclass(frozen=True)
class Database:
    """A fresh database of the shared server, with the server's three addresses for it.

    Tables that the owner makes can be read by the reader.
    """

    server: Server
    name: str

    def url_of(self, role: str) -> str:
        address = urlsplit(self.server.url)
        return f"postgresql://{role}@/{self.name}?{address.query}"

    @property
    def url(self) -> str:
        return self.url_of(READER)

    @property
    def owner_url(self) -> str:
        return self.url_of(OWNER)

    @property
    def admin_url(self) -> str:
        return self.url_of("postgres")

    def run(self, *statements: str, role: str = OWNER) -> list[tuple[object, ...]]:
        """Carry out statements one by one; the rows of the last."""
        rows: list[tuple[object, ...]] = []
        with psycopg.connect(self.url_of(role), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
                rows = cursor.fetchall() if cursor.description else []
        return rows


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The shared server: do not stop it; a test about starting and stopping starts its own."""
    server = asyncio.run(Server.start(tmp_path_factory.mktemp("postgres")))
    yield server
    asyncio.run(server.stop())


@pytest.fixture
def database(postgres: Server) -> Iterator[Database]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres.admin_url, autocommit=True) as admin:
        admin.execute(f"create database {name} owner {OWNER}".encode())
    fresh = Database(postgres, name)
    rights = f"alter default privileges for role {OWNER} grant"
    fresh.run(f"{rights} select on tables to {READER}", f"{rights} usage on schemas to {READER}", role="postgres")
    yield fresh
    with psycopg.connect(postgres.admin_url, autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)".encode())
