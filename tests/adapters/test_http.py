from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from cockpit import __version__
from cockpit.adapters import web
from cockpit.adapters.http import LONGEST_TEXT, Http
from cockpit.core.plan.check import HttpCheck, PostgresCheck
from cockpit.errors import Garbled, Refused, SourceError, TimedOut, Unreachable
from cockpit.ports import Asking
from tests.adapters.site import Site

SECRET = "hunter2000"


@pytest.fixture
async def app(site: Site) -> AsyncIterator[Http]:
    source = Http("app", site.url, {"X-Api-Key": SECRET})
    yield source
    await source.close()


def check(get: str, **more: Any) -> HttpCheck:
    return HttpCheck(on="app", get=get, **more)


async def facts(app: Http, get: str, **more: Any) -> Any:
    return (await app.ask(check(get, **more), Asking())).facts


async def test_a_page_is_status_json_text_time_and_headers(app: Http, site: Site) -> None:
    site.page(
        "/health?deep=1", b'{"status": "healthy", "load": 0.10}', "Content-Type: application/json", "X-Region: west"
    )
    told = await facts(app, "/health?deep=1")
    assert told["status"] == 200
    assert told["json"] == {"status": "healthy", "load": Decimal("0.10")}
    assert told["text"] == '{"status": "healthy", "load": 0.10}'
    assert told["headers"]["x-region"] == "west"
    assert isinstance(told["elapsed"], Decimal)
    assert 0 < told["elapsed"] < 10


async def test_a_status_of_five_hundred_is_an_answer(app: Http, site: Site) -> None:
    site.page("/health", b"broken", status="503 Service Unavailable")
    assert (await facts(app, "/health"))["status"] == 503


async def test_it_says_who_asks_and_sends_the_connections_and_the_checks_headers(app: Http, site: Site) -> None:
    site.page("/health", b"{}")
    await facts(app, "/health", headers={"X-Probe": "yes"})
    request = site.requests[0].lower()
    assert f"user-agent: cockpit/{__version__}" in request
    assert f"x-api-key: {SECRET}" in request
    assert "x-probe: yes" in request


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>no</html>", "it begins with '<html>no</html>'"),
        (b"", "it is empty"),
        (b'{"a": NaN}', "it begins with"),
        (b"[" * 100_000, "it begins with"),
        (b"\xff\xfe\x00", "it begins with"),
    ],
)
async def test_a_body_that_is_no_json_has_none_and_says_why(app: Http, site: Site, body: bytes, why: str) -> None:
    site.page("/", body)
    told = await facts(app, "/")
    assert "json" not in told
    assert why in told["json_error"]


async def test_of_a_long_body_there_is_no_text_for_the_rest_of_it_may_hold_what_is_looked_for(
    app: Http, site: Site
) -> None:
    site.page("/", b"x" * LONGEST_TEXT)
    assert len((await facts(app, "/"))["text"]) == LONGEST_TEXT
    site.page("/", b"[" + b"1," * 200_000 + b"1]")
    told = await facts(app, "/")
    assert "text" not in told
    assert told["text_error"] == "The body is longer than 256 KB. Ask for a page that says less."
    assert len(told["json"]) == 200_001
    site.page("/", b"x" * (web.LONGEST_BODY + 1))
    told = await facts(app, "/")
    assert "longer than a megabyte" in told["json_error"]


async def test_a_body_without_end_is_not_read_to_it(app: Http, site: Site) -> None:
    site.pages["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n" + b"x" * (2 * web.LONGEST_BODY)
    told = await facts(app, "/")
    assert "longer than a megabyte" in told["json_error"]


async def test_text_is_read_in_its_own_charset_and_an_unknown_one_does_no_harm(app: Http, site: Site) -> None:
    site.page("/", "für".encode("latin-1"), "Content-Type: text/plain; charset=latin-1")
    assert (await facts(app, "/"))["text"] == "für"
    site.page("/", b"for", "Content-Type: text/plain; charset=klingon")
    assert (await facts(app, "/"))["text"] == "for"


async def test_a_server_that_is_down_cannot_be_reached(sites: Any) -> None:
    app = Http("app", "http://127.0.0.1:1", {})
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1 cannot be reached: connection refused"):
        await facts(app, "/")
    link = await app.examine()
    assert (link.ok, link.remedy) == (False, "See whether it is up and the name is right.")
    await app.close()


async def test_a_name_that_nobody_knows_cannot_be_reached() -> None:
    app = Http("app", "http://no-such-host.invalid", {})
    with pytest.raises(Unreachable, match=r"no-such-host\.invalid cannot be reached"):
        await facts(app, "/")
    await app.close()


async def test_a_server_that_never_answers_is_given_up_at_the_deadline(app: Http, site: Site) -> None:
    site.pages["/"] = None
    began = time.monotonic()
    with pytest.raises(TimedOut, match="'app' did not answer within"):
        await facts(app, "/", deadline=timedelta(seconds=0.2))
    assert time.monotonic() - began < 2
    site.page("/", b"{}")
    assert (await facts(app, "/"))["status"] == 200


async def test_a_body_that_stops_in_the_middle_is_given_up_at_the_deadline(app: Http, site: Site) -> None:
    site.pages["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    with pytest.raises(TimedOut):
        await facts(app, "/", deadline=timedelta(seconds=0.2))


async def test_a_connection_that_is_broken_off_is_unreachable(app: Http, site: Site) -> None:
    site.pages["/"] = b""
    with pytest.raises(Unreachable, match="broke off"):
        await facts(app, "/")


@pytest.mark.parametrize("garbage", [b"SSH-2.0-OpenSSH\r\n\r\n", b"\0\1\2\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
async def test_a_server_that_speaks_something_else_is_garbled(app: Http, site: Site, garbage: bytes) -> None:
    site.pages["/"] = garbage
    with pytest.raises(Garbled):
        await facts(app, "/")


async def test_a_body_that_is_not_what_its_encoding_says_is_garbled(app: Http, site: Site) -> None:
    site.page("/", b"no gzip", "Content-Encoding: gzip")
    with pytest.raises(Garbled, match="cannot be decoded"):
        await facts(app, "/")


async def test_redirects_are_followed_three_times_at_the_same_place_with_the_headers(app: Http, site: Site) -> None:
    site.moved("/a", "/b", "301 Moved Permanently")
    site.moved("/b", f"{site.url}/c", "307 Temporary Redirect")
    site.moved("/c", "d", "308 Permanent Redirect")
    site.page("/d", b"{}")
    assert (await facts(app, "/a"))["status"] == 200
    assert all(SECRET in request for request in site.requests)
    site.moved("/d", "/a")
    with pytest.raises(Garbled, match="more than 3 redirects"):
        await facts(app, "/a")


async def test_a_redirect_to_another_place_is_followed_without_the_headers(app: Http, site: Site, sites: Any) -> None:
    other: Site = await sites()
    other.page("/login", b"{}")
    site.moved("/a", f"{other.url}/login")
    told = await facts(app, "/a", headers={"Authorization": f"Bearer {SECRET}"})
    assert told["status"] == 200
    assert SECRET in site.requests[0]
    assert SECRET not in other.requests[0]


@pytest.mark.parametrize(
    ("path", "target", "says"),
    [
        ("/a", "/a/", ""),
        ("/a/", "/a?page=1", ""),
        ("/a", "/sign-in?next=%2Fa", "It sent us on, and /sign-in answered instead."),
        ("/a", "{other}/a", "127.0.0.1 sent us on, and 127.0.0.1 answered instead."),
    ],
)
async def test_what_another_address_answers_is_blind(
    app: Http, site: Site, sites: Any, path: str, target: str, says: str
) -> None:
    other: Site = await sites()
    for each in (site, other):
        for page in ("/a", "/a/", "/a?page=1", "/sign-in?next=%2Fa"):
            each.page(page, b"{}")
    site.moved(path, target.format(other=other.url))
    answer = await app.ask(HttpCheck(on="app", get=path), Asking())
    assert (answer.facts["status"], answer.blind) == (200, says)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("Age: 0", ""),
        ("Age: soon", ""),
        ("Age: 3600", "A cache answered, with what it was told 1h ago."),
        (f"Age: {'9' * 5000}", "A cache answered, with what it was told 30d ago."),
        ("Cache-Status: edge; fwd=uri-miss", ""),
        ('Cache-Status: "edge of hits"; hit; ttl=30', "A cache answered, and not the server."),
        ("CF-Cache-Status: DYNAMIC", ""),
        ("CF-Cache-Status: HIT", "A cache answered, and not the server."),
    ],
)
async def test_what_a_cache_answers_is_blind_and_caches_are_asked_to_step_aside(
    app: Http, site: Site, header: str, says: str
) -> None:
    site.page("/", b"{}", header)
    answer = await app.ask(HttpCheck(on="app", get="/"), Asking())
    assert answer.blind == says
    assert "cache-control: no-cache" in site.requests[0].lower()


async def test_a_redirect_without_a_target_or_to_no_web_address_does_no_harm(app: Http, site: Site) -> None:
    site.page("/a", b"", status="302 Found")
    assert (await facts(app, "/a"))["status"] == 302
    for target in ("file:///etc/passwd", "gopher://x/", "http://[::"):
        site.moved("/b", target)
        with pytest.raises(SourceError):
            await facts(app, "/b")


async def test_cookies_are_not_kept(app: Http, site: Site) -> None:
    site.page("/", b"{}", "Set-Cookie: session=1")
    await facts(app, "/")
    await facts(app, "/")
    assert "cookie" not in site.requests[1].lower()


async def test_a_path_cannot_lead_to_another_host(app: Http, site: Site, sites: Any) -> None:
    other: Site = await sites()
    for path in ("@127.0.0.1/", f"@127.0.0.1:{other.port}/", f".127.0.0.1:{other.port}/"):
        with pytest.raises(Refused, match="is no path"):
            await app.ask(HttpCheck.model_construct(on="app", get=path, headers={}), Asking())
    site.page("//127.0.0.1:1/", b"{}")
    await app.ask(HttpCheck.model_construct(on="app", get="//127.0.0.1:1/", headers={}), Asking())
    assert other.requests == []
    assert len(site.requests) == 1


def test_a_header_that_would_smuggle_another_is_refused_unseen() -> None:
    for value in (f"{SECRET}\r\nX-Evil: 1", f"{SECRET}\0", f"{SECRET}é"):
        with pytest.raises(Refused, match="header X-Api-Key of 'app' cannot be sent") as caught:
            Http("app", "http://127.0.0.1:1", {"X-Api-Key": value})
        assert SECRET not in str(caught.value)


async def test_a_check_of_another_kind_is_refused(app: Http) -> None:
    with pytest.raises(Refused, match="HTTP service"):
        await app.ask(PostgresCheck(on="app", sql="select 1"), Asking())


async def test_doctor_learns_the_status_and_what_is_worth_a_warning(app: Http, site: Site) -> None:
    site.page("/", b"", status="401 Unauthorized")
    site.pages[""] = site.pages["/"]
    link = await app.examine()
    assert link.ok
    assert link.summary == f"{site.url} answers 401"
    assert [warning.split(":")[0] for warning in link.warnings] == ["It answers 401", "It is asked in the clear"]


async def test_a_connection_left_idle_is_not_trusted_for_long(app: Http, site: Site) -> None:
    """A server that closes idle connections after five seconds must not fail a probe every five seconds."""
    assert web._LIMITS.keepalive_expiry is not None
    assert web._LIMITS.keepalive_expiry < 5


async def test_a_proxy_of_the_environment_does_not_come_between_us_and_this_machine(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    site.page("/", b"{}")
    near, far = Http("app", site.url, {}), Http("app", "http://example.invalid", {})
    assert (await facts(near, "/"))["status"] == 200
    with pytest.raises(Unreachable):
        await facts(far, "/")
    await near.close()
    await far.close()


def test_all_clients_share_one_tls_context_that_verifies() -> None:
    assert web._tls() is web._tls()
    assert web._tls().verify_mode is ssl.CERT_REQUIRED
    assert web._tls().check_hostname


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x", "https://a.example:443/y", True),
        ("http://a.example/x", "https://a.example/y", True),
        ("https://a.example/x", "http://a.example/y", False),
        ("https://a.example/x", "https://a.example:8443/y", False),
        ("http://a.example:81/x", "https://a.example:81/y", False),
        ("https://a.example/x", "https://b.example/x", False),
        ("https://a.example/x", "https://a.example.evil/x", False),
        ("https://a.example/x", "https://a.example@evil/x", False),
    ],
)
def test_what_is_told_to_one_place_is_told_to_no_other(one: str, other: str, *, same: bool) -> None:
    assert web.same_place(one, other) is same


async def test_a_request_that_never_left_is_told_from_one_that_may_have_arrived(site: Site) -> None:
    site.pages["/"] = b""
    async with web.client() as http:
        with pytest.raises(Unreachable) as refused:
            await web.fetch(http, "POST", "http://127.0.0.1:1/")
        with pytest.raises(Unreachable) as broken:
            await web.fetch(http, "POST", f"{site.url}/")
    assert not web.may_have_arrived(refused.value)
    assert web.may_have_arrived(broken.value)


async def test_json_that_says_a_name_twice_tells_neither(app: Http, site: Site) -> None:
    site.page("/", b'{"ok": false, "ok": true}')
    told = await facts(app, "/")
    assert "json" not in told
    assert told["json_error"] == "The body is ambiguous JSON: it says a name twice."
