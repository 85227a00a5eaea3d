"""What the palette offers: every key's action that works here now, by its name."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.app import SystemCommand
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

from replicate_tui.tui.widgets.field_help import OF_A_FIELD
from replicate_tui.tui.widgets.input_form import InputForm


def commands(screen: Screen[Any]) -> Iterator[SystemCommand]:
    """The commands for `screen`, those of the field with the focus included."""
    seen = set[str]()
    for active in screen.active_bindings.values():
        binding = active.binding
        title = _title(binding)
        if active.enabled and title not in seen and _has_a_name(binding, active.node, screen):
            seen.add(title)
            run = partial(screen.app.run_action, binding.action, active.node)
            yield SystemCommand(title, screen.app.get_key_display(binding), run)
    for form in screen.query(InputForm):
        yield SystemCommand("Reset all inputs: back to the model's defaults", "", form.reset_all)


def _has_a_name(binding: Binding, node: DOMNode, screen: Screen[Any]) -> bool:
    if not binding.id or binding.system:
        return False
    return binding.show or binding.id in OF_A_FIELD or node in (screen, screen.app)


def _title(binding: Binding) -> str:
    name, meaning = binding.description, binding.tooltip
    return meaning if meaning.casefold().startswith(name.casefold()) else f"{name.capitalize()}: {meaning}"
