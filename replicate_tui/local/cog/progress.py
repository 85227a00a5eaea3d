"""What a run has said so far, handed on piece by piece, each piece once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from replicate_tui.local.cog.client import Event, State, Unintelligible
from replicate_tui.local.cog.files import OutputFiles

Keep = Callable[[Any], Awaitable[Any]]
"""What is done to an output, or an element of one, before anybody sees it."""


class Progress:
    """Logs and, of an iterator, elements of the output, from events and from whole states alike.

    Whoever is canceled while an element is handed on goes when that is done: no element is lost or handed on twice.
    """

    def __init__(
        self,
        on_log: Callable[[str], None],
        on_output: Callable[[Any], None] | None,
        keep: Keep,
    ) -> None:
        self._on_log = on_log
        self._on_output = on_output
        self._keep = keep
        self._logged = 0
        self.elements: list[Any] = []

    async def hear(self, event: Event) -> None:
        """An event of the run's stream, of which none may be left out: `Unintelligible` is raised for a broken one."""
        match event.kind, event.data:
            case "log", {"data": str(text)}:
                self._log(text)
            case "output", {"chunk": element}:
                await self._output(element)
            case (("log" | "output"), _):
                raise Unintelligible(f"an event of the kind {event.kind} says nothing")

    async def see(self, state: State) -> None:
        """The state as of now, of which a part may be known."""
        self._log(state.logs[self._logged :])
        if isinstance(state.output, list):
            for element in state.output[len(self.elements) :]:
                await self._output(element)

    def _log(self, text: str) -> None:
        if text:
            self._logged += len(text)
            self._on_log(text)

    async def _output(self, element: Any) -> None:
        if self._on_output:
            await _to_its_end(self._handed_on(element, self._on_output))

    async def _handed_on(self, element: Any, on_output: Callable[[Any], None]) -> None:
        self.elements.append(await self._keep(element))
        on_output(self.elements[-1])


def keeper(files: OutputFiles, *, texts_only: bool) -> Keep:
    """Files are written by a thread; a text stays a text, even where it reads like a `data:` URL."""

    async def keep(value: Any) -> Any:
        return value if texts_only else await asyncio.to_thread(files.kept, value)

    return keep


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Do the work, to its end also when whoever waits for it is canceled meanwhile."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        task.result()
        raise
