"""Those who wait for a run: told of each change, and of the error that ends their waiting."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from replicate_tui.api.errors import ReplicateError
from replicate_tui.core.history.store import Store


@dataclass(slots=True)
class _Follower:
    """One who waits for one run: what wakes it, and the error that ends it."""

    run_id: str
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    error: ReplicateError | None = None

    def notice(self, changed: str) -> None:
        if changed == self.run_id:
            self.changed.set()


class Followers:
    """Everyone who follows a run of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._all: list[_Follower] = []

    async def follow(self, run_id: str) -> AsyncGenerator[None, None]:
        """One item for each change of a run that the store holds, the first at once; ends with the run.

        Raises:
            ReplicateError: what `fail` was given.
        """
        follower = _Follower(run_id)
        unsubscribe = self._store.subscribe(follower.notice)
        self._all.append(follower)
        try:
            while True:
                follower.changed.clear()
                run = self._store.run(run_id)
                yield
                if run is None or run.over:
                    return
                await follower.changed.wait()
                if follower.error is not None:
                    raise follower.error
        finally:
            self._all.remove(follower)
            unsubscribe()

    def fail(self, error: ReplicateError, run_id: str | None = None) -> None:
        """End the waiting for a run, or for all, with an error."""
        for follower in self._all:
            if run_id in (None, follower.run_id):
                follower.error = error
                follower.changed.set()
