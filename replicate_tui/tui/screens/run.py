"""Run mode: find a model, fill its form, run it, watch it."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from replicate_tui.core import text
from replicate_tui.core.history.runs import row
from replicate_tui.core.run_columns import RECENT_RUNS, run_name
from replicate_tui.core.session import Session
from replicate_tui.core.verbs.training import takes_training, training_of
from replicate_tui.tui.key_names import key_of
from replicate_tui.tui.screens.form_screen import FormScreen
from replicate_tui.tui.screens.model_form import ModelForm
from replicate_tui.tui.screens.model_list import ModelList
from replicate_tui.tui.screens.run_verbs import RUN_VERBS, VERBS, is_editing
from replicate_tui.tui.screens.train_verb import TrainVerb
from replicate_tui.tui.widgets.input_form import InputForm
from replicate_tui.tui.widgets.pane_titles import entitle, subtitle
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.run_detail import RunDetail

RECENT = 100
"""How many runs are listed beside the form."""


NOTHING_RAN = "Nothing ran yet."

MODEL_KEYS = frozenset({"model.favourite", "model.about", "model.train", "models.search"})
"""The keys of the model that the form is of."""

GOTO = Binding.Group("pane ", compact=True)


def _to_pane(key: str, pane: str, name: str, meaning: str, shown: str) -> Binding:
    """A way to a pane, with priority: what follows at once is meant for that pane."""
    return Binding(
        key,
        f"pane('{pane}')",
        name,
        tooltip=meaning,
        id=f"pane.{pane}",
        key_display=shown,
        group=GOTO,
        priority=True,
    )


class RunScreen(TrainVerb, FormScreen):
    """Models, the form of one, and the runs."""

    MODE = "run"
    AUTO_FOCUS = "#model-list"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "search",
            "search",
            tooltip="Search models",
            id="models.search",
            key_display="/",
            priority=True,  # the letters that follow at once are meant for the search
        ),
        Binding("f5", "run", "run", tooltip="Run the model with this input", id="form.run", key_display="F5"),
        _to_pane("f2", "models", "models", "To the models", "F2·"),
        _to_pane("f3", "form", "form", "To the form", "F3·"),
        _to_pane("f4", "runs", "runs", "To the runs", "F4"),
        Binding(
            "b",
            "favourite",
            "favourite",
            tooltip="Add this model to the favourites, or remove it",
            id="model.favourite",
        ),
        Binding(
            "a",
            "about",
            "about",
            tooltip="About this model: what it is for, whose it is, what it costs",
            id="model.about",
        ),
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

    def compose_panes(self) -> ComposeResult:
        """Models, form and runs."""
        with Horizontal(id="panes"):
            yield ModelList(id="models", classes="pane -shown")
            yield ModelForm(id="form", classes="pane")
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
        self.query_one("#runs-pane").border_title = "Runs"
        self.models.list.focus()

    # -- models ------

    def session_ready(self, session: Session) -> None:
        """List the models."""
        self.models.begin()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Keep the models true again."""
        if self.app.session is not None:
            self.models.begin()

    def on_screen_suspend(self) -> None:
        """Nobody looks at the models."""
        self.models.rest()

    @on(InputForm.Left)
    def _form_left(self) -> None:
        self.action_back()

    @property
    def _model(self) -> str:
        """The model that is looked at: that of the list where the keyboard is there, else that of the form."""
        if self.models.list.has_focus:
            return self.models.chosen or ""
        return self.form_pane.target.model if self.form_pane.target is not None else ""

    def action_favourite(self) -> None:
        """Make the model a favourite, or have it be none any more."""
        if self._model and self.app.session is not None:
            self.models.turn_favourite(self._model)

    def action_about(self) -> None:
        """To what is told of the model."""
        if self._model and self.app.session is not None:
            self.open_about(self._model)

    def action_refresh(self) -> None:
        """Ask the API again; also for what the list of models shows."""
        super().action_refresh()
        if self.app.session is not None:
            self.models.ask_again()

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
    def keys_later(self) -> frozenset[str]:
        """The keys that are told last where not all have room: beside a run, those of the model."""
        return MODEL_KEYS if self.pane == "runs" else frozenset()

    @property
    def nothing(self) -> str:
        """What is said where no run is listed; the models tell what is the matter."""
        run = f"{NOTHING_RAN} {key_of(self.app, 'form.run')} runs the form."
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
        entitle(pane, f"{run_name(row(run))}  {text.one_line(run.id)}" if run else "Runs")
        subtitle(pane, f"{active} running" if active else "")

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The pane with the focus is the one that a narrow screen shows."""
        inside = {node.id for node in event.widget.ancestors if node.id is not None}
        for name, selector in PANES.items():
            if selector.removeprefix("#") in inside:
                self.pane = name

    def watch_pane(self, pane: str) -> None:
        """Show the pane where only one fits. What is in the panes looks as before."""
        panes = {name: self.query_one(selector) for name, selector in PANES.items()}
        for name, widget in panes.items():
            widget.set_class(name == pane, "-shown", update=False)
        self.app.stylesheet.update_nodes(set(panes.values()))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where one pane fits, nothing is done to a run that is not seen; some models cannot be trained."""
        if action in ("train", "train_it"):
            found = self.form_pane.target
            if action == "train" and is_editing(self.focused):
                return False
            return True if found is not None and takes_training(found) else None
        if action in ("favourite", "about"):
            return None if not self._model else not is_editing(self.focused)
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
            self.set_focus(self.models.list if pane == "models" else self.runs_table)

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
            self.models.back()
        self.action_pane("runs" if self.has_class("-zoomed") else "models")

    def action_search(self) -> None:
        """To the search line."""
        self._show_all()
        self.pane = "models"
        self.set_focus(self.models.search)


PANES = {"models": "#models", "form": "#form", "runs": "#runs-pane"}
"""The panes and where they are."""
