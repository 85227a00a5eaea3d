"""The words on the border of a pane."""

from textual.content import Content
from textual.widget import Widget


def entitle(pane: Widget, title: Content | str) -> None:
    """Put a text over a pane; what stands there already is not drawn again, nor is the pane."""
    wanted = _content(title)
    if pane.border_title is None or pane.border_title != wanted.markup:
        pane.border_title = wanted


def subtitle(pane: Widget, words: Content | str) -> None:
    """As `entitle`, below the pane."""
    wanted = _content(words)
    if pane.border_subtitle is None or pane.border_subtitle != wanted.markup:
        pane.border_subtitle = wanted


def _content(text: Content | str) -> Content:
    """A plain string is never markup."""
    return text if isinstance(text, Content) else Content(text)
