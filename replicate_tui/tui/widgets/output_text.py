"""The text or object of an output, as it reads best: plain, as markdown, as a tree; or as it was written."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from textual import events, on, work
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget

from replicate_tui.tui.widgets.form_tabs.markdown_rows import Row
from replicate_tui.tui.widgets.form_tabs.readme_tab import ReadmeLines
from replicate_tui.tui.widgets.object_tree import ObjectTree
from replicate_tui.tui.widgets.output_parts import Parts
from replicate_tui.tui.widgets.prose import is_markdown, laid_out
from replicate_tui.tui.widgets.text_lines import TextLines

_KEY = re.compile(r'\s*("(?:[^"\\]|\\.)*":)')


class OutputText(Widget):
    """One of three widgets: which one is decided by what there is, and by `as_written`."""

    DEFAULT_CSS = """
    OutputText {
        layout: vertical;
        height: 1fr;
        & > TextLines, & > ObjectTree { height: 1fr; }
    }
    """

    @dataclass
    class AllWanted(Message):
        """A person wants to see all of a value, called `title`."""

        title: str
        value: object

    def __init__(self) -> None:
        super().__init__()
        self.as_written = False
        self._lines = TextLines(wrap=True)
        self._prose = ReadmeLines()
        self._tree = ObjectTree()
        for widget in (self._lines, self._prose, self._tree):
            widget.can_focus = False
        self._prose.display = self._tree.display = False
        self._parts = Parts()
        self._value: object = None
        self._text = ""
        self._note = ""
        self._empty = ""
        self._follows = False
        self._asked: tuple[str, int] | None = None

    def compose(self) -> ComposeResult:
        """The three; one of them is displayed."""
        yield from (self._lines, self._prose, self._tree)

    @property
    def seen(self) -> TextLines | ObjectTree:
        """The one that is displayed."""
        return next((each for each in (self._tree, self._prose) if each.display), self._lines)

    @property
    def has_tree(self) -> bool:
        """Whether a tree is seen."""
        return bool(self._tree.display)

    @property
    def is_richer(self) -> bool:
        """Whether the text reads otherwise than it was written: as markdown, or as a tree."""
        return self._parts.is_json or self._is_prose

    def show(self, parts: Parts, value: object, text: str, *, note: str, empty: str, follow: bool) -> None:
        """Show a text, which may be the JSON of `value`; `empty` stands where there is none."""
        if not text.startswith(self._text[:200]) or not self._text:
            self._asked = None
            self._put(())
        self._parts, self._value, self._text, self._note = parts, value, text, note
        self._empty, self._follows = empty, follow
        self.draw()

    def draw(self) -> None:
        """Choose the widget that shows it best, and have it show it."""
        rich = not self.as_written and bool(self._text)
        tree = rich and self._parts.is_json and isinstance(self._value, dict | list) and bool(self._value)
        prose = rich and not tree and self._is_prose
        self._tree.display, self._prose.display, self._lines.display = tree, prose, not (tree or prose)
        if tree:
            self._tree.show(self._value)
        elif prose:
            self._lay_out()
        else:
            self._lines.highlight = _KEY if self._parts.is_json else None
            if self._lines.empty_text != self._empty:
                self._lines.empty_text = self._empty
                self._lines.refresh()
            self._lines.set_text(self._text, note=self._note, follow=self._follows)

    @property
    def _is_prose(self) -> bool:
        """Whether the model wrote it in markdown; why a run failed is no prose."""
        return not self._parts.is_json and self._text == self._parts.text and is_markdown(self._text)

    def find(self, pattern: re.Pattern[str] | None) -> None:
        """Mark what the pattern matches."""
        self._lines.found = self._prose.found = pattern
        self._tree.find(pattern)

    def move(self, rows: int) -> None:
        """Scroll by some rows; in a tree, move the cursor."""
        seen = self.seen
        if isinstance(seen, ObjectTree):
            seen.move(rows)
        else:
            seen.action_by(rows, 0)

    def page(self, pages: int) -> None:
        """Scroll by some pages."""
        self.move(pages * max(self.seen.size.height - 1, 1))

    def go_to_end(self, end: bool) -> None:
        """Go to the end and follow it, or to the start."""
        seen = self.seen
        if isinstance(seen, ObjectTree):
            seen.move(seen.last_line if end else -seen.last_line)
        elif end:
            seen.action_end()
        else:
            seen.action_start()

    def toggle(self) -> None:
        """Open or close what has the cursor of a tree; where there is none, the key is left to others."""
        if not self._tree.display:
            raise SkipAction
        self._tree.toggle()

    def fold_all(self, folded: bool) -> None:
        """Close or open everything of a tree."""
        if not self._tree.display:
            raise SkipAction
        self._tree.fold_all(folded)

    @on(ObjectTree.AllWanted)
    def _all_wanted(self, event: ObjectTree.AllWanted) -> None:
        event.stop()
        self.post_message(self.AllWanted(event.title, event.value))

    def on_resize(self, event: events.Resize) -> None:
        """Lay the markdown out for the new width."""
        if self._prose.display:
            self._lay_out()

    # -- markdown ------

    def _lay_out(self) -> None:
        width = max(self.size.width - 2, 0)
        if not width or self._asked == (self._text, width):
            return
        self._asked = self._text, width
        if not any(worker.group == "prose" and worker.is_running for worker in self.workers):
            self._read()

    @work(group="prose")
    async def _read(self) -> None:
        """Lay out what there is away from the loop, and again while more comes: no look waits for the one before."""
        done = None
        while self._asked is not None and self._asked != done:
            done = self._asked
            self._put(await asyncio.to_thread(laid_out, *done))

    def _put(self, rows: Sequence[Row]) -> None:
        self._prose.shown = rows
        text = "\n".join(row.before + row.text for row in rows)
        self._prose.set_text(text, note=self._note if rows else "", follow=self._follows)
        self._prose.refresh()
