"""Changes to the user's `config.toml`: the lines that are meant, and nothing else of what a person wrote.

Comments, the order, and lines that mean nothing to this program stay. The file is read at the moment it is changed, by
one program at a time, judged as it would be, and takes the old one's place whole or not at all.
"""

import contextlib
import os
import secrets
import stat
import tomllib
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from replicate_tui.core import config_file
from replicate_tui.core.config_file import Config
from replicate_tui.core.config_tables import at, without_empty, without_table
from replicate_tui.core.settings import Folders, private_folder

if TYPE_CHECKING:
    from tomlkit.container import Container
    from tomlkit.items import Item

Value = str | bool | int | float | Sequence[str] | Mapping[str, float]
"""What a line may say; a mapping is a table on one line, an empty one a table to be filled."""

_PATIENCE: Final = 5.0
"""Seconds to wait for another program that writes the file."""


class NotWritten(Exception):
    """The file stays as it is; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Change:
    """What the line at `path`, such as ("archive", "folder"), is to say; None takes it out, or the table of that name.

    Comments in a table go with it, those below its last line are about what follows and stay.
    """

    path: tuple[str, ...]
    value: Value | None


def write(folders: Folders, changes: Sequence[Change]) -> Config:
    """Change the file, which is made where there is none; what it says then.

    Raises:
        NotWritten: a value cannot be used, or the file cannot be read, changed or written.
    """
    path = folders.config_file
    try:
        with _alone(folders):
            return _write(path.resolve(), changes)
    except (OSError, RuntimeError) as error:  # a link that leads to itself is a RuntimeError
        raise NotWritten(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from error


def _write(path: Path, changes: Sequence[Change]) -> Config:
    before = _bytes(path)
    text = _text(path, before or b"")
    after = changed(text, changes)
    try:
        config = config_file.parse(after)
    except ValueError as error:
        raise NotWritten(str(error)) from error
    if after != text:
        _replace(path, before, after.encode("utf-8"))
    return config


def changed(text: str, changes: Sequence[Change]) -> str:
    """The text of a configuration with these changes, and no others.

    Raises:
        NotWritten: it is not TOML, or so written that the lines cannot be changed by themselves.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        wanted = tomllib.loads(text)
        gone = [change.path for change in changes if change.value is None]
        after = text
        for change in changes:
            if change.value is None and isinstance(at(wanted, change.path), Mapping):
                after = without_table(after, change.path)
            else:
                document = tomlkit.parse(after)
                _change(document, change)
                after = document.as_string()
            _put(wanted, change)
        after = _with_line_ends(text, after)
        as_meant = without_empty(tomllib.loads(after), gone) == without_empty(wanted, gone)
    except tomllib.TOMLDecodeError as error:
        raise NotWritten(f"config.toml is not valid TOML: {error}; mend it by hand first") from None
    except (TOMLKitError, ValueError, KeyError, TypeError, AttributeError):
        as_meant = False
    if not as_meant:
        names = ", ".join(".".join(change.path) for change in changes)
        raise NotWritten(f"config.toml is written so that {names} cannot be changed here: change it by hand")
    return after


def _put(document: dict[str, Any], change: Change) -> None:
    """Change plain values, to compare with."""
    *parents, name = change.path
    for parent in parents:
        document = document.setdefault(parent, {}) if change.value is not None else document.get(parent, {})
    if change.value is None:
        document.pop(name, None)
    else:
        document[name] = _plain(change.value)


def _plain(value: Value) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return value if isinstance(value, str | bool | int | float) else list(value)


# -- lines ------


def _change(document: MutableMapping[str, Any], change: Change) -> None:
    import tomlkit

    *parents, name = change.path
    for depth, parent in enumerate(parents):
        if parent not in document:
            if change.value is None:
                return
            document[parent] = tomlkit.table(is_super_table=depth < len(parents) - 1 or change.value == {})
        document = document[parent]
    if change.value is None:
        document.pop(name, None)
    elif change.value == {}:
        document[name] = {}
    elif name in document:
        document[name] = _item(change.value)
    else:
        _add(document, name, _item(change.value))


def _item(value: Value) -> "Item":
    import tomlkit

    if isinstance(value, Mapping):
        line = tomlkit.inline_table()
        line.update(value)
    else:
        line = tomlkit.item(_plain(value))
    return line


def _add(table: MutableMapping[str, Any], name: str, value: "Item") -> None:
    """Add a line below the others of its table: what comes after them, such as a comment, is about what follows."""
    import tomlkit
    from tomlkit.items import InlineTable, Table, Whitespace

    container = table.value if isinstance(table, Table) else table
    if isinstance(table, InlineTable) or not isinstance(container, tomlkit.container.Container):
        table[name] = value
        return
    outside = not isinstance(table, Table)
    place = _place(container, above_tables=outside)
    if place is None:
        table[name] = value
    else:
        if outside and place == 0 and not isinstance(container.body[0][1], Whitespace):
            value.trivia.trail = "\n\n"  # the first line, above a table
        container._insert_at(place, name, value)  # the library's own place is after those comments


def _place(container: "Container", *, above_tables: bool) -> int | None:
    """Where a new line goes in the body of a table; None for its end."""
    from tomlkit.items import AoT, Comment, Table

    body = container.body
    own = [number for number, (key, item) in enumerate(body) if key is not None and not isinstance(item, Table | AoT)]
    if own:
        place = own[-1] + 1
    elif above_tables:
        place = next((number for number, (_, item) in enumerate(body) if isinstance(item, Table | AoT)), len(body))
        while place and isinstance(body[place - 1][1], Comment):
            place -= 1
    else:
        place = 0
    return place if place < len(body) else None


def _with_line_ends(before: str, after: str) -> str:
    """The text with the line ends of Windows where all lines ended so before."""
    if "\r\n" not in before or "\n" in before.replace("\r\n", ""):
        return after
    return after.replace("\r\n", "\n").replace("\n", "\r\n")


# -- the file ------


@contextlib.contextmanager
def _alone(folders: Folders) -> Iterator[None]:
    """Hold off other programs of ours meanwhile."""
    import filelock

    private_folder(folders.data)
    try:
        with filelock.FileLock(folders.data / "config.lock", timeout=_PATIENCE, mode=0o600):
            yield
    except filelock.Timeout:
        raise NotWritten("another program is writing config.toml: try again") from None


def _bytes(path: Path) -> bytes | None:
    """What is in the file; None where there is none."""
    if path.exists() and not path.is_file():
        raise NotWritten(f"{path} is not a file")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _text(path: Path, content: bytes) -> str:
    """The file's text; it must be one that this program can use as it is."""
    try:
        text = content.decode("utf-8")
        config_file.parse(text)
    except ValueError as error:
        raise NotWritten(f"{path} cannot be used as it is: {error}; mend it by hand first") from error
    return text


def _replace(path: Path, before: bytes | None, after: bytes) -> None:
    """Put the new file in the old one's place, unless that has changed since it was read."""
    private_folder(path.parent)
    if before is not None and not os.access(path, os.W_OK):
        raise NotWritten(f"{path} may not be written: it is kept from being changed")
    new = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with os.fdopen(
            os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb"
        ) as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(0o600 if before is None else stat.S_IMODE(path.stat().st_mode))
        if _bytes(path) != before:
            raise NotWritten(f"{path} was changed by somebody else just now: nothing was written, try again")
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
