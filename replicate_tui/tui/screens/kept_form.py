"""The form of a model with all that is kept of it: what was begun, on disk, and what must not be lost by a change."""

import contextlib
from collections.abc import Mapping

from textual import on, work
from textual.timer import Timer

from replicate_tui.core import text
from replicate_tui.core.forms import document
from replicate_tui.core.forms.options import RunOptions as Asked
from replicate_tui.core.history.database import DatabaseError
from replicate_tui.core.kept_forms import form_text
from replicate_tui.core.kept_forms.drafts import Draft
from replicate_tui.core.models.target import Target
from replicate_tui.tui.screens import option_lines
from replicate_tui.tui.screens.form_tabs import FormTabs
from replicate_tui.tui.screens.said import Given, Said
from replicate_tui.tui.widgets.editors.choice import ChoiceEditor
from replicate_tui.tui.widgets.editors.suggest import SuggestLine
from replicate_tui.tui.widgets.form_tabs.json_tab import JsonTab
from replicate_tui.tui.widgets.input_form import InputForm
from replicate_tui.tui.widgets.run_options import RunOptions

DRAFT_DELAY = 0.4
"""Seconds without a change after which a draft is kept."""

Place = tuple[str | None, str | None]
"""The version and the deployment that options ask for."""


class KeptForm(FormTabs):
    """The form and its tabs, whose values are kept when the target changes, the model changes, the program ends."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._given = Given()
        self._kept = Said()
        self._found_for: Place = (None, None)
        self._resting: Timer | None = None

    def show_target(self, found: Target, raw: Mapping[str, object], asked: Asked) -> None:
        """Show the form of a target with these values and options; what stood there before is kept first.

        Values that it has no fields for are held, but for secrets, until the target of the options is found.
        """
        self.keep_draft()
        written = self._written_apart(found)
        self._close_lists()
        if self.target is not None:
            raw = form_text.without_secrets(self.target.fields, raw) | {
                field.name: raw[field.name] for field in found.fields if field.name in raw
            }
        self.target = found
        self._found_for = place(found.options)
        self.clear_tabs()
        self.clear_json()
        standing = "pinned" if found.pinned else found.deployment or "latest"
        model, known = found.model or found.version, bool(found.schema)
        title = f"{found.deployment} · {model}" if found.deployment else model
        self.show(title, found.version, found.fields, raw, standing=standing, known=known)
        self.options.raw = option_lines.lines(asked)
        self._given = Given(raw, self.form.raw)
        if written:
            self.json.text = written
            self.take_json(written)
        self._kept = Said(self.form.raw, self.options.raw)
        if found.note:
            self.notify(text.one_line(found.note), severity="warning")

    def _close_lists(self) -> None:
        """Close what is open to choose from: for the same fields the editors stay, and it would choose for others."""
        for editor in self.form.query(ChoiceEditor):
            editor.close()
        for line in self.form.query(SuggestLine):
            line.close()

    def _written_apart(self, found: Target) -> str:
        """The JSON that the form could not take, to be read again where the target is of the same model, else ""."""
        if not self.apart or self.target is None:
            return ""
        if self.target.key == found.key:
            return self.json.text
        self.notify("The JSON that could not be read was left behind", severity="warning")
        return ""

    @property
    def settled(self) -> bool:
        """Whether the form is that of the version or deployment that the options ask for."""
        read = self.read_options()
        return "target" in read.errors or place(read.options) == self._found_for

    def settle(self, found: Target, asked: Asked) -> None:
        """The target of these options was found: show its form, unless it is there."""
        if self.shows(found):
            self.target = found
        else:
            self.hold_secrets()
            self.show_target(found, self.held_secrets(found) | self.meant(), self.read_options().options)
        self._found_for = place(asked)

    def hold_secrets(self) -> None:
        """Hold the secrets that the form says now, and no others that it could say."""
        if self.target is not None:
            names = {field.name for field in self.target.fields}
            held = self.secrets.get(self.target.key, {})
            kept = {name: secret for name, secret in held.items() if name not in names}
            self.secrets[self.target.key] = kept | document.secrets(self.target.fields, self.form.raw)

    def held_secrets(self, found: Target) -> dict[str, object]:
        """The secrets that are held for the fields of a target."""
        held = self.secrets.get(found.key, {})
        return {field.name: held[field.name] for field in found.fields if field.name in held}

    def said(self) -> Said:
        """What the form says now, with what was written as JSON a moment ago."""
        self.take_edit()
        return Said(self.form.raw, self.options.raw)

    def meant(self) -> dict[str, object]:
        """As `said`, with what the fields cannot hold while another version's form is on its way."""
        return self._given.meant(self.said().raw)

    # -- its draft ------

    def begun(self, model: str) -> Draft | None:
        """What was begun for a model: what the form says if it is that model's, for not all of it is kept."""
        if self.target is None or self.target.key != model:
            return self.session.drafts.of(model)
        begun = Draft(model, self.target.version, self.meant(), self.read_options().options)
        return begun if begun.raw or begun.options else None

    @on(InputForm.Changed)
    @on(JsonTab.Edited)
    @on(RunOptions.Changed)
    def rest_soon(self) -> None:
        """Keep what is typed once it rests, for nobody knows how this program ends."""
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(DRAFT_DELAY, self.keep_draft)

    def keep_draft(self, *, changed: bool = False) -> None:
        """Keep what the form says, if it was `changed` in this program, so that it is there again."""
        if self._resting is not None:
            self._resting.stop()
        if self.app.session is None:
            return  # another one is about to begin; whoever ended the one before had this kept first
        found, said = self.target, self.said()
        if found is not None and (changed or said != self._kept) and self.app.is_running:
            self._kept = said
            self._keep(found, self._to_keep(said), self.read_options().options)

    @work(group="draft", description="keep")
    async def _keep(self, found: Target, raw: Mapping[str, object], asked: Asked) -> None:
        with contextlib.suppress(DatabaseError):
            await self.session.drafts.keep(found, raw, asked)

    async def on_unmount(self) -> None:
        """Keep what was typed last."""
        said = self.said()
        if self.target is not None and said != self._kept and self.app.session is not None:
            with contextlib.suppress(DatabaseError):
                await self.session.drafts.keep(self.target, self._to_keep(said), self.read_options().options)

    def _to_keep(self, said: Said) -> Mapping[str, object]:
        return said.raw if self.settled else self._given.meant(said.raw)


def place(asked: Asked) -> Place:
    """Where the options want a run."""
    return asked.version, asked.deployment
