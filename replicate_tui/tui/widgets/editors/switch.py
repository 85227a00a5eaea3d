"""The editor of a yes or no."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content

from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import UNSET, Field, same
from replicate_tui.core.text import one_line
from replicate_tui.tui.widgets.editors.editor import Editor, muted


class SwitchEditor(Editor, can_focus=True):
    """On, off, and unset where the model has no default."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "turn", "switch", show=False, id="form.toggle", tooltip="Switch on or off"),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._given: object = UNSET

    @property
    def value(self) -> object:
        """True, False, UNSET, or what was set in their place."""
        return self._given

    def set_value(self, value: object) -> None:
        """Show `value`; null is UNSET where the field knows no null."""
        absent = value is None and not self.field.nullable
        self._given = UNSET if absent or same(value, self.field.default) else value
        self.refresh()

    @property
    def _standing(self) -> object:
        """What the run would use."""
        return self.field.default if self._given is UNSET else self._given

    def value_line(self, width: int) -> Content:
        """The switch, and its state in a word."""
        standing = self._standing
        if standing is UNSET:
            look = Content.styled("━━ unset", muted(self))
        elif standing is True:
            look = Content.assemble(("━●", "$text-success"), " on")
        elif standing is False:
            look = Content.assemble(("●━", muted(self)), " off")
        else:
            look = Content(one_line(inputs.show(self.field, standing)))
        return self.bar(look.pad_left(1), width)

    def action_turn(self) -> None:
        """On to off and off to on; without a default, unset comes between off and on."""
        standing = self._standing
        if standing is True:
            self.set_value(False)
        elif standing is False and self.field.default is UNSET:
            self.set_value(UNSET)
        else:
            self.set_value(True)
        self.changed_by_person()

    def on_click(self, event: events.Click) -> None:
        """A click on the bar is a toggle."""
        if event.y == 1:
            event.stop()
            self.action_turn()
