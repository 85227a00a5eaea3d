"""Reads an answer that reports an error into the error tree.

The body may be the API's flat problem object, HTML from a gateway, cut, huge or binary: nothing is assumed.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from http import HTTPStatus
from typing import Any

from replicate_tui.api.errors import (
    APIError,
    InsufficientCredit,
    InvalidField,
    InvalidInput,
    NotFound,
    RateLimited,
    ServerError,
    Unauthorized,
    plain,
)
from replicate_tui.api.limits import BELIEVED

_CLASSES: Mapping[int, type[APIError]] = {
    401: Unauthorized,
    402: InsufficientCredit,
    403: Unauthorized,
    404: NotFound,
    429: RateLimited,
}
_INVALID = frozenset({400, 413, 422})

_TITLE = re.compile(r"<title[^>]{0,200}>(.{0,500}?)</title>", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"<\s*(!doctype|html|head|body|\?xml)", re.IGNORECASE)
_WAIT = re.compile(r"(?:resets in|available in)\s{1,9}~?\s{0,9}(\d{1,15}(?:\.\d{1,15})?)\s{0,9}s", re.IGNORECASE)
_REQUIRED = re.compile(r"^(.+) is required$", re.DOTALL)


def problem(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    doing: str,
    host: str,
    hide: Callable[[str], str] = str,
) -> APIError:
    """The error that an answer reports.

    `headers` are looked up by lower-case names; `doing` and `host` word the sentence. `hide` takes out of the
    server's words what must not be repeated.
    """
    said = problem_object(body)
    title = hide(_text(said.get("title"))) or None
    detail = hide(_text(said.get("detail")) or ("" if said else _loose_text(body))) or title or _phrase(status)
    if status in _INVALID:
        fields = _invalid_fields(said.get("invalid_fields"), hide)
        return InvalidInput(status, detail, invalid_fields=fields, title=title, doing=doing, host=host)
    cls = ServerError if status >= 500 else _CLASSES.get(status, APIError)
    wait = _throttled_for(headers, said, detail) if status == 429 else _retry_after(headers)
    believed = None if wait is None else min(wait, BELIEVED)
    return cls(status, detail, title=title, retry_after=believed, doing=doing, host=host)


def problem_object(body: bytes) -> dict[str, Any]:
    """The API's own problem object; empty if the body is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) and ("detail" in said or "title" in said) else {}


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    try:
        return "" if value is None else json.dumps(value)
    except RecursionError:
        return ""


def _loose_text(body: bytes) -> str:
    """What a body that is no problem object tells: a page's title, a short text, else nothing."""
    text = body[:20_000].decode("utf-8", "replace").strip()
    if title := _TITLE.search(text):
        return plain(unescape(title[1]))
    binary = "\0" in text or "\ufffd" in text
    return "" if binary or _MARKUP.search(text) or text[:1] in {"{", "["} else text


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an error without a description"


def _throttled_for(headers: Mapping[str, str], said: Mapping[str, Any], detail: str) -> float | None:
    """The seconds that a 429 asks for: no single place is certain, so the most deliberate one wins."""
    sentence = _WAIT.search(detail)
    candidates = (
        _retry_after(headers),
        _seconds(said.get("retry_after")),
        _seconds(headers.get("ratelimit-reset")),
        _seconds(sentence[1] if sentence else None),
    )
    return next((wait for wait in candidates if wait is not None), None)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The header of that name: seconds, or the moment."""
    value = headers.get("retry-after")
    seconds = _seconds(value)
    return seconds if seconds is not None or value is None else _seconds_until(value)


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _seconds_until(moment: str) -> float | None:
    try:
        when = parsedate_to_datetime(moment)
    except (ValueError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def _invalid_fields(listed: object, hide: Callable[[str], str]) -> tuple[InvalidField, ...]:
    if not isinstance(listed, list):
        return ()
    return tuple(_invalid_field(entry, hide) for entry in listed if isinstance(entry, dict))


def _invalid_field(entry: Mapping[str, Any], hide: Callable[[str], str]) -> InvalidField:
    """One refused input.

    The API names it "input.steps"; for a missing input it names the parent ("input") and only the
    description ("prompt is required") tells which. Inside a list or object ("input.images.0") the rest of the
    path moves to the description.
    """
    kind, field, description = (hide(_text(entry.get(key))) for key in ("type", "field", "description"))
    path = field.removeprefix("input").removeprefix(".") if field.split(".")[0] == "input" else field
    if not path and kind == "required" and (missing := _REQUIRED.match(description)):
        path = missing[1]
        return InvalidField(kind, path, description)
    name, _, rest = path.partition(".")
    return InvalidField(kind, name, f"{rest}: {description}" if rest else description)
