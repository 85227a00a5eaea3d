"""The line at the bottom: the keys that do something here and now, as many whole ones as there is room for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from replicate_tui.tui.widgets.writing import REFUSED, is_refused

APART = " "
NEEDED = (
    "table.open",
    "hardware.open",
    "models.open_best",
    "form.run",
    "app.help",
    "form.help",
    "models.help",
    "app.quit",
    "pane.models",
    "form.leave",
)
"""The bindings that are told first where not all of them fit; then come the others that can be used, in their order."""


@dataclass(frozen=True, slots=True)
class KeyWord:
    """One word on the line: the keys before it, each with how it is shown, and what they do.

    `name` is the id of the first key's binding. What is `refused` stands in parentheses.
    """

    name: str
    keys: tuple[tuple[str, str], ...]
    word: str
    tooltip: str = ""
    refused: bool = False

    @property
    def shown_keys(self) -> str:
        """The keys as they stand on the line."""
        return "".join(shown for _, shown in self.keys)

    @property
    def shown_word(self) -> str:
        """What they do, as it stands on the line."""
        return f"({self.word})" if self.refused else self.word

    @property
    def text(self) -> str:
        """As it stands on the line."""
        return f"{self.shown_keys} {self.shown_word}"

    def key_at(self, x: int) -> str:
        """The key `x` cells from the beginning of the text; the last one for the word."""
        end = 0
        for key, shown in self.keys:
            end += len(shown)
            if x < end:
                return key
        return self.keys[-1][0]


def fitting(words: Sequence[KeyWord], width: int, later: Collection[str] = ()) -> list[KeyWord]:
    """The words that fit into `width` cells, in their order; what is needed most is there first, what is refused last.

    `later` are the names of those that can wait for all others.
    """

    def rank(place: int) -> tuple[int, bool, bool, int]:
        word = words[place]
        need = NEEDED.index(word.name) if word.name in NEEDED else len(NEEDED)
        return need, word.refused, word.name in later, place

    kept, left = set[int](), width
    for place in sorted(range(len(words)), key=rank):
        cells = len(words[place].text) + (len(APART) if kept else 0)
        if cells <= left:
            kept.add(place)
            left -= cells
    return [words[place] for place in sorted(kept)]


class KeyLine(Widget):
    """The keys of the screen that it is on; a click presses one."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyLine { dock: bottom; height: 1; padding: 0 1; background: $footer-background; }
    """

    def on_mount(self) -> None:
        """Listen to what the keys do."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        if screen.app.app_focus:
            self.refresh()

    def render(self) -> Content:
        """The keys, and in a word what each does."""
        return Content(APART).join(map(self._drawn, self._words()))

    def _drawn(self, word: KeyWord) -> Content:
        if word.refused:
            return Content.styled(word.text, "dim" if self.has_pseudo_class("ansi") else "$foreground-muted")
        return Content.assemble(
            (word.shown_keys, "bold $footer-key-foreground"), (f" {word.word}", "$footer-description-foreground")
        )

    def _words(self) -> list[KeyWord]:
        later: Collection[str] = getattr(self.screen, "keys_later", ())
        return fitting(self._all(), self.content_size.width, later)

    def _all(self) -> list[KeyWord]:
        """One word for each action that does something now, and one for each group of bindings."""
        words: dict[object, KeyWord] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if not binding.show or not active.enabled:
                continue
            found = words.setdefault(binding.group or binding.action, self._word(active))
            if binding.group is not None and found.name != binding.id:
                more = (*found.keys, (binding.key, self.app.get_key_display(binding)))
                words[binding.group] = replace(found, keys=more)
        return list(words.values())

    def _word(self, active: ActiveBinding) -> KeyWord:
        binding = active.binding
        word = binding.group.description.strip() if binding.group is not None else binding.description
        key = binding.key, self.app.get_key_display(binding)
        told, refused = active.tooltip or binding.tooltip, is_refused(self.app, binding.id)
        return KeyWord(binding.id or "", (key,), word, f"{told} ({REFUSED})" if refused else told, refused)

    def _at(self, x: int) -> tuple[KeyWord, int] | None:
        """The word under the cell `x` of the line, and how far into it that is."""
        start = self.gutter.left
        for word in self._words():
            if start <= x < start + len(word.text):
                return word, x - start
            start += len(word.text) + len(APART)
        return None

    def on_click(self, event: events.Click) -> None:
        """Press the key that is clicked."""
        event.stop()
        found = self._at(event.x)
        if found is not None:
            self.app.simulate_key(found[0].key_at(found[1]))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say more of the key below the mouse."""
        found = self._at(event.x)
        self.tooltip = found[0].tooltip or None if found is not None else None
