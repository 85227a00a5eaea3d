"""The local server's process: found, started, asked about, ended.

The server is always a process of its own. It writes a state file once it listens; a lock keeps two programs from
starting two; its health answer tells its version, so that another version of this program replaces an idle one.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replicate_tui import __version__
from replicate_tui.core.serving import Serving
from replicate_tui.core.settings import private_folder

if TYPE_CHECKING:
    import ssl

IDLE_EXIT = 300.0
"""Seconds after which a server that nobody uses ends by itself."""

_START_TIME = 20.0
_SLOW_START_TIME = 600.0
"""A Cog model is imported before the server answers, whatever it imports."""
_STOP_TIME = 10.0


class EmbeddedError(Exception):
    """The local server could not be started or stopped; the message says why and where its log is."""


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A local server that answers. `guarded` ones accept one token only; `ca` is the authority behind HTTPS."""

    url: str
    pid: int
    version: str
    secret: str = field(repr=False)
    active: int = 0
    screens: int = 0
    guarded: bool = False
    ca: Path | None = None


def ensure(folder: Path) -> LocalServer:
    """The local server of this user: the one that runs, else a new one. Blocks; call it in a thread.

    Raises:
        EmbeddedError: it did not start.
    """
    server = running(folder)
    if server is not None and server.version == __version__:
        return _plain(server)
    with _locked(folder):
        server = running(folder)
        if server is not None and (server.version == __version__ or server.active or server.screens):
            return _plain(server)
        if server is not None:
            stop(folder, server)
        return _start(folder)


def running(folder: Path) -> LocalServer | None:
    """The local server that answers for this folder now, or None."""
    import httpx

    state = _read_state(folder)
    if state is None:
        return None
    url, secret, pid, ca = state
    try:
        with httpx.Client(trust_env=False, timeout=3.0, verify=_trust(ca)) as http:
            health = http.get(f"{url}/health").json()
        server = LocalServer(
            url=url,
            pid=int(health["pid"]),
            version=str(health["version"]),
            secret=secret,
            active=int(health["active"]),
            screens=int(health["screens"]),
            guarded=bool(health.get("guarded")),
            ca=ca,
        )
    except (httpx.HTTPError, OSError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return None
    # The port of a server that died may have gone to one of another folder: neither its runs nor its end are ours.
    return server if server.pid == pid else None


def stop(folder: Path, server: LocalServer) -> None:
    """Ask `server` to end, and wait until it has.

    Raises:
        EmbeddedError: it still answers after some seconds.
    """
    import httpx

    with (
        httpx.Client(trust_env=False, timeout=3.0, verify=_trust(server.ca)) as http,
        contextlib.suppress(httpx.HTTPError),
    ):
        http.post(f"{server.url}/shutdown", headers={"Authorization": f"Bearer {server.secret}"})
    deadline = time.monotonic() + _STOP_TIME
    while (now := running(folder)) is not None and now.pid == server.pid:
        if time.monotonic() > deadline:
            raise EmbeddedError(f"the local server (process {server.pid}) does not end; its log: {log_file(folder)}")
        time.sleep(0.02)


async def hold_lease(url: str) -> None:
    """Count as an open screen with the server at `url` until cancelled; returns when the connection ends."""
    import httpx

    with contextlib.suppress(httpx.HTTPError):
        async with (
            httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(5.0, read=None)) as http,
            http.stream("GET", f"{url}/lease") as answer,
        ):
            async for _ in answer.aiter_raw():
                pass


def command(folder: Path, flags: Sequence[str]) -> list[str]:
    """The command line of the server's process. It imports nothing from the folder it is started in (`-P`)."""
    parts = [sys.executable, "-P", "-m", "replicate_tui.local", *flags]
    return [*parts, "--data", str(folder), "--state", str(folder / "state.json"), "--version-label", __version__]


def log_file(folder: Path) -> Path:
    """Where a detached server's output goes."""
    return folder / "server.log"


def serve(folder: Path, serving: Serving) -> tuple["subprocess.Popen[bytes]", LocalServer]:
    """Start the server as our child, with our terminal; it stays until it is ended.

    Raises:
        EmbeddedError: one runs already, or it did not start.
    """
    with _locked(folder):
        server = running(folder)
        if server is not None:
            raise EmbeddedError(f"a local server runs already at {server.url}; serve --stop ends it")
        environment = {**os.environ, **serving.environment()}
        process = subprocess.Popen(command(folder, serving.flags()), stdin=subprocess.DEVNULL, env=environment)
        try:
            return process, _answering(folder, process, None, _SLOW_START_TIME if serving.cog else _START_TIME)
        except BaseException:
            # Whoever interrupts us before it answers does not want it.
            process.kill()
            process.wait()
            raise


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other programs from starting or replacing the server meanwhile."""
    import filelock

    private_folder(folder)
    lock = filelock.FileLock(folder / "lock", timeout=_START_TIME + _STOP_TIME)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise EmbeddedError(f"another program has held {folder / 'lock'} for too long; try again") from None
    try:
        yield
    finally:
        lock.release()


def _start(folder: Path) -> LocalServer:
    with log_file(folder).open("ab") as log:
        begin = log.tell()
        process = subprocess.Popen(
            command(folder, ["--idle-exit", str(IDLE_EXIT)]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            close_fds=True,
            **_detached(),
        )
    server = _answering(folder, process, begin, _START_TIME)
    # The child outlives us on purpose; without this Popen warns that it still runs.
    process.returncode = 0
    return server


def _answering(folder: Path, process: "subprocess.Popen[bytes]", log_begin: int | None, patience: float) -> LocalServer:
    """The server once it answers. Its process need not be ours: on Windows ours may only start the interpreter."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        server = running(folder)
        if server is not None:
            return server
        if ended:
            raise EmbeddedError(f"the local server ended at once{_last_words(folder, log_begin)}")
        time.sleep(0.01)
    process.kill()
    process.wait()
    raise EmbeddedError(f"the local server did not answer in {patience:.0f} s{_last_words(folder, log_begin)}")


def _detached() -> dict[str, Any]:
    if os.name == "nt":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS  # type: ignore[attr-defined]
        return {"creationflags": flags}
    return {"start_new_session": True}


def _plain(server: LocalServer) -> LocalServer:
    """The server, if this program can use it as it is."""
    if server.guarded or server.ca:
        how = "with a token of its own" if server.guarded else "over HTTPS"
        raise EmbeddedError(f"the local server at {server.url} serves {how}; serve --stop ends it, then try again")
    return server


def _trust(ca: Path | None) -> "ssl.SSLContext":
    """Whose certificates count: of the server's own authority, or nobody's for plain HTTP."""
    import ssl

    return ssl.create_default_context(cafile=ca) if ca else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _read_state(folder: Path) -> tuple[str, str, int, Path | None] | None:
    try:
        state = json.loads((folder / "state.json").read_text("utf-8"))
        ca = state.get("ca")
        return str(state["url"]), str(state["secret"]), int(state["pid"]), Path(ca) if ca else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _last_words(folder: Path, log_begin: int | None) -> str:
    """The last that it wrote to its log from there on, as the end of a sentence; "" if it has no log."""
    if log_begin is None:
        return ""
    with log_file(folder).open("rb") as log:
        log.seek(max(log_begin, log.seek(0, os.SEEK_END) - 4000))
        lines = log.read().decode("utf-8", "replace").strip().splitlines()
    return f": {lines[-1] if lines else 'it said nothing'} (log: {log_file(folder)})"
