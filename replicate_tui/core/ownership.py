"""Whose the token is: known from an earlier time, else asked for until the API answers."""

import asyncio
import contextlib
from dataclasses import replace

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NotFound, ReplicateError
from replicate_tui.api.resources import Account
from replicate_tui.core.history import accounts
from replicate_tui.core.history.scopes import Scope
from replicate_tui.core.history.store import Store

ASK_AGAIN = 60.0
"""Seconds after which the account is asked for again, if nothing else made us do so."""
LOOKED_AT = 3
"""So many runs kept under a name are looked for at the API, to tell whose they are."""


class Ownership:
    """The account behind a token, which is known here by its fingerprint only."""

    def __init__(self, client: Client, store: Store) -> None:
        self._client = client
        self._store = store
        self._answered = asyncio.Event()
        self._answered.set()

    @property
    def name(self) -> str:
        """The account's name, "" while it is not known."""
        scope = self._store.scope
        return "" if scope.account == scope.token else scope.account

    async def ask(self) -> Account:
        """The account as the API tells it now; runs that were kept before become its own."""
        account = await self._client.account()
        before, after = self._store.scope, replace(self._store.scope, account=account.username)
        renamed = self.name not in ("", account.username)
        await self._store.adopt(
            account.username,
            moved=not renamed or await self._owns(before),
            displaced=renamed and not await self._owns(after),
        )
        return account

    async def known_name(self) -> str:
        """The account's name, asked for if it is not known. Raises ReplicateError as the client does."""
        return self.name or (await self.ask()).username

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

    async def try_once(self) -> None:
        """Ask, and leave it at that when there is no answer."""
        self._answered.clear()
        try:
            with contextlib.suppress(ReplicateError):
                await self.ask()
        finally:
            self._answered.set()

    async def answered(self, within: float) -> None:
        """Wait for what `try_once` is waiting for, so many seconds at most."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._answered.wait(), within)

    async def _owns(self, scope: Scope) -> bool:
        """Whether what is kept under a name is this account's: another token may be known by the same name.

        Names change hands, and only the API can tell: it shows nobody another account's runs.
        """
        ids = accounts.newest(self._store.database, scope, LOOKED_AT)
        if not ids or not accounts.is_shared(self._store.database, scope):
            return True
        for run_id in ids:
            with contextlib.suppress(NotFound):
                await self._client.predictions.get(run_id)
                return True
        return False
