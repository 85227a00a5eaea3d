"""A JSON value as a tree whose branches are opened and closed; nothing in it is markup."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rich.style import Style
from rich.text import Text
from textual.actions import SkipAction
from textual.message import Message
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from replicate_tui.core.text import ELLIPSIS, one_line, size
from replicate_tui.tui.key_names import key_of

MOST_CHILDREN = 200
"""Members of a list or object that are shown at a time; a line below them brings the next ones."""

LONGEST = 300
"""Characters of a text that are shown."""

SHORT = 60
"""Characters of a text that fits into its line, however narrow the screen is; of a longer one all can be asked for."""

OPENED = 200
"""Lines of a tree that is opened by itself; of a larger one only what comes first is."""

MOST_OPENED = 2_000
"""Lines of a tree of which all is opened at once."""

_URI_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one line stands for: the name or index it has in what is around it, the value, and where it is.

    `more` is the number of members that are left where the line stands for the rest of a list or object, else 0.
    """

    name: str
    value: object
    path: str
    more: int = 0


class ObjectTree(Tree[Leaf]):
    """Shows a value; another look at it keeps what was opened and where the cursor is.

    It has no focus of its own: whoever holds it moves the cursor.
    """

    BINDINGS = []
    can_focus = False

    DEFAULT_CSS = """
    ObjectTree {
        height: 1fr;
        background: transparent;
        padding: 0;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        & > .tree--guides { color: $foreground 30%; }
        & > .tree--cursor { background: $foreground 12%; color: $foreground; text-style: none; }
    }
    """

    @dataclass
    class AllWanted(Message):
        """A person wants to see all of a value, called `title`."""

        title: str
        value: object

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__("", id=id)
        self.show_root = False
        self.guide_depth = 3
        self.auto_expand = False
        self.wanted: re.Pattern[str] | None = None
        self._opened: dict[str, bool] = {}

    def show(self, value: object) -> None:
        """Show a value in place of the one before."""
        cursor = self.cursor_node.data.path if self.cursor_node is not None and self.cursor_node.data else ""
        self.root.remove_children()
        self.root.data = Leaf("", value, "")
        self._fill(self.root, 0)
        self.root.expand()
        self._open_some()
        self._go_to(next((line for line in range(self.last_line + 1) if self._path_at(line) == cursor), 0))

    def find(self, pattern: re.Pattern[str] | None) -> None:
        """Mark what the pattern matches."""
        self.wanted = pattern
        self.root.refresh()
        self._invalidate()
        self.refresh()

    def move(self, lines: int) -> None:
        """Move the cursor by some lines."""
        self._go_to(self.cursor_line + lines)

    def toggle(self) -> None:
        """Open or close what has the cursor, show the rest of a list, or ask for all of a long text."""
        node = self.cursor_node
        if node is None or node.data is None:
            raise SkipAction
        leaf = node.data
        if leaf.more:
            self._show_more(node)
        elif node.allow_expand:
            self._opened[leaf.path] = not node.is_expanded
            self._set(node, not node.is_expanded)
        elif isinstance(leaf.value, str) and len(leaf.value) > SHORT and not _embedded(leaf.value):
            self.post_message(self.AllWanted(leaf.path or leaf.name, leaf.value))

    def fold_all(self, folded: bool) -> None:
        """Close everything, or open everything, so far as it is no endless tree."""
        ahead = list(self.root.children)
        lines = len(ahead)
        while ahead and (folded or lines < MOST_OPENED):
            node = ahead.pop(0)
            if node.allow_expand and node.data is not None:
                self._opened[node.data.path] = not folded
                self._set(node, not folded)
            lines += len(node.children)
            ahead += node.children
        self._go_to(0)

    def on_tree_node_selected(self, event: Tree.NodeSelected[Leaf]) -> None:
        """A click does what the key does."""
        event.stop()
        self.toggle()

    def render_label(self, node: TreeNode[Leaf], base_style: Style, style: Style) -> Text:
        """One line: the name, and the value or how much there is of it."""
        leaf = node.data
        if leaf is None:
            return Text()
        beside = "  " if node.parent is self.root else ""
        if leaf.more:
            return Text(f"{beside}{ELLIPSIS} {leaf.more:,} more", style + Style(dim=True))
        sign = ("▾ " if node.is_expanded else "▸ ") if node.allow_expand else beside
        name = f"{leaf.name}: " if leaf.name else ""
        value = Text(
            _told(leaf.value, key_of(self.app, "output.fold")), Style(dim=True) if node.allow_expand else Style.null()
        )
        label = Text.assemble(sign, (name, "bold"), value, style=style, no_wrap=True)
        if self.wanted is not None:
            label.highlight_regex(self.wanted, "bold underline")
        return label

    def _go_to(self, line: int) -> None:
        self.cursor_line = min(max(line, 0), max(self.last_line, 0))
        self.scroll_to_line(self.cursor_line, animate=False)

    def _path_at(self, line: int) -> str:
        node = self.get_node_at_line(line)
        return node.data.path if node is not None and node.data is not None else ""

    def _set(self, node: TreeNode[Leaf], opened: bool) -> None:
        if opened and not node.children:
            self._fill(node, 0)
        if opened:
            node.expand()
        else:
            node.collapse()

    def _fill(self, node: TreeNode[Leaf], start: int) -> None:
        """Add the members of a list or object from `start` on, as many as are shown at a time."""
        leaf = node.data
        if leaf is None:
            return
        for name, value, path in islice(_members(leaf), start, start + MOST_CHILDREN):
            node.add("", Leaf(name, value, path), allow_expand=isinstance(value, dict | list) and bool(value))
        left = _count(leaf.value) - start - MOST_CHILDREN
        if left > 0:
            node.add_leaf("", Leaf("", None, leaf.path, left))

    def _show_more(self, node: TreeNode[Leaf]) -> None:
        around = node.parent
        if around is not None:
            start = len(around.children) - 1
            node.remove()
            self._fill(around, start)

    def _open_some(self) -> None:
        """Open what was open before, and of the rest so much as there are lines for."""
        lines = len(self.root.children)
        ahead = list(self.root.children)
        while ahead:
            node = ahead.pop(0)
            if node.data is None or not node.allow_expand:
                continue
            few = lines + _count(node.data.value) <= OPENED
            if self._opened.get(node.data.path, few):
                self._set(node, True)
                lines += len(node.children)
                ahead += node.children


def _members(leaf: Leaf) -> Iterator[tuple[str, object, str]]:
    if isinstance(leaf.value, dict):
        for key, value in leaf.value.items():
            yield one_line(str(key)), value, f"{leaf.path}.{key}"
    elif isinstance(leaf.value, list):
        for number, value in enumerate(leaf.value):
            yield str(number), value, f"{leaf.path}[{number}]"
    else:
        yield "", leaf.value, "value"


def _count(value: object) -> int:
    return len(value) if isinstance(value, dict | list) else 1


def _told(value: Any, key: str) -> str:
    match value:
        case dict():
            return f"{{{len(value):,}}}" if value else "{}"
        case list():
            return f"[{len(value):,}]" if value else "[]"
        case str() if _embedded(value):
            return f"{one_line(value[:_URI_SHOWN])}{ELLIPSIS} {size(len(value))}"
        case str() if len(value) > SHORT:
            return f"({len(value):,} characters, {key} all) {one_line(value[:LONGEST])}"
        case str():
            return one_line(value)
    return json.dumps(value)


def _embedded(text: str) -> bool:
    return text[:5].lower() == "data:" and len(text) > _URI_SHOWN
