"""An input as it is written down and shown: secrets replaced, files by their paths."""

from collections.abc import Mapping, Sequence

from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.file_input import absolute
from replicate_tui.core.forms.inputs import REDACTED, Field, Upload


def shown(fields: Sequence[Field], values: Mapping[str, object]) -> dict[str, object]:
    """The input with "[REDACTED]" for each secret, and with each file as "@" and its path."""
    return inputs.redacted(fields, {name: _without_uploads(value) for name, value in values.items()})


def secrets_in(fields: Sequence[Field], values: Mapping[str, object]) -> list[object]:
    """The values of the input that are to be written down nowhere."""
    told = shown(fields, values)
    return [value for name, value in values.items() if told[name] == REDACTED]


def _without_uploads(value: object) -> object:
    if isinstance(value, Upload):
        return f"@{absolute(value).path}"
    return [_without_uploads(item) for item in value] if isinstance(value, list) else value
