"""The folder of a batch: what it is, which runs were sent for its rows, and line by line what became of each.

A result is on disk before the next thing is done with its row. Which row a run is of is kept with the run in the
history, before it is sent: the two together bring a batch to its end that was killed at any moment.
"""

import asyncio
import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from replicate_tui.api.resources import TERMINAL
from replicate_tui.core.keeping.arriving import write_whole
from replicate_tui.core.settings import private_folder

PLAN: Final = "batch.json"
RESULTS: Final = "results.jsonl"
SENT: Final = "sent.jsonl"

_LOCK: Final = ".lock"


class NotUsable(Exception):
    """The folder cannot take this batch; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch is: the same when it is resumed, but for its `id`.

    `identifier` is what the API takes as `version`, `deployment` ("owner/name") where it runs if anywhere in
    particular. `digest` tells its table from others.
    """

    id: str
    host: str
    model: str
    identifier: str
    deployment: str | None
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row: a line of `results.jsonl`.

    `id` is the run's, None where there is none. `input` hides secrets. `files` are paths in the batch's folder,
    `unsaved` says of each file that could not be saved why.
    """

    row: int
    status: str
    id: str | None
    input: dict[str, Any]
    output: Any = None
    files: tuple[str, ...] = ()
    error: str | None = None
    unsaved: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        """Nothing is left to do for the row."""
        return self.status in TERMINAL and not self.unsaved

    @property
    def succeeded(self) -> bool:
        """The run gave a result."""
        return self.status == "succeeded"

    def as_json(self) -> dict[str, Any]:
        """The object of its line."""
        return asdict(self)


class Results:
    """The open folder of a batch.

    `finished` are the rows that need nothing more, `sent` the ids of runs that the API has: both by row.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder = folder
        self.plan = plan
        self.finished = _finished(folder / RESULTS)
        self.sent = _sent(folder / SENT)
        self._turn = asyncio.Lock()

    def folder_of(self, row: int) -> Path:
        """Where the files of a row are."""
        return self.folder / str(row)

    async def add(self, result: Result) -> None:
        """Write a row's line; it is on disk then.

        Raises:
            OSError: it cannot be written.
        """
        async with self._turn:
            await asyncio.to_thread(_append, self.folder / RESULTS, _line(result.as_json()))
        if result.finished:
            self.finished[result.row] = result

    async def note_sent(self, row: int, run_id: str) -> None:
        """Remember the run of a row.

        Raises:
            OSError: it cannot be written.
        """
        async with self._turn:
            await asyncio.to_thread(_append, self.folder / SENT, _line({"row": row, "id": run_id}))
        self.sent[row] = run_id


@contextlib.contextmanager
def opened(folder: Path, plan: Plan, *, resume: bool) -> Iterator[Results]:
    """The folder of a new batch, made when missing, or of one to `resume`; nobody else has it meanwhile.

    Raises:
        NotUsable: it holds something else, or another program works on it.
        OSError: it cannot be written.
    """
    if resume and not (folder / PLAN).is_file():
        raise NotUsable(f"there is no batch to resume in {folder}; begin it without --resume")
    private_folder(folder)
    with _alone(folder):
        if resume:
            plan = _same(folder, plan)
        else:
            _refuse_used(folder)
            write_whole(folder / PLAN, json.dumps(asdict(plan), indent=2).encode() + b"\n")
        results = Results(folder, plan)
        # What is to be done again, or was cut off, is not there twice in the end.
        write_whole(folder / RESULTS, b"".join(_line(each.as_json()) for each in results.finished.values()))
        write_whole(folder / SENT, b"".join(_line({"row": row, "id": each}) for row, each in results.sent.items()))
        yield results


def finished_in(folder: Path) -> int:
    """How many rows of the batch in a folder need nothing more."""
    return len(_finished(folder / RESULTS))


def _refuse_used(folder: Path) -> None:
    if (folder / PLAN).exists():
        raise NotUsable(
            f"{folder} holds a batch already: go on with it by --resume, or name another --output-directory"
        )
    if any(not each.name.startswith(".") for each in folder.iterdir()):
        raise NotUsable(f"{folder} is not empty: name another --output-directory")


def _same(folder: Path, plan: Plan) -> Plan:
    """The plan of the batch that is there, if it is this one."""
    try:
        told = json.loads((folder / PLAN).read_text("utf-8"))
        known = Plan(**{each.name: told[each.name] for each in fields(Plan)})
    except (ValueError, KeyError, TypeError) as error:
        raise NotUsable(f"{folder / PLAN} cannot be read ({error})") from None
    if known.digest != plan.digest:
        raise NotUsable(
            f"the table has changed since the batch in {folder} began ({known.rows:,} rows then, {plan.rows:,} now): "
            "resume it with the table as it was, or begin another one with --output-directory"
        )
    if known.host != plan.host:
        raise NotUsable(f"the batch in {folder} ran on {known.host}, and this is {plan.host}")
    then, now = _what(known), _what(plan)
    if then != now:
        raise NotUsable(f"the batch in {folder} runs {then}, and this is {now}: name what it runs")
    return known


def _what(plan: Plan) -> str:
    """What a batch runs, as a person names it."""
    if plan.deployment:
        return f"the deployment {plan.deployment}"
    return plan.model if plan.identifier == plan.model else f"{plan.model}:{plan.identifier}"


def _finished(path: Path) -> dict[int, Result]:
    """The rows that need nothing more."""
    found = (_result(told) for told in _lines(path))
    return {result.row: result for result in found if result is not None and result.finished}


def _result(told: dict[str, Any]) -> Result | None:
    try:
        return Result(**{**told, "files": tuple(told["files"]), "unsaved": tuple(told["unsaved"])})
    except (KeyError, TypeError):
        return None


def _sent(path: Path) -> dict[int, str]:
    """The ids of the runs that the API has, by row."""
    return {told["row"]: told["id"] for told in _lines(path) if {"row", "id"} <= told.keys()}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file's lines, but for one that was cut off."""
    for line in path.read_bytes().split(b"\n") if path.exists() else ():
        with contextlib.suppress(ValueError):
            told = json.loads(line)
            if isinstance(told, dict):
                yield told


def _line(told: Mapping[str, Any]) -> bytes:
    # Half a surrogate pair may come in JSON; its escape is what JSON calls it.
    return json.dumps(told, ensure_ascii=False).encode(errors="backslashreplace") + b"\n"


def _append(path: Path, line: bytes) -> None:
    with path.open("ab", buffering=0) as file:
        rest = memoryview(line)
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other programs from working on the same batch; a killed one holds nothing."""
    import filelock

    lock = filelock.FileLock(folder / _LOCK, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise NotUsable(f"another program works on the batch in {folder}") from None
    try:
        yield
    finally:
        lock.release()
