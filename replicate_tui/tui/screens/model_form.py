"""The form of a model at work: what it runs, its draft, and what the tabs beside it show."""

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.binding import Binding, BindingType
from textual.timer import Timer

from replicate_tui.core import document, inputs, options, text
from replicate_tui.core.database import DatabaseError
from replicate_tui.core.options import RunOptions as Asked
from replicate_tui.core.session import Session, Target
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens import tab_data
from replicate_tui.tui.screens.presets import PresetChoice, Presets
from replicate_tui.tui.widgets.form_pane import FormPane
from replicate_tui.tui.widgets.form_tabs.examples_tab import ExamplesTab
from replicate_tui.tui.widgets.form_tabs.json_tab import JsonTab
from replicate_tui.tui.widgets.form_tabs.versions_tab import VersionsTab
from replicate_tui.tui.widgets.input_form import InputForm
from replicate_tui.tui.widgets.run_options import RunOptions

if TYPE_CHECKING:
    from replicate_tui.tui.app import ReplicateApp


TELLING_DELAY = 0.2
"""Seconds after which it is said what a form could not take over."""

OFFERING_RUNS = 20
"""The latest runs whose files are offered to file fields."""

DRAFT_DELAY = 0.4
"""Seconds without a change after which a draft is kept."""


@dataclass(frozen=True, slots=True)
class Order:
    """A run that the form asks for, judged: nothing is wrong with it."""

    target: Target
    input: Mapping[str, object]
    options: Asked

    def same_run(self, other: "Order") -> bool:
        """Whether both would run the same with the same input."""
        where = (self.target.identifier, self.target.deployment, self.options)
        return where == (other.target.identifier, other.target.deployment, other.options) and self.input == other.input


class ModelForm(FormPane):
    """The form pane with the session behind it. `target` is what it would run, None before the first model."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f10", "presets", "presets", key_display="F10", id="form.presets", tooltip="Inputs kept under names"),
    ]

    def __init__(self, run_key: str, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(run_key, id=id, classes=classes)
        self.target: Target | None = None
        self._told: set[tuple[str, str]] = set()
        self._used: list[str] = []
        self._resting: Timer | None = None
        self._unkept: tuple[Target, Mapping[str, object], Asked] | None = None

    @property
    def session(self) -> Session:
        """The session; there is one while a form is shown."""
        session = cast("ReplicateApp", self.app).session
        assert session is not None
        return session

    @property
    def asked(self) -> Asked:
        """The options that the form asks for, as far as they can be read."""
        return self._read_options().options

    # -- what is shown ------

    def open(self, found: Target) -> None:
        """Show the form of a target with the draft that was begun for it; a target that is shown stays."""
        if self.target is not None and _same(self.target, found):
            self.target = found
            return
        self.keep_draft()
        draft = self.session.drafts.of(found.key)
        self._show(found, draft.raw if draft else {}, draft.options if draft else Asked())
        if draft is not None and draft.options:
            self._retarget()
        elif draft is not None and draft.version != found.version:
            self._tell_changes(found, draft.raw, self.session.draft_state(found, draft).old)

    def fill(self, found: Target, raw: Mapping[str, object], asked: Asked, notes: Sequence[str]) -> None:
        """Show the form of a target with other values than its draft, and say what could not be taken over."""
        self.keep_draft()
        self._show(found, raw, asked)
        self.keep_draft()
        # Once the editors are there and have the keyboard, so that nobody who has read this is interrupted.
        self.set_timer(TELLING_DELAY, lambda: self._tell(notes, "What did not fit"))

    def keep_draft(self) -> None:
        """Keep what the form says, so that it is there again."""
        self._unkept = None
        if self.target is not None and self.app.is_running:
            self._keep(self.target, self.form.raw, self.asked)

    def judged(self) -> Order | None:
        """The run that the form asks for; None, with what is wrong shown at its place, while something is."""
        if self.target is None:
            return None
        if self.tab == "json":
            self.json.flush()
            if self.json.problems:
                return None
        parsed = inputs.parse(self.target.fields, self.form.raw)
        read = self._read_options()
        self.form.warnings = parsed.warnings
        self.form.errors = parsed.errors
        self.options.errors = {_option(name): words for name, words in read.errors.items()}
        if parsed.errors or read.errors:
            self.tab = "form-tab"
            return None
        self._used = [*dict.fromkeys([*tab_data.used(parsed.input), *self._used])]
        return Order(self.target, inputs.without_defaults(self.target.fields, parsed.input), read.options)

    def _show(self, found: Target, raw: Mapping[str, object], asked: Asked) -> None:
        self.target = found
        self.clear_tabs()
        standing = "pinned" if found.pinned else found.deployment or "latest"
        self.show(found.model or found.version, found.version, found.fields, raw, standing=standing)
        self.options.raw = _texts(asked)
        self._offer()
        if found.note:
            self.notify(text.one_line(found.note), severity="warning")

    def _offer(self) -> None:
        """Let file fields offer what was used and made lately."""
        if any(field.kind in ("file", "list") for field in self.form.fields):
            store = self.session.store
            runs = [run for run_id in store.ids(limit=OFFERING_RUNS) if (run := store.run(run_id))]
            self.form.recent, self.form.outputs = self._used, tab_data.made(runs)

    @on(InputForm.Changed)
    def _form_changed(self) -> None:
        """Keep what is typed once it rests, for nobody knows how this program ends."""
        if self.target is not None:
            self._unkept = (self.target, self.form.raw, self.asked)
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(DRAFT_DELAY, self.keep_draft)

    async def on_unmount(self) -> None:
        """Keep what was typed last."""
        session = cast("ReplicateApp", self.app).session
        if self._unkept is not None and session is not None:
            with contextlib.suppress(DatabaseError):
                await session.drafts.keep(*self._unkept)

    @work(group="draft")
    async def _keep(self, found: Target, raw: Mapping[str, object], asked: Asked) -> None:
        with contextlib.suppress(DatabaseError):
            await self.session.drafts.keep(found, raw, asked)

    def _read_options(self) -> options.ReadOptions:
        raw = dict(self.options.raw)
        wanted = raw.pop("target", "")
        named = {"deployment" if "/" in wanted and ":" not in wanted else "version": wanted}
        model = self.target.model if self.target else ""
        return options.read(raw | named, model=model, account=self.session.account_name)

    def _tell(self, notes: Sequence[str], title: str) -> None:
        if notes:
            more = [f"and {len(notes) - 4} more"] if len(notes) > 4 else []
            lines = [text.one_line(note) for note in notes[:4]] + more
            self.notify("\n".join(lines), title=title, severity="warning", timeout=10)

    def _tell_changes(self, found: Target, raw: Mapping[str, object], old: Sequence[inputs.Field] | None) -> None:
        """Say once what became of the inputs of a draft that was made for another version."""
        if (found.key, found.version) in self._told:
            return
        self._told.add((found.key, found.version))
        meant = tab_data.meaning(raw, old, found.fields) if old is not None else ()
        self._tell(meant or ["Its inputs may be others than those of your draft"], "The model has a new version")

    # -- options ------

    @on(RunOptions.Changed)
    def _option_changed(self, event: RunOptions.Changed) -> None:
        if event.name == "target":
            self._retarget()

    @work(group="retarget", exclusive=True)
    async def _retarget(self) -> None:
        """Show the form of the version or deployment that is asked for now, with what was typed so far."""
        read = self._read_options()
        if self.target is None or read.errors.keys() & {"version", "deployment"}:
            return
        with reporting(self, "Version"):
            before, raw = self.target, self.form.raw
            found = await self.session.finder.retarget(before, read.options)
            if self.target is before and not _same(found, before):
                recalled = inputs.refit(found.fields, raw)
                self._show(found, recalled.raw, read.options)
                self._tell(list(recalled.notes.values()), "What did not fit")

    @on(VersionsTab.Pinned)
    def _version_pinned(self, event: VersionsTab.Pinned) -> None:
        self.options.raw = dict(self.options.raw) | {"target": event.version}
        self._retarget()

    # -- presets ------

    def action_presets(self) -> None:
        """List the inputs that are kept under names."""
        if self.target is not None:
            self._choose_preset(self.target)

    @work(group="presets", exclusive=True)
    async def _choose_preset(self, found: Target) -> None:
        presets = self.session.presets
        rows = tab_data.preset_rows(presets, found.key, time.time())
        choice: PresetChoice | None = await self.app.push_screen_wait(Presets(found.model or found.version, rows))
        if choice is None:
            return
        with reporting(self, "Presets"):
            if choice.verb == "keep":
                await presets.keep(found, choice.name, self.form.raw, self.asked)
                self.notify(f"Kept as {text.one_line(choice.name)}")
            elif choice.verb == "delete":
                await presets.delete(found.key, choice.name)
            elif (preset := presets.load(found.key, choice.name)) is not None:
                recalled = inputs.refit(found.fields, preset.raw)
                self.fill(found, recalled.raw, preset.options, list(recalled.notes.values()))
                self.focus_content()

    # -- tabs ------

    @on(FormPane.TabShown)
    def _tab_shown(self, event: FormPane.TabShown) -> None:
        found = self.target
        if found is None:
            return
        if event.name == "json":
            self._write_json()
        elif event.name == "code":
            self.code.code = tab_data.code(found, self.form.raw, self.asked, self.session)
        elif event.name == "readme":
            self._fill_readme(found)
        elif event.name == "versions":
            self._fill_versions(found)
        elif event.name == "examples":
            self._fill_examples(found)

    def _write_json(self) -> None:
        if self.target is not None:
            self.json.text = document.written(self.target.fields, self.form.raw, full=self.json.full)
            self.json.problems = ()

    @on(JsonTab.Edited)
    def _json_edited(self, event: JsonTab.Edited) -> None:
        if self.target is None:
            return
        raw, problems = tab_data.read(self.target.fields, event.text)
        self.json.problems = problems
        if not any(line == 0 for line, _ in problems) and (raw or not problems):
            self.form.show(self.target.fields, raw)

    @on(JsonTab.FullSwitched)
    def _json_full(self, event: JsonTab.FullSwitched) -> None:
        self._write_json()

    @work(group="readme", exclusive=True)
    async def _fill_readme(self, found: Target) -> None:
        with reporting(self, "Readme"):
            readme = await self.session.readme(found.model) if found.model else ""
            if self.target is found:
                self.readme.readme = readme or ""

    @work(group="versions", exclusive=True)
    async def _fill_versions(self, found: Target) -> None:
        with reporting(self, "Versions"):
            listed = await self.session.versions(found.model)
            if self.target is found:
                self.versions.note = listed.note or "There are no versions"
                self.versions.versions = tab_data.version_rows(listed.items, found, time.time())

    @on(VersionsTab.CompareWanted)
    def _compare_wanted(self, event: VersionsTab.CompareWanted) -> None:
        if self.target is not None:
            self._compare(self.target, event.version)

    @work(group="compare", exclusive=True)
    async def _compare(self, found: Target, version: str) -> None:
        with reporting(self, "Versions"):
            other = await self.session.target(f"{found.model}:{version}")
            if self.target is found:
                self.versions.comparison = tab_data.comparison(other, found)

    @work(group="examples", exclusive=True)
    async def _fill_examples(self, found: Target) -> None:
        with reporting(self, "Examples"):
            listed = await self.session.examples(found.model)
            if self.target is found:
                self.examples.note = listed.note or "There are no examples"
                self.examples.examples = tab_data.example_rows(listed.items, time.time())

    @on(ExamplesTab.ExampleChosen)
    def _example_chosen(self, event: ExamplesTab.ExampleChosen) -> None:
        row = next((row for row in self.examples.examples if row.id == event.id), None)
        if self.target is not None and row is not None and isinstance(row.input, dict):
            recalled = inputs.recall(self.target.fields, row.input)
            self.fill(self.target, recalled.raw, self.asked, list(recalled.notes.values()))
            self.tab = "form-tab"
            self.focus_content()


def _same(one: Target, other: Target) -> bool:
    before = (one.model, one.version, one.deployment, one.pinned)
    return before == (other.model, other.version, other.deployment, other.pinned)


def _texts(asked: Asked) -> dict[str, str]:
    """Options as the fold takes them: one line says where it runs."""
    shown = options.show(asked)
    target = shown.pop("version") or shown.pop("deployment")
    shown.pop("deployment", None)
    return {name: value for name, value in ({"target": target} | shown).items() if value}


def _option(name: str) -> str:
    return "target" if name in ("version", "deployment") else name
