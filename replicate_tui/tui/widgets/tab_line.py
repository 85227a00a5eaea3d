"""One line of titles, one of them current: the modes, or the tabs of a pane."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from replicate_tui.tui.key_names import follow_keys, key_of


@dataclass(frozen=True, slots=True)
class Tab:
    """One title, and the name it stands for; before it stands the key of the action `key`, an id, if there is one."""

    name: str
    title: str
    key: str = ""


class TabLine(Static):
    """Titles side by side; a click chooses one. With class `-modes` the current one is reversed, else underlined."""

    DEFAULT_CSS = """
    TabLine { height: 1; text-wrap: nowrap; text-overflow: clip; }
    """

    current: reactive[str] = reactive("")
    marked: reactive[frozenset[str]] = reactive(frozenset[str]())
    """The names of the tabs with a dot beside the title."""

    @dataclass
    class Chosen(Message):
        """A title was clicked."""

        line: "TabLine"
        name: str

        @property
        def control(self) -> "TabLine":
            """The line, for `@on(…, "#id")`."""
            return self.line

    def __init__(
        self,
        tabs: Sequence[Tab],
        current: str = "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.tabs = tuple(tabs)
        self.set_reactive(TabLine.current, current or self.tabs[0].name)

    def on_mount(self) -> None:
        """Draw the titles."""
        self.watch_current()
        follow_keys(self, self.watch_current)

    def watch_current(self) -> None:
        """Draw the titles anew."""
        modes = self.has_class("-modes")
        here = "b reverse $primary" if modes else "b u $primary"
        there = "$foreground" if modes else "$foreground-muted"
        titles = [Content.styled(self._label(tab), here if tab.name == self.current else there) for tab in self.tabs]
        self.update(Content(self._gap).join(titles))

    def watch_marked(self) -> None:
        """Draw the dots anew."""
        self.watch_current()

    def step(self, by: int) -> None:
        """Make the title `by` places further on current, round the ends."""
        names = [tab.name for tab in self.tabs]
        self.current = names[(names.index(self.current) + by) % len(names)]

    @property
    def _gap(self) -> str:
        return " " if self.has_class("-modes") else "   "

    def _label(self, tab: Tab) -> str:
        title = f"{tab.title} •" if tab.name in self.marked else tab.title
        if tab.key:
            title = f"{key_of(self.app, tab.key)} {title}"
        return f" {title} " if self.has_class("-modes") else title

    def on_click(self, event: Click) -> None:
        """Choose the title under the pointer."""
        at = event.get_content_offset(self)
        left = 0
        for tab in self.tabs:
            width = len(self._label(tab))
            if at is not None and left <= at.x < left + width:
                self.post_message(self.Chosen(self, tab.name))
                return
            left += width + len(self._gap)
