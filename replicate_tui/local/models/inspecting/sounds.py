"""WAV files: how long and how fine, and a picture of the wave."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from replicate_tui.local.models.inspecting.findings import Finding, Target, dump_preview

WIDTH, HEIGHT = 640, 160
LOOKED_AT = 1024
"""How many frames of each column's share are looked at."""

WIDEST = 4
"""Bytes of a sample."""

CONTENT_TYPE = "audio/wav"

BACKGROUND, MIDDLE, COLOUR = "#10151f", "#2b3547", "#4fc3b0"


def looks_like(beginning: bytes) -> bool:
    """Whether the file begins like a WAV file."""
    return beginning[:4] == b"RIFF" and beginning[8:12] == b"WAVE"


def look(path: Path, beginning: bytes, target: Target) -> Finding:
    """The finding about what looks like a WAV file."""
    details: dict[str, Any] = {}
    try:
        with path.open("rb") as file, wave.open(file) as sound:
            _check(sound)
            frame = sound.getnchannels() * sound.getsampwidth()
            # What the header says is believed as far as there are bytes.
            frames = min(sound.getnframes(), path.stat().st_size // frame)
            details |= {"seconds": round(frames / sound.getframerate(), 3), "channels": sound.getnchannels()}
            details |= {"sample_rate": sound.getframerate(), "bits": 8 * sound.getsampwidth()}
            preview = target("preview.png")
            _drawn(_extremes(sound, frames)).save(preview)
    except (wave.Error, EOFError, OSError, ValueError, RuntimeError) as error:
        details["problem"] = str(error) or "it ends too early"
        preview = dump_preview(target, beginning)
    return Finding("sound", CONTENT_TYPE, details, preview)


def _check(sound: wave.Wave_read) -> None:
    if sound.getframerate() <= 0:
        raise wave.Error("its sample rate is 0")
    if sound.getsampwidth() > WIDEST:
        raise wave.Error(f"its samples have {8 * sound.getsampwidth()} bits")


def _extremes(sound: wave.Wave_read, frames: int) -> Iterator[tuple[float, float]]:
    """The lowest and highest level of each column, from -1 to 1."""
    frame = sound.getnchannels() * sound.getsampwidth()
    for column in range(WIDTH):
        first, last = (frames * place // WIDTH for place in (column, column + 1))
        # Read on, not by position: a header that lies about its sizes makes positions fail.
        content = sound.readframes(last - first) if last > first else b""
        levels = _levels(content[: LOOKED_AT * frame], sound.getsampwidth())
        yield min(levels, default=0.0), max(levels, default=0.0)


def _levels(content: bytes, width: int) -> list[float]:
    if width == 1:
        return [byte / 128 - 1 for byte in content]
    full = 1 << (8 * width - 1)
    places = range(0, len(content) - width + 1, width)
    return [int.from_bytes(content[place : place + width], "little", signed=True) / full for place in places]


def _drawn(extremes: Iterator[tuple[float, float]]) -> Image.Image:
    picture = Image.new("RGB", (WIDTH, HEIGHT), BACKGROUND)
    draw = ImageDraw.Draw(picture)
    middle, reach = HEIGHT / 2, HEIGHT / 2 - 6
    draw.line((0, middle, WIDTH, middle), MIDDLE)
    for column, (low, high) in enumerate(extremes):
        draw.line((column, middle - high * reach, column, middle - low * reach), COLOUR)
    return picture
