"""The keys: what every binding has, which keys they are on, and what is told of a user's choice of others."""

import re
from collections import defaultdict

import pytest
from textual.binding import Binding
from textual.widgets import TextArea

from replicate_tui.tui import keymap
from replicate_tui.tui.bindings import bindings, owners
from replicate_tui.tui.keymap import clashes, mistakes

ESSENTIAL = re.compile(
    r"[a-zA-Z0-9]|f[0-9]+|(shift\+)?(up|down|left|right)|enter|escape|space|home|end|pageup|pagedown|slash|colon"
)
"""Keys that every keyboard has in one place, `/` and `:` as everywhere."""
ALWAYS_BESIDE = {
    "app.palette.anywhere": "app.palette",
    "app.settings": "app.palette",
    "app.suspend": "app.palette",
    "model.train.anywhere": "model.train",
    "form.reset": "app.palette.anywhere",
    "form.submit": "form.run",
    "form.item_down": "form.item_up",
    "form.tab_before": "form.next_tab",
    "json.reset": "app.palette.anywhere",
    "area.start": "form.page_up",
    "area.end": "form.page_down",
    "app.help": "app.help.anywhere",
    "runs.filters": "app.palette",
    "log.filter": "app.palette",
    "deployment.more": "deployment.edit",
    "deployment.fewer": "deployment.edit",
    "deployment.more_ready": "deployment.edit",
    "deployment.fewer_ready": "deployment.edit",
    "scale.more": "deployment.edit",
    "scale.fewer": "deployment.edit",
    "scale.more_ready": "deployment.edit",
    "scale.fewer_ready": "deployment.edit",
    "form.take": "form.offer",
    "output.open_all": "output.fold",
    "output.close_all": "output.fold",
}
"""Actions on signs and control keys only, each with another way to it that is on an essential key."""
NEVER_BOTH = {
    ("output.enlarge", "output.fold", "output.one"),
    ("pane.back", "run.unzoom"),
    ("run.unzoom", "runs.back"),
}
"""Actions on one key of which one is meant at a time: an output is a picture, a grid or a tree, a run zoomed or not."""


def test_every_binding_of_ours_has_a_name_of_its_own_and_says_what_it_does() -> None:
    meanings = defaultdict(set)
    for owner in owners():
        for binding in vars(owner).get("BINDINGS", ()):
            if binding not in TextArea.BINDINGS:
                assert isinstance(binding, Binding), owner
                assert binding.id, (owner, binding)
                assert binding.tooltip, binding.id
                meanings[binding.id].add((binding.key, binding.action))
    assert {"form.run", "run.cancel", "queue.pause", "compare.go", "train.start", "log.times"} <= meanings.keys()
    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}
    assert meanings.keys() == {binding.id for binding in bindings()}


def test_everything_can_be_reached_by_keys_that_every_keyboard_has() -> None:
    essential = {
        binding.id or "": any(ESSENTIAL.fullmatch(key.strip()) for key in binding.key.split(","))
        for binding in bindings()
    }
    assert {name for name, each in essential.items() if not each} == ALWAYS_BESIDE.keys()
    assert all(essential[ALWAYS_BESIDE.get(beside, beside)] for beside in ALWAYS_BESIDE.values())


def test_no_two_actions_of_one_place_are_on_the_same_key() -> None:
    for owner in owners():
        on_key = defaultdict[str, list[Binding]](list)
        own: dict[str, Binding] = {}
        for base in reversed(owner.__mro__):
            own |= {each.id: each for each in vars(base).get("BINDINGS", ()) if isinstance(each, Binding) and each.id}
        for binding in own.values():
            for key in binding.key.split(","):
                on_key[key].append(binding)
        for key, found in on_key.items():
            if len({binding.action for binding in found}) > 1:
                assert tuple(sorted(binding.id or "" for binding in found)) in NEVER_BOTH, (owner, key)


@pytest.mark.parametrize("key", ["f13", "Q", "ctrl+s", "shift+tab", "question_mark,f13", "ctrl+at", "f13,f14", "$"])
def test_keys_that_exist_are_taken(key: str) -> None:
    assert [told for told in mistakes({"form.run": key}) if "is not a key" in told] == []


@pytest.mark.parametrize("key", ["entre", "foo bar", "", "ctrl+", "f99x"])
def test_keys_that_do_not_exist_are_named(key: str) -> None:
    (told,) = mistakes({"form.run": key})
    assert "form.run" in told
    assert repr(key) in told


@pytest.mark.parametrize(
    ("wrong", "meant"), [("form.rnu", "form.run"), ("queue.pauze", "queue.pause"), ("compare.sames", "compare.same")]
)
def test_an_action_that_does_not_exist_is_told_with_the_nearest(wrong: str, meant: str) -> None:
    (told,) = mistakes({wrong: "f13"})
    assert f"did you mean '{meant}'" in told


def test_a_key_that_another_action_of_the_same_place_has_is_told_with_both() -> None:
    assert mistakes({"app.quit": "f10"}) == ["config.toml [keys] app.quit: f10 is the key of form.presets, too"]
    assert mistakes({"compare.remix": "i"}) == ["config.toml [keys] compare.remix: i is the key of compare.use, too"]
    (told,) = mistakes({"run.remix": "j"})
    assert "table.down" in told  # a widget with the focus would take it


def test_keys_that_are_changed_together_or_meant_for_different_places_are_no_clash() -> None:
    assert clashes({"runs.compare": "t", "runs.tags": "x"}) == {}
    assert clashes({"run.copy": "J", "log.copy": "J", "compare.copy": "J"}) == {}
    assert clashes({"deployment.new": "m"}) == {}  # runs are remixed elsewhere


def test_what_is_on_which_key_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = clashes({"app.quit": "f10"})
    monkeypatch.setattr(keymap, "owners", lambda: pytest.fail("every class is looked at again"))
    assert clashes({"app.quit": "f10"}) == before
    assert clashes({"compare.remix": "i"}) == {("compare.remix", "compare.use"): "i"}


def test_a_verb_is_on_one_letter_wherever_it_is() -> None:
    letters = defaultdict[str, set[str]](set)
    for binding in bindings():
        first = binding.key.split(",")[0]
        if len(first) == 1 and first.isalpha():
            letters[binding.description.lower()].add(first)
    assert {word: found for word, found in letters.items() if len(found) > 1} == {}
    assert letters["refresh"] == {"R"}
    assert letters["use as input"] == {"i"}
