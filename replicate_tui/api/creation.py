"""The request that starts a run."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from replicate_tui.api.transport import Call

_DURATION = re.compile(r"(?=.)(\d+h)?(\d+m)?(\d+s?)?")
_WAIT_MARGIN = 15


def creation(
    url: httpx.URL,
    body: Mapping[str, Any],
    *,
    doing: str,
    wait: int | None = None,
    webhook: str | None = None,
    webhook_events: Sequence[str] = (),
    cancel_after: str | None = None,
) -> Call:
    """A call that must happen once. `wait` is in seconds, `cancel_after` a duration such as "1h30m".

    Raises ValueError for what cannot be sent: a wait or duration that the API does not know, a number in the
    body that JSON does not know.
    """
    if wait is not None and not 1 <= wait <= 60:
        raise ValueError(f"wait must be 1–60 seconds, not {wait}")
    if cancel_after is not None and not _DURATION.fullmatch(cancel_after):
        raise ValueError(f"cancel_after must be a duration such as 30s, 5m or 1h30m, not {cancel_after!r}")
    content = dict(body)
    if webhook is not None:
        content["webhook"] = webhook
    if webhook_events:
        content["webhook_events_filter"] = list(webhook_events)
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if wait is not None:
        headers["Prefer"] = f"wait={wait}"
    if cancel_after is not None:
        headers["Cancel-After"] = cancel_after
    return Call(
        method="POST",
        url=url,
        doing=doing,
        headers=headers,
        content=json.dumps(content, allow_nan=False).encode("ascii"),
        timeout=httpx.Timeout(30 if wait is None else wait + _WAIT_MARGIN, connect=10),
        once=True,
    )
