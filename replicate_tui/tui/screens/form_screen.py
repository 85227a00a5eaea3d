"""What Run mode does with forms: a model's is opened, an old run's inputs are taken to it, and it is run."""

import asyncio
import contextlib
from abc import abstractmethod

from textual import getters, on, work
from textual.content import Content
from textual.reactive import var

from replicate_tui.api.reference import Reference
from replicate_tui.core import text
from replicate_tui.core.history.runs import Run
from replicate_tui.core.sending.launch_queue import Removed
from replicate_tui.core.session import Target
from replicate_tui.tui.key_names import with_keys
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.screens.file_use import FileUse, with_file
from replicate_tui.tui.screens.model_form import ModelForm, Order
from replicate_tui.tui.screens.model_list import ModelList
from replicate_tui.tui.screens.runs_screen import RunsScreen
from replicate_tui.tui.screens.sendings import Sendings
from replicate_tui.tui.widgets.form_pane import ABOUT, FORM, FormPane
from replicate_tui.tui.widgets.form_tabs.model_tab import ModelTab
from replicate_tui.tui.widgets.form_tabs.readme_tab import ReadmeTab
from replicate_tui.tui.widgets.input_form import InputForm
from replicate_tui.tui.widgets.models_pane import ModelsPane

PREVIEW_DELAY = 0.12
"""Seconds for which the cursor rests on a model before its form is shown."""

COMING = ("output", "logs")
"""The tabs of a run that show what comes of it while it runs: the first is shown if a run is begun beside another."""


class FormScreen(RunsScreen):
    """A screen with a `ModelList`, a `ModelForm` and runs. `pane` is where the person is: models, form or runs."""

    pane: var[str] = var("models", init=False)
    form = getters.query_one(InputForm)
    form_pane = getters.query_one(ModelForm)
    models = getters.query_one(ModelList)

    def __init__(self) -> None:
        super().__init__()
        self._sendings = Sendings()
        self._asking = False

    def on_mount(self) -> None:
        """Listen to what other modes want a form for."""
        self.app.remix_wanted.subscribe(self, self.load)
        self.app.file_use_wanted.subscribe(self, self.use_file)
        self.app.form_wanted.subscribe(self, self._form_wanted)

    @abstractmethod
    def action_pane(self, pane: str) -> None:
        """Go to a pane."""

    # -- models ------

    @on(ModelsPane.Highlighted)
    def _model_highlighted(self, event: ModelsPane.Highlighted) -> None:
        self._preview(event.name)

    @work(group="preview", exclusive=True, description="preview")
    async def _preview(self, name: str) -> None:
        """Show the form of the model with the cursor, from what is known of it."""
        await asyncio.sleep(PREVIEW_DELAY)
        known = self.models.known(name)
        if known is not None and not self._pinned_to(name):
            self._show_form(known)

    @on(ModelsPane.Opened)
    def _model_opened(self, event: ModelsPane.Opened) -> None:
        self._open_model(event.name)

    def _form_wanted(self, name: str) -> None:
        """Another mode wants the form of what is called so: no search hides it, and no other list."""
        self.models.show_all()
        self._open_model(name)

    @on(ModelsPane.Submitted)
    def _search_submitted(self, event: ModelsPane.Submitted) -> None:
        """Open the best match, which the list shows by now; an address, or what nothing matches, as it stands."""
        chosen = event.words if "://" in event.words else self.models.chosen or event.words
        if chosen and self.app.session is not None:
            self._open_model(chosen)

    @work(group="model", exclusive=True, description="open a model")
    async def _open_model(self, name: str, tab: str = FORM) -> None:
        """Go to the form of a model: at once where the model is known, then as the API tells it now.

        What was pasted may also name a run, whose inputs are taken over, or a version or deployment.
        """
        self.workers.cancel_group(self, "preview")
        if self._pinned_to(name):
            self._enter_form(tab)
            return
        known = self.models.known(name)
        if known is not None:
            self._show_form(known)
            self._enter_form(tab)
        with reporting(self, "Model"):
            await self.session.until_connected()
            reference = self.session.reference(name)
            if reference.kind == "prediction":
                await self._remix(reference)
                return
            if reference.kind == "collection" and reference.name is not None:
                self.models.open_collection(reference.name)
                self.action_pane("models")
                return
            found = await self.session.target(reference)
            if known is not None and not self.form_pane.shows(known):
                return  # meanwhile another form was gone to
            self._show_form(found)
            if known is None:
                self._enter_form(tab)

    def open_about(self, name: str) -> None:
        """Go to what is told of a model."""
        self._open_model(name, ABOUT)

    def _pinned_to(self, name: str) -> bool:
        """Whether the form shows this model at a version or on a deployment that was asked for."""
        shown = self.form_pane.target
        return shown is not None and shown.model == name and (shown.pinned or shown.deployment is not None)

    @work(group="model", exclusive=True, description="open a model")
    async def load(self, run: Run) -> None:
        """Take a run's inputs to the form of its model."""
        self.workers.cancel_group(self, "preview")
        with reporting(self, "Remix"):
            await self.session.until_connected()
            await self._remix(run)

    def use_file(self, use: FileUse) -> None:
        """Take a file to the form of a model, beside what stands there."""
        self.workers.cancel_group(self, "preview")
        self.workers.cancel_group(self, "model")
        self._show_form(use.target)
        field = next(field for field in use.target.fields if field.name == use.field)
        self.form.set_value(use.field, with_file(field, self.form.raw.get(use.field), use.file))
        self.form_pane.keep_draft(changed=True)
        self._enter_form()
        self.form.focus_field(use.field)

    async def _remix(self, what: Run | Reference) -> None:
        remixed = await self.session.remix(what)
        self.models.go_to(remixed.target.model)
        notes = [*remixed.notes.values(), *remixed.remarks]
        self.form_pane.fill(remixed.target, remixed.raw, remixed.options, notes, made_from=remixed.run.id)
        self._enter_form()
        wanted = next((field.name for field in remixed.target.fields if field.name in remixed.notes), None)
        if wanted is not None:
            self.form.focus_field(wanted)

    def _enter_form(self, tab: str = FORM) -> None:
        if not self.models.list.keys:  # what was searched was an address: it is no filter
            self.models.search.value = ""
        self.pane = "form"
        self.form_pane.tab = tab
        self.form_pane.focus_content()

    # -- the form ------

    def _show_form(self, found: Target) -> None:
        """Show the form of a target, with the draft that was begun for it."""
        self.models.go_to(found.model)
        self.form_pane.open(found)

    @on(ReadmeTab.LinkOpened)
    @on(ModelTab.LinkOpened)
    def _link_opened(self, event: ReadmeTab.LinkOpened | ModelTab.LinkOpened) -> None:
        self._open(event.url)

    @on(ModelList.FavouriteTurned)
    def _favourite_turned(self) -> None:
        if self.form_pane.tab == ABOUT:
            self.form_pane.show_page()

    @on(FormPane.RunWanted)
    def _run_wanted(self) -> None:
        self.action_run()

    def action_run(self) -> None:
        """Judge the form, and run what it says; from the models, open the chosen one's form if it is not in sight.

        F5 is no priority binding: it must wait its turn behind the keys that are still on their way to an editor.
        """
        found = self.form_pane.target
        if found is None or self._asking or self.app.session is None:
            return
        if self._is_choosing(found):
            return
        with reporting(self, "Run"):
            self.session.settings.require_writes("run a model")
            order = self.form_pane.judged()
            if order is None:
                self.pane = "form"
                return
            self._send(order)

    def _is_choosing(self, shown: Target) -> bool:
        """Whether the keyboard is at another model than the one whose form is in sight: that one is opened."""
        chosen = self.models.chosen
        unseen = chosen != shown.model or not self.form_pane.is_on_screen
        if self.models.list.has_focus and chosen is not None and unseen:
            self._open_model(chosen)
            return True
        if self.models.search.has_focus and (unseen or not self.models.has_found):
            self.models.submit()
            return True
        return False

    @work(group="send", description="send a run")
    async def _send(self, order: Order) -> None:
        if not await self._agreed(order):
            return
        with self._sendings.sending(order), contextlib.suppress(Removed), reporting(self, "Run"):
            if not self.session.queue.is_free:
                self.notify(with_keys(self.app, "It waits for its turn; {run.queue} shows the queue"))
            run = await self.session.run(order.target, order.input, order.options, made_from=order.made_from)
            self.show_runs()
            self.runs_table.move_to(run.id)
            if self.detail.tab not in COMING:
                self.detail.tab = COMING[0]
            if self.has_class("-narrow"):
                self.action_pane("runs")

    async def _agreed(self, order: Order) -> bool:
        """Whether nothing speaks against the run, or the person wants it all the same."""
        if self._sendings.repeats(order):
            model = text.one_line(order.target.model)
            again = Content.from_markup("Run [b]$model[/b] again with the same input?", model=model)
            if not await self._asked(again, "run it again"):
                return False
        dear = self.session.budget_question(order.target, order.options)
        return dear is None or await self._asked(Content(text.clean(dear)), "run it")

    async def _asked(self, question: Content, verb: str) -> bool:
        if not self.is_current:
            return False
        self._asking = True
        try:
            answer: bool = await self.app.push_screen_wait(Confirm(question, verb, "don't run it"))
        finally:
            self._asking = False
        return answer
