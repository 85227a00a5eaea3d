"""What a model's author says about it."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from replicate_tui.core.text import ELLIPSIS, clean, counted, one_line
from replicate_tui.tui.key_names import key_of
from replicate_tui.tui.widgets.form_tabs import markdown_rows
from replicate_tui.tui.widgets.form_tabs.form_tab import FormTab
from replicate_tui.tui.widgets.form_tabs.markdown_blocks import Document, document
from replicate_tui.tui.widgets.form_tabs.markdown_rows import Row
from replicate_tui.tui.widgets.text_lines import TextLines

_TONES = ("heading", "strong", "emphasis", "struck", "code", "link", "picture", "muted", "chosen")


class ReadmeLines(TextLines):
    """Rows of markdown, and one of its links chosen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"readme-lines--{tone}" for tone in _TONES}

    DEFAULT_CSS = """
    ReadmeLines {
        height: 1fr;
        & > .readme-lines--heading { color: $text-accent; text-style: bold; }
        & > .readme-lines--strong { text-style: bold; }
        & > .readme-lines--emphasis { text-style: italic; }
        & > .readme-lines--struck { text-style: strike; }
        & > .readme-lines--code { color: $text-success; }
        & > .readme-lines--link { color: $text-secondary; text-style: underline; }
        & > .readme-lines--picture { color: $foreground-muted; }
        & > .readme-lines--muted { color: $foreground-muted; }
        & > .readme-lines--chosen { color: $text-secondary; text-style: bold reverse; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.chosen = -1
        self.shown: Sequence[Row] = ()
        self._row_of_link: dict[int, int] = {}

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows."""
        self.shown = rows
        self._row_of_link = {}
        for number, row in enumerate(rows):
            for mark in row.marks:
                if mark.link >= 0:
                    self._row_of_link.setdefault(mark.link, number)
        self.set_text("\n".join(row.before + row.text for row in rows))
        self.refresh()

    def choose(self, by: int) -> None:
        """Choose a link before or after the chosen one; if that is out of sight, the next one in sight."""
        links = sorted(self._row_of_link, key=lambda link: (self._row_of_link[link], link))
        if not links:
            return
        if self.chosen in self._row_of_link and self._in_sight(self._row_of_link[self.chosen]):
            at = min(max(links.index(self.chosen) + by, 0), len(links) - 1)
        else:
            top = self.scroll_offset.y
            at = next((at for at, link in enumerate(links) if self._row_of_link[link] >= top), len(links) - 1)
        self.chosen = links[at]
        row = self._row_of_link[self.chosen]
        if not self._in_sight(row):
            self.scroll_to(y=max(row - self.size.height // 3, 0), animate=False, force=True)
        self.refresh()

    def link_at(self, x: int, y: int) -> int:
        """The link at a cell of what is seen, or -1."""
        row = y + self.scroll_offset.y
        if row >= len(self.shown):
            return -1
        shown = self.shown[row]
        for mark in shown.marks:
            left = cell_len(shown.before) + cell_len(shown.text[: mark.start])
            if mark.link >= 0 and left <= x < left + cell_len(shown.text[mark.start : mark.end]):
                return mark.link
        return -1

    def _in_sight(self, row: int) -> bool:
        return 0 <= row - self.scroll_offset.y < self.size.height

    def _segments(self, text: str, row: int) -> list[Segment]:
        if row >= len(self.shown):
            return super()._segments(text, row)
        shown = self.shown[row]
        cuts = sorted({0, len(shown.text), *(mark.start for mark in shown.marks), *(mark.end for mark in shown.marks)})
        found = [Segment(shown.before, self._tone("muted"))]
        base = self._tone(shown.tone)
        for start, end in itertools.pairwise(cuts):
            style = base
            for mark in shown.marks:
                if mark.start <= start and end <= mark.end:
                    style += self._tone("chosen" if 0 <= mark.link == self.chosen else mark.tone)
            found.append(Segment(shown.text[start:end], style))
        return found

    def _tone(self, tone: str) -> Style:
        return self.rich_style if tone == "plain" else self.get_component_rich_style(f"readme-lines--{tone}")


class ReadmeTab(FormTab):
    """A readme, read as text: nothing in it is fetched, and its links are opened by `LinkOpened` only.

    `readme` is markdown, or None while it is not known yet; "" says that there is none.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "link(1)", "next link", id="readme.next_link", tooltip="Choose the next link"),
        Binding(
            "p", "link(-1)", "link before", show=False, id="readme.previous_link", tooltip="Choose the link before"
        ),
        Binding("enter,o", "open_link", "open link", key_display="⏎", id="readme.open_link", tooltip="Open the link"),
    ]

    DEFAULT_CSS = """
    ReadmeTab {
        & > .readme-tab--link { height: 1; color: $foreground-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """

    @dataclass
    class LinkOpened(Message):
        """A person wants to see the page at `url`, an http or https address."""

        tab: "ReadmeTab"
        url: str

        @property
        def control(self) -> "ReadmeTab":
            """The tab, for `@on(…, "#id")`."""
            return self.tab

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._readme: str | None = None
        self._document = Document()
        self._read: str | None = None
        self._lines = ReadmeLines()
        self._link_line = Static(markup=False, classes="readme-tab--link")

    def compose(self) -> ComposeResult:
        """The text, and the address of the chosen link."""
        yield from (self._lines, self._link_line)

    @property
    def content(self) -> Widget:
        """The text."""
        return self._lines

    @property
    def readme(self) -> str | None:
        """The markdown."""
        return self._readme

    @readme.setter
    def readme(self, readme: str | None) -> None:
        if readme != self._readme:
            self._readme = readme
            self.data_changed()

    def draw(self) -> None:
        """Read the markdown, away from the loop; until then say that it comes."""
        if self._read != self._readme or not self._readme:
            self._lines.chosen = -1
            self._lines.empty_text = f"reading{ELLIPSIS}" if self._readme else self._nothing()
            self._document = Document()
            self._lines.show(())
            self._lines.action_start()
        self._tell_link()
        if self._readme and self._width:
            self._lay_out(self._readme, self._width)

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines for the new width."""
        if self._readme and self._width:
            self._lay_out(self._readme, self._width)

    @property
    def _width(self) -> int:
        return max(self._lines.size.width - 2, 0)

    @work(group="readme", exclusive=True, description="lay out")
    async def _lay_out(self, readme: str, width: int) -> None:
        if self._read != readme:
            self._document = await asyncio.to_thread(document, readme)
            self._read = readme
        rows = await asyncio.to_thread(markdown_rows.rows, self._document, width)
        self._lines.empty_text = self._nothing()
        self._lines.show(rows)
        self._tell_link()

    def _nothing(self) -> str:
        return f"asking for the readme{ELLIPSIS}" if self._readme is None else "This model has no readme."

    def _tell_link(self) -> None:
        links = self._document.links
        chosen = self._lines.chosen
        self._link_line.display = bool(links)
        if 0 <= chosen < len(links):
            url = one_line(clean(links[chosen]))
            told = Content.assemble((key_of(self.app, "readme.open_link"), "b $primary"), f" {url}")
        else:
            told = Content.assemble(
                f"{counted(len(links), 'link')}   ", (key_of(self.app, "readme.next_link"), "b $primary"), " next link"
            )
        self._link_line.update(told)

    def action_link(self, by: int) -> None:
        """Choose another link."""
        self._lines.choose(by)
        self._tell_link()

    def action_open_link(self) -> None:
        """Tell that the chosen link is to be opened."""
        if not 0 <= self._lines.chosen < len(self._document.links):
            raise SkipAction
        self.post_message(self.LinkOpened(self, self._document.links[self._lines.chosen]))

    def on_click(self, event: events.Click) -> None:
        """Choose the link under the pointer; open the chosen one."""
        offset = event.get_content_offset(self._lines)
        link = -1 if offset is None else self._lines.link_at(offset.x, offset.y)
        if link < 0:
            return
        event.stop()
        if link == self._lines.chosen:
            self.action_open_link()
        self._lines.chosen = link
        self._lines.refresh()
        self._tell_link()
