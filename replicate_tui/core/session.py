"""The Session: what a face is handed. It opens client, database, store and watcher, and holds the verbs."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from replicate_tui import __version__
from replicate_tui.api.client import Client
from replicate_tui.api.errors import APIError, NetworkError, ReplicateError, UnknownFate
from replicate_tui.api.reference import Reference, parse
from replicate_tui.api.resources import Account, Hardware, Model, Page, Prediction, Version
from replicate_tui.core import credentials, embedded, launch, leases, runs
from replicate_tui.core.archive import Archive
from replicate_tui.core.background import Background
from replicate_tui.core.budget import open_limiter
from replicate_tui.core.catalog import Catalog
from replicate_tui.core.costs import Costs
from replicate_tui.core.database import Database, Scope
from replicate_tui.core.drafts import Draft, Drafts, DraftState
from replicate_tui.core.file_names import legal_name
from replicate_tui.core.finding import Finder, Remixed
from replicate_tui.core.journal import Journal
from replicate_tui.core.launch_queue import LaunchQueue
from replicate_tui.core.leases import Leases
from replicate_tui.core.model_tabs import Listed, ModelTabs
from replicate_tui.core.options import RunOptions, from_json
from replicate_tui.core.ownership import Ownership
from replicate_tui.core.phases import Phase, Sightings, phases
from replicate_tui.core.presets import Presets
from replicate_tui.core.pricing import Cost
from replicate_tui.core.runs import OURS, Run
from replicate_tui.core.saving import Saved, save
from replicate_tui.core.settings import Settings
from replicate_tui.core.store import Connection, Store
from replicate_tui.core.target import CannotRun, Target, target
from replicate_tui.core.usual import Usual
from replicate_tui.core.watcher import Watcher

PATIENCE = 60.0
"""Seconds without the API after which a command that follows a run gives up; the run goes on."""
LEASE_DELAY = 0.5
"""Seconds after the local server let go of us until we look for it again."""
RESTART_DELAY = 5.0
"""Seconds between two attempts to start the local server again under an open screen."""

_END: Final = object()

__all__ = ["CannotRun", "Remixed", "Session", "Target", "open_session", "target"]


class Session:
    """Everything a face needs, for one profile. Made by `open_session`."""

    def __init__(self, settings: Settings, client: Client, database: Database, *, screen: bool) -> None:
        # The token itself is not kept: what shows objects to a person must not show it.
        fingerprint = credentials.fingerprint(settings.require_token())
        account = database.account(settings.host, fingerprint)
        self.settings = settings
        self.screen = screen
        self.client = client
        self.store = Store(database, Scope(settings.host, account or fingerprint))
        self._owner = Ownership(client, self.store, fingerprint)
        self.catalog = Catalog(client, database, settings.host)
        self.finder = Finder(client, self.catalog, self.store, settings.host)
        self.drafts = Drafts(database, settings.host)
        self.presets = Presets(database, settings.host)
        self.tabs = ModelTabs(client, self.catalog, database, settings.host)
        self.usual = Usual(database, lambda: self.store.scope)
        self.costs = Costs(database, lambda: self.store.scope, settings.prices, self.usual)
        patience = None if screen else PATIENCE
        self.watcher = Watcher(client, self.store, patience=patience, usual=self.usual.predicting)
        self.watcher.listing = screen
        self.queue = LaunchQueue(client.limiter, patience=patience)
        self.leases = Leases(database)
        archives = screen and settings.archive.enabled
        self.archive = Archive(client, self.store, settings.runs_folder, settings.archive.after) if archives else None
        self.journal = Journal(client, self.store, self.leases)
        self._sightings = Sightings()
        self.store.subscribe(self._see)
        self._connected = asyncio.Event()
        self._completed: set[str] = set()
        self._background = Background()

    @property
    def warning(self) -> str:
        """What a person must know of the history file; "" as a rule."""
        return self.store.database.warning

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
        if self.screen and self.settings.local:
            work.append(self._keep_local_server)
        self._background.start(work)

    async def close(self) -> None:
        """End what runs beside the verbs; a bug that ended it before is raised here."""
        await self._background.close()

    async def watch(self) -> None:
        """Wait beside the background work, for ever; a bug in it is raised here."""
        await self._background.watch()

    def _see(self, run_id: str) -> None:
        row = self.store.row(run_id) if run_id else None
        if row is not None:
            self._sightings.see(row, time.time())

    async def _learn_account(self) -> None:
        await self._owner.learn()
        self.journal.wake()

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

    # -- finding ------

    @property
    def account_name(self) -> str:
        """Whose the token is, as far as it is known."""
        return self._owner.name

    async def account(self) -> Account:
        """Whose the token is."""
        account = await self._owner.ask()
        self.journal.wake()
        return account

    async def hardware(self) -> tuple[Hardware, ...]:
        """What models can run on."""
        return await self.client.hardware()

    def reference(self, text: str) -> Reference:
        """What a text that was typed or pasted names; addresses of our own server's pages are read too.

        Raises:
            InvalidReference: it names nothing on Replicate.
        """
        return parse(text, pages=urlsplit(self.client.base_url).netloc)

    async def model(self, reference: Reference) -> Model:
        """The model that a reference names.

        Raises:
            CannotRun: it names something else.
        """
        return await self.finder.model(reference)

    async def version(self, reference: Reference) -> tuple[Model, Version]:
        """The model and version that a reference names; without a version its latest.

        Raises:
            CannotRun: it names something else, or the model has no version yet.
        """
        return await self.finder.version(reference)

    async def target(self, reference: Reference | str) -> Target:
        """What to run for a reference, or for what a person typed, with its inputs.

        A name is a model's if there is one, else a deployment's; a run's id means what it ran.

        Raises:
            CannotRun: it names nothing that can be run.
        """
        return await self.finder.target(self.reference(reference) if isinstance(reference, str) else reference)

    def known_target(self, reference: Reference) -> Target | None:
        """What to run for a model or a version as it was last seen, without asking the API."""
        return self.finder.known(reference)

    async def retarget(self, target: Target, options: RunOptions) -> Target:
        """What to run instead of `target` once these options pin a version or name a deployment, or no longer do.

        Raises:
            CannotRun: the deployment runs another model.
        """
        return await self.finder.retarget(target, options)

    async def remix(self, what: Run | Reference | str) -> Remixed:
        """A run's inputs and options, ready for a form; `what` is the run, or what names it.

        Raises:
            CannotRun: it names no run, or the run does not tell what it ran.
        """
        if isinstance(what, str):
            what = self.store.run(what) or self.reference(what)
        return await self.finder.remix(what)

    def draft_state(self, target: Target, draft: Draft) -> DraftState:
        """Whether a draft was made for another version than the target's, and the fields of both."""
        return self.drafts.state(target, draft)

    async def versions(self, model: str, *, more: bool = False, fresh: bool = False) -> Listed[Version]:
        """The versions of `owner/name` so far, newest first; `more` reads another page, `fresh` asks anew."""
        return await self.tabs.versions(model, more=more, fresh=fresh)

    async def examples(self, model: str, *, more: bool = False, fresh: bool = False) -> Listed[Prediction]:
        """The runs that the author of `owner/name` keeps as examples; `more` and `fresh` as for versions."""
        return await self.tabs.examples(model, more=more, fresh=fresh)

    async def readme(self, model: str, *, fresh: bool = False) -> str | None:
        """The readme of `owner/name` as Markdown; None if there is none."""
        return await self.tabs.readme(model, fresh=fresh)

    # -- running ------

    async def run(self, target: Target, values: Mapping[str, Any], options: RunOptions | None = None) -> Run:
        """Send a run when its turn comes.

        Raises:
            ReadOnly: writes are forbidden.
            Removed: it was taken out of the queue before its turn.
            ReplicateError: the API refused it or did not answer; the store's row says which.
            ValueError: an option is none that the API knows; nothing was sent.
        """
        self.settings.require_writes("run a model")
        await self.finder.remember(target)
        asked = options or RunOptions()
        order = launch.Launch(target, values, replace(asked, lifetime=asked.lifetime or self.settings.lifetime))
        async with self.leases.holding(leases.program(self.leases.holder)):
            try:
                run = await launch.submit(self.client, self.store, order, self.queue)
            except UnknownFate:
                self.journal.wake()
                raise
        self.watcher.wake()
        return run

    def budget_question(self, target: Target, options: RunOptions) -> str | None:
        """What to ask before a run that would cross the day's budget, or may; None where there is nothing to ask."""
        deployment = "" if options.version else options.deployment or target.deployment or ""
        return self.costs.question(self.settings.daily_budget, target.model, deployment)

    def timeline(self, run: Run) -> tuple[Phase, ...]:
        """What each phase of a run takes, beside what is usual."""
        row, now = runs.row(run), time.time()
        usual = self.usual.times(row.model)
        return phases(row, now=now, since=self._sightings.see(row, now), usual=usual)

    def cost(self, run: Run) -> Cost | None:
        """What a run costs, as far as it can be known; None on this machine."""
        return self.costs.of(runs.row(run))

    def asked(self, run_id: str) -> RunOptions:
        """The options that this program asked for with a run."""
        return from_json(self.store.database.asked(self.store.scope, run_id).options)

    async def resolve(self, run_id: str, prediction_id: str | None) -> Run:
        """Say of a run whose fate is unknown that it is this prediction, or None: that it was never submitted.

        Raises:
            CannotResolve: it is not unknown, or the prediction is another run.
        """
        return await self.journal.resolve(run_id, prediction_id)

    async def follow(self, run_id: str) -> AsyncIterator[Run]:
        """The run at each change, until it ends.

        Raises:
            ReplicateError: the API refuses to tell, or stayed out of reach too long. The run goes on.
        """
        async with contextlib.aclosing(self.watcher.follow(run_id)) as changes:
            while await self._background.beside(anext(changes, _END)) is not _END:
                run = self.store.run(run_id)
                if run is not None:
                    yield run

    async def prediction(self, run_id: str) -> Run:
        """A run as the API tells it now, joined with what we kept."""
        return await self.store.put(await self.client.predictions.get(run_id), now=time.time())

    async def complete(self, run: Run) -> None:
        """Fetch a run that ended and whose logs we never saw: a list does not tell them. One answer is enough.

        Raises:
            NetworkError: there was no answer.
        """
        if not run.over or run.status in OURS or run.logs or run.id in self._completed:
            return
        self._completed.add(run.id)
        try:
            with contextlib.suppress(APIError):
                await self.prediction(run.id)
        except (NetworkError, asyncio.CancelledError):
            self._completed.discard(run.id)
            raise

    async def predictions(self, cursor: str | None = None) -> Page[Prediction]:
        """A page of the account's runs, newest first; what it tells is kept."""
        page = await self.client.predictions.list(cursor)
        for prediction in page.results:
            await self.store.put(prediction, now=time.time())
        return page

    async def cancel_all(self, run_ids: Iterable[str]) -> dict[str, str]:
        """Stop these runs, those that wait included; why each of those that could not be stopped could not.

        Raises:
            ReadOnly: writes are forbidden.
        """
        self.settings.require_writes("cancel runs")
        return {run_id: reason for run_id in run_ids if (reason := await self._cancel(run_id))}

    async def _cancel(self, run_id: str) -> str:
        try:
            await self.cancel(run_id)
        except ReplicateError as error:
            return str(error)
        return ""

    async def cancel(self, run_id: str) -> Run:
        """Stop a run; one that waits for its turn is taken out of the queue.

        Raises:
            ReadOnly: writes are forbidden.
        """
        waiting = self.store.run(run_id) if run_id in self.queue.waiting else None
        if waiting is not None:
            self.queue.remove(run_id)
            return runs.with_status(waiting, runs.NOT_SUBMITTED, None)
        self.settings.require_writes("cancel a run")
        return await self.store.put(await self.client.predictions.cancel(run_id), now=time.time())

    async def save(self, run: Run, folder: Path | None = None) -> Saved:
        """Keep a run's files: in `folder`, or with this profile's saved runs, where what is there is not fetched again.

        Raises:
            OSError: the folder cannot be written.
        """
        own = folder or self.settings.runs_folder / legal_name(run.id, "run")
        saved = await save(self.client, run, own, keep=folder is None)
        if run.over and not saved.failures and (run.folder is None or not run.folder.is_dir()):
            await self.store.set_folder(run.id, saved.folder.absolute())
        return saved


@contextlib.asynccontextmanager
async def open_session(settings: Settings, *, screen: bool = False) -> AsyncIterator[Session]:
    """A session for as long as the block lasts: history at once, the rest after `connect` and `start`.

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
            ) as client,
        ):
            session = Session(settings, client, database, screen=screen)
            try:
                yield session
            finally:
                await session.close()
    finally:
        await database.close()
