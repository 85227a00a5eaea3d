"""Packed answers: what they hold, in pieces of bounded size, and cookies, which nobody keeps."""

import gzip
import json
import tracemalloc
import zlib

import httpx
import pytest

from replicate_tui.api.bodies import PIECE
from replicate_tui.api.errors import InvalidInput, NetworkError, ReplicateError, UnexpectedAnswer, UnknownFate
from tests.api.servers import MODEL, Server, client
from tests.api.wires import ID, RUN, answer, sends, wire

PACKED = "Content-Encoding: gzip"
MEGABYTE = 1024 * 1024
BOMB = gzip.compress(bytes(64 * MEGABYTE), 9)
"""Less than what one read of a socket brings."""


def pieces(body: bytes, size: int) -> list[bytes]:
    return [body[first : first + size] for first in range(0, len(body), size)]


async def test_one_coding_is_asked_for() -> None:
    async with wire(sends(answer(RUN))) as server, server.client() as client:
        await client.predictions.get(ID)
    assert server.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_a_packed_answer_is_unpacked_however_it_is_split(coding: str, size: int) -> None:
    packed = answer(gzip.compress(RUN), "200 OK", f"Content-Encoding: {coding}")
    async with wire(sends(*pieces(packed, size))) as server, server.client() as client:
        assert (await client.predictions.get(ID)).status == "starting"


async def test_several_packed_bodies_in_a_row_are_one() -> None:
    packed = gzip.compress(RUN[:5]) + gzip.compress(b"") + gzip.compress(RUN[5:])
    async with wire(sends(answer(packed, "200 OK", PACKED))) as server, server.client() as client:
        assert (await client.predictions.get(ID)).id == ID


async def test_an_empty_answer_may_be_called_packed() -> None:
    async with wire(sends(answer(b"", "200 OK", PACKED))) as server, server.client() as client:
        await client.models.delete("acme", "x")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body", [gzip.compress(RUN)[:-9], gzip.compress(RUN) + b"rest", RUN, zlib.compress(RUN)], ids=range(4)
)
async def test_what_cannot_be_unpacked_is_a_lost_answer(body: bytes) -> None:
    async with wire(sends(answer(body, "201 Created", PACKED))) as server, server.client() as client:
        with pytest.raises(NetworkError, match=r"the connection to 127\.0\.0\.1:.* broke off"):
            await client.predictions.get(ID)
        asked = len(server.requests)
        with pytest.raises(UnknownFate):
            await client.predictions.create("acme/x", {})
    assert len(server.requests) == asked + 1


@pytest.mark.parametrize("coding", ["gzip, gzip", "deflate"])
async def test_what_is_packed_in_another_way_stays_packed(coding: str) -> None:
    body = zlib.compress(RUN) if coding == "deflate" else gzip.compress(gzip.compress(RUN))
    async with wire(sends(answer(body, "200 OK", f"Content-Encoding: {coding}"))) as server, server.client() as client:
        with pytest.raises(UnexpectedAnswer, match="is not JSON"):
            await client.predictions.get(ID)


async def test_a_packed_file_comes_in_small_pieces_and_whole() -> None:
    content = bytes(4 * MEGABYTE) + b"end"
    packed = answer(gzip.compress(content), "200 OK", PACKED)
    async with (
        wire(sends(packed)) as server,
        server.client() as client,
        client.download(f"{server.url}/out.bin") as download,
    ):
        chunks = [chunk async for chunk in download.chunks()]
    assert download.size is None
    assert b"".join(chunks) == content
    assert max(map(len, chunks)) <= PIECE


@pytest.mark.parametrize("status", ["422 No", "200 OK"])
async def test_an_answer_that_unpacks_to_far_more_than_it_is_takes_little_memory(
    status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replicate_tui.api.transport._ANSWER_LIMIT", MEGABYTE)
    assert len(BOMB) < 65536
    async with wire(sends(answer(BOMB, status, PACKED))) as server, server.client() as client:
        tracemalloc.start()
        try:
            with pytest.raises(ReplicateError) as caught:
                await client.predictions.get(ID)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert isinstance(caught.value, InvalidInput if status == "422 No" else UnexpectedAnswer)
    assert peak < 8 * MEGABYTE


async def test_no_cookie_is_kept() -> None:
    cookie = {"set-cookie": "seen=1; Path=/; Max-Age=1000"}
    server = Server(lambda _: httpx.Response(200, content=json.dumps(MODEL), headers=cookie))
    async with client(server) as api:
        for _ in range(2):
            await api.models.get("acme", "x")
            async with api.download("https://replicate.delivery/a"):
                pass
    assert len(server.requests) == 4
    assert [request.headers.get("cookie") for request in server.requests] == [None] * 4
