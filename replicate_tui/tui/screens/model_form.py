"""The form of a model at work: its draft, its options, its presets, and the run that it asks for."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from replicate_tui.core import text
from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.options import RunOptions as Asked
from replicate_tui.core.kept_forms.drafts import Draft
from replicate_tui.core.session import Target
from replicate_tui.tui.key_names import with_keys
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens import tab_data
from replicate_tui.tui.screens.kept_form import KeptForm, place
from replicate_tui.tui.screens.presets import REPLACED, PresetChoice, PresetsScreen
from replicate_tui.tui.widgets.form_pane import FORM
from replicate_tui.tui.widgets.form_tabs.examples_tab import ExamplesTab
from replicate_tui.tui.widgets.form_tabs.versions_tab import VersionsTab
from replicate_tui.tui.widgets.input_form import InputForm
from replicate_tui.tui.widgets.run_options import RunOptions

TELLING_DELAY = 0.2
"""Seconds after which it is said what a form could not take over."""

OFFERING_RUNS = 20
"""The latest runs whose files are offered to file fields."""

TARGET_DELAY = 0.4
"""Seconds without a change after which the version or deployment that was typed is looked up."""

MOST_NAMED = 80
"""Cells for the names of inputs that a preset holds though they are wrong."""

MOST_NOTES = 4
"""Notes that are told one by one."""


@dataclass(frozen=True, slots=True)
class Order:
    """A run that the form asks for, judged: nothing is wrong with it."""

    target: Target
    input: Mapping[str, object]
    options: Asked
    made_from: str = ""
    """The id of the run whose inputs were taken over before."""

    def same_run(self, other: "Order") -> bool:
        """Whether both would run the same with the same input."""
        where = (self.target.identifier, self.target.deployment, self.options)
        return where == (other.target.identifier, other.target.deployment, other.options) and self.input == other.input


class ModelForm(KeptForm):
    """The form pane with the session behind it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f10", "presets", "presets", key_display="F10", id="form.presets", tooltip="Inputs kept under names"),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._told: set[tuple[str, str]] = set()
        self._used: list[str] = []
        self._replaced: dict[str, Draft] = {}
        self._made_from: dict[str, str] = {}

    # -- what is shown ------

    def open(self, found: Target) -> None:
        """Show the form of a target with the draft that was begun for it; a target that is shown stays."""
        if self.shows(found):
            self.target = found
            return
        self.hold_secrets()
        begun = self.begun(found.key)
        raw, asked = (begun.raw, begun.options) if begun is not None else ({}, Asked())
        if found.options:
            asked = replace(asked, version=found.options.version, deployment=found.options.deployment)
        self.show_target(found, self.held_secrets(found) | raw, asked)
        if not self.settled:
            self._retarget()
        elif begun is not None and begun.version != found.version:
            self._tell_changes(found, raw, self.session.draft_fields(begun))

    def fill(
        self, found: Target, raw: Mapping[str, object], asked: Asked, notes: Sequence[str], *, made_from: str = ""
    ) -> None:
        """Show the form of a target with other values than its draft, and say what could not be taken over.

        The options may ask for another version or deployment: its form is shown once it is found. `made_from` is the
        id of the run that the values are of.
        """
        self._made_from[found.key] = made_from
        self.keep_draft()
        replaced, is_shown = self.begun(found.key), self.shows(found)
        self.clear_json()
        self.show_target(found, raw, asked)
        self.keep_draft(changed=True)
        before, options = (replaced.raw, replaced.options) if replaced is not None else ({}, Asked())
        if options != asked or not _mean_the_same(found, before, self.form.raw):
            if replaced is not None:
                self._replaced[found.key] = replaced
                self.notify(with_keys(self.app, "{form.presets} has the inputs that stood here before"))
        elif is_shown and made_from:
            self.notify("The form already holds this run's inputs")
        if not self.settled:
            self._retarget()
        # Once the editors are there and have the keyboard, so that nobody who has read this is interrupted.
        self.set_timer(TELLING_DELAY, lambda: self._tell(notes, "What did not fit"))

    def judged(self) -> Order | None:
        """The run that the form asks for; None, with what is wrong shown at its place, while something is."""
        if self.target is None:
            return None
        self.keep_draft()
        if self.apart or (self.tab == "json" and self.json.problems):
            self.tab = "json"
            return None
        if not self.settled:
            self.notify("Not run: the version or deployment is still looked up", severity="warning")
            if not any(worker.group == "retarget" and worker.is_running for worker in self.workers):
                self._retarget()
            return None
        parsed = inputs.parse(self.target.fields, self.form.raw)
        read = self.read_options()
        self.form.warnings = parsed.warnings
        self.form.errors = parsed.errors
        self.options.errors = read.errors
        if parsed.errors or read.errors:
            self.tab = FORM
            return None
        self._used = [*dict.fromkeys([*tab_data.used(parsed.input), *self._used])]
        asked = inputs.without_defaults(self.target.fields, parsed.input)
        return Order(self.target, asked, read.options, self._made_from.get(self.target.key, ""))

    @on(InputForm.FieldFocused)
    def _field_focused(self, event: InputForm.FieldFocused) -> None:
        """Let a file field offer what was used and made lately."""
        if "file" in (event.field.kind, event.field.item and event.field.item.kind):
            store = self.session.store
            runs = [run for run_id in store.ids(limit=OFFERING_RUNS) if (run := store.run(run_id))]
            self.form.offer(self._used, tab_data.made(runs))

    def _tell(self, notes: Sequence[str], title: str) -> None:
        if notes:
            more = [f"and {len(notes) - MOST_NOTES} more"] if len(notes) > MOST_NOTES else []
            lines = [text.one_line(note) for note in notes[:MOST_NOTES]] + more
            self.notify("\n".join(lines), title=title, severity="warning", timeout=10)

    def _tell_changes(self, found: Target, raw: Mapping[str, object], old: Sequence[inputs.Field] | None) -> None:
        """Say once what became of the inputs of a draft that was made for another version."""
        if (found.key, found.version) in self._told:
            return
        self._told.add((found.key, found.version))
        meant = tab_data.meaning(raw, old, found.fields) if old is not None else ()
        name = text.one_line(found.model) or "The model"
        self._tell(meant or ["Its inputs may differ from those of your draft"], f"{name} has a new version")

    @on(ExamplesTab.ExampleChosen)
    def _example_chosen(self, event: ExamplesTab.ExampleChosen) -> None:
        row = next((row for row in self.examples.examples if row.id == event.id), None)
        if self.target is not None and row is not None and isinstance(row.input, dict):
            recalled = inputs.recall(self.target.fields, row.input)
            self.fill(self.target, recalled.raw, self.read_options().options, list(recalled.notes.values()))
            self.tab = FORM
            self.focus_content()

    # -- options ------

    @on(RunOptions.Changed)
    def _option_changed(self, event: RunOptions.Changed) -> None:
        if event.name == "target":
            self._retarget(TARGET_DELAY)

    @work(group="retarget", exclusive=True)
    async def _retarget(self, delay: float = 0.0) -> None:
        """Show the form of the version or deployment that is asked for now, with what was typed so far."""
        await asyncio.sleep(delay)
        before, read = self.target, self.read_options()
        if before is None or "target" in read.errors:
            return
        with reporting(self, "Version"):
            found = await self.session.retarget(before, read.options)
            if self.shows(before):
                notes = () if self.shows(found) else inputs.refit(found.fields, self.meant()).notes.values()
                self.settle(found, read.options)
                self._tell(list(notes), "What did not fit")

    @on(VersionsTab.Pinned)
    def _version_pinned(self, event: VersionsTab.Pinned) -> None:
        self.options.raw = dict(self.options.raw) | {"target": event.version}
        self.rest_soon()
        self._retarget()

    # -- presets ------

    def _chosen(self, model: str, name: str) -> Draft | None:
        """What a line of the presets stands for."""
        return self._replaced.get(model) if name == REPLACED else self.session.presets.load(model, name)

    def action_presets(self) -> None:
        """List the inputs that are kept under names."""
        if self.target is not None:
            self._choose_preset(self.target)

    def _tell_kept(self, name: str, errors: Mapping[str, str]) -> None:
        kept = f"Kept as {text.one_line(name)}"
        if errors:
            wrong = text.fit(", ".join(map(text.one_line, errors)), MOST_NAMED)
            self.notify(f"{kept}, though it cannot be run as it is: {wrong}", severity="warning")
        else:
            self.notify(kept)

    @work(group="presets", exclusive=True, description="choose preset")
    async def _choose_preset(self, found: Target) -> None:
        presets = self.session.presets
        names, line = tab_data.preset_lines(presets, found.key, time.time(), self._replaced.get(found.key))
        chooser = PresetsScreen(found.model or found.version, names, line)
        choice: PresetChoice | None = await self.app.push_screen_wait(chooser)
        if choice is None or self.target is None:
            return
        found = self.target
        with reporting(self, "Presets"):
            if choice.verb == "keep":
                await presets.keep(found, choice.name, self.form.raw, self.read_options().options)
                self._tell_kept(choice.name, inputs.parse(found.fields, self.form.raw).errors)
            elif choice.verb == "delete":
                await presets.delete(found.key, choice.name)
            elif (preset := self._chosen(found.key, choice.name)) is not None:
                stays = place(preset.options) == place(found.options)
                notes = inputs.refit(found.fields, preset.raw).notes.values() if stays else ()
                self.fill(found, preset.raw, preset.options, list(notes))
                self.focus_content()


def _mean_the_same(found: Target, raw: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two forms would run the same: a number that is typed is the number that a run had."""
    if raw == other:
        return True
    one, two = (inputs.parse(found.fields, each) for each in (raw, other))
    taken = [inputs.without_defaults(found.fields, each.input) for each in (one, two)]
    return inputs.same(*taken) and not one.errors and not two.errors
