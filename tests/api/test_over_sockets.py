"""The client on real connections: cut answers, files whole and in parts."""

import asyncio
import json
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NetworkError, NotFound, UnknownFate
from replicate_tui.api.limits import Buckets, Kind
from replicate_tui.api.patience import Patience
from tests.api.wires import ID, RUN, TOKEN, Reply, answer, drips, holds, resets, sends, wire
from tests.clocks import LeapingClock

CUT = answer(RUN)[:-10]
HEAD = b"HTTP/1.1 200 OK\r\nX-Slow:"
HURRY = Patience(connect=2, read=0.1, exchange=0.2)
"""Limits that a test can wait for."""


# Cut answers


@pytest.mark.parametrize(
    "reply", [sends(), resets(), sends(CUT), sends(b"HTTP/1.1 201 Cre"), sends(b"garbage\r\n\r\n")]
)
async def test_a_creation_whose_answer_is_cut_is_an_unknown_fate_and_sent_once(reply: Reply) -> None:
    async with wire(reply) as server, server.client() as client:
        with pytest.raises(UnknownFate, match=r"127\.0\.0\.1.*It may have happened"):
            await client.predictions.create("a/b", {"prompt": "x"})
    assert len(server.requests) == 1
    assert json.loads(server.requests[0].body)["input"] == {"prompt": "x"}


@pytest.mark.parametrize("reply", [sends(), resets(), sends(CUT), sends(b"garbage\r\n\r\n")])
async def test_a_reading_whose_answer_is_cut_is_repeated(reply: Reply) -> None:
    async with wire(reply, reply, sends(answer(RUN))) as server, server.client() as client:
        assert (await client.predictions.get(ID)).id == ID
    assert len(server.requests) == 3


async def test_a_server_that_is_not_there_is_a_plain_network_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        time = LeapingClock()
        async with Client(f"http://127.0.0.1:{unused.getsockname()[1]}", TOKEN, clock=time.clock) as client:
            with pytest.raises(NetworkError, match="Could not create a prediction: no connection to") as caught:
                await client.predictions.create("a/b", {})
    assert type(caught.value) is NetworkError
    assert len(time.pauses) == 3


async def test_a_host_that_does_not_exist_is_a_plain_network_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "*")

    async with Client("http://no-such-host.invalid", TOKEN, clock=LeapingClock().clock) as client:
        with pytest.raises(NetworkError, match=r"no connection to no-such-host\.invalid"):
            await client.account()


async def test_plain_http_where_tls_is_expected_is_a_plain_network_error() -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer(RUN))
        writer.close()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Client(f"https://127.0.0.1:{port}", TOKEN, clock=LeapingClock().clock) as client:
            with pytest.raises(NetworkError, match="Could not read the account: no connection"):
                await client.account()


async def test_dots_reach_the_server_as_a_name() -> None:
    async with wire(sends(answer(b"{}", "404 Not Found"))) as server, server.client() as client:
        with pytest.raises(NotFound):
            await client.models.get("..", "..")
    assert server.requests[0].line == "GET /v1/models/%2E%2E/%2E%2E HTTP/1.1"


async def test_an_upload_arrives_whole(tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096 * 5
    (tmp_path / "a.bin").write_bytes(content)
    async with wire(sends(answer(b'{"id": "f1"}', "201 Created"))) as server, server.client() as client:
        assert (await client.files.create(tmp_path / "a.bin")).id == "f1"
    assert content in server.requests[0].body


# Downloads


async def read(client: Client, url: str, offset: int = 0) -> tuple[bytes, int, int | None]:
    """What arrives before the connection breaks, where it starts, and the whole size."""
    got = b""
    async with client.download(url, offset=offset) as download:
        with suppress(NetworkError):
            async for chunk in download.chunks():
                got += chunk
    return got, download.start, download.size


async def test_a_cut_download_is_resumed_where_it_was_cut() -> None:
    content = b"0123456789" * 1000
    rest = answer(content[4000:], "206 Partial Content", "Content-Range: bytes 4000-9999/10000")
    async with wire(sends(answer(content)[:-6000]), sends(rest)) as server, server.client() as client:
        first, start, size = await read(client, f"{server.url}/out.png")
        assert (len(first), start, size) == (4000, 0, 10_000)
        second, start, size = await read(client, f"{server.url}/out.png", len(first))
    assert (first + second, start, size) == (content, 4000, 10_000)
    assert server.requests[1].headers["range"] == "bytes=4000-"


async def test_a_cut_download_says_so() -> None:
    async with (
        wire(sends(answer(b"0123456789")[:-3])) as server,
        server.client() as client,
        client.download(f"{server.url}/out.png") as download,
    ):
        chunks = download.chunks()
        assert await anext(chunks) == b"0123456"
        with pytest.raises(NetworkError, match=r"Could not download out\.png: the connection to .* broke off"):
            await anext(chunks)


async def test_a_server_without_ranges_starts_again_and_says_so() -> None:
    async with wire(sends(answer(b"0123456789"))) as server, server.client() as client:
        assert await read(client, f"{server.url}/out.png", 4) == (b"0123456789", 0, 10)


async def test_a_download_begins_again_by_itself_while_nothing_was_handed_on() -> None:
    async with wire(sends(), sends(answer(b"x"))) as server, server.client() as client:
        assert await read(client, f"{server.url}/out.png") == (b"x", 0, 1)


async def test_a_redirect_to_another_server_leaves_the_token_behind() -> None:
    async with wire(sends(answer(b"x"))) as other:
        away = answer(b"", "302 Found", f"Location: {other.url}/out.png")
        async with wire(sends(away)) as server, server.client() as client:
            assert await read(client, f"{server.url}/out.png") == (b"x", 0, 1)
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in other.requests[0].headers


@pytest.mark.parametrize(
    ("reply", "reason"), [(resets(), "broke off"), (holds(), "did not answer in time"), (drips(HEAD), "in time")]
)
async def test_the_host_that_failed_is_the_one_that_is_named(reply: Reply, reason: str) -> None:
    async with asyncio.timeout(8), wire(reply) as other:
        away = answer(b"", "302 Found", f"Location: {other.url}/out.png")
        async with wire(sends(away)) as server, server.client(HURRY) as client:
            with pytest.raises(NetworkError, match=reason) as caught:
                await read(client, f"{server.url}/out.png")
    assert f":{other.port}" in str(caught.value)
    assert f":{server.port}" not in str(caught.value)


async def test_a_cut_body_is_blamed_on_the_host_that_sent_it() -> None:
    async with wire(sends(answer(b"0123456789")[:-3])) as other:
        away = answer(b"", "302 Found", f"Location: {other.url}/out.png")
        async with (
            wire(sends(away)) as server,
            server.client() as client,
            client.download(f"{server.url}/out.png") as download,
        ):
            with pytest.raises(NetworkError, match=f":{other.port} broke off"):
                _ = [chunk async for chunk in download.chunks()]


class SlowlyAdmitting(Buckets):
    """Lets the first request go at once, and each other after longer than a request may take."""

    def __init__(self) -> None:
        super().__init__()
        self.admitted = 0

    async def admit(self, kind: Kind) -> float:
        self.admitted += 1
        if self.admitted > 1:
            turn = asyncio.Event()
            asyncio.get_running_loop().call_later(2 * HURRY.exchange, turn.set)
            await turn.wait()
        return 0.0


async def test_waiting_for_a_redirects_turn_is_not_counted() -> None:
    async with wire(sends(answer(b"", "302 Found", "Location: /out.png")), sends(answer(b"x"))) as server:
        clock = server.time.clock
        async with Client(server.url, TOKEN, patience=HURRY, clock=clock, limiter=SlowlyAdmitting()) as client:
            assert await read(client, f"{server.url}/v1/files/f1/download") == (b"x", 0, 1)
    assert server.asked == ["GET /v1/files/f1/download", "GET /out.png"]
    assert server.pauses == []
