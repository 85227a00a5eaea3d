"""Every command has a sentence of help and examples, and every example is a command line that the program takes."""

from __future__ import annotations

import inspect
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from replicate_tui.cli import PROGRAM, tree
from replicate_tui.cli.main import hoisted
from replicate_tui.cli.spec import examples
from replicate_tui.cli.tree import Node

NODES = list(tree.every(tree.root()))
COMMANDS = [node for node in NODES if not node.is_group]
EXAMPLES = [(node, line) for node in COMMANDS for line in examples(node)]


def called(line: str) -> list[list[str]]:
    """The arguments of each call of the program in a line of shell."""
    line = line.replace("<(", " ; ").replace("$(", " ; ")
    reading = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
    reading.whitespace_split = True
    words = list(reading)
    calls: list[list[str]] = [[]]
    for word in words:
        if word and set(word) <= set("();<>|&"):
            calls.append([])
        else:
            calls[-1].append(word)
    starts = [(call, call.index(PROGRAM)) for call in calls if PROGRAM in call]
    return [call[start + 1 :] for call, start in starts]


def named(arguments: list[str]) -> object:
    """What the command that a command line names does; None where it names none."""
    words = [word for word in hoisted(arguments) if not word.startswith("-")]
    found = (tree.find(tree.root(), words[start:end]) for start in (0, 1) for end in (start + 1, start + 2))
    return next((inspect.unwrap(node.command.callback) for node in found if node and not node.is_group), None)


def judged(arguments: list[str]) -> None:
    """Have the tree take a command line without doing anything; raises what it raises."""
    command: Any = tree.root()
    context = command.make_context(PROGRAM, hoisted(arguments))
    rest = [*context._protected_args, *context.args]
    while hasattr(command, "commands"):
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)
        rest = [*getattr(context, "_protected_args", []), *context.args]


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the examples read."""
    monkeypatch.chdir(tmp_path)
    for name in ("models.json", "photo.jpg", "README.md"):
        (tmp_path / name).touch()


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.name)
def test_it_has_a_sentence_of_help(node: Node) -> None:
    assert node.summary.endswith((".", "?"))
    assert "\n" not in node.summary
    assert node.summary[0].isupper() or not node.summary[0].isalpha()


@pytest.mark.parametrize("node", COMMANDS, ids=lambda node: node.name)
def test_each_of_its_options_is_explained(node: Node) -> None:
    unexplained = [each.names for each in tree.parameters(node.command) if not each.help]
    assert unexplained == []


@pytest.mark.parametrize("node", COMMANDS, ids=lambda node: node.name)
def test_it_shows_examples_of_itself(node: Node) -> None:
    does = {named(call) for line in examples(node) for call in called(line)}
    assert inspect.unwrap(node.command.callback) in does


@pytest.mark.parametrize(("node", "line"), EXAMPLES, ids=lambda each: each if isinstance(each, str) else each.name)
def test_the_program_takes_each_example(node: Node, line: str) -> None:
    calls = called(line)
    assert calls
    for arguments in calls:
        judged(arguments)


@pytest.mark.parametrize("arguments", [["run", "x", "--nonsense"], ["nonsense"], ["model", "show"], ["p", "watch"]])
def test_a_command_line_that_is_none_would_be_found(arguments: list[str]) -> None:
    with pytest.raises((typer.BadParameter, Exception), match=r"(?i)nonsense|missing"):
        judged(arguments)
