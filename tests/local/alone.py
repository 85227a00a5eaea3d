"""A bundled model run in the test's own process, without server or worker."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from replicate_tui.local import models
from replicate_tui.local.work.context import Context


@dataclass
class Alone:
    """A run's context, and what came of it; `cancel_at` is a text in the logs at which the run is canceled."""

    folder: Path
    cancel_at: str | None = None
    logs: str = ""
    outputs: list[Any] = field(default_factory=list)
    canceled: threading.Event = field(default_factory=threading.Event)

    def run(self, name: str, **values: Any) -> Any:
        """The output of the model."""
        return models.load(name)(self.context, given(name, values))

    def train(self, name: str, **values: Any) -> Path:
        """The weights that the model's trainer makes."""
        return models.load_trainer(name)(self.context, given(name, values, training=True))

    @property
    def context(self) -> Context:
        return Context(self.folder, self.canceled, self._log, self.outputs.append)

    def _log(self, text: str) -> None:
        self.logs += text
        if self.cancel_at and self.cancel_at in self.logs:
            self.canceled.set()


def given(name: str, values: Mapping[str, Any], *, training: bool = False) -> dict[str, Any]:
    """The values with the declared defaults, as a worker hands them over."""
    model = models.describe(name)
    inputs = model.training if training else model.inputs
    return {item.name: values.get(item.name, item.default) for item in inputs}
