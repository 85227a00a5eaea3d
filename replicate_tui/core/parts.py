"""The parts of the engine, made for one profile and handed to each other."""

import asyncio
import time
from collections.abc import Callable

from replicate_tui.api.client import Client
from replicate_tui.core import credentials
from replicate_tui.core.background import Background
from replicate_tui.core.costs.estimates import Costs
from replicate_tui.core.costs.phases import Sightings
from replicate_tui.core.costs.usual import Usual
from replicate_tui.core.history.database import Database
from replicate_tui.core.history.leases import Leases
from replicate_tui.core.history.saved_filters import SavedFilters
from replicate_tui.core.history.scopes import scope_of
from replicate_tui.core.history.store import Store
from replicate_tui.core.keeping.archive import Archive
from replicate_tui.core.kept_forms.drafts import Drafts
from replicate_tui.core.kept_forms.presets import Presets
from replicate_tui.core.models.catalog import Catalog
from replicate_tui.core.models.covers import Covers
from replicate_tui.core.models.favourites import Favourites
from replicate_tui.core.models.finding import Finder
from replicate_tui.core.models.model_tabs import ModelTabs
from replicate_tui.core.models.recent import RecentModels
from replicate_tui.core.ownership import Ownership
from replicate_tui.core.sending.budget import SharedBuckets
from replicate_tui.core.sending.journal import Journal
from replicate_tui.core.sending.launch_queue import LaunchQueue
from replicate_tui.core.settings import Settings
from replicate_tui.core.watching.watcher import Watcher

PATIENCE = 60.0
"""Seconds without the API after which a command that follows a run gives up; the run goes on."""


class Parts:
    """What the verbs work with. For a `screen` runs are watched and kept by themselves, and patience has no end."""

    def __init__(self, settings: Settings, client: Client, database: Database, *, screen: bool) -> None:
        # The token itself is not kept: what shows objects to a person must not show it.
        fingerprint = credentials.fingerprint(settings.require_token())
        self.settings = settings
        self.screen = screen
        self.client = client
        self.store = Store(database, scope_of(database, settings.host, fingerprint))
        self._owner = Ownership(client, self.store)
        self.catalog = Catalog(client, database, settings.host)
        self.finder = Finder(client, self.catalog, self.store, settings.host)
        self.drafts = Drafts(database, settings.host)
        self.presets = Presets(database, settings.host)
        self.saved_filters = SavedFilters(database)
        self.favourites = Favourites(database, settings.host)
        self._recent = RecentModels(self.store)
        self.covers = Covers(client, settings.profile_folder / "covers")
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
        self.journal = Journal(client, self.store, self.leases, may_stop=not settings.read_only)
        self._sightings = Sightings()
        self.store.subscribe(self._see)
        self._connected = asyncio.Event()
        self._completed: set[str] = set()
        self._background = Background()

    def warn(self, tell: Callable[[str], None]) -> None:
        """Have `tell` called with what a person must know of the history file: now, and when it cannot be used later.

        The latter is told once.
        """
        if self.store.database.warning:
            tell(self.store.database.warning)
        self.store.warn = tell
        if isinstance(self.client.limiter, SharedBuckets):
            self.client.limiter.tell = tell

    def _see(self, run_id: str) -> None:
        row = self.store.row(run_id) if run_id else None
        if row is not None:
            self._sightings.see(row, time.time())
