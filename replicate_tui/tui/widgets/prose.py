"""Text that a model wrote in markdown, laid out as it comes; and which text that is."""

import re

from replicate_tui.tui.widgets.form_tabs import markdown_rows
from replicate_tui.tui.widgets.form_tabs.markdown_blocks import Document, document
from replicate_tui.tui.widgets.form_tabs.markdown_rows import Row

_JUDGED = 20_000
"""Characters by which a text is judged."""

_SIGNS = re.compile(
    r"^ {0,3}(?:```|~~~)|^#{1,6} \S|\*\*[^\s*][^*\n]*\*\*|^\|.*\|[ ]*\n\|[ :|-]+\|[ ]*$"
    r"|^ {0,3}(?:[-*+]|\d{1,3}[.)]) +\S.*\n\n? {0,3}(?:[-*+]|\d{1,3}[.)]) +\S|\[[^\]\n]+\]\(https?://",
    re.MULTILINE,
)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def is_markdown(text: str) -> bool:
    """Whether a text is written in markdown, as its signs tell: fences, headings, lists, tables, strong words."""
    return _SIGNS.search(text[:_JUDGED]) is not None


def laid_out(text: str, width: int) -> list[Row]:
    """The rows of a text at this width; each of its lines stays a line. Code goes on until its fence ends."""
    return markdown_rows.rows(read(text), width)


def read(text: str) -> Document:
    """Read markdown whose lines mean lines, as people see it in a conversation."""
    return document("\n".join(_with_breaks(text)))


def _with_breaks(text: str) -> list[str]:
    """The lines, each outside of code with the blanks that keep it a line of its own."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence:
            lines.append(line)
            if found and found[1].startswith(fence) and not line[found.end() :].strip():
                fence = ""
        else:
            fence = found[1] if found else ""
            lines.append(line if found or not line.strip() else line + "  ")
    return lines
