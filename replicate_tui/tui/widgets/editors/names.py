"""The editor of a name: those known names that hold what is typed are offered below the line."""

from collections.abc import Callable, Sequence

from replicate_tui.core.forms.inputs import Field
from replicate_tui.core.text import one_line
from replicate_tui.tui.widgets.editors.suggest import Manner, Suggestion, SuggestLine
from replicate_tui.tui.widgets.editors.text import Line
from replicate_tui.tui.widgets.editors.words import WordsEditor

MOST_OFFERED = 200
"""How many names are offered; typing narrows them."""


class NameEditor(WordsEditor):
    """A name on one line; `find` gives the known names that words may mean, the likeliest first.

    Any other name may be typed, too.
    """

    def __init__(self, field: Field, find: Callable[[str], Sequence[str]]) -> None:
        self._find = find
        super().__init__(field)

    def make_line(self, text: str) -> Line:
        """A line that offers names."""
        self._names = SuggestLine(text, self._offer, offers_on_enter=True)
        return self._names

    async def _offer(self, text: str, manner: Manner) -> Sequence[Suggestion]:
        words = text.casefold().split()
        found = [name for name in self._find(text.strip()) if all(word in name.casefold() for word in words)]
        if manner == "open" and not found:
            found = [*self._find("")]
        return [Suggestion(name, one_line(name)) for name in found[:MOST_OFFERED]]

    def on_input_changed(self, event: Line.Changed) -> None:
        """A person typed: offer what it may be."""
        self._names.follow()

    def place_error(self) -> None:
        """The error is another one: what is offered would hide it."""
        if self.error:
            self._names.close()

    def on_suggest_line_taken(self, event: SuggestLine.Taken) -> None:
        """A person took what was offered."""
        event.stop()
        self._person_typed()
