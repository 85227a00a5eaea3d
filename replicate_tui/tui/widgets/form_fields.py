"""The fields of a form and their editors, each made when it is first needed."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from replicate_tui.core.forms.inputs import UNSET, Field, Parsed, Upload, parse, same
from replicate_tui.tui.widgets.editors import EDITORS, Editor
from replicate_tui.tui.widgets.editors.file import FileEditor
from replicate_tui.tui.widgets.editors.listing import ListEditor
from replicate_tui.tui.widgets.fold import important_and_rest

MakeEditor: TypeAlias = Callable[[Field], Editor]

NO_OTHERS: Mapping[str, MakeEditor] = MappingProxyType({})


class FormFields:
    """Fields with their values, in editors or waiting for one; `important` ones are shown, `folded` ones at first not.

    `recent` and `outputs` are what file fields offer. `others` makes the editors of those fields, by name, that have
    another one than their kind.
    """

    def __init__(
        self, fields: Sequence[Field], values: Mapping[str, object], others: Mapping[str, MakeEditor] = NO_OTHERS
    ) -> None:
        self.all = tuple(fields)
        self.by_name = {field.name: field for field in fields}
        self.editors: dict[str, Editor] = {}
        self._others = others
        self.recent: Sequence[str] = ()
        self.outputs: Sequence[str] = ()
        self._errors: dict[str, str] = {}
        self._warnings: dict[str, str] = {}
        self._waiting: dict[str, object] = {}
        for field in fields:
            self.put(field, values.get(field.name, UNSET))
        self.important, self.folded = important_and_rest(fields, self._waiting.keys())

    def put(self, field: Field, value: object) -> None:
        """Show `value` in the editor, or keep it for the editor that is still to be made."""
        if field.name in self.editors:
            self.editors[field.name].set_value(value)
        elif value is UNSET or same(value, field.default) or (value is None and not field.nullable):
            self._waiting.pop(field.name, None)
        else:
            self._waiting[field.name] = value

    def value_of(self, field: Field) -> object:
        """What the field says, or UNSET."""
        editor = self.editors.get(field.name)
        return editor.value if editor is not None else self._waiting.get(field.name, UNSET)

    def reset(self) -> list[str]:
        """Leave all fields to the model, and forget what was said of those that were not; the names of these."""
        given = [field for field in self.all if self.value_of(field) is not UNSET]
        for field in given:
            self.put(field, UNSET)
            self.forget_notices(field.name)
        return [field.name for field in given]

    def make_editor(self, field: Field) -> Editor:
        """The editor of a field that has none yet, with all that is known of the field."""
        editor = self.editors[field.name] = self._others.get(field.name, EDITORS[field.kind])(field)
        if field.name in self._waiting:
            editor.set_value(self._waiting.pop(field.name))
        editor.error = _short(self._errors, field.name)
        editor.warning = _short(self._warnings, field.name)
        self._tell_offers(editor)
        return editor

    @property
    def raw(self) -> dict[str, object]:
        """The values of the fields that were not left alone; a required field is there with its default."""
        values = ((field, self.value_of(field)) for field in self.all)
        return {
            field.name: field.default if value is UNSET else value
            for field, value in values
            if value is not UNSET or (field.required and field.default is not UNSET)
        }

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by name, of these fields and of others."""
        return dict(self._errors)

    @errors.setter
    def errors(self, errors: Mapping[str, str]) -> None:
        self._errors = dict(errors)
        for name, editor in self.editors.items():
            editor.error = _short(self._errors, name)

    @property
    def warnings(self) -> dict[str, str]:
        """What is odd, by name, of these fields and of others."""
        return dict(self._warnings)

    @warnings.setter
    def warnings(self, warnings: Mapping[str, str]) -> None:
        self._warnings = dict(warnings)
        for name, editor in self.editors.items():
            editor.warning = _short(self._warnings, name)

    def judge(self, name: str) -> None:
        """Tell what is wrong or odd with what a person made of a field.

        Files are not looked at, which may take long; what is missing is told by the whole only.
        """
        value = self.editors[name].value
        members = value if isinstance(value, list) else [value]
        no_matter = value is UNSET or any(isinstance(member, Upload) for member in members)
        parsed = Parsed({}, {}) if no_matter else parse([self.by_name[name]], {name: value})
        self._errors |= parsed.errors
        self._warnings |= parsed.warnings
        self.editors[name].error = _short(parsed.errors, name)
        self.editors[name].warning = _short(parsed.warnings, name)

    def of_no_field(self, texts: Mapping[str, str]) -> list[str]:
        """Those of the texts that are about no field here."""
        return [text for name, text in texts.items() if name not in self.by_name]

    def forget_notices(self, name: str) -> None:
        """A field was changed: what was wrong or odd with it may no longer be."""
        self._errors.pop(name, None)
        self._warnings.pop(name, None)
        if name in self.editors:
            self.editors[name].error = self.editors[name].warning = ""

    def tell_offers(self, recent: Sequence[str], outputs: Sequence[str]) -> None:
        """Let file fields offer these files."""
        self.recent, self.outputs = tuple(recent), tuple(outputs)
        for editor in self.editors.values():
            self._tell_offers(editor)

    def _tell_offers(self, editor: Editor) -> None:
        if isinstance(editor, FileEditor | ListEditor):
            editor.offers.recent, editor.offers.outputs = self.recent, self.outputs


def _short(texts: Mapping[str, str], name: str) -> str:
    """What is said of a field, without its name: that stands above."""
    return texts.get(name, "").removeprefix(f"{name} ")
