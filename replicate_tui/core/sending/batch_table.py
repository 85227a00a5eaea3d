"""The table of a batch: rows of inputs from CSV or JSON lines, each judged by the model's fields.

Text of a table is data: only a cell of a file input that begins with `@` names a file of this machine.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import Field, Upload
from replicate_tui.core.forms.nesting import TooDeep
from replicate_tui.core.forms.values import json_text
from replicate_tui.core.models.target import Target
from replicate_tui.core.text import one_line

JSON_ENDINGS: Final = (".jsonl", ".ndjson", ".json")
CSV_ENDINGS: Final = (".csv", ".tsv", ".tab")

_DELIMITERS: Final = ",;\t|"
_SAMPLE: Final = 64 * 1024
"""So many characters tell the dialect."""


class NoTable(Exception):
    """The file is no table that can be read; the message says why, and where."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read: its number from 1, the line of the file on which it begins, its inputs by name."""

    number: int
    line: int
    raw: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Ready:
    """A row that can be sent: the input of its run, as `inputs.parse` gives it."""

    number: int
    input: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row, or with a whole column where `row` is None; the sentence names the input."""

    row: int | None
    line: int
    sentence: str

    def __str__(self) -> str:
        place = f"line {self.line}" if self.row is None else f"row {self.row} (line {self.line})"
        return f"{place}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Judged:
    """The rows that can be sent, what is wrong with the others, and what may be wrong with those that can be."""

    ready: tuple[Ready, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


# -- reading ------


def read(content: bytes, name: str) -> tuple[Row, ...]:
    """The rows of a table. The ending of the file's `name` says what it is; without one its first character does.

    Raises:
        NoTable: it cannot be read.
    """
    text = _decoded(content)
    ending = Path(name).suffix.lower()
    as_json = ending in JSON_ENDINGS or (ending not in CSV_ENDINGS and text.lstrip()[:1] == "{")
    rows = tuple(_json_rows(text) if as_json else _csv_rows(text))
    if not rows:
        raise NoTable("it holds no rows")
    return rows


def digest(rows: Iterable[Row]) -> str:
    """What tells two tables apart: the same for the same rows in the same order."""
    told = hashlib.sha256()
    for row in rows:
        told.update(json.dumps(row.raw, sort_keys=True).encode() + b"\n")
    return told.hexdigest()


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NoTable(f"it is not UTF-8 (byte {error.start + 1}): save it as UTF-8") from None


def _json_rows(text: str) -> Iterator[Row]:
    number = 0
    for at, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        number += 1
        try:
            found = json_text(line)
        except TooDeep:
            raise NoTable(f"line {at} is nested too deeply") from None
        except ValueError as error:
            raise NoTable(f"line {at} is no JSON: {one_line(str(error))}; give one JSON object a line") from None
        if not isinstance(found, dict):
            raise NoTable(f"line {at} is no JSON object: give one object of inputs a line")
        yield Row(number, at, found)


def _csv_rows(text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), _dialect(text), strict=True)
    header: list[str] | None = None
    number, begin = 0, 1
    try:
        for cells in reader:
            line, begin = begin, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells)
                continue
            number += 1
            yield Row(number, line, _named(header, cells, number, line))
    except csv.Error as error:
        raise NoTable(f"line {reader.line_num} cannot be read as CSV: {error}") from None


def _dialect(text: str) -> type[csv.Dialect]:
    """How the cells are written: the header says what stands between them, the first rows how they are quoted."""
    header = next((line for line in text[:_SAMPLE].splitlines() if line.strip()), "")
    sample = text[:_SAMPLE]

    class Written(csv.excel):
        delimiter = max(_DELIMITERS, key=header.count) if any(each in header for each in _DELIMITERS) else ","

    try:
        sniffed = csv.Sniffer().sniff(sample, _DELIMITERS)
    except csv.Error:
        return Written
    if sniffed.delimiter == Written.delimiter:
        Written.skipinitialspace = sniffed.skipinitialspace
        # Prose is full of apostrophes: they quote only where nothing else does.
        if sniffed.quotechar == "'" and '"' not in sample:
            Written.quotechar = "'"
    return Written


def _header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if "" in names:
        raise NoTable(f"column {names.index('') + 1} has no name in the header")
    for name in names:
        if names.count(name) > 1:
            raise NoTable(f"the header names the column {one_line(name)!r} twice")
    return names


def _named(header: Sequence[str], cells: Sequence[str], number: int, line: int) -> dict[str, object]:
    """The cells by their columns; an empty one leaves its input out."""
    if any(cells[len(header) :]):
        raise NoTable(f"row {number} (line {line}) has {len(cells)} cells, and the header names {len(header)} columns")
    return {name: cell for name, cell in zip(header, cells, strict=False) if cell}


# -- judging ------


def judged(target: Target, rows: Iterable[Row], folder: Path) -> Judged:
    """All rows judged by the target's fields; `folder` is what the paths of files are relative to."""
    ready: list[Ready] = []
    problems: dict[str, Problem] = {}
    warnings: dict[str, Problem] = {}
    by_name = {field.name: field for field in target.fields}
    for row in rows:
        raw = {name: _with_files(by_name.get(name), value, folder) for name, value in row.raw.items()}
        if target.schema is None:
            ready.append(Ready(row.number, {name: _guessed(value) for name, value in raw.items()}))
            continue
        parsed = inputs.parse(target.fields, raw)
        for name, sentence in parsed.errors.items():
            # A column that the model does not know is told once, not for every row.
            if name in by_name:
                problems[f"{row.number} {name}"] = Problem(row.number, row.line, sentence)
            else:
                problems.setdefault(f"column {name}", Problem(None, row.line, sentence))
        for name, sentence in parsed.warnings.items():
            warnings.setdefault(name, Problem(row.number, row.line, sentence))
        ready.append(Ready(row.number, parsed.input))
    return Judged(tuple(ready), tuple(problems.values()), tuple(warnings.values()))


def _guessed(value: object) -> object:
    return inputs.guess(value) if isinstance(value, str) else value


def _with_files(field: Field | None, value: object, folder: Path) -> object:
    """The value with the files that it names, where the field takes files; elsewhere text stays text."""
    if field is None:
        return value
    if field.kind == "file":
        return _file(value, folder)
    if field.kind == "list" and field.item is not None and field.item.kind == "file":
        return _files(value, folder)
    return value


def _files(value: object, folder: Path) -> object:
    """The members of a list of files: a list, its JSON, or one a line."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json_text(value)
        except ValueError:
            return value
    if isinstance(value, str) and "@" in value:
        value = [line.strip() for line in value.splitlines() if line.strip()]
    return [_file(member, folder) for member in value] if isinstance(value, list) else value


def _file(value: object, folder: Path) -> object:
    if not isinstance(value, str) or len(value) < 2 or not value.startswith("@"):
        return value
    named = inputs.typed(value)
    return Upload(folder / named.path) if isinstance(named, Upload) else value
