"""What is told of a picture, sound or film besides its size: frames, duration, how loud it is. Read off the loop.

Only what is cheap to know is read: of films the header, of sounds WAV only.
"""

import asyncio
import struct
import wave
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from replicate_tui.core.outputs import Media
from replicate_tui.core.text import duration

BARS = "▁▂▃▄▅▆▇█"

COLUMNS = 60
"""How many parts of a sound have a bar each."""

MOST_READ = 32
"""Files of one output that are asked for what they tell of themselves."""

_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    ArithmeticError,
    SyntaxError,
    TypeError,
    MemoryError,
    RuntimeError,
    wave.Error,
    struct.error,
    zlib.error,
)
"""What is raised on bytes that are not what they seem to be: such a file tells nothing of itself."""

_MOST_FRAMES = 2_000
_MOST_PIXELS = 500_000_000
_MOST_BOXES = 200
_SAMPLES = 2_000
"""Samples of each part of a sound that are looked at."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Words about a file, and of a sound how loud it is from its beginning to its end, as a line of bars."""

    words: tuple[str, ...] = ()
    wave: str = ""


def facts(path: Path, media: Media) -> Facts:
    """What a file tells of itself; nothing where it is of another kind, broken, or gone."""
    reads = {"image": _image, "audio": _sound, "video": _film}
    read = reads.get(media)
    if read is None:
        return Facts()
    try:
        return read(path)
    except _BROKEN:
        return Facts()


class KnownFacts:
    """What files have told of themselves: `told`, by path. Each is asked once."""

    def __init__(self) -> None:
        self.told: dict[Path, Facts] = {}

    def unread(self, files: Iterable[tuple[Path, Media]]) -> list[tuple[Path, Media]]:
        """The first of these files that were not asked yet, no more than MOST_READ."""
        return list(islice((each for each in files if each[0] not in self.told), MOST_READ))

    async def read(self, files: Iterable[tuple[Path, Media]]) -> AsyncIterator[Facts]:
        """Ask files one after the other, in a thread; what each tells, which may be nothing."""
        for path, media in files:
            self.told[path] = await asyncio.to_thread(facts, path, media)
            yield self.told[path]


def _image(path: Path) -> Facts:
    from PIL import Image

    try:
        with Image.open(path, formats=("GIF", "PNG", "WEBP", "AVIF")) as image:
            frames = getattr(image, "n_frames", 1)
            if frames < 2 or image.width * image.height * frames > _MOST_PIXELS:
                return Facts((f"{frames:,} frames",) if frames > 1 else ())
            seconds = 0.0
            for frame in range(min(frames, _MOST_FRAMES)):
                image.seek(frame)
                if image.format in ("WEBP", "AVIF"):
                    image.load()  # these tell a frame's duration only then
                seconds += image.info.get("duration", 0) / 1000
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Facts()
    told = (f"{frames:,} frames", duration(seconds) if seconds and frames <= _MOST_FRAMES else "")
    return Facts(tuple(word for word in told if word))


def _sound(path: Path) -> Facts:
    with path.open("rb") as file:
        if file.read(4) != b"RIFF":
            return Facts()
    with wave.open(str(path), "rb") as sound:
        rate, frames, channels = sound.getframerate(), sound.getnframes(), sound.getnchannels()
        if not rate or not frames:
            return Facts()
        voices = {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")
        return Facts((duration(frames / rate), f"{rate / 1000:g} kHz", voices), _bars(sound))


def _bars(sound: wave.Wave_read) -> str:
    """How loud each part of a sound is, beside the loudest."""
    width, frames = sound.getsampwidth(), sound.getnframes()
    columns = min(COLUMNS, frames)
    peaks = []
    for column in range(columns):
        sound.setpos(column * frames // columns)
        peaks.append(_peak(sound.readframes(min(_SAMPLES, frames // columns)), width))
    loudest = max(peaks, default=0) or 1
    return "".join(BARS[min(peak * len(BARS) // loudest, len(BARS) - 1)] for peak in peaks)


def _peak(samples: bytes, width: int) -> int:
    """The loudest of samples of so many bytes: their upper byte or two tell enough."""
    if width == 1:
        return max((abs(sample - 128) for sample in samples), default=0)
    upper = bytearray(2 * (len(samples) // width))
    upper[0::2], upper[1::2] = samples[width - 2 :: width], samples[width - 1 :: width]
    return max((abs(sample[0]) for sample in struct.iter_unpack("<h", upper)), default=0)


def _film(path: Path) -> Facts:
    """The duration and size of an MP4 or QuickTime film, as its header says."""
    with path.open("rb") as file:
        for kind, end in _boxes(file, path.stat().st_size):
            if kind == b"moov":
                return _header(file, end)
    return Facts()


def _header(file: BinaryIO, end: int) -> Facts:
    seconds, pixels = 0.0, ""
    for kind, inner_end in _boxes(file, end):
        if kind == b"mvhd":
            seconds = _seconds(file.read(32))
        elif kind == b"trak" and not pixels:
            pixels = next((_pixels(file.read(96)) for inner, _ in _boxes(file, inner_end) if inner == b"tkhd"), "")
    return Facts(tuple(word for word in (pixels, duration(seconds) if seconds else "") if word))


def _boxes(file: BinaryIO, end: int) -> Iterator[tuple[bytes, int]]:
    """The kind and the end of each box from here to `end`, with the file at the box's content."""
    for _ in range(_MOST_BOXES):
        start = file.tell()
        head = file.read(8)
        if start >= end or len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
        after = start + length if length else end
        if after <= start:
            return
        yield kind, min(after, end)
        file.seek(after)


def _seconds(header: bytes) -> float:
    if header[0] == 1:
        scale, length = struct.unpack(">IQ", header[20:32])
    else:
        scale, length = struct.unpack(">II", header[12:20])
    return float(length / scale) if scale else 0.0


def _pixels(header: bytes) -> str:
    """The size that a track is shown in, which stands at its header's end."""
    size = header[88:96] if header[0] == 1 else header[76:84]
    width, height = (number >> 16 for number in struct.unpack(">II", size))
    return f"{width}×{height}" if width and height else ""
