"""Waiting for a state instead of for a time."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

TIME_LIMIT = 45.0
STEP = 0.01


def until(look: Callable[[], T | None], what: str = "it", limit: float = TIME_LIMIT) -> T:
    """What `look` gives once that is true."""
    deadline = time.monotonic() + limit
    while not (seen := look()):
        assert time.monotonic() < deadline, f"waited {limit:.0f} s in vain for {what}"
        time.sleep(STEP)
    return seen


async def eventually(look: Callable[[], T | None], what: str = "it", limit: float = TIME_LIMIT) -> T:
    """What `look` gives once that is true; the loop goes on meanwhile."""
    deadline = time.monotonic() + limit
    while not (seen := look()):
        assert time.monotonic() < deadline, f"waited {limit:.0f} s in vain for {what}"
        await asyncio.sleep(STEP)
    return seen
