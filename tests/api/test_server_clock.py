"""What an answer tells of the server's clock."""

import time
from email.utils import formatdate

import httpx
import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import ServerError
from tests.clocks import LeapingClock

BASE = "https://api.replicate.com"


def answering(response: httpx.Response) -> Client:
    transport = httpx.MockTransport(lambda _: response)
    return Client(BASE, "r8_secret", transport=transport, clock=LeapingClock().clock)


def dated(seconds: float, status: int = 200, **headers: str) -> httpx.Response:
    date = formatdate(time.time() + seconds, usegmt=True)
    return httpx.Response(status, json={"username": "acme"}, headers={"Date": date, **headers})


@pytest.mark.parametrize("seconds", [0, 7200, -86_400])
async def test_the_date_of_an_answer_tells_how_far_the_servers_clock_is_ahead(seconds: float) -> None:
    async with answering(dated(seconds)) as client:
        assert client.clock.offset is None
        assert not client.clock.told.is_set()
        await client.account()
        assert client.clock.offset == pytest.approx(seconds, abs=5)


async def test_a_refusal_tells_it_too() -> None:
    async with answering(dated(7200, 500)) as client:
        with pytest.raises(ServerError):
            await client.account()
        assert client.clock.offset == pytest.approx(7200, abs=5)


@pytest.mark.parametrize("date", ["", "yesterday", "Wed, 99 Foo 2026 99:99:99 GMT", "Mon, 01 Jan 99999 00:00:00 GMT"])
async def test_a_date_that_is_none_tells_nothing(date: str) -> None:
    response = httpx.Response(200, json={"username": "acme"}, headers={"Date": date})
    async with answering(response) as client:
        await client.account()
        assert client.clock.offset is None
        assert client.clock.told.is_set()


async def test_what_a_cache_had_kept_tells_nothing() -> None:
    async with answering(dated(-7200, Age="7200")) as client:
        await client.account()
        assert client.clock.offset is None


async def test_the_clock_of_a_file_server_is_not_the_apis() -> None:
    async with answering(dated(7200)) as client:
        async with client.download("https://replicate.delivery/out.png"):
            pass
        assert not client.clock.told.is_set()
