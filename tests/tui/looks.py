"""Screens as lines of text, kept beside the tests: a change of them is seen in the change that makes it."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from tests.waiting import eventually

LOOKS = Path(__file__).parent / "looks"
RENEW = "RENEW_LOOKS"
LOOKED_AT = 15
"""So many times in a row a screen is the same that has settled."""


def assert_looks_as_before(name: str, lines: Sequence[str]) -> None:
    """The lines are those of the file `name`; with RENEW_LOOKS=1 in the environment they become it."""
    path = _path(name)
    text = _text(lines)
    if os.environ.get(RENEW):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"if it is meant to look so: {RENEW}=1 pytest"


async def comes_to_look_as_before(name: str, look: Callable[[], Sequence[str]]) -> None:
    """As above, of a screen that may still be about to change."""
    path = _path(name)
    if path.exists() and not os.environ.get(RENEW):
        before = path.read_text(encoding="utf-8")
        with suppress(AssertionError):
            await eventually(lambda: _text(look()) == before, name, limit=5)
    assert_looks_as_before(name, await settled(look))


async def settled(look: Callable[[], Sequence[str]]) -> Sequence[str]:
    """What stays as it is for a while: of a screen whose parts come one after the other."""
    before: list[Sequence[str]] = []

    def stays() -> bool:
        now = look()
        if before and now != before[-1]:
            before.clear()
        before.append(now)
        return len(before) == LOOKED_AT

    await eventually(stays, "a screen that stays as it is")
    return before[-1]


def _path(name: str) -> Path:
    return LOOKS / f"{name}.txt"


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
