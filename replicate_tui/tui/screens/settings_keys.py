"""The keys of every action, and the choice of another one by pressing it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Final

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.setting_list import DEFAULT, IN_FILE, Line
from replicate_tui.core.text import one_line
from replicate_tui.tui.key_names import hints, with_keys
from replicate_tui.tui.keymap import clashes
from replicate_tui.tui.screens.dialog import Dialog

OWN: Final = "•"
"""Stands before the keys that a person chose."""
KEY_LINES: Final[tuple[Column[Line], ...]] = (
    Column("own", "", 1, lambda line: Cell(OWN if line.origin != DEFAULT else "", "accent")),
    Column("value", "", 12, lambda line: Cell(one_line(line.value), line.tone)),
    Column("does", "", 38, lambda line: Cell(one_line(dict(line.facts)[""])), grow=True),
    Column("name", "", 22, lambda line: Cell(one_line(line.name), "muted")),
)
"""How actions are listed: what they do needs the room more than what they are called."""


def key_lines(app: App[Any], found: Iterable[Binding], keys: Mapping[str, str]) -> Iterator[Line]:
    """Every action with its keys; `keys` are those that the person chose, some of them perhaps for no action at all."""
    known = {binding.id or "": binding for binding in found}
    for name in sorted(keys.keys() - known.keys()):
        facts = [
            ("", with_keys(app, "There is no such action; {settings.reset} takes the line out.")),
            (f"in {IN_FILE}", f'keys."{name}"'),
        ]
        yield Line(name, name, keys[name], IN_FILE, "warn", facts)
    for binding in sorted(known.values(), key=lambda each: each.id or ""):
        name = binding.id or ""
        chosen = keys.get(name)
        facts = [
            ("", binding.tooltip),
            ("keys", shown(app, chosen or binding.key)),
            ("default", shown(app, binding.key) if chosen else ""),
            (f"in {IN_FILE}", f'keys."{name}"' + (f' = "{chosen}"' if chosen else "")),
            ("counts", "at once"),
        ]
        yield Line(
            name,
            name,
            shown(app, chosen or binding.key),
            IN_FILE if chosen else DEFAULT,
            "accent" if chosen else "plain",
            tuple(fact for fact in facts if fact[1]),
        )


def shown(app: App[Any], keys: str) -> str:
    """Keys as they are written on the screen."""
    return " ".join(app.get_key_display(Binding(key.strip(), "", "")) for key in keys.split(","))


def new_clashes(keys: Mapping[str, str], name: str, key: str) -> list[str]:
    """The actions that come to share a key with `name` if it is put on `key`."""
    before, after = clashes(keys), clashes({**keys, name: key})
    pairs = [pair for pair in after if name in pair and before.get(pair) != after[pair]]
    return [one if other == name else other for one, other in pairs]


class PressKey(Dialog[str | None]):
    """Waits for a key, tells what else is on it, and gives it once enter agrees; None where it was left.

    Whatever is pressed first is the key, enter too. Escape always leaves.
    """

    BINDINGS: ClassVar[list[BindingType]] = []

    DEFAULT_CSS = """
    PressKey > Vertical { width: 68; }
    """

    def __init__(self, line: Line, keys: Mapping[str, str]) -> None:
        super().__init__()
        self._line = line
        self._keys = keys
        self._chosen = ""
        self._text = Static(markup=False)

    def compose(self) -> ComposeResult:
        """One text, which goes with what is pressed."""
        with Vertical() as box:
            box.border_title = Content(f"Key of {one_line(self._line.name)}")
            yield self._text

    def on_mount(self) -> None:
        """Ask for the key."""
        self._text.update(self._words(()))

    def on_key(self, event: events.Key) -> None:
        """Take the key, the agreement, or the wish to leave."""
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.dismiss(None)
        elif event.key == "enter" and self._chosen:
            self.dismiss(self._chosen)
        else:
            self._chosen = event.key
            self._text.update(self._words(new_clashes(self._keys, self._line.key, event.key)))

    def _words(self, others: Iterable[str]) -> Content:
        does = dict(self._line.facts)[""]
        lines = [Content.styled(one_line(does), "$foreground-muted"), Content("")]
        if not self._chosen:
            return Content("\n").join(
                [
                    *lines,
                    Content.assemble("Press the new key; now it is ", (self._line.value, "bold $primary"), "."),
                    Content(""),
                    hints(self.app, ("esc", "close")),
                ]
            )
        taken = list(others)
        lines.append(
            Content.assemble((shown(self.app, self._chosen), "bold $primary"), f" instead of {self._line.value}")
        )
        if taken:
            words = f"! It is the key of {' and '.join(taken)}, too: where both are possible, only one will work."
            lines.append(Content.styled(words, "$text-warning"))
        agree = "keep it all the same" if taken else "keep it"
        keys = Content.assemble(hints(self.app, ("⏎", agree), ("esc", "close")), "   or another key")
        return Content("\n").join([*lines, Content(""), keys])
