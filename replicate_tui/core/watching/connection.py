"""How we stand with the API after each answer: told to the store, with what comes next and when."""

from replicate_tui.api.errors import APIError, RateLimited, ReplicateError, ServerError, Unauthorized
from replicate_tui.core.history.store import Connection, Store
from replicate_tui.core.watching.followers import Followers
from replicate_tui.core.watching.waits import Clocks

FIRST_BACKOFF = 1.0
"""Seconds until the next try after the first failure; doubled with each further one."""
LONGEST_BACKOFF = 30.0

_OFFLINE = "it is tried again by itself; what was submitted goes on"
_THROTTLED = "asking goes on by itself; what was submitted goes on"
_REFUSED = "set REPLICATE_API_TOKEN to a token that is valid (replicate.com/account/api-tokens) and start again"
_FORBIDDEN = "the token may not do this: use one of the account's own (replicate.com/account/api-tokens)"


class Trouble:
    """The state of the connection, and how long to wait after trouble.

    `patience` is for how many seconds followers are kept waiting without an answer; None means for ever.
    """

    def __init__(self, store: Store, followers: Followers, patience: float | None, clocks: Clocks) -> None:
        self._store = store
        self._followers = followers
        self._patience = patience
        self._clocks = clocks
        self._since: float | None = None
        self._delay = FIRST_BACKOFF

    def over(self) -> None:
        """The API answered."""
        self._since = None
        self.forgive()
        self._store.connection = Connection("online")

    def forgive(self) -> None:
        """The next wait is as short as the first."""
        self._delay = FIRST_BACKOFF

    def met(self, error: ReplicateError) -> Connection:
        """Tell how we stand after an error. Without a `retry_at` only somebody who asks to ends the wait."""
        connection = self._after(error)
        self._store.connection = connection
        if connection.state == "unauthorized":
            self._followers.fail(error)
        else:
            self._lose_patience(error, connection)
        return connection

    def _after(self, error: ReplicateError) -> Connection:
        if isinstance(error, Unauthorized):
            advice = _FORBIDDEN if error.status == 403 else _REFUSED
            return Connection("unauthorized", f"{error}; {advice}")
        delay, self._delay = self._delay, min(LONGEST_BACKOFF, self._delay * 2)
        now = self._clocks.monotonic()
        if isinstance(error, RateLimited):
            return Connection("throttled", f"{error}; {_THROTTLED}", now + max(delay, error.retry_after or 0.0))
        failing = isinstance(error, ServerError)
        return Connection("offline", f"{error}; {_OFFLINE}", now + delay, failing=failing)

    def _lose_patience(self, error: ReplicateError, connection: Connection) -> None:
        """Fail the followers if we had no answer for too long, or are told that none will come until then."""
        now = self._clocks.monotonic()
        if self._since is None:
            self._since = now
        until = connection.retry_at if connection.state == "throttled" and connection.retry_at is not None else now
        if self._patience is not None and until - self._since >= self._patience:
            self._followers.fail(error)


def concerns_all(error: APIError) -> bool:
    """Whether the answer says nothing about the one thing that was asked about. A 403 does; a 401 does not."""
    if isinstance(error, Unauthorized):
        return error.status == 401
    return isinstance(error, RateLimited | ServerError)
