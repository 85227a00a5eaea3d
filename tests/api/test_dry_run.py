"""A client of dry runs sends what only reads."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import WouldSend


def _answering(asked: list[httpx.Request]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"type": "user", "username": "me"})

    return httpx.MockTransport(answer)


@pytest.mark.parametrize(
    ("write", "method", "path"),
    [
        (lambda client: client.predictions.create("a/b", {"x": 1}), "POST", "/v1/predictions"),
        (lambda client: client.predictions.cancel("p1"), "POST", "/v1/predictions/p1/cancel"),
        (lambda client: client.models.delete("a", "b"), "DELETE", "/v1/models/a/b"),
    ],
    ids=["create", "cancel", "delete"],
)
async def test_what_would_change_something_is_told_and_not_sent(
    write: Callable[[Client], Awaitable[object]], method: str, path: str
) -> None:
    asked: list[httpx.Request] = []
    async with Client("https://api.example", "r8_secret", transport=_answering(asked), dry_run=True) as client:
        with pytest.raises(WouldSend) as would:
            await write(client)
    assert (would.value.call.method, would.value.call.url.path) == (method, path)
    assert "r8_secret" not in repr(would.value.call)
    assert asked == []


async def test_what_only_reads_is_sent() -> None:
    asked: list[httpx.Request] = []
    async with Client("https://api.example", "r8_secret", transport=_answering(asked), dry_run=True) as client:
        assert (await client.account()).username == "me"
    assert len(asked) == 1
