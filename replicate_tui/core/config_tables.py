"""Tables taken out of the text of a `config.toml`, with every comment that is about something else left where it is."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def at(document: Mapping[str, Any], path: Sequence[str]) -> object:
    """What stands at a path; None for nothing."""
    found: object = document
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def without_table(text: str, path: Sequence[str]) -> str:
    """The text without the table at a path and those in it, each from its head to its last line.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it is so written that it cannot be taken out by itself.
    """
    lines = text.splitlines(keepends=True)
    end = len(lines)
    for head in reversed(range(len(lines))):
        if not lines[head].lstrip().startswith("["):
            continue
        if at(_head(lines[head]), path) is not None:
            del lines[head : _last(lines, head, end) + 1]
        end = head
    return _without_inline("".join(lines), path)


def without_empty(document: dict[str, Any], paths: Iterable[Sequence[str]]) -> dict[str, Any]:
    """The document without the tables above these paths in which nothing is left: perhaps no head ever named them."""
    for path in paths:
        for depth in range(len(path) - 1, 0, -1):
            above = at(document, path[: depth - 1])
            if isinstance(above, dict) and above.get(path[depth - 1]) == {}:
                del above[path[depth - 1]]
    return document


def _last(lines: Sequence[str], head: int, end: int) -> int:
    """The number of the last line of the table, which is its head where it has none."""
    own = [number for number in range(head + 1, end) if lines[number].strip() and lines[number].lstrip()[0] != "#"]
    return own[-1] if own else head


def _head(line: str) -> dict[str, Any]:
    """The table that a line is the head of, as an empty one; nothing where it is none."""
    try:
        return tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return {}


def _without_inline(text: str, path: Sequence[str]) -> str:
    """The text without what of the table is written in one line, or in dotted ones, within another."""
    import tomlkit

    document = tomlkit.parse(text)
    *parents, name = path
    above: Any = document
    for parent in parents:
        if parent not in above:
            return text
        above = above[parent]
    if name not in above:
        return text
    del above[name]
    return document.as_string()
