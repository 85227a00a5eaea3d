"""What a run has said so far, handed on piece by piece, each piece once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from replicate_tui.local.cog.client import Event, State
from replicate_tui.local.cog.files import OutputFiles


class Progress:
    """Logs and, of an iterator, elements of the output, from events and from whole states alike."""

    def __init__(
        self,
        on_log: Callable[[str], None],
        on_output: Callable[[Any], None] | None,
        keep: Callable[[Any], Any],
    ) -> None:
        self._on_log = on_log
        self._on_output = on_output
        self._keep = keep
        self._logged = 0
        self.elements: list[Any] = []

    def hear(self, event: Event) -> None:
        """An event of the run's stream, of which none may be left out."""
        match event.kind:
            case "log":
                self._log(event.data["data"])
            case "output":
                self._output(event.data["chunk"])

    def see(self, state: State) -> None:
        """The state as of now, of which a part may be known."""
        self._log(state.logs[self._logged :])
        if isinstance(state.output, list):
            for element in state.output[len(self.elements) :]:
                self._output(element)

    def _log(self, text: str) -> None:
        if text:
            self._logged += len(text)
            self._on_log(text)

    def _output(self, element: Any) -> None:
        if self._on_output:
            self.elements.append(self._keep(element))
            self._on_output(self.elements[-1])


def keeper(files: OutputFiles, *, texts_only: bool) -> Callable[[Any], Any]:
    """What is done to outputs: a text stays a text, even where it reads like a `data:` URL."""
    return (lambda value: value) if texts_only else files.kept
