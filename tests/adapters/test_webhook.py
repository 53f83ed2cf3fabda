"""The webhook against a real server: what it is sent, and what becomes of an answer that is none."""

from __future__ import annotations

import json

import pytest

from cockpit.adapters.webhook import Webhook
from cockpit.errors import Refused, SourceError, Throttled, TimedOut, Unreachable

from .site import Site

PATH = "/services/T0/B0/very-secret"


@pytest.fixture
async def hook(site: Site):
    made = Webhook(site.url + PATH)
    yield made
    await made.close()


async def test_it_posts_a_text_as_slack_takes_it(site: Site, hook: Webhook) -> None:
    site.page(PATH, b"ok")
    await hook.send("FIRING: 9 > 0 & <!channel> “stuck” <https://evil.example|here>")
    (request,), (body,) = site.requests, site.bodies
    assert request.startswith(f"POST {PATH} HTTP/1.1\r\n")
    assert "content-type: application/json" in request.lower()
    assert json.loads(body) == {
        "text": "FIRING: 9 &gt; 0 &amp; &lt;!channel&gt; “stuck” &lt;https://evil.example|here&gt;"
    }


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("404 Not Found", Refused),
        ("403 Forbidden", Refused),
        ("302 Found", Refused),
        ("429 Too Many Requests", Throttled),
        ("503 Service Unavailable", Unreachable),
    ],
)
async def test_whatever_is_no_yes_is_an_error_that_does_not_tell_the_address(
    site: Site, hook: Webhook, status: str, error: type[SourceError]
) -> None:
    site.page(PATH, b"<html>very-secret</html>", "Location: https://elsewhere.example/", status=status)
    with pytest.raises(error) as caught:
        await hook.send("FIRING")
    assert "very-secret" not in str(caught.value)
    assert len(site.requests) == 1, "it is not followed anywhere"


async def test_it_waits_as_long_as_it_is_told_to(site: Site, hook: Webhook) -> None:
    site.page(PATH, b"", "Retry-After: 30", status="429 Too Many Requests")
    with pytest.raises(Throttled) as caught:
        await hook.send("FIRING")
    assert caught.value.retry_after == 30


async def test_a_server_that_is_gone_or_says_nothing_is_told_as_such(
    site: Site, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages[PATH] = b""
    with pytest.raises(Unreachable) as caught:
        await hook.send("FIRING")
    assert "very-secret" not in str(caught.value)
    monkeypatch.setattr("cockpit.adapters.webhook._SECONDS", 0.1)
    silent = Webhook(site.url + PATH)
    site.pages[PATH] = None
    with pytest.raises(TimedOut):
        await silent.send("FIRING")
    await silent.close()


@pytest.mark.parametrize("address", ["http://hooks.example/T0", "hooks.example/T0", "ftp://hooks.example", ""])
def test_an_address_that_is_none_or_in_the_clear_is_refused_without_being_told(address: str) -> None:
    with pytest.raises(Refused) as caught:
        Webhook(address)
    assert "T0" not in str(caught.value)


async def test_looked_at_it_says_whether_its_host_answers_and_neither_posts_nor_asks_for_the_path(site: Site) -> None:
    hook = Webhook(site.url.replace("://", "://me:hunter22@") + PATH, "plan's webhook")
    site.page("/", b"", status="404 Not Found")
    told = await hook.examine()
    await hook.close()
    assert (told.connection, told.ok) == ("plan's webhook", True)
    assert told.summary == "127.0.0.1 answers; whether it takes an alert was not tried"
    (request,) = site.requests
    assert request.startswith("HEAD / HTTP/1.1")
    assert "very-secret" not in request
    assert "authorization" not in request.lower()


async def test_looked_at_where_nobody_is_it_says_so() -> None:
    hook = Webhook("http://127.0.0.1:1" + PATH, "plan's webhook")
    told = await hook.examine()
    await hook.close()
    assert told.ok is False
    assert "very-secret" not in told.summary + told.remedy


async def test_a_host_that_is_not_there_is_told_as_the_webhooks() -> None:
    hook = Webhook("http://127.0.0.1:1" + PATH, "plan's webhook")
    with pytest.raises(
        Unreachable, match=r"^The plan's webhook takes no alert: 127\.0\.0\.1 cannot be reached"
    ) as caught:
        await hook.send("FIRING")
    await hook.close()
    assert "very-secret" not in str(caught.value)
