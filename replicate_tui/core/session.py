"""The Session: what a face is handed. It begins and ends the engine, and holds the verbs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

from replicate_tui import __version__
from replicate_tui.api.client import Client
from replicate_tui.api.resources import Account
from replicate_tui.core import embedded
from replicate_tui.core.background import Work
from replicate_tui.core.history.database import Database, DatabaseError
from replicate_tui.core.history.store import Connection
from replicate_tui.core.models.finding import Remixed
from replicate_tui.core.models.target import CannotRun, Target, target
from replicate_tui.core.sending.budget import open_limiter
from replicate_tui.core.settings import Settings
from replicate_tui.core.verbs.browsing import BrowsingVerbs
from replicate_tui.core.verbs.deploying import DeployingVerbs
from replicate_tui.core.verbs.filing import FilingVerbs
from replicate_tui.core.verbs.modelling import ModellingVerbs
from replicate_tui.core.verbs.training import TrainingVerbs

LEASE_DELAY = 0.5
"""Seconds after the local server let go of us until we look for it again."""
RESTART_DELAY = 5.0
"""Seconds between two attempts to start the local server again under an open screen."""
ACCOUNT_GRACE = 0.5
"""Seconds by which a command may end later, so that it is known for the next one whose the token is."""

__all__ = ["CannotRun", "Remixed", "Session", "Target", "open_session", "target"]


class Session(DeployingVerbs, ModellingVerbs, BrowsingVerbs, FilingVerbs, TrainingVerbs):
    """Everything a face needs, for one profile. Made by `open_session`."""

    # -- life ------

    async def connect(self) -> None:
        """Find or start the local server, in local mode.

        Raises:
            EmbeddedError: it did not start.
        """
        if self.settings.local:
            server = await asyncio.to_thread(embedded.ensure, self.settings.folders.local_server)
            self.client.base_url = server.url
        self._connected.set()

    async def until_connected(self) -> None:
        """Wait until it is known where the API is."""
        await self._connected.wait()

    def start(self) -> None:
        """Start what runs beside the verbs."""
        work = [self.watcher.run, self.queue.run, self.store.listen, self._keep_journal]
        if self.archive is not None:
            work.append(self.archive.run)
        if self.screen:
            work.append(self._learn_account)
        elif not self.account_name:
            work.append(self._try_account)
        if self.screen and self.settings.local:
            work.append(self._keep_local_server)
        self._background.start([partial(self._kept_up, each) for each in work])

    async def close(self) -> None:
        """End what runs beside the verbs; a bug that ended it before is raised here."""
        await self._background.close()

    async def finish(self) -> None:
        """Let what was begun beside a command come to its end, if that is near."""
        await self._owner.answered(ACCOUNT_GRACE)

    def renew(self, settings: Settings) -> None:
        """Go on with other settings of the same profile. Runs are kept as they were to begin with."""
        self.settings = replace(settings, archive=self.settings.archive)
        self.costs.renew(settings.prices)

    async def watch(self) -> None:
        """Wait beside the background work, for ever; a bug in it is raised here."""
        await self._background.watch()

    async def _kept_up(self, work: Work) -> None:
        """Begin a work anew while the history file cannot be used: another program may hold it for long."""
        while True:
            try:
                await work()
            except* DatabaseError as errors:
                self.store.connection = Connection("offline", f"{errors.exceptions[0]}; it is tried again")
            else:
                return
            await asyncio.sleep(RESTART_DELAY)

    async def _learn_account(self) -> None:
        await self._owner.learn()
        self.journal.wake()

    async def _try_account(self) -> None:
        await self.until_connected()
        await self._owner.try_once()

    async def _keep_journal(self) -> None:
        await self.until_connected()
        await self.journal.run()

    async def _keep_local_server(self) -> None:
        """Hold the local server's lease; when it ends, find the server again or start it anew."""
        while True:
            await embedded.hold_lease(self.client.base_url)
            await asyncio.sleep(LEASE_DELAY)
            try:
                await self.connect()
            except embedded.EmbeddedError as error:
                self.store.connection = Connection("offline", str(error))
                await asyncio.sleep(RESTART_DELAY)
            else:
                self.watcher.refresh()

    @property
    def pause(self) -> float:
        """Seconds for which the API takes no more of our requests; 0 while it does."""
        return self.client.limiter.delay("other")

    # -- whose ------

    @property
    def account_name(self) -> str:
        """Whose the token is, as far as it is known."""
        return self._owner.name

    async def account(self) -> Account:
        """Whose the token is."""
        account = await self._owner.ask()
        self.journal.wake()
        return account


@contextlib.asynccontextmanager
async def open_session(settings: Settings, *, screen: bool = False, dry_run: bool = False) -> AsyncIterator[Session]:
    """A session for as long as the block lasts: history at once, the rest after `connect` and `start`.

    With `dry_run` WouldSend is raised in the place of each request that changes something.

    Raises:
        NoToken: there is no token for the host.
        DatabaseError: the history file cannot be used.
    """
    database = Database.open(settings.database_file)
    try:
        async with (
            open_limiter(settings, database) as limiter,
            Client(
                settings.base_url,
                settings.require_token(),
                user_agent=f"replicate-tui/{__version__}",
                limiter=limiter,
                dry_run=dry_run,
            ) as client,
        ):
            session = Session(settings, client, database, screen=screen)
            try:
                yield session
            finally:
                await session.close()
    finally:
        await database.close()
