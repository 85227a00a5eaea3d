"""Webhooks as they arrive here: what one says of its run, and how one is written down.

Replicate's HTTP API: a webhook's body is the prediction or training as it is then; it does not name the event that
it was sent for, which is to be told from the status.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from replicate_tui.core import run_columns, text
from replicate_tui.core.columns import Cell, Column

RELAYED: Final = "replicate-tui-relayed"
"""The header of a webhook that a listener sent on: the next one does not send it on once more."""

_KEPT_HEADERS: Final = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "user-agent")
_ENDED: Final = frozenset(["succeeded", "failed", "canceled", "aborted"])
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")

Kind = Literal["start", "progress", "completed", ""]


@dataclass(frozen=True, slots=True)
class Said:
    """What a webhook says of its run; "" where it does not say it.

    `kind` is "completed" at the end, "start" before there are output and logs, else "progress".
    """

    kind: Kind
    status: str
    model: str
    run_id: str
    is_training: bool


@dataclass(frozen=True, slots=True)
class Arrived:
    """A webhook that arrived: its headers by name in lower case, its body byte for byte.

    `received_at` is Unix time. `reason` and `problem` say why it is not proven to be Replicate's: a word and a
    sentence, "" for one that is. `query` is what followed "?" in the address that it was sent to. `relayed` tells
    that another listener sent it on. `again` tells that it was kept before. `forwarded_to` is where it is sent on
    to, without a password or a query.
    """

    headers: Mapping[str, str]
    body: bytes
    received_at: float
    reason: str = ""
    problem: str = ""
    query: str = ""
    relayed: bool = False
    again: bool = False
    forwarded_to: str = ""

    @property
    def id(self) -> str:
        """The message's id; sent again it is the same."""
        return self.headers.get("webhook-id", "")

    @property
    def verified(self) -> bool:
        """Whether it is proven to be Replicate's."""
        return not self.reason

    @property
    def said(self) -> Said:
        """What it says of its run."""
        return _said(self.raw)

    @property
    def raw(self) -> Any:
        """Its body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def as_json(self) -> dict[str, object]:
        """What is told of it to a program."""
        said = self.said
        return {
            "id": self.id or None,
            "received_at": _iso(self.received_at),
            "verified": self.verified,
            "reason": self.reason or None,
            "event": said.kind or None,
            "status": said.status or None,
            "model": said.model or None,
            "run": said.run_id or None,
        }


class NoEvent(ValueError):
    """A text holds no webhook; the message says what is wrong with it."""


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that tell whose a webhook is and what it is; no cookies and passwords of whoever carried it."""
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: lower[name] for name in _KEPT_HEADERS if name in lower}


def written(event: Arrived) -> bytes:
    """A proven webhook as a file of its own."""
    kept = {
        "received_at": event.received_at,
        "forwarded_to": event.forwarded_to,
        "headers": dict(event.headers),
        "body": event.body.decode(),
    }
    return json.dumps(kept, indent=1).encode()


def read(content: bytes) -> Arrived:
    """A webhook from a file: one that was kept, or its headers as HTTP has them, an empty line, and its body.

    Raises:
        NoEvent: it is neither.
    """
    found = _read_kept(content)
    return found if found is not None else _read_plain(content)


def _read_kept(content: bytes) -> Arrived | None:
    try:
        raw = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict):
        return None
    headers, body, at = raw.get("headers"), raw.get("body"), raw.get("received_at", 0)
    if not isinstance(headers, dict) or not isinstance(body, str) or not isinstance(at, int | float):
        raise NoEvent("it is JSON without a webhook's headers and body")
    try:
        return Arrived(
            headers={str(name).lower(): str(value) for name, value in headers.items()},
            body=body.encode(),
            received_at=float(at),
            forwarded_to=str(raw.get("forwarded_to") or ""),
        )
    except (UnicodeError, OverflowError):
        raise NoEvent("its body is no text") from None


def _read_plain(content: bytes) -> Arrived:
    end = _HEAD_END.search(content)
    if end is None:
        raise NoEvent("it has no headers, empty line and body")
    lines = content[: end.start()].decode("utf-8", "replace").splitlines()
    pairs = [line.partition(":") for line in lines]
    headers = {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
    return Arrived(headers=headers, body=content[end.end() :], received_at=0.0)


def _said(raw: Any) -> Said:
    if not isinstance(raw, dict):
        return Said("", "", "", "", is_training=False)
    status = _text(raw, "status")
    urls = raw.get("urls")
    address = _text(urls, "get") if isinstance(urls, dict) else ""
    return Said(_kind(raw, status), status, _text(raw, "model"), _text(raw, "id"), "/trainings/" in address)


def _kind(raw: dict[str, Any], status: str) -> Kind:
    if not status:
        return ""
    if status in _ENDED:
        return "completed"
    return "progress" if raw.get("output") or raw.get("logs") else "start"


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _proof(event: Arrived) -> Cell:
    return Cell("verified", "ok") if event.verified else Cell(f"NOT VERIFIED: {event.problem}", "bad")


def _when(event: Arrived) -> Cell:
    return Cell(datetime.fromtimestamp(event.received_at, UTC).astimezone().strftime("%H:%M:%S"), "muted")


ARRIVING: tuple[Column[Arrived], ...] = (
    Column("received_at", "time", 8, _when),
    Column("event", "event", 9, lambda event: Cell(event.said.kind or "?")),
    Column("status", "status", 10, lambda event: run_columns.status(event.said.status)),
    Column("model", "model", 24, lambda event: Cell(text.one_line(event.said.model), "strong")),
    Column("run", "run", 26, lambda event: Cell(text.one_line(event.said.run_id), "muted")),
    Column("verified", "verified", 8, _proof, grow=True),
)
"""Webhooks while they arrive."""

KEPT: tuple[Column[Arrived], ...] = (
    Column("id", "id", 31, lambda event: Cell(text.one_line(event.id), "strong")),
    *ARRIVING[1:3],
    Column("model", "model", 24, lambda event: Cell(text.one_line(event.said.model)), grow=True),
    Column("age", "age", 9, lambda event: Cell(text.age(time.time() - event.received_at), "muted")),
)
"""Webhooks that were kept, by the ids that they are sent again by."""
