"""Fetches one file to where a person wants it: whole or not at all, and never over what is there."""

import asyncio
import os
import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from replicate_tui.api.client import Client
from replicate_tui.core import outputs
from replicate_tui.core.keeping.fetching import Refused, fetch
from replicate_tui.core.keeping.file_names import legal_name
from replicate_tui.core.outputs import OutputFile

_SIGNED: Final = re.compile(r".*/files/([^/]+)/download/?")


class NotFetched(Exception):
    """What came is not the file; the message says what it is."""


async def fetch_single(client: Client, url: str, place: Path | None) -> Path:
    """Where the file is, once it is whole. `place` is a folder or a new file; None is the current folder.

    Raises:
        ValueError: it is no address of a file.
        FileExistsError: something has that name already.
        ReplicateError: it was refused, or cut too often.
        NotFetched: something else came in its place.
        OSError: it cannot be written.
    """
    file = _file(url)
    path = await asyncio.to_thread(_free, file, place)
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=".replicate-tui-", dir=path.parent))
    try:
        arrived = await fetch(client, file, folder)
        await asyncio.to_thread(_place, arrived, path)
    except Refused as refusal:
        raise NotFetched(f"{file.name} is not saved: {refusal}") from None
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, True))
    return path


def _file(url: str) -> OutputFile:
    found = outputs.files(url)
    if not found:
        raise ValueError(f"{url[:80]!r} is no address of a file: it starts with https://, http:// or data:")
    signed = _SIGNED.fullmatch(urlsplit(url).path)
    return replace(found[0], name=legal_name(signed[1], "file")) if signed else found[0]


def _free(file: OutputFile, place: Path | None) -> Path:
    """Where the file shall be: a name in a folder that is there, which nothing has yet."""
    wanted = place or Path()
    path = wanted / file.name if wanted.is_dir() else wanted
    if os.path.lexists(path):
        raise FileExistsError(f"{path} is there already, and is not overwritten")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent} is not a folder")
    return path


def _place(arrived: Path, path: Path) -> None:
    """Give a file its name, unless something took that meanwhile."""
    try:
        if os.name == "nt":
            arrived.rename(path)  # refuses to replace
        else:
            path.hardlink_to(arrived)
    except FileExistsError:
        raise FileExistsError(f"{path} is there by now, and is not overwritten") from None
    except OSError:
        if os.name == "nt" or os.path.lexists(path):
            raise
        arrived.rename(path)  # a file system without links
