"""Finished runs on disk: every shape of output, every way that fetching one can fail."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Prediction
from replicate_tui.core import archive
from replicate_tui.core.archive import Archive, Saved, save
from replicate_tui.core.runs import Run
from replicate_tui.core.store import Store
from tests.core.scripted import (
    HANG_UP,
    Asked,
    Reply,
    Said,
    Scripted,
    problem,
    run_object,
    says,
)
from tests.waiting import eventually

PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
DATA_URI = "data:image/png;base64," + base64.b64encode(PIXEL).decode()


def finished(output: object, **values: Any) -> Run:
    return Run(Prediction.of(run_object("r1", "succeeded", output=output, **values)), None, 0.0)


def ended(seconds_ago: float) -> str:
    return datetime.fromtimestamp(time.time() - seconds_ago, UTC).isoformat()


def content(folder: Path) -> dict[str, bytes]:
    """Everything in a folder, hidden files too, but for the record of the run."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found.pop("prediction.json", None)
    return found


def file_script(asked: Asked) -> Reply:
    """Every file holds its own path."""
    return Said(asked.path.encode(), headers={"Content-Type": "image/png"})


def in_server(output: Any, server: Scripted) -> Any:
    """The output with the server's address for its "@"."""
    return json.loads(json.dumps(output).replace("@", server.url))


# -- what is written ------


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("Grey herons", {"output.txt": b"Grey herons"}),
        (["Grey", " herons", None], {"output.txt": b"Grey herons"}),
        ("", {"output.txt": b""}),
        (None, {}),
        (0.5, {"output.json": b"0.5\n"}),
        ({"score": 1}, {"output.json": b'{\n  "score": 1\n}\n'}),
        ("@/f/out.png", {"out.png": b"/f/out.png"}),
        (["@/f/0.png", "@/f/1.webp"], {"0.png": b"/f/0.png", "1.webp": b"/f/1.webp"}),
        (
            {"image": "@/f/out.png", "more": {"deep": [{"mask": "@/f/mask.png"}]}, "seed": 7},
            {"out.png": b"/f/out.png", "mask.png": b"/f/mask.png"},
        ),
        (DATA_URI, {"output.png": PIXEL}),
        ([DATA_URI, "@/f/x.png"], {"output-0.png": PIXEL, "x.png": b"/f/x.png"}),
        (["@/a/out.png", "@/b/out.png"], {"out.png": b"/a/out.png", "out-2.png": b"/b/out.png"}),
        (["@/a/Out.png", "@/b/out.PNG"], {"Out.png": b"/a/Out.png", "out-2.PNG": b"/b/out.PNG"}),
        ("@/f/weights", {"weights": b"/f/weights"}),
        ("@/f/", {"output": b"/f/"}),
        ("@/f/logs.txt", {"logs-2.txt": b"/f/logs.txt"}),
    ],
)
async def test_every_shape_of_output_is_saved(
    server: Scripted, client: Client, tmp_path: Path, output: object, expected: dict[str, bytes]
) -> None:
    server.script = file_script
    run = finished(in_server(output, server))
    saved = await save(client, run, tmp_path / "kept")
    found = content(tmp_path / "kept")
    assert saved.failures == ()
    assert {path.name for path in saved.files} == {*found, "prediction.json"}
    if "output.json" not in expected:
        found.pop("output.json", None)
    assert found == expected
    document = json.loads((tmp_path / "kept" / "prediction.json").read_bytes())
    assert document == run.prediction.raw
    assert Run(run.prediction, tmp_path / "kept", 0.0).files.keys() <= {"output"} | {
        file.where for file in archive.outputs.files(run.prediction.output)
    }


async def test_a_file_called_like_our_own_record_is_saved_beside_it(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    server.script = file_script
    output = {"table": f"{server.url}/f/output.json"}
    saved = await save(client, finished(output), tmp_path)
    assert saved.failures == ()
    assert (tmp_path / "output.json").read_bytes() == b"/f/output.json"
    assert json.loads((tmp_path / "output-2.json").read_bytes()) == output


async def test_logs_are_saved_as_they_came(client: Client, tmp_path: Path) -> None:
    logs = "  0%|   |\r100%|###|\nüml\x1b[31m \ud800 end\r\n"
    await save(client, finished("x", logs=logs), tmp_path)
    assert (tmp_path / "logs.txt").read_bytes() == logs.replace("\ud800", "\\ud800").encode()


async def test_names_are_legal_everywhere_and_stay_in_the_folder(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    server.script = file_script
    names = ["con.png", "a%3Ab%2A%3F.png", "..%2F..%2Fup.png", "%2E%2E", "end.", "nul", "A%0AB.png", "x" * 300 + ".png"]
    saved = await save(client, finished([f"{server.url}/f/{name}" for name in names]), tmp_path / "kept")
    assert saved.failures == ()
    found = {path.name for path in saved.files} - {"prediction.json", "output.json"}
    assert len(found) == len(names)
    for name in found:
        assert not set(name) & set('<>:"/\\|?*\n')
        assert name.partition(".")[0].lower() not in ("con", "nul", "")
        assert not name.endswith((".", " "))
        assert len(name.encode()) <= 120
    assert {name.partition("/")[0] for name in content(tmp_path)} == {"kept"}


async def test_what_lies_in_the_folder_already_is_replaced_unless_it_is_known_to_be_the_runs(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    server.script = file_script
    (tmp_path / "out.png").write_bytes(b"of another run")
    run = finished(f"{server.url}/f/out.png")
    await save(client, run, tmp_path, keep=True)
    assert (tmp_path / "out.png").read_bytes() == b"of another run"
    assert server.asked == []
    await save(client, run, tmp_path)
    assert (tmp_path / "out.png").read_bytes() == b"/f/out.png"


async def test_two_savings_at_once_leave_whole_files(server: Scripted, client: Client, tmp_path: Path) -> None:
    whole = bytes(range(256)) * 4000
    both = asyncio.Event()

    async def script(asked: Asked) -> Reply:
        if len(server.asked) == 2:
            both.set()
        await both.wait()
        return Said(whole)

    server.script = script
    run = finished(f"{server.url}/f/out.bin")
    first, second = await asyncio.gather(save(client, run, tmp_path), save(client, run, tmp_path))
    assert first.failures == second.failures == ()
    assert content(tmp_path).keys() == {"out.bin", "output.json"}
    assert content(tmp_path)["out.bin"] == whole


# -- what is refused ------


async def saved_beside(script_of_bad: Reply, server: Scripted, client: Client, folder: Path, name: str) -> Saved:
    """What comes of a run with one good file and one bad one."""
    server.script = lambda asked: file_script(asked) if asked.path == "/f/good.png" else script_of_bad
    return await save(client, finished([f"{server.url}/f/{name}", f"{server.url}/f/good.png"]), folder)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Said(b"<html>Sorry</html>", headers={"Content-Type": "text/html; charset=utf-8"}), "web page"),
        (Said(b"<html>Sorry</html>", headers={"Content-Type": "TEXT/HTML"}), "web page"),
        (Said(b"half", headers={"Content-Type": "image/png"}, length=4000), "broke off"),
        (problem(404, "Not found."), "Not found."),
        (problem(403, "Expired."), "Expired."),
        (problem(500, "Oh."), "Oh."),
        (HANG_UP, "broke off"),
        (Said(b"", 302, {"Location": "http://[bad"}), "bad.png"),
    ],
)
async def test_a_file_that_does_not_come_is_told_and_the_others_are_saved(
    server: Scripted, client: Client, tmp_path: Path, reply: Reply, words: str
) -> None:
    saved = await saved_beside(reply, server, client, tmp_path / "kept", "bad.png")
    (failure,) = saved.failures
    assert failure.startswith("bad.png: ")
    assert words in failure
    found = content(tmp_path / "kept")
    assert found.keys() == {"good.png", "output.json"}
    assert found["good.png"] == b"/f/good.png"


@pytest.mark.parametrize("name", ["page.html", "PAGE.HTM", "doc.xhtml"])
async def test_a_web_page_is_saved_where_one_is_expected(
    server: Scripted, client: Client, tmp_path: Path, name: str
) -> None:
    page = Said(b"<html>fine</html>", headers={"Content-Type": "text/html"})
    saved = await saved_beside(page, server, client, tmp_path, name)
    assert saved.failures == ()
    assert (tmp_path / name).read_bytes() == b"<html>fine</html>"


async def test_a_broken_data_address_is_told(client: Client, tmp_path: Path) -> None:
    saved = await save(client, finished("data:image/png;base64,%%%"), tmp_path / "kept")
    assert len(saved.failures) == 1
    assert content(tmp_path / "kept").keys() == {"output.json"}


async def test_a_folder_that_cannot_be_made_is_an_error_of_the_system(client: Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        await save(client, finished("x"), tmp_path / "file" / "kept")


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file of this process may grow beyond that, as on a full disk."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_file_too_large_for_the_disk_is_told_and_leaves_nothing_half_written(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    with files_up_to(200_000):
        saved = await saved_beside(Said(bytes(1_000_000)), server, client, tmp_path / "kept", "big.bin")
    (failure,) = saved.failures
    assert failure.startswith("big.bin: ")
    assert content(tmp_path / "kept").keys() == {"good.png", "output.json"}


async def test_a_disk_without_room_for_the_record_is_an_error_of_the_system(client: Client, tmp_path: Path) -> None:
    with files_up_to(50_000), pytest.raises(OSError, match="too large"):
        await save(client, finished("x" * 1_000_000), tmp_path / "kept")
    assert content(tmp_path / "kept") == {}


async def test_an_interrupted_saving_leaves_nothing_half_written(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield bytes(500_000)
        await asyncio.Event().wait()

    server.script = lambda asked: half()
    saving = asyncio.create_task(save(client, finished(f"{server.url}/f/out.bin"), tmp_path))
    await eventually(lambda: any(name.startswith(".out.bin") for name in content(tmp_path)), "half a file")
    saving.cancel()
    await asyncio.gather(saving, return_exceptions=True)
    assert saving.cancelled()
    assert content(tmp_path).keys() == {"output.json"}


# -- the archive ------


@asynccontextmanager
async def archiving(client: Client, store: Store, folder: Path) -> AsyncIterator[Archive]:
    kept = Archive(client, store, folder)
    task = asyncio.create_task(kept.run())
    try:
        yield kept
    finally:
        task.cancel()
        results = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)


class Replies:
    """Tells of runs and their files; what is in `bad` is answered so."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.runs = {document["id"]: document for document in documents}
        self.bad: dict[str, Reply] = {}

    def __call__(self, asked: Asked) -> Reply:
        if asked.path in self.bad:
            return self.bad[asked.path]
        run = self.runs.get(asked.path.rpartition("/")[2])
        if asked.path.startswith("/v1/predictions/"):
            return problem(404) if run is None else says(run)
        return file_script(asked)


async def put(store: Store, document: dict[str, Any]) -> None:
    await store.put(Prediction.of(document), now=time.time())


def folder_of(store: Store, run_id: str) -> Path | None:
    run = store.run(run_id)
    assert run is not None
    return run.folder


def files(server: Scripted) -> list[str]:
    return server.paths("/f/")


async def test_a_run_that_succeeds_is_saved_with_its_last_logs_and_its_folder_is_remembered(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    whole = run_object("r1", "succeeded", output=f"{server.url}/f/out.png", logs="all\n", completed_at=ended(1))
    server.script = Replies(whole)
    async with archiving(client, store, tmp_path / "runs") as kept:
        await put(store, run_object("r1"))
        await put(store, {key: value for key, value in whole.items() if key != "logs"})
        await eventually(lambda: folder_of(store, "r1"), "the saving")
    assert folder_of(Store(store.database, store.scope), "r1") == tmp_path / "runs" / "r1"
    assert content(tmp_path / "runs" / "r1")["logs.txt"] == b"all\n"
    run = store.run("r1")
    assert run is not None
    assert run.files == {"output": tmp_path / "runs" / "r1" / "out.png"}
    assert files(server) == ["/f/out.png"]
    assert kept.failures == {}


async def test_runs_that_ended_shortly_before_the_start_are_saved_and_older_ones_are_not_tried(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    def old(run_id: str, status: str = "succeeded", **values: Any) -> dict[str, Any]:
        return run_object(run_id, status, output=f"{server.url}/f/{run_id}", **{"completed_at": ended(600), **values})

    documents = [
        old("recent"),
        old("older", completed_at=ended(3700)),
        old("failed", "failed"),
        old("removed", data_removed=True),
        old("kept"),
    ]
    for document in documents:
        await put(store, document)
    await store.set_folder("kept", tmp_path / "elsewhere")
    server.script = Replies(*documents)
    async with archiving(client, store, tmp_path / "runs"):
        await eventually(lambda: folder_of(store, "recent"), "the saving")
        await put(store, old("last"))
        await eventually(lambda: folder_of(store, "last"), "the one after")
    assert files(server) == ["/f/recent", "/f/last"]
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {"recent", "last"}


async def test_a_wrong_clock_does_not_keep_a_run_from_being_saved_that_ended_under_our_eyes(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    whole = run_object("r1", "succeeded", output=f"{server.url}/f/out.png", completed_at=ended(5 * 3600))
    server.script = Replies(whole)
    async with archiving(client, store, tmp_path / "runs"):
        await put(store, run_object("r1"))
        await put(store, whole)
        await eventually(lambda: folder_of(store, "r1"), "the saving")


async def test_what_is_missing_is_told_and_tried_again_and_nothing_is_fetched_twice(
    server: Scripted, client: Client, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FIRST_RETRY", 0.02)
    monkeypatch.setattr(archive, "SLOWEST_RETRY", 0.02)
    names = [f"{server.url}/f/good.png", f"{server.url}/f/bad.png"]
    whole = run_object("r1", "succeeded", output=names, completed_at=ended(1))
    server.script = replies = Replies(whole)
    replies.bad["/f/bad.png"] = HANG_UP
    async with archiving(client, store, tmp_path / "runs") as kept:
        await put(store, whole)
        await eventually(lambda: "bad.png" in kept.failures.get("r1", ""), "the failure")
        assert folder_of(store, "r1") == tmp_path / "runs" / "r1"
        tries = len(files(server))
        await eventually(lambda: len(files(server)) > tries, "another try")
        replies.bad.clear()
        await eventually(lambda: not kept.failures, "the rest")
    assert files(server).count("/f/good.png") == 1
    assert content(tmp_path / "runs" / "r1").keys() == {"good.png", "bad.png", "output.json"}


async def test_it_is_tried_no_more_once_replicate_has_deleted_it(
    server: Scripted, client: Client, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FIRST_RETRY", 0.0)
    monkeypatch.setattr(archive, "RETENTION", 0.0)
    whole = run_object("r1", "succeeded", output=f"{server.url}/f/bad.png", completed_at=None)
    good = run_object("r2", "succeeded", output=f"{server.url}/f/good.png", completed_at=None)
    server.script = replies = Replies(whole, good)
    replies.bad["/f/bad.png"] = problem(404)
    async with archiving(client, store, tmp_path / "runs") as kept:
        await put(store, whole)
        await eventually(lambda: kept.failures, "the failure")
        await put(store, good)
        await eventually(lambda: folder_of(store, "r2"), "the one after")
        assert folder_of(store, "r1") is None
    assert files(server) == ["/f/bad.png", "/f/good.png"]


NOWHERE = ["http://xn--/", "javascript:1", "http://127.0.0.1:99999/"]


@pytest.mark.parametrize("address", ["https://xn--/bad.png", "http://127.0.0.1:99999/bad.png", "@/f/bad.png"])
@pytest.mark.parametrize("place", NOWHERE)
async def test_a_file_at_an_address_at_which_nothing_can_be_is_told_and_ends_nothing(
    server: Scripted, client: Client, store: Store, tmp_path: Path, address: str, place: str
) -> None:
    output = in_server([address, "@/f/good.png"], server)
    whole = run_object("r1", "succeeded", output=output, completed_at=ended(1))
    server.script = replies = Replies(whole)
    replies.bad["/f/bad.png"] = Said(status=302, headers={"Location": place})
    async with archiving(client, store, tmp_path / "runs") as kept:
        await put(store, whole)
        await eventually(lambda: folder_of(store, "r1"), "the saving")
        await eventually(lambda: "an address that" in kept.failures.get("r1", ""), "the failure")
    assert content(tmp_path / "runs" / "r1")["good.png"] == b"/f/good.png"


@pytest.mark.parametrize("reply", [HANG_UP, Said(b"<html>log in</html>"), problem(500), problem(401)])
async def test_an_api_that_does_not_answer_does_not_end_the_archive(
    server: Scripted, client: Client, store: Store, tmp_path: Path, reply: Reply
) -> None:
    first = run_object("r1", "succeeded", output=f"{server.url}/f/1.png", completed_at=ended(1))
    server.script = replies = Replies(first)
    replies.bad["/v1/predictions/r1"] = reply
    async with archiving(client, store, tmp_path / "runs"):
        await put(store, first)
        await eventually(lambda: folder_of(store, "r1"), "what is known of it")
        await put(store, run_object("r2", "succeeded", output="text", completed_at=ended(1)))
        await eventually(lambda: folder_of(store, "r2"), "the one after")
    assert content(tmp_path / "runs" / "r1")["1.png"] == b"/f/1.png"


async def test_a_folder_that_cannot_be_written_is_told_and_the_archive_goes_on(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "runs").write_bytes(b"a file is in the way")
    async with archiving(client, store, tmp_path / "runs") as kept:
        await put(store, run_object("r1", "succeeded", output="a", completed_at=ended(1)))
        await put(store, run_object("r2", "succeeded", output="b", completed_at=ended(1)))
        await eventually(lambda: kept.failures.keys() == {"r1", "r2"}, "both failures")
    assert "cannot save r1" in kept.failures["r1"]
    assert folder_of(store, "r1") is None


async def test_an_id_that_is_a_path_stays_in_the_folder(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    await put(store, run_object("../../evil", "succeeded", output="a", completed_at=ended(1)))
    async with archiving(client, store, tmp_path / "deep" / "runs"):
        folder = await eventually(lambda: folder_of(store, "../../evil"), "the saving")
    assert folder.parent == tmp_path / "deep" / "runs"
    assert (folder / "output.txt").read_bytes() == b"a"
