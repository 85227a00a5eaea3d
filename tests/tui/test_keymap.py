"""The keys that can be remapped, and what is told of a user's choice."""

import pytest

from replicate_tui.tui.keymap import bindings, mistakes


def test_every_binding_of_ours_has_a_name_of_its_own_and_says_what_it_does() -> None:
    found = list(bindings())
    names = {binding.id for binding in found}
    assert {"form.run", "app.quit", "run.cancel", "form.fold", "output.next", "confirm.yes", "welcome.local"} <= names
    assert all(binding.tooltip for binding in found)


@pytest.mark.parametrize("key", ["f9", "x", "ctrl+s", "shift+tab", "slash", "question_mark", "space", "f5,f9", "/"])
def test_keys_that_exist_are_taken(key: str) -> None:
    assert mistakes({"form.run": key}) == []


@pytest.mark.parametrize("key", ["entre", "foo bar", "", "ctrl+", "f99x"])
def test_keys_that_do_not_exist_are_named(key: str) -> None:
    (told,) = mistakes({"form.run": key})
    assert "form.run" in told
    assert repr(key) in told


def test_an_action_that_does_not_exist_is_told_with_the_nearest() -> None:
    (told,) = mistakes({"form.rnu": "f9"})
    assert "did you mean 'form.run'" in told
