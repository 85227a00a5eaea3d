"""Sentences tell the keys that work: those of the bindings, or those that a person chose, from then on."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import replicate_tui.tui
from replicate_tui.core.config_file import Config
from replicate_tui.core.settings import Settings
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.bindings import bindings
from replicate_tui.tui.key_names import NAMED, hints, key_of, with_keys
from tests.tui.driving import SMALL, WIDE, driven

CHOSEN = {
    "mode.run": "f13",
    "table.open": "f14",
    "form.run": "f15",
    "model.favourite": "f16,b",
    "runs.back": "f17",
    "runs.relatives": "left_square_bracket",
    "deployment.new": "f18",
    "one_line.back": "f19",
}
BY_HAND = re.compile(r"\[b \$primary\][^\[$]{1,4}\[/\]|\b(?:F\d+|esc|\^[a-pr-z]) [a-z]+s\b")
"""A key that is written into a sentence, and so never follows a choice; ^q is Textual's own."""


def test_every_action_that_a_sentence_names_is_one_and_no_key_is_written_out() -> None:
    names = {binding.id for binding in bindings()}
    named = set[str]()
    for path in Path(replicate_tui.tui.__path__[0]).rglob("*.py"):
        for text in _texts(ast.parse(path.read_text("utf-8"))):
            named.update(NAMED.findall(text))
            assert not BY_HAND.search(text), (path, text)
    assert len(named) > 50
    assert named <= names


def _texts(module: ast.Module) -> Iterator[str]:
    """The texts of a module, without what stands in the braces of those that are put together."""
    nodes = [*ast.walk(module)]
    documented = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    in_parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.value.replace("{", " ") if id(node) in in_parts else node.value


def test_a_key_is_named_by_its_binding_or_by_the_choice(settings: Settings) -> None:
    app = ReplicateApp(settings)
    told = "{form.run} {table.open} {confirm.no} {runs.relatives} {pane.form} {app.palette.anywhere} {runs.filters}"
    assert with_keys(app, told) == "F5 ⏎ esc L F3 ^p '"
    app.set_keymap(CHOSEN)
    assert with_keys(app, told) == "F15 F14 esc [ F3 ^p '"
    assert key_of(app, "model.favourite") == "F16"
    assert hints(app, ("⏎", "keep"), ("{one_line.back}", "leave it")).plain == "⏎ keep   F19 leave it"
    assert with_keys(app, "data may have {braces}") == "data may have {braces}"
    with pytest.raises(LookupError):
        key_of(app, "no.such")


async def test_what_is_empty_and_what_asks_tells_the_keys_that_were_chosen(settings: Settings) -> None:
    async with driven(replace(settings, keys=CHOSEN), WIDE) as driver:
        await driver.shows("F13 Run", " Run  F15 ", "Nothing ran yet. F15 runs the form.")
        await driver.press("right")
        await driver.shows("F16 makes the model with the")
        await driver.press("right")
        await driver.shows("Nothing ran yet. F14 opens", "a model's form, F15 runs it.")
        await driver.press("2")
        await driver.shows("Nothing ran yet. F13 shows the models: F14 opens the form of one, F15 runs it.")
        await driver.press("slash")
        await driver.write("zzz")
        await driver.shows("No run matches the filter. F17 clears it.")
        await driver.press("4")
        await driver.press("enter", "4")
        await driver.shows("F18 makes the first.")


async def test_other_keys_are_told_at_once_wherever_they_are_told(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.open_model("hello-world")
        await driver.shows("1 Run", " Run  F5 ", "F5 run")
        await driver.press("escape", "comma")
        await driver.until(lambda: driver.app.current_mode == "settings", "the settings")
        driver.app.renew(Config(keys={"form.run": "f15", "mode.run": "f13"}))
        await driver.shows("F13 Run")
        await driver.press("f13")
        await driver.until(lambda: driver.app.current_mode == "run", "the Run mode")
        await driver.press("f3")
        await driver.shows("F13 Run", " Run  F15 ", "F15 run")
