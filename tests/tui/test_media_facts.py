"""What files tell of themselves: frames, duration, loudness; and that broken ones tell nothing."""

import random
import struct
import wave
from pathlib import Path

import pytest
from PIL import Image

from replicate_tui.core.outputs import Media
from replicate_tui.tui.widgets.media_facts import BARS, Facts, facts
from tests.tui.test_output_view import Viewing, screen
from tests.waiting import eventually


def sound(path: Path, *, seconds: float = 2.0, width: int = 2, channels: int = 1) -> Path:
    """A tone that is loud at first and silent at its end."""
    rate, loudest = 8_000, {1: 127, 2: 32_767, 4: 2**31 - 1}[width]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        frames = int(rate * seconds)
        for at in range(frames):
            level = int(loudest * (1 - at / frames)) * (1 if at % 2 else -1)
            sample = bytes([level + 128]) if width == 1 else level.to_bytes(width, "little", signed=True)
            file.writeframesraw(sample * channels)
    return path


def film(path: Path, *, version: int = 0) -> Path:
    """The boxes of an MP4 of 90 s at 640×360, without its pictures."""

    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(content), kind) + content

    long = version == 1
    times = struct.pack(">QQ" if long else ">II", 0, 0)
    mvhd = bytes([version, 0, 0, 0]) + times + struct.pack(">IQ" if long else ">II", 1_000, 90_000) + bytes(80)
    tkhd = bytes([version, 0, 0, 7]) + times + bytes(8) + struct.pack(">Q" if long else ">I", 90_000) + bytes(52)
    tkhd += struct.pack(">II", 640 << 16, 360 << 16)
    path.write_bytes(
        box(b"ftyp", b"isom")
        + box(b"mdat", bytes(50))
        + box(b"moov", box(b"mvhd", mvhd) + box(b"trak", box(b"tkhd", tkhd)))
    )
    return path


def moving(path: Path, frames: int = 12) -> Path:
    shots = [Image.new("RGB", (16, 16), (20 * number, 0, 255 - 20 * number)) for number in range(frames)]
    shots[0].save(path, save_all=True, append_images=shots[1:], duration=100)
    return path


@pytest.mark.parametrize("name", ["moving.gif", "moving.webp", "moving.png"])
def test_an_animation_tells_its_frames_and_duration(tmp_path: Path, name: str) -> None:
    assert facts(moving(tmp_path / name), "image") == Facts(("12 frames", "1.2s"))


def test_a_still_picture_tells_nothing_more(tmp_path: Path) -> None:
    Image.new("RGB", (16, 16)).save(tmp_path / "still.png")
    assert facts(tmp_path / "still.png", "image") == Facts()


@pytest.mark.parametrize(("width", "channels", "voices"), [(1, 1, "mono"), (2, 2, "stereo"), (4, 6, "6 channels")])
def test_a_sound_tells_its_duration_and_how_loud_it_is(tmp_path: Path, width: int, channels: int, voices: str) -> None:
    told = facts(sound(tmp_path / "a.wav", width=width, channels=channels), "audio")
    assert told.words == ("2.0s", "8 kHz", voices)
    assert (told.wave[0], told.wave[-1]) == (BARS[-1], BARS[0])
    assert list(told.wave) == sorted(told.wave, reverse=True)


@pytest.mark.parametrize("version", [0, 1])
def test_a_film_tells_its_size_and_duration(tmp_path: Path, version: int) -> None:
    assert facts(film(tmp_path / "a.mp4", version=version), "video") == Facts(("640×360", "1m 30s"))


@pytest.mark.parametrize("media", ["image", "video", "audio", "text", "archive", "other"])
def test_what_is_broken_or_gone_tells_nothing(tmp_path: Path, media: Media) -> None:
    assert facts(tmp_path / "gone", media) == Facts()
    whole = [moving(tmp_path / "a.gif"), sound(tmp_path / "a.wav", seconds=0.1), film(tmp_path / "a.mp4")]
    chance = random.Random(media)
    for path in whole:
        content = path.read_bytes()
        for _ in range(40):
            damaged = bytearray(content[: chance.randrange(len(content))])
            for _ in range(4):
                if damaged:
                    damaged[chance.randrange(min(len(damaged), 100))] = chance.randrange(256)
            path.write_bytes(damaged)
            assert isinstance(facts(path, media), Facts)


async def test_the_facts_stand_with_the_file(tmp_path: Path) -> None:
    app = Viewing()
    async with app.run_test(size=(120, 12)):
        app.show("https://x.y/a.wav", files={"output": sound(tmp_path / "a.wav")})
        await eventually(lambda: any("a.wav  audio  2.0s  8 kHz  mono" in line for line in screen(app)))
        await eventually(lambda: any(line.strip().startswith("█") and line.endswith("▁") for line in screen(app)))
        app.show("https://x.y/b.gif", files={"output": moving(tmp_path / "b.gif")})
        await eventually(lambda: any("b.gif  16×16  12 frames  1.2s" in line for line in screen(app)))
