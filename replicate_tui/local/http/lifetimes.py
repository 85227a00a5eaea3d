"""The two headers that carry durations: `Prefer: wait=n` and `Cancel-After: 1h30m`."""

from __future__ import annotations

import re

from replicate_tui.local.http.problems import unprocessable

WAIT_LIMIT = 60
SHORTEST_LIFETIME = 5

_WAIT = re.compile(r"wait(?:=([0-9]{1,4}))?")
_LIFETIME = re.compile(r"(?=.)(?:([0-9]{1,6})h)?(?:([0-9]{1,8})m)?(?:([0-9]{1,10})s?)?")


def waiting_time(header: str | None) -> int | None:
    """Seconds that the client wants to wait for the result; None when it does not. Raises `Problem` 422."""
    if not header:
        return None
    match = _WAIT.fullmatch(header.strip())
    seconds = int(match[1] or WAIT_LIMIT) if match else 0
    if not 1 <= seconds <= WAIT_LIMIT:
        raise unprocessable(f"Prefer must be wait or wait=n with n from 1 to {WAIT_LIMIT}")
    return seconds


def lifetime(header: str | None) -> float | None:
    """Seconds that a prediction may last from its creation; None for no limit. Raises `Problem` 422."""
    if header is None:
        return None
    match = _LIFETIME.fullmatch(header.strip())
    if not match:
        raise unprocessable("Cancel-After must be a duration such as 30s, 5m, 1h or 1h30m45s")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    total = hours * 3600 + minutes * 60 + seconds
    if total < SHORTEST_LIFETIME:
        raise unprocessable(f"Cancel-After must be at least {SHORTEST_LIFETIME} seconds")
    return total
