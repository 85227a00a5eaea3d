"""What a version of a Cog model runs: a folder in a process of ours, or somebody else's server."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from replicate_tui.local.cog.client import ABLE, CogClient, unfitness
from replicate_tui.local.cog.process import CogProcess, plain_line
from replicate_tui.local.cog.worker import Abilities, CogWorker, Home
from replicate_tui.local.cog.workspace import Workspace
from replicate_tui.local.work.jobs import SetupFailed, Worker

SETUP_SECONDS = 600.0
"""How long a model may take to get ready: it may have to load its weights."""

LOOK_SECONDS = 0.02, 0.5
"""How often a starting server is looked at: first and, growing, last."""

SERVER = "cog.server.http"

CRASHED = "worker crashed"
"""What Cog says of a process that ended without a word."""


@dataclass(frozen=True, slots=True)
class FolderProgram:
    """Cog's own HTTP server over a folder. `schema` is the model's OpenAPI document as JSON."""

    abilities: Abilities
    folder: Path
    predictor: str
    schema: str

    @property
    def limit(self) -> int | None:
        """One: a model may fill the machine."""
        return 1

    async def start(self) -> Worker:
        """A process that is set up. Raises `SetupFailed`."""
        workspace = await asyncio.to_thread(_workspace, self.folder)
        workspace.write(json.loads(self.schema))
        port = _free_port()
        try:
            process = await CogProcess.start(
                *(workspace.folder, SERVER, "--host", "127.0.0.1"),
                PORT=str(port),
                COG_PREDICT_TYPE_STUB=self.predictor,
            )
        except BaseException:
            workspace.remove()
            raise
        return await _worker(CogClient(f"http://127.0.0.1:{port}"), self.abilities, Home(process, workspace))


@dataclass(frozen=True, slots=True)
class URLProgram:
    """A Cog server that is neither started nor stopped here; `auth` is a name and a password for it."""

    abilities: Abilities
    url: str
    auth: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def limit(self) -> int | None:
        """One: Cog serves one at a time unless it is told otherwise, and does not say."""
        return 1

    async def start(self) -> Worker:
        """A connection to it, once it is set up. Raises `SetupFailed`."""
        return await _worker(CogClient(self.url, self.auth), self.abilities)


async def _worker(client: CogClient, abilities: Abilities, home: Home | None = None) -> Worker:
    worker = CogWorker(client, abilities, home)
    try:
        await worker.open()
        await ready(client, home.process if home else None)
    except BaseException:
        await worker.stop()
        raise
    return worker


async def ready(client: CogClient, process: CogProcess | None = None) -> None:
    """Wait until the server can run something. Raises `SetupFailed`, saying what the model said last."""
    pause, longest = LOOK_SECONDS
    try:
        async with asyncio.timeout(SETUP_SECONDS):
            while not await _looks_ready(client, process):
                await asyncio.sleep(pause)
                pause = min(1.5 * pause, longest)
    except TimeoutError as error:
        raise SetupFailed(f"the model was not ready after {SETUP_SECONDS:.0f} seconds") from error


async def _looks_ready(client: CogClient, process: CogProcess | None) -> bool:
    if process and not process.alive:
        code = await process.ended()
        raise SetupFailed(_reason(process.last_words) or f"Cog ended by itself (exit code {code})")
    try:
        health = await client.health()
    except httpx.HTTPError as error:
        if process:
            return False
        raise SetupFailed(f"no Cog server can be reached at {client.url} ({error})") from error
    match health["status"]:
        case status if status in ABLE:
            return True
        case "STARTING" | "UNKNOWN":
            return False
        case "SETUP_FAILED":
            raise SetupFailed(_setup_logs(health, process))
        case _:
            raise SetupFailed(unfitness(health))


def _setup_logs(health: dict[str, Any], process: CogProcess | None) -> str:
    match health:
        case {"setup": {"logs": str(logs)}}:
            told = [plain_line(line) for line in logs.splitlines()]
        case _:
            told = []
    return _reason([*(process.last_words if process else []), *told]) or "the model's setup failed"


def _reason(lines: Iterable[str]) -> str:
    """What the last line says, then all that was said before, each line once."""
    said = list(dict.fromkeys(line for line in reversed(list(lines)) if line))
    reason = ["its process ended during setup" if line == CRASHED else line for line in said[:1]]
    return "\n".join([*reason, *reversed(said[1:])])


def _workspace(folder: Path) -> Workspace:
    try:
        return Workspace(folder)
    except OSError as error:
        raise SetupFailed(f"{folder} cannot be read: {error}") from error


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
