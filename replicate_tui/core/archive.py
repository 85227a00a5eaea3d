"""Keeps a finished run on this machine, before Replicate deletes it an hour after its end.

A run's folder holds `prediction.json`, `logs.txt`, every file of the output under a legal name, and a text output as
`output.txt`. Each file arrives under a temporary name and takes its own only when it is whole.
"""

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

from replicate_tui.api.client import Client
from replicate_tui.api.errors import APIError, NetworkError, ReplicateError
from replicate_tui.core import outputs
from replicate_tui.core.outputs import OutputFile
from replicate_tui.core.runs import RETENTION, Run
from replicate_tui.core.settings import private_folder
from replicate_tui.core.store import Store

AT_ONCE = 4
"""Downloads of one run that go on at the same time."""
_PAGE = ("text/html", "application/xhtml")
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Saved:
    """What was kept of a run: its folder, the files written, and what failed in plain words."""

    folder: Path
    files: tuple[Path, ...]
    failures: tuple[str, ...]


async def save(client: Client, run: Run, folder: Path) -> Saved:
    """Write everything known of a run into `folder`, made when missing.

    A file that cannot be fetched becomes a line in `failures`; the others are written all the same.

    Raises:
        OSError: the folder cannot be written.
    """
    await asyncio.to_thread(private_folder, folder)
    prediction = run.prediction
    written = [await _write(folder / "prediction.json", _document(run))]
    if run.logs:
        written.append(await _write(folder / "logs.txt", run.logs))
    text = outputs.joined_text(prediction.output)
    if text is not None:
        written.append(await _write(folder / "output.txt", text))
    elif prediction.output is not None:
        written.append(await _write(folder / "output.json", _json(prediction.output)))
    gate = asyncio.Semaphore(AT_ONCE)
    fetched = await asyncio.gather(*(_fetch(client, file, folder, gate) for file in outputs.files(prediction.output)))
    paths = [item for item in fetched if isinstance(item, Path)]
    failures = [item for item in fetched if isinstance(item, str)]
    return Saved(folder, (*paths, *written), tuple(failures))


class Archive:
    """Saves every run that succeeds while the program runs, and those that ended shortly before it started."""

    def __init__(self, client: Client, store: Store, folder: Path) -> None:
        self._client = client
        self._store = store
        self._folder = folder
        self._wanted: asyncio.Queue[str] = asyncio.Queue()
        self._tried: set[str] = set()
        self.failures: dict[str, str] = {}

    async def run(self) -> None:
        """Save what is wanted, until cancelled."""
        unsubscribe = self._store.subscribe(self._look)
        try:
            for run_id in self._store.ids(limit=200):
                self._look(run_id)
            while True:
                await self._save(await self._wanted.get())
        finally:
            unsubscribe()

    def _look(self, run_id: str) -> None:
        row = self._store.row(run_id) if run_id else None
        if row is None or run_id in self._tried or row.folder or row.removed or row.status != "succeeded":
            return
        if row.completed_at is not None and time.time() - row.completed_at > RETENTION:
            return
        self._tried.add(run_id)
        self._wanted.put_nowait(run_id)

    async def _save(self, run_id: str) -> None:
        # The list tells that it ended; only a look at the run itself has its last logs.
        with contextlib.suppress(APIError, NetworkError):
            await self._store.put(await self._client.prediction(run_id), now=time.time())
        run = self._store.run(run_id)
        if run is None:
            return
        try:
            saved = await save(self._client, run, self._folder / run_id)
        except OSError as error:
            self.failures[run_id] = f"cannot save {run_id}: {error}"
            return
        if saved.failures:
            self.failures[run_id] = saved.failures[0]
        if not saved.failures or len(saved.failures) < len(outputs.files(run.prediction.output)):
            await self._store.set_folder(run_id, saved.folder)


async def _fetch(client: Client, file: OutputFile, folder: Path, gate: asyncio.Semaphore) -> Path | str:
    """The path of the file once it is whole, or what went wrong."""
    path = folder / file.name
    trouble = ""
    async with gate:
        for _ in range(_TRIES):
            try:
                return await _download(client, file, path)
            except NetworkError as error:
                trouble = str(error)
            except (ReplicateError, OSError, IncompleteFile) as error:
                return f"{file.name}: {error}"
    return f"{file.name}: {trouble}"


class IncompleteFile(Exception):
    """What arrived is not the file: cut off, or a web page in its place."""


async def _download(client: Client, file: OutputFile, path: Path) -> Path:
    part = path.with_name(f".{path.name}.part")
    try:
        async with client.download(file.url) as download:
            if (download.content_type or "").startswith(_PAGE) and not path.suffix.startswith((".htm", ".xhtm")):
                raise IncompleteFile("a web page came instead of the file")
            size = 0
            with part.open("wb") as target:
                async for chunk in download.chunks():
                    size += len(chunk)
                    await asyncio.to_thread(target.write, chunk)
            if download.size is not None and size != download.size:
                raise IncompleteFile(f"{size} of {download.size} bytes came")
        await asyncio.to_thread(part.replace, path)
    finally:
        part.unlink(missing_ok=True)
    return path


async def _write(path: Path, text: str) -> Path:
    def write() -> None:
        part = path.with_name(f".{path.name}.part")
        try:
            # Half a surrogate pair may come in JSON; its escape is what JSON calls it, and nothing else can be written.
            part.write_text(text, "utf-8", errors="backslashreplace", newline="")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    await asyncio.to_thread(write)
    return path


def _document(run: Run) -> str:
    return _json(run.prediction.raw)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
