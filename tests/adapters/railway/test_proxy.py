"""Railway through a proxy of the environment: questions, and the log stream's websocket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from cockpit import __version__
from cockpit.adapters.railway import Railway
from cockpit.adapters.railway.socket import opened
from cockpit.errors import Refused, Unreachable
from tests.adapters.proxy import Proxy, proxying
from tests.adapters.railway.conftest import World

OUTSIDE = "http://backboard.railway.example/graphql/v2"
"""No name of this machine, which no proxy serves; only the proxy knows where it leads."""


@pytest.fixture
async def proxy(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ws_proxy", "wss_proxy", "socks_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    async with proxying(urlsplit(world.address["railway"]["endpoint"]).netloc) as made:
        yield made


def outside(world: World) -> Railway:
    """A plan may not name such an endpoint, in the clear: the way through a proxy is the same for one with TLS."""
    railway = world.railway()
    railway.client.endpoint = OUTSIDE
    return railway


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_questions_and_the_log_stream_go_by_the_proxy_of_the_environment(
    world: World, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, proxy.url)
    railway = outside(world)
    assert (await railway.scope()).environment == "production"
    async with opened(OUTSIDE, railway.client.credential):
        pass
    assert set(proxy.asked) == {f"POST {OUTSIDE}", "CONNECT backboard.railway.example:80"}
    assert set(proxy.agents) >= {f"cockpit/{__version__}"}


async def test_a_proxy_that_refuses_is_named_and_the_log_is_polled_instead(
    world: World, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    railway = outside(world)
    await railway.scope()
    proxy.refuses = True
    with pytest.raises(Refused, match="No websocket passes"):
        async with opened(OUTSIDE, railway.client.credential):
            pass


async def test_what_no_proxy_names_goes_straight(world: World, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "backboard.railway.example")
    railway = outside(world)
    with pytest.raises(Unreachable):
        await railway.client.ask("project_token")
    assert proxy.asked == []
