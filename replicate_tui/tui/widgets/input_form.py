"""The form made from a model's schema: one editor a field, the less important ones behind a fold."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self, TypeAlias

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from replicate_tui.core.forms.inputs import UNSET, Field
from replicate_tui.tui.widgets import form_messages
from replicate_tui.tui.widgets.editors import Editor
from replicate_tui.tui.widgets.field_help import FieldHelp, keys_of
from replicate_tui.tui.widgets.fold import Fold
from replicate_tui.tui.widgets.form_fields import NO_OTHERS, FormFields, MakeEditor
from replicate_tui.tui.widgets.form_keys import Form
from replicate_tui.tui.widgets.form_page import Page
from replicate_tui.tui.widgets.no_fields import NoFields

LEFT_FOR_THE_FIELD = 6


class InputForm(Widget, Form):
    """Fields as editors, and what the field with the focus means.

    `raw` is what was typed or set. A field that is left is judged by itself; `errors` and `warnings` come from whoever
    judges the whole.
    A field that was left alone is not in `raw`; the model's default applies to it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "reset", "reset", show=False, id="form.reset", tooltip="Back to the model's default"),
        Binding("escape", "leave", "leave", key_display="esc", id="form.leave", tooltip="Leave the form"),
        Binding("f1", "app.help", "help", key_display="F1", id="form.help", tooltip="The keys that work here"),
        Binding("ctrl+enter", "submit", "Run", show=False, id="form.submit", tooltip="Run with these inputs"),
    ]

    DEFAULT_CSS = """
    InputForm {
        layout: vertical;
        height: 1fr;
        & > FieldHelp { margin-top: 1; }
    }
    """

    Changed: TypeAlias = form_messages.Changed
    FieldFocused: TypeAlias = form_messages.FieldFocused
    Submitted: TypeAlias = form_messages.Submitted
    Left: TypeAlias = form_messages.Left

    def __init__(
        self,
        fields: Sequence[Field] = (),
        values: Mapping[str, object] | None = None,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
        editors: Mapping[str, MakeEditor] = NO_OTHERS,
    ) -> None:
        """`editors` makes the editors of those fields, by name, that have another one than their kind."""
        super().__init__(id=id, classes=classes)
        self._editors = editors
        self._composed = False
        self.offered: tuple[Sequence[str], Sequence[str]] = ((), ())
        self._help = FieldHelp()
        self._set_fields(fields, values or {})

    def compose(self) -> ComposeResult:
        """The page and the help below it."""
        self._composed = True
        yield self._page
        yield self._help

    def show(
        self, fields: Sequence[Field], values: Mapping[str, object] | None = None, nothing: str = ""
    ) -> AwaitComplete:
        """Show `fields` with `values`, in place of what was there; names that no field has are ignored.

        The values may be raw ones or typed ones. For the same fields the editors stay, with new values. `nothing` is
        the sentence where there are no fields (see `NoFields`). May be awaited, for the editors to be mounted.
        """
        values = values or {}
        self.errors = {}
        self.warnings = {}
        if tuple(fields) == self.fields and nothing == self._nothing:
            for field in fields:
                self._fields.put(field, values.get(field.name, UNSET))
            self._tell_fold()
            return AwaitComplete()
        before, had_focus = self._page, self.has_pseudo_class("focus-within")
        self._set_fields(fields, values, nothing)
        if not self._composed:
            return AwaitComplete()
        self._help.show(None)
        with self.app.batch_update():
            before.display = False
            swapped = AwaitComplete(before.remove(), self.mount(self._page, before=self._help))
        self._share_height()
        if had_focus:
            self.focus_field()
        return swapped

    @property
    def fields(self) -> tuple[Field, ...]:
        """What is shown."""
        return self._fields.all

    @property
    def raw(self) -> dict[str, object]:
        """The values of the fields that were not left alone, by name: text as typed, or what was set.

        A required field is there with its default, for it has to be sent.
        """
        return self._fields.raw

    def set_value(self, name: str, value: object) -> None:
        """Show `value` in the field `name`; UNSET leaves it to the model. Raises KeyError for unknown names."""
        self._fields.put(self._fields.by_name[name], value)
        self._tell_fold()

    @property
    def errors(self) -> Mapping[str, str]:
        """What is wrong, by field name; what a person changes since is no longer wrong.

        Setting them shows each below its field, those of no field below the form, and goes to the first.
        """
        return self._fields.errors

    @errors.setter
    def errors(self, errors: Mapping[str, str]) -> None:
        if any(field.name in errors for field in self._fields.folded):
            self._open_fold(True)
        self._fields.errors = dict(errors)
        self._help.problems = self._fields.of_no_field(errors)
        self._share_height()
        first = next((stop for stop in self._page.stops if isinstance(stop, Editor) and stop.error), None)
        if first is not None:
            self._page.go_to(first)

    @property
    def warnings(self) -> Mapping[str, str]:
        """What is odd though it can be sent, by field name; what a person changes since is no longer odd.

        Setting them shows each below its field, those of no field below the form; the focus stays.
        """
        return self._fields.warnings

    @warnings.setter
    def warnings(self, warnings: Mapping[str, str]) -> None:
        self._fields.warnings = dict(warnings)
        self._help.oddities = self._fields.of_no_field(warnings)
        self._share_height()

    def offer(self, recent: Sequence[str], outputs: Sequence[str]) -> None:
        """Have file fields offer files used lately, and what the last run made: paths and URLs, the latest first."""
        self.offered = recent, outputs
        self._fields.tell_offers(*self.offered)

    def focus(self, scroll_visible: bool = True) -> Self:
        """Go to the field that had the focus last, else to the first."""
        self.focus_field()
        return self

    def focus_field(self, name: str | None = None) -> None:
        """Go to the field `name`, opening the fold for it; without a name, to where the focus was last.

        Raises KeyError for unknown names.
        """
        if name is not None and any(field.name == name for field in self._fields.folded):
            self._open_fold(True)
        wanted = self._last_stop if name is None else self._fields.editors[name]
        stop = next((stop for stop in (wanted, *self._page.stops) if stop is not None and stop.display), None)
        if stop is not None:
            self._page.go_to(stop)

    def _set_fields(self, fields: Sequence[Field], values: Mapping[str, object], nothing: str = "") -> None:
        """Make the editors; nothing of what was shown before is kept."""
        self._nothing = nothing
        self._fields = FormFields(fields, values, self._editors)
        self._fields.tell_offers(*self.offered)
        self._last_stop: Widget | None = None
        self._unjudged: set[str] = set()
        self._fold: Fold | None = None
        stops: list[Widget] = [self._fields.make_editor(field) for field in self._fields.important]
        if self._fields.folded:
            self._fold = Fold([field.name for field in self._fields.folded])
            stops.append(self._fold)
        if nothing and not fields:
            stops.append(NoFields(nothing))
        self._page = Page(*stops)

    def _open_fold(self, is_open: bool) -> None:
        if self._fold is None or self._fold.open == is_open:
            return
        with self.app.batch_update():
            known = self._fields.editors
            if any(field.name not in known for field in self._fields.folded):
                self._page.add(*[self._fields.make_editor(field) for field in self._fields.folded])
            for field in self._fields.folded:
                known[field.name].display = is_open
        self._tell_fold(is_open)

    def _tell_fold(self, is_open: bool | None = None) -> None:
        if self._fold is not None:
            changed = sum(self._fields.value_of(field) is not UNSET for field in self._fields.folded)
            self._fold.tell(is_open=self._fold.open if is_open is None else is_open, changed=changed)

    def _share_height(self) -> None:
        """Give the page what the help below it leaves, and the help no more than leaves a field in sight."""
        height = self.size.height
        help_lines = min(self._help.lines(self.size.width), max(0, height - LEFT_FOR_THE_FIELD))
        self._help.styles.max_height = help_lines
        self._page.styles.max_height = max(1, height - help_lines - (1 if help_lines else 0))

    def on_mount(self) -> None:
        """Listen to what the keys do: it changes also within a field."""
        self.screen.bindings_updated_signal.subscribe(self, self._keys_changed)

    def on_resize(self) -> None:
        """Lines may wrap differently now."""
        self._share_height()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what the field means, and bring all of it into sight."""
        stop = self._last_stop = self._page.stop_of(event.widget)
        self._explain(stop)
        if isinstance(stop, Editor):
            self.post_message(self.FieldFocused(self, stop.field))
        self.call_after_refresh(self._page.reveal_current)

    def explain(self, name: str, meaning: str) -> None:
        """Tell what something beside the fields means, while the keyboard is there."""
        self._help.tell(meaning, name)
        self._share_height()

    def _explain(self, stop: Widget | None) -> None:
        if isinstance(stop, Editor):
            self._help.show(stop.field, keys_of(stop, self))
        elif isinstance(stop, Fold):
            self._help.tell(f"The model's defaults apply to these.\n{keys_of(stop)}")
        self._share_height()

    def _keys_changed(self, screen: Screen[object]) -> None:
        if self._page.is_attached and self._page.current is not None:
            self._explain(self._page.current)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Judge what was typed once the field is left: not while it is half typed, and not only when it is to run."""
        stop = self._page.stop_of(event.widget)
        if isinstance(stop, Editor) and stop.field.name in self._unjudged:
            self._unjudged.discard(stop.field.name)
            self._fields.judge(stop.field.name)

    def on_editor_changed(self, event: Editor.Changed) -> None:
        """Pass it on by name; what was wrong with the field may no longer be."""
        event.stop()
        name = event.editor.field.name
        self._unjudged.add(name)
        self._fields.forget_notices(name)
        self._tell_fold()
        self.call_after_refresh(self._page.reveal_current)
        self.post_message(self.Changed(self, name))

    def on_fold_toggled(self, event: Fold.Toggled) -> None:
        """Show the other inputs, or hide them."""
        event.stop()
        self._open_fold(not event.fold.open)
        event.fold.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter on a line goes on to the next field; it never runs anything."""
        event.stop()
        self.screen.focus_next()

    def action_reset(self) -> None:
        """Set the field with the focus back to the model's default."""
        stop = self._page.current
        if not isinstance(stop, Editor):
            raise SkipAction
        stop.set_value(UNSET)
        stop.changed_by_person()

    def reset_all(self) -> None:
        """Set every field back to the model's default, on a person's behalf."""
        for name in self._fields.reset():
            self.post_message(self.Changed(self, name))
        self._tell_fold()

    def action_leave(self) -> None:
        """Ask for the focus to go elsewhere."""
        self.post_message(self.Left(self))

    def action_submit(self) -> None:
        """Ask for a run."""
        self.post_message(self.Submitted(self))
