"""One paragraph of markdown as plain text with marks on it. Pure."""

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from replicate_tui.core.text import clean, one_line

if TYPE_CHECKING:
    from markdown_it.token import Token

Tone = Literal["plain", "heading", "strong", "emphasis", "struck", "code", "link", "picture", "muted"]

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


def address(url: object) -> str:
    """An address that may be opened, or "": a web page, without anything that hides in it."""
    found = str(url or "").strip()
    try:
        parts = urlsplit(found)
    except ValueError:
        return ""
    harmless = parts.scheme in ("http", "https") and parts.netloc and one_line(found) == found and " " not in found
    return found if harmless else ""


class Inline:
    """The text of one paragraph, growing, and what is marked in it; addresses of its links go to `links`."""

    def __init__(self, links: list[str]) -> None:
        self._links = links
        self._parts: list[str] = []
        self._length = 0
        self._marks: list[Mark] = []
        self._open: list[tuple[str, int]] = []
        self._link: tuple[int, str] | None = None

    def take(self, token: "Token") -> None:
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


def _flat(text: str) -> str:
    """`text` cleaned and without line ends; blanks at its ends matter, for words stand on both sides."""
    return re.sub(r"\s+", " ", clean(text))
