"""Request bodies: never more of them than is wanted, and JSON that any client could have meant."""

from __future__ import annotations

import json
import math
from typing import Any

from starlette.requests import Request
from starlette.types import Message

from replicate_tui.local.http.problems import Problem, bad_request

BODY_LIMIT = 16 * 1024 * 1024
"""Bytes of a JSON body: one client sends `data:` URLs for files of up to 10 MB."""


def at_most(request: Request, limit: int, refusal: str) -> Request:
    """The request, refused with 413 as soon as its body is known to be longer than `limit` bytes."""
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit() and (len(announced) > 18 or int(announced) > limit):
        raise _giant(refusal)
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise _giant(refusal)
        return message

    return Request(request.scope, receive)


async def whole_body(request: Request) -> bytes:
    """The request's body. Raises `Problem` 413 for a giant."""
    return await at_most(request, BODY_LIMIT, f"The body must be less than {BODY_LIMIT >> 20} MB in size").body()


async def json_body(request: Request) -> Any:
    """The request's body; an empty one counts as `{}`. Raises `Problem` 400 when it is not JSON, 413 for a giant."""
    body = await whole_body(request)
    try:
        return parsed(body or b"{}")
    except ValueError as error:
        raise bad_request(f"The request's body is not valid JSON: {error}") from error


def parsed(text: str | bytes) -> Any:
    """What JSON says, and all of it can be said again. Raises ValueError."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _giant(refusal: str) -> Problem:
    # The connection ends, for the rest of the body would have to be read before anything else on it.
    return Problem(413, refusal, headers={"connection": "close"})


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large")
    return number


def _whole(text: str) -> int:
    if len(text) > 300:
        raise ValueError(f"a number of {len(text)} digits is too large")
    return int(text)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")
