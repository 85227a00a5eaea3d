"""`doctor`: one line for each thing that may be wrong, with what to do about it."""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import typer

from replicate_tui.cli import output
from replicate_tui.cli.context import settings_of
from replicate_tui.cli.exit_codes import RAN_BADLY
from replicate_tui.cli.flags import Json

if TYPE_CHECKING:
    from replicate_tui.core.doctor import Finding

_MARKS = {"good": "✓", "doubtful": "!", "bad": "✗"}
_COLOURS = {"good": "32", "doubtful": "33", "bad": "31"}
_LEAST = (80, 24)

EXAMPLES = """\b
Examples:
  replicate-tui doctor
  replicate-tui doctor --json | jq '.[] | select(.state != "good")'
"""


def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Look at everything; exit with 1 where something is wrong."""
    settings = settings_of(context)

    async def look() -> "list[Finding]":
        from replicate_tui.core.doctor import examine

        people = output.for_people(as_json)
        found = []
        async for finding in examine(settings):
            found.append(finding)
            if people:
                _print(finding)
        for finding in terminal(os.environ):
            found.append(finding)
            if people:
                _print(finding)
        return found

    found = asyncio.run(look())
    if not output.for_people(as_json):
        output.data(
            [{"name": each.name, "state": each.state, "what": each.what, "advice": each.advice} for each in found]
        )
    if any(each.state == "bad" for each in found):
        raise typer.Exit(RAN_BADLY)


def terminal(environ: Mapping[str, str]) -> "Iterator[Finding]":
    """What the terminal can show, as far as it tells."""
    from replicate_tui.core.doctor import Finding

    if not output.is_terminal():
        yield Finding("terminal", "good", "standard output is none")
        return
    width, height = shutil.get_terminal_size()
    name = environ.get("TERM_PROGRAM") or environ.get("TERM") or "unknown"
    size = f"{name}, {width}×{height}"
    if (width, height) < _LEAST or height < _LEAST[1]:
        yield Finding("terminal", "doubtful", size, f"the screen wants {_LEAST[0]}×{_LEAST[1]} or more")
    else:
        yield Finding("terminal", "good", size)
    yield _colours(environ)
    yield _letters()
    yield _keys(environ)


def _colours(environ: Mapping[str, str]) -> "Finding":
    from replicate_tui.core.doctor import Finding

    if environ.get("NO_COLOR"):
        return Finding("colours", "good", "none, for NO_COLOR is set")
    if environ.get("COLORTERM") in ("truecolor", "24bit") or "direct" in environ.get("TERM", ""):
        return Finding("colours", "good", "16 million")
    if "256" in environ.get("TERM", ""):
        return Finding("colours", "good", "256; COLORTERM=truecolor gives all where the terminal has them")
    return Finding("colours", "doubtful", "16", "TERM=xterm-256color, or COLORTERM=truecolor, for finer pictures")


def _letters() -> "Finding":
    from replicate_tui.core.doctor import Finding

    encoding = getattr(sys.stdout, "encoding", None) or "unknown"
    if encoding.lower().replace("-", "") == "utf8":
        return Finding("letters", "good", encoding)
    return Finding("letters", "doubtful", encoding, "set LANG to a UTF-8 locale, such as C.UTF-8: marks are lost else")


def _keys(environ: Mapping[str, str]) -> "Finding":
    from replicate_tui.core.doctor import Finding

    if environ.get("TMUX"):
        return Finding("keys", "good", "inside tmux: set -sg escape-time 10 makes esc quick")
    if environ.get("STY"):
        return Finding("keys", "good", "inside screen: ctrl+a is its own key")
    return Finding("keys", "good", "letters, digits, F-keys and arrows are all that is needed")


def _print(finding: "Finding") -> None:
    mark = _MARKS[finding.state]
    if output.in_colour():
        mark = f"\x1b[{_COLOURS[finding.state]}m{mark}\x1b[0m"
    from replicate_tui.core.text import one_line

    output.line(f"{mark} {finding.name:<11} {one_line(finding.what)}")
    if finding.advice:
        output.line(f"  {'':<11} {one_line(finding.advice)}")
