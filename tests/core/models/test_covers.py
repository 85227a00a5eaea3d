"""Covers: fetched once, of bounded size, and never from where no picture should be asked."""

from pathlib import Path

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NotFound
from replicate_tui.core.models import covers as covers_module
from replicate_tui.core.models.covers import Covers, NoCover
from tests.core.scripted import Asked, Reply, Said, Scripted, problem, scripted


def names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_a_cover_is_fetched_once_and_kept(client: Client, server: Scripted, tmp_path: Path) -> None:
    server.script = lambda asked: Said(b"a picture", 200, {"Content-Type": "image/png"})
    covers = Covers(client, tmp_path / "covers")
    path = await covers.fetch(f"{server.url}/cover.png")
    assert path.read_bytes() == b"a picture"
    assert await covers.fetch(f"{server.url}/cover.png") == path
    assert len(server.asked) == 1
    assert names(tmp_path / "covers") == [path.name]


@pytest.mark.parametrize("url", ["ftp://h.test/a", "file:///etc/passwd", "data:image/png,a", "https://[", "", "a"])
async def test_only_https_is_asked(url: str, client: Client, server: Scripted, tmp_path: Path) -> None:
    with pytest.raises(NoCover, match="https"):
        await Covers(client, tmp_path / "covers").fetch(url)
    assert not (tmp_path / "covers").exists()
    assert server.asked == []


async def test_http_is_asked_of_no_other_server(client: Client, tmp_path: Path) -> None:
    async with scripted() as foreign:
        with pytest.raises(NoCover):
            await Covers(client, tmp_path).fetch(f"{foreign.url}/cover.png")
        assert foreign.asked == []


@pytest.mark.parametrize("told", [True, False])
async def test_a_cover_that_is_too_large_is_not_read_to_its_end(
    told: bool, client: Client, server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(covers_module, "LARGEST", 1000)

    async def pieces() -> object:
        for _ in range(3):
            yield b"x" * 500

    def script(asked: Asked) -> Reply:
        return Said(b"x" * 1500) if told else pieces()  # type: ignore[return-value]

    server.script = script
    with pytest.raises(NoCover, match="larger"):
        await Covers(client, tmp_path / "covers").fetch(f"{server.url}/cover.png")
    assert not (tmp_path / "covers").exists()


async def test_only_the_latest_covers_stay(
    client: Client, server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(covers_module, "KEPT", 2)
    server.script = lambda asked: Said(asked.path.encode())
    covers = Covers(client, tmp_path)
    for number in range(4):
        last = await covers.fetch(f"{server.url}/{number}")
    assert len(names(tmp_path)) == 2
    assert last.exists()


async def test_a_cover_that_is_refused_is_asked_for_again_later(
    client: Client, server: Scripted, tmp_path: Path
) -> None:
    covers = Covers(client, tmp_path)
    server.script = lambda asked: problem(404)
    with pytest.raises(NotFound):
        await covers.fetch(f"{server.url}/cover.png")
    server.script = lambda asked: Said(b"there")
    assert (await covers.fetch(f"{server.url}/cover.png")).read_bytes() == b"there"
