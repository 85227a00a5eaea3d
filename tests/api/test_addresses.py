"""The base URL, and what every request says of itself."""

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import Misconfigured
from tests.api.servers import TOKEN, Server, client


@pytest.mark.parametrize(
    ("given", "base", "asked"),
    [
        ("https://api.replicate.com", "https://api.replicate.com", "https://api.replicate.com/v1/account"),
        ("https://api.replicate.com/", "https://api.replicate.com", "https://api.replicate.com/v1/account"),
        ("https://api.replicate.com/v1", "https://api.replicate.com", "https://api.replicate.com/v1/account"),
        ("https://api.replicate.com/v1/", "https://api.replicate.com", "https://api.replicate.com/v1/account"),
        (" http://127.0.0.1:8123 ", "http://127.0.0.1:8123", "http://127.0.0.1:8123/v1/account"),
        ("http://[::1]:8123/v1", "http://[::1]:8123", "http://[::1]:8123/v1/account"),
        ("https://h.example/a%20b/v1/", "https://h.example/a%20b", "https://h.example/a%20b/v1/account"),
        ("https://h.example/replicate", "https://h.example/replicate", "https://h.example/replicate/v1/account"),
    ],
)
async def test_the_base_url_is_with_or_without_v1(given: str, base: str, asked: str) -> None:
    server = Server({"username": "ann"})
    async with client(server, given) as api:
        assert api.base_url == base
        await api.account()
    assert str(server.requests[0].url) == asked


@pytest.mark.parametrize(
    "given",
    [
        "api.replicate.com",
        "localhost:3000",
        "ftp://api.replicate.com",
        "https://",
        "https://user:hunter2@h.example",
        "https://h.example/?q=1",
        "https://h.example/#x",
        "http://[",
        "http://a\nb",
        f"http://{'a' * 70}.example",
    ],
)
def test_an_unusable_base_url_is_refused_without_its_password(given: str) -> None:
    with pytest.raises(Misconfigured, match="base URL") as caught:
        Client(given, TOKEN)
    assert "hunter2" not in str(caught.value)


async def test_the_address_may_come_later_and_move() -> None:
    server = Server({"username": "ann"})
    async with client(server, "") as api:
        assert api.base_url == ""
        with pytest.raises(Misconfigured, match="empty"):
            await api.account()
        for base in ("http://127.0.0.1:1111", "http://127.0.0.1:2222"):
            api.base_url = base
            await api.account()
            assert (api.base_url, str(server.requests[-1].url)) == (base, f"{base}/v1/account")
            assert server.requests[-1].headers["authorization"] == f"Bearer {TOKEN}"


def test_the_host_is_told_without_port() -> None:
    assert Client("https://api.replicate.com/v1", None).host == "api.replicate.com"
    assert Client("http://127.0.0.1:8123", None).host == "127.0.0.1"


async def test_it_says_who_asks_and_what_it_takes() -> None:
    server = Server({"username": "ann"})
    async with client(server) as api:
        await api.account()
    headers = server.requests[0].headers
    assert headers["user-agent"] == "replicate-tui"
    assert headers["accept"] == "application/json"
    assert headers["authorization"] == f"Bearer {TOKEN}"
