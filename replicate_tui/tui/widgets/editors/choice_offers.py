"""What a line offers on which one of a field's choices is typed."""

from collections.abc import Sequence

from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import Field
from replicate_tui.core.text import one_line
from replicate_tui.tui.widgets.editors.choice_list import matching
from replicate_tui.tui.widgets.editors.suggest import Manner, Suggestion


class ChoiceOffers:
    """Suggestions of a field's choices."""

    def __init__(self, field: Field) -> None:
        self._field = field

    async def __call__(self, text: str, manner: Manner = "follow") -> Sequence[Suggestion]:
        """The choices that the text may mean; all of them where the list is opened."""
        choices = self._field.choices
        texts = [one_line(inputs.show(self._field, choice)) for choice in choices]
        if text in texts and manner == "follow":
            return ()
        fitting = matching(texts, "" if manner == "open" else text)
        return [Suggestion(inputs.show(self._field, choices[index]), texts[index]) for index in fitting]
