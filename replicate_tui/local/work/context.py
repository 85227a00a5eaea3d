"""What a running predictor is handed: logs, partial outputs, files, and the wish that it stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol


class Canceled(BaseException):
    """The run is no longer wanted. Not an `Exception`, so that no predictor swallows it by accident."""


class ModelError(Exception):
    """A predictor's plain refusal: its text becomes the prediction's `error`; the logs get no traceback."""


class Context:
    """One run as its predictor sees it."""

    def __init__(
        self,
        folder: Path,
        canceled: threading.Event,
        log: Callable[[str], None],
        output: Callable[[Any], None],
    ) -> None:
        self._folder = folder
        self._canceled = canceled
        self._log = log
        self._output = output

    def log(self, text: str) -> None:
        """Append to the run's logs, as they are: the text brings its own line ends."""
        self._log(text)

    def output(self, item: Any) -> None:
        """Hand over one element of an iterator's output, at once visible to those who watch."""
        self._output(item)

    def file(self, name: str) -> Path:
        """Where to write an output file of this name; return the path as (part of) the output."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / name

    def check(self) -> None:
        """Raise `Canceled` when the run is no longer wanted."""
        if self._canceled.is_set():
            raise Canceled

    def pause(self, seconds: float) -> None:
        """Let time pass; raises `Canceled` the moment the run is no longer wanted."""
        if self._canceled.wait(seconds):
            raise Canceled


class Predict(Protocol):
    """Runs a model once. `values` holds every declared input that has a value; file inputs are paths.

    Returns the output (paths stand for files); iterators hand theirs to `context.output` and return None.
    """

    def __call__(self, context: Context, values: Mapping[str, Any]) -> Any:
        """Raises `Canceled` when the run was canceled, `ModelError` for a clear refusal."""
        ...


class Train(Protocol):
    """Trains a model. `values` holds every declared training input that has a value; file inputs are paths.

    Returns the file of weights, which it has written into the run's folder.
    """

    def __call__(self, context: Context, values: Mapping[str, Any]) -> Path:
        """Raises `Canceled` when the run was canceled, `ModelError` for a clear refusal."""
        ...
