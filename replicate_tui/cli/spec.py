"""`--spec`: all commands, options and exit codes as one JSON document, for programs."""

from collections.abc import Iterator
from typing import Any, Final

from replicate_tui import __version__
from replicate_tui.cli import tree
from replicate_tui.cli.exit_codes import EXIT_CODES
from replicate_tui.cli.tree import Node, Parameter

SPEC_VERSION: Final = 1
"""Goes up when what is there changes its meaning or goes away; what is added does not count."""

_VARIABLES: Final = {"profile": "REPLICATE_TUI_PROFILE", "base_url": "REPLICATE_BASE_URL"}
"""What the settings read where the flag is not given."""


def document() -> dict[str, Any]:
    """The description, in the order of the help. Every command is imported for it."""
    group = tree.root()
    return {
        "spec_version": SPEC_VERSION,
        "program": "replicate-tui",
        "version": __version__,
        "summary": group.help,
        "global_options": [_option(each) for each in (*tree.parameters(group), tree.HELP)],
        "commands": [_command(each) for each in tree.first_level(group)],
        "exit_codes": [{"code": code, "meaning": meaning} for code, meaning in EXIT_CODES.items()],
    }


def _command(node: Node) -> dict[str, Any]:
    """One command with what it takes, or a group with its commands."""
    told: dict[str, Any] = {
        "name": node.name,
        "aliases": [" ".join((*node.path[:-1], alias)) for alias in node.aliases],
        "section": node.section,
        "summary": node.summary,
    }
    if node.is_group:
        return {**told, "commands": [_command(each) for each in tree.inner(node)]}
    parameters = tree.parameters(node.command)
    return {
        **told,
        "arguments": [_argument(each) for each in parameters if not each.is_option],
        "options": [_option(each) for each in (*parameters, tree.HELP) if each.is_option],
        "examples": list(examples(node)),
    }


def examples(node: Node) -> Iterator[str]:
    """The command lines that a command's help shows, each whole."""
    epilog = str(node.command.epilog or "").replace("\\\n", " ")
    for line in epilog.splitlines():
        if line.startswith("  ") and "replicate-tui" in line:
            yield " ".join(line.split())


def _argument(parameter: Parameter) -> dict[str, Any]:
    return {"name": parameter.key, "metavar": parameter.metavar, **_value(parameter)}


def _option(parameter: Parameter) -> dict[str, Any]:
    names = {"names": list(parameter.names), "negations": list(parameter.negations)}
    return {**names, "metavar": parameter.metavar, **_value(parameter)}


def _value(parameter: Parameter) -> dict[str, Any]:
    """What is told of arguments and options alike; bounds and choices where there are any."""
    told: dict[str, Any] = {
        "type": "text" if parameter.kind == "choice" else parameter.kind,
        "summary": parameter.help,
        "default": parameter.default,
        "required": parameter.required,
        "repeatable": parameter.repeatable,
        "env": parameter.variable or _VARIABLES.get(parameter.key),
    }
    may_be = {"choices": list(parameter.choices), "minimum": parameter.minimum, "maximum": parameter.maximum}
    return told | {name: value for name, value in may_be.items() if value not in (None, [])}
