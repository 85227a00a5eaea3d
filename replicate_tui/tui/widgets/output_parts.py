"""What an output view says, in text: the reason of a failure, an object as JSON, a file in one line. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.content import Content

from replicate_tui.core import outputs
from replicate_tui.core.outputs import OutputFile
from replicate_tui.core.text import ELLIPSIS, clean, one_line, size
from replicate_tui.tui.widgets.media_facts import Facts

LIMIT = 200_000
"""Characters of one output that are shown."""

MOST_LISTED = 1_000
"""Files of one output that can be chosen; all are in what is shown of it whole."""

WAITING = frozenset({"submitting", "queued", "starting", "processing"})
"""Statuses of runs whose output may still come."""

SAVED = "saved"

_URI_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Parts:
    """An output taken apart: its text (or its JSON), and its first files of so many in `total`.

    Text is cleaned; `note` says what is missing of it, `is_cut` that anything is.
    """

    text: str = ""
    is_json: bool = False
    note: str = ""
    files: tuple[OutputFile, ...] = ()
    total: int = 0
    is_cut: bool = False


def whole(output: object, schema: Mapping[str, Any] | None) -> str:
    """Write all of an output: its text, or its JSON with the embedded files shortened."""
    text = outputs.joined_text(output, schema)
    if text is not None:
        return text
    try:
        return json.dumps(_shortened(output), indent=2, ensure_ascii=False)
    except RecursionError:
        return ""


def parts(output: object, schema: Mapping[str, Any] | None) -> Parts:
    """Take an output apart; `schema` is the output's own, as a hint how its pieces are joined."""
    if output is None or output in ("", []):
        return Parts()
    text = outputs.joined_text(output, schema)
    if text is not None:
        return Parts(clean(text[:LIMIT]), note=_cut_note(len(text)), is_cut=len(text) > LIMIT)
    files = outputs.files(output, MOST_LISTED)
    total = len(files) if len(files) < MOST_LISTED else outputs.file_count(output)
    some_only = total > len(files)
    if _is_only_files(output, total):
        return Parts(files=files, total=total, is_cut=some_only)
    shown, note = as_json(output)
    return Parts(clean(shown), True, note, files, total, is_cut=some_only or bool(note))


def as_json(value: object) -> tuple[str, str]:
    """Write a value as indented JSON, embedded files shortened; return its beginning, and what is missing."""
    try:
        pieces = json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(_shortened(value))
        text = "".join(_until(pieces, LIMIT))
    except RecursionError:
        return "", f"{ELLIPSIS} the output is nested too deeply to be shown"
    return text[:LIMIT], _cut_note(None) if len(text) > LIMIT else ""


def nothing_yet(status: str, logged: str = "") -> str:
    """What stands for an output that is not there, with what was `logged` last; nothing where there is no run."""
    if not status:
        return ""
    return f"waiting for output{ELLIPSIS}\n{logged}".rstrip() if status in WAITING else "no output"


def caption(
    file: OutputFile,
    path: Path | None,
    *,
    pixels: tuple[int, int] | None,
    number: str,
    note: str,
    told: Sequence[str] = (),
) -> Content:
    """Return the line below a file: name, size in pixels and bytes, what it tells, whether it is kept, and a note."""
    kept = _kept(path)
    muted = (f"{pixels[0]}×{pixels[1]}" if pixels else "", *told, _bytes(path), kept, number)
    warn = "" if note == kept else one_line(note)
    named = ((_label(file), "bold"), (one_line(file.name), ""))
    return _spaced(*named, *((text, "$foreground-muted") for text in muted), (warn, "$text-warning"))


def note_line(note: str) -> Content:
    """Return the line that stands for a caption where no picture is shown: only the note."""
    return _spaced((one_line(note), "$foreground-muted" if note == SAVED else "$text-warning"))


def file_list(
    files: Sequence[OutputFile],
    saved: Mapping[str, Path],
    chosen: OutputFile | None,
    room: int,
    told: Mapping[Path, Facts],
    total: int,
) -> Content:
    """Return files one a line, `room` of them around the chosen one, and how many there are; `total` with the unlisted.

    What a file tells of itself stands in its line, and of the chosen sound there is a line of bars below.
    """
    at = files.index(chosen) if chosen in files else 0
    first = min(max(at - room // 2, 0), max(len(files) - room, 0))
    lines = []
    for file in files[first : first + room]:
        path = saved.get(file.where)
        known = told.get(path, Facts()) if path is not None else Facts()
        lines.append(_file_line(file, path, file == chosen, known.words))
        if known.wave and file == chosen:
            lines.append(Content.styled(f"  {known.wave}", "$text-accent"))
    if len(files) > room:
        count = f"{len(files):,} files" if total <= len(files) else f"the first {len(files):,} of {total:,} files"
        lines.append(Content.styled(f"  {count}", "$foreground-muted"))
    return Content("\n").join(lines)


def _file_line(file: OutputFile, path: Path | None, is_chosen: bool, told: Sequence[str]) -> Content:
    mark = Content.styled("▸ ", "$text-primary") if is_chosen else Content("  ")
    kind = file.media if file.media != "other" else ""
    facts = (kind, *told, _bytes(path), _kept(path) if path is None else str(path))
    return mark + _spaced(
        (_label(file), "bold"),
        (one_line(file.name), "bold" if is_chosen else ""),
        *((one_line(fact), "$foreground-muted") for fact in facts),
    )


def _kept(path: Path | None) -> str:
    return "not saved here" if path is None else SAVED


def _bytes(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return size(path.stat().st_size)
    except OSError:
        return "gone"


def _spaced(*pieces: tuple[str, str]) -> Content:
    """Return styled pieces of text with two blanks between them, without the empty ones."""
    return Content("  ").join(Content.styled(text, style) for text, style in pieces if text)


def _is_only_files(output: object, total: int) -> bool:
    """Whether an output is a file, a list of files, or an object of files: the list of files tells all of it."""
    match output:
        case str():
            return total > 0
        case list():
            values = output
        case dict():
            values = list(output.values())
        case _:
            return False
    return total == len(values) > 0 and all(isinstance(value, str) for value in values)


def _label(file: OutputFile) -> str:
    """Return the name that the output gives to a file; "" for a member of a list, which has none."""
    name = file.where.removeprefix("output").removeprefix(".")
    return one_line(name) if name[:1] not in ("", "[") else ""


def _cut_note(length: int | None) -> str:
    """Return the line that says that a text of so many characters is not shown whole; "" if it is."""
    if length is not None and length <= LIMIT:
        return ""
    of = "" if length is None else f" of {length:,}"
    return f"{ELLIPSIS} the first {LIMIT:,}{of} characters are shown"


def _until(pieces: Iterator[str], limit: int) -> Iterator[str]:
    """Yield pieces up to the one that goes beyond the limit."""
    written = 0
    for piece in pieces:
        yield piece
        written += len(piece)
        if written > limit:
            return


def _shortened(value: object) -> object:
    """Return a JSON value whose embedded files are only named by their beginning."""
    match value:
        case str() if value[:5].lower() == "data:" and len(value) > _URI_SHOWN:
            return f"{value[:_URI_SHOWN]}{ELLIPSIS} {size(len(value))}"
        case list():
            return [_shortened(one) for one in value]
        case dict():
            return {key: _shortened(one) for key, one in value.items()}
    return value
