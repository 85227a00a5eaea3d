"""The form pane that knows what it would run: each tab is filled from the session when it is looked at."""

import time

from textual import on, work

from replicate_tui.api.errors import ReplicateError
from replicate_tui.core.forms import document
from replicate_tui.core.forms.options import ReadOptions
from replicate_tui.core.models.covers import NoCover
from replicate_tui.core.models.target import Target
from replicate_tui.tui.images import drawing_of
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens import option_lines, tab_data
from replicate_tui.tui.screens.with_session import WithSession
from replicate_tui.tui.widgets.form_pane import ABOUT, FormPane
from replicate_tui.tui.widgets.form_tabs.json_tab import JsonTab
from replicate_tui.tui.widgets.form_tabs.versions_tab import VersionsTab


class FormTabs(WithSession, FormPane):
    """The form and its tabs for a `target`, None before the first model."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self.target: Target | None = None
        self.secrets: dict[str, dict[str, object]] = {}
        """Secrets by model (a target's `key`) and name, as they were typed since the start; never on disk."""

    def on_mount(self) -> None:
        """Listen to what becomes known of models."""
        self.app.models_changed.subscribe(self, self._models_changed)

    def _models_changed(self, changed: frozenset[str]) -> None:
        if self.tab == ABOUT and self.target is not None and self.target.model in changed:
            self.show_page()

    def read_options(self) -> ReadOptions:
        """The options that the form asks for, as far as they can be read, and what is wrong with them."""
        model = self.target.model if self.target else ""
        return option_lines.read(self.options.raw, model=model, account=self.session.account_name)

    def shows(self, found: Target) -> bool:
        """Whether it is this target that is shown, perhaps as it was looked up at another time."""
        return self.target is not None and self.target.place == found.place

    @on(FormPane.TabShown)
    def _tab_shown(self, event: FormPane.TabShown) -> None:
        found = self.target
        if found is None:
            return
        if event.name == "json":
            self._write_json()
        elif event.name == "code":
            self.code.code = tab_data.code(found, self.form.raw, self.read_options().options, self.session)
        elif event.name == ABOUT:
            self.show_page()
        elif event.name == "readme":
            self._fill_readme(found)
        elif event.name == "versions":
            self._fill_versions(found)
        elif event.name == "examples":
            self._fill_examples(found)

    # -- JSON ------

    def take_edit(self) -> None:
        """Take what was written as JSON a moment ago, before anybody asks what the form says."""
        edit = self.json.take_edit()
        if edit is not None:
            self.take_json(edit)

    def take_json(self, text: str) -> None:
        """Put what a person wrote as JSON into the form, and show what is wrong with it."""
        if self.target is None:
            return
        held = self.secrets.setdefault(self.target.key, {})
        held |= document.secrets(self.target.fields, self.form.raw)
        found = document.read(self.target.fields, text, held)
        self.json.problems = [(problem.line, problem.words) for problem in found.problems]
        self.apart = not found.whole
        if found.whole or found.raw:
            self.form.show(self.target.fields, found.raw)

    def _write_json(self) -> None:
        """Write what the form says, unless that would lose what a person wrote."""
        if self.target is not None and not self.apart:
            self.json.text = document.written(self.target.fields, self.form.raw, full=self.json.full)
            self.json.problems = ()

    @on(JsonTab.Edited)
    def _json_edited(self, event: JsonTab.Edited) -> None:
        self.take_json(event.text)

    @on(JsonTab.FullSwitched)
    def _json_full(self, event: JsonTab.FullSwitched) -> None:
        if not self.apart:
            self.json.full = event.full
            self._write_json()

    @on(JsonTab.GivenUp)
    def _json_given_up(self) -> None:
        self.apart = False
        self._write_json()

    # -- what the API tells ------

    def show_page(self) -> None:
        """Tell of the model of the form, as it is known now."""
        if self.target is not None:
            self._fill_page(self.target)

    @work(group="page", exclusive=True, description="fill page")
    async def _fill_page(self, found: Target) -> None:
        if not found.model:
            self.about.show_cover(None, "The API does not tell which model this version is of.")
            return
        with reporting(self, "Model"):
            known = self.session.catalog.known(found.model)
            model = known or await self.session.model(self.session.reference(found.model))
            if self.shows(found):
                self.about.page = page = self.session.model_page(model)
                await self._fill_cover(found, page.cover)

    async def _fill_cover(self, found: Target, url: str) -> None:
        """Show the picture of the model; why there is none is a fact of the model, and troubles nobody else."""
        if not url or drawing_of(self.app).how == "none":
            return
        try:
            path, note = await self.session.cover(url), ""
        except (NoCover, ReplicateError, OSError) as error:
            path, note = None, str(error)
        if self.shows(found):
            self.about.show_cover(path, note)

    @work(group="readme", exclusive=True, description="fill readme")
    async def _fill_readme(self, found: Target) -> None:
        with reporting(self, "Readme"):
            readme = await self.session.readme(found.model) if found.model else ""
            if self.shows(found):
                self.readme.readme = readme or ""

    @work(group="versions", exclusive=True, description="fill versions")
    async def _fill_versions(self, found: Target) -> None:
        with reporting(self, "Versions"):
            listed = await self.session.versions(found.model)
            if self.shows(found):
                self.versions.note = listed.note or "There are no versions"
                self.versions.versions = tab_data.version_rows(listed.items, found, time.time())

    @on(VersionsTab.CompareWanted)
    def _compare_wanted(self, event: VersionsTab.CompareWanted) -> None:
        if self.target is not None:
            self._compare(self.target, event.version)

    @work(group="compare", exclusive=True, description="compare")
    async def _compare(self, found: Target, version: str) -> None:
        with reporting(self, "Versions"):
            other = await self.session.target(f"{found.model}:{version}")
            if self.shows(found):
                self.versions.comparison = tab_data.comparison(other, found)

    @work(group="examples", exclusive=True, description="fill examples")
    async def _fill_examples(self, found: Target) -> None:
        with reporting(self, "Examples"):
            listed = await self.session.examples(found.model)
            if self.shows(found):
                self.examples.note = listed.note or "There are no examples"
                self.examples.examples = tab_data.example_rows(listed.items, time.time())
