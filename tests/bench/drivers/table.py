"""Textual's own table: `python table.py ROWS`. Its rows come when F2 is pressed."""

from __future__ import annotations

import sys

from textual.app import App, ComposeResult
from textual.widgets import DataTable

COLUMNS = ("id", "model", "status", "what", "age")


class Table(App[None]):
    """A table alone on the screen."""

    BINDINGS = [("f2", "fill", "fill")]

    def compose(self) -> ComposeResult:
        """The table."""
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        """The columns, each as wide as it says."""
        table = self.query_one(DataTable)
        for name in COLUMNS:
            table.add_column(name, width=20)

    def action_fill(self) -> None:
        """The rows."""
        rows = ((f"{at:026}", f"acme/model-{at % 40}", "succeeded", "a heron", "3 s") for at in range(int(sys.argv[1])))
        self.query_one(DataTable).add_rows(rows)


if __name__ == "__main__":
    Table().run()
