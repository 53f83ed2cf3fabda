"""A webhook that takes `{"text": ...}`: Slack's incoming ones, and those that speak like them, as Mattermost's.

Its address is a secret, for whoever has it may post: it stands in no message. `&`, `<` and `>` are escaped as Slack
wants it (https://api.slack.com/reference/surfaces/formatting#escaping): so no text of the outside can call a channel
together (`<!channel>`) or set a link.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from cockpit.adapters import web
from cockpit.adapters.web import host_of
from cockpit.errors import Refused, SourceError, Throttled, Unreachable
from cockpit.ports import Link

_HERE = ("localhost", "127.0.0.1", "::1")
_SECONDS = 8.0
"""Of machine time, for each single wait."""
_ANSWER = 1000
"""Bytes of an answer that are read; `ok` is what Slack says."""


class Webhook:
    """`ports.Messenger` over HTTP. Raises Refused for an address that is none, or would go in the clear."""

    def __init__(self, address: str, name: str = "webhook") -> None:
        """`name` tells it from others in what is said of it."""
        self.name = name
        parts = urlsplit(address)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise Refused(
                f"The address of the {name} is none.", "Write it as https://HOST/PATH where its reference leads to."
            )
        if parts.scheme == "http" and parts.hostname not in _HERE:
            raise Refused(f"The address of the {name} is not https.", "It is a secret: it never goes in the clear.")
        self._address = address
        self._origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
        self._http = web.client(seconds=_SECONDS)

    async def send(self, text: str) -> None:
        """Post one message. Raises a SourceError where it was not taken."""
        body = json.dumps({"text": _escaped(text)}).encode()
        headers = {"content-type": "application/json"}
        try:
            page = await web.fetch(self._http, "POST", self._address, headers=headers, content=body, cap=_ANSWER)
        except SourceError as error:  # a host alone would be read as one that the deploy needs
            raise type(error)(f"The {self.name} takes no alert: {error.what}", error.remedy) from error.__cause__
        if page.status == 429:
            raise Throttled(f"The {self.name} takes no more for now.", "It is tried again.", retry_after=_wait(page))
        if page.status >= 500:
            raise Unreachable(f"The {self.name} is in trouble itself ({page.status}).", "It is tried again.")
        if not 200 <= page.status < 300:
            raise Refused(f"The {self.name} refused the alert ({page.status}).", "See whether its address still holds.")

    async def examine(self) -> Link:
        """Whether its host answers. Nothing is posted, and its path, which is the secret, is not asked for either."""
        host = host_of(self._origin)
        try:
            page = await web.fetch(self._http, "HEAD", self._origin, cap=0)
        except SourceError as error:
            return Link(self.name, ok=False, summary=error.what, milliseconds=0, remedy=error.remedy)
        summary = f"{host} answers; whether it takes an alert was not tried"
        return Link(self.name, ok=True, summary=summary, milliseconds=round(page.elapsed * 1000))

    async def close(self) -> None:
        await self._http.aclose()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _wait(page: web.Page) -> float:
    told = page.headers.get("retry-after", "")
    return min(float(told), 60.0) if told.isdigit() else 5.0
