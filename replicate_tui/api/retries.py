"""What is sent again, and after which pause."""

import random

import httpx

from replicate_tui.api.calls import Call
from replicate_tui.api.errors import APIError
from replicate_tui.api.limits import LONGEST_WAIT

UNSENT = (httpx.ConnectError, httpx.ConnectTimeout)
"""No connection came about."""

NEVER_SENT = (
    *UNSENT,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
"""The request did not leave, whether or not trying again would help."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0
_PASSING = frozenset({408, 429, 502, 503, 504, *range(520, 528)})


def pause(tries: int, asked: float | None = None) -> float | None:
    """How many seconds to wait after that many tries; None if the server asks for more than we would wait."""
    jitter = random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (tries - 1)))
    if asked is None:
        return jitter
    return asked + jitter if asked <= LONGEST_WAIT else None


def repeats(call: Call, problem: httpx.RequestError | APIError) -> bool:
    """Whether sending the call again is safe and may help. Who takes its turns itself decides that itself, too."""
    if call.admitted:
        return False
    if isinstance(problem, APIError):
        return problem.status == 429 or (problem.status in _PASSING and not call.once)
    if call.once:
        return isinstance(problem, UNSENT)
    return not isinstance(problem, httpx.UnsupportedProtocol | httpx.LocalProtocolError)
