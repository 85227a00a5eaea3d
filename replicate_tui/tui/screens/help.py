"""The keys that work here and now, ours only, with the whole description of the field that has the focus."""

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Any, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from replicate_tui.core.text import cell_width, clean, one_line
from replicate_tui.tui.key_names import BETWEEN, key_of, with_keys
from replicate_tui.tui.widgets.editors import Editor
from replicate_tui.tui.widgets.field_help import OF_A_FIELD
from replicate_tui.tui.widgets.writing import REFUSED, is_refused

KEYS_WIDTH = 20
TOLD_WIDTH = 49
"""Cells of what a key does; what is longer goes on below itself."""
ANYWHERE = (
    "tab and shift+tab go from place to place. "
    "{app.palette.anywhere} lists everything by name, ^q leaves, both anywhere."
)


class HelpScreen(ModalScreen[None]):
    """Shows `content`, until any of the keys that end it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark,q", "dismiss", "back", id="help.back", tooltip="Back"),
        Binding("j", "scroll('down')", "down", id="help.down", tooltip="A line down"),
        Binding("k", "scroll('up')", "up", id="help.up", tooltip="A line up"),
        Binding("g", "scroll('home')", "first line", id="help.first", tooltip="To the first line"),
        Binding("G", "scroll('end')", "last line", id="help.last", tooltip="To the last line"),
    ]

    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        & > VerticalScroll {
            width: 76;
            max-width: 96%;
            height: auto;
            max-height: 92%;
            padding: 0 2;
            border: round $primary;
            border-title-color: $primary;
            background: $surface;
            scrollbar-size-vertical: 1;
        }
        & Static { height: auto; }
    }
    """

    def __init__(self, content: Content) -> None:
        super().__init__()
        self._content = content

    def compose(self) -> ComposeResult:
        """The text, as much as there is room for; it scrolls."""
        with VerticalScroll() as box:
            box.border_title = "Help"
            box.border_subtitle = f"{key_of(self.app, 'help.back')} back"
            yield Static(self._content, markup=False)

    def action_scroll(self, way: Literal["down", "up", "home", "end"]) -> None:
        """Scroll a line, or as far as it goes."""
        box = self.query_one(VerticalScroll)
        {"down": box.scroll_down, "up": box.scroll_up, "home": box.scroll_home, "end": box.scroll_end}[way](
            animate=False
        )


def help_for(screen: Screen[Any]) -> Content:
    """What can be done on `screen` now: the keys of the field with the focus, the footer's, then the others.

    What the screen tells besides comes last, but where it is about the line that is typed on.
    """
    keys: dict[tuple[object, str], list[ActiveBinding]] = {}
    for active in screen.active_bindings.values():
        if active.binding.id and active.enabled:
            keys.setdefault((active.node, active.binding.action), []).append(active)
    lines = [(_rank(bound[0].binding), _line(screen, bound)) for bound in keys.values()]
    sections = [Content("\n").join(line for rank, line in lines if rank == wanted) for wanted in range(3)]
    told = Content("\n").join(_told(screen))
    sections.insert(0 if getattr(screen, "told_first", False) else len(sections), told)
    anywhere = Content.styled(with_keys(screen.app, ANYWHERE), "$foreground-muted")
    return Content("\n\n").join([*_field(screen), *filter(None, sections), anywhere])


def _told(screen: Screen[Any]) -> Iterator[Content]:
    """What a screen tells besides its keys: examples, and what they mean."""
    lines: Iterable[tuple[str, str]] = getattr(screen, "help_lines", tuple)()
    for example, meaning in lines:
        yield Content.assemble((example, "bold $text-accent"), " " * max(2, KEYS_WIDTH - cell_width(example)), meaning)


def _rank(binding: Binding) -> int:
    return 0 if binding.id in OF_A_FIELD else 1 if binding.show else 2


def _line(screen: Screen[Any], bound: list[ActiveBinding]) -> Content:
    first = bound[0].binding
    keys = " ".join(dict.fromkeys(screen.app.get_key_display(active.binding).rstrip(BETWEEN) for active in bound))
    pad = " " * max(1, KEYS_WIDTH - cell_width(keys))
    told = bound[0].tooltip or first.tooltip or first.description
    if is_refused(screen.app, first.id):
        told = f"{told} ({REFUSED})"
    return Content.assemble((keys, "bold $text-accent"), pad, f"\n{' ' * KEYS_WIDTH}".join(wrap(told, TOLD_WIDTH)))


def _field(screen: Screen[Any]) -> Iterator[Content]:
    within = screen.focused.ancestors_with_self if screen.focused is not None else ()
    editor = next((node for node in within if isinstance(node, Editor)), None)
    if editor is not None:
        words = clean(editor.field.description).strip()
        yield Content.assemble((one_line(editor.field.name), "bold"), "  " if words else "", words)
