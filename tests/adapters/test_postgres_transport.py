"""What `doctor` says of the way to a database: nothing on this machine, a warning elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.adapters.postgres.rights import of_transport


async def test_a_socket_of_this_machine_needs_no_encryption(database) -> None:
    postgres = Postgres("db", database.url)
    link = await postgres.examine()
    await postgres.close()
    assert link.ok
    assert not any("encrypted" in warning or "certificate" in warning for warning in link.warnings)


@dataclass
class Info:
    host: str
    mode: str | None

    def get_parameters(self) -> dict[str, str]:
        return {"sslmode": self.mode} if self.mode else {}


@dataclass
class Wire:
    ssl_in_use: bool


@dataclass
class Stand:
    info: Info
    pgconn: Wire = field(default_factory=lambda: Wire(ssl_in_use=False))


@pytest.mark.parametrize(
    ("host", "encrypted", "mode", "word"),
    [
        ("db.example.org", False, None, "not encrypted"),
        ("db.example.org", True, None, "not verified"),
        ("db.example.org", True, "require", "not verified"),
        ("db.example.org", True, "verify-full", ""),
        ("127.0.0.1", False, None, ""),
        ("/run/postgresql", False, None, ""),
    ],
)
def test_a_way_across_a_network_is_encrypted_and_verified_or_warned_of(host, encrypted, mode, word) -> None:
    told = of_transport(cast("Any", Stand(Info(host, mode), Wire(encrypted))))
    assert bool(told) == bool(word)
    assert word in " ".join(told)
