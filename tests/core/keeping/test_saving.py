"""One run into one folder: every shape of output, every way that fetching a file can fail."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Training
from replicate_tui.core import outputs
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.keeping.saving import Saved, save
from tests.core.kept_runs import content, file_script, files_up_to, finished, in_server, parts
from tests.core.scripted import (
    HANG_UP,
    Asked,
    Reply,
    Said,
    Scripted,
    problem,
    run_object,
)
from tests.waiting import eventually

PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
DATA_URI = "data:image/png;base64," + base64.b64encode(PIXEL).decode()


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
        file.where for file in outputs.files(run.prediction.output)
    }


async def test_a_training_is_written_as_the_api_tells_it(client: Client, tmp_path: Path) -> None:
    told = run_object("t1", "succeeded", output={"version": "me/mine:1"})
    run = Run(runs.of_training(Training.of(told), "me/mine"), None, 0.0)
    await save(client, run, tmp_path)
    assert json.loads((tmp_path / "prediction.json").read_bytes()) == told


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


async def test_an_interrupted_saving_leaves_nothing_half_written_under_its_name(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield bytes(5_000_000)
        await asyncio.Event().wait()

    server.script = lambda asked: half()
    saving = asyncio.create_task(save(client, finished(f"{server.url}/f/out.bin"), tmp_path))
    await eventually(lambda: parts(tmp_path) and "output.json" in content(tmp_path), "half a file")
    saving.cancel()
    await asyncio.gather(saving, return_exceptions=True)
    assert saving.cancelled()
    assert content(tmp_path).keys() - {path.name for path in parts(tmp_path)} == {"output.json"}
    server.script = file_script
    await save(client, finished(f"{server.url}/f/out.bin"), tmp_path)
    assert content(tmp_path).keys() == {"out.bin", "output.json"}, "a later saving clears away what was left"
