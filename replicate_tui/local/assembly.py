"""The server's parts, and how they are put together."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.applications import Starlette

from replicate_tui.local import background, shelf
from replicate_tui.local.addresses import OwnFiles
from replicate_tui.local.catalog import Catalog
from replicate_tui.local.delivery import new_secret
from replicate_tui.local.deployments import Deployments
from replicate_tui.local.http.allowance import Allowances
from replicate_tui.local.http.app import application
from replicate_tui.local.http.routing import Gate
from replicate_tui.local.process.presence import Presence
from replicate_tui.local.process.statefile import State
from replicate_tui.local.recordings.index import Recordings, RecordingsError
from replicate_tui.local.recordings.models import RecordedModels
from replicate_tui.local.routes.account import AccountRoutes
from replicate_tui.local.routes.control import ControlRoutes
from replicate_tui.local.routes.creation import Creation
from replicate_tui.local.routes.deployments import DeploymentRoutes
from replicate_tui.local.routes.files import FileRoutes
from replicate_tui.local.routes.models import ModelRoutes
from replicate_tui.local.routes.own_models import OwnModelRoutes
from replicate_tui.local.routes.pages import PageRoutes
from replicate_tui.local.routes.predictions import PredictionRoutes
from replicate_tui.local.routes.streams import StreamRoutes
from replicate_tui.local.routes.trainings import TrainingRoutes
from replicate_tui.local.runner import Runner
from replicate_tui.local.shelf import MEDIA, Fixed, Model, OwnModels, Shelf
from replicate_tui.local.storage.expiry import Expiry
from replicate_tui.local.storage.records import Prediction
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.view import View
from replicate_tui.local.webhooks import Webhooks
from replicate_tui.local.work.hardware import Machines

log = logging.getLogger(__name__)

LAST_WEBHOOKS_SECONDS = 1.0
"""How long the webhooks of interrupted runs get when the server ends."""

OWED = timedelta(minutes=10)
"""A webhook about an end that is longer ago than this is not sent after a restart any more."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve. Times are in seconds; `port` 0 takes a free one.

    Without `idle_exit` it serves until it is stopped. `token` is the only one that is accepted, None accepts any.
    `inline` outputs are `data:` URLs. `tls` serves HTTPS. `recordings` is a file of model objects, `rate_limit` as
    `Allowances.of` reads it, `cog` names folders and addresses of Cog models.
    """

    host: str
    port: int
    data: Path
    state: Path
    version: str
    idle_exit: float | None = None
    retention: float = 3600
    workers: int = 16
    worker_idle: float = 60
    token: str | None = None
    inline: bool = False
    tls: bool = False
    recordings: Path | None = None
    rate_limit: str | None = None
    cog: Sequence[str] = ()


class Assembly:
    """Everything of a server that is not the listening. `stopping` is set when it is to end."""

    def __init__(self, options: Options, state: State, storage: Storage, cog: Sequence[Model]) -> None:
        self.stopping = asyncio.Event()
        self._storage = storage
        self._presence = Presence(options.idle_exit, self.stopping.set)
        self._expiry = Expiry(storage)
        self._complete = asyncio.Event()
        self._recordings = _recordings(options)
        self._catalog = Catalog(self._shelves(cog), storage.run_count, self._complete)
        self._machines = Machines(options.workers, options.worker_idle)
        self._deployments = Deployments(storage, self._catalog, self._machines)
        self._view = View(storage, inline=options.inline)
        self._secret = storage.setting("webhooks_secret", new_secret)
        self._webhooks = Webhooks(self._secret, self._view.run, self._announced)
        self._own_files = OwnFiles(storage, state.port, MEDIA)
        self._runner = Runner(
            storage,
            self._own_files,
            retention=options.retention,
            on_start=self._webhooks.follow,
            on_change=self._presence.runs_changed,
            on_expiry=self._expiry.scheduled,
        )
        self._base = state.url
        self._tasks: list[asyncio.Task[None]] = []
        self.app = self._application(options, state)

    def begin(self) -> None:
        """Take up what the last server left, and start what goes on by itself."""
        self._runner.recover()
        for prediction in self._storage.predictions.where("announced = 0"):
            if _recent(prediction):
                self._webhooks.owed(prediction, self._base)
            else:
                self._announced(prediction.id)
        self._presence.begin()
        self._tasks = [
            background.start(self._expiry.run(), "the removal of what has outlived its time"),
            background.start(self._fill(), "the reading of models"),
        ]

    async def end(self) -> None:
        """End every run, every worker and every task."""
        self.stopping.set()
        await self._runner.stop()
        await self._webhooks.close(LAST_WEBHOOKS_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._deployments.close()
        await self._machines.close()
        if self._recordings is not None:
            self._recordings.close()

    def _shelves(self, cog: Sequence[Model]) -> list[Shelf]:
        shelves: list[Shelf] = [Fixed([*shelf.bundled(), *cog]), OwnModels(self._storage)]
        return shelves if self._recordings is None else [*shelves, RecordedModels(self._recordings)]

    async def _fill(self) -> None:
        """Read the file of models, if there is one; deployments may be of any model, so they come after it."""
        try:
            await self._read_recordings()
        finally:
            # Whatever has become of the file, nobody waits for it any more.
            self._complete.set()
        self._deployments.open()

    async def _read_recordings(self) -> None:
        if self._recordings is None:
            return
        try:
            await self._recordings.open()
        except (RecordingsError, OSError, sqlite3.Error) as error:
            log.error("%s", error)

    def _announced(self, prediction_id: str) -> None:
        if run := self._runner.active.get(prediction_id):
            # Its end is about to be written, and this with it.
            run.prediction.announced = True
        try:
            self._storage.announce(prediction_id)
        except sqlite3.Error as error:
            log.warning("the webhook about the end of %s may be sent once more: %s", prediction_id, error)

    def _application(self, options: Options, state: State) -> Starlette:
        gate = Gate(options.token, Allowances.of(options.rate_limit), self.stopping)
        runner, storage, catalog, machines = self._runner, self._storage, self._catalog, self._machines
        creation = Creation(runner, self._view)
        models = ModelRoutes(catalog)
        files = FileRoutes(storage, self._own_files, options.retention, self._expiry.scheduled)
        streams = StreamRoutes(runner, storage, self._view)
        control = ControlRoutes(
            self._presence, options.version, state.secret, self.stopping, guarded=bool(options.token)
        )
        groups = (
            PredictionRoutes(runner, storage, catalog, machines, self._view, creation),
            TrainingRoutes(runner, storage, catalog, machines),
            DeploymentRoutes(self._deployments, storage, catalog, machines, runner, creation),
            AccountRoutes(catalog, self._secret),
            models,
            OwnModelRoutes(storage, catalog, machines, self._deployments, runner, models),
            files,
        )
        api = [route for group in groups for route in group.routes(gate)]
        others = [*files.open_routes(), *control.open_routes(), *PageRoutes(runner, catalog).open_routes()]
        return application([*api, *files.signed_routes(), *streams.open_routes()], others, options.host)


def _recordings(options: Options) -> Recordings | None:
    return Recordings(options.recordings, options.data / "recordings") if options.recordings else None


def _recent(prediction: Prediction) -> bool:
    """Whether a run ended a moment ago, as far as a receiver is concerned."""
    if prediction.completed_at is None:
        return False
    return datetime.now(UTC) - datetime.fromisoformat(prediction.completed_at) < OWED
