"""Files, in the program that this machine has for them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from replicate_tui.core.keeping.file_names import extension_of

_SHOWN: Final = (
    " png jpg jpeg webp gif bmp tif tiff avif heic heif ico jxl jp2 ppm tga exr hdr "
    "mp4 m4v mov webm mkv avi mpg mpeg ogv wmv flv 3gp "
    "wav mp3 flac ogg oga opus m4a aac aif aiff wma weba "
    "txt md json jsonl ndjson csv tsv srt vtt ass yaml yml toml log pdf epub "
    "zip tar gz tgz bz2 xz zst 7z rar glb gltf obj stl ply usdz fbx safetensors "
)
"""Endings of files that are looked at, each between blanks. Others may be programs to the system."""


def may_open(path: Path) -> bool:
    """Whether a file is of a kind that is looked at, not run."""
    return f" {extension_of(path.name)} " in _SHOWN


def opener(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> str | None:
    """The program that opens files here; None where there is none, or no desktop to open them on."""
    if platform == "darwin":
        return shutil.which("open")
    on_desktop = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY") or environ.get("WSL_DISTRO_NAME")
    return shutil.which("xdg-open") if on_desktop else None


def open_file(path: Path) -> bool:
    """Open a file; False where it may not be opened, or nothing here opens it. Blocks: call it in a thread."""
    path = path.absolute()
    if not may_open(path) or not path.is_file():
        return False
    if sys.platform == "win32":
        try:
            os.startfile(path)
        except OSError:
            return False
        return True
    program = opener()
    if program is None:
        return False
    quiet = subprocess.DEVNULL
    try:
        done = subprocess.run([program, str(path)], stdin=quiet, stdout=quiet, stderr=quiet, check=False, timeout=10)
    except subprocess.TimeoutExpired:
        return True  # a viewer that stays until it is closed
    except OSError:
        return False
    return done.returncode == 0
