"""The first picture: the models seen before, drawn while the rest of the program is read from the disk."""

import asyncio

from textual import getters, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from replicate_tui.core.history.glance import glance
from replicate_tui.tui.modes import MODE_TABS, read_run_mode
from replicate_tui.tui.session_app import SessionApp
from replicate_tui.tui.widgets.key_line import KeyLine
from replicate_tui.tui.widgets.models_pane import Listing, ModelsPane
from replicate_tui.tui.widgets.status_bar import StatusBar
from replicate_tui.tui.widgets.tab_line import TabLine

MOST = 200
"""Models that are listed: more than a screen has rows."""


class Opening(Screen[None]):
    """Looks as the Run mode will, for which the application keeps what is typed meanwhile; clicks do nothing yet."""

    AUTO_FOCUS = "#model-list"

    app = getters.app(SessionApp)
    models = getters.query_one(ModelsPane)

    def compose(self) -> ComposeResult:
        """The Run mode's panes, with nothing in those of the form and the runs."""
        self.add_class(self.app.breadth)
        yield StatusBar()
        yield TabLine(MODE_TABS, "run", id="modes", classes="-modes")
        with Horizontal(id="panes"):
            yield ModelsPane(id="models", classes="pane -shown")
            yield Vertical(classes="pane")
            yield Vertical(id="runs-pane", classes="pane")
        yield KeyLine()

    def on_mount(self) -> None:
        """List the models seen before; read the rest of the program once they are drawn."""
        self.query_one(StatusBar).standing = self.app.standing
        self.query_one("#runs-pane").border_title = "Runs"
        settings = self.app.settings
        with glance(settings.database_file, settings.host, "") as seen:
            known = {row.name: row for row in seen.most_run(MOST)} if seen is not None else {}
        self.models.show(Listing("Models", list(known), known.get, 0, "Looking for models…"))
        # Everything has its place after the first refresh, and is drawn after the second.
        self.call_after_refresh(self.call_after_refresh, self._read)

    @work(group="opening")
    async def _read(self) -> None:
        await asyncio.to_thread(read_run_mode)
        self.app.begin(self.app.settings)
