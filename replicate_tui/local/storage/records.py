"""What the server remembers: a record for each row of its database.

Addresses are never stored: a record holds relative names only, and `view` makes absolute URLs from the base that
the client used (scheme and host).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

ID_LENGTH = 26
ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Lower-case Crockford letters: no i, l, o or u."""

ACTIVE = ("starting", "processing")
"""States of a prediction that is not finished."""


def new_id() -> str:
    """An unguessable identifier of 26 characters, as predictions and files have."""
    return "".join(ID_ALPHABET[byte % len(ID_ALPHABET)] for byte in secrets.token_bytes(ID_LENGTH))


def new_token() -> str:
    """An unguessable, URL-safe name that is itself the permission to read what it names."""
    return secrets.token_urlsafe(24)


def timestamp(moment: float) -> str:
    """Unix seconds as RFC 3339 in UTC with microseconds; such texts sort as the moments do."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(slots=True)
class Prediction:
    """One run of a model, or one training of it. Times are RFC 3339 texts, `expires_at` is unix seconds.

    `output` may hold marks in the place of files (see `marks`); `token` names its folder and its stream;
    `streams` says whether the model's output arrives in pieces; `deployment` and `destination` are `owner/name`;
    `announced` says that nobody is owed a webhook about its end any more.
    """

    id: str
    model: str
    version: str
    input: dict[str, Any]
    created_at: str
    kind: Literal["prediction", "training"] = "prediction"
    token: str = field(default_factory=new_token, repr=False)
    streams: bool = False
    status: str = "starting"
    output: Any = None
    error: str | None = None
    logs: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    started_at: str | None = None
    completed_at: str | None = None
    deadline: str | None = None
    source: str = "api"
    deployment: str | None = None
    destination: str | None = None
    webhook: str | None = None
    webhook_events_filter: list[str] | None = None
    announced: bool = False
    data_removed: bool = False
    expires_at: float | None = None

    @property
    def active(self) -> bool:
        """Whether it can still change by running."""
        return self.status in ACTIVE


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that a client uploaded. `size` in bytes, `expires_at` in unix seconds, digests in hex."""

    id: str
    name: str
    content_type: str
    size: int
    md5: str
    sha256: str
    metadata: dict[str, Any]
    created_at: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event of a run's stream: `event` is output, logs, error or done; `at` is unix seconds.

    `data` is text, or the mark of a file; `seq` counts from 0 within the run.
    """

    seq: int
    at: int
    event: str
    data: Any


@dataclass(slots=True)
class OwnModel:
    """A model that the account made here, to be the destination of trainings. `id` is `owner/name`."""

    id: str
    visibility: str
    hardware: str
    created_at: str
    description: str | None = None
    github_url: str | None = None
    paper_url: str | None = None
    license_url: str | None = None
    cover_image_url: str | None = None
    weights_url: str | None = None
    readme: str | None = None


@dataclass(slots=True)
class TrainedVersion:
    """A version that a training made: the bundled model `base` with weights of its own. `id` is 64 hex digits."""

    id: str
    model: str
    base: str
    created_at: str


@dataclass(slots=True)
class Deployment:
    """A deployment as its latest release has it. `id` is `owner/name`; `number` counts releases from 1."""

    id: str
    number: int
    model: str
    version: str
    hardware: str
    min_instances: int
    max_instances: int
    created_at: str


@dataclass(slots=True)
class Setting:
    """Something that the server must remember across starts."""

    id: str
    value: str = field(repr=False)
