"""The form of one model, under its name, over the key that runs it."""

from collections.abc import Mapping, Sequence

from textual import events, getters, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from replicate_tui.core import text
from replicate_tui.core.inputs import Field
from replicate_tui.tui.widgets.input_form import InputForm


class FormPane(Vertical):
    """Shows the form that it is given; `run_key` is the key that runs it, as the user set it."""

    form = getters.query_one(InputForm)

    class RunWanted(Message):
        """The form is to be run."""

    def __init__(self, run_key: str, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        shown = run_key.upper() if len(run_key) <= 3 else run_key
        self._run_line = Content.from_markup("[b $background on $primary] Run  $key [/]", key=shown)
        self.border_title = "Form"

    def compose(self) -> ComposeResult:
        """The form over the line that runs it."""
        yield InputForm(id="input-form")
        yield Static(self._run_line, id="run-line")

    def show(self, model: str, version: str, fields: Sequence[Field], values: Mapping[str, object]) -> None:
        """Show the form of a model's version.

        Nobody waits for the editors here: a worker that is cancelled while it does would leave them half-made.
        """
        self.border_title = Content(text.one_line(model))
        self.border_subtitle = Content(f"version {text.short_version(version)} · latest")
        self.form.show(fields, values)

    @on(InputForm.Submitted)
    @on(events.Click, "#run-line")
    def _run_wanted(self) -> None:
        self.post_message(self.RunWanted())
