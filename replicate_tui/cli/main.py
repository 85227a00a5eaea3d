"""The command line's entry: global flags, the commands, and what ends with which exit code.

Exit codes are an API: 0 done · 1 the run failed, was canceled or aborted · 2 what we judge ourselves · 3 the API's
answer decides it · 4 network · 130 interrupted.
"""

import gc
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from replicate_tui import __version__
from replicate_tui.api.errors import Misconfigured, NetworkError, ReplicateError, WouldSend
from replicate_tui.api.reference import InvalidReference
from replicate_tui.cli import output
from replicate_tui.cli.commands import Commands
from replicate_tui.cli.context import INTERRUPTED, NO_ANSWER, REFUSED, WRONG_USE, Stop
from replicate_tui.core.settings import Flags, SettingsError

PROGRAM = "replicate-tui"

_SWITCHES = ("--local", "--read-only")
_OPTIONS = ("--profile", "--base-url", "--images")
_COMPLETE = "--complete"
"""How the scripts of `completion` ask: no option of ours, for typer imports much to judge a value."""

app = typer.Typer(
    name=PROGRAM,
    cls=Commands,
    help="Replicate in the terminal. Without a command it opens the screen.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
        raise typer.Exit(_open_screen(context.obj))


def main() -> None:
    """The console script."""
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        if arguments[:1] == [_COMPLETE]:
            return _complete(arguments[1:])
        app(args=hoisted(arguments), prog_name=PROGRAM)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Stop as stop:
        output.note(str(stop))
        return stop.code
    except (SettingsError, InvalidReference, Misconfigured) as error:
        output.note(str(error))
        return WRONG_USE
    except UnicodeEncodeError as error:
        output.note(f"not valid Unicode: {ascii(error.object)[:80]}")
        return WRONG_USE
    except output.Unwritable as error:
        output.note(str(error))
        return WRONG_USE
    except WouldSend as would:
        from replicate_tui.cli import dry

        dry.tell(would.call, as_json="--json" in arguments)
    except NetworkError as error:
        output.note(str(error))
        return NO_ANSWER
    except ReplicateError as error:
        output.note(str(error))
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except output.ReaderGone:
        output.discard()
        return 0
    return 0


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The arguments with the global flags in front, wherever they were given; what follows `--` stays."""
    front: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            rest += [argument, *waiting]
            break
        name = argument.partition("=")[0]
        if argument in _SWITCHES or (name in _OPTIONS and "=" in argument):
            front.append(argument)
        elif argument in _OPTIONS:
            front += [argument, *waiting[:1]]
            del waiting[:1]
        else:
            rest.append(argument)
    return front + rest


def _complete(question: Sequence[str]) -> int:
    """Answer a shell: its name, the line up to the cursor and, from bash, where it breaks words."""
    from replicate_tui.cli import completion

    if len(question) not in (2, 3):
        raise Stop(WRONG_USE, f"{_COMPLETE}: only the scripts that {PROGRAM} completion prints ask like this")
    completion.answer(*question)
    return 0


def _open_screen(flags: Flags) -> int:
    streams = (sys.stdin, sys.stdout, sys.stderr)  # it is drawn on the last one
    if not all(stream is not None and stream.isatty() for stream in streams):
        raise Stop(WRONG_USE, f"the screen needs a terminal; see {PROGRAM} --help for commands that do not")
    if os.environ.get("TERM") == "dumb":
        wanted = "the screen needs a terminal that moves its cursor, which TERM=dumb is not: set TERM to what it is"
        raise Stop(WRONG_USE, f"{wanted}, such as xterm-256color; see {PROGRAM} --help for commands that need none")
    # The start makes much that stays, and hardly any garbage: the app collects again when it has started.
    gc.disable()
    from replicate_tui.tui.app import run_screen

    return run_screen(flags)
