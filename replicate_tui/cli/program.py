"""The command line as typer knows it: the global flags, and the commands below them."""

import io
from collections.abc import Sequence
from typing import Annotated, Any, cast

import typer
from typer.exceptions import TyperException

from replicate_tui import __version__
from replicate_tui.cli import PROGRAM, output
from replicate_tui.cli.commands import Commands
from replicate_tui.cli.exit_codes import INTERRUPTED, Stop
from replicate_tui.cli.screen import open_screen
from replicate_tui.core.settings import Flags

app = typer.Typer(
    name=PROGRAM,
    cls=Commands,
    help="Replicate in the terminal. Without a command it opens the screen.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run(arguments: Sequence[str]) -> int:
    """Run one command line, its global flags in front; the exit code.

    Raises:
        Stop: it is wrong use, or a question was left; the sentence says which.
    """
    try:
        code = app(args=arguments, prog_name=PROGRAM, standalone_mode=False)
    except typer.Abort as left:
        raise Stop(INTERRUPTED, "nothing was done") from left
    except TyperException as error:
        told = io.StringIO()
        cast(Any, error).show(told)
        raise Stop(error.exit_code, told.getvalue().rstrip("\n")) from error
    return code if isinstance(code, int) else 0


def _show_version(wanted: bool) -> None:
    if wanted:
        output.line(f"{PROGRAM} {__version__}")
        raise typer.Exit


def _show_spec(wanted: bool) -> None:
    if wanted:
        from replicate_tui.cli import spec

        output.data(spec.document())
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    profile: Annotated[str | None, typer.Option(help="The profile whose settings and history to use.")] = None,
    base_url: Annotated[str | None, typer.Option(help="The API's address. [default: api.replicate.com]")] = None,
    local: Annotated[bool, typer.Option("--local", help="Use the local server: no account needed.")] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="Refuse everything that writes.")] = False,
    images: Annotated[
        str | None, typer.Option(help="Pictures on the screen: auto, kitty, sixel, blocks or none.", metavar="HOW")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version.")
    ] = False,
    spec: Annotated[
        bool, typer.Option("--spec", is_eager=True, callback=_show_spec, help="Describe all commands as JSON.")
    ] = False,
) -> None:
    """Take the global flags; open the screen when there is no command."""
    context.obj = Flags(profile=profile, base_url=base_url, local=local, read_only=read_only, images=images)
    if context.invoked_subcommand is None:
        raise typer.Exit(open_screen(context.obj))
