"""Sentry's new issues: those of a project that were first seen since a moment.

https://docs.sentry.io/api/events/list-an-organizations-issues/. The project is asked for first: that gives its number,
which the list needs, and proves that it is there and has ever received an event. None new is then a good answer.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from cockpit.adapters.deadline import answered_within
from cockpit.adapters.web import Client, Page, client, follow, insist, sendable
from cockpit.core.plan.check import IssuesCheck, Question
from cockpit.core.reading import Answer, Table
from cockpit.core.text.inert import inert
from cockpit.errors import Garbled, Missing, Refused, SourceError
from cockpit.ports import Asking, Link

_TOO_LATE = "See https://status.sentry.io, or raise the deadline."

PAGES = 5
"""Pages of a hundred issues that are read; who has more new ones need not be told how many."""

LONGEST = 4 * 1_048_576
"""Bytes of a page that are read."""

_COLUMNS = ("id", "title", "level", "first_seen", "events", "link")
_NEXT = re.compile(r'rel="next";\s*results="true";\s*cursor="([^"]{1,100})"')
"""https://docs.sentry.io/api/pagination/"""
_EXAMINED_FOR = 10.0


class Sentry:
    """One organization.

    Its facts: `count` of the new issues, their `titles`, and `rows`: id, title, level, first_seen, events, link.
    """

    def __init__(self, name: str, base_url: str, organization: str, token: str) -> None:
        """Raises Refused for a token that no header can hold."""
        self.name = name
        self._api = f"{base_url.rstrip('/')}/api/0"
        self._organization = organization
        self._headers = sendable(name, {"Authorization": f"Bearer {token}"})
        self._client: Client | None = None

    async def ask(self, check: Question, asking: Asking) -> Answer:
        """The issues first seen since `asking.since`. Raises Unreachable, TimedOut, Garbled, Missing or Refused."""
        if not isinstance(check, IssuesCheck):
            raise Refused(f"'{self.name}' is Sentry and answers no such check.", "Give the check an 'issues'.")
        if asking.since is None:
            raise Refused("Nothing says since when an issue is new.", "Ask again once that has happened.")
        async with answered_within(check.deadline.total_seconds(), self.name, _TOO_LATE):
            project = await self._project(check.project)
            if project.get("firstEvent") is None:
                return Answer({}, blind=f"The project {check.project} has never received an event.")
            return await self._issues(check, str(project.get("id")), asking.since)

    async def examine(self) -> Link:
        """Whether the token is good for the organization."""
        began = time.perf_counter()
        try:
            async with answered_within(_EXAMINED_FOR, self.name, _TOO_LATE):
                path = f"/organizations/{self._organization}/projects/"
                told = await self._get(path, f"The organization {self._organization}")
                count = len(_list(told, self.name))
        except SourceError as error:
            return Link(self.name, ok=False, summary=error.what, milliseconds=0, remedy=error.remedy)
        took = round((time.perf_counter() - began) * 1000)
        summary = f"{self._organization} has {count} project{'' if count == 1 else 's'} for this token"
        return Link(self.name, ok=True, summary=summary, milliseconds=took)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _project(self, slug: str) -> Mapping[str, Any]:
        page = await self._get(f"/projects/{self._organization}/{slug}/", f"The project {slug}")
        told = _json(page, self.name)
        if not isinstance(told, dict) or not str(told.get("id", "")).isdecimal():
            raise _garbled(self.name)
        return told

    async def _issues(self, check: IssuesCheck, project: str, since: datetime) -> Answer:
        moment = since.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        query = f"{check.issues} firstSeen:>={moment}".strip()
        asked = {"project": project, "query": query, "sort": "new", "limit": "100"}
        if check.environment is not None:
            asked["environment"] = check.environment
        rows: list[tuple[object, ...]] = []
        for _ in range(PAGES):
            path = f"/organizations/{self._organization}/issues/?{urlencode(asked)}"
            page = await self._get(path, f"The list of issues of {check.project}")
            rows += [row for row in (_row(each, self.name) for each in _list(page, self.name)) if _is_new(row, since)]
            more = _NEXT.search(page.headers.get("link", ""))
            if more is None:
                return _answer(rows)
            asked["cursor"] = more[1]
        return Answer(_answer(rows).facts, blind=f"There are more than {PAGES * 100} new issues: too many to read all.")

    async def _get(self, path: str, whom: str) -> Page:
        self._client = self._client or client(seconds=None)
        headers = {**self._headers, "accept": "application/json"}
        page = await follow(self._client, self._api + path, headers, cap=LONGEST)
        if page.status == 404:
            remedy = "Look at the names of organization and project, and at what the token may see."
            raise Missing(f"{whom} is not there for '{self.name}'.", remedy)
        if page.status == 400:
            raise Refused(f"'{self.name}' refuses the query: {_detail(page)}.", "Try it in Sentry's own search.")
        insist(f"'{self.name}'", page)
        return page


def _answer(rows: list[tuple[object, ...]]) -> Answer:
    table = Table(_COLUMNS, tuple(rows))
    facts: dict[str, object] = {
        "count": len(rows),
        "titles": tuple(row[1] for row in rows),
        "columns": _COLUMNS,
        "rows": tuple(dict(zip(_COLUMNS, row, strict=True)) for row in rows),
    }
    return Answer(facts, table, evidence=tuple(f"{row[0]} {row[1]} {row[5]}" for row in rows[:5]))


def _row(issue: object, name: str) -> tuple[object, ...]:
    try:
        assert isinstance(issue, dict)
        seen = datetime.fromisoformat(issue["firstSeen"])
        link = str(issue.get("permalink") or "")
        return (
            str(issue.get("shortId") or issue["id"]),
            str(issue["title"])[:300],
            str(issue.get("level", "")),
            seen if seen.tzinfo is not None else seen.replace(tzinfo=UTC),
            int(issue.get("count", 0)),
            link[:300] if link.startswith(("https://", "http://")) else "",
        )
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        raise _garbled(name) from error


def _is_new(row: tuple[object, ...], since: datetime) -> bool:
    """Asked of the server, and looked at again: a search term it does not know it takes for a word of the title."""
    return isinstance(row[3], datetime) and row[3] >= since.replace(microsecond=0)


def _list(page: Page, name: str) -> list[object]:
    told = _json(page, name)
    if not isinstance(told, list):
        raise _garbled(name)
    return told


def _json(page: Page, name: str) -> object:
    try:
        return json.loads(page.body) if not page.capped else None
    except (ValueError, RecursionError) as error:
        raise _garbled(name) from error


def _detail(page: Page) -> str:
    try:
        return inert(str(json.loads(page.body)["detail"]), limit=200).rstrip(".")
    except (ValueError, RecursionError, KeyError, TypeError):
        return "it does not say why"


def _garbled(name: str) -> Garbled:
    return Garbled(f"'{name}' does not answer as Sentry does.", "Look at its address, and at the API's changes.")
