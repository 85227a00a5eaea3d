"""Parts of a drawn line that stand out: laid over what is drawn, cut where letters end and never inside one."""

from collections.abc import Collection

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

Span = tuple[int, int]
"""From where to before where something stands in a text, in characters."""


def laid_over(strip: Strip, text: str, spans: Collection[Span], style: Style) -> Strip:
    """The line that shows `text` with a style laid over these spans of it, none of which overlap."""
    if not spans:
        return strip
    cuts = sorted({cell_len(text[:at]) for span in spans for at in span} | {cell_len(text)})
    starts = {cell_len(text[:start]) for start, end in spans if end > start}
    pieces = zip([0, *cuts], strip.divide(cuts), strict=False)
    return Strip.join(
        [Strip(Segment.apply_style(piece, post_style=style)) if begin in starts else piece for begin, piece in pieces]
    )
