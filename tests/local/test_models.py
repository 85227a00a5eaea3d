"""The bundled models do what they promise."""

from __future__ import annotations

import base64
import io
import re
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from PIL import Image

from replicate_tui.local import models
from replicate_tui.local.work.fetching import fetch
from tests.local.alone import Alone
from tests.local.serving import Server


def picture(url: str) -> tuple[Image.Image, bytes]:
    content = httpx.get(url, trust_env=False).content
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image.copy(), content


def png(size: tuple[int, int]) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "teal").save(target, "PNG")
    return target.getvalue()


def data_url(content: bytes, media: str = "image/png") -> str:
    return f"data:{media};base64,{base64.b64encode(content).decode()}"


class _Answers(BaseHTTPRequestHandler):
    """/ok and every .png is a picture, /file leads to a local file, everything else is gone."""

    def do_GET(self) -> None:
        if self.path == "/ok" or self.path.endswith(".png"):
            content = png((5, 4))
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        elif self.path == "/file":
            self.send_response(302)
            self.send_header("location", "file:///etc/hostname")
            self.send_header("content-length", "0")
            self.end_headers()
        else:
            self.send_error(410)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as other:
        thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{other.server_port}"
        other.shutdown()
        thread.join()


def test_the_same_prompt_and_seed_paint_the_same_bytes(server: Server) -> None:
    values = {"prompt": "a boat", "width": 96, "height": 64}
    first, again, other = (
        picture(server.run("local/painter", seed=seed, **values)["output"][0])[1] for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    different = server.run("local/painter", seed=1, **{**values, "prompt": "a castle"})
    assert picture(different["output"][0])[1] != first


def test_without_a_seed_the_painter_takes_one_that_paints_the_same_again(server: Server) -> None:
    values = {"prompt": "a tree", "width": 64, "height": 64}
    done = server.run("local/painter", **values)
    seed = int(re.search(r"Using seed: (\d+)", done["logs"])[1])  # type: ignore[index]
    again = server.run("local/painter", seed=seed, **values)
    assert picture(again["output"][0])[1] == picture(done["output"][0])[1]


def test_the_painter_shows_its_progress_in_place(server: Server) -> None:
    logs = server.run("local/painter", prompt="a house", width=64, height=64)["logs"]
    bars = logs.split("\r")[1:]
    assert len(bars) > 15
    shape = r"\s*\d+%\|[#\d ]{10}\| (\d+)/\d+ \[\d\d:\d\d<\d\d:\d\d, \s*[\d.]+it/s\]\n?"
    counts = [int(match[1]) for bar in bars if (match := re.fullmatch(shape, bar))]
    assert counts == list(range(1, len(bars) + 1))
    assert bars[-1].startswith("100%|##########|")


@pytest.mark.parametrize(("suffix", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")])
def test_the_painter_writes_as_many_pictures_as_asked_in_the_format_asked(
    server: Server, suffix: str, kind: str
) -> None:
    done = server.run("local/painter", prompt="birds", width=80, height=64, num_outputs=2, output_format=suffix)
    assert [url.rpartition("/")[2] for url in done["output"]] == [f"out-0.{suffix}", f"out-1.{suffix}"]
    contents = [httpx.get(url, trust_env=False).content for url in done["output"]]
    assert contents[0] != contents[1]
    for content in contents:
        with Image.open(io.BytesIO(content)) as image:
            assert (image.format, image.size) == (kind, (80, 64))


@pytest.mark.parametrize(
    "prompt",
    ["", "ночь над городом 🏙", "a red fox, a cat, a castle, a city, snow and rain", "forest " * 400],
)
@pytest.mark.parametrize("size", [(64, 200), (200, 64)])
def test_the_painter_paints_anything_in_any_shape(server: Server, prompt: str, size: tuple[int, int]) -> None:
    done = server.run("local/painter", prompt=prompt, width=size[0], height=size[1], seed=-3)
    assert done["status"] == "succeeded", done["error"]
    image, _ = picture(done["output"][0])
    assert image.size == size
    assert len(image.getcolors(maxcolors=1 << 20) or []) > 500


def test_the_upscaler_takes_data_urls_uploads_outputs_and_http(server: Server, elsewhere: str) -> None:
    files = {"content": ("in.png", png((10, 8)), "image/png")}
    uploaded = server.client.post("/v1/files", files=files).json()["urls"]["get"]
    sources = {
        data_url(png((10, 8))): (20, 16),
        uploaded: (20, 16),
        uploaded.replace("127.0.0.1", "localhost").replace("/v1/files", "/files"): (20, 16),
        f"{elsewhere}/ok": (10, 8),
    }
    for source, size in sources.items():
        done = server.run("local/upscaler", image=source)
        assert done["status"] == "succeeded", done["error"]
        assert picture(done["output"])[0].size == size
    chained = server.run("local/upscaler", image=done["output"], scale=1.5)
    assert picture(chained["output"])[0].size == (15, 12)
    assert chained["input"] == {"image": done["output"], "scale": 1.5}


def test_what_is_no_picture_fails_with_a_sentence(server: Server, elsewhere: str) -> None:
    for source, reason in (
        ("file:///etc/passwd", "input image: only http, https and data URLs are read, not file:"),
        (data_url(b"words", "text/plain"), "image is not a picture in a format that can be read"),
        ("data:image/png;base64,####", "input image: the data URL is not valid base64"),
        (f"{server.url}/v1/files/00000000000000000000000000", "input image: the file is no longer on this server"),
        (f"{elsewhere}/gone", "input image: the server answered 410 Gone"),
        (f"{elsewhere}/file", "input image: the server answered 302"),
        ("http://127.0.0.1:1/x", "input image: it cannot be downloaded"),
    ):
        failed = server.run("local/upscaler", image=source)
        assert failed["status"] == "failed"
        assert failed["error"].startswith(reason), failed["error"]


def test_the_upscaler_refuses_results_beyond_its_limit(server: Server) -> None:
    failed = server.run("local/upscaler", image=data_url(png((2000, 2000))), scale=8)
    assert failed["error"] == "a picture of 16000x16000 is over the limit of 64,000,000 pixels"


def test_the_upscaler_refuses_what_claims_to_be_vast_and_what_is_damaged(server: Server) -> None:
    content = bytearray(png((10, 8)))
    # Where a PNG says its width and height, and then the checksum of that.
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    failed = server.run("local/upscaler", image=data_url(bytes(content)))
    assert failed["error"] == "the picture is far over the limit of 64,000,000 pixels"
    failed = server.run("local/upscaler", image=data_url(png((10, 8))[:50]))
    assert failed["error"].startswith("image cannot be read: ")
    assert "Traceback" not in failed["logs"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/cats/My%20cat%20(1).png", "My cat (1).png"),
        ("/cats/%2E%2E%2Fsecret.png", "secret.png"),
        ("/a%5C%00%22b.png", "a___b.png"),
        ("/con.png", "_con.png"),
        ("/%D0%BA%D0%BE%D1%82.png", "кот.png"),
        ("/ok", "ok"),
        (f"/{'x' * 500}.png", "x" * 96 + ".png"),
    ],
)
def test_a_fetched_file_is_called_as_its_url_says(tmp_path: Path, elsewhere: str, path: str, name: str) -> None:
    fetched = fetch("image", elsewhere + path, {}, tmp_path)
    assert fetched == tmp_path / "image" / name
    assert fetched.read_bytes() == png((5, 4))


def test_a_file_in_a_data_url_is_called_by_its_input_and_type(tmp_path: Path) -> None:
    assert fetch("image", data_url(b"x"), {}, tmp_path) == tmp_path / "image" / "image.png"


def test_a_story_follows_its_prompt_and_its_seed(server: Server) -> None:
    def story(prompt: str, seed: int, tokens: int = 30) -> str:
        done = server.run("local/storyteller", prompt=prompt, seed=seed, max_tokens=tokens)
        return "".join(done["output"])

    assert story("The keeper", 5) == story("The keeper", 5)
    assert story("The keeper", 5) != story("The keeper", 6)
    assert story("The keeper", 5).startswith(" ")
    assert not story("", 5, 3).startswith(" ")
    assert story("", 5, 1)[0].isupper()


def test_the_storytellers_example_is_what_it_tells(tmp_path: Path) -> None:
    example = models.describe("storyteller").example
    alone = Alone(tmp_path)
    alone.run("storyteller", **example.input)
    assert alone.outputs == example.output
    assert alone.logs == example.logs


def test_the_sleeper_logs_100_000_lines(server: Server) -> None:
    done = server.run("local/sleeper", seconds=0.5, log_lines=100_000)
    lines = done["logs"].splitlines()
    assert len(lines) == 100_000
    assert lines[-1] == "100% | line 100000 of 100000"
