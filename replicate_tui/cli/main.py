"""The command line's entry: global flags, the commands, and what ends with which exit code.

Exit codes are an API: 0 done · 1 the run failed, was canceled or aborted · 2 what we judge ourselves · 3 the API's
answer decides it · 4 network · 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from typing import Any

from replicate_tui.api.errors import Misconfigured, NetworkError, ReplicateError, WouldSend
from replicate_tui.api.reference import InvalidReference
from replicate_tui.cli import PROGRAM, output
from replicate_tui.cli.exit_codes import INTERRUPTED, NO_ANSWER, REFUSED, WRONG_USE, Stop
from replicate_tui.core.settings import Flags, SettingsError

_SWITCHES = {"--local": "local", "--read-only": "read_only"}
_OPTIONS = {"--profile": "profile", "--base-url": "base_url", "--images": "images"}
"""The global flags, and what each is in `Flags`."""
_COMPLETE = "--complete"
"""How the scripts of `completion` ask: no option of ours, for typer imports much to judge a value."""


def main() -> None:
    """The console script."""
    _hold_closed_streams()
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        if arguments[:1] == [_COMPLETE]:
            return _complete(arguments[1:])
        flags = screen_flags(arguments)
        if flags is not None:
            from replicate_tui.cli.screen import open_screen

            return open_screen(flags)
        from replicate_tui.cli import program

        return program.run(hoisted(arguments))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Stop as stop:
        return _ended(stop.code, str(stop))
    except (SettingsError, InvalidReference, Misconfigured, output.Unwritable) as error:
        return _ended(WRONG_USE, str(error))
    except UnicodeEncodeError as error:
        return _ended(WRONG_USE, f"not valid Unicode: {error.object!a}")
    except WouldSend as would:
        from replicate_tui.cli import dry

        dry.tell(would.call, as_json="--json" in arguments)
    except NetworkError as error:
        return _ended(NO_ANSWER, str(error))
    except ReplicateError as error:
        return _ended(REFUSED, str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except output.ReaderGone:
        output.discard()
        return 0
    return 0


def _hold_closed_streams() -> None:
    """Let no file that is opened later have the number of a standard stream that is closed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _ended(code: int, why: str) -> int:
    output.trouble(why)
    return code


def screen_flags(arguments: Sequence[str]) -> Flags | None:
    """The flags of a command line that asks for the screen and is plain to read; None where typer must judge it.

    The screen is there sooner if typer is not imported for it.
    """
    found: dict[str, Any] = {}
    waiting = list(arguments)
    while waiting:
        name, given, value = waiting.pop(0).partition("=")
        if name in _SWITCHES and not given:
            found[_SWITCHES[name]] = True
            continue
        if name not in _OPTIONS or not (given or waiting):
            return None
        value = value if given else waiting.pop(0)
        if not value or value.startswith("-"):
            return None
        found[_OPTIONS[name]] = value
    return Flags(**found)


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
