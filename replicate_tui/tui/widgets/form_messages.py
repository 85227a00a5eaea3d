"""What a form of inputs tells of itself, and what a person asks of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from replicate_tui.core.forms.inputs import Field

if TYPE_CHECKING:
    from replicate_tui.tui.widgets.input_form import InputForm


@dataclass
class _OfForm(Message, namespace="input_form"):
    form: "InputForm"

    @property
    def control(self) -> "InputForm":
        """The form, for `@on(…, "#id")`."""
        return self.form


@dataclass
class Changed(_OfForm, namespace="input_form"):
    """A person changed the field `name`."""

    name: str


@dataclass
class FieldFocused(_OfForm, namespace="input_form"):
    """The keyboard came to `field`."""

    field: Field


@dataclass
class Submitted(_OfForm, namespace="input_form"):
    """A person wants to run with what the form says."""


@dataclass
class Left(_OfForm, namespace="input_form"):
    """A person wants to leave the form."""
