"""What the server says of a Cog model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from replicate_tui.local.cog import Description, describe, source
from replicate_tui.local.work.jobs import SetupFailed
from tests.local.cog.bench import MODELS, needs_cog

pytestmark = needs_cog


def test_a_folder_is_described_in_replicates_dialect(talker: Description) -> None:
    schemas = talker.schema["components"]["schemas"]
    properties = schemas["Input"]["properties"]
    assert (talker.name, talker.description) == ("talker", "Says a text back, in one of several moods.")
    assert schemas["Input"]["required"] == ["text"]
    assert sorted(properties, key=lambda name: properties[name]["x-order"]) == [
        *("text", "mood", "times", "warmth", "nickname", "key"),
    ]
    assert properties["text"] == {"x-order": 0, "title": "Text", "type": "string", "description": "What to say"}
    assert properties["mood"] == {"x-order": 1, "allOf": [{"$ref": "#/components/schemas/mood"}], "default": "calm"}
    assert schemas["mood"]["enum"][0] == "calm"
    assert (properties["times"]["minimum"], properties["times"]["maximum"]) == (1, 100000)
    assert properties["nickname"]["nullable"] is True
    assert properties["key"]["x-cog-secret"] is True
    assert schemas["Output"] == {"title": "Output", "type": "string"}
    assert not talker.streams
    assert talker.program.limit == 1


def test_files_and_iterators_are_known_from_the_description(copier: Description, teller: Description) -> None:
    assert copier.program.abilities.file_inputs == {"image", "more"}
    assert copier.schema["components"]["schemas"]["Input"]["properties"]["image"]["x-cog-accept"] == "image/*"
    assert teller.streams
    assert teller.schema["components"]["schemas"]["Output"]["x-cog-array-type"] == "iterator"


async def test_a_built_schema_is_taken_as_it_is(tmp_path: Path) -> None:
    shutil.copytree(MODELS / "broken_import", folder := tmp_path / "Built Model")
    built = {"components": {"schemas": {"Input": {"type": "object"}, "Output": {"type": "string"}}}}
    (folder / ".cog").mkdir()
    (folder / ".cog" / "openapi_schema.json").write_text(json.dumps(built))
    model = await describe(source(str(folder)))
    assert model.schema == built
    assert model.name == "built-model"


async def test_a_predictor_that_cannot_be_imported_is_told() -> None:
    with pytest.raises(SetupFailed, match="ModuleNotFoundError: No module named 'no_such_module_anywhere'"):
        await describe(source(str(MODELS / "broken_import")))


async def test_without_the_package_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replicate_tui.local.cog.process.find_spec", lambda _: None)
    with pytest.raises(SetupFailed, match=r"pip install 'replicate-tui\[cog\]'"):
        await describe(source(str(MODELS / "talker")))
