"""What the history file tells of runs, models and collections: plain values."""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["prediction", "training"]
"""What a run is."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as a list shows it. Times are seconds since the epoch; `seconds` is compute time.

    `what` is one line about it: its prompt, or the first text among its inputs; of a training the model that its
    result goes to. `files` counts the output's files;
    `folder` is where they are kept, None when they are not. `seen_at` is when this machine first knew of the run.
    `source` is "web" for a run that was made on the website, "api" or "" for any other. `tags` and `note` are a
    person's; see `noting` for how tags are kept.
    """

    id: str
    kind: str
    status: str
    model: str
    version: str
    deployment: str
    what: str
    error: str
    created_at: float
    started_at: float | None
    completed_at: float | None
    seconds: float | None
    progress: float | None
    files: int
    folder: str | None
    removed: bool
    seen_at: float
    source: str = ""
    tags: str = ""
    note: str = ""


RUN_COLUMNS = tuple(RunRow.__slots__)
"""The columns of a `RunRow`, in order; the id is the first."""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model as a list shows it."""

    name: str
    description: str
    run_count: int
    official: bool


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """One collection as a list shows it; `models` as `owner/name`, None while nobody asked for them."""

    slug: str
    name: str
    description: str
    models: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class RunText:
    """What a run is found by: its prompt and other texts of its input, the text of its output, its error."""

    prompt: str = ""
    output: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What this machine knows of a run that it asked for: with which options, which program did, remixed from which."""

    options: str = ""
    owner: str = ""
    made_from: str = ""


def storable(value: Any) -> Any:
    """Text from the network may hold half a surrogate pair, which SQLite refuses."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
