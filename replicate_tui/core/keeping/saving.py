"""Writes one run into a folder.

That is `prediction.json`, `logs.txt`, every file of the output under a legal name, and the output itself as
`output.txt` when it is text, else as `output.json`. Each file takes its name only when it is whole.
"""

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from replicate_tui.api.client import Client
from replicate_tui.api.errors import APIError, ReplicateError
from replicate_tui.core import outputs
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.keeping import arriving
from replicate_tui.core.keeping.arriving import Part
from replicate_tui.core.keeping.disk_trouble import in_words
from replicate_tui.core.keeping.fetching import Refused, fetch
from replicate_tui.core.keeping.file_content import is_whole
from replicate_tui.core.keeping.file_names import TakenNames
from replicate_tui.core.keeping.turns import Turns
from replicate_tui.core.outputs import OutputFile
from replicate_tui.core.settings import private_folder

AT_ONCE: Final = 8
"""Files that are fetched at the same time."""

Turn = Callable[[], AbstractAsyncContextManager[None]]
"""Begins one's turn to fetch a file."""

_DELETED: Final = frozenset({403, 404, 410})
"""How file servers answer for what they have not any more; some do not tell it from what nobody may see."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What was kept of a run: its folder, the files written, and what failed in plain words.

    `lacking` counts the files of the output that are not there, `deleted` those of them that the server has not any
    more. `empty` names those that are saved without a single byte because their server has none, though their kind
    should have some.
    """

    folder: Path
    files: tuple[Path, ...]
    failures: tuple[str, ...]
    lacking: int = 0
    deleted: int = 0
    empty: tuple[str, ...] = ()

    @property
    def lost(self) -> bool:
        """Whether every file that is not there is gone for good, as far as its server's answer tells."""
        return 0 < self.lacking == self.deleted

    @property
    def note(self) -> str:
        """What is to be said though it is saved: that files are empty; "" for nothing."""
        if not self.empty:
            return ""
        first, more = self.empty[0], len(self.empty) - 1
        are = f" and {more} more are empty files: their" if more else " is an empty file: its"
        return f"{first}{are} server has nothing else"


@dataclass(frozen=True, slots=True)
class _Failure:
    words: str
    deleted: bool = False


async def save(
    client: Client, run: Run, folder: Path, *, keep: bool = False, turn: Turn | None = None, files: bool = True
) -> Saved:
    """Write everything known of a run into `folder`, made when missing; without its output's files unless `files`.

    A file that cannot be fetched becomes a line in `failures`; the others are written all the same. With `keep` a
    file of the output that is there already is this run's, and is not fetched again. What the run's own folder holds
    is copied. `turn` bounds how many files are fetched at once, over several runs when they share it.

    Raises:
        OSError: the folder cannot be written; the message says what helps.
    """
    try:
        records = await asyncio.to_thread(_write_records, run, folder)
    except OSError as error:
        raise OSError(in_words(error, folder)) from error
    if not files:
        return Saved(folder, tuple(records), ())
    begun = await asyncio.to_thread(arriving.begun, folder)
    wanted = outputs.files(run.prediction.output)
    kept = await asyncio.to_thread(_kept, run, wanted)
    filling = _Filling(client, folder, kept, begun, keep, turn or Turns(AT_ONCE).turn)
    results = await asyncio.gather(*(filling.add(file) for file in wanted))
    failures = [result for result in results if isinstance(result, _Failure)] + _unseen(run)
    if not failures:
        await asyncio.to_thread(arriving.clear, folder)
    return Saved(
        folder,
        (*(result for result in results if isinstance(result, Path)), *records),
        tuple(failure.words for failure in failures),
        len(failures),
        sum(failure.deleted for failure in failures),
        await asyncio.to_thread(_empty, wanted, results),
    )


@dataclass(frozen=True, slots=True)
class _Filling:
    """How the files of one output come into a folder. `kept` are those on this machine, by place in the output."""

    client: Client
    folder: Path
    kept: dict[str, Path]
    begun: dict[str, list[Part]]
    keep: bool
    turn: Turn

    async def add(self, file: OutputFile) -> Path | _Failure:
        """Where the file is once it is whole, or what went wrong."""
        path = self.folder / file.name
        try:
            if self.keep and await asyncio.to_thread(is_whole, file, path):
                return path
            if file.where in self.kept:
                return await asyncio.to_thread(_copy, self.kept[file.where], path)
            async with self.turn():
                return await fetch(
                    self.client, file, self.folder, self.begun.get(arriving.key(file.name, file.url), ())
                )
        except (ReplicateError, OSError, Refused) as error:
            deleted = isinstance(error, APIError) and error.status in _DELETED
            words = in_words(error, self.folder) if isinstance(error, OSError) else str(error)
            return _Failure(f"{file.name}: {words}", deleted)


def _kept(run: Run, files: Sequence[OutputFile]) -> dict[str, Path]:
    """Those of the files that are whole on this machine, by their place in the output."""
    there = run.files
    return {
        file.where: there[file.where] for file in files if file.where in there and is_whole(file, there[file.where])
    }


def _empty(files: Sequence[OutputFile], results: Sequence[Path | _Failure]) -> tuple[str, ...]:
    pairs = zip(files, results, strict=True)
    return tuple(file.name for file, path in pairs if isinstance(path, Path) and not is_whole(file, path))


def _unseen(run: Run) -> list[_Failure]:
    """What this machine never heard of, and nobody tells any more."""
    prediction = run.prediction
    unseen = prediction.data_removed and prediction.output is None and run.status == "succeeded"
    return [_Failure("Replicate has deleted its output", deleted=True)] if unseen else []


def _write_records(run: Run, folder: Path) -> list[Path]:
    private_folder(folder)
    return [_write(folder / name, text) for name, text in _records(run)]


def _records(run: Run) -> Iterator[tuple[str, str]]:
    """What is written of a run beside its files: names and texts."""
    prediction = run.prediction
    yield "prediction.json", _json(runs.told(run))
    if run.logs:
        yield "logs.txt", run.logs
    text = outputs.joined_text(prediction.output)
    if text is not None:
        yield "output.txt", text
    elif prediction.output is not None:
        names = TakenNames(*(file.name for file in outputs.files(prediction.output)))
        yield names.free("output.json"), _json(prediction.output)


def _write(path: Path, text: str) -> Path:
    # Half a surrogate pair may come in JSON; its escape is what JSON calls it, and nothing else can be written.
    arriving.write_whole(path, text.encode(errors="backslashreplace"))
    return path


def _copy(source: Path, path: Path) -> Path:
    if path.exists() and path.samefile(source):
        return path
    part = arriving.part(path.parent, arriving.key(path.name, ""), None, None)
    try:
        shutil.copyfile(source, part.path)
        part.become(path, source.stat().st_size)
    finally:
        part.drop()
    return path


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
