"""Marks of files in outputs: `{"$output": "out-0.png"}` is the file of that name in the prediction's folder.

Only this server makes marks. What a model or a file of recordings says in the same words is data, and is escaped on
its way in: `{"$data": {"$output": …}}`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FILE = "$output"
DATA = "$data"

NESTING_LIMIT = 100
"""How deep lists and objects may lie in each other to be shown."""


class TooDeep(ValueError):
    """A value is nested deeper than `NESTING_LIMIT`."""


def mark(name: str) -> dict[str, str]:
    """What stands in an output for the file of that name."""
    return {FILE: name}


def escaped(value: dict[str, Any]) -> dict[str, Any]:
    """An object that came from elsewhere, so that nobody takes it for a mark."""
    return {DATA: value} if value.keys() == {FILE} or value.keys() == {DATA} else value


def escaped_deeply(value: Any, room: int = NESTING_LIMIT) -> Any:
    """A whole value that came from elsewhere. Raises `TooDeep`."""
    if room == 0:
        raise TooDeep(f"it is nested deeper than {NESTING_LIMIT} levels")
    if isinstance(value, list):
        return [escaped_deeply(item, room - 1) for item in value]
    if isinstance(value, dict):
        return escaped({key: escaped_deeply(item, room - 1) for key, item in value.items()})
    return value


def absolute(value: Any, address: Callable[[str], str]) -> Any:
    """The output with every mark replaced by the file's address, at any depth."""
    if isinstance(value, list):
        return [absolute(item, address) for item in value]
    if isinstance(value, dict):
        if value.keys() == {FILE}:
            return address(value[FILE])
        data = value[DATA] if value.keys() == {DATA} else value
        return {key: absolute(item, address) for key, item in data.items()}
    return value
