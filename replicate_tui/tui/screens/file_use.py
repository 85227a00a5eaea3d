"""A file of one run, to be an input of the next one."""

from collections.abc import Sequence
from dataclasses import dataclass

from replicate_tui.core.forms.inputs import Field, Upload
from replicate_tui.core.session import Target


@dataclass(frozen=True, slots=True)
class FileUse:
    """The wish to have `file`, a URL or a file of this machine, in the input `field` of a model's form."""

    target: Target
    field: str
    file: str | Upload


def file_fields(fields: Sequence[Field]) -> list[Field]:
    """The inputs that take files, one or many."""
    return [field for field in fields if _takes_files(field)]


def with_file(field: Field, before: object, file: str | Upload) -> object:
    """The value of an input with this file in it: beside those before in a list, else in their place."""
    if field.kind == "file":
        return file
    return [*(before if isinstance(before, list) else []), file]


def _takes_files(field: Field) -> bool:
    return field.kind == "file" or (field.item is not None and field.item.kind == "file")
