"""The versions of a model: which there are, which one runs, and how two of them differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from replicate_tui.core import text
from replicate_tui.core.columns import Cell, Column
from replicate_tui.tui.widgets.form_tabs.form_tab import FormTab
from replicate_tui.tui.widgets.resource_table import ResourceTable

_SIGNS = {"added": ("+", "$text-success"), "removed": ("-", "$text-error"), "changed": ("~", "$text-warning")}


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version in the list; `age` is in words. `pinned` is the one that runs."""

    id: str
    age: str = ""
    cog: str = ""
    latest: bool = False
    pinned: bool = False


def _note(row: VersionRow) -> Cell:
    words = " · ".join(word for word, so in (("pinned", row.pinned), ("latest", row.latest)) if so)
    return Cell(words, "accent" if row.pinned else "ok")


VERSIONS: tuple[Column[VersionRow], ...] = (
    Column("mark", "", 1, lambda row: Cell("●" if row.pinned else "", "accent")),
    Column("id", "version", 10, lambda row: Cell(text.short_version(row.id), "strong")),
    Column("age", "age", 10, lambda row: Cell(text.one_line(row.age), "muted")),
    Column("cog", "cog", 10, lambda row: Cell(text.one_line(row.cog), "muted")),
    Column("note", "", 15, _note, grow=True),
)


class VersionsTable(ResourceTable[VersionRow]):
    """Versions; enter pins one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "pin", key_display="⏎", id="versions.pin", tooltip="Run this version from now on"),
    ]


class VersionsTab(FormTab):
    """Versions, newest first, and a comparison below them.

    `versions` are the rows; `note` is what stands there while there are none. `comparison` are lines, each with
    its kind: "added", "removed", "changed" are signed and coloured, "title" stands out, any other is plain.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "compare", "compare", id="versions.compare", tooltip="Compare with the version that runs"),
        Binding("U", "unpin", "unpin", id="versions.latest", tooltip="Run the latest version again"),
    ]

    DEFAULT_CSS = """
    VersionsTab {
        & > ResourceTable { height: 1fr; }
        & > VerticalScroll {
            height: auto;
            max-height: 60%;
            border-top: solid $border;
            scrollbar-size-vertical: 1;
            &:focus { border-top: solid $primary; }
        }
    }
    """

    @dataclass
    class Pinned(Message):
        """The version is to be the one that runs; "" is the latest, whichever that is."""

        tab: "VersionsTab"
        version: str

        @property
        def control(self) -> "VersionsTab":
            """The tab, for `@on(…, "#id")`."""
            return self.tab

    @dataclass
    class CompareWanted(Message):
        """The version is to be compared with the one that runs."""

        tab: "VersionsTab"
        version: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._versions: Sequence[VersionRow] = ()
        self._by_id: dict[str, VersionRow] = {}
        self._note = ""
        self._comparison: Sequence[tuple[str, str]] = ()
        self._table = VersionsTable(VERSIONS, drops=("cog", "mark"))
        self._lines = Static(markup=False)
        self._scroll = VerticalScroll(self._lines)

    def compose(self) -> ComposeResult:
        """The versions over the comparison."""
        yield from (self._table, self._scroll)

    @property
    def content(self) -> Widget:
        """The table."""
        return self._table

    @property
    def versions(self) -> Sequence[VersionRow]:
        """The rows."""
        return self._versions

    @versions.setter
    def versions(self, versions: Sequence[VersionRow]) -> None:
        self._versions = tuple(versions)
        self._by_id = {row.id: row for row in versions}
        self.data_changed()

    @property
    def note(self) -> str:
        """What stands there while there are no versions: that they come, or why there are none."""
        return self._note

    @note.setter
    def note(self, note: str) -> None:
        self._note = note
        self.data_changed()

    @property
    def comparison(self) -> Sequence[tuple[str, str]]:
        """Lines of a comparison, with their kinds; none hides it."""
        return self._comparison

    @comparison.setter
    def comparison(self, comparison: Sequence[tuple[str, str]]) -> None:
        self._comparison = tuple(comparison)
        if self._drawable:
            self._scroll.scroll_to(y=0, animate=False, force=True)
        self.data_changed()

    def draw(self) -> None:
        """Show the rows, and the comparison if there is one."""
        self._table.empty_text = text.one_line(self._note)
        self._table.show(list(self._by_id), self._by_id.get)
        self._scroll.display = bool(self._comparison)
        self._lines.update(Content("\n").join(_line(kind, words) for kind, words in self._comparison))

    def action_compare(self) -> None:
        """Ask for a comparison."""
        if self._table.cursor_key is not None:
            self.post_message(self.CompareWanted(self, self._table.cursor_key))

    def action_unpin(self) -> None:
        """Ask for the latest version, now and later."""
        self.post_message(self.Pinned(self, ""))

    @on(ResourceTable.Highlighted)
    def _highlighted(self, event: ResourceTable.Highlighted) -> None:
        event.stop()

    @on(ResourceTable.Selected)
    def _selected(self, event: ResourceTable.Selected) -> None:
        event.stop()
        self.post_message(self.Pinned(self, event.key))


def _line(kind: str, words: str) -> Content:
    shown = text.one_line(words)
    if kind == "title":
        return Content.styled(shown, "bold")
    sign, style = _SIGNS.get(kind, (" ", "$foreground-muted"))
    return Content.assemble((f"{sign} ", style), (shown, style))
