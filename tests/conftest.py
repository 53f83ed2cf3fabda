"""What several test rooms share: one embedded Postgres a worker, and a fresh database a test."""

from __future__ import annotations

import asyncio
import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

import hypothesis
import psycopg
import pytest

from cockpit.simulator.postgres import OWNER, READER, Server

# A busy machine is no fault of a property: what must be quick has a test of its own.
hypothesis.settings.register_profile("cockpit", deadline=None)
hypothesis.settings.load_profile("cockpit")


LONG = ("rehearsal/", "terminal/", "test_front_door", "test_wheel")
"""Where tests take a minute rather than a second."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several workers share the tests, the long ones come first: else a worker ends long after the others.

    Each worker begins with a run of neighbours (`--dist worksteal`), an even share. One worker gets no long ones, for
    three at once are more than two cores take.
    """
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    if workers == 1:
        return
    tests = config.rootpath / "tests"
    long = [item for item in items if item.path.relative_to(tests).as_posix().startswith(LONG)]
    short = [item for item in items if item not in set(long)]
    rest, share = iter(short), len(items) // workers
    items.clear()
    for worker in range(workers):
        first = long[worker :: workers - 1] if worker < workers - 1 else []
        items += [*first, *islice(rest, max(0, share - len(first)))]
    items += rest


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
