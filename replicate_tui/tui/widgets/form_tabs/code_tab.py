"""The request that the form makes, as code to be copied."""

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from replicate_tui.core.text import ELLIPSIS
from replicate_tui.tui.widgets.form_tabs.choice_line import ChoiceLine
from replicate_tui.tui.widgets.form_tabs.form_tab import FormTab
from replicate_tui.tui.widgets.tab_line import Tab, TabLine
from replicate_tui.tui.widgets.text_lines import TextLines

LANGUAGES = (
    Tab("curl", "curl"),
    Tab("python", "Python"),
    Tab("javascript", "JavaScript"),
    Tab("replicate-tui", "replicate-tui"),
)

LONGEST_LINE = 10_000
"""Characters of a line that are shown; all of them are copied."""


class CodeTab(FormTab):
    """Code in the chosen language: `code` maps a language's name (see LANGUAGES) to its text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy", id="code.copy", tooltip="Copy this code"),
        Binding("space", "next_language", "language", id="code.language", tooltip="The next language"),
    ]

    DEFAULT_CSS = """
    CodeTab {
        & > ChoiceLine { margin: 0 0 1 0; }
        & > TextLines { height: 1fr; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._code: Mapping[str, str] = {}
        self._languages = ChoiceLine(LANGUAGES)
        self._lines = TextLines(empty_text=f"waiting for the model{ELLIPSIS}")

    def compose(self) -> ComposeResult:
        """The languages and the code."""
        yield from (self._languages, self._lines)

    @property
    def content(self) -> Widget:
        """The code."""
        return self._lines

    @property
    def code(self) -> Mapping[str, str]:
        """The code by language."""
        return self._code

    @code.setter
    def code(self, code: Mapping[str, str]) -> None:
        self._code = dict(code)
        self.data_changed()

    @property
    def language(self) -> str:
        """The language that is shown."""
        return self._languages.current

    @language.setter
    def language(self, name: str) -> None:
        self._languages.current = name
        self.data_changed()

    def draw(self) -> None:
        """Show the code in the chosen language."""
        self._lines.set_text("\n".join(map(_shown, self._code.get(self.language, "").split("\n"))))

    def action_copy(self) -> None:
        """Copy the code, all of it."""
        code = self._code.get(self.language, "")
        if not code:
            self.notify("Nothing to copy yet", severity="warning")
            return
        self.app.copy_to_clipboard(code)

    def action_next_language(self) -> None:
        """Show the next language."""
        self._languages.action_choose(1)

    @on(TabLine.Chosen)
    def _language_chosen(self, event: TabLine.Chosen) -> None:
        event.stop()
        self.language = event.name
        self._lines.action_start()

    @on(ChoiceLine.Entered)
    def _entered(self, event: ChoiceLine.Entered) -> None:
        event.stop()
        self.focus_content()


def _shown(line: str) -> str:
    missing = len(line) - LONGEST_LINE
    return f"{line[:LONGEST_LINE]}{ELLIPSIS} {missing:,} more characters" if missing > 0 else line
