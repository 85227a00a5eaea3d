"""A form of Textual's own inputs: `python inputs.py COUNT`. They are mounted when F2 is pressed."""

from __future__ import annotations

import sys

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Label


class Inputs(App[None]):
    """Labels and inputs in one column."""

    BINDINGS = [("f2", "fill", "fill")]

    def compose(self) -> ComposeResult:
        """Where they will be."""
        yield VerticalScroll()

    async def action_fill(self) -> None:
        """A label and an input for each."""
        names = [f"input_{at:02}" for at in range(int(sys.argv[1]))]
        lines = [line for name in names for line in (Label(name), Input("words", compact=True))]
        await self.query_one(VerticalScroll).mount_all(lines)


if __name__ == "__main__":
    Inputs().run()
