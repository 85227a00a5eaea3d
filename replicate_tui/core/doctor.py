"""What may be wrong between this machine and the API, looked at one thing after the other."""

import importlib.metadata
import os
import platform
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from replicate_tui import __version__
from replicate_tui.api.client import Client
from replicate_tui.api.errors import ReplicateError, Unauthorized
from replicate_tui.core import embedded, text
from replicate_tui.core.history.opening import DamagedFile, DatabaseError, NewerFile, look
from replicate_tui.core.settings import Settings

State = Literal["good", "doubtful", "bad"]

MOST_SKEW = 60.0
"""Seconds by which the clocks may differ before ages and expiries are wrong enough to be told."""
SLOW = 2.0
"""Seconds for one answer beyond which the network is slow."""
LITTLE_ROOM = 1024**3
"""Bytes free below which saved runs may soon not fit."""

_SHOWN = ("textual", "httpx", "pydantic", "pillow")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what there is, how good that is, and what to do where it is not ("")."""

    name: str
    state: State
    what: str
    advice: str = ""


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Look at everything but the terminal; each finding as soon as it is there."""
    yield _token(settings)
    async for finding in _api(settings):
        yield finding
    for finding in _disk(settings):
        yield finding
    yield _versions()


def _token(settings: Settings) -> Finding:
    if settings.token is None:
        return Finding("token", "bad", "none", "replicate-tui auth login, or --local to run models on this machine")
    return Finding("token", "good", f"from {settings.token_source}")


async def _api(settings: Settings) -> AsyncIterator[Finding]:
    """Whether the API answers, to whom, how fast, and what its clock says."""
    base_url = settings.base_url
    if settings.local:
        server = embedded.running(settings.folders.local_server)
        if server is None:
            yield Finding("host", "good", "the local server does not run; it is started when it is needed")
            return
        base_url = server.url
    yield Finding("host", "good", base_url)
    if settings.token is None:
        return
    async with Client(base_url, settings.token, user_agent=f"replicate-tui/{__version__}") as client:
        began = time.monotonic()
        try:
            account = await client.account()
        except Unauthorized as error:
            yield Finding("account", "bad", str(error), "replicate-tui auth login with a token that is valid")
            return
        except ReplicateError as error:
            yield Finding("account", "bad", str(error), "look at the network, the proxy settings and --base-url")
            return
        took = time.monotonic() - began
        yield Finding("account", "good", account.username)
        slow = took > SLOW
        yield Finding(
            "latency",
            "doubtful" if slow else "good",
            text.duration(took),
            "the network is slow; everything waits for it" if slow else "",
        )
        yield _clock(client.clock.offset or 0.0)


def _clock(ahead: float) -> Finding:
    """`ahead` is by how many seconds the server's clock is before ours."""
    if abs(ahead) < MOST_SKEW:
        return Finding("clock", "good", "as the server's")
    word = "behind" if ahead > 0 else "ahead of"
    advice = "set this machine's clock: ages and expiries are told wrong, and webhooks are refused"
    return Finding("clock", "doubtful", f"{text.duration(abs(ahead))} {word} the server's", advice)


def _disk(settings: Settings) -> Iterator[Finding]:
    """Whether what the program keeps can be kept."""
    yield _config(settings)
    yield _history(settings.database_file) or _folder("history", settings.profile_folder)
    yield _folder("saved runs", settings.runs_folder)


def _history(path: Path) -> Finding | None:
    """What is wrong with a history file that is there, if anything is."""
    if not os.access(path, os.F_OK):
        return None
    try:
        look(path)
    except DamagedFile as error:
        return Finding("history", "doubtful", str(error), "it is set aside at the next start, and a new one begun")
    except DatabaseError as error:
        return Finding("history", "doubtful" if isinstance(error, NewerFile) else "bad", error.what, error.advice)
    return None


def _config(settings: Settings) -> Finding:
    path = settings.folders.config_file
    if settings.warnings:
        return Finding("config", "doubtful", str(path), "; ".join(settings.warnings))
    return Finding("config", "good", str(path) if path.exists() else f"{path} (none yet)")


def _folder(name: str, folder: Path) -> Finding:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Finding(name, "bad", str(folder), f"{there} cannot be written: give yourself the right to")
    free = shutil.disk_usage(there).free
    if free < LITTLE_ROOM:
        return Finding(
            name, "doubtful", f"{folder}, {text.size(free)} free", "make room: finished runs are saved there"
        )
    return Finding(name, "good", f"{folder}, {text.size(free)} free")


def _versions() -> Finding:
    packages = [f"{name} {importlib.metadata.version(name)}" for name in _SHOWN]
    ours = [f"replicate-tui {__version__}", f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    return Finding("versions", "good", ", ".join([*ours, *packages]))
