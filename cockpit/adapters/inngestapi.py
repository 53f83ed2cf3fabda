"""Inngest's REST API: what became of one event, and of one run.

`GET /v1/events/{id}/runs` lists the runs that an event started, `GET /v1/runs/{id}` tells of one, `GET /v1/events/{id}`
that the event arrived; each answers `{"data": ...}` to the signing key as a bearer token
(https://www.inngest.com/docs/examples/fetch-run-status-and-output, https://api-docs.inngest.com: documented). A run
has `run_id`, `function_id`, `status`, `run_started_at`, `ended_at` and `output`; statuses are Running, Completed,
Failed and Cancelled (as clients of it read them). Not verified against the service: that an unknown id answers 404,
and what is told of a run that waits in the queue. An unknown status is shown as it is and counts as none of these.

The output of a run is never read: it is what the function made of its data.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cockpit.adapters.web import Client, client, follow, insist
from cockpit.core.reading import Answer, Table
from cockpit.core.text.inert import inert
from cockpit.errors import Garbled, Missing, Refused

_COLUMNS = ("run", "function", "status", "began", "took")
_STATUSES = ("Running", "Completed", "Failed", "Cancelled")
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_LOOK = "Look at the id, and at whose environment the key is."


class Api:
    """One environment's REST API."""

    def __init__(self, name: str, address: str, headers: Mapping[str, str]) -> None:
        self._name = name
        self._address = address.rstrip("/")
        self._headers = dict(headers)
        self._client: Client | None = None

    async def of_event(self, event: object, function: str | None) -> Answer:
        """The runs that an event started. An event that nobody has heard of makes it blind, one without runs does not.

        Raises Unreachable, TimedOut, Garbled, Throttled or Refused.
        """
        id_ = _identifier(event, "event")
        try:
            told = await self._get(f"/v1/events/{id_}/runs")
            if not told:
                await self._get(f"/v1/events/{id_}")  # the control: none of none is not none
        except Missing:
            return Answer({}, blind=f"Inngest knows no event {id_} for this key. {_LOOK}")
        if not isinstance(told, list):
            raise self._garbled()
        rows = [row for row in map(self._row, told) if function is None or row[1] == function]
        return _of_runs(rows)

    async def of_run(self, run: object) -> Answer:
        """One run. Raises Unreachable, TimedOut, Garbled, Missing, Throttled or Refused."""
        row = self._row(await self._get(f"/v1/runs/{_identifier(run, 'run')}"))
        facts = {key: cell for key, cell in zip(_COLUMNS, row, strict=True) if key != "run" and cell is not None}
        return Answer({**facts, "value": row[2]}, Table(_COLUMNS, (row,)))

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _get(self, path: str) -> object:
        self._client = self._client or client(seconds=None)
        page = await follow(self._client, self._address + path, {**self._headers, "accept": "application/json"})
        if page.status == 404:
            raise Missing(f"'{self._name}' knows nothing of {path.removeprefix('/v1')}.", _LOOK)
        insist(f"'{self._name}'", page)
        try:
            told = json.loads(page.body) if not page.capped else None
        except (ValueError, RecursionError) as error:
            raise self._garbled() from error
        if not isinstance(told, dict) or "data" not in told:
            raise self._garbled()
        return told["data"]

    def _row(self, run: object) -> tuple[object, ...]:
        try:
            assert isinstance(run, dict)
            began, ended = _moment(run.get("run_started_at")), _moment(run.get("ended_at"))
            took = ended - began if began is not None and ended is not None else None
            names = (str(run["run_id"]), str(run["function_id"]), str(run["status"]))
            return (*(inert(name, limit=120) for name in names), began, took)
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            raise self._garbled() from error

    def _garbled(self) -> Garbled:
        what = f"'{self._name}' does not answer as Inngest's API does."
        return Garbled(what, "Look at its 'api' address, and at the API's changes.")


def _of_runs(rows: Sequence[tuple[object, ...]]) -> Answer:
    by_status = Counter(str(row[2]) for row in rows)
    facts: dict[str, object] = {status.lower(): by_status[status] for status in _STATUSES}
    facts |= {
        "count": len(rows),
        "value": len(rows),
        "other": sum(number for status, number in by_status.items() if status not in _STATUSES),
        "columns": _COLUMNS,
        "rows": tuple(dict(zip(_COLUMNS, row, strict=True)) for row in rows),
    }
    return Answer(facts, Table(_COLUMNS, tuple(rows)), evidence=tuple(f"{row[1]} {row[2]}" for row in rows[:5]))


def _identifier(told: object, noun: str) -> str:
    """An id as part of a path. Raises Refused for what would lead elsewhere."""
    text = str(told).strip()
    if not _ID.fullmatch(text):
        raise Refused(f"'{inert(text, limit=60)}' is no id of an {noun}.", "Answer with the id that Inngest shows.")
    return text


def _moment(told: Any) -> datetime | None:
    if not told:
        return None
    at = datetime.fromisoformat(str(told))
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
