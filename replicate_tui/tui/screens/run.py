"""Run mode: find a model, fill its form, run it, watch it."""

import asyncio
import contextlib
from typing import ClassVar

from textual import events, getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive

from replicate_tui.api.reference import Reference
from replicate_tui.core import text
from replicate_tui.core.columns import RECENT_RUNS, run_name
from replicate_tui.core.history.runs import Run, row
from replicate_tui.core.sending.launch_queue import Removed
from replicate_tui.core.session import Session, Target
from replicate_tui.core.verbs.training import takes_training, training_of
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.screens.file_use import FileUse, with_file
from replicate_tui.tui.screens.model_form import ModelForm, Order
from replicate_tui.tui.screens.model_list import ModelList
from replicate_tui.tui.screens.run_verbs import RUN_VERBS, VERBS, is_editing
from replicate_tui.tui.screens.runs_screen import RunsScreen
from replicate_tui.tui.screens.sendings import Sendings
from replicate_tui.tui.screens.train_verb import TrainVerb
from replicate_tui.tui.widgets.form_pane import FORM, FormPane
from replicate_tui.tui.widgets.form_tabs.readme_tab import ReadmeTab
from replicate_tui.tui.widgets.input_form import InputForm
from replicate_tui.tui.widgets.models_pane import ModelsPane
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.run_detail import RunDetail

RECENT = 100
"""How many runs are listed beside the form."""
PREVIEW_DELAY = 0.12
"""Seconds for which the cursor rests on a model before its form is shown."""


NOTHING_RAN = "Nothing ran yet."

GOTO = Binding.Group("pane ", compact=True)


class RunScreen(TrainVerb, RunsScreen):
    """Models, the form of one, and the runs."""

    MODE = "run"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "search", tooltip="Search models", id="models.search", key_display="/"),
        Binding("f5", "run", "run", tooltip="Run the model with this input", id="form.run", key_display="F5"),
        Binding("f2", "pane('models')", "models", tooltip="To models", id="pane.models", key_display="F2·", group=GOTO),
        Binding("f3", "pane('form')", "form", tooltip="To the form", id="pane.form", key_display="F3·", group=GOTO),
        Binding("f4", "pane('runs')", "runs", tooltip="To the runs", id="pane.runs", key_display="F4", group=GOTO),
        Binding("t", "train", "train", tooltip="Train this model on data of your own", id="model.train"),
        Binding(
            "ctrl+t",
            "train_it",
            "train",
            tooltip="Train this model on data of your own",
            id="model.train.anywhere",
            show=False,
        ),
        *RUN_VERBS,
        Binding("escape", "back", "back", tooltip="Back to the models", id="pane.back", show=False),
    ]

    pane: reactive[str] = reactive("models", init=False)
    form = getters.query_one(InputForm)
    form_pane = getters.query_one(ModelForm)
    models = getters.query_one(ModelList)

    def __init__(self) -> None:
        super().__init__()
        self._sendings = Sendings()
        self._asking = False

    def compose_panes(self) -> ComposeResult:
        """Models, form and runs."""
        with Horizontal(id="panes"):
            yield ModelList(id="models", classes="pane -shown")
            yield ModelForm(self._run_key, id="form", classes="pane")
            with Vertical(id="runs-pane", classes="pane"):
                yield ResourceTable(
                    RECENT_RUNS,
                    id="runs",
                    show_header=False,
                    cursor_follows="top",
                    empty_text=NOTHING_RAN,
                )
                yield RunDetail()

    def on_mount(self) -> None:
        """Name the panes and begin in the model list."""
        self.app.remix_wanted.subscribe(self, self.load)
        self.app.file_use_wanted.subscribe(self, self.use_file)
        self.app.form_wanted.subscribe(self, self._form_wanted)
        self.query_one("#runs-pane").border_title = "Runs"
        self.models.list.focus()

    @property
    def _run_key(self) -> str:
        return self.app.first_key("form.run", "f5")

    # -- models ------

    def session_ready(self, session: Session) -> None:
        """List the models."""
        self.models.begin()

    def on_screen_resume(self) -> None:
        """Keep the models true again."""
        if self.app.session is not None:
            self.models.begin()

    def on_screen_suspend(self) -> None:
        """Nobody looks at the models."""
        self.models.rest()

    @on(ModelsPane.Highlighted)
    def _model_highlighted(self, event: ModelsPane.Highlighted) -> None:
        self._preview(event.name)

    @work(group="preview", exclusive=True)
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
        """Another mode wants the form of what is called so: no search hides it."""
        self.models.search.value = ""
        self._open_model(name)

    @on(ModelsPane.Submitted)
    def _search_submitted(self, event: ModelsPane.Submitted) -> None:
        """Open the best match, which the list shows by now; an address, or what nothing matches, as it stands."""
        chosen = event.words if "://" in event.words else self.models.list.cursor_key or event.words
        if chosen and self.app.session is not None:
            self._open_model(chosen)

    @work(group="model", exclusive=True)
    async def _open_model(self, name: str) -> None:
        """Go to the form of a model: at once where the model is known, then as the API tells it now.

        What was pasted may also name a run, whose inputs are taken over, or a version or deployment.
        """
        self.workers.cancel_group(self, "preview")
        if self._pinned_to(name):
            self._enter_form()
            return
        known = self.models.known(name)
        if known is not None:
            self._show_form(known)
            self._enter_form()
        with reporting(self, "Model"):
            await self.session.until_connected()
            reference = self.session.reference(name)
            if reference.kind == "prediction":
                await self._remix(reference)
                return
            found = await self.session.target(reference)
            if known is not None and not self.form_pane.shows(known):
                return  # meanwhile another form was gone to
            self._show_form(found)
            if known is None:
                self._enter_form()

    def _pinned_to(self, name: str) -> bool:
        """Whether the form shows this model at a version or on a deployment that was asked for."""
        shown = self.form_pane.target
        return shown is not None and shown.model == name and (shown.pinned or shown.deployment is not None)

    @work(group="model", exclusive=True)
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

    def _enter_form(self) -> None:
        if not self.models.list.keys:  # what was searched was an address: it is no filter
            self.models.search.value = ""
        self.pane = "form"
        self.form_pane.tab = FORM
        self.form_pane.focus_content()

    # -- the form ------

    def _show_form(self, found: Target) -> None:
        """Show the form of a target, with the draft that was begun for it."""
        self.models.go_to(found.model)
        self.form_pane.open(found)

    @on(ReadmeTab.LinkOpened)
    def _link_opened(self, event: ReadmeTab.LinkOpened) -> None:
        self._open(event.url)

    @on(FormPane.RunWanted)
    def _run_wanted(self) -> None:
        self.action_run()

    @on(InputForm.Left)
    def _form_left(self) -> None:
        self.action_back()

    def action_run(self) -> None:
        """Judge the form, and run what it says; from the list, open the chosen model's form if it is not in sight.

        F5 is no priority binding: it must wait its turn behind the keys that are still on their way to an editor.
        """
        found = self.form_pane.target
        if found is None or self._asking or self.app.session is None:
            return
        chosen = self.models.list.cursor_key
        unseen = chosen != found.model or not self.form_pane.is_on_screen
        if self.models.list.has_focus and chosen is not None and unseen:
            self._open_model(chosen)
            return
        order = self.form_pane.judged()
        if order is None:
            self.pane = "form"
            return
        self._send(order)

    @work(group="send")
    async def _send(self, order: Order) -> None:
        if not await self._agreed(order):
            return
        with self._sendings.sending(order), contextlib.suppress(Removed), reporting(self, "Run"):
            if not self.session.queue.is_free:
                self.notify("It waits for its turn; u shows the queue")
            run = await self.session.run(order.target, order.input, order.options, made_from=order.made_from)
            self.show_runs()
            self.runs_table.move_to(run.id)
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
            answer: bool = await self.app.push_screen_wait(Confirm(question, verb))
        finally:
            self._asking = False
        return answer

    # -- trainings ------

    def action_train(self) -> None:
        """Have the form of a training of this version filled in."""
        found = self.form_pane.target
        if found is not None and self.app.session is not None and takes_training(found):
            self.begin_training(training_of(found))

    def action_train_it(self) -> None:
        """As `train`, by a key that works in editors, too."""
        self.action_train()

    # -- runs and panes ------

    @property
    def nothing(self) -> str:
        """What is said where no run is listed; the models tell what is the matter."""
        run = f"{NOTHING_RAN} {self.app.first_key('form.run', 'f5').upper()} runs the form."
        return run if self.app.standing.connection == "online" else "No runs are known here yet."

    def list_runs(self) -> list[str]:
        """The latest predictions; trainings have a mode of their own."""
        return self.session.store.ids(limit=RECENT, kind="prediction")

    def show_detail(self) -> None:
        """Show the run with the cursor, and how many there are."""
        super().show_detail()
        active = len(self.session.store.active)
        pane = self.query_one("#runs-pane")
        run = self.current_run() if self.has_class("-zoomed") else None
        pane.border_title = Content(f"{run_name(row(run))}  {text.one_line(run.id)}") if run else "Runs"
        pane.border_subtitle = f"{active} running" if active else ""

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The pane with the focus is the one that a narrow screen shows."""
        inside = {node.id for node in event.widget.ancestors if node.id is not None}
        for name, selector in PANES.items():
            if selector.removeprefix("#") in inside:
                self.pane = name

    def watch_pane(self, pane: str) -> None:
        """Show the pane where only one fits."""
        for name, selector in PANES.items():
            self.query_one(selector).set_class(name == pane, "-shown")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where one pane fits, nothing is done to a run that is not seen; some models cannot be trained."""
        if action in ("train", "train_it"):
            found = self.form_pane.target
            if action == "train" and is_editing(self.focused):
                return False
            return True if found is not None and takes_training(found) else None
        if action in VERBS and self.has_class("-narrow") and self.pane != "runs":
            return False
        return super().check_action(action, parameters)

    def action_pane(self, pane: str) -> None:
        """Go to a pane."""
        self._show_all()
        self.pane = pane
        if pane == "form":
            self.form_pane.focus_content()
        else:
            (self.models.list if pane == "models" else self.runs_table).focus()

    def action_zoom(self) -> None:
        """Show the run alone under its name, or everything again."""
        super().action_zoom()
        self.show_detail()

    def _show_all(self) -> None:
        if self.has_class("-zoomed"):
            self.action_zoom()

    def action_back(self) -> None:
        """From the zoomed run to the runs; else to the models; there, end the search."""
        if self.models.list.has_focus:
            self.models.search.value = ""
        self.action_pane("runs" if self.has_class("-zoomed") else "models")

    def action_search(self) -> None:
        """To the search line."""
        self._show_all()
        self.pane = "models"
        self.models.search.focus()


PANES = {"models": "#models", "form": "#form", "runs": "#runs-pane"}
"""The panes and where they are."""
