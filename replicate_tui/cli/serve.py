"""`serve`: the local server in the foreground; its status; its end."""

import signal
import subprocess
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.cli import output
from replicate_tui.cli.context import RAN_BADLY, WRONG_USE, Stop, settings_of

if TYPE_CHECKING:
    from replicate_tui.core.embedded import LocalServer


def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 0,
    status: Annotated[bool, typer.Option("--status", help="Tell whether a local server runs.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the local server.")] = False,
) -> None:
    """Serve until interrupted, or tell about the server that runs, or end it."""
    from replicate_tui.core import embedded
    from replicate_tui.core.embedded import EmbeddedError

    if status and stop:
        raise Stop(WRONG_USE, "--status and --stop do not go together")
    folder = settings_of(context).folders.local_server
    try:
        server = embedded.running(folder)
        if status:
            _tell(server)
            return
        if stop:
            _stop(folder, server)
            return
        process, started = embedded.serve(folder, port)
    except EmbeddedError as error:
        raise Stop(WRONG_USE, str(error)) from error
    output.note(f"Serving at {started.url} (process {started.pid}); ctrl+c ends it")
    output.note(f"For other clients: REPLICATE_BASE_URL={started.url} REPLICATE_API_TOKEN=local")
    raise typer.Exit(_wait(process))


def _tell(server: "LocalServer | None") -> None:
    if server is None:
        raise Stop(RAN_BADLY, "no local server runs")
    output.facts(
        [
            ("url", server.url),
            ("process", str(server.pid)),
            ("version", server.version),
            ("active", str(server.active)),
            ("screens", str(server.screens)),
        ]
    )


def _stop(folder: Path, server: "LocalServer | None") -> None:
    from replicate_tui.core import embedded

    if server is None:
        output.note("no local server runs")
        return
    embedded.stop(folder, server)
    output.note(f"the local server at {server.url} has ended")


def _wait(process: "subprocess.Popen[bytes]") -> int:
    """Wait for the server; the signals that end us end it first."""

    def forward(number: int, frame: FrameType | None) -> None:
        process.terminate()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, forward)
    code = process.wait()
    return 0 if code in (0, -signal.SIGTERM, -signal.SIGINT) else RAN_BADLY
