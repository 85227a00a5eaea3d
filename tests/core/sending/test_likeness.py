"""How well a listed run fits one that was sent: by what was run, by its input."""

from typing import Any

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.inputs import REDACTED
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
        ({"version": V1}, {"version": "hidden", "model": "acme/other"}, Likeness.NONE),
        ({"version": "hidden"}, {"version": "hidden", "model": "acme/other"}, Likeness.NONE),
        ({"version": V1, "model": ""}, {"version": V1}, Likeness.SAME),
        ({"version": V1, "model": ""}, {"version": "hidden"}, Likeness.DOUBTFUL),
        ({"version": V1, "model": ""}, {"version": V2}, Likeness.NONE),
        ({"version": V1}, {"version": V1, "deployment": "acme/live"}, Likeness.NONE),
        ({"version": V1, "deployment": "acme/live"}, {"version": V2, "deployment": "acme/live"}, Likeness.SAME),
        ({"version": V1, "deployment": "acme/live"}, {"version": V1, "deployment": "live"}, Likeness.SAME),
        ({"version": V1, "deployment": "acme/live"}, {"version": V1, "deployment": "other/live"}, Likeness.NONE),
        ({"version": V1, "deployment": "acme/live"}, {"version": V1, "deployment": "test"}, Likeness.NONE),
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
        ({"a": 1}, {"a": True}, Likeness.NONE),
        ({"a": "heron"}, {"a": "Heron"}, Likeness.NONE),
        ({"a": 1, "b": 2}, {"a": 1}, Likeness.NONE),
        ({"a": 1}, {"a": 1, "steps": 4}, Likeness.DOUBTFUL),
        ({"a": 1}, {"a": 2, "steps": 4}, Likeness.NONE),
        ({"key": REDACTED}, {"key": "***"}, Likeness.SAME),
        ({"image": "@/home/me/a.png"}, {"image": FILE}, Likeness.LIKE),
        ({"images": ["@a.png", "@b.png"]}, {"images": [FILE, FILE]}, Likeness.LIKE),
        ({"images": ["@a.png", "@b.png"]}, {"images": [FILE]}, Likeness.NONE),
        ({"image": "@a.png"}, {"image": "a picture"}, Likeness.NONE),
        ({"prompt": "@heron"}, {"prompt": "@heron"}, Likeness.SAME),
        ({"image": "data:image/png;base64,AAAA"}, {"image": FILE}, Likeness.DOUBTFUL),
        ({"image": "https://x.test/a.png"}, {"image": FILE}, Likeness.NONE),
    ],
)
def test_input_is_judged_value_by_value(ours: dict[str, Any], theirs: dict[str, Any], fit: Likeness) -> None:
    assert likeness.of_run(prediction(input=ours), prediction(input=theirs)) == fit


@pytest.mark.parametrize("removed", [{"input": {}, "data_removed": True}, {"input": None, "data_removed": True}])
def test_an_input_that_was_removed_fits_everything_and_proves_nothing(removed: dict[str, Any]) -> None:
    assert likeness.of_run(prediction(input={"a": 1}), prediction(**removed)) == Likeness.DOUBTFUL
    assert likeness.of_run(prediction(input={}), prediction(**removed)) == Likeness.DOUBTFUL
    assert likeness.of_run(prediction(input={}), prediction(**removed, model="acme/other")) == Likeness.NONE


def test_what_is_left_of_a_removed_run_counts() -> None:
    known = prediction(input={"a": 1}, data_removed=True)
    assert likeness.of_run(prediction(input={"a": 1}), known) == Likeness.SAME
    assert likeness.of_run(prediction(input={"a": 2}), known) == Likeness.NONE
