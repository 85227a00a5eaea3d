"""A request before it is sent, and its answer after it came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

import httpx

from replicate_tui.api.limits import Kind
from replicate_tui.api.patience import Limit

TRIES = 4
"""How often a request is sent at most."""

READING = frozenset({"GET", "HEAD", "QUERY"})
"""The methods that change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request.

    `doing` completes "Could not …" in errors. `form` are the texts beside `file`, a multipart upload (name, open
    file, content type). `kind` is what the limiter counts it as. `admitted`: the limiter has counted its first try
    already, and whoever waited for that hears of each try that fails, for it is sent once only. `once`: it must not
    happen twice. `delivery`: the token may go to Replicate's delivery hosts, and redirects are followed. `again`: an
    earlier try of it may have arrived.
    """

    method: str
    url: httpx.URL
    doing: str
    limit: Limit
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    form: Mapping[str, str] | None = None
    file: tuple[str, IO[bytes], str] | None = None
    tries: int = TRIES
    kind: Kind = "other"
    admitted: bool = False
    once: bool = False
    delivery: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A success with its whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
