"""One file, whole or not at all: cut downloads that go on, and pages that come in a file's place."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from replicate_tui.api.calls import TRIES
from replicate_tui.api.client import Client
from replicate_tui.core.keeping import arriving, fetching
from replicate_tui.core.keeping.saving import save
from tests.core.kept_runs import content, finished, parts, ranged
from tests.core.scripted import HANG_UP, Asked, Reply, Said, Scripted, problem

WHOLE = bytes(range(256)) * 100
ETAG = '"1"'


def cut_at(size: int, etag: str = ETAG, whole: bytes = WHOLE) -> Said:
    """The beginning of a file, and then nothing more."""
    return Said(whole[:size], headers={"ETag": etag} if etag else {}, length=len(whole))


async def saved(client: Client, server: Scripted, folder: Path, name: str = "out.bin") -> tuple[str, ...]:
    """Save one file; what failed."""
    return (await save(client, finished(f"{server.url}/f/{name}"), folder)).failures


def ranges(server: Scripted) -> list[str | None]:
    return [asked.headers.get("range") for asked in server.asked]


def in_turn(*replies: Reply | Callable[[Asked], Reply]) -> Callable[[Asked], Reply]:
    """One answer after the other; the last for all that follow."""
    left = list(replies)

    def script(asked: Asked) -> Reply:
        reply = left.pop(0) if len(left) > 1 else left[0]
        return reply(asked) if callable(reply) else reply

    return script


# -- going on ------


@pytest.mark.parametrize("etag", [ETAG, 'W/"1"', ""], ids=["strong", "weak", "none"])
async def test_a_cut_download_goes_on_where_it_ended(
    server: Scripted, client: Client, tmp_path: Path, etag: str
) -> None:
    server.script = in_turn(cut_at(10_000, etag), lambda asked: ranged(asked, WHOLE, etag))
    assert await saved(client, server, tmp_path) == ()
    assert ranges(server) == [None, "bytes=10000-"]
    assert server.asked[1].headers.get("if-range") == (etag if etag.startswith('"') else None)
    assert content(tmp_path)["out.bin"] == WHOLE
    assert parts(tmp_path) == []


async def test_a_download_that_is_cut_again_and_again_goes_on_in_later_tries(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    def a_bit(asked: Asked) -> Said:
        rest = ranged(asked, WHOLE, ETAG)
        return Said(rest.body[:5000], rest.status, rest.headers, length=len(rest.body))

    server.script = a_bit
    (failure,) = await saved(client, server, tmp_path)
    assert "broke off" in failure
    assert "out.bin" not in content(tmp_path)
    assert [path.stat().st_size for path in parts(tmp_path)] == [5000 * fetching.TRIES]
    assert await saved(client, server, tmp_path) == ()
    assert ranges(server) == [None, *(f"bytes={n}-" for n in range(5000, len(WHOLE), 5000))]
    assert content(tmp_path)["out.bin"] == WHOLE


async def test_what_never_begins_is_asked_for_no_more_often_than_any_request(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    server.script = lambda asked: HANG_UP
    assert len(await saved(client, server, tmp_path)) == 1
    assert len(server.asked) == TRIES


async def test_a_server_that_knows_no_ranges_sends_the_whole_again(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    server.script = in_turn(cut_at(10_000), Said(WHOLE, headers={"ETag": ETAG}))
    assert await saved(client, server, tmp_path) == ()
    assert content(tmp_path)["out.bin"] == WHOLE
    assert parts(tmp_path) == []


OTHER = bytes(reversed(WHOLE))


@pytest.mark.parametrize(
    "answer",
    [
        lambda asked: ranged(asked, OTHER, '"2"'),
        lambda asked: ranged(asked, OTHER, 'W/"2"'),
        lambda asked: in_spite(asked, OTHER, '"2"'),
        lambda asked: ranged(asked, OTHER + b"longer", ""),
        lambda asked: in_spite(asked, OTHER + b"longer", ETAG),
    ],
    ids=["condition", "weak", "ignored condition", "size", "size in spite of the tag"],
)
async def test_what_is_another_file_by_now_begins_anew(
    server: Scripted, client: Client, tmp_path: Path, answer: Callable[[Asked], Said]
) -> None:
    server.script = in_turn(cut_at(10_000), answer)
    assert await saved(client, server, tmp_path) == ()
    assert content(tmp_path)["out.bin"].startswith(OTHER)
    assert parts(tmp_path) == []


def in_spite(asked: Asked, whole: bytes, etag: str) -> Said:
    """The rest of a file, whatever the condition was."""
    asked.headers.pop("if-range", None)
    return ranged(asked, whole, etag)


@pytest.mark.parametrize(
    "refusal", [problem(416), Said(b"x", 206, {"Content-Range": "bytes 7-9/10"})], ids=["416", "another range"]
)
async def test_a_refused_range_is_followed_by_the_whole(
    server: Scripted, client: Client, tmp_path: Path, refusal: Said
) -> None:
    server.script = in_turn(cut_at(10_000), refusal, Said(WHOLE))
    assert await saved(client, server, tmp_path) == ()
    assert ranges(server) == [None, "bytes=10000-", None]
    assert content(tmp_path)["out.bin"] == WHOLE


async def test_a_file_that_is_all_there_needs_only_its_name(server: Scripted, client: Client, tmp_path: Path) -> None:
    key = arriving.key("out.bin", f"{server.url}/f/out.bin")
    arriving.part(tmp_path, key, len(WHOLE), ETAG).write(0, WHOLE)
    assert await saved(client, server, tmp_path) == ()
    assert server.asked == []
    assert content(tmp_path)["out.bin"] == WHOLE
    assert parts(tmp_path) == []


async def test_the_beginning_of_a_file_at_another_address_is_not_gone_on_with(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    server.script = in_turn(cut_at(10_000), HANG_UP)
    await saved(client, server, tmp_path, "a/out.bin")
    server.script = lambda asked: ranged(asked, OTHER, ETAG)
    assert await saved(client, server, tmp_path, "b/out.bin") == ()
    assert content(tmp_path)["out.bin"] == OTHER


async def test_what_cannot_be_known_again_does_not_stay(server: Scripted, client: Client, tmp_path: Path) -> None:
    endless = '"' + "x" * 100 + '"'
    server.script = in_turn(cut_at(10_000, endless), HANG_UP)
    assert len(await saved(client, server, tmp_path)) == 1
    assert parts(tmp_path) == []


async def test_an_entity_tag_that_changes_with_each_answer_fills_no_disk(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    server.script = lambda asked: cut_at(10_000, f'"{len(server.asked)}"')
    for _ in range(3):
        assert len(await saved(client, server, tmp_path)) == 1
    assert len(parts(tmp_path)) == 1


async def test_an_empty_file_is_a_file(server: Scripted, client: Client, tmp_path: Path) -> None:
    server.script = lambda asked: Said(b"")
    assert await saved(client, server, tmp_path) == ()
    assert content(tmp_path)["out.bin"] == b""


async def test_a_large_file_arrives_in_pieces(
    server: Scripted, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PIECE", 1000)
    server.script = lambda asked: Said(WHOLE)
    assert await saved(client, server, tmp_path) == ()
    assert content(tmp_path)["out.bin"] == WHOLE


@pytest.mark.parametrize("etag", [ETAG, ""], ids=["tag", "size alone"])
async def test_two_that_go_on_with_one_beginning_do_each_other_no_harm(
    server: Scripted, client: Client, tmp_path: Path, etag: str
) -> None:
    both = asyncio.Event()

    async def rest(asked: Asked) -> Reply:
        if len(server.asked) == 2:
            both.set()
        await both.wait()
        return ranged(asked, WHOLE, etag)

    server.script = rest
    key = arriving.key("out.bin", f"{server.url}/f/out.bin")
    arriving.part(tmp_path, key, len(WHOLE), etag or None).write(0, WHOLE[:10_000])
    results = await asyncio.gather(saved(client, server, tmp_path), saved(client, server, tmp_path))
    assert results == [(), ()]
    assert ranges(server) == ["bytes=10000-"] * 2
    assert content(tmp_path).keys() == {"out.bin", "output.json"}
    assert content(tmp_path)["out.bin"] == WHOLE


@pytest.mark.parametrize("step", ["write", "beginning", "become"])
@pytest.mark.parametrize("etag", [ETAG, ""], ids=["tag", "size alone"])
async def test_what_another_saving_finishes_meanwhile_is_saved(
    server: Scripted, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, etag: str
) -> None:
    real = getattr(arriving.Part, step)

    def overtaken(part: arriving.Part, *values: object) -> object:
        if part.known:
            monkeypatch.setattr(arriving.Part, step, real)
            part.path.write_bytes(WHOLE)
            part.path.replace(tmp_path / "out.bin")
        return real(part, *values)

    key = arriving.key("out.bin", f"{server.url}/f/out.bin")
    arriving.part(tmp_path, key, len(WHOLE), etag or None).write(0, WHOLE[:10_000])
    (tmp_path / "out.bin").write_bytes(OTHER)
    monkeypatch.setattr(arriving.Part, step, overtaken)
    server.script = lambda asked: ranged(asked, WHOLE, etag)
    assert await saved(client, server, tmp_path) == ()
    assert ranges(server) == ["bytes=10000-"]
    assert content(tmp_path)["out.bin"] == WHOLE
    assert parts(tmp_path) == []


async def test_a_beginning_that_another_saving_let_go_of_is_fetched_again(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    def dropped(asked: Asked) -> Said:
        arriving.clear(tmp_path)
        return ranged(asked, WHOLE, ETAG)

    key = arriving.key("out.bin", f"{server.url}/f/out.bin")
    arriving.part(tmp_path, key, len(WHOLE), ETAG).write(0, WHOLE[:10_000])
    (tmp_path / "out.bin").write_bytes(OTHER)
    server.script = in_turn(dropped, lambda asked: ranged(asked, WHOLE, ETAG))
    assert await saved(client, server, tmp_path) == ()
    assert ranges(server) == ["bytes=10000-", None]
    assert content(tmp_path)["out.bin"] == WHOLE


def test_a_small_file_is_written_though_another_saving_clears_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = arriving.Part.become

    def cleared(part: arriving.Part, path: Path, size: int) -> None:
        monkeypatch.setattr(arriving.Part, "become", real)
        arriving.clear(tmp_path)
        real(part, path, size)

    monkeypatch.setattr(arriving.Part, "become", cleared)
    arriving.write_whole(tmp_path / "a.json", b"{}")
    assert content(tmp_path) == {"a.json": b"{}"}


def test_a_part_never_has_a_gap(tmp_path: Path) -> None:
    part = arriving.part(tmp_path, arriving.key("a", "u"), 10, ETAG)
    with pytest.raises(FileNotFoundError):
        part.write(5, b"56789")
    part.write(0, b"012")
    with pytest.raises(OSError, match="anew"):
        part.write(5, b"56789")
    part.write(2, b"23456789")
    part.become(tmp_path / "a", 10)
    assert content(tmp_path) == {"a": b"0123456789"}


def test_what_is_not_all_there_never_takes_the_real_name(tmp_path: Path) -> None:
    part = arriving.part(tmp_path, arriving.key("a", "u"), 10, ETAG)
    part.write(0, b"012")
    with pytest.raises(OSError, match="10 bytes"):
        part.become(tmp_path / "a", 10)
    assert not (tmp_path / "a").exists()


def test_the_name_of_a_part_tells_of_which_file_it_is(tmp_path: Path) -> None:
    known = [(10, ETAG), (None, 'W/"<&>/\\"'), (10, None), (10, '"' + "x" * 78 + '"')]
    keys = [arriving.key(f"{n}.png", "u") for n in range(len(known))]
    for of, (size, etag) in zip(keys, known, strict=True):
        arriving.part(tmp_path, of, size, etag).write(0, b"1")
    found = arriving.begun(tmp_path)
    assert [(found[of][0].size, found[of][0].etag) for of in keys] == known
    assert all(len(path.name) < 200 for path in parts(tmp_path))


def test_what_nobody_could_know_again_has_a_name_of_its_own(tmp_path: Path) -> None:
    of = arriving.key("a", "u")
    for size, etag in [(None, None), (10, '"' + "x" * 200 + '"')]:
        one, two = arriving.part(tmp_path, of, size, etag), arriving.part(tmp_path, of, size, etag)
        assert one.path != two.path
        assert not one.known
        one.write(0, b"1")
    assert arriving.begun(tmp_path) == {}
    (tmp_path / ".hidden.part").write_bytes(b"the user's")
    arriving.clear(tmp_path)
    assert content(tmp_path) == {".hidden.part": b"the user's"}
    arriving.clear(tmp_path / "nowhere")


# -- what comes in a file's place ------

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PAGE = b"<!DOCTYPE html>\n<html><body>Sorry</body></html>"
MESSAGE = b'{"detail": "Not found"}'


@pytest.mark.parametrize(
    ("name", "kind", "body", "came"),
    [
        ("a.png", "image/png", PAGE, "a web page"),
        ("a.png", "application/octet-stream", b"\xef\xbb\xbf\n <HTML>\n", "a web page"),
        ("a.png", "image/png", MESSAGE, "an error message"),
        ("a.png", "application/json", b'{ "error": 1}', "an error message"),
        ("a.mp4", "", b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "an error message"),
        ("a.zip", "text/plain", b"[]", "an error message"),
        ("a.jpg", "text/html", b"Sorry, try again later", "a web page"),
        ("a.wav", "application/problem+json", b"no", "an error message"),
        ("a.svg", "image/svg+xml", PAGE, "a web page"),
        ("a.svg", "image/svg+xml", MESSAGE, "an error message"),
        ("a.glb", "model/gltf-binary", PAGE, "a web page"),
        ("a.json", "application/json", PAGE, "a web page"),
        ("a.csv", "text/csv", PAGE, "a web page"),
        ("weights", "text/html", PAGE, "a web page"),
        ("a.txt", "text/html", PAGE, "a web page"),
    ],
)
async def test_a_page_in_a_files_place_is_refused(
    server: Scripted, client: Client, tmp_path: Path, name: str, kind: str, body: bytes, came: str
) -> None:
    server.script = lambda asked: Said(body, headers={"Content-Type": kind} if kind else {})
    (failure,) = await saved(client, server, tmp_path, name)
    assert failure == f"{name}: {came} came instead of the file"
    assert content(tmp_path).keys() == {"output.json"}


@pytest.mark.parametrize(
    ("name", "kind", "body"),
    [
        ("a.html", "text/html", PAGE),
        ("a.html", "application/octet-stream", b""),
        ("a.json", "application/json", MESSAGE),
        ("a.json", "application/json", b"[1]"),
        ("a.svg", "image/svg+xml", b'<?xml version="1.0"?><!DOCTYPE svg><svg></svg>'),
        ("a.svg", "text/html", b"\x1f\x8b\x08\x00 packed"),
        ("a.svg", "image/svg+xml", b"<svg></svg>"),
        ("a.xml", "text/xml", b"<?xml version='1.0'?><a/>"),
        ("a.md", "text/plain", PAGE),
        ("a.txt", "application/octet-stream", PAGE),
        ("a.gltf", "model/gltf+json", b'{"asset": {}}'),
        ("weights", "application/octet-stream", MESSAGE),
        ("a.png", "text/html", PNG),
        ("a.png", "application/json", PNG),
        ("a.png", "", b"anything"),
        ("a.txt", "image/png", b""),
        ("weights", "", b""),
    ],
)
async def test_real_files_are_kept_whatever_they_look_like(
    server: Scripted, client: Client, tmp_path: Path, name: str, kind: str, body: bytes
) -> None:
    server.script = lambda asked: Said(body, headers={"Content-Type": kind} if kind else {})
    assert await saved(client, server, tmp_path, name) == ()
    assert content(tmp_path)[name] == body


async def test_a_file_in_a_data_address_is_what_the_model_made_it(client: Client, tmp_path: Path) -> None:
    result = await save(client, finished("data:image/png,<html>"), tmp_path)
    assert result.failures == ()
    assert content(tmp_path)["output.png"] == b"<html>"


async def test_a_page_that_was_cut_is_refused_too_once_it_is_whole(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    page = PAGE * 100
    server.script = in_turn(cut_at(50, whole=page), lambda asked: ranged(asked, page, ETAG))
    assert await saved(client, server, tmp_path, "a.png") == ("a.png: a web page came instead of the file",)
    assert parts(tmp_path) == []


# -- empty ------


@pytest.mark.parametrize("name", ["a.png", "a.mp4", "a.wav", "a.zip"])
async def test_an_empty_picture_is_asked_for_again_and_not_taken_for_whole(
    server: Scripted, client: Client, tmp_path: Path, name: str
) -> None:
    server.script = lambda asked: Said(b"")
    assert await saved(client, server, tmp_path, name) == (f"{name}: an empty file came",)
    assert len(server.asked) == fetching.TRIES
    assert name not in content(tmp_path)
    server.script = lambda asked: Said(WHOLE, headers={"ETag": ETAG})
    assert await saved(client, server, tmp_path, name) == ()
    assert content(tmp_path)[name] == WHOLE
    assert parts(tmp_path) == []


@pytest.mark.parametrize("etag", ["", ETAG], ids=["no tag", "a tag"])
async def test_what_its_server_calls_empty_in_a_later_try_too_is_saved_so_and_named(
    server: Scripted, client: Client, tmp_path: Path, etag: str
) -> None:
    server.script = lambda asked: Said(b"", headers={"ETag": etag} if etag else {})
    run = finished([f"{server.url}/f/a.png", f"{server.url}/f/b.txt"])
    first = await save(client, run, tmp_path)
    assert (first.failures, first.empty, first.note) == (("a.png: an empty file came",), (), "")
    second = await save(client, run, tmp_path, keep=True)
    assert (second.failures, second.empty) == ((), ("a.png",))
    assert second.note == "a.png is an empty file: its server has nothing else"
    assert (content(tmp_path)["a.png"], parts(tmp_path)) == (b"", [])


async def test_an_answer_that_ends_without_a_length_or_a_byte_is_never_a_picture(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    async def nothing() -> AsyncIterator[bytes]:
        return
        yield

    server.script = lambda asked: nothing()
    for _ in range(3):
        assert await saved(client, server, tmp_path, "a.png") == ("a.png: an empty file came",)
    assert parts(tmp_path) == []


async def test_an_empty_picture_that_was_saved_once_is_fetched_again(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "a.png").touch()
    run = replace(finished(f"{server.url}/f/a.png"), folder=tmp_path)
    server.script = lambda asked: Said(WHOLE)
    assert (await save(client, run, tmp_path, keep=True)).failures == ()
    assert content(tmp_path)["a.png"] == WHOLE
    (tmp_path / "a.png").write_bytes(b"")
    assert (await save(client, run, tmp_path / "copy")).failures == ()
    assert content(tmp_path / "copy")["a.png"] == WHOLE
