"""One file to where a person wants it: whole or not at all, and never over what is there."""

import asyncio
import os
from pathlib import Path

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NetworkError
from replicate_tui.core.keeping.single_file import fetch_single
from tests.core.scripted import Asked, Reply, Said, Scripted


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def png(asked: Asked) -> Reply:
    return Said(b"\x89PNG\r\n\x1a\n....", headers={"Content-Type": "image/png"})


async def test_a_file_gets_its_name_in_a_folder_and_nothing_else_is_left(
    client: Client, server: Scripted, tmp_path: Path
) -> None:
    server.script = png
    path = await fetch_single(client, f"{server.url}/out-0.png", tmp_path)
    assert path.read_bytes() == b"\x89PNG\r\n\x1a\n...."
    assert listed(tmp_path) == ["out-0.png"]


async def test_a_signed_link_is_named_by_its_file(client: Client, server: Scripted, tmp_path: Path) -> None:
    server.script = png
    path = await fetch_single(client, f"{server.url}/v1/files/abc123/download?owner=a&signature=b", tmp_path)
    assert path.name == "abc123"


async def test_what_took_the_name_meanwhile_is_kept(client: Client, server: Scripted, tmp_path: Path) -> None:
    path = tmp_path / "mine.png"

    async def takes_the_name(asked: Asked) -> Reply:
        await asyncio.to_thread(path.write_bytes, b"precious")
        return png(asked)

    server.script = takes_the_name
    with pytest.raises(FileExistsError, match="not overwritten"):
        await fetch_single(client, f"{server.url}/out-0.png", path)
    assert path.read_bytes() == b"precious"
    assert listed(tmp_path) == ["mine.png"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
async def test_a_link_that_leads_nowhere_is_not_written_through(
    client: Client, server: Scripted, tmp_path: Path
) -> None:
    link = tmp_path / "mine.png"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        await fetch_single(client, f"{server.url}/out-0.png", link)
    assert listed(tmp_path) == ["mine.png"]
    assert server.asked == []


async def test_half_a_file_is_none(client: Client, server: Scripted, tmp_path: Path) -> None:
    server.script = lambda asked: Said(b"\x89PNG", headers={"Content-Type": "image/png"}, length=4000)
    with pytest.raises(NetworkError):
        await fetch_single(client, f"{server.url}/out-0.png", tmp_path)
    assert listed(tmp_path) == []


async def test_what_is_stopped_leaves_nothing(client: Client, server: Scripted, tmp_path: Path) -> None:
    came = asyncio.Event()

    async def never_answers(asked: Asked) -> Reply:
        came.set()
        await asyncio.Event().wait()
        return None

    server.script = never_answers
    fetching = asyncio.create_task(fetch_single(client, f"{server.url}/out-0.png", tmp_path))
    await came.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert listed(tmp_path) == []
