"""The form that begins a training: the model that gets what it makes, and what it learns from."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from replicate_tui.api.errors import InvalidInput, ReplicateError
from replicate_tui.api.reference import InvalidReference, Reference
from replicate_tui.core import text
from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history.runs import Run
from replicate_tui.core.models.destination import MADE_ON
from replicate_tui.core.models.target import CannotRun, Target
from replicate_tui.core.sending.launch_queue import Removed
from replicate_tui.tui.key_names import key_of
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.screens.with_session import WithSession
from replicate_tui.tui.widgets.editors.text import Line
from replicate_tui.tui.widgets.input_form import InputForm
from replicate_tui.tui.widgets.key_line import KeyLine

LOOK_UP_DELAY = 0.3
"""Seconds without a change after which it is looked up whether the destination is there."""

LINES_BESIDE = 14
LINES_A_FIELD = 4
"""Lines of the form where there is room for them all: what is beside the fields, and for each field."""

WHERE = "The model that gets the new version, or a name of your own"
THERE = "It gets a new version"
MISSING = "Not there yet: it is made, private, when you start"
NAMELESS = "destination is required: owner/name, or a name of your own"


class TrainForm(WithSession, ModalScreen[Run | None]):
    """Asks for what a training takes, and begins it; its result is the training, or None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "start", "start", key_display="F5", id="train.start", tooltip="Begin the training"),
        Binding("escape", "leave", "close", key_display="esc", id="train.leave", tooltip="Close without training"),
        Binding("down", "down", "down", show=False, id="train.down", tooltip="To what it learns from"),
        Binding("f1", "app.help", "help", key_display="F1", id="train.help", tooltip="The keys that work here"),
    ]

    DEFAULT_CSS = """
    TrainForm {
        align: center middle;
        & > Vertical {
            width: 100;
            max-width: 96%;
            max-height: 92%;
            padding: 0 2;
            border: round $primary;
            border-title-color: $primary;
            border-subtitle-color: $text-muted;
            background: $surface;
        }
        & #destination { height: 1; margin: 1 0 0 0; }
        & #destination > Static { width: 13; color: $foreground-muted; }
        & #destination-note { height: auto; padding: 0 0 0 14; margin: 0 0 1 0; color: $foreground-muted; }
        & #destination-note.-wrong { color: $text-error; }
        & #train-line { height: 1; width: auto; margin: 1 0 0 0; }
    }
    """

    def __init__(self, what: Target, raw: Mapping[str, object], destination: str, notes: Sequence[str]) -> None:
        super().__init__()
        self._what = what
        self._notes = notes
        self._begun = (dict(raw), destination)
        self._line = Line(destination)
        self._line.placeholder = "owner/name"
        self._note = Static(WHERE, markup=False, id="destination-note")
        self._form = InputForm(what.fields, raw, id="train-form")
        self._sending = False

    def compose(self) -> ComposeResult:
        """Where the result goes, what is learned from, and the key that begins it."""
        with Vertical() as box:
            box.styles.height = LINES_BESIDE + LINES_A_FIELD * len(self._what.fields)
            box.border_title = Content(f"Train {text.one_line(self._what.model)}")
            box.border_subtitle = Content(f"version {text.short_version(self._what.version)}")
            with Horizontal(id="destination"):
                yield Static("destination", markup=False)
                yield self._line
            yield self._note
            yield self._form
            yield Static(markup=False, id="train-line")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin with the destination's name, or with what to learn from where that is known."""
        if not self._begun[1] and self.session.account_name:
            self._begun = (self._begun[0], f"{self.session.account_name}/")
            self._line.show(self._begun[1])
        if self._line.value.rpartition("/")[2]:
            self._form.focus_field()
            self._look_up()
        else:
            self._line.focus()
        self._draw_line()
        if self._notes:
            told = "\n".join(text.one_line(note) for note in self._notes)
            self.notify(told, title="What did not fit", severity="warning", timeout=10)

    def _draw_line(self) -> None:
        label = "[b reverse $primary] Start  $key [/]" if not self._sending else "[$text-primary]● Sending…[/]"
        self.query_one("#train-line", Static).update(Content.from_markup(label, key=key_of(self.app, "train.start")))

    # -- the destination ------

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if event.input is self._line:
            self._tell(WHERE)
            self._look_up(LOOK_UP_DELAY)

    @work(group="destination", exclusive=True)
    async def _look_up(self, delay: float = 0.0) -> None:
        """Tell whether the destination is there; what is half typed is not judged."""
        await asyncio.sleep(delay)
        if self._line.value.strip().rpartition("/")[2]:
            try:
                to = await self.session.destination(self._line.value)
                self._tell(THERE if await self.session.has_destination(to) else MISSING)
            except (InvalidReference, CannotRun, ReplicateError) as error:
                self._tell(text.one_line(str(error)))

    def _tell(self, note: str, *, wrong: bool = False) -> None:
        self._note.update(note)
        self._note.set_class(wrong, "-wrong")

    async def _destination(self) -> Reference | None:
        """Where the result goes; None, told at its place, when that names nothing."""
        typed = self._line.value.strip()
        try:
            if not typed.rpartition("/")[2]:
                raise CannotRun(NAMELESS)
            return await self.session.destination(typed)
        except (InvalidReference, CannotRun) as error:
            self.workers.cancel_group(self, "destination")
            self._tell(text.one_line(str(error)), wrong=True)
            self._line.focus()
            return None

    # -- to begin it ------

    @on(InputForm.Submitted)
    @on(events.Click, "#train-line")
    def action_start(self) -> None:
        """Judge the form, and begin what it says."""
        if self._sending:
            return
        parsed = inputs.parse(self._what.fields, self._form.raw)
        self._form.warnings = parsed.warnings
        self._form.errors = parsed.errors
        if not parsed.errors:
            self._start(inputs.without_defaults(self._what.fields, parsed.input))

    @work(group="start", exclusive=True, description="start")
    async def _start(self, values: Mapping[str, object]) -> None:
        with reporting(self, "Train"):
            self.session.settings.require_writes("train a model")
            to = await self._destination()
            if to is None:
                return
            is_missing = not await self.session.has_destination(to)
            if await self._agreed(to, is_missing=is_missing):
                self._sending = True
                self._draw_line()
                # The app's own: it goes on where this form is left meanwhile.
                self.app.run_worker(self._send(values, to, is_missing=is_missing), group="send")

    async def _agreed(self, to: Reference, *, is_missing: bool) -> bool:
        """Whether the person wants what has to be asked about: a model made, a budget crossed."""
        if is_missing:
            question = Content.from_markup(
                "There is no model [b]$to[/b] yet.\nMake it, private, and begin the training?",
                to=text.one_line(str(to)),
            )
            if not await self._asked(question, "make it and train", "don't train"):
                return False
        dear = self.session.budget_question(self._what, RunOptions())
        return dear is None or await self._asked(Content(text.clean(dear)), "train it", "don't train")

    async def _asked(self, question: Content, verb: str, otherwise: str) -> bool:
        answer: bool = await self.app.push_screen_wait(Confirm(question, verb, otherwise))
        return answer

    async def _send(self, values: Mapping[str, object], to: Reference, *, is_missing: bool) -> None:
        try:
            with contextlib.suppress(Removed), reporting(self, "Train"):
                self._done(await self._trained(values, to, is_missing=is_missing))
        finally:
            self._sending = False
            if self.is_attached:
                self._draw_line()

    async def _trained(self, values: Mapping[str, object], to: Reference, *, is_missing: bool) -> Run:
        """The training as it was begun; inputs that the API refuses are told at their fields, too."""
        session = self.session
        make = partial(self._make, to) if is_missing else None
        try:
            return await session.train(self._what, values, to, first=make)
        except InvalidInput as refusal:
            told = {each.field: text.one_line(each.description) for each in refusal.invalid_fields if each.field}
            if self.is_attached and told:
                self._form.errors = told
            raise
        except ValueError as error:
            raise CannotRun(str(error)) from error

    async def _make(self, to: Reference) -> None:
        """Make the destination; what is refused of it is no input of the training."""
        try:
            await self.session.create_model(to, visibility="private", hardware=MADE_ON)
        except InvalidInput as refusal:
            raise CannotRun(str(refusal)) from refusal

    def _done(self, run: Run) -> None:
        if self.is_current:
            self.dismiss(run)
        else:
            self.app.notify(f"The training {text.one_line(run.id)} has begun")

    # -- to leave it ------

    @on(InputForm.Left)
    def action_leave(self) -> None:
        """Leave; ask first where something was entered that would be lost."""
        self._leave()

    @work(group="leave", exclusive=True)
    async def _leave(self) -> None:
        entered = (self._form.raw, self._line.value) != self._begun
        if entered and not self._sending:
            question = Content("Throw away what was typed? Nothing was sent.")
            if not await self._asked(question, "throw it away", "keep typing"):
                return
        self.dismiss(None)

    def action_down(self) -> None:
        """From the destination to the fields."""
        self._form.focus_field()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        self._form.focus_field()
