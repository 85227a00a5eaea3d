"""A file of model objects as the server holds it: indexed once, by a process of its own, and found again."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from replicate_tui.local.recordings.index import Card, Recordings, RecordingsError
from replicate_tui.local.recordings.indexer import FORMAT, build, index_path
from tests.waiting import eventually

PAGE = 16384
MOMENT = "2025-01-02T03:04:05.000000Z"


def model(name: str, number: int = 0, **changes: Any) -> dict[str, Any]:
    """A model with a version and an example whose ids hold the number."""
    version = {"id": f"{number:064x}", "created_at": MOMENT, "cog_version": "0.13.6", "openapi_schema": {}}
    example = {"id": f"{number:026d}", "version": version["id"], "input": {}, "output": f"output of {name}"}
    owner, _, last = name.partition("/")
    whole = {"owner": owner, "name": last, "created_at": MOMENT, "run_count": number, "description": f"About {name}"}
    return whole | {"latest_version": version, "default_example": example} | changes


def written(folder: Path, entries: Iterable[Any], name: str = "models.json") -> Path:
    """A file of the entries, as an array or (.jsonl) as lines."""
    path = folder / name
    entries = list(entries)
    text = "\n".join(map(json.dumps, entries)) if path.suffix == ".jsonl" else json.dumps(entries, indent=1)
    path.write_text(text, "utf-8")
    return path


@asynccontextmanager
async def opened(file: Path) -> AsyncIterator[Recordings]:
    """The recordings of a file, with the index in a folder next to it."""
    recordings = Recordings(file, file.parent / "cache")
    try:
        await recordings.open()
        yield recordings
    finally:
        recordings.close()


def indexes(file: Path) -> list[Path]:
    """What is in the folder of the index, without the lock."""
    return sorted(path for path in (file.parent / "cache").iterdir() if path.suffix != ".lock")


async def failure(file: Path) -> str:
    """Why the file cannot be used; nothing may stay behind."""
    with pytest.raises(RecordingsError) as caught:
        async with opened(file):
            pass
    assert indexes(file) == []
    return str(caught.value)


@pytest.mark.parametrize("name", ["models.json", "models.jsonl"])
async def test_models_are_found_by_name_version_and_example(tmp_path: Path, name: str) -> None:
    file = written(tmp_path, (model(f"acme/m{n}", n) for n in range(1200)), name)
    async with opened(file) as recordings:
        assert len(recordings.cards()) == 1200
        assert recordings.cards()[7] == Card(
            "acme/m7", "About acme/m7", MOMENT, MOMENT, 7, False, "acme/m7 about acme/m7"
        )
        found = recordings.model("acme/m7")
        assert found is not None
        assert found["run_count"] == 7
        assert found["latest_version"]["openapi_schema"]["paths"] == {}
        assert recordings.of_version(f"{7:064x}") == "acme/m7"
        assert recordings.example(f"{7:026d}") == ("acme/m7", found["default_example"])


@pytest.mark.parametrize("unknown", ["", "acme/none", "hidden", "\ud83d", "\0", "a" * 100_000])
async def test_what_is_not_there_is_none(tmp_path: Path, unknown: str) -> None:
    example = {"id": "k", "version": "hidden"}
    async with opened(written(tmp_path, [model("acme/m", default_example=example)])) as recordings:
        assert recordings.model(unknown) is None
        assert recordings.of_version(unknown) is None
        assert recordings.example(unknown) is None


async def test_the_version_that_only_an_example_ran_belongs_to_its_model(tmp_path: Path) -> None:
    older = {"id": "old", "version": f"{2:064x}"}
    newest = {"id": "new", "version": "f00"}
    file = written(
        tmp_path, [model("acme/two", 2, default_example=newest), model("acme/one", 1, default_example=older)]
    )
    async with opened(file) as recordings:
        assert recordings.of_version("f00") == "acme/two"
        assert recordings.of_version(f"{2:064x}") == "acme/two", "the latest version counts before an example's"


async def test_models_without_version_and_example_are_models(tmp_path: Path) -> None:
    bare = model("acme/bare", latest_version=None, default_example=None, is_official=True, description=None)
    async with opened(written(tmp_path, [bare])) as recordings:
        assert recordings.cards() == (Card("acme/bare", "", MOMENT, MOMENT, 0, True, "acme/bare "),)
        found = recordings.model("acme/bare")
        assert found is not None
        assert found["latest_version"] is found["default_example"] is found["description"] is None


async def test_of_two_with_one_name_the_last_counts(tmp_path: Path) -> None:
    entries = [model("acme/a", 1), model("acme/b", 2), model("acme/a", 3)]
    async with opened(written(tmp_path, entries)) as recordings:
        assert [card.full_name for card in recordings.cards()] == ["acme/b", "acme/a"]
        assert recordings.of_version(f"{1:064x}") is None
        assert recordings.example(f"{1:026d}") is None
        assert recordings.of_version(f"{3:064x}") == "acme/a"


async def test_what_is_no_model_is_left_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = written(tmp_path, [model("acme/a"), {"name": "package"}, 7, None, {"results": [model("acme/b"), 8]}])
    async with opened(file) as recordings:
        assert [card.full_name for card in recordings.cards()] == ["acme/a", "acme/b"]
    assert [record.getMessage() for record in caplog.records] == [
        f"{file}: 4 entries that are no model objects were left out"
    ]


async def test_halves_of_surrogate_pairs_and_endless_numbers_do_no_harm(tmp_path: Path) -> None:
    odd = model("acme/odd", description="half \ud83d whole 😀 É")
    odd["default_example"]["output"] = {"\ude00": ["ENDLESS", "\ud83d"]}
    file = tmp_path / "models.json"
    file.write_text(json.dumps([odd]).replace('"ENDLESS"', "1e999"))
    async with opened(file) as recordings:
        found = recordings.model("acme/odd")
        assert found is not None
        assert found["description"] == odd["description"]
        assert found["default_example"]["output"] == {"\ude00": [None, "\ud83d"]}
        assert recordings.cards()[0].text == "acme/odd half ? whole 😀 é"


async def test_a_single_model_of_many_megabytes_is_read(tmp_path: Path) -> None:
    huge = model("acme/huge")
    huge["default_example"]["output"] = ["x" * 3_000_000, "é" * 1_000_000]
    async with opened(written(tmp_path, [huge, model("acme/m", 1)])) as recordings:
        found = recordings.example(f"{0:026d}")
        assert found is not None
        assert found[1]["output"] == huge["default_example"]["output"]
        assert recordings.model("acme/m") is not None


async def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    file = written(tmp_path, [model("acme/a")])
    async with opened(file):
        pass
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    file.write_text(" " * file.stat().st_size)
    os.utime(file, ns=times)
    async with opened(file) as recordings:
        assert recordings.model("acme/a") is not None


async def test_a_changed_file_is_read_again_and_the_old_index_goes(tmp_path: Path) -> None:
    file = written(tmp_path, [model("acme/a")])
    async with opened(file):
        before = indexes(file)
    other = written(tmp_path, [model("acme/other")], "other.json")
    async with opened(other):
        pass
    written(tmp_path, [model("acme/b"), model("acme/c", 1)])
    async with opened(file) as recordings:
        assert [card.full_name for card in recordings.cards()] == ["acme/b", "acme/c"]
    assert len(before) == 1
    assert before[0] not in indexes(file)
    assert len(indexes(file)) == 2


@pytest.mark.parametrize("damage", ["garbage", "cut", "empty", "other"])
async def test_a_damaged_index_is_made_again(tmp_path: Path, damage: str) -> None:
    file = written(tmp_path, (model(f"acme/m{n}", n) for n in range(300)))
    async with opened(file):
        [index] = indexes(file)
    whole = index.read_bytes()
    another_format = whole[:60] + (FORMAT + 1).to_bytes(4, "big") + whole[64:]
    contents = {"garbage": b"x" * len(whole), "cut": whole[: len(whole) // 2], "empty": b"", "other": another_format}
    index.write_bytes(contents[damage])
    async with opened(file) as recordings:
        assert len(recordings.cards()) == 300
        assert recordings.model("acme/m299") is not None
    assert indexes(file) == [index]


async def test_damage_inside_a_model_is_told_when_it_is_asked_for(tmp_path: Path) -> None:
    noise = random.Random(0).randbytes(200_000).hex()
    file = written(tmp_path, [model("acme/a"), model("acme/b", 1, readme=noise)])
    async with opened(file):
        [index] = indexes(file)
    whole = index.read_bytes()
    # In the middle of a page: what chains the pages is at their edges.
    middle = len(whole) // 2 // PAGE * PAGE + PAGE // 2
    index.write_bytes(whole[:middle] + bytes(100) + whole[middle + 100 :])
    async with opened(file) as recordings:
        assert recordings.model("acme/a") is not None
        with pytest.raises(RecordingsError, match="is damaged: delete it") as caught:
            recordings.model("acme/b")
        assert str(index) in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("hello", "is not JSON: line 1, column 1: Expecting value"),
        ('[\n {"owner": "acme", "name": "a"},\n {"owner" oops}\n]', "is not JSON: line 3, column 11: "),
        ('{"owner": "acme", "name": "a"}\n{"owner": "ac', "is not JSON: line 2, column 11: Unterminated string"),
        ('{"name": "some-package", "version": "1.0.0"}', "holds no model objects, which have an owner and a name"),
        ("[]", "holds no model objects"),
        ("", "holds no model objects"),
    ],
    ids=range(6),
)
async def test_a_file_that_is_no_list_of_models_is_told_by_name_and_place(
    tmp_path: Path, content: str, reason: str
) -> None:
    file = tmp_path / "models.json"
    file.write_text(content)
    assert (await failure(file)).startswith(f"{file} {reason}")


async def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "models.json"
    folder.mkdir()
    assert (await failure(folder)).startswith(f"{folder} cannot be indexed: ")


async def test_a_missing_file_is_told(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path / "none.json", tmp_path / "cache")
    with pytest.raises(RecordingsError, match=r"none\.json cannot be read: "):
        await recordings.open()
    assert recordings.cards() == ()


async def test_the_loop_goes_on_and_there_are_no_models_while_the_index_is_made(tmp_path: Path) -> None:
    file = written(tmp_path, [model("acme/a")])
    index = index_path(file, tmp_path / "cache")
    index.parent.mkdir()
    recordings = Recordings(file, tmp_path / "cache")
    # Whoever holds the lock is another server that makes the same index.
    with FileLock(index.with_name(f"{index.stem.rpartition('-')[0]}.lock")):
        opening = asyncio.create_task(recordings.open())
        turns = iter(range(20))
        await eventually(lambda: next(turns, None) is None, "twenty turns of the loop")
        assert not opening.done()
        assert (recordings.cards(), recordings.model("acme/a"), recordings.of_version("1")) == ((), None, None)
    await opening
    assert len(recordings.cards()) == 1
    recordings.close()
    assert recordings.cards() == ()


async def test_opening_can_be_given_up(tmp_path: Path) -> None:
    file = written(tmp_path, [model("acme/a")])
    index = index_path(file, tmp_path / "cache")
    index.parent.mkdir()
    recordings = Recordings(file, tmp_path / "cache")
    with FileLock(index.with_name(f"{index.stem.rpartition('-')[0]}.lock")):
        opening = asyncio.create_task(recordings.open())
        turns = iter(range(20))
        await eventually(lambda: next(turns, None) is None, "twenty turns of the loop")
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
    recordings.close()
    assert indexes(file) == []


def test_an_index_that_another_server_made_meanwhile_is_kept(tmp_path: Path) -> None:
    file = written(tmp_path, [model("acme/a"), 7])
    index = index_path(file, tmp_path / "cache")
    assert build(file, index) == {"models": 1, "skipped": 1}
    made = index.stat()
    assert build(file, index) == {"models": 1, "skipped": 0}
    assert (index.stat().st_ino, index.stat().st_mtime_ns) == (made.st_ino, made.st_mtime_ns)


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_only_the_user_may_read_the_index(tmp_path: Path) -> None:
    file = written(tmp_path, [model("acme/a")])
    index = index_path(file, tmp_path / "cache")
    build(file, index)
    assert {path.stat().st_mode & 0o777 for path in index.parent.iterdir()} == {0o600}
    assert index.parent.stat().st_mode & 0o777 == 0o700
