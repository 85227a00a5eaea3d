"""The files among the values of an input, sent to have an address."""

from collections.abc import Mapping
from typing import Any

from replicate_tui.api.client import Client
from replicate_tui.core.forms.inputs import Upload


def holds_upload(value: object) -> bool:
    """Whether a value is a file to be uploaded, or holds one."""
    return isinstance(value, Upload) or (isinstance(value, list) and any(holds_upload(item) for item in value))


async def uploaded(client: Client, values: Mapping[str, Any]) -> dict[str, Any]:
    """The input with the address of each file, which is sent for that.

    Raises:
        ReplicateError: the API refused a file or did not answer.
        OSError: a file could not be read.
    """
    return {name: await _uploaded(client, value) for name, value in values.items()}


async def _uploaded(client: Client, value: object) -> object:
    if isinstance(value, Upload):
        return (await client.files.create(value.path)).url
    if isinstance(value, list):
        return [await _uploaded(client, item) for item in value]
    return value
