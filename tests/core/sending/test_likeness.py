"""How well a listed run fits one that was sent: by what was run, by its input."""

from typing import Any

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.field import Field
from replicate_tui.core.forms.inputs import REDACTED
from replicate_tui.core.history import runs
from replicate_tui.core.sending import likeness
from replicate_tui.core.sending.likeness import Likeness

V1, V2 = "1" * 64, "2" * 64
FILE = "https://api.replicate.com/v1/files/f1"


def prediction(**values: Any) -> Prediction:
    return Prediction.of({"id": "r", "status": "processing", "model": "acme/painter", "input": {}, **values})


@pytest.mark.parametrize(
    ("ours", "theirs", "fit"),
    [
        ({"version": V1}, {"version": V1}, Likeness.SAME),
        ({"version": V1}, {"version": "hidden"}, Likeness.SAME),
        ({"version": V1}, {"version": V2}, Likeness.DOUBTFUL),
        ({"version": V1}, {"version": V1, "model": "acme/other"}, Likeness.SAME),
        ({"version": V1}, {"version": "hidden", "model": "acme/other"}, Likeness.OTHER),
        ({"version": "hidden"}, {"version": "hidden", "model": "acme/other"}, Likeness.OTHER),
        ({"version": V1, "model": ""}, {"version": V1}, Likeness.SAME),
        ({"version": V1, "model": ""}, {"version": "hidden"}, Likeness.DOUBTFUL),
        ({"version": V1, "model": ""}, {"version": V2}, Likeness.OTHER),
        ({"version": V1}, {"version": V1, "deployment": "acme/live"}, Likeness.OTHER),
        ({"version": V1, "deployment": "acme/live"}, {"version": V2, "deployment": "acme/live"}, Likeness.SAME),
        ({"version": V1, "deployment": "acme/live"}, {"version": V1, "deployment": "live"}, Likeness.SAME),
        ({"version": V1, "deployment": "acme/live"}, {"version": V1, "deployment": "other/live"}, Likeness.OTHER),
        ({"version": V1, "deployment": "acme/live"}, {"version": V1, "deployment": "test"}, Likeness.OTHER),
        ({"version": V1, "deployment": "acme/live"}, {"version": V1}, Likeness.DOUBTFUL),
    ],
)
def test_what_was_run_is_judged_by_what_both_tell(ours: dict[str, Any], theirs: dict[str, Any], fit: Likeness) -> None:
    assert likeness.of_target(prediction(**ours), prediction(**theirs)) == fit


@pytest.mark.parametrize(
    ("ours", "theirs", "fit"),
    [
        ({}, {}, Likeness.SAME),
        ({"a": 1, "b": [1.0, {"c": 2}]}, {"b": [1, {"c": 2.0}], "a": 1.0}, Likeness.SAME),
        ({"key": REDACTED}, {"key": "***"}, Likeness.SAME),
        ({"prompt": "@heron"}, {"prompt": "@heron"}, Likeness.SAME),
        ({"image": "@/home/me/a.png"}, {"image": FILE}, Likeness.LIKE),
        ({"images": ["@a.png", "@b.png"]}, {"images": [FILE, FILE]}, Likeness.LIKE),
        ({"a": 1}, {"a": True}, Likeness.DOUBTFUL),
        ({"a": 1.2345678901}, {"a": 1.2345679}, Likeness.DOUBTFUL),
        ({"a": "png"}, {"a": "PNG"}, Likeness.DOUBTFUL),
        ({"a": 1, "b": 2}, {"a": 1}, Likeness.DOUBTFUL),
        ({"a": 1}, {"a": 1, "steps": 4}, Likeness.DOUBTFUL),
        ({"a": 1}, {"b": 1}, Likeness.DOUBTFUL),
        ({"api_token": "r8_x"}, {"api_token": "[REDACTED]"}, Likeness.DOUBTFUL),
        ({"images": ["@a.png", "@b.png"]}, {"images": [FILE]}, Likeness.DOUBTFUL),
        ({"image": "@a.png"}, {"image": "a picture"}, Likeness.DOUBTFUL),
        ({"image": "data:image/png;base64,AAAA"}, {"image": FILE}, Likeness.DOUBTFUL),
        ({"image": "https://x.test/a.png"}, {"image": FILE}, Likeness.DOUBTFUL),
        ({"prompt": "a heron", "seed": 1}, {"prompt": "a heron", "seed": 2}, Likeness.DOUBTFUL),
        ({"prompt": "a heron", "seed": 1}, {"prompt": "an owl", "seed": 1}, Likeness.OTHER),
    ],
)
def test_input_is_judged_value_by_value(ours: dict[str, Any], theirs: dict[str, Any], fit: Likeness) -> None:
    assert likeness.of_run(prediction(input=ours), prediction(input=theirs)) == fit


@pytest.mark.parametrize(
    "told",
    [
        "A  heron,\n at dawn",
        "a heron, at d\u2026",
        "a her...dawn",
        "a heron [truncated]",
        "a heron",
        "masterpiece, a heron, at dawn, 4k",
        "***",
        "[hidden]",
        "",
        "https://files.test/prompt.txt",
        7,
        None,
    ],
)
def test_a_prompt_in_another_form_cut_short_or_hidden_may_be_ours(told: object) -> None:
    ours, theirs = prediction(input={"prompt": "a heron, at dawn"}), prediction(input={"prompt": told})
    assert likeness.of_run(ours, theirs) == Likeness.DOUBTFUL


@pytest.mark.parametrize("told", ["an owl", "a heron at noon...", "[x] an owl [y] too"])
def test_a_prompt_that_asks_for_something_else_is_anothers(told: str) -> None:
    ours, theirs = prediction(input={"prompt": "a heron, at dawn"}), prediction(input={"prompt": told})
    assert likeness.of_run(ours, theirs) == Likeness.OTHER


def test_another_text_excludes_a_run_only_where_the_model_requires_it() -> None:
    names = {"lyrics": "text", "format": "choice", "style": "text", "key": "secret"}
    fields = [Field(name, kind, required=name != "style") for name, kind in names.items()]  # type: ignore[arg-type]
    values = {"lyrics": "la la", "format": "auto", "style": "jazz", "key": REDACTED}
    run = runs.ordered("new-a", "acme/painter", V1, values, now=1.0)
    noted = likeness.noting_texts(run, fields).prediction
    for name in ("format", "style"):
        assert likeness.of_run(noted, prediction(version=V1, input={**values, name: "mp3"})) == Likeness.DOUBTFUL
    other = prediction(version=V1, input={**values, "lyrics": "boom"})
    assert likeness.of_run(noted, other) == Likeness.OTHER
    assert likeness.of_run(run.prediction, other) == Likeness.DOUBTFUL, "nobody noted what the model requires"


def test_two_doubts_about_versions_and_input_are_none() -> None:
    ours = prediction(version=V1, input={"a": 1})
    assert likeness.of_run(ours, prediction(version=V2, input={"a": 1})) == Likeness.DOUBTFUL
    assert likeness.of_run(ours, prediction(version=V2, input={"a": 2})) == Likeness.OTHER
    assert likeness.of_run(ours, prediction(version=V2, input={}, data_removed=True)) == Likeness.DOUBTFUL


@pytest.mark.parametrize("removed", [{"input": {}, "data_removed": True}, {"input": None, "data_removed": True}])
def test_an_input_that_was_removed_fits_everything_and_proves_nothing(removed: dict[str, Any]) -> None:
    assert likeness.of_run(prediction(input={"a": 1}), prediction(**removed)) == Likeness.DOUBTFUL
    assert likeness.of_run(prediction(input={}), prediction(**removed)) == Likeness.DOUBTFUL
    assert likeness.of_run(prediction(input={}), prediction(**removed, model="acme/other")) == Likeness.OTHER


def test_what_is_left_of_a_removed_run_counts() -> None:
    known = prediction(input={"prompt": "a"}, data_removed=True)
    assert likeness.of_run(prediction(input={"prompt": "a"}), known) == Likeness.SAME
    assert likeness.of_run(prediction(input={"prompt": "owl"}), known) == Likeness.OTHER
