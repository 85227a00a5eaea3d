"""Tasks that nobody waits for: what goes wrong in one is logged at once, and not when it is forgotten."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

log = logging.getLogger(__name__)


def start(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """The work as a task, for the caller to hold; `name` says in the log what ended by a mistake."""
    task = asyncio.create_task(work)
    task.add_done_callback(partial(_tell, name))
    return task


def _tell(name: str, task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("%s ended by a mistake", name, exc_info=error)
