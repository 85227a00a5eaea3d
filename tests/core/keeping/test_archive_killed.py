"""A program that is killed while it saves: the next one completes what it began."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.history import leases
from replicate_tui.core.history.database import Database
from replicate_tui.core.history.store import Store
from replicate_tui.core.keeping import archive
from replicate_tui.core.keeping.unfinished import Unfinished
from tests.core.kept_runs import Replies, archiving, content, ended, folder_of, parts, put
from tests.core.scripted import SCOPE, TOKEN, Scripted, run_object
from tests.waiting import eventually

WHOLE = bytes(range(256)) * 20_000

PROGRAM = """
import asyncio, sys
from pathlib import Path
from replicate_tui.api.client import Client
from replicate_tui.core.keeping.archive import Archive
from replicate_tui.core.history.database import Database, Scope
from replicate_tui.core.history.store import Store

async def main(url, token, host, account, path, folder):
    async with Client(url, token) as client:
        await Archive(client, Store(Database.open(Path(path)), Scope(host, account)), Path(folder)).run()

asyncio.run(main(*sys.argv[1:]))
"""


@asynccontextmanager
async def stalling() -> AsyncIterator[tuple[str, list[str]]]:
    """A file server that sends half a file and then nothing, and the rest when asked for it; what it was asked."""
    ranges: list[str] = []
    connections: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
            begin = next((line.partition("=")[2].rstrip("-") for line in lines if line.startswith("range:")), "")
            ranges.append(begin)
            if begin:
                rest = WHOLE[int(begin) :]
                span = f"bytes {begin}-{len(WHOLE) - 1}/{len(WHOLE)}"
                writer.write(head("206 .", len(rest), f"Content-Range: {span}\r\n") + rest)
            else:
                writer.write(head("200 .", len(WHOLE)) + WHOLE[: len(WHOLE) // 2])
            await writer.drain()
            await reader.read()
        except ConnectionError:
            pass
        finally:
            connections.discard(task)
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", ranges
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()


def head(status: str, length: int, more: str = "") -> bytes:
    return f'HTTP/1.1 {status}\r\nETag: "1"\r\nContent-Length: {length}\r\n{more}\r\n'.encode()


async def test_a_download_that_was_killed_is_completed_by_the_next_program(
    server: Scripted, client: Client, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "CLAIMED_RETRY", 0.05)
    folder = tmp_path / "runs"
    database = Database.open(path)
    store = Store(database, SCOPE)
    async with stalling() as (url, ranges):
        document = run_object("r1", "succeeded", output=f"{url}/big.bin", created_at=ended(9), completed_at=ended(1))
        server.script = Replies(document)
        await put(store, document)
        arguments = [server.url, TOKEN, SCOPE.host, SCOPE.account, str(path), str(folder)]
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, *arguments)
        try:
            await eventually(lambda: parts(folder) and parts(folder)[0].stat().st_size > 1_000_000, "half of the file")
        finally:
            process.kill()
            await process.wait()
        (part,) = parts(folder)
        there = part.stat().st_size
        assert not (folder / "r1" / "big.bin").exists()
        assert folder_of(store, "r1") is None
        assert leases.Leases(database).held_by(f"archive:{SCOPE.host}:r1"), "the killed one still holds its lease"
        # A lease outlives the killed program for some seconds.
        await database.write(lambda db: db.execute("UPDATE leases SET expires_at = 0"))
        async with archiving(client, store, folder):
            await eventually(lambda: folder_of(store, "r1"), "the saving")
            await eventually(lambda: not Unfinished(folder).ids(), "the end of it")
        assert ranges == ["", str(there)]
    await database.close()
    assert content(folder / "r1").keys() == {"big.bin", "output.json"}
    assert content(folder / "r1")["big.bin"] == WHOLE
    assert json.loads((folder / "r1" / "prediction.json").read_text())["id"] == "r1"
