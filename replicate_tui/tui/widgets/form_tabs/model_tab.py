"""What is told of a model: what it is for, facts, links, and its picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from replicate_tui.core import text
from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.models.model_page import Link, ModelPage
from replicate_tui.tui.widgets.fact_lines import MUTED, Fact, fact_lines
from replicate_tui.tui.widgets.form_tabs.form_tab import FormTab
from replicate_tui.tui.widgets.picture import Picture
from replicate_tui.tui.widgets.resource_table import ResourceTable

HIGH = 22
"""Lines from which the picture stands below the words; in fewer it stands beside them."""
LEAST_BESIDE = 64
"""Cells that words and a picture beside them need."""
LONGEST_DESCRIPTION = 4000

_LINKS: tuple[Column[Link], ...] = (
    Column("name", "", 8, lambda link: Cell(link.name, "muted")),
    Column("url", "", 20, lambda link: Cell(text.one_line(link.url)), grow=True),
)


class ModelTab(FormTab):
    """The page of a model. Links are told by `LinkOpened` only; the picture is drawn from a file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "open_link", "open link", id="model_page.open", tooltip="Open the chosen link in the browser"),
        Binding("shift+down", "scroll_words(1)", "scroll", show=False, id="model_page.down", tooltip="One line on"),
        Binding("shift+up", "scroll_words(-1)", "scroll", show=False, id="model_page.up", tooltip="One line back"),
    ]

    DEFAULT_CSS = """
    ModelTab {
        & > .model-tab--words { height: auto; }
        & > .model-tab--words > VerticalScroll { height: auto; max-height: 24; scrollbar-size-vertical: 1; }
        & ResourceTable { height: 1; margin: 1 0; }
        & > Picture { height: 1fr; max-height: 20; display: none; }
        &.-pictured > Picture { display: block; }
        &.-beside {
            layout: horizontal;
            & > .model-tab--words { width: 1fr; height: 1fr; }
            & > .model-tab--words > VerticalScroll { height: auto; max-height: 1fr; }
            & > Picture { width: 2fr; max-width: 40; margin: 0 0 0 2; }
        }
        &.-beside.-pictured > .model-tab--words { width: 3fr; }
    }
    """

    @dataclass
    class LinkOpened(Message):
        """A person wants to see the page at `url`, an http or https address."""

        tab: "ModelTab"
        url: str

        @property
        def control(self) -> "ModelTab":
            """The tab, for `@on(…, "#id")`."""
            return self.tab

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._page: ModelPage | None = None
        self._file: Path | None = None
        self._note = ""
        self._words = Static(markup=False)
        self._links: ResourceTable[Link] = ResourceTable(_LINKS, show_header=False)
        self._picture = Picture()

    def compose(self) -> ComposeResult:
        """The words over the links, and the picture."""
        with Vertical(classes="model-tab--words"):
            with VerticalScroll(can_focus=False):
                yield self._words
            yield self._links
        yield self._picture

    @property
    def content(self) -> Widget:
        """The links."""
        return self._links

    @property
    def page(self) -> ModelPage | None:
        """What is told, None while nobody knows; another model's picture goes with it."""
        return self._page

    @page.setter
    def page(self, page: ModelPage | None) -> None:
        if page is None or self._page is None or page.cover != self._page.cover:
            self._file, self._note = None, ""
        self._page = page
        self.data_changed()

    def show_cover(self, path: Path | None, note: str = "") -> None:
        """Show the picture in a file; `note` says why there is none."""
        self._file, self._note = path, note
        self.data_changed()

    def draw(self) -> None:
        """Write the words for the width that there is."""
        page = self._page
        links = {} if page is None else {link.name: link for link in page.links}
        self._links.styles.height = max(len(links), 1)
        self._links.show(list(links), links.get)
        self._picture.path = self._file
        self.set_class(self._file is not None, "-pictured")
        width = self._words.container_size.width - 1
        self._words.update(self._nothing() if page is None else _told(page, self._note, max(width, 1)))

    def _nothing(self) -> Content:
        return Content.styled(self._note or f"asking for the model{text.ELLIPSIS}", MUTED)

    def on_resize(self, event: events.Resize) -> None:
        """Have the picture where there is room, and break the lines for the new width."""
        self.set_class(event.size.height < HIGH and event.size.width >= LEAST_BESIDE, "-beside")
        self.call_after_refresh(self.draw)

    def action_open_link(self) -> None:
        """Tell that the chosen link is to be opened."""
        self._links.action_select()

    def action_scroll_words(self, by: int) -> None:
        """Show more of the words."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    @on(ResourceTable.Selected)
    def _link_selected(self, event: ResourceTable.Selected) -> None:
        event.stop()
        link = next((link for link in self._page.links if link.name == event.key), None) if self._page else None
        if link is not None:
            self.post_message(self.LinkOpened(self, link.url))

    @on(Picture.Failed)
    def _not_a_picture(self, event: Picture.Failed) -> None:
        event.stop()
        if event.path == self._file:
            self.show_cover(None, event.reason)


def _told(page: ModelPage, note: str, width: int) -> Content:
    """The words: the name, what it is for, the facts."""
    description = text.one_line(page.description[:LONGEST_DESCRIPTION])
    facts: Sequence[Fact] = [
        *(Fact(name, value) for name, value in page.facts),
        Fact("cover", note),
    ]
    parts = [
        Content.styled(text.one_line(page.name), "b"),
        Content.styled(description or "Its author does not say what it is for.", "" if description else MUTED),
        Content(""),
        fact_lines(facts, width),
    ]
    return Content("\n").join(parts)
