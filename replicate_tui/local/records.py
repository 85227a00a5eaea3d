"""What the server remembers, predictions and uploaded files, and the JSON that the HTTP API shows of them.

Addresses are never stored: a record holds relative names only, and `as_json` makes absolute URLs from the
base that the client used (scheme and host).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

ID_LENGTH = 26
ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Lower-case Crockford letters: no i, l, o or u."""

ACTIVE = ("starting", "processing")
"""States of a prediction that is not finished."""

OUTPUT_KEY = "$output"
"""`{"$output": "out-0.png"}` in a stored output is the file of that name in the prediction's folder."""


def new_id() -> str:
    """An unguessable identifier of 26 characters, as predictions and files have."""
    return "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH))


def new_token() -> str:
    """An unguessable, URL-safe name that is itself the permission to read what it names."""
    return secrets.token_urlsafe(24)


def timestamp(moment: float) -> str:
    """Unix seconds as RFC 3339 in UTC with microseconds; such texts sort as the moments do."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(slots=True)
class Prediction:
    """One run of a model. Times are RFC 3339 texts, `expires_at` is unix seconds.

    `output` may hold `{"$output": name}` in the place of a file; `token` names its folder and its stream;
    `streams` says whether the model's output arrives in pieces.
    """

    id: str
    model: str
    version: str
    input: dict[str, Any]
    created_at: str
    token: str = field(default_factory=new_token)
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
    webhook: str | None = None
    webhook_events_filter: list[str] | None = None
    data_removed: bool = False
    expires_at: float | None = None

    @property
    def active(self) -> bool:
        """Whether it can still change by running."""
        return self.status in ACTIVE

    def as_json(self, base: str, *, logs: bool = True, unstarted: bool = False) -> dict[str, Any]:
        """The prediction object as the client at `base` sees it.

        Lists leave the logs out. `unstarted` shows an active prediction as if it had only been created: the
        answer of a request that waited in vain must say `starting` and hold no part of the output.
        """
        hidden = unstarted and self.active
        value: dict[str, Any] = {
            "id": self.id,
            "model": self.model,
            "version": self.version,
            "input": self.input,
        }
        if logs:
            value["logs"] = "" if hidden else self.logs
        value |= {
            "output": None if hidden else absolute(self.output, lambda name: self.file_url(base, name)),
            "data_removed": self.data_removed,
            "error": self.error,
            "status": "starting" if hidden else self.status,
            "source": self.source,
            "created_at": self.created_at,
        }
        if not hidden:
            value |= _known(started_at=self.started_at, completed_at=self.completed_at)
        value |= _known(deadline=self.deadline, webhook=self.webhook, webhook_events_filter=self.webhook_events_filter)
        value["urls"] = self._urls(base)
        if not self.active:
            value["metrics"] = self.metrics
        return value

    def file_url(self, base: str, name: str) -> str:
        """The address of one output file."""
        return f"{base}/outputs/{self.token}/{quote(name)}"

    def _urls(self, base: str) -> dict[str, str]:
        get = f"{base}/v1/predictions/{self.id}"
        urls = {"cancel": f"{get}/cancel", "get": get, "web": f"{base}/p/{self.id}"}
        if self.streams:
            urls["stream"] = f"{base}/v1/streams/{self.token}"
        return urls


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

    def as_json(self, base: str) -> dict[str, Any]:
        """The file object as the client at `base` sees it."""
        return {
            "id": self.id,
            "name": self.name,
            "content_type": self.content_type,
            "size": self.size,
            "etag": self.md5,
            "checksums": {"sha256": self.sha256, "md5": self.md5},
            "metadata": self.metadata,
            "created_at": self.created_at,
            "expires_at": timestamp(self.expires_at),
            "urls": {"get": f"{base}/v1/files/{self.id}"},
        }


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event of a run's stream: `event` is output, logs, error or done; `at` is unix seconds.

    `data` is text, or `{"$output": name}` for a file; `seq` counts from 0 within the run.
    """

    seq: int
    at: int
    event: str
    data: Any


def absolute(value: Any, address: Callable[[str], str]) -> Any:
    """The output with every `{"$output": name}` replaced by the file's address, at any depth."""
    if isinstance(value, list):
        return [absolute(item, address) for item in value]
    if isinstance(value, dict):
        if value.keys() == {OUTPUT_KEY}:
            return address(value[OUTPUT_KEY])
        return {key: absolute(item, address) for key, item in value.items()}
    return value


def _known(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
