"""Runs that ended, their files on a scripted server, and an archive at work: for the tests of saving them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Prediction
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Store
from replicate_tui.core.keeping.archive import Archive
from tests.core.scripted import Asked, Reply, Said, Scripted, problem, run_object, says


def finished(output: object, **values: Any) -> Run:
    return Run(Prediction.of(run_object("r1", "succeeded", output=output, **values)), None, 0.0)


def ended(seconds_ago: float) -> str:
    return datetime.fromtimestamp(time.time() - seconds_ago, UTC).isoformat()


def content(folder: Path) -> dict[str, bytes]:
    """Everything in a folder, hidden files too, but for the record of the run."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found.pop("prediction.json", None)
    return found


def parts(folder: Path) -> list[Path]:
    """What has arrived and is not whole."""
    return sorted(folder.rglob(".*part"))


def saved_runs(folder: Path) -> set[str]:
    """The runs that have a folder among an archive's."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def file_script(asked: Asked) -> Reply:
    """Every file holds its own path."""
    return Said(asked.path.encode(), headers={"Content-Type": "image/png"})


def ranged(asked: Asked, whole: bytes, etag: str, **headers: str) -> Said:
    """A file of which the rest may be asked for, as servers answer that: by entity tag, "" for none."""
    named = {**({"ETag": etag} if etag else {}), **headers}
    begin = asked.headers.get("range", "").removeprefix("bytes=").removesuffix("-")
    if not begin or asked.headers.get("if-range", etag) != etag:
        return Said(whole, headers=named)
    if int(begin) >= len(whole):
        return problem(416, "no such range")
    named["Content-Range"] = f"bytes {begin}-{len(whole) - 1}/{len(whole)}"
    return Said(whole[int(begin) :], 206, named)


def in_server(output: Any, server: Scripted) -> Any:
    """The output with the server's address for its "@"."""
    return json.loads(json.dumps(output).replace("@", server.url))


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file of this process may grow beyond that, as on a full disk."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@asynccontextmanager
async def archiving(client: Client, store: Store, folder: Path, after: Sequence[str] = ()) -> AsyncIterator[Archive]:
    kept = Archive(client, store, folder, after)
    task = asyncio.create_task(kept.run())
    try:
        yield kept
    finally:
        task.cancel()
        results = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)


class Replies:
    """Tells of runs and their files; what is in `bad` is answered so."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.runs = {document["id"]: document for document in documents}
        self.bad: dict[str, Reply] = {}

    def __call__(self, asked: Asked) -> Reply:
        if asked.path in self.bad:
            return self.bad[asked.path]
        run = self.runs.get(asked.path.rpartition("/")[2])
        if asked.path.startswith("/v1/predictions/"):
            return problem(404) if run is None else says(run)
        return file_script(asked)


async def put(store: Store, document: dict[str, Any]) -> None:
    await store.put(Prediction.of(document), now=time.time())


def folder_of(store: Store, run_id: str) -> Path | None:
    run = store.run(run_id)
    assert run is not None
    return run.folder


def files(server: Scripted) -> list[str]:
    return server.paths("/f/")
