"""The server's process: how its parts are put together, how it begins and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from replicate_tui.local import models
from replicate_tui.local.addresses import OwnFiles
from replicate_tui.local.allowance import Allowance
from replicate_tui.local.app import application
from replicate_tui.local.catalog import MEDIA, Catalog
from replicate_tui.local.expiry import Expiry
from replicate_tui.local.presence import Presence
from replicate_tui.local.routes.control import ControlRoutes
from replicate_tui.local.routes.files import FileRoutes
from replicate_tui.local.routes.models import ModelRoutes
from replicate_tui.local.routes.pages import PageRoutes
from replicate_tui.local.routes.predictions import PredictionRoutes
from replicate_tui.local.routes.streams import StreamRoutes
from replicate_tui.local.runner import Runner
from replicate_tui.local.statefile import State, published
from replicate_tui.local.storage import Storage
from replicate_tui.local.workers import Pool

CREATES_PER_MINUTE = 600
OTHERS_PER_MINUTE = 3000

CLOSING_SECONDS = 1
"""How long open connections get to end by themselves when the server stops."""

BACKLOG = 2048


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve, on a loopback address. Times are in seconds; `port` 0 takes a free one.

    Without `idle_exit` it serves until it is stopped.
    """

    host: str
    port: int
    data: Path
    state: Path
    version: str
    idle_exit: float | None
    retention: float
    workers: int
    worker_idle: float


def serve(options: Options) -> None:
    """Serve until a signal, `POST /shutdown` or idleness ends it.

    Raises `OSError` when the address cannot be had, `storage.FolderInUse` when another server has the data.
    """
    # uvicorn raises the signal that ended it once more, for whoever ran before it: that is nobody here.
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if number := getattr(signal, name, None):
            signal.signal(number, lambda *_: None)
    with _listener(options.host, options.port) as listener:
        storage = Storage(options.data)
        try:
            asyncio.run(_serve(options, listener, storage))
        finally:
            storage.close()


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends at once, without waiting for acknowledgements, only where the protocol is named: 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


async def _serve(options: Options, listener: socket.socket, storage: Storage) -> None:
    port: int = listener.getsockname()[1]
    state = State.new(options.host, port, options.version)
    stopping = asyncio.Event()
    presence = Presence(options.idle_exit, stopping.set)
    expiry = Expiry(storage)
    own_files = OwnFiles(storage, port, MEDIA)
    catalog = Catalog(models.bundled(), storage.run_counts)
    runner = Runner(
        storage,
        catalog,
        Pool(options.workers, options.worker_idle),
        own_files,
        retention=options.retention,
        on_change=presence.changed,
        on_expiry=expiry.scheduled,
    )
    presence.active_runs = lambda: len(runner.active)
    files = FileRoutes(storage, own_files, options.retention, expiry.scheduled)
    control = ControlRoutes(presence, options.version, state.secret, stopping)
    api = _api(files, PredictionRoutes(runner, storage, catalog), ModelRoutes(catalog), StreamRoutes(runner, storage))
    pages = PageRoutes(runner, catalog)
    app = application(api, [*files.open_routes(), *control.open_routes(), *pages.open_routes()])

    runner.recover()
    presence.changed()
    tasks = [asyncio.create_task(expiry.run())]
    with ExitStack() as while_serving:

        async def end() -> None:
            stopping.set()
            await runner.stop()

        server = _Server(app, lambda: while_serving.enter_context(published(state, options.state)), end)
        tasks.append(asyncio.create_task(server.stop_when(stopping)))
        await server.serve(sockets=[listener])
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _api(
    files: FileRoutes, predictions: PredictionRoutes, models: ModelRoutes, streams: StreamRoutes
) -> list[BaseRoute]:
    creating, other = Allowance(CREATES_PER_MINUTE), Allowance(OTHERS_PER_MINUTE)
    return [
        *predictions.routes(creating, other),
        *models.routes(other),
        *files.routes(other),
        *streams.open_routes(),
    ]


class _Server(uvicorn.Server):
    """uvicorn, telling when it listens, and ending our own work before it waits for connections to close."""

    def __init__(
        self, app: Starlette, on_listening: Callable[[], object], on_end: Callable[[], Awaitable[None]]
    ) -> None:
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=CLOSING_SECONDS,
        )
        super().__init__(config)
        self._on_listening = on_listening
        self._on_end = on_end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._on_end()
        await super().shutdown(sockets)

    async def stop_when(self, stopping: asyncio.Event) -> None:
        """End the server once the event is set."""
        await stopping.wait()
        self.should_exit = True
