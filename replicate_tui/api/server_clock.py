"""The server's wall clock, as the `Date` of its answers tells it: the one of this machine may be wrong."""

import asyncio
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime


class ServerClock:
    """How far the server's clock is ahead of ours. `offset` is in seconds, None until an answer told.

    `told` is set as soon as there was any answer, even one without a date.
    """

    def __init__(self) -> None:
        self.offset: float | None = None
        self.told = asyncio.Event()

    def answered(self, headers: Mapping[str, str]) -> None:
        """An answer has come just now. What a cache had kept tells nothing."""
        moment = None if "age" in headers else _moment(headers.get("date", ""))
        if moment is not None:
            self.offset = moment - time.time()
        self.told.set()


def _moment(date: str) -> float | None:
    """An HTTP date in seconds since the epoch; to the second."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
