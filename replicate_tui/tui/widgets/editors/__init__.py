"""Editors of the fields of a form, one for every kind."""

from collections.abc import Callable, Mapping

from replicate_tui.core.forms.inputs import Field, Kind
from replicate_tui.tui.widgets.editors.choice import ChoiceEditor
from replicate_tui.tui.widgets.editors.editor import Editor
from replicate_tui.tui.widgets.editors.file import FileEditor
from replicate_tui.tui.widgets.editors.listing import ListEditor
from replicate_tui.tui.widgets.editors.number import number_editor
from replicate_tui.tui.widgets.editors.prose import JSONEditor, ProseEditor
from replicate_tui.tui.widgets.editors.switch import SwitchEditor
from replicate_tui.tui.widgets.editors.text import LineEditor
from replicate_tui.tui.widgets.editors.words import WordsEditor

__all__ = ["EDITORS", "Editor"]

EDITORS: Mapping[Kind, Callable[[Field], Editor]] = {
    "text": WordsEditor,
    "prose": ProseEditor,
    "integer": number_editor,
    "number": number_editor,
    "boolean": SwitchEditor,
    "choice": ChoiceEditor,
    "file": FileEditor,
    "list": ListEditor,
    "json": JSONEditor,
    "secret": LineEditor,
}
