"""The inspector tells any file by its content, and survives all of them."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import wave
import zipfile
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from replicate_tui.local import models
from replicate_tui.local.work.context import ModelError
from tests.local.alone import Alone
from tests.local.serving import Server

GARBAGE = random.Random(1).randbytes(3000)

MEDIA = Path(models.__file__).with_name("media")


def found(folder: Path, content: bytes, name: str = "thing") -> dict[str, Any]:
    """What the inspector says; the preview's path stays a path."""
    source = folder / name
    source.write_bytes(content)
    output: dict[str, Any] = Alone(folder / "out").run("inspector", file=source)
    assert output.keys() == models.describe("inspector").schema["components"]["schemas"]["Output"]["properties"].keys()
    assert (output["name"], output["size"]) == (name, len(content))
    assert output["sha256"] == hashlib.sha256(content).hexdigest()
    assert output["preview"].stat().st_size > 0
    return output


def picture(mode: str, size: tuple[int, int], kind: str, colour: Any = 0) -> bytes:
    content = io.BytesIO()
    Image.new(mode, size, colour).save(content, kind)
    return content.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of that size which has next to no data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def wav(channels: int, width: int, rate: int, frames: bytes) -> bytes:
    content = io.BytesIO()
    with wave.open(content, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(frames)
    return content.getvalue()


def patched(content: bytes, at: int, replacement: bytes) -> bytes:
    return content[:at] + replacement + content[at + len(replacement) :]


def zipped(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return content.getvalue()


def test_a_picture_has_size_colours_and_a_small_copy(tmp_path: Path) -> None:
    image = Image.new("RGB", (640, 400), "#204080")
    image.paste("#f0c040", (0, 0, 640, 100))
    content = io.BytesIO()
    image.save(content, "PNG")
    said = found(tmp_path, content.getvalue())
    assert (said["kind"], said["content_type"]) == ("picture", "image/png")
    details = said["details"]
    assert (details["width"], details["height"], details["mode"], details["frames"]) == (640, 400, "RGB", 1)
    assert [entry["color"] for entry in details["palette"][:2]] == ["#204080", "#f0c040"]
    assert details["palette"][0]["share"] == pytest.approx(0.75, abs=0.05)
    with Image.open(said["preview"]) as preview:
        assert (preview.format, preview.size) == ("PNG", (320, 200))
        assert preview.getpixel((10, 190)) == (0x20, 0x40, 0x80)


@pytest.mark.parametrize(
    ("mode", "kind", "media"),
    [
        ("RGBA", "PNG", "image/png"),
        ("LA", "PNG", "image/png"),
        ("P", "GIF", "image/gif"),
        ("CMYK", "JPEG", "image/jpeg"),
        ("I;16", "PNG", "image/png"),
        ("1", "BMP", "image/bmp"),
        ("F", "TIFF", "image/tiff"),
        ("RGB", "WEBP", "image/webp"),
    ],
)
def test_pictures_of_all_modes_get_a_preview(tmp_path: Path, mode: str, kind: str, media: str) -> None:
    said = found(tmp_path, picture(mode, (40, 30), kind))
    assert (said["kind"], said["content_type"]) == ("picture", media)
    assert "problem" not in said["details"]
    with Image.open(said["preview"]) as preview:
        assert preview.size == (40, 30)


def test_a_picture_of_sixteen_bits_keeps_its_greys(tmp_path: Path) -> None:
    image = Image.new("I;16", (256, 8))
    image.putdata([column * 257 for _ in range(8) for column in range(256)])
    content = io.BytesIO()
    image.save(content, "PNG")
    with Image.open(found(tmp_path, content.getvalue())["preview"]) as preview:
        assert [preview.convert("L").getpixel((column, 4)) for column in (0, 128, 255)] == [0, 128, 255]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(png_claiming(9000, 9000), "over the limit of 64,000,000 pixels", id="large"),
        pytest.param(png_claiming(12_000, 12_000), "over the limit of 64,000,000 pixels", id="larger"),
        pytest.param(png_claiming(60_000, 60_000), "far over the limit", id="bomb"),
        pytest.param(png_claiming(100, 100), "truncated", id="without data"),
        pytest.param((MEDIA / "painter.jpg").read_bytes()[:30_000], "truncated", id="cut"),
    ],
)
def test_a_picture_that_cannot_be_decoded_is_said_to_be_one_with_a_problem(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    said = found(tmp_path, content)
    assert said["kind"] == "picture"
    assert problem in said["details"]["problem"]
    assert said["preview"].name == "preview.txt"


@pytest.mark.parametrize("seed", range(40))
def test_damage_anywhere_in_a_file_is_no_crash(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    whole = (picture("RGB", (60, 40), kind, "teal") for kind in ("PNG", "GIF", "TIFF", "WEBP", "BMP", "ICO"))
    for content in (*whole, wav(2, 2, 8000, GARBAGE[:2000]), zipped(a=b"words", b=GARBAGE)):
        damaged = bytearray(content)
        for _ in range(6):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        found(tmp_path, bytes(damaged[: dice.randrange(len(damaged) // 2, len(damaged))]))


def test_a_sound_is_measured_and_drawn(tmp_path: Path) -> None:
    loud, quiet = struct.pack("<hh", 32_000, -32_000) * 2000, bytes(8000)
    said = found(tmp_path, wav(1, 2, 8000, loud + quiet), "tone.bin")
    assert (said["kind"], said["content_type"]) == ("sound", "audio/wav")
    assert said["details"] == {"seconds": 1.0, "channels": 1, "sample_rate": 8000, "bits": 16}
    with Image.open(said["preview"]) as preview:
        height = preview.height
        left, right = ([preview.getpixel((x, y)) for y in range(height)] for x in (100, 500))
    wave_colour = left[height // 2]
    assert left.count(wave_colour) > height * 0.8
    assert right.count(wave_colour) <= 1


@pytest.mark.parametrize("width", [1, 3, 4])
def test_sounds_of_any_width_are_drawn(tmp_path: Path, width: int) -> None:
    said = found(tmp_path, wav(2, width, 44_100, GARBAGE[: 240 * width]))
    assert (said["details"]["bits"], said["preview"].name) == (8 * width, "preview.png")


SOUND = wav(1, 2, 8000, bytes(4000))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(SOUND[:30], "it ends too early", id="cut within the header"),
        pytest.param(patched(SOUND, 20, b"\x03\x00"), "unknown format: 3", id="floating point"),
        pytest.param(patched(SOUND, 22, b"\x00\x00"), "channels", id="no channels"),
        pytest.param(patched(SOUND, 24, bytes(4)), "its sample rate is 0", id="no rate"),
        pytest.param(patched(SOUND, 34, b"\xff\xff"), "its samples have 65536 bits", id="wide samples"),
    ],
)
def test_a_sound_that_cannot_be_read_has_a_problem(tmp_path: Path, content: bytes, problem: str) -> None:
    said = found(tmp_path, content)
    assert said["kind"] == "sound"
    assert problem in said["details"]["problem"]


def test_a_sound_is_as_long_as_its_file_whatever_it_claims(tmp_path: Path) -> None:
    said = found(tmp_path, patched(SOUND, 40, b"\xff\xff\xff\xff"))
    assert said["details"]["seconds"] == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    ("content", "name", "media", "encoding", "lines", "words"),
    [
        (b"one two\nthree\n", "a.md", "text/markdown", "utf-8", 2, 3),
        ("Zeile eins\r\nZeile zwei äöü".encode("cp1252"), "x", "text/plain", "cp1252", 2, 5),
        ("Hallo\nWelt".encode("utf-16"), "x.txt", "text/plain", "utf-16", 2, 2),
        (b'{"a": 1}', "x.json", "application/json", "utf-8", 1, 2),
        (b"<svg/>\n", "x.png", "text/plain", "utf-8", 1, 1),
        (b"P5 begins like a picture", "x", "text/plain", "utf-8", 1, 5),
        (b"\n", "x", "text/plain", "utf-8", 1, 0),
    ],
)
def test_a_text_is_counted(
    tmp_path: Path, content: bytes, name: str, media: str, encoding: str, lines: int, words: int
) -> None:
    said = found(tmp_path, content, name)
    assert (said["kind"], said["content_type"]) == ("text", media)
    details = said["details"]
    assert (details["encoding"], details["lines"], details["words"]) == (encoding, lines, words)


def test_a_texts_preview_is_short_and_obeys_no_terminal(tmp_path: Path) -> None:
    said = found(tmp_path, b"\x1b[31mred\x1b[0m\n" + b"x" * 5000 + b"\n" * 100)
    shown = said["preview"].read_text("utf-8").splitlines()
    assert shown[0] == "·[31mred·[0m"
    assert len(shown[1]) == 200
    assert len(shown) == 41
    assert shown[-1] == "…"


def test_a_text_that_is_cut_off_within_a_character_is_still_one(tmp_path: Path) -> None:
    said = found(tmp_path, "ä".encode() * 5_500_000)
    details = said["details"]
    assert (details["encoding"], details["counted_bytes"]) == ("utf-8", 10_000_000)
    assert details["characters"] == 5_000_000


def test_a_zip_file_is_listed_and_never_unpacked(tmp_path: Path) -> None:
    said = found(tmp_path, zipped(**{"a/b.txt": b"x" * 50_000_000, "c.txt": b""}))
    assert (said["kind"], said["content_type"]) == ("archive", "application/zip")
    details = said["details"]
    assert (details["entries"], details["unpacked_size"]) == (2, 50_000_000)
    assert details["names"] == ["a/b.txt", "c.txt"]
    assert said["preview"].read_text().splitlines() == ["    50,000,000  a/b.txt", "             0  c.txt"]


PACKED = zipped(a=b"x")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(PACKED[:-5], "the zip file is damaged", id="cut"),
        pytest.param(patched(PACKED, len(PACKED) - 10, b"\xff\xff\xff\x7f"), "too many entries", id="huge directory"),
        pytest.param(PACKED.replace(b"PK\x01\x02", b"PK\x00\x00"), "the zip file is damaged", id="bad directory"),
    ],
)
def test_a_zip_file_that_cannot_be_read_has_a_problem(tmp_path: Path, content: bytes, problem: str) -> None:
    said = found(tmp_path, content)
    assert said["kind"] == "archive"
    assert problem in said["details"]["problem"]


@pytest.mark.parametrize(
    ("content", "kind", "media", "preview"),
    [
        (b"", "empty", "application/octet-stream", "(an empty file)\n"),
        (b"\x00", "other", "application/octet-stream", f"00000000  {'00':<47}  .\n"),
        (b"%PDF-1.7\n\x00", "other", "application/pdf", "00000000  25 50 44 46"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "other", "application/postscript", "00000000  25 21"),
        (b"\x00\x00\x00\x18ftypmp42\x00", "other", "video/mp4", "00000000  00 00 00 18"),
        (GARBAGE, "other", "application/octet-stream", "00000000  "),
    ],
)
def test_what_is_nothing_else_shows_its_first_bytes(
    tmp_path: Path, content: bytes, kind: str, media: str, preview: str
) -> None:
    said = found(tmp_path, content)
    assert (said["kind"], said["content_type"]) == (kind, media)
    assert said["preview"].read_text().startswith(preview)


def test_a_file_that_is_gone_fails_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="input file: it cannot be read"):
        Alone(tmp_path).run("inspector", file=tmp_path / "gone")


def test_the_output_is_an_object_with_a_file_that_can_be_fetched(server: Server) -> None:
    done = server.run("local/inspector", file="data:text/plain,some%20words")
    assert done["status"] == "succeeded", done["error"]
    assert (done["output"]["name"], done["output"]["details"]["words"]) == ("file.txt", 2)
    assert httpx.get(done["output"]["preview"], trust_env=False).text == "some words\n"


def test_the_schema_names_the_fields_of_the_output() -> None:
    schema = models.describe("inspector").schema["components"]["schemas"]["Output"]
    assert schema["type"] == "object"
    assert schema["properties"]["preview"] == {"type": "string", "title": "Preview", "format": "uri"}
    assert schema["required"] == list(schema["properties"])


def test_the_example_is_what_it_says(tmp_path: Path) -> None:
    example = models.describe("inspector").example
    said = found(tmp_path, (MEDIA / example.input["file"]["$output"]).read_bytes(), "painter.jpg")
    with Image.open(said.pop("preview")) as made, Image.open(MEDIA / example.output["preview"]["$output"]) as kept:
        assert made.size == kept.size
    # Colours depend a little on the release of the picture library.
    said["details"].pop("palette")
    details = {key: value for key, value in example.output["details"].items() if key != "palette"}
    assert said == {**{key: example.output[key] for key in said}, "details": details}
