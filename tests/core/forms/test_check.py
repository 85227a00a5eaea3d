"""Files of models, read one by one, and what a check of them finds."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any, TextIO, cast

import pytest

from replicate_tui.core.forms.check import check
from replicate_tui.core.forms.model_file import NotModels, models
from tests.core.forms.quirks import QUIRKS, URI, VERSION, model

MODELS = list(QUIRKS.values())


def read(text: str) -> list[object]:
    return list(models(io.StringIO(text)))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("[]", []),
        ("", []),
        (" \n", []),
        ('[{"a": 1}, {"b": [2]}]\n', [{"a": 1}, {"b": [2]}]),
        ('{"a": 1}\n{"b": 2}\n', [{"a": 1}, {"b": 2}]),
        ('{"a": 1}\n\n{"b": 2}', [{"a": 1}, {"b": 2}]),
        ('{"next": null, "results": [{"a": 1}, {"b": 2}]}', [{"a": 1}, {"b": 2}]),
        ('[1, "x", null]', [1, "x", None]),
        ("12", [12]),
    ],
)
def test_an_array_lines_and_pages_give_their_values_in_turn(text: str, values: list[object]) -> None:
    assert read(text) == values


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"a": 1}', "the array is not closed"),
        ("[1] x", "something stands after the array at character 5"),
        ('[,{"a": 1}]', "a value is wanted instead of the comma at character 2"),
        ('[{"a": 1},, 2]', "a value is wanted instead of the comma at character 11"),
        ('[{"a": 1},]', "the array ends with a comma at character 10"),
        ('[{"a": 1} {"b": 2}]', "a comma is wanted between two values at character 11"),
        ('{"a": 1}, {"b": 2}', "no JSON value at character 9"),
        ('{"a": 1}\nnope', "no JSON value at character 10"),
        ('{"a": ', "no JSON value at character 1"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_file_of_models_is_told_with_its_place(text: str, words: str) -> None:
    with pytest.raises(NotModels, match=words):
        read(text)


def test_a_file_that_is_not_utf_8_is_told() -> None:
    with pytest.raises(NotModels, match="not UTF-8"):
        list(models(io.TextIOWrapper(io.BytesIO(b"[\xff]"), encoding="utf-8")))


class Slowly(io.StringIO):
    """A file that gives at most three characters at a time."""

    def read(self, size: int | None = -1) -> str:
        return super().read(3)


def test_values_are_whole_wherever_the_pieces_of_a_file_end() -> None:
    assert list(models(Slowly(json.dumps(MODELS)))) == MODELS
    assert list(models(Slowly("123456 78"))) == [123456, 78]


class Endless(io.TextIOBase):
    """A file of 100 MB that nobody ever had in memory."""

    def __init__(self) -> None:
        self._pieces = self._all()

    def _all(self) -> Iterator[str]:
        yield "["
        for number in range(1_000):
            yield json.dumps({"owner": "x", "name": str(number), "text": "y" * 100_000}) + (
                "," if number < 999 else "]"
            )

    def read(self, size: int | None = -1) -> str:
        return next(self._pieces, "")


def test_a_large_file_is_never_in_memory_whole() -> None:
    tracemalloc.start()
    try:
        assert sum(1 for _ in models(cast(TextIO, Endless()))) == 1_000
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_every_odd_model_has_a_form_that_takes_its_intact_example() -> None:
    report = check(MODELS)
    assert report.passed
    assert (report.models, report.forms, report.training_forms) == (len(MODELS), len(MODELS), 1)
    assert report.apart == {"other version": 3, "redacted": 1, "data removed": 1, "cut short": 1}
    assert report.intact == len(MODELS) - 6
    assert report.findings["no input of the model"] == 1
    assert report.findings["out of range"] == 1
    assert report.findings["not among the choices"] == 1
    assert list(report.found_in["another type, which is converted"])


def odd(name: str, **changed: Any) -> dict[str, Any]:
    return model(name, {"image": URI}, {"image": "https://x.example/1"}) | changed


def test_models_without_a_form_fail() -> None:
    none = {"id": VERSION, "openapi_schema": None}
    report = check(
        [odd("a", latest_version=none), {"latest_version": none}, odd("b", latest_version=None), odd("fine")]
    )
    assert report.formless == ["quirks/a", "#2"]
    assert (report.models, report.unpublished) == (4, 1)
    assert not report.passed


def test_what_is_no_model_fails_and_is_not_counted_as_one() -> None:
    report = check([7, {"owner": 1}, [], odd("fine")])
    assert report.formless == ["#1", "#2", "#3"]
    assert (report.models, report.unpublished) == (1, 0)
    assert not report.passed


def test_an_intact_example_that_is_refused_fails_and_says_why() -> None:
    report = check([model("bad", {"image": URI}, {"image": "cat.png"})])
    assert list(report.refused) == ["quirks/bad"]
    assert report.refused["quirks/bad"][0].startswith("image must be a file")
    assert not report.passed
    assert json.loads(json.dumps(report.as_json()))["examples"]["refused"] == report.refused


@pytest.mark.parametrize("example", [None, "x", {}, {"input": None}, {"input": ["x"]}])
def test_a_model_without_a_recorded_example_passes(example: object) -> None:
    report = check([odd("new", default_example=example)])
    assert report.passed
    assert report.without_example == 1
