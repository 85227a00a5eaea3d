"""Errors that a person can do something about become a toast; anything else is a bug and crashes loudly."""

from collections.abc import Iterator
from contextlib import contextmanager

from textual.widget import Widget

from replicate_tui.api.errors import ReplicateError
from replicate_tui.api.reference import InvalidReference
from replicate_tui.core.history.database import DatabaseError
from replicate_tui.core.kept_forms.presets import PresetRefused
from replicate_tui.core.sending.journal import CannotResolve
from replicate_tui.core.sending.launch import Overtaken
from replicate_tui.core.session import CannotRun
from replicate_tui.core.settings import SettingsError


@contextmanager
def reporting(widget: Widget, doing: str) -> Iterator[None]:
    """Run a worker's body; what goes wrong is told as "doing: why"."""
    try:
        yield
    except (
        ReplicateError,
        InvalidReference,
        CannotRun,
        SettingsError,
        PresetRefused,
        Overtaken,
        CannotResolve,
        DatabaseError,
        OSError,
    ) as error:
        widget.notify(f"{doing}: {error}", severity="error", timeout=10)
