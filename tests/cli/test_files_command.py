"""`file …`: uploaded, listed, shown, deleted; fetched whole or not at all, and never over what is there."""

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from replicate_tui.core.forms.file_input import UPLOAD_LIMIT
from tests.cli.conftest import Run
from tests.cli.terminals import on_a_terminal
from tests.conftest import Server
from tests.core.scripted import Asked, Reply, Said, scripted

TOKEN = {"Authorization": "Bearer r8_of_the_tests"}
HELLO = "data:text/plain;base64," + base64.b64encode(b"hello\n").decode()

pytestmark = pytest.mark.usefixtures("remote")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The folder in which commands run."""
    folder = tmp_path / "work"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def photo(work: Path) -> Path:
    path = work / "photo.txt"
    path.write_bytes(b"not really one")
    return path


@pytest.fixture
def uploaded(run: Run, photo: Path, remote: Server) -> Iterator[str]:
    """The id of a file that was uploaded."""
    done = run("file", "upload", photo.name)
    assert done.returncode == 0, done.stderr
    file_id: str = json.loads(done.stdout)["id"]
    yield file_id
    httpx.delete(f"{remote.url}/v1/files/{file_id}", headers=TOKEN, trust_env=False)


# -- uploads ------


def test_an_upload_is_listed_shown_and_deleted(run: Run, uploaded: str) -> None:
    page = json.loads(run("file", "list", "--all").stdout)
    assert uploaded in [each["id"] for each in page["results"]]
    shown = json.loads(run("file", "show", uploaded).stdout)
    assert (shown["name"], shown["content_type"], shown["size"]) == ("photo.txt", "text/plain", 14)
    assert json.loads(run("file", "show", shown["urls"]["get"]).stdout)["id"] == uploaded
    assert run("file", "delete", uploaded).returncode == 2
    assert run("file", "delete", uploaded, "--yes").returncode == 0
    assert run("file", "show", uploaded).returncode == 3


def test_metadata_is_kept_with_a_file(run: Run, photo: Path) -> None:
    done = run("file", "upload", photo.name, "--metadata", '{"set": "spring"}')
    file = json.loads(done.stdout)
    assert file["metadata"] == {"set": "spring"}
    assert run("file", "delete", file["id"], "--yes").returncode == 0


def test_a_terminal_gets_facts_and_a_table(uploaded: str) -> None:
    shown = on_a_terminal("file", "show", uploaded)
    assert shown.lines[:3] == [f"id       {uploaded}", "name     photo.txt", "type     text/plain"]
    listed = on_a_terminal("file", "list", columns=120)
    assert listed.lines[0].split() == ["id", "name", "type", "size", "age", "expires"]
    (row,) = [line for line in listed.lines if uploaded in line]
    assert row.split()[1:6] == ["photo.txt", "text/plain", "14", "B", "now"]


def test_a_person_is_asked_before_a_file_is_deleted(run: Run, uploaded: str) -> None:
    kept = on_a_terminal("file", "delete", uploaded, asked=f"Delete the file {uploaded}?", typed="n")
    assert (kept.code, run("file", "show", uploaded).returncode) == (2, 0)
    gone = on_a_terminal("file", "delete", uploaded, asked=f"Delete the file {uploaded}?", typed="y")
    assert (gone.code, run("file", "show", uploaded).returncode) == (0, 3)


def test_a_dry_run_uploads_nothing(run: Run, photo: Path) -> None:
    before = json.loads(run("file", "list").stdout)
    request = json.loads(run("file", "upload", photo.name, "--metadata", '{"a": 1}', "--dry-run").stdout)
    assert (request["method"], request["body"]["content"]) == ("POST", "@photo.txt")
    assert json.loads(run("file", "list").stdout) == before


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("upload", "nowhere.png"), "nowhere.png"),
        (("upload", "."), "directory"),
        (("upload", "photo.txt", "--metadata", "[1]"), "--metadata"),
        (("upload", "photo.txt", "--metadata", "{"), "--metadata"),
        (("upload", "photo.txt", "--read-only"), "--read-only"),
        (("show", "a b"), "a b"),
        (("delete", "x/y", "--yes"), "x/y"),
        (("delete", "abc", "--yes", "--read-only"), "--read-only"),
        (("download", "abc"), "signed link"),
        (("download", "https://api.replicate.com/v1/files/abc"), "signed link"),
        (("download", "ftp://a/b"), "https://"),
        (("download", "not an address"), "https://"),
        (("download", HELLO, "--output", "nowhere/at/all"), "nowhere/at"),
        (("download", HELLO, "--output", "photo.txt"), "not overwritten"),
    ],
)
def test_wrong_use_is_named_and_nothing_is_written(
    run: Run, photo: Path, work: Path, arguments: tuple[str, ...], named: str
) -> None:
    done = run("file", *arguments)
    assert done.returncode == 2, done.stderr
    assert named in done.stderr
    assert done.stdout == ""
    assert [path.name for path in work.iterdir()] == ["photo.txt"]
    assert photo.read_bytes() == b"not really one"


def test_a_file_that_is_not_there_ends_with_3(run: Run) -> None:
    assert run("file", "show", "abc").returncode == 3
    assert run("file", "delete", "abc", "--yes").returncode == 3


def test_a_file_that_is_too_large_is_not_sent(run: Run, work: Path) -> None:
    with (work / "large.bin").open("wb") as file:
        file.truncate(UPLOAD_LIMIT + 1)
    done = run("file", "upload", "large.bin")
    assert done.returncode == 2
    assert "100 MB" in done.stderr


# -- downloads ------


def test_an_output_is_fetched_under_its_name_or_another(run: Run, work: Path) -> None:
    prediction = json.loads(run("run", "local/painter", "prompt=x", "width=64", "height=64").stdout)
    url = prediction["output"][0] if isinstance(prediction["output"], list) else prediction["output"]
    first = run("file", "download", url)
    assert first.returncode == 0, first.stderr
    path = work / json.loads(first.stdout)["path"]
    content = path.read_bytes()
    assert content
    assert run("file", "download", url, "-o", "again.png").returncode == 0
    assert (work / "again.png").read_bytes() == content
    assert run("file", "download", url).returncode == 2
    assert sorted(each.name for each in work.iterdir()) == sorted([path.name, "again.png"])


def test_data_is_unpacked_into_a_folder(run: Run, work: Path) -> None:
    (work / "there").mkdir()
    done = run("file", "download", HELLO, "--output", "there")
    assert done.returncode == 0, done.stderr
    (path,) = (work / "there").iterdir()
    assert path.read_bytes() == b"hello\n"


def test_a_link_that_leads_nowhere_leaves_nothing(run: Run, work: Path, remote: Server) -> None:
    done = run("file", "download", f"{remote.url}/outputs/nothing/here.png")
    assert done.returncode == 3
    assert list(work.iterdir()) == []


async def test_a_page_in_the_place_of_a_picture_is_not_saved(run: Run, work: Path) -> None:
    def script(asked: Asked) -> Reply:
        return Said(b"<!DOCTYPE html><html><body>Log in</body></html>", headers={"Content-Type": "text/html"})

    async with scripted() as server:
        server.script = script
        done = await asyncio.to_thread(run, "file", "download", f"{server.url}/picture.png")
    assert done.returncode == 4, done.stderr
    assert "instead of the file" in done.stderr
    assert await asyncio.to_thread(lambda: list(work.iterdir())) == []
