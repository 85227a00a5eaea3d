"""`serve`: the local server in the foreground; its status; its end."""

import signal
import subprocess
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.cli import output
from replicate_tui.cli.context import settings_of
from replicate_tui.cli.exit_codes import RAN_BADLY, WRONG_USE, Stop
from replicate_tui.core.serving import TOKEN_VARIABLE, Serving

if TYPE_CHECKING:
    from replicate_tui.core.embedded import LocalServer

EXAMPLES = """\b
Examples:
  replicate-tui serve --port 5588
  replicate-tui serve --catalog models.json --rate-limit standard
  replicate-tui serve --status
  replicate-tui serve --stop
"""


class Outputs(StrEnum):
    """How output files stand in predictions."""

    url = "url"
    data = "data"


def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 0,
    host: Annotated[
        str | None, typer.Option(help="The address to listen on; others than loopback need --token.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(envvar=TOKEN_VARIABLE, help="The only token that is accepted.", show_envvar=True)
    ] = None,
    outputs: Annotated[Outputs | None, typer.Option(help="Output files as addresses, or as data: URLs.")] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Serve HTTPS, with a certificate of its own.")] = False,
    catalog: Annotated[
        Path | None,
        typer.Option(help="A file of model objects (JSON) to serve as well."),
    ] = None,
    cog: Annotated[
        list[str] | None,
        typer.Option(metavar="DIR|URL", help="A Cog model to serve as well; may be repeated."),
    ] = None,
    rate_limit: Annotated[
        str | None, typer.Option(metavar="LIMIT", help="Refuse beyond: standard, low-credit, or creations a minute.")
    ] = None,
    retention: Annotated[
        float | None, typer.Option(min=0, help="Seconds for which finished runs keep their data (3600).")
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="Tell whether a local server runs.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the local server.")] = False,
) -> None:
    """Serve until interrupted, or tell about the server that runs, or end it."""
    from replicate_tui.core import embedded
    from replicate_tui.core.embedded import EmbeddedError

    if status and stop:
        raise Stop(WRONG_USE, "--status and --stop do not go together")
    if catalog is not None and not catalog.is_file():
        raise Stop(WRONG_USE, f"--catalog: there is no file {catalog}")
    folder = settings_of(context).folders.local_server
    try:
        server = embedded.running(folder)
        if status:
            _tell(server)
            return
        if stop:
            _stop(folder, server)
            return
        serving = Serving(
            port=port,
            host=host,
            token=token,
            outputs=outputs.value if outputs else None,
            tls=tls,
            catalog=catalog,
            cog=cog or (),
            rate_limit=rate_limit,
            retention=retention,
        )
        process, started = embedded.serve(folder, serving)
    except EmbeddedError as error:
        raise Stop(WRONG_USE, str(error)) from error
    output.note(f"Serving at {started.url} (process {started.pid}); ctrl+c ends it")
    output.note(f"For other clients: {' '.join(_variables(started))}")
    raise typer.Exit(_wait(process))


def _variables(server: "LocalServer") -> list[str]:
    """What other clients need in their environment, a guarded server's token left to whoever knows it."""
    found = [f"REPLICATE_BASE_URL={server.url}"]
    found += [] if server.guarded else ["REPLICATE_API_TOKEN=local"]
    return [*found, f"SSL_CERT_FILE={server.ca}", f"NODE_EXTRA_CA_CERTS={server.ca}"] if server.ca else found


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
            ("token", "its own" if server.guarded else "any"),
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
