"""What can be judged before a request is sent. Each check raises ValueError with a sentence for a person."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import httpx

from replicate_tui.api.addresses import is_loopback, names_server

WEBHOOK_EVENTS = ("start", "output", "logs", "completed")
"""What a webhook can be told of."""

MOST_FOUND = 50
LONGEST_WAIT = 60
SHORTEST_LIFE = 5
MOST_MIN_INSTANCES = 5
MOST_MAX_INSTANCES = 20

_DURATION = re.compile(r"(?=.)(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s?)?")
_MODEL = re.compile(r"[^/\s]+/[^/\s:]+")


def check_named(**names: str) -> None:
    """Names must not be empty."""
    for key, name in names.items():
        if not name.strip():
            raise ValueError(f"{key} must not be empty")


def check_model(**names: str) -> None:
    """Models are named `owner/name`."""
    for key, name in names.items():
        if not _MODEL.fullmatch(name):
            raise ValueError(f"{key} must be owner/name, not {name!r}")


def check_one_of(allowed: Sequence[str], **values: str | None) -> None:
    """Each value that is given is one of those allowed."""
    for key, value in values.items():
        if value is not None and value not in allowed:
            raise ValueError(f"{key} must be one of {', '.join(allowed)}, not {value!r}")


def check_wait(seconds: int | None) -> None:
    """The API holds an answer back for 1 to 60 seconds."""
    if seconds is not None and not 1 <= seconds <= LONGEST_WAIT:
        raise ValueError(f"wait must be 1–60 seconds, not {seconds}")


def check_search_limit(limit: int | None) -> None:
    """A search finds 1 to 50 models."""
    if limit is not None and not 1 <= limit <= MOST_FOUND:
        raise ValueError(f"limit must be 1–{MOST_FOUND}, not {limit}")


def check_duration(text: str | None) -> None:
    """A deadline is a duration of at least 5 seconds: hours, minutes and seconds, or a bare number of seconds."""
    if text is None:
        return
    parts = _DURATION.fullmatch(text)
    if parts is None:
        raise ValueError(f"cancel_after must be a duration such as 30s, 5m or 1h30m, not {text!r}")
    hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    if hours * 3600 + minutes * 60 + seconds < SHORTEST_LIFE:
        raise ValueError(f"cancel_after must be at least {SHORTEST_LIFE} seconds, not {text!r}")


def check_webhook(address: str | None, events: Sequence[str]) -> None:
    """A webhook is a https address, or a http one on this machine, and is told of events that exist."""
    unknown = [event for event in events if event not in WEBHOOK_EVENTS]
    if unknown:
        raise ValueError(f"webhook events are {', '.join(WEBHOOK_EVENTS)}, not {unknown[0]!r}")
    if address is None:
        return
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError):
        raise ValueError("the webhook must be an address that can be read") from None
    if not names_server(url) or not (url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))):
        raise ValueError("the webhook must be a https address (http only on this machine)")


def check_instances(least: int | None, most: int | None) -> None:
    """A deployment has at least 0–5 and at most 0–20 instances."""
    if least is not None and not 0 <= least <= MOST_MIN_INSTANCES:
        raise ValueError(f"min_instances must be 0–{MOST_MIN_INSTANCES}, not {least}")
    if most is not None and not 0 <= most <= MOST_MAX_INSTANCES:
        raise ValueError(f"max_instances must be 0–{MOST_MAX_INSTANCES}, not {most}")
    if least is not None and most is not None and least > most:
        raise ValueError(f"min_instances ({least}) must not be more than max_instances ({most})")


def check_some(changes: Mapping[str, object]) -> None:
    """A change changes something."""
    if not changes:
        raise ValueError("there is nothing to change")


def moment(bound: datetime | str | None) -> str | None:
    """A moment as the API reads it. Without a time zone it would be a guess."""
    if not isinstance(bound, datetime):
        return bound
    if bound.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return bound.isoformat()


def given(**values: object) -> dict[str, object]:
    """The values that are not None."""
    return {key: value for key, value in values.items() if value is not None}
