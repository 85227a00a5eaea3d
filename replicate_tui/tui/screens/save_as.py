"""Where a file is to be saved: a path, asked for again before anything there is replaced."""

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from replicate_tui.core.text import one_line
from replicate_tui.tui.key_names import hints
from replicate_tui.tui.screens.line_dialog import LineDialog


class SaveAs(LineDialog[Path | None]):
    """Asks for a path; its result is one that nothing has, or that a person wants replaced, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="save_as.back", tooltip="Do not save it"),
    ]

    DEFAULT_CSS = """
    SaveAs {
        & > Vertical { width: 84; }
        & Line { margin: 0 0 1 0; }
    }
    """

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(str(folder / name), "a folder or a path")
        self._file_name = name
        self._replaces: Path | None = None
        self._hint = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The path and the keys."""
        with Vertical() as box:
            box.border_title = Content(f"Save {one_line(self._file_name)} as")
            yield from (self.line, self._hint)

    def on_mount(self) -> None:
        """Tell the keys."""
        self._tell("save")

    def typed(self) -> None:
        """Another path replaces nothing yet."""
        self._replaces = None
        self._tell("save")

    def submitted(self) -> None:
        """Save there if that replaces nothing, or is asked for again."""
        typed = self.line.value.strip()
        if not typed:
            return
        try:
            path = self._meant(typed)
            parent_is_there, is_there = path.parent.is_dir(), path.exists()
        except (OSError, RuntimeError, ValueError) as error:
            self._tell("save", f"This path cannot be used: {error}")
            return
        if not parent_is_there:
            self._tell("save", f"There is no folder {path.parent}")
        elif is_there and path != self._replaces:
            self._replaces = path
            self._tell("replace it", f"{path.name} is there already. Replace it?")
        else:
            self.dismiss(path)

    def action_leave(self) -> None:
        """Do not save it."""
        self.dismiss(None)

    def _meant(self, typed: str) -> Path:
        """The file that is meant: in a folder it has its own name."""
        path = Path(typed).expanduser().absolute()
        return path / self._file_name if path.is_dir() else path

    def _tell(self, verb: str, trouble: str = "") -> None:
        keys = hints(self.app, ("⏎", verb), ("{save_as.back}", "close"))
        lines = [Content.styled(one_line(trouble), "$text-warning"), keys] if trouble else [keys]
        self._hint.update(Content("\n").join(lines))
