"""The server's process: how it listens, how it begins and how it ends."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from replicate_tui.local.assembly import Assembly, Options
from replicate_tui.local.process.certificates import certificates
from replicate_tui.local.process.statefile import State, published
from replicate_tui.local.shelf import Model, bundled
from replicate_tui.local.storage.storage import Storage

CLOSING_SECONDS = 1
"""How long open connections get to end by themselves when the server stops."""

IDLE_SECONDS = 75
"""How long an idle connection is kept: longer than any client keeps it, so that no request meets its end."""

BACKLOG = 256
"""How many connections wait to be accepted; where descriptors are short, asyncio complains once for each of them."""

COMPLAINT_SECONDS = 10
"""How long a shortage of descriptors is not told again."""

log = logging.getLogger(__name__)


def serve(options: Options) -> None:
    """Serve until a signal, `POST /shutdown` or idleness ends it.

    Raises `OSError` when the address cannot be had, `storage.FolderInUse` when another server has the data,
    `work.SetupFailed` for a Cog model that cannot be used, `certificates.TLSUnavailable` without its package.
    """
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
    tls = certificates(options.data / "tls", options.host) if options.tls else None
    state = State.new(options.host, port, options.version, tls.authority if tls else None)
    assembly = Assembly(options, state, storage, await _cog(options.cog))
    assembly.begin()
    asyncio.get_running_loop().set_exception_handler(_Complaints().hear)
    with ExitStack() as while_serving:
        server = _Server(
            assembly.app,
            lambda: while_serving.enter_context(published(state, options.state)),
            assembly.end,
            tls.chain if tls else None,
        )
        # uvicorn raises the signal that ended it once more, for whoever ran before it: that is nobody here.
        for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
            if number := getattr(signal, name, None):
                signal.signal(number, lambda *_: None)
        stopper = asyncio.create_task(server.stop_when(assembly.stopping))
        await server.serve(sockets=[listener])
        stopper.cancel()


class _Complaints:
    """What the loop complains of: too few descriptors is one line now and then, all else is told in full."""

    def __init__(self) -> None:
        self._silent_until = 0.0

    def hear(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not (isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE)):
            loop.default_exception_handler(context)
        elif loop.time() >= self._silent_until:
            self._silent_until = loop.time() + COMPLAINT_SECONDS
            log.warning("too many open files: new connections have to wait (ulimit -n)")


async def _cog(arguments: Sequence[str]) -> list[Model]:
    if not arguments:
        return []
    # Imported where it is wanted: it brings an HTTP client.
    from replicate_tui.local.cog.models import cog_models

    return await cog_models(arguments, [model.full_name for model in bundled()])


class _Server(uvicorn.Server):
    """uvicorn, telling when it listens, and ending our own work before it waits for connections to close."""

    def __init__(
        self,
        app: ASGIApp,
        on_listening: Callable[[], object],
        on_end: Callable[[], Awaitable[None]],
        chain: Path | None,
    ) -> None:
        config = uvicorn.Config(
            app,
            ssl_certfile=chain,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=CLOSING_SECONDS,
            timeout_keep_alive=IDLE_SECONDS,
            backlog=BACKLOG,
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
