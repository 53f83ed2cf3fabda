"""Sentry's new issues, from a real server: counted since a moment, and a project that is not there is never a zero."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cockpit.adapters.sentry import Sentry
from cockpit.core.plan.check import HttpCheck, IssuesCheck
from cockpit.errors import Garbled, Missing, Refused, SourceError, Throttled, TimedOut, Unreachable
from cockpit.ports import Asking
from tests.adapters.site import Site

TOKEN = "sntrys-of-a-test"
SINCE = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROJECT = "/api/0/projects/acme/api/"


def listed(**more: str) -> str:
    """The path that asks for new issues, as it goes over the wire."""
    query = "is%3Aunresolved+firstSeen%3A%3E%3D2026-03-01T12%3A00%3A00"
    asked = {"project": "7", "query": query, "sort": "new", "limit": "100", **more}
    return "/api/0/organizations/acme/issues/?" + "&".join(f"{name}={value}" for name, value in asked.items())


def issue(number: int, seen: str = "2026-03-01T12:05:00Z", **more: Any) -> dict[str, Any]:
    return {
        "id": str(number), "shortId": f"API-{number}", "title": f"Error {number}", "level": "error", "count": "3",
        "firstSeen": seen, "permalink": f"https://acme.sentry.io/issues/{number}/", **more,
    }  # fmt: skip


@pytest.fixture
async def sentry(site: Site) -> AsyncIterator[Sentry]:
    site.page(PROJECT, json.dumps({"id": "7", "slug": "api", "firstEvent": "2025-01-01T00:00:00Z"}).encode())
    source = Sentry("errors", site.url, "acme", TOKEN)
    yield source
    await source.close()


def check(**keys: Any) -> IssuesCheck:
    given = {"on": "errors", "issues": "is:unresolved", "project": "api", "since": "15m", **keys}
    return IssuesCheck.model_validate(given)


async def ask(sentry: Sentry, **keys: Any) -> Any:
    return await sentry.ask(check(**keys), Asking(since=SINCE))


async def test_new_issues_are_counted_with_title_and_link(sentry: Sentry, site: Site) -> None:
    old = issue(1, "2026-03-01T11:59:00Z")
    site.page(listed(), json.dumps([issue(3), issue(2), old]).encode())
    answer = await ask(sentry)
    assert (answer.facts["count"], answer.facts["titles"]) == (2, ("Error 3", "Error 2"))
    assert answer.facts["rows"][0]["link"] == "https://acme.sentry.io/issues/3/"
    assert answer.facts["rows"][0]["events"] == 3
    assert f"Bearer {TOKEN}" in site.requests[0]


async def test_none_new_is_zero_where_the_project_is_there(sentry: Sentry, site: Site) -> None:
    site.page(listed(), b"[]")
    answer = await ask(sentry)
    assert (answer.facts["count"], answer.blind) == (0, "")
    site.page(listed(environment="production"), json.dumps([issue(1)]).encode())
    assert (await ask(sentry, environment="production")).facts["count"] == 1


async def test_a_project_that_is_not_there_or_never_spoke_is_no_zero(sentry: Sentry, site: Site) -> None:
    site.page(listed(), b"[]")
    site.page(PROJECT, b'{"id": "7", "firstEvent": null}')
    assert (await ask(sentry)).blind == "The project api has never received an event."
    site.page(PROJECT, b'{"detail": "The requested resource does not exist"}', status="404 Not Found")
    with pytest.raises(Missing, match="The project api is not there for 'errors'"):
        await ask(sentry)


async def test_every_page_is_read_up_to_a_bound(sentry: Sentry, site: Site) -> None:
    link = '<https://x/?cursor=0:100:0>; rel="next"; results="{}"; cursor="0:100:0"'
    site.page(listed(), json.dumps([issue(1)]).encode(), f"Link: {link.format('true')}")
    site.page(listed(cursor="0%3A100%3A0"), json.dumps([issue(2)]).encode(), f"Link: {link.format('false')}")
    assert (await ask(sentry)).facts["count"] == 2
    site.page(listed(cursor="0%3A100%3A0"), json.dumps([issue(2)]).encode(), f"Link: {link.format('true')}")
    assert "more than 500 new issues" in (await ask(sentry)).blind
    assert len(site.requests) < 12


@pytest.mark.parametrize(
    ("body", "status", "error", "word"),
    [
        (b'{"detail": "Invalid \x1b[31mquery"}', "400 Bad Request", Refused, "refuses the query: "),
        (b"", "401 Unauthorized", Refused, "takes us for nobody"),
        (b"", "429 Too Many Requests", Throttled, "too many requests"),
        (b"", "502 Bad Gateway", Unreachable, "not well"),
        (b"<html>", "200 OK", Garbled, "does not answer as Sentry does"),
        (b"{}", "200 OK", Garbled, "does not answer as Sentry does"),
        (b"[5]", "200 OK", Garbled, "does not answer as Sentry does"),
        (b'[{"id": "1", "title": "x", "firstSeen": "soon"}]', "200 OK", Garbled, "does not answer as Sentry does"),
        (b"[" * 100_000, "200 OK", Garbled, "does not answer as Sentry does"),
    ],
)
async def test_what_is_no_list_of_issues_is_an_error(
    sentry: Sentry, site: Site, body: bytes, status: str, error: type[SourceError], word: str
) -> None:
    site.page(listed(), body, status=status)
    with pytest.raises(error, match=word) as caught:
        await ask(sentry)
    assert "\x1b" not in str(caught.value)


async def test_a_link_that_leads_elsewhere_than_to_the_web_is_left_out(sentry: Sentry, site: Site) -> None:
    site.page(listed(), json.dumps([issue(1, permalink="javascript:alert(1)")]).encode())
    assert (await ask(sentry)).facts["rows"][0]["link"] == ""


async def test_the_token_goes_to_no_other_host(sentry: Sentry, site: Site, sites: Any) -> None:
    other = await sites()
    other.page("/", b"{}")
    site.moved(PROJECT, f"{other.url}/")
    with pytest.raises(Garbled):
        await ask(sentry)
    assert TOKEN not in other.requests[0]


async def test_what_is_late_or_asked_wrongly_says_so(sentry: Sentry, site: Site) -> None:
    site.pages[PROJECT] = None
    with pytest.raises(TimedOut, match="within 1 s"):
        await ask(sentry, deadline="1s")
    with pytest.raises(Refused, match="since when an issue is new"):
        await sentry.ask(check(), Asking())
    with pytest.raises(Refused, match="answers no such check"):
        await sentry.ask(HttpCheck(on="errors", get="/"), Asking())


async def test_doctor_counts_the_projects_of_the_token(sentry: Sentry, site: Site) -> None:
    site.page("/api/0/organizations/acme/projects/", b'[{"slug": "api"}]')
    assert (await sentry.examine()).summary == "acme has 1 project for this token"
    site.page("/api/0/organizations/acme/projects/", b"", status="404 Not Found")
    link = await sentry.examine()
    assert (link.ok, link.summary) == (False, "The organization acme is not there for 'errors'.")


def test_the_query_that_is_expected_is_the_one_that_is_meant() -> None:
    told = parse_qs(urlsplit(listed()).query)
    assert told["query"] == ["is:unresolved firstSeen:>=2026-03-01T12:00:00"]
