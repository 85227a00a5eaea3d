"""The editor of a choice: one line that drops a list to pick from by arrows, typing or mouse."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content

from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import UNSET, Field, same
from replicate_tui.core.text import one_line
from replicate_tui.tui.widgets.editors.choice_list import ROWS, ChoiceList, matching
from replicate_tui.tui.widgets.editors.editor import ACCENT, Editor, muted

NOTHING = "unset"


class ChoiceEditor(Editor, can_focus=True):
    """One of the field's members, or unset where the model has no default.

    The list is there only while it is open, and the keyboard stays here: what is typed narrows it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open", "choose", show=False, id="form.choose", tooltip="Open the list of choices"),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._given: object = UNSET
        self._list: ChoiceList | None = None
        self._query = ""
        self._doubt = ""

    @property
    def value(self) -> object:
        """The member as the API takes it, what was set in its place, or UNSET."""
        return self._given

    def set_value(self, value: object) -> None:
        """Show `value`, even if it is no member, which is told; null is UNSET where the field knows no null."""
        absent = value is None and not self.field.nullable
        self._given = UNSET if absent or same(value, self.field.default) else value
        unlisted = self._given is not UNSET and self.field.name in self._judged(self._given)
        self._doubt = "not among the choices: choose another" if unlisted else ""
        self.refresh(layout=True)

    def _judged(self, value: object) -> Mapping[str, str]:
        return inputs.parse([self.field], {self.field.name: value}).errors

    def value_line(self, width: int) -> Content:
        """The chosen member; while the list is open, what was typed to narrow it."""
        standing = self.field.default if self._given is UNSET else self._given
        text, tone = (NOTHING, muted(self)) if standing is UNSET else (self._text_of(standing), "")
        arrow = Content.assemble(" ", ("▾", ACCENT), " ")
        if self._list is None:
            shown = Content.assemble(" ", (text, tone)).truncate(width - 3, ellipsis=True)
            return self.bar(shown + arrow, width)
        prompt = Content.assemble(" ", self._query, ("▏", ACCENT), ("" if self._query else text, muted(self)))
        found = self._found(self._list)
        room = width - found.cell_length
        return self.bar(prompt.truncate(room, ellipsis=True).truncate(room, pad=True) + found, width)

    def doubt(self) -> str:
        """Whether the value is none that the model offers now."""
        return "" if self._error else self._doubt

    def _found(self, choices: ChoiceList) -> Content:
        """How many members the list offers, where that is not to be seen."""
        total = len(self.field.choices)
        has_unset = self._members != self.field.choices and bool(matching([NOTHING], self._query))
        matches = choices.matches - has_unset
        few = matches == total < ROWS
        return Content() if few else Content.styled(f"{matches:,} of {total:,} ", muted(self))

    @property
    def _members(self) -> tuple[object, ...]:
        """What the list offers: unset comes first where there is nothing to fall back on."""
        return self.field.choices if self.field.default is not UNSET else (UNSET, *self.field.choices)

    def _text_of(self, member: object) -> str:
        return NOTHING if member is UNSET else one_line(inputs.show(self.field, member)) or '""'

    def _current(self) -> int | None:
        standing = self.field.default if self._given is UNSET else self._given
        found = (index for index, member in enumerate(self._members) if same(member, standing))
        return next(found, None)

    def action_open(self) -> None:
        """Drop the list."""
        self._open("")

    def _open(self, query: str) -> None:
        texts = [self._text_of(member) for member in self._members]
        self._query = query
        self._list = ChoiceList(texts, self._current(), self.size.width)
        self._list.filter(query)
        self.mount(self._list)
        self.refresh()

    def close(self) -> None:
        """Take the list away; the value stays."""
        if self._list is not None:
            self._list.remove()
            self._list = None
            self.refresh()

    def _pick(self, index: int) -> None:
        self.close()
        before = self._given
        self.set_value(self._members[index])
        if not same(before, self._given):
            self.changed_by_person()

    def on_key(self, event: events.Key) -> None:
        """Open by typing; while open, take the keys that the list needs."""
        if self._list is None:
            if event.is_printable and event.character and not event.character.isspace():
                self._take(event)
                self._open(event.character)
            return
        act = self._keys(self._list).get(event.key)
        if act is not None:
            self._take(event)
            act()
        elif event.is_printable and event.character:
            self._take(event)
            self._narrow(self._query + event.character)

    def _keys(self, choices: ChoiceList) -> dict[str, Callable[[], None]]:
        return {
            "up": lambda: choices.move(-1),
            "down": lambda: choices.move(1),
            "pageup": lambda: choices.move(1 - ROWS),
            "pagedown": lambda: choices.move(ROWS - 1),
            "home": lambda: choices.move(-choices.matches),
            "end": lambda: choices.move(choices.matches),
            "enter": self._pick_cursor,
            "escape": self.close,
            "backspace": lambda: self._narrow(self._query[:-1]),
        }

    def _take(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()

    def _narrow(self, query: str) -> None:
        self._query = query
        if self._list is not None:
            self._list.filter(query)
        self.refresh()

    def _pick_cursor(self) -> None:
        picked = self._list.picked if self._list is not None else None
        if picked is not None:
            self._pick(picked)

    def on_choice_list_picked(self, event: ChoiceList.Picked) -> None:
        """A member was clicked."""
        event.stop()
        self._pick(event.index)

    def on_click(self, event: events.Click) -> None:
        """A click on the bar opens the list, or closes it."""
        if event.y == 1:
            event.stop()
            if self._list is None:
                self.action_open()
            else:
                self.close()

    def on_blur(self) -> None:
        """The list does not outlive the focus."""
        self.close()
