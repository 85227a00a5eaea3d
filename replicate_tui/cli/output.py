"""The one place that writes: data to standard output, narration to standard error."""

import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from replicate_tui.core.columns import Column

R = TypeVar("R")

_LONG_WORD: Final = re.compile(r"\S{300,}")
_LONGEST: Final = 4000
"""Characters of a sentence that ends a command; the help of a group of commands is one."""


class Unwritable(Exception):
    """Standard output cannot be written; the message says why."""


class ReaderGone(Exception):
    """Whoever read standard output has closed it."""


def is_terminal() -> bool:
    """Whether a person looks at standard output; it may be closed."""
    return sys.stdout is not None and sys.stdout.isatty()


def for_people(as_json: bool) -> bool:
    """Whether to write for a person: standard output is a terminal and JSON was not asked for."""
    return not as_json and is_terminal()


def data(value: object) -> None:
    """A JSON value and a newline; on a terminal laid out for reading."""
    if is_terminal():
        shown(json.dumps(value, ensure_ascii=False, indent=2))
    else:
        write(json.dumps(value, ensure_ascii=False) + "\n")


def record(value: object) -> None:
    """One JSON value of several, on a line of its own."""
    if is_terminal():
        shown(json.dumps(value, ensure_ascii=False))
    else:
        write(json.dumps(value, ensure_ascii=False) + "\n")


def line(text: str) -> None:
    """A line of text for a person or a script."""
    write(text + "\n")


def shown(text: str) -> None:
    """Text from the network and a newline, for a person: cleaned on a terminal, as it is elsewhere."""
    if is_terminal():
        from replicate_tui.core.text import clean

        text = clean(text)
    line(text)


def write(text: str) -> None:
    """Text as it is, at once.

    Raises:
        ReaderGone: nobody reads standard output any more.
    """
    if sys.stdout is None:
        raise Unwritable("cannot write to standard output: it is closed")
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        raise ReaderGone from error
    except OSError as error:  # a full disk behind it
        raise Unwritable(f"cannot write to standard output: {error.strerror or error}") from error


def note(text: str) -> None:
    """A line of narration; whatever came from the network in it is cleaned."""
    from replicate_tui.core.text import clean

    if sys.stderr is None:
        return
    # Nobody may be listening; what is done is worth more than what is said of it.
    with contextlib.suppress(OSError):
        sys.stderr.write(clean(text) + "\n")
        sys.stderr.flush()


def trouble(text: str) -> None:
    """Why a command ends, as narration. What was typed or answered may be of any length: the middle of it is cut."""
    text = _LONG_WORD.sub(lambda word: _cut(word[0], 200), text)
    note(_cut(text, _LONGEST))


def _cut(text: str, length: int) -> str:
    end = length // 8
    return text if len(text) <= length else f"{text[: length - end]}…{text[-end:]}"


def discard() -> None:
    """Whoever read standard output is gone: nothing more is written, and nothing complains at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def table(columns: "Sequence[Column[R]]", rows: Iterable[R]) -> None:
    """Rows as aligned text under their titles; on a terminal no wider than it, and in colour."""
    from replicate_tui.cli.table import lines

    room = shutil.get_terminal_size().columns if is_terminal() else None
    for text in lines(columns, rows, room=room, colour=in_colour()):
        line(text)


def in_colour() -> bool:
    """Whether standard output takes colour."""
    return is_terminal() and not _is_dumb() and not os.environ.get("NO_COLOR")


def redraws() -> bool:
    """Whether a line on standard error can be written anew: it is a terminal that does more than print."""
    return sys.stderr is not None and sys.stderr.isatty() and not _is_dumb()


def _is_dumb() -> bool:
    return os.environ.get("TERM") == "dumb"


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Names and values, one a line; empty values are left out."""
    from replicate_tui.core.text import one_line

    known = [(name, one_line(value)) for name, value in pairs if value]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        line(f"{name:<{width}}  {value}")
