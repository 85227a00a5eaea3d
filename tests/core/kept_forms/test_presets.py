"""Presets: named sets of inputs."""

from pathlib import Path

import pytest

from replicate_tui.core.forms.file_input import absolute
from replicate_tui.core.forms.inputs import Field, Upload
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history.database import Database
from replicate_tui.core.kept_forms import form_text
from replicate_tui.core.kept_forms.presets import LONGEST_NAME, PresetRefused, Presets
from replicate_tui.core.models.target import Target

PAINTER = Target("acme/painter", "v1", "v1", (Field("prompt", "prose"), Field("key", "secret")), None)


@pytest.fixture
def presets(database: Database) -> Presets:
    return Presets(database, "api.test")


def names(presets: Presets) -> list[str]:
    return [row.name for row in presets.list("acme/painter")]


async def test_a_preset_comes_back_by_its_name_without_secrets(presets: Presets) -> None:
    raw = {"prompt": "a heron", "image": Upload(Path("a.png")), "key": "sk-1"}
    row = await presets.keep(PAINTER, "  birds\n", raw, RunOptions(block=5))
    assert (row.name, row.version) == ("birds", "v1")
    preset = presets.load("acme/painter", "birds")
    assert preset is not None
    assert preset.raw == {"prompt": "a heron", "image": absolute(Upload(Path("a.png")))}
    assert (preset.name, preset.model, preset.options) == ("birds", "acme/painter", RunOptions(block=5))
    assert presets.list("acme/painter") == (row,)


async def test_presets_are_listed_by_name_and_for_their_model_alone(presets: Presets, database: Database) -> None:
    for name in ("zebra", "Ant", "bee"):
        await presets.keep(PAINTER, name, {"prompt": name})
    assert names(presets) == ["Ant", "bee", "zebra"]
    assert presets.list("acme/other") == ()
    assert presets.load("acme/other", "bee") is None
    assert Presets(database, "elsewhere").list("acme/painter") == ()


async def test_keeping_under_the_same_name_replaces(presets: Presets) -> None:
    await presets.keep(PAINTER, "birds", {"prompt": "one"})
    await presets.keep(PAINTER, "birds", {"prompt": "two"})
    preset = presets.load("acme/painter", "birds")
    assert names(presets) == ["birds"]
    assert preset is not None
    assert preset.raw == {"prompt": "two"}


async def test_a_deleted_preset_is_gone_and_deleting_again_harms_nothing(presets: Presets) -> None:
    await presets.keep(PAINTER, "birds", {})
    await presets.delete("acme/painter", "birds")
    await presets.delete("acme/painter", "birds")
    assert names(presets) == []


@pytest.mark.parametrize(
    ("name", "words"), [("  ", "needs a name"), ("\x1b[2J", "needs a name"), ("x" * (LONGEST_NAME + 1), "at most")]
)
async def test_odd_names_are_refused(presets: Presets, name: str, words: str) -> None:
    with pytest.raises(PresetRefused, match=words):
        await presets.keep(PAINTER, name, {"prompt": "p"})
    assert names(presets) == []


async def test_a_form_that_is_too_large_is_refused_with_its_reason(presets: Presets) -> None:
    with pytest.raises(PresetRefused, match="16 MB"):
        await presets.keep(PAINTER, "birds", {"prompt": "x" * form_text.LARGEST})
