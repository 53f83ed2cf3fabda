"""An invoice service: `api` takes files, `importer` reads them, `reminder` writes reminders.

The workers' lines agree with the rows (`tables/invoices.sql`) as long as nothing had to wait: a job comes every 20
seconds, is claimed a second later and done 12 seconds after that.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator

from cockpit.simulator.clock import nanos
from cockpit.simulator.projects.project import Chatter, Part, Project, Said, running, speaker
from cockpit.simulator.world import Deployment, World

_SECOND = 1_000_000_000
_JOB, _CLAIM, _WORK = 20 * _SECOND, _SECOND, 12 * _SECOND
_ATTEMPT = 2 * _SECOND
"""Between two attempts of a worker that cannot work; it gives up after ten, and is started again."""

_SETTINGS = {
    "region": "us-west2",
    "restartPolicyType": "ON_FAILURE",
    "restartPolicyMaxRetries": 10,
    "source": {"repo": "invoices/invoices"},
}
_COMMON = {
    "MODE": "prod",
    "ENVIRONMENT": "prod",
    "DATA_URL": "https://data.invoices.example",
    "SERVICE_KEY": "eyJ." + "stand-in." * 12,
    "DATABASE_URL": "postgresql://invoices_app@pooler.invoices.example:5432/invoices",
}
_BEGINS = (
    "worker {name}-{replica} starting, type {name}, git {commit}",
    "database connection established, pool size 5, overflow 10",
    "entering main loop",
)


def _api(_: World, deployment: Deployment, low: int, high: int) -> Iterable[Said]:
    """An answer of the API every 20 seconds."""
    for number in range(low // _JOB, high // _JOB + 1):
        mixed = (number * 2_654_435_761) % 4_294_967_296
        at = number * _JOB + mixed % (_JOB * 4 // 5) | 1
        if low < at <= high and (replica := speaker(deployment, mixed, at)):
            took = 3 + mixed % 40
            told = (("path", "/api/files"), ("status", 202), ("ms", took))
            yield Said(at, f"POST /api/files 202 {took} ms", replica, attributes=told)


def _worker(kind: str) -> Chatter:
    """Jobs of a kind, or attempts that fail, turn and turn about."""

    def chatter(world: World, deployment: Deployment, low: int, high: int) -> Iterable[Said]:
        ill = fails(world, deployment)
        said = _failing(deployment, low, high) if ill else _jobs(world, deployment, kind, low, high)
        return (line for line in said if low < line.at <= high)

    return chatter


def fails(world: World, deployment: Deployment) -> bool:
    """It can do nothing: a new importer where the scenario says so."""
    is_new = deployment.commit != world.first_commit
    return world.scenario.crashes and is_new and world.services[deployment.service].name == "importer"


def _jobs(world: World, deployment: Deployment, kind: str, low: int, high: int) -> Iterator[Said]:
    assert deployment.succeeded is not None
    origin, start = nanos(world.origin), nanos(deployment.succeeded)
    for number in range((low - origin) // _JOB - 1, (high - origin) // _JOB + 1):
        claimed = origin + number * _JOB + _CLAIM | 1
        is_of_kind = (number % 3 == 2) == (kind == "remind")  # as the rows have it
        if is_of_kind and claimed > start and (replica := speaker(deployment, number, claimed)):
            job = uuid.UUID(hashlib.md5(f"job {number}".encode(), usedforsecurity=False).hexdigest())
            told = (("job", str(job)),)
            for word, after in (("claimed", 0), ("processing", _SECOND), ("completed", _WORK)):
                if replica in running(deployment, claimed + after):
                    yield Said(claimed + after, f"{word} job {job}", replica, attributes=told)


def _failing(deployment: Deployment, low: int, high: int) -> Iterator[Said]:
    assert deployment.succeeded is not None
    start = nanos(deployment.succeeded)
    for number in range(max(0, (low - start) // _ATTEMPT), (high - start) // _ATTEMPT + 1):
        at, attempt = start + number * _ATTEMPT | 1, 1 + number % 10
        replica = speaker(deployment, 0, at)
        if replica is None:
            continue
        yield Said(at, f"ERROR claim {attempt} failed: permission denied for table jobs", replica, "error")
        if attempt == 10:
            yield Said(at + 1, "CRITICAL crash loop: 10 failures in a row, giving up", replica, "error")
            for order, text in enumerate(_begins("importer", deployment.commit, replica)):
                yield Said(at + _SECOND + order, text, replica)


def _begins(name: str, commit: str, replica: str) -> Iterator[str]:
    for text in _BEGINS:
        yield text.replace("{name}", name).replace("{replica}", replica[:8]).replace("{commit}", commit[:8])


def _work(name: str, kind: str, more: dict[str, str]) -> Part:
    return Part(
        name,
        {**_SETTINGS, "startCommand": f"python -m invoices.{name}"},
        {**_COMMON, **more},
        _worker(kind),
        begins=tuple(text.replace("{name}", name) for text in _BEGINS),
        works_on="jobs",
    )


INVOICES = Project(
    name="invoices",
    messages=(
        "Invoices: read files with a header",
        "Invoices: one reminder a customer and day",
        "Invoices: say why a row was refused",
    ),
    parts=(
        Part(
            "api",
            {**_SETTINGS, "startCommand": "python -m invoices.api", "healthcheckPath": "/api/health"},
            {**_COMMON, "PORT": "8080", "API_KEY": "stand-in-callers"},
            _api,
            is_public=True,
        ),
        _work("importer", "import", {}),
        _work("reminder", "remind", {"LETTER_KEY": "stand-in-letters"}),
    ),
    front="api",
    paths=("/api/files", "/api/invoices", "/api/health"),
    has_fixed_commits=True,
)
