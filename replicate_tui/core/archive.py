"""Keeps a finished run on this machine, before Replicate deletes it an hour after its end.

A run's folder holds `prediction.json`, `logs.txt`, every file of the output under a legal name, and the output itself
as `output.txt` when it is text, else as `output.json`. Each file arrives under a temporary name and takes its own only
when it is whole.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from replicate_tui.api.client import Client
from replicate_tui.api.errors import APIError, NetworkError, ReplicateError
from replicate_tui.core import outputs
from replicate_tui.core.database import RunRow
from replicate_tui.core.file_names import TakenNames, legal_name
from replicate_tui.core.outputs import OutputFile
from replicate_tui.core.runs import ENDED, RETENTION, Run
from replicate_tui.core.settings import private_folder
from replicate_tui.core.store import Store

AT_ONCE = 4
"""Downloads of one run that go on at the same time."""
FIRST_RETRY = 30.0
"""Seconds until what failed is tried again, twice as many after each failure."""
SLOWEST_RETRY = 300.0
"""So many seconds between two tries at the most."""

_PAGE = ("text/html", "application/xhtml")
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Saved:
    """What was kept of a run: its folder, the files written, and what failed in plain words."""

    folder: Path
    files: tuple[Path, ...]
    failures: tuple[str, ...]


async def save(client: Client, run: Run, folder: Path, *, keep: bool = False) -> Saved:
    """Write everything known of a run into `folder`, made when missing.

    A file that cannot be fetched becomes a line in `failures`; the others are written all the same. With `keep` a
    file of the output that is there already is this run's, and is not fetched again.

    Raises:
        OSError: the folder cannot be written.
    """
    await asyncio.to_thread(private_folder, folder)
    prediction = run.prediction
    files = outputs.files(prediction.output)
    written = [await _write(folder / "prediction.json", _json(prediction.raw))]
    if run.logs:
        written.append(await _write(folder / "logs.txt", run.logs))
    text = outputs.joined_text(prediction.output)
    if text is not None:
        written.append(await _write(folder / "output.txt", text))
    elif prediction.output is not None:
        name = TakenNames(*(file.name for file in files)).free("output.json")
        written.append(await _write(folder / name, _json(prediction.output)))
    gate = asyncio.Semaphore(AT_ONCE)
    fetched = await asyncio.gather(*(_fetch(client, file, folder / file.name, gate, keep) for file in files))
    paths = [item for item in fetched if isinstance(item, Path)]
    failures = [item for item in fetched if isinstance(item, str)]
    return Saved(folder, (*paths, *written), tuple(failures))


class Archive:
    """Saves every run that succeeds while the program runs, and those that ended shortly before it started.

    `failures` says, by run, what could not be kept; it is tried again until Replicate has deleted it. `tell` is
    called with the run and the reason when a failure is new.
    """

    def __init__(self, client: Client, store: Store, folder: Path) -> None:
        self._client = client
        self._store = store
        self._folder = folder
        self._wanted: asyncio.Queue[str] = asyncio.Queue()
        self._seen_working: set[str] = set()
        self._first_tries: dict[str, float] = {}
        self._retries: dict[str, asyncio.TimerHandle] = {}
        self._delays: dict[str, float] = {}
        self.failures: dict[str, str] = {}
        self.tell: Callable[[str, str], None] = lambda run_id, reason: None

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
            for retry in self._retries.values():
                retry.cancel()

    def _look(self, run_id: str) -> None:
        row = self._store.row(run_id) if run_id else None
        if row is None or run_id in self._first_tries or row.folder or row.removed:
            return
        if row.status not in ENDED:
            self._seen_working.add(run_id)
        elif row.status == "succeeded" and not self._is_too_late(row):
            self._first_tries[run_id] = time.monotonic()
            self._wanted.put_nowait(run_id)

    def _is_too_late(self, row: RunRow) -> bool:
        """Whether its files are gone. The two clocks need not agree: what ended under our eyes is there."""
        if row.id in self._seen_working or row.completed_at is None:
            return False
        return time.time() - row.completed_at > RETENTION

    async def _save(self, run_id: str) -> None:
        trouble = await self._fetch_once_more(run_id)
        run = self._store.run(run_id)
        if run is None:
            return
        try:
            saved = await save(self._client, run, self._folder / legal_name(run_id, "run"), keep=True)
        except OSError as error:
            self._failed(run_id, f"cannot save {run_id}: {error}")
            return
        if len(saved.failures) < max(1, len(outputs.files(run.prediction.output))):
            await self._store.set_folder(run_id, saved.folder)
        if saved.failures or trouble:
            self._failed(run_id, (*saved.failures, trouble)[0])
        else:
            self.failures.pop(run_id, None)

    async def _fetch_once_more(self, run_id: str) -> str:
        """The list tells that it ended; only a look at the run itself has its last logs. What went wrong, or ""."""
        try:
            await self._store.put(await self._client.predictions.get(run_id), now=time.time())
        except APIError:
            return ""
        except ReplicateError as error:
            return str(error)
        return ""

    def _failed(self, run_id: str, reason: str) -> None:
        if run_id not in self.failures:
            self.tell(run_id, reason)
        self.failures[run_id] = reason
        if time.monotonic() - self._first_tries[run_id] > RETENTION:
            return
        delay = self._delays.get(run_id, FIRST_RETRY)
        self._delays[run_id] = min(SLOWEST_RETRY, 2 * delay)
        loop = asyncio.get_running_loop()
        self._retries[run_id] = loop.call_later(delay, self._wanted.put_nowait, run_id)


async def _fetch(client: Client, file: OutputFile, path: Path, gate: asyncio.Semaphore, keep: bool) -> Path | str:
    """The path of the file once it is whole, or what went wrong."""
    trouble = ""
    async with gate:
        if keep and await asyncio.to_thread(path.is_file):
            return path
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
    part = _part(path)
    try:
        async with client.download(file.url) as download:
            if (download.content_type or "").lower().startswith(_PAGE) and not _is_page(path):
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


def _is_page(path: Path) -> bool:
    return path.suffix.lower().startswith((".htm", ".xhtm"))


def _part(path: Path) -> Path:
    """Where a file arrives: nowhere that another saving of the same run writes to."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")


async def _write(path: Path, text: str) -> Path:
    def write() -> None:
        part = _part(path)
        try:
            # Half a surrogate pair may come in JSON; its escape is what JSON calls it, and nothing else can be written.
            part.write_text(text, "utf-8", errors="backslashreplace", newline="")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    await asyncio.to_thread(write)
    return path


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
