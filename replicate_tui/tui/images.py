"""How pictures are drawn in this terminal: half blocks everywhere, graphics where the terminal has them.

The library that draws graphics asks the terminal when it is imported, waits for the answer, and loses a key that is
pressed meanwhile. So it is imported before the screen starts, and only in terminals that are known to answer: not in
tmux and screen, which answer for themselves and pass graphics on damaged or not at all, and not over SSH, where an
answer may come so late that it is taken for keys.
"""

import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from replicate_tui.core.image_settings import Images

if TYPE_CHECKING:
    from PIL.Image import Image
    from textual.widget import Widget

How = Literal["kitty", "sixel", "blocks", "none"]

_TERMS = ("xterm-kitty", "xterm-ghostty", "foot", "contour", "mlterm", "wezterm")
_PROGRAMS = frozenset({"ghostty", "WezTerm", "iTerm.app", "mintty", "contour"})
_MARKS = ("KITTY_WINDOW_ID", "KONSOLE_VERSION", "GHOSTTY_RESOURCES_DIR", "WEZTERM_PANE")
_MULTIPLEXED = ("TMUX", "STY", "ZELLIJ")
_REMOTE = ("SSH_CONNECTION", "SSH_TTY", "MOSH_CONNECTION")

_LIBRARY = "textual_image.widget"


@dataclass(frozen=True, slots=True)
class Drawing:
    """How pictures are drawn. `cell` is a cell's width and height in pixels; `trouble` says why it is not as wished."""

    how: How = "blocks"
    cell: tuple[int, int] = (1, 2)
    trouble: str = ""

    @property
    def graphic(self) -> bool:
        """Whether the terminal draws the pixels itself."""
        return self.how in ("kitty", "sixel")

    def widget(self, image: "Image") -> "Widget":
        """A widget with this picture in it. Only where it is `graphic`."""
        from textual_image.widget import SixelImage, TGPImage

        return TGPImage(image) if self.how == "kitty" else SixelImage(image)

    def cells(self, size: tuple[int, int], width: int, height: int) -> tuple[int, int]:
        """The cells, across and down, of a picture of this size in pixels where there are `width` × `height`."""
        across, down = size[0] / self.cell[0], size[1] / self.cell[1]
        scale = min(width / across, height / down)
        return max(1, min(width, round(across * scale))), max(1, min(height, round(down * scale)))


@runtime_checkable
class Draws(Protocol):
    """An app that knows how pictures are drawn."""

    @property
    def drawing(self) -> Drawing:
        """How pictures are drawn."""
        ...


def drawing_of(app: object) -> Drawing:
    """How pictures are drawn in this app: in half blocks where it does not say."""
    return app.drawing if isinstance(app, Draws) else Drawing()


def found(wanted: Images, environ: Mapping[str, str] = os.environ) -> Drawing:
    """How to draw pictures, as wished and as far as the terminal can. Ask before the screen starts."""
    match wanted:
        case "blocks" | "none":
            return Drawing(wanted)
        case "auto" if environ.get("NO_COLOR"):
            return Drawing("none")
        case "auto":
            return _asked(None) if may_answer(environ) else Drawing()
    return _asked(wanted)


def may_answer(environ: Mapping[str, str]) -> bool:
    """Whether the terminal may be asked what it can draw: it is known to have graphics, and nothing stands between."""
    if os.name == "nt" or any(environ.get(name) for name in (*_MULTIPLEXED, *_REMOTE)):
        return False
    term = environ.get("TERM", "")
    known = term.startswith(_TERMS) or environ.get("TERM_PROGRAM") in _PROGRAMS
    return not term.startswith(("screen", "tmux")) and (known or any(environ.get(name) for name in _MARKS))


def _asked(wanted: Literal["kitty", "sixel"] | None) -> Drawing:
    """Import the library, which asks the terminal; half blocks where it cannot be imported or finds nothing.

    What terminals answer is anything: the library's reading of it fails in as many ways.
    """
    try:
        widgets = importlib.import_module(_LIBRARY)
        from textual_image._terminal import TerminalError, get_cell_size
    except _failures() as error:
        trouble = f"Pictures are drawn in half blocks: the terminal's graphics cannot be used ({error})"
        return Drawing(trouble=trouble if wanted else "")
    finally:
        _forget_answers()
    try:
        size = get_cell_size()
    except (TerminalError, OSError, ValueError):
        return Drawing()
    how = wanted or _best(widgets.AutoRenderable)
    return Drawing(how, (max(size.width, 1), max(size.height, 1))) if how != "blocks" else Drawing()


def _forget_answers() -> None:
    """Throw away what came from the terminal and was not read: the rest of an answer would be taken for keys."""
    if os.name != "nt" and sys.__stdin__ is not None and sys.__stdin__.isatty():
        import termios

        termios.tcflush(sys.__stdin__, termios.TCIFLUSH)


def _failures() -> tuple[type[Exception], ...]:
    """What is raised where the library is not there, or a terminal cannot be asked or answers otherwise than others."""
    failures = (ImportError, OSError, ValueError, LookupError, AttributeError, TypeError)
    if os.name == "nt":
        return failures
    import termios

    return (*failures, termios.error)


def _best(renderable: type) -> How:
    from textual_image.renderable import SixelImage, TGPImage

    if issubclass(renderable, TGPImage):
        return "kitty"
    return "sixel" if issubclass(renderable, SixelImage) else "blocks"
