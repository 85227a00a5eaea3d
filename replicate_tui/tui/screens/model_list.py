"""The models with the session behind them: what is known at once, then what the API tells."""

import asyncio
import contextlib
from collections.abc import Mapping

from textual import on, work

from replicate_tui.api.reference import InvalidReference, Kind
from replicate_tui.core.models.target import Target, target
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.with_session import WithSession
from replicate_tui.tui.widgets.models_pane import ModelsPane
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.status_bar import Standing

REFRESH_INTERVAL = 120.0
"""Seconds between two looks at the API's first page of models."""
OPENED: Mapping[Kind, str] = {
    "prediction": "this run",
    "model": "this model",
    "version": "this version",
    "deployment": "this deployment",
}
"""What is opened for a reference of each kind."""
SEARCH_DELAY = 0.25
"""Seconds without a key press before the API is asked."""


class ModelList(WithSession, ModelsPane):
    """The models pane, kept true."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._found: list[str] = []
        self._opened = ""
        self._kept = contextlib.ExitStack()

    def on_mount(self) -> None:
        """Listen to whether the API is within reach."""
        self.app.standing_changed.subscribe(self, self._standing_changed)

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self.rest()

    def begin(self) -> None:
        """List what is known at once, and keep that true while it is shown."""
        self.rest()
        self._kept.enter_context(self.session.watcher.keeping(self._refresh, REFRESH_INTERVAL))
        self._show()

    def rest(self) -> None:
        """Ask for nothing while nobody looks."""
        self._kept.close()

    async def _refresh(self) -> None:
        await self.session.catalog.refresh()
        self._show()

    def go_to(self, name: str) -> None:
        """The form of this model is shown: the cursor goes there, now and whenever a search ends."""
        self._opened = name
        # It may be asked for by who waited until the screen was left.
        for table in self.query("#model-list").results(ResourceTable):
            table.move_to(name)

    def known(self, name: str) -> Target | None:
        """What to run for a model of the list, as far as it is known without asking."""
        model = self.session.catalog.known(name)
        if model is None or model.latest_version is None:
            return None
        return target(model, model.latest_version, pinned=False)

    def _standing_changed(self, standing: Standing) -> None:
        """Where nothing can be listed, say why."""
        if self.app.session is not None and not self.list.keys:
            self._show()

    @on(ModelsPane.Searched)
    def _search_begun(self, event: ModelsPane.Searched) -> None:
        self._found = []
        if self.app.session is not None:
            self._show()
            if event.words:
                self.list.action_first()
            else:
                self.list.move_to(self._opened)
            self._ask(event.words)

    @work(group="search", exclusive=True)
    async def _ask(self, query: str) -> None:
        if not query:
            return
        await asyncio.sleep(SEARCH_DELAY)
        with reporting(self, "Search"):
            await self.session.until_connected()
            self._found = [row.name for row in await self.session.catalog.search(query)]
            self._show()

    def _show(self) -> None:
        catalog = self.session.catalog
        names = [row.name for row in catalog.find(self.words)]
        matching = set(names)
        names += [name for name in self._found if name not in matching]
        trouble = self.app.standing.reason
        self.show(names, catalog.row, known=len(catalog.rows), meant=self._meant(), trouble=trouble)

    def _meant(self) -> str:
        """What the words name by themselves, as a pasted address does."""
        try:
            kind = self.session.reference(self.words).kind if self.words else None
        except InvalidReference:
            return ""
        return OPENED.get(kind, "") if kind is not None else ""
