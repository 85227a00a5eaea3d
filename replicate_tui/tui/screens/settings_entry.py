"""How a setting is changed: typed on a line and judged there, or chosen, the theme with each choice shown at once."""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from replicate_tui.core.text import clean
from replicate_tui.tui.key_names import hints
from replicate_tui.tui.screens.chooser import Choice, Chooser
from replicate_tui.tui.screens.line_dialog import LineDialog
from replicate_tui.tui.widgets.resource_table import ResourceTable

Keep = Callable[[str], Awaitable[str]]
"""Keeps what was typed; its answer says why that was refused, "" where it was not."""


class TypeSetting(LineDialog[bool]):
    """Has one setting typed; what `keep` refuses is said at the line. True once it is kept."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="type_setting.back", tooltip="Leave it as it was"),
    ]

    DEFAULT_CSS = """
    TypeSetting {
        & Line { margin: 1 0 0 0; }
        & .wrong { color: $text-error; height: auto; min-height: 1; }
    }
    """

    def __init__(self, title: str, about: str, value: str, keep: Keep, *, example: str = "") -> None:
        super().__init__(value, f"such as {example}" if example else "")
        self._title = title
        self._about = about
        self._keep = keep
        self._wrong = Static(markup=False, classes="wrong")

    def compose(self) -> ComposeResult:
        """What it is about, the line, what is wrong, the keys."""
        with Vertical() as box:
            box.border_title = Content(clean(self._title))
            yield Static(Content.styled(clean(self._about), "$foreground-muted"))
            yield from (self.line, self._wrong)
            yield Static(hints(self.app, ("⏎", "keep"), ("{type_setting.back}", "close")))

    def typed(self) -> None:
        """What was wrong may be right now."""
        self._wrong.update("")

    def submitted(self) -> None:
        """Keep it, or say why not."""
        self._try()

    @work(group="keep-setting")
    async def _try(self) -> None:
        refusal = await self._keep(self.line.value)
        if refusal:
            self._wrong.update(Content(f"✗ {clean(refusal)}"))
        else:
            self.dismiss(True)

    def action_leave(self) -> None:
        """Leave it as it was."""
        self.dismiss(False)


class ChooseTheme(Chooser):
    """The themes; the one with the cursor is worn while it is looked at."""

    DEFAULT_CSS = """
    ChooseTheme {
        align: right middle;
        background: $background 0%;
        & > Vertical { width: 38; margin: 0 2; }
    }
    """

    def __init__(self, themes: Sequence[str], current: str) -> None:
        choices = [Choice(name, name) for name in themes]
        super().__init__(Content("Theme"), choices, verb="use it", current=current)

    @on(ResourceTable.Highlighted)
    def _try_on(self, event: ResourceTable.Highlighted) -> None:
        if event.key is not None:
            self.app.theme = event.key
