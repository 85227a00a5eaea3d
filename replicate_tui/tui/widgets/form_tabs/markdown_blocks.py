"""Markdown as blocks of plain text with marks on it: nothing in it is run, fetched or drawn by anybody else. Pure.

HTML loses its tags, pictures become their alt text, and only links to http and https addresses are links.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from replicate_tui.core.text import clean, one_line

MOST_READ = 250_000
"""Characters of a document that are read; markdown may be written so that reading takes ever longer."""

Tone = Literal["plain", "heading", "strong", "emphasis", "struck", "code", "link", "picture", "muted"]

_DEEPEST = 16
_TAG = re.compile(r"<[^<>]*>")
_ATTRIBUTE = re.compile(r"""\b(alt|href)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_TONES: dict[str, Tone] = {"strong": "strong", "em": "emphasis", "s": "struck"}


@dataclass(frozen=True, slots=True)
class Mark:
    """The characters from `start` to before `end` of a block mean something; `link` is an index of links, or -1."""

    start: int
    end: int
    tone: Tone
    link: int = -1


@dataclass(frozen=True, slots=True)
class Block:
    """One line of text, of any length: `first` stands before it, `rest` before what it goes on with when broken."""

    text: str = ""
    marks: tuple[Mark, ...] = ()
    first: str = ""
    rest: str = ""
    tone: Tone = "plain"


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
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    reader = _Reader()
    reader.read(parser.parse(_without_comments(markdown[:MOST_READ])))
    found = reader.document
    missing = len(markdown) - MOST_READ
    if missing > 0:
        found.blocks += [Block(), Block(f"… {missing:,} more characters are not shown", tone="muted")]
    return found


def address(url: object) -> str:
    """An address that may be opened, or "": a web page, without anything that hides in it."""
    found = str(url or "").strip()
    try:
        parts = urlsplit(found)
    except ValueError:
        return ""
    harmless = parts.scheme in ("http", "https") and parts.netloc and one_line(found) == found and " " not in found
    return found if harmless else ""


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

    def read(self, tokens: Sequence[Token]) -> None:
        """Make blocks of all tokens."""
        for token in tokens:
            act = getattr(self, f"_{token.type}", None)
            if act is not None:
                act(token)

    # -- blocks ------

    def _heading_open(self, token: Token) -> None:
        self._gap()
        self._tone = "heading"

    def _heading_close(self, token: Token) -> None:
        self._tone = "plain"

    def _paragraph_open(self, token: Token) -> None:
        if not token.hidden and not self._bullet:
            self._gap()

    def _bullet_list_open(self, token: Token) -> None:
        if not self._numbers:
            self._gap()
        self._numbers.append(None)

    def _ordered_list_open(self, token: Token) -> None:
        if not self._numbers:
            self._gap()
        self._numbers.append(int(token.attrGet("start") or 1))

    def _bullet_list_close(self, token: Token) -> None:
        self._numbers.pop()

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, token: Token) -> None:
        number = self._numbers[-1]
        self._bullet = "• " if number is None else f"{number}. "
        if number is not None:
            self._numbers[-1] = number + 1
        self._before.append(" " * len(self._bullet))

    def _list_item_close(self, token: Token) -> None:
        if self._bullet:
            self._add(Block())
        self._before.pop()

    def _blockquote_open(self, token: Token) -> None:
        self._gap()
        self._before.append("│ ")

    def _blockquote_close(self, token: Token) -> None:
        self._before.pop()

    def _hr(self, token: Token) -> None:
        self._gap()
        self._add(Block("────────", tone="muted"))

    def _fence(self, token: Token) -> None:
        self._gap()
        for line in clean(token.content).rstrip("\n").split("\n"):
            self._add(Block(line, tone="code"), "  ")

    _code_block = _fence

    def _html_block(self, token: Token) -> None:
        inline = _Inline(self.document)
        inline.html(token.content)
        blocks = [block for block in inline.blocks() if block.text]
        if blocks:
            self._gap()
            self._add_all(blocks)

    def _inline(self, token: Token) -> None:
        inline = _Inline(self.document)
        for child in token.children or ():
            inline.take(child)
        if self._rows is not None:
            self._rows[-1].append(" ".join(block.text for block in inline.blocks()).strip())
        else:
            self._add_all(inline.blocks())

    # -- tables ------

    def _table_open(self, token: Token) -> None:
        self._gap()
        self._rows = []
        self._table_links = len(self.document.links)

    def _tr_open(self, token: Token) -> None:
        if self._rows is not None:
            self._rows.append([])

    def _table_close(self, token: Token) -> None:
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


class _Inline:
    """The text of one paragraph, growing, and what is marked in it."""

    def __init__(self, into: Document) -> None:
        self._links = into.links
        self._parts: list[str] = []
        self._length = 0
        self._marks: list[Mark] = []
        self._open: list[tuple[str, int]] = []
        self._link: tuple[int, str] | None = None

    def take(self, token: Token) -> None:
        """Add what a token says."""
        kind = token.type
        name = kind.rpartition("_")[0]
        if kind == "softbreak":
            self._write(" ")
        elif kind == "hardbreak":
            self._break()
        elif kind == "code_inline":
            self._write(one_line(token.content), "code")
        elif kind == "image":
            self._picture(token.content)
        elif kind == "html_inline":
            self.html(token.content)
        elif kind == "link_open":
            self._open_link(token.attrGet("href"))
        elif kind == "link_close":
            self._close_link()
        elif name in _TONES and kind.endswith("_open"):
            self._open.append((name, self._length))
        elif name in _TONES and self._open:
            name, start = self._open.pop()
            self._mark(start, _TONES[name])
        elif token.content:
            self._write(_flat(token.content))

    def html(self, source: str) -> None:
        """Add HTML without its tags; pictures, links and line breaks are kept for what they mean."""
        at = 0
        for tag in _TAG.finditer(source):
            self._write(_flat(html.unescape(source[at : tag.start()])))
            self._tag(tag.group())
            at = tag.end()
        self._write(_flat(html.unescape(source[at:])))

    def blocks(self) -> list[Block]:
        """What was added, one block a line."""
        self._close_link()
        found: list[Block] = []
        start = 0
        for line in "".join(self._parts).split("\n"):
            text = line.rstrip()
            end = start + len(text)
            marks = (
                Mark(max(mark.start, start) - start, min(mark.end, end) - start, mark.tone, mark.link)
                for mark in self._marks
                if mark.start < end and mark.end > start
            )
            found.append(Block(text, tuple(marks)))
            start += len(line) + 1
        return found

    def _tag(self, tag: str) -> None:
        attributes = {name.lower(): html.unescape(one or other) for name, one, other in _ATTRIBUTE.findall(tag)}
        name = tag.lower().lstrip("</").rstrip(" />").split(" ", 1)[0]
        if name == "img":
            self._picture(attributes.get("alt", ""))
        elif name == "a" and tag.startswith("</"):
            self._close_link()
        elif name == "a":
            self._open_link(attributes.get("href"))
        elif name in ("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "summary"):
            self._break()

    def _picture(self, alt: str) -> None:
        self._write(f"▣ {one_line(alt) or 'picture'}", "picture")

    def _open_link(self, url: object) -> None:
        self._close_link()
        found = address(url)
        if found:
            self._link = self._length, found

    def _close_link(self) -> None:
        if self._link is None:
            return
        start, url = self._link
        self._link = None
        if self._length > start:
            self._links.append(url)
            self._mark(start, "link", len(self._links) - 1)

    def _write(self, text: str, tone: Tone | None = None) -> None:
        if not self._length or self._parts[-1].endswith(("\n", " ")):
            text = text.lstrip()
        if text:
            self._parts.append(text)
            self._length += len(text)
            if tone is not None:
                self._mark(self._length - len(text), tone)

    def _break(self) -> None:
        if self._length and not self._parts[-1].endswith("\n"):
            self._parts.append("\n")
            self._length += 1

    def _mark(self, start: int, tone: Tone, link: int = -1) -> None:
        if start < self._length:
            self._marks.append(Mark(start, self._length, tone, link))


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


def _flat(text: str) -> str:
    """`text` cleaned and without line ends; blanks at its ends matter, for words stand on both sides."""
    return re.sub(r"\s+", " ", clean(text))
