"""Files from the web and from the addresses that hold them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NotFound, UnexpectedAnswer
from tests.api.servers import RUN, Server, client

ENDLESS = "9" * 5000


async def content(api: Client, url: str, offset: int = 0) -> tuple[bytes, Any]:
    async with api.download(url, offset=offset) as download:
        return b"".join([chunk async for chunk in download.chunks()]), download


async def test_a_download_tells_what_it_is() -> None:
    headers = {"content-type": "image/png", "content-disposition": 'attachment; filename="out-0.png"'}
    server = Server(lambda _: httpx.Response(200, content=b"12345", headers=headers))
    async with client(server) as api:
        body, download = await content(api, "https://replicate.delivery/a")
    assert body == b"12345"
    assert (download.content_type, download.size, download.name) == ("image/png", 5, "out-0.png")
    assert (download.status, download.start) == (200, 0)
    assert server.requests[0].headers["accept-encoding"] == "identity"


async def test_a_download_of_unknown_size() -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"1"
        yield b"2"

    async with client(Server(lambda _: httpx.Response(200, content=body()))) as api:
        read, download = await content(api, "https://replicate.delivery/a")
    assert (read, download.size, download.name, download.content_type) == (b"12", None, None, None)


@pytest.mark.parametrize("length", [ENDLESS, "-1", "x", "1, 1"], ids=range(4))
async def test_a_size_that_is_none_is_unknown(length: str) -> None:
    raw = [(b"content-length", length.encode())]
    async with client(Server(lambda _: httpx.Response(200, content=b"1", headers=raw))) as api:
        read, download = await content(api, "https://replicate.delivery/a")
    assert (read, download.size) == (b"1", None)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment", None),
        ("inline; filename=a.png", "a.png"),
        ("attachment; filename*=UTF-8''gr%C3%BCn.png", "grün.png"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        (r'attachment; filename="..\\..\\boot.ini"', "boot.ini"),
        ('attachment; filename=".."', None),
        ('attachment; filename="/"', None),
        ("attachment; filename*=no-such-charset''x%FF.png", "x\xff.png"),
        (";;;", None),
    ],
)
async def test_the_servers_file_name_has_no_folders(disposition: str, name: str | None) -> None:
    headers = {"content-disposition": disposition}
    async with client(Server(lambda _: httpx.Response(200, content=b"x", headers=headers))) as api:
        _, download = await content(api, "https://replicate.delivery/a")
    assert download.name == name


async def test_a_download_that_is_refused_raises() -> None:
    async with client(Server(lambda _: httpx.Response(404, json={"detail": "File not found"}))) as api:
        with pytest.raises(NotFound, match=r"Could not download out-0\.png: File not found"):
            await content(api, "https://replicate.delivery/xezq/secret/out-0.png?signature=abc")


@pytest.mark.parametrize(
    "content_range",
    [
        "",
        "bytes 0-9/10",
        "bytes 4-9/10",
        "garbage",
        "bytes */10",
        f"bytes {ENDLESS}-9/10",
        f"bytes 5-9/{ENDLESS}",
        f"bytes 5-{ENDLESS}/10",
    ],
    ids=range(8),
)
async def test_another_part_than_asked_for_is_not_taken(content_range: str) -> None:
    headers = {"content-range": content_range}
    async with client(Server(lambda _: httpx.Response(206, content=b"x", headers=headers))) as api:
        with pytest.raises(UnexpectedAnswer):
            await content(api, "https://replicate.delivery/a", offset=5)


@pytest.mark.parametrize(
    "url",
    ["", "a.png", "/etc/passwd", "file:///etc/passwd", "ftp://h/a", "https://", "http://[", f"https://{'a' * 70}/x"],
)
async def test_an_address_that_leads_to_no_file(url: str) -> None:
    server = Server(RUN)
    async with client(server) as api:
        with pytest.raises(UnexpectedAnswer):
            await content(api, url)
    assert server.requests == []


@pytest.mark.parametrize(
    ("url", "content_type", "body"),
    [
        ("data:text/plain;base64,aGVsbG8=", "text/plain", b"hello"),
        ("data:text/plain;base64,aGVsbG8", "text/plain", b"hello"),
        ("data:image/png;charset=x;base64,_-8=", "image/png;charset=x", b"\xff\xef"),
        ("DATA:;base64,aGVs%0AbG8%3D", "text/plain", b"hello"),
        ("data:,a%20b,c", "text/plain", b"a b,c"),
        ("data:text/plain;charset=utf-8,gr%C3%BCn", "text/plain;charset=utf-8", "grün".encode()),
        ("data:application/octet-stream;base64,", "application/octet-stream", b""),
    ],
)
async def test_data_addresses_hold_their_file(url: str, content_type: str, body: bytes) -> None:
    server = Server(RUN)
    async with client(server) as api:
        read, download = await content(api, url)
        rest, resumed = await content(api, url, offset=2)
    assert (read, download.content_type, download.size, download.start) == (body, content_type, len(body), 0)
    assert (rest, resumed.start, resumed.status) == (body[2:], 2, 206)
    assert server.requests == []


@pytest.mark.parametrize("url", ["data:", "data:text/plain;base64", "data:x;base64,!!!!", "data:x;base64,a"])
async def test_broken_data_addresses_are_unexpected(url: str) -> None:
    async with client(Server(RUN)) as api:
        with pytest.raises(UnexpectedAnswer):
            await content(api, url)


@pytest.mark.parametrize(
    ("header", "etag"),
    [('"a1"', '"a1"'), ('W/"a1"', 'W/"a1"'), ("", None), ("a1", None), ('"a"b"', None), (f'"{ENDLESS}"', None)],
    ids=range(6),
)
async def test_the_entity_tag_of_a_download_is_told_when_it_is_one(header: str, etag: str | None) -> None:
    async with client(Server(lambda _: httpx.Response(200, content=b"1", headers={"etag": header}))) as api:
        _, download = await content(api, "https://replicate.delivery/a")
    assert download.etag == etag


@pytest.mark.parametrize(
    ("etag", "condition"), [('"a1"', '"a1"'), ('W/"a1"', None), (None, None)], ids=["strong", "weak", "none"]
)
async def test_the_rest_is_asked_for_on_condition_that_the_file_is_the_same(
    etag: str | None, condition: str | None
) -> None:
    server = Server(lambda _: httpx.Response(200, content=b"12345"))
    async with client(server) as api:
        async with api.download("https://replicate.delivery/a", offset=3, etag=etag) as download:
            assert download.start == 0
        await content(api, "https://replicate.delivery/a")
    first, second = server.requests
    assert first.headers["range"] == "bytes=3-"
    assert first.headers.get("if-range") == condition
    assert not {"range", "if-range"} & set(second.headers)
