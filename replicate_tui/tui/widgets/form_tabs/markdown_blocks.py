"""Markdown as blocks of plain text with marks on it: nothing in it is run, fetched or drawn by anybody else. Pure.

HTML loses its tags, pictures become their alt text, and only links to http and https addresses are links.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from replicate_tui.core.text import clean
from replicate_tui.tui.widgets.form_tabs.markdown_inline import Block, Inline, Tone

if TYPE_CHECKING:
    from markdown_it.token import Token

MOST_READ = 250_000
"""Characters of a document that are read; markdown may be written so that reading takes ever longer."""

_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class Table:
    """Cells of plain text, the titles first; `links` are those in its cells."""

    rows: tuple[tuple[str, ...], ...]
    indent: str = ""
    links: tuple[int, ...] = ()


@dataclass(slots=True)
class Document:
    """Blocks from top to bottom, and the addresses of the links in them."""

    blocks: list[Block | Table] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


def document(markdown: str) -> Document:
    """Read markdown, of any length and origin."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    reader = _Reader()
    reader.read(parser.parse(_without_comments(markdown[:MOST_READ])))
    found = reader.document
    missing = len(markdown) - MOST_READ
    if missing > 0:
        found.blocks += [Block(), Block(f"… {missing:,} more characters are not shown", tone="muted")]
    return found


class _Reader:
    """Goes through the tokens once, and knows which lists and quotes it is in."""

    def __init__(self) -> None:
        self.document = Document()
        self._before: list[str] = []
        self._bullet = ""
        self._numbers: list[int | None] = []
        self._tone: Tone = "plain"
        self._rows: list[list[str]] | None = None
        self._table_links = 0

    def read(self, tokens: Sequence["Token"]) -> None:
        """Make blocks of all tokens."""
        for token in tokens:
            act = getattr(self, f"_{token.type}", None)
            if act is not None:
                act(token)

    # -- blocks ------

    def _heading_open(self, token: "Token") -> None:
        self._gap()
        self._tone = "heading"

    def _heading_close(self, token: "Token") -> None:
        self._tone = "plain"

    def _paragraph_open(self, token: "Token") -> None:
        if not token.hidden and not self._bullet:
            self._gap()

    def _bullet_list_open(self, token: "Token") -> None:
        if not self._numbers:
            self._gap()
        self._numbers.append(None)

    def _ordered_list_open(self, token: "Token") -> None:
        if not self._numbers:
            self._gap()
        self._numbers.append(int(token.attrGet("start") or 1))

    def _bullet_list_close(self, token: "Token") -> None:
        self._numbers.pop()

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, token: "Token") -> None:
        number = self._numbers[-1]
        self._bullet = "• " if number is None else f"{number}. "
        if number is not None:
            self._numbers[-1] = number + 1
        self._before.append(" " * len(self._bullet))

    def _list_item_close(self, token: "Token") -> None:
        if self._bullet:
            self._add(Block())
        self._before.pop()

    def _blockquote_open(self, token: "Token") -> None:
        self._gap()
        self._before.append("│ ")

    def _blockquote_close(self, token: "Token") -> None:
        self._before.pop()

    def _hr(self, token: "Token") -> None:
        self._gap()
        self._add(Block("────────", tone="muted"))

    def _fence(self, token: "Token") -> None:
        self._gap()
        for line in clean(token.content).rstrip("\n").split("\n"):
            self._add(Block(line, tone="code"), "  ")

    _code_block = _fence

    def _html_block(self, token: "Token") -> None:
        inline = Inline(self.document.links)
        inline.html(token.content)
        blocks = [block for block in inline.blocks() if block.text]
        if blocks:
            self._gap()
            self._add_all(blocks)

    def _inline(self, token: "Token") -> None:
        inline = Inline(self.document.links)
        for child in token.children or ():
            inline.take(child)
        if self._rows is not None:
            self._rows[-1].append(" ".join(block.text for block in inline.blocks()).strip())
        else:
            self._add_all(inline.blocks())

    # -- tables ------

    def _table_open(self, token: "Token") -> None:
        self._gap()
        self._rows = []
        self._table_links = len(self.document.links)

    def _tr_open(self, token: "Token") -> None:
        if self._rows is not None:
            self._rows.append([])

    def _table_close(self, token: "Token") -> None:
        rows = tuple(tuple(row) for row in self._rows or ())
        self._rows = None
        links = tuple(range(self._table_links, len(self.document.links)))
        self.document.blocks.append(Table(rows, self._indent, links))

    # -- adding ------

    @property
    def _indent(self) -> str:
        return "".join(self._before[:_DEEPEST])

    def _gap(self) -> None:
        """A blank line, if something stands above."""
        if self._bullet or not self.document.blocks:
            return
        above = self.document.blocks[-1]
        if isinstance(above, Table) or above.text:
            self.document.blocks.append(Block(first=self._indent.rstrip()))

    def _add_all(self, blocks: Sequence[Block]) -> None:
        for block in blocks:
            self._add(block)

    def _add(self, block: Block, more: str = "") -> None:
        rest = self._indent
        first = rest
        if self._bullet and self._before:
            first = "".join([*self._before[:-1][:_DEEPEST], self._bullet])
        self._bullet = ""
        tone = block.tone if block.tone != "plain" else self._tone
        self.document.blocks.append(Block(block.text, block.marks, first + more, rest + more, tone))


def _without_comments(markdown: str) -> str:
    """`markdown` less its HTML comments; one that never ends is text, for looking for ends takes the parser ages."""
    pieces: list[str] = []
    at = 0
    while (start := markdown.find("<!--", at)) >= 0:
        end = markdown.find("-->", start + 4)
        if end < 0:
            return "".join([*pieces, markdown[at:].replace("<!--", "&lt;!--")])
        pieces.append(markdown[at:start])
        at = end + 3
    return "".join([*pieces, markdown[at:]])
