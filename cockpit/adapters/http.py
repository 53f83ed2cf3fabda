"""An HTTP service that answers checks: one GET, judged by status, body, time and headers.

A status of 500 is an answer, not an error. Redirects are followed three times; the
connection's and the check's headers, which may be secret, go to their own host only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from cockpit.adapters.jsontext import TWICE, read_json
from cockpit.adapters.web import Client, Page, client, follow, sendable
from cockpit.core.plan.check import HttpCheck, Question
from cockpit.core.reading import Answer
from cockpit.core.span import show_span
from cockpit.core.text.inert import inert
from cockpit.errors import Refused, SourceError, TimedOut
from cockpit.ports import Asking, Link

LONGEST_TEXT = 262_144
"""Bytes of a body that `text` can be: a pattern takes 50 ms to search so much. `json` reads up to a megabyte."""

_EXAMINED_FOR = 10.0


class Http:
    """One service at one base address.

    Its facts: `status` and `elapsed` (seconds, a Decimal, redirects and connecting included), `text`,
    `headers` (names in lower case), and `json` with exact numbers where the body is JSON; where it is not,
    `json_error` says why. Of a longer body there is no `text`: what was not found in a part of it may be in the rest.
    Nor is there of one that cannot be read in its charset. What another address answered, or a cache, is blind.
    """

    def __init__(self, name: str, base_url: str, headers: Mapping[str, str]) -> None:
        """`headers` are sent with each request to this host. Raises Refused for one that cannot be sent."""
        self.name = name
        self._base_url = base_url.rstrip("/")
        self._headers = sendable(name, headers)
        self._client: Client | None = None

    async def ask(self, check: Question, asking: Asking) -> Answer:  # noqa: ARG002  (a GET binds nothing)
        """One GET within the check's deadline. Raises Unreachable, TimedOut, Garbled or Refused."""
        if not isinstance(check, HttpCheck):
            raise Refused(f"'{self.name}' is an HTTP service and answers no such check.", "Give the check a 'get'.")
        if not check.get.startswith("/"):
            # "@elsewhere" behind a base address would be another host, and be told the headers.
            raise Refused(
                f"'{inert(check.get, limit=80)}' is no path.", "Begin it with '/'; the host is the connection's."
            )
        page = await self._get(check.get, check.headers, check.deadline.total_seconds(), show_span(check.deadline))
        return Answer(facts=_facts(page), blind=page.stand_in)

    async def examine(self) -> Link:
        """Whether anything answers at the base address; any status is an answer."""
        try:
            page = await self._get("", {}, _EXAMINED_FOR, f"{_EXAMINED_FOR:.0f}s")
        except SourceError as error:
            return Link(self.name, ok=False, summary=error.what, milliseconds=0, remedy=error.remedy)
        warnings = []
        if page.status in (401, 403):
            warnings.append(f"It answers {page.status}: look at the connection's headers.")
        elif page.status >= 500:
            warnings.append(f"It answers {page.status}: it is up, and not well.")
        if not self._base_url.startswith("https:"):
            warnings.append("It is asked in the clear: write https:// where it speaks TLS.")
        milliseconds = round(page.elapsed * 1000)
        summary = f"{inert(self._base_url, limit=120)} answers {page.status}"
        return Link(self.name, ok=True, summary=summary, milliseconds=milliseconds, warnings=tuple(warnings))

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _get(self, path: str, headers: Mapping[str, str], seconds: float, span: str) -> Page:
        self._client = self._client or client(seconds=None)
        try:
            async with asyncio.timeout(seconds):
                return await follow(self._client, self._base_url + path, {**self._headers, **headers})
        except TimeoutError as error:
            remedy = "See whether it is up, or raise the check's deadline."
            raise TimedOut(f"'{self.name}' did not answer within {span}.", remedy) from error


def _facts(page: Page) -> dict[str, object]:
    facts: dict[str, object] = {
        "status": page.status,
        **_text(page),
        "elapsed": page.elapsed,
        "headers": dict(page.headers),
    }
    try:
        return {**facts, "json": _json(page)}
    except ValueError as error:
        if str(error) == TWICE:
            return {**facts, "json_error": f"The body is ambiguous JSON: {TWICE}."}
        shown = inert(page.text(200), limit=40)
        why = "it is longer than a megabyte" if page.capped else f"it begins with '{shown}'" if shown else "it is empty"
        return {**facts, "json_error": f"The body is no JSON: {why}."}


def _text(page: Page) -> dict[str, object]:
    if page.capped or len(page.body) > LONGEST_TEXT:
        return {"text_error": f"The body is longer than {LONGEST_TEXT >> 10} KB. Ask for a page that says less."}
    if not page.is_legible:
        why = f"The body cannot be read as {inert(page.encoding, limit=40)}. Ask for one that is text."
        return {"text_error": why}
    return {"text": page.text()}


def _json(page: Page) -> Any:
    if page.capped:
        raise ValueError
    return read_json(page.body)
