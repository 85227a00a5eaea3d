"""What the tests of Cog models stand on: runs with folders of their own, workers, and other people's servers."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

from replicate_tui.local.cog import Description, FolderProgram, describe, source
from replicate_tui.local.storage.records import new_id
from replicate_tui.local.work.jobs import Job, Outcome, Worker
from tests.waiting import until

needs_cog = pytest.mark.skipif(find_spec("cog") is None, reason="cog is not installed")

MODELS = Path(__file__).parent.with_name("cog_models")


@dataclass
class Run:
    """A run on a worker, and what it has said so far."""

    worker: Worker
    job: Job
    logs: list[str] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)

    async def outcome(self) -> Outcome:
        return await self.worker.run(self.job, self.logs.append, self.outputs.append)

    @property
    def log(self) -> str:
        return "".join(self.logs)


@dataclass
class Bench:
    """Makes runs with folders of their own."""

    folder: Path
    names: list[str] = field(default_factory=list)

    def run(self, worker: Worker, own_files: dict[str, str] | None = None, **values: Any) -> Run:
        self.names.append(name := new_id())
        place = self.folder / name
        return Run(worker, Job(name, values, place, place / "scratch", own_files or {}))

    async def outcome(self, worker: Worker, **values: Any) -> Outcome:
        return await self.run(worker, **values).outcome()


def described(name: str) -> Description:
    return asyncio.run(describe(source(str(MODELS / name))))


@asynccontextmanager
async def started(model: Description) -> AsyncIterator[Worker]:
    worker = await model.program.start()
    try:
        yield worker
    finally:
        await worker.stop()


@contextmanager
def container(model: Description, folder: Path, *, streaming: bool = False) -> Iterator[str]:
    """A Cog server that somebody else started, with its model's schema in it: its address."""
    assert isinstance(model.program, FolderProgram)
    shutil.copytree(model.program.folder, folder)
    schema = json.loads(json.dumps(model.schema))
    schema["paths"]["/predictions"]["post"]["x-cog-streaming"] = streaming
    (folder / ".cog").mkdir()
    (folder / ".cog" / "openapi_schema.json").write_text(json.dumps(schema))
    port = free_port()
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "COG_PREDICT_TYPE_STUB": model.program.predictor,
        "PORT": str(port),
        "NO_PROXY": "127.0.0.1",
    }
    command = [sys.executable, "-m", "cog.server.http", "--host", "127.0.0.1"]
    with (folder.parent / "container.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        until(lambda: answers(port) or process.poll() is not None, "the container")
        yield f"http://127.0.0.1:{port}"
        assert process.poll() is None, "nobody may end somebody else's server"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def names(folder: Path) -> set[str]:
    """All that is in the folder, at any depth; nothing when there is none."""
    return {path.name for path in folder.rglob("*")}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health-check", trust_env=False).is_success
    except httpx.HTTPError:
        return False
