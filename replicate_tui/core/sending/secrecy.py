"""Secrets among the values of an input, kept out of what is said about the run."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from replicate_tui.core.forms.inputs import REDACTED


def without_secrets(reason: str, values: Mapping[str, Any], shown: Mapping[str, Any]) -> str:
    """An error as it is kept: a server may quote what it refuses."""
    for name, value in values.items():
        if shown[name] == REDACTED:
            for text in _texts(value):
                reason = reason.replace(text, REDACTED)
    return reason


def _texts(value: object) -> Iterator[str]:
    """How a server may write a secret, the longest first."""
    if isinstance(value, list | dict):
        yield from (json.dumps(value), str(value))
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif value is not None and not isinstance(value, bool) and str(value):
        yield str(value)
