"""The manual: a page for every command and topic, plain in a pipe and through the pager on a terminal."""

import re
from pathlib import Path

import pytest

from replicate_tui.cli import tree
from replicate_tui.cli.exit_codes import EXIT_CODES
from replicate_tui.cli.help_descriptions import DESCRIPTIONS, FAILURES, NEAR, OFFLINE
from replicate_tui.cli.help_pages import exit_codes, page
from replicate_tui.cli.help_topics import TOPICS
from replicate_tui.core import settings
from replicate_tui.core.forms import inputs, template
from tests.cli.conftest import Run
from tests.cli.terminals import on_a_terminal

NODES = list(tree.every(tree.root()))
NAMES = [node.name for node in NODES]
WIDTH = 80


def test_without_a_word_the_topics_are_listed(run: Run) -> None:
    shown = run("help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert all(f"\n  {name} " in shown.stdout for name in TOPICS)


@pytest.mark.parametrize("words", ["run", "prediction show", "deployment", "file upload"])
def test_a_page_begins_with_the_help_of_its_command(run: Run, words: str) -> None:
    shown = run("help", *words.split())
    own = run(*words.split(), "--help")
    assert shown.returncode == own.returncode == 0
    assert shown.stdout.startswith(own.stdout.rstrip("\n"))


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_a_page_that_tells_its_exit_codes(name: str) -> None:
    node = NODES[NAMES.index(name)]
    text = page(name.split())
    assert ("\nExit codes:\n" in text) != node.is_group
    if not node.is_group:
        assert re.search(r"^ *Examples?:$", text, re.MULTILINE)
    own = text.partition("\nDescription:")[2] or text.partition("\nExit codes:")[2]
    assert all(len(line) <= WIDTH for line in own.splitlines())


@pytest.mark.parametrize("name", TOPICS)
def test_every_topic_has_a_page_that_fits(name: str) -> None:
    lines = page([name]).splitlines()
    assert lines[0].startswith(f"{name}: ")
    assert len(lines) > 5
    assert all(len(line) <= WIDTH for line in lines)


def test_all_commands_are_listed() -> None:
    text = page(["commands"])
    assert all(f"\n  {node.name} " in text for node in NODES if not node.is_group)


def test_a_command_is_found_by_its_other_names(run: Run) -> None:
    shown = run("help", "p", "view").stdout
    assert shown.startswith("Usage: replicate-tui prediction show")
    assert "Also called:\n  prediction view\n" in shown


@pytest.mark.parametrize("words", [["nonsense"], ["run", "more"], ["model", "nonsense"]])
def test_what_there_is_no_page_of_is_refused(run: Run, words: list[str]) -> None:
    refused = run("help", *words)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert " ".join(words) in refused.stderr


def test_an_option_of_help_itself_is_refused(run: Run) -> None:
    assert run("help", "--nonsense").returncode == 2


def test_what_the_manual_adds_is_about_commands_that_there_are() -> None:
    named = {*DESCRIPTIONS, *FAILURES, *OFFLINE, *NEAR}
    assert named - set(NAMES) == set()
    assert {each for near in NEAR.values() for each in near} - {*NAMES, *TOPICS} == set()


def test_exit_codes_are_those_that_a_command_has() -> None:
    by_name = {node.name: exit_codes(node) for node in NODES}
    assert list(by_name["run"]) == list(EXIT_CODES)
    assert list(by_name["model list"]) == [0, 2, 3, 4, 130]
    assert list(by_name["completion"]) == [0, 2]
    assert by_name["batch"][1] == "a row failed"


def test_what_the_manual_says_of_templates_holds() -> None:
    document = {
        "id": "r1",
        "input": {"prompt": "a corgi"},
        "output": [{"url": "https://x.test/0"}, {"url": "https://x.test/1"}],
    }
    paths = {
        "{{.output[-1].url}}": "https://x.test/1",
        "{{.input.prompt}}": "a corgi",
        "{{.output[*].url}}": ["https://x.test/0", "https://x.test/1"],
        "{{.id}}": "r1",
        "{{$.id}}": "r1",
        "of {{.id}}: {{.input.prompt}}": "of r1: a corgi",
    }
    assert {text: template.expand(text, document) for text in paths} == paths


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("number", "0.5", 0.5),
        ("integer", "1_000", 1000),
        ("integer", "1e3", 1000),
        ("boolean", "YES", True),
        ("boolean", "off", False),
        ("list", "a\nb", ["a", "b"]),
        ("list", '["a"]', ["a"]),
        ("list", "a", ["a"]),
        ("json", '{"a": 1}', {"a": 1}),
    ],
)
def test_what_the_manual_says_of_values_holds(kind: inputs.Kind, raw: str, value: object) -> None:
    item = inputs.Field("x", "text") if kind == "list" else None
    assert inputs.parse([inputs.Field("x", kind, item=item)], {"x": raw}).input == {"x": value}
    assert inputs.typed("@@TEXT") == "@TEXT"
    assert inputs.typed("@~/x") == inputs.Upload(Path.home() / "x")


def test_the_variables_of_the_manual_are_those_that_are_read(tmp_path: Path) -> None:
    environ = {
        "REPLICATE_API_TOKEN": "r8_x",
        "REPLICATE_BASE_URL": "https://x.test/v1",
        "REPLICATE_TUI_HOME": str(tmp_path),
        "REPLICATE_TUI_PROFILE": "default",
    }
    loaded = settings.load(settings.Flags(), environ)
    assert (loaded.token, loaded.host, loaded.folders.data) == ("r8_x", "x.test", tmp_path.resolve() / "data")
    assert all(f"  {name} " in page(["environment"]) for name in environ)
    assert loaded.database_file == tmp_path.resolve() / "data" / "profiles" / "default" / "history.db"


def test_the_pager_shows_a_page_on_a_terminal(tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text('#!/bin/sh\necho "paged $1 $LESS"\ncat\n')
    pager.chmod(0o755)
    seen = on_a_terminal("help", "exit-codes", PAGER=f"{pager} --loud")
    assert (seen.code, seen.lines[0]) == (0, "paged --loud FRX")
    assert "interrupted" in seen.text


@pytest.mark.parametrize("pager", ["", "/nowhere/to/be/found", "'unclosed"])
def test_without_a_pager_a_page_is_printed(pager: str) -> None:
    seen = on_a_terminal("help", "exit-codes", PAGER=pager)
    assert seen.code == 0
    assert "interrupted" in seen.text


def test_a_pipe_gets_no_pager(run: Run) -> None:
    shown = run("help", "inputs", PAGER="/bin/false")
    assert shown.returncode == 0
    assert "@@TEXT" in shown.stdout
