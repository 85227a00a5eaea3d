"""How we stand with the API, in words: for the line on top, and for a list that has nothing to show."""

import time
from typing import TYPE_CHECKING

from textual.content import Content

from replicate_tui.core.text import next_try, one_line
from replicate_tui.tui.widgets.status_bar import Standing

if TYPE_CHECKING:
    from replicate_tui.core.history.store import Connection

LEAST_PAUSE = 1.5
"""Seconds without a request that are worth a word."""
TOO_MANY = "too many requests were made for this account; what was submitted goes on"


def connected(connection: "Connection", pause: float, way_in: str) -> tuple[str, str, str]:
    """The state, why it is so, and what comes next or helps: `way_in` where the token is refused.

    For `pause` seconds the API takes no more requests: it says so in answers that are waited for and asked again,
    so the connection tells nothing of it.
    """
    if pause >= LEAST_PAUSE and connection.state in ("connecting", "online"):
        return "throttled", TOO_MANY, next_try(pause)
    if connection.state == "unauthorized":
        return connection.state, connection.reason, way_in
    left = None if connection.retry_at is None else connection.retry_at - time.monotonic()
    return "server error" if connection.failing else connection.state, connection.reason, next_try(left)


def nothing(standing: Standing, what: str, none: Content | str, *, key: str, known: bool = True) -> Content | str:
    """Why there are none of `what` ("trainings"): `none` says it where there really are none.

    `key` is the one that asks the API again. `known` is whether the API has answered this question yet.
    """
    host = "the local server" if standing.host == "local" else one_line(standing.host)
    again = f"It is tried again by itself; {key} tries now."
    trouble = {
        "offline": f"{host} is out of reach. {again}",
        "server error": f"{host} answers with an error of its own. {again}",
        "throttled": f"{host} takes no more requests for now. It is asked again by itself as soon as it does.",
        "unauthorized": f"{host} does not take this token. {standing.next_try}.".removesuffix(" ."),
    }.get(standing.connection)
    if trouble is None:
        return none if known and standing.connection == "online" else f"Looking for {what}…"
    return _because(f"No {what} to show: {trouble}", standing.reason.partition("; ")[0])


def refused(what: str, reason: str, *, key: str) -> Content:
    """Why there are none of `what` where the API takes other questions."""
    return _because(f"No {what} to show: the API does not list them. {key} asks again.", reason)


def _because(sentence: str, reason: str) -> Content:
    """A sentence, and below it what the API, or the network, says itself: data, shown as it is."""
    said = f"\n\n{one_line(reason)}" if reason else ""
    return Content.assemble(sentence, Content.styled(said, "$foreground-muted"))
