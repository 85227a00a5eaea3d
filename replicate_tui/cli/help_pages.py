"""`help`: the manual, a page for each command and for what is about none of them."""

import os
import shlex
import shutil
import signal
import subprocess
import textwrap
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from replicate_tui.cli import output, tree
from replicate_tui.cli.exit_codes import (
    EXIT_CODES,
    INTERRUPTED,
    NO_ANSWER,
    RAN_BADLY,
    REFUSED,
    WRONG_USE,
    Stop,
    in_lines,
)
from replicate_tui.cli.help_descriptions import DESCRIPTIONS, FAILURES, NEAR, OFFLINE
from replicate_tui.cli.help_topics import TOPICS
from replicate_tui.cli.tree import Node

EXAMPLES = """\b
Examples:
  replicate-tui help
  replicate-tui help run
  replicate-tui help prediction watch
  replicate-tui help inputs
"""

_PROGRAM = "replicate-tui"
_WIDTH = 80

Words = Annotated[
    list[str] | None, typer.Argument(metavar="[COMMAND...]", help="A command or a topic; without it the topics.")
]


def show(words: Words = None) -> None:
    """Show a page, in the pager where there is one and standard output is a terminal."""
    _show(page(words or []))


def page(words: list[str]) -> str:
    """The page of a command or a topic.

    Raises:
        Stop: there is none.
    """
    if not words:
        return _contents()
    if words == ["commands"]:
        return _commands()
    if len(words) == 1 and words[0] in TOPICS:
        topic = TOPICS[words[0]]
        return f"{words[0]}: {topic.summary}\n\n{topic.text}"
    node = tree.find(tree.root(), words)
    if node is None:
        raise Stop(WRONG_USE, f"there is no command and no topic {' '.join(words)!r}: {_PROGRAM} help tells them")
    return "\n\n".join(_parts(node)) + "\n"


def _contents() -> str:
    topics = "".join(f"  {name:<18} {topic.summary}\n" for name, topic in TOPICS.items())
    ways = "".join(
        f"  {_PROGRAM + ' ' + words:<36} {what}\n"
        for words, what in (
            ("help COMMAND", "the page of a command, such as help run"),
            ("help TOPIC", "the page of a topic"),
            ("--help", "all commands, in short"),
            ("--spec", "all commands, as JSON for programs"),
        )
    )
    return f"The manual of {_PROGRAM}.\n\n{ways}\nTopics:\n{topics}"


def _commands() -> str:
    nodes = [node for node in tree.every(tree.root()) if not node.is_group]
    width = max(len(node.name) for node in nodes) + 2
    lines = []
    for section in dict.fromkeys(node.section for node in nodes):
        lines += ["", f"{section}:"]
        for node in (each for each in nodes if each.section == section):
            told = textwrap.wrap(node.summary, _WIDTH - width - 2)
            lines.append(f"  {node.name:<{width}}{told[0]}")
            lines += [" " * (width + 2) + rest for rest in told[1:]]
    return "\n".join(["commands: every command there is", *lines, ""])


def _parts(node: Node) -> Iterator[str]:
    """The parts of a command's page: its help, and what that leaves out."""
    yield _help(node)
    if paragraphs := DESCRIPTIONS.get(node.name):
        yield _titled("Description", "\n\n".join(textwrap.fill(each, _WIDTH - 2) for each in paragraphs))
    if node.aliases:
        yield _titled("Also called", ", ".join(" ".join((*node.path[:-1], alias)) for alias in node.aliases))
    if not node.is_group:
        yield _titled("Exit codes", in_lines(exit_codes(node)))
    if near := _near(node):
        yield _titled("See also", "\n".join(f"{_PROGRAM} help {each}" for each in near))


def exit_codes(node: Node) -> dict[int, str]:
    """The exit codes that a command may end with."""
    codes = {code: meaning for code, meaning in EXIT_CODES.items() if code != RAN_BADLY or node.name in FAILURES}
    if node.name in FAILURES:
        codes[RAN_BADLY] = FAILURES[node.name]
    if node.name in OFFLINE:
        codes = {code: meaning for code, meaning in codes.items() if code not in (REFUSED, NO_ANSWER, INTERRUPTED)}
    return codes


def _help(node: Node) -> str:
    """What --help prints."""
    command: Any = tree.root()
    context = typer.Context(command, info_name=_PROGRAM, **command.context_settings)
    for name in node.path:
        command = command.commands[name]
        context = typer.Context(command, info_name=name, parent=context)
    return str(command.get_help(context))


def _near(node: Node) -> list[str]:
    """What else to look at: what the manual names, else the commands of the same group."""
    known = {each.name for each in tree.every(tree.root())} | set(TOPICS)
    group = tree.find(tree.root(), node.path[:-1]) if len(node.path) > 1 else None
    siblings = [each.name for each in tree.inner(group)] if group else []
    named = [*NEAR.get(node.name, ()), *siblings]
    return [each for each in dict.fromkeys(named) if each in known and each != node.name]


def _titled(title: str, text: str) -> str:
    return f"{title}:\n{textwrap.indent(text, '  ')}"


def _show(text: str) -> None:
    """Print a page, through $PAGER where a person reads it on a terminal."""
    pager = _pager() if output.is_terminal() else []
    if not pager:
        output.write(text)
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is the pager's, as long as it shows
    try:
        # less shows what fits on the screen without a question, unless the person says otherwise.
        environ = {"LESS": "FRX", **os.environ}
        subprocess.run(pager, input=text.encode(), env=environ, check=False)
    finally:
        signal.signal(signal.SIGINT, before)


def _pager() -> list[str]:
    """The program that $PAGER names, with its arguments; nothing where it names none that is there."""
    try:
        words = shlex.split(os.environ.get("PAGER", ""), posix=os.name != "nt")
    except ValueError:  # a quote that nobody closes
        return []
    program = shutil.which(words[0]) if words else None
    return [program, *words[1:]] if program else []
