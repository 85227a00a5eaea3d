"""Where letters and digits mean themselves: in forms."""

from textual.widget import Widget


class Form:
    """A widget that is a form: what is typed in it is for its editors."""


def in_form(focused: Widget | None) -> bool:
    """Whether the keyboard is in a form: its switches and sliders take no letters, and must not let them through."""
    return focused is not None and any(isinstance(node, Form) for node in focused.ancestors)
