"""Everything about one training: its Curve, Logs, Input, Details."""

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from replicate_tui.api.resources import Training
from replicate_tui.core import run_columns, text
from replicate_tui.core.curves import CurveReader
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.tui.widgets.curve_view import CurveView
from replicate_tui.tui.widgets.run_detail import RunDetail
from replicate_tui.tui.widgets.tab_line import Tab

NO_LOSSES_YET = "No losses in the logs so far: they are drawn here as soon as there are any."
NO_LOSSES = "The logs tell no losses."
NO_TRAINING = "What a training tells of its losses, its logs and what it made are shown here."


class TrainingDetail(RunDetail):
    """One training, on four tabs; the first one draws the losses of its logs."""

    TABS: ClassVar[Sequence[Tab]] = (
        Tab("curve", "Curve"),
        Tab("logs", "Logs"),
        Tab("input", "Input"),
        Tab("details", "Details"),
    )

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._reader = CurveReader()
        self._read_of = ""

    def on_mount(self) -> None:
        """Say what will be here."""
        self.draw_result(None)

    def compose_result(self) -> Widget:
        """The first tab: the losses."""
        return CurveView(id="curve")

    def mark_result(self, wanted: re.Pattern[str] | None) -> None:
        """A curve holds no words."""

    def draw_result(self, run: Run | None) -> None:
        """Draw the losses of the logs so far."""
        view = self.query_one(CurveView)
        if run is None:
            view.show(CurveReader().feed(""), Content(""), NO_TRAINING)
            return
        if run.id != self._read_of:
            self._reader, self._read_of = CurveReader(), run.id
        curves = self._reader.feed(run.logs, ended=run.over)
        view.show(curves, _headline(run), NO_LOSSES if run.over else NO_LOSSES_YET)

    def facts(self, run: Run) -> Iterator[tuple[str, str]]:
        """What it made and where that goes, then what is told of any run."""
        training = Training.of(run.prediction.raw)
        yield "made", training.trained_version or ""
        yield "weights", training.weights or ""
        yield "destination", runs.destination(run.prediction)
        for name, value in super().facts(run):
            yield "trains" if name == "model" else name, value


def _headline(run: Run) -> Content:
    """Where it stands, in one line."""
    row = runs.row(run)
    made = runs.trained_version(run)
    if made:
        name, _, version = made.partition(":")
        to = text.one_line(f"{name}:{text.short_version(version)}")
        return Content.assemble(("✓ made ", "$text-success"), (to, "bold"))
    to = text.one_line(row.what)
    if row.error:
        return Content.assemble((f"{text.one_line(row.status)}: ", "$text-error"), text.one_line(row.error))
    standing = run_columns.progress_bar(row.progress) if row.progress is not None else text.one_line(row.status)
    return Content.assemble((standing, "$text-primary" if run.active else ""), f"  → {to}" if to else "")
