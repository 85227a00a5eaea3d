"""Who hears how a prediction ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from replicate_tui.local.cog.receiver import Receiver
from tests.waiting import TIME_LIMIT


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    await (receiver := Receiver()).open()
    try:
        yield receiver
    finally:
        await asyncio.wait_for(receiver.close(), TIME_LIMIT)


async def told(address: str, content: bytes) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.post(address, content=content)).status_code


async def test_the_end_of_an_expected_run_is_heard_once() -> None:
    async with receiving() as receiver:
        end = receiver.expect("one")
        assert await told(receiver.address("one"), b'{"logs": "x"}') == 200
        assert await end == {"logs": "x"}
        assert await told(receiver.address("one"), b"{}") == 404
        assert await told(receiver.address("another"), b"{}") == 404


async def test_what_is_no_object_is_not_an_end() -> None:
    async with receiving() as receiver:
        end = receiver.expect("one")
        assert await told(receiver.address("one"), b"[1]") == 404
        assert not end.done()


@pytest.mark.parametrize("said", [b"", b"POST /one", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"])
async def test_nobody_who_stays_silent_keeps_it_from_closing(said: bytes) -> None:
    async with receiving() as receiver:
        port = httpx.URL(receiver.address("one")).port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        # Whoever is heard after the silent one shows that the silent one is being listened to.
        assert await told(receiver.address("one"), b"{}") == 404
        await asyncio.wait_for(receiver.close(), TIME_LIMIT)
        try:
            assert await asyncio.wait_for(reader.read(), TIME_LIMIT) == b""
        except ConnectionResetError:
            pass
        finally:
            writer.close()
