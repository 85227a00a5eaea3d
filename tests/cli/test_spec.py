"""`--spec`: what programs are told of the commands is what the commands' own help tells."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.main import get_command

from replicate_tui import __version__
from replicate_tui.cli import tree
from replicate_tui.cli.commands import COMMANDS
from replicate_tui.cli.exit_codes import EXIT_CODES
from replicate_tui.cli.help_pages import page
from replicate_tui.cli.program import app
from replicate_tui.cli.spec import SPEC_VERSION, document
from tests.cli.conftest import Run

TEXTS = {"type": "array", "items": {"type": "string"}}
VALUE = {
    "type": "object",
    "required": ["type", "summary", "default", "required", "repeatable", "env", "metavar"],
    "properties": {
        "name": {"type": "string"},
        "names": TEXTS,
        "negations": TEXTS,
        "metavar": {"type": "string"},
        "type": {"enum": ["text", "integer", "number", "boolean", "path"]},
        "summary": {"type": "string", "minLength": 1},
        "default": {"type": ["string", "number", "boolean", "null"]},
        "required": {"type": "boolean"},
        "repeatable": {"type": "boolean"},
        "env": {"type": ["string", "null"]},
        "choices": TEXTS,
        "minimum": {"type": "number"},
        "maximum": {"type": "number"},
    },
    "additionalProperties": False,
}
SHAPE = {
    "type": "object",
    "required": ["spec_version", "program", "version", "summary", "global_options", "commands", "exit_codes"],
    "properties": {
        "spec_version": {"const": 1},
        "global_options": {"type": "array", "items": VALUE},
        "commands": {"type": "array", "items": {"$ref": "#/$defs/command"}},
    },
    "$defs": {
        "command": {
            "type": "object",
            "required": ["name", "aliases", "section", "summary"],
            "oneOf": [{"required": ["commands"]}, {"required": ["arguments", "options", "examples"]}],
            "properties": {
                "name": {"type": "string"},
                "aliases": TEXTS,
                "section": {"type": "string"},
                "summary": {"type": "string", "minLength": 1},
                "commands": {"type": "array", "items": {"$ref": "#/$defs/command"}},
                "arguments": {"type": "array", "items": VALUE},
                "options": {"type": "array", "items": VALUE},
                "examples": TEXTS,
            },
            "additionalProperties": False,
        }
    },
}


@cache
def spec() -> dict[str, Any]:
    return document()


def leaves(commands: list[dict[str, Any]] | None = None) -> Iterator[dict[str, Any]]:
    for each in spec()["commands"] if commands is None else commands:
        yield from leaves(each["commands"]) if "commands" in each else [each]


def found(name: str) -> dict[str, Any]:
    return next(each for each in leaves() if each["name"] == name)


def options(name: str) -> dict[str, dict[str, Any]]:
    return {each["names"][0]: each for each in found(name)["options"]}


def test_the_program_prints_it_as_json(run: Run) -> None:
    printed = run("--spec")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert json.loads(printed.stdout) == spec()
    assert (spec()["spec_version"], spec()["version"]) == (SPEC_VERSION, __version__)


def test_its_shape_is_the_one_that_programs_rely_on() -> None:
    assert [error.message for error in Draft202012Validator(SHAPE).iter_errors(spec())] == []


def test_every_command_is_there_in_the_order_of_the_help() -> None:
    assert [each["name"] for each in spec()["commands"]] == [each.name for each in COMMANDS]
    root = get_command(app)
    for listed, told in zip(COMMANDS, spec()["commands"], strict=True):
        held = getattr(root.commands[listed.name], "commands", {})  # type: ignore[attr-defined]
        names = {f"{listed.name} {name}" for name in held}
        inner = told.get("commands", [])
        assert {name for each in inner for name in (each["name"], *each["aliases"])} == names
        assert told["aliases"] == list(listed.aliases)


@pytest.mark.parametrize("told", list(leaves()), ids=lambda each: each["name"])
def test_every_option_of_the_help_is_there(told: dict[str, Any]) -> None:
    shown = page(told["name"].split()).partition("Options:\n")[2].partition("\n\n")[0]
    heads = [line[:40] for line in shown.splitlines() if re.match(r"  -", line)]
    in_help = {name for head in heads for name in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", head.partition("   ")[0])}
    assert in_help == {name for each in told["options"] for name in (*each["names"], *each["negations"])}


def test_types_defaults_choices_and_bounds_are_told() -> None:
    run = options("run")
    assert (run["--wait"]["names"], run["--wait"]["negations"]) == (["--wait", "-w"], ["--no-wait"])
    assert run["--wait"]["default"] is True
    assert run["--stream"]["default"] is None
    assert run["--separator"]["default"] == "="
    assert run["--output-directory"]["type"] == "path"
    serve = options("serve")
    assert serve["--outputs"]["choices"] == ["url", "data"]
    assert serve["--port"] | {"summary": ""} == {
        "names": ["--port"],
        "negations": [],
        "metavar": "",
        "type": "integer",
        "summary": "",
        "default": 0,
        "required": False,
        "repeatable": False,
        "env": None,
        "minimum": 0,
        "maximum": 65535,
    }
    assert serve["--token"]["env"] == "REPLICATE_TUI_SERVER_TOKEN"
    assert serve["--cog"]["repeatable"] is True
    assert options("history cost")["--by"]["default"] == "day"
    assert options("deployment create")["--hardware"]["required"] is True


def test_arguments_are_told() -> None:
    first, second = found("run")["arguments"]
    assert (first["name"], first["required"], first["repeatable"]) == ("reference", False, False)
    assert (second["metavar"], second["repeatable"]) == ("[NAME=VALUE]...", True)
    assert found("prediction watch")["arguments"][0]["required"] is True
    assert found("completion")["arguments"][0]["choices"] == ["bash", "zsh", "fish"]


def test_other_names_of_a_command_are_its_aliases() -> None:
    assert found("prediction create")["aliases"] == ["prediction new", "prediction run"]
    assert found("model show")["aliases"] == ["model view"]
    assert tree.find(tree.root(), ["p", "view"]) is not None
    assert tree.find(tree.root(), ["p", "show", "more"]) is None


def test_global_options_and_exit_codes_are_told() -> None:
    told = {each["names"][0]: each for each in spec()["global_options"]}
    assert list(told)[:4] == ["--profile", "--base-url", "--local", "--read-only"]
    assert told["--profile"]["env"] == "REPLICATE_TUI_PROFILE"
    assert [each["code"] for each in spec()["exit_codes"]] == list(EXIT_CODES) == [0, 1, 2, 3, 4, 130]


def test_examples_are_told_whole() -> None:
    first = found("deployment create")["examples"][0]
    assert first.startswith("replicate-tui deployment create text-to-image --model stability-ai/sdxl --hardware")
    assert "\\" not in first
