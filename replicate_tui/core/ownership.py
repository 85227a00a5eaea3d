"""Whose the token is: known from an earlier time, else asked for until the API answers."""

import asyncio
import contextlib

from replicate_tui.api.client import Client
from replicate_tui.api.errors import ReplicateError
from replicate_tui.api.resources import Account
from replicate_tui.core.history.store import Store

ASK_AGAIN = 60.0
"""Seconds after which the account is asked for again, if nothing else made us do so."""


class Ownership:
    """The account behind a token, which is known here by its `fingerprint` only."""

    def __init__(self, client: Client, store: Store, fingerprint: str) -> None:
        self._client = client
        self._store = store
        self._fingerprint = fingerprint

    @property
    def name(self) -> str:
        """The account's name, "" while it is not known."""
        account = self._store.scope.account
        return "" if account == self._fingerprint else account

    async def ask(self) -> Account:
        """The account as the API tells it now; runs that were kept before become its own."""
        account = await self._client.account()
        await self._store.adopt(account.username, self._fingerprint)
        return account

    async def learn(self) -> None:
        """Ask, again whenever the API comes within reach, until it answers."""
        online = asyncio.Event()
        unsubscribe = self._store.subscribe_connection(lambda now: online.set() if now.state == "online" else None)
        try:
            while True:
                online.clear()
                with contextlib.suppress(ReplicateError):
                    await self.ask()
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(online.wait(), ASK_AGAIN)
        finally:
            unsubscribe()
