"""HTTP as the adapters use it: the one place that imports httpx.

One TLS context for all clients (a context costs some fifty milliseconds, a client on top of it
half of one), proxies from the environment but never for this machine, no cookies, no retries, no
redirects of httpx's own: who follows one decides what goes along. Bodies are capped while they
arrive. httpx's errors become ours in `translating`, and nowhere else.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from urllib.parse import urljoin

import httpx

from cockpit import __version__
from cockpit.core.span import show_span
from cockpit.core.text.inert import inert
from cockpit.errors import Garbled, Missing, Refused, SourceError, Throttled, TimedOut, Unreachable

Client = httpx.AsyncClient
USER_AGENT = f"cockpit/{__version__}"
LONGEST_BODY = 1_048_576
"""Bytes of a body that are read unless the caller says otherwise."""

# Servers close idle connections after five seconds and more (uvicorn: 5); one that is used again just then breaks.
_LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=10, keepalive_expiry=3)
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)
_BROKEN_OFF = ("disconnected", "peer closed")
"""What httpcore says where the other side went away; its other protocol errors are about what was sent."""
_REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})
_HIT = re.compile(r";\s*hit\b")
_LONG_AGO = 30 * 86_400
"""Seconds: what a cache says of its age is a number of any length."""
_HERE = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Page:
    """An HTTP answer."""

    url: str
    status: int
    headers: Mapping[str, str]
    """Names in lower case; a repeated header's values joined by a comma."""
    body: bytes
    """Decoded from its transfer, at most as long as was asked for."""
    capped: bool
    """There was more of the body."""
    elapsed: Decimal
    """Seconds from before the connection to after the last byte read, in microseconds."""
    encoding: str
    """The charset it names, else utf-8."""
    stand_in: str = ""
    """Who answered instead of what was asked, one sentence: a redirect's target, or a cache. Empty where nobody did."""

    @property
    def is_legible(self) -> bool:
        """Whether all of the body is text in its charset; compressed bytes and those of another charset are not."""
        text = self.text()
        return "\ufffd" not in text and "\0" not in text

    def text(self, limit: int = LONGEST_BODY) -> str:
        """The first `limit` bytes as text; what cannot be read becomes a replacement mark."""
        try:
            return self.body[:limit].decode(self.encoding, errors="replace")
        except LookupError:
            return self.body[:limit].decode(errors="replace")


def client(base_url: str = "", headers: Mapping[str, str] | None = None, *, seconds: float | None = 30.0) -> Client:
    """A client that holds to this module's rules; close it with `aclose`.

    `headers` go with every request it sends, so give it secret ones only if it never leaves its host.
    `seconds` bounds each single wait (connect, read, write, pool), None nothing; a deadline over all of
    them is the caller's. Raises Refused for an address that is none.
    """
    with translating(base_url):
        return httpx.AsyncClient(
            base_url=base_url,
            headers={"user-agent": USER_AGENT, **(headers or {})},
            verify=_tls(),
            timeout=httpx.Timeout(seconds),
            limits=_LIMITS,
            # A proxy of the environment serves the outside; the simulator and port forwards are on this machine.
            mounts={f"all://{host}": httpx.AsyncHTTPTransport(verify=_tls(), limits=_LIMITS) for host in _HERE},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
        )


async def fetch(
    http: Client,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    cap: int = LONGEST_BODY,
) -> Page:
    """One request and its answer, whatever the status, of whose body at most `cap` bytes are read.

    Raises Unreachable, TimedOut, Garbled or Refused.
    """
    with translating(http.base_url.host or host_of(url)):
        began = time.perf_counter()
        async with http.stream(method, url, headers=headers, content=content) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > cap:
                    break
            return Page(
                url=str(response.url),
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=bytes(body[:cap]),
                capped=len(body) > cap,
                elapsed=round(Decimal(time.perf_counter() - began), 6),
                encoding=response.charset_encoding or "utf-8",
            )


async def follow(http: Client, url: str, headers: Mapping[str, str], *, cap: int = LONGEST_BODY) -> Page:
    """The page at the end of at most three redirects; the headers, perhaps secret, are told at their own place only.

    Caches are asked to step aside (`no-cache`, RFC 9111, section 5.2.1.4); whether one answered all the same, or
    another address did, is the page's `stand_in`. Raises as `fetch` does, and Garbled for more redirects.
    """
    elapsed, place = Decimal(0), url
    for _ in range(_REDIRECTS + 1):
        with translating("The redirect's target"):
            told = {"cache-control": "no-cache"} | (dict(headers) if same_place(url, place) else {})
        page = await fetch(http, "GET", place, headers=told, cap=cap)
        elapsed += page.elapsed
        target = page.headers.get("location")
        if page.status not in _MOVED or not target:
            return replace(page, elapsed=elapsed, stand_in=_elsewhere(url, place) or _cached(page))
        place = urljoin(place, target)
    raise Garbled(f"{page.status} leads on and on: more than {_REDIRECTS} redirects.", "Check the path with curl -vL.")


def _elsewhere(asked: str, answered: str) -> str:
    """Whether a redirect led away, such as to a page for signing in: told is the host, and a path of the same one."""
    if not same_place(asked, answered):
        return f"{host_of(asked)} sent us on, and {host_of(answered)} answered instead."
    if httpx.URL(asked).path.rstrip("/") == httpx.URL(answered).path.rstrip("/"):
        return ""
    return f"It sent us on, and {inert(httpx.URL(answered).path, limit=80)} answered instead."


def _cached(page: Page) -> str:
    """Whether a cache answered for a server that may be gone.

    `Age` says so by itself (RFC 9111, section 5.1), `Cache-Status` with `hit` (RFC 9211, section 2.1), and
    `CF-Cache-Status` (https://developers.cloudflare.com/cache/concepts/cache-responses/).
    """
    age = page.headers.get("age", "0").strip()
    if age.isdecimal() and age.isascii() and int(age[:9]) > 0:
        old = timedelta(seconds=min(int(age[:9]), _LONG_AGO))
        return f"A cache answered, with what it was told {show_span(old)} ago."
    said = (page.headers.get("cache-status", ""), page.headers.get("cf-cache-status", "").upper())
    is_hit = _HIT.search(said[0]) is not None or said[1] in ("HIT", "STALE", "UPDATING")
    return "A cache answered, and not the server." if is_hit else ""


def sendable(name: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of a connection. Raises Refused for one that cannot be sent."""
    for header, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise Refused(f"The header {header} of '{name}' cannot be sent.", "It holds a line break or an accent.")
    return dict(headers)


def insist(whom: str, page: Page) -> None:
    """Take nothing but an own answer of status 200. Raises what a status means, and Garbled where another answered."""
    if page.status != 200:
        raise _refusal(whom, page.status)
    if page.stand_in:
        raise Garbled(f"{whom} did not answer itself. {page.stand_in}", "Name the address that answers, past caches.")


def _refusal(whom: str, status: int) -> SourceError:
    if status in (401, 403):
        return Refused(f"{whom} answers {status}: it takes us for nobody.", "Look at the token or the headers.")
    if status == 404:
        return Missing(f"{whom} answers 404: there is nothing.", "Look at the address.")
    if status == 429:
        return Throttled(f"{whom} answers 429: too many requests.", "Ask less often.")
    if status >= 500:
        return Unreachable(f"{whom} answers {status}: it is not well.", "Ask again; see whether it is restarting.")
    return Garbled(f"{whom} answers {status}, and 200 was expected.", "Look at it with curl -v.")


def same_place(one: str, other: str) -> bool:
    """Whether what may be told to one may be told to the other: the same origin, or its step up to TLS."""
    origin, target = httpx.URL(one), httpx.URL(other)
    if (origin.host, origin.port) != (target.host, target.port):
        return False
    # Default ports are None, so that 80 and 443 meet here; any other port speaks one of the two only.
    return origin.scheme == target.scheme or (origin.scheme == "http" and origin.port is None)


@contextmanager
def translating(whom: str) -> Iterator[None]:
    """Errors of httpx, and of a deadline (TimeoutError), as ours.

    `whom` is who was asked: words, or an address, of which the host is told.
    """
    whom = host_of(whom) if "://" in whom else whom
    try:
        yield
    except (httpx.TimeoutException, TimeoutError) as error:
        raise TimedOut(f"{whom} did not answer in time.", "See whether it is up, and how busy.") from error
    except httpx.TransportError as error:
        raise _transport(whom, error) from error
    except httpx.DecodingError as error:
        raise Garbled(f"{whom} sent a body that cannot be decoded.", "Look at it with curl -v.") from error
    except (httpx.InvalidURL, UnicodeError) as error:
        raise Refused(f"The address of {whom} makes no sense.", "Write https://host/path.") from error
    except httpx.HTTPError as error:
        raise Garbled(f"{whom} did not keep to HTTP.", "Look at it with curl -v.") from error


def may_have_arrived(error: SourceError) -> bool:
    """Whether the other side may have got the request although its answer is lost: true unless nothing was sent."""
    return not isinstance(error.__cause__, _NEVER_SENT)


def host_of(url: str) -> str:
    """The host of an address, which is all that an error may name: paths and users can be secret."""
    try:
        return httpx.URL(url).host or "the server"
    except httpx.InvalidURL:
        return "the server"


def _transport(whom: str, error: httpx.TransportError) -> SourceError:
    if isinstance(error, httpx.UnsupportedProtocol):
        return Refused(f"The address of {whom} makes no sense.", "Begin it with https:// or http://.")
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = inert(cause.verify_message, limit=120)
            return Unreachable(
                f"{whom} shows a certificate that does not hold: {why}.", "Trust its authority: SSL_CERT_FILE."
            )
        if isinstance(cause, ssl.SSLError):
            return Unreachable(f"{whom} does not speak TLS as we do.", "Look at it with openssl s_client.")
    if isinstance(error, httpx.ProxyError):
        return Unreachable(f"The proxy on the way to {whom} refused.", "Look at HTTPS_PROXY and NO_PROXY.")
    if isinstance(error, httpx.RemoteProtocolError) and not any(end in str(error) for end in _BROKEN_OFF):
        return Garbled(f"{whom} does not answer in HTTP.", "Look at the address and its port.")
    if isinstance(error, httpx.ConnectError):
        return Unreachable(
            f"{whom} cannot be reached: {_reason(error)}.", "See whether it is up and the name is right."
        )
    return Unreachable(f"{whom} broke off the connection.", "Ask again; see whether it is restarting.")


def _reason(error: BaseException) -> str:
    for cause in _causes(error):
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, OSError) and cause.strerror:
            return inert(cause.strerror.lower(), limit=120)
    return "no connection"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, deepest last; groups of attempts are opened."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        cause = pending.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        pending += [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            pending += cause.exceptions


@cache
def _tls() -> ssl.SSLContext:
    """The machine's own authorities, as a bastion's administrator sets them; certifi's where there are none."""
    paths = ssl.get_default_verify_paths()
    if any(place and Path(place).exists() for place in (paths.cafile, paths.capath)):
        return ssl.create_default_context()
    import certifi  # noqa: PLC0415  (a fallback for Pythons without authorities, as from python.org on macOS)

    return ssl.create_default_context(cafile=certifi.where())
