"""Values out of files that are JSON, in all the ways in which they are, and the place where they are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.local.recordings import jsonsource
from replicate_tui.local.recordings.jsonsource import NotJSON, values

ROWS: list[Any] = [{"a": 1, "b": ["é", "😀"]}, {"c": {"d": None}}, [], "text", 12.5, True]


def read(folder: Path, content: str | bytes) -> list[Any]:
    path = folder / "values.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(values(path))


@pytest.fixture(autouse=True, params=[1, 7, jsonsource.CHUNK], ids="chunk-{}".format)
def _chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonsource, "CHUNK", request.param)


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_gives_its_items(tmp_path: Path, indent: int | None) -> None:
    assert read(tmp_path, json.dumps(ROWS, indent=indent)) == ROWS


def test_json_lines_give_one_value_each_whatever_blanks_are_between(tmp_path: Path) -> None:
    lines = "\r\n\n \t\n".join(json.dumps(row) for row in ROWS if row != [])
    assert read(tmp_path, f"\n{lines}\n\n") == [row for row in ROWS if row != []]


def test_arrays_one_after_the_other_give_the_items_of_all(tmp_path: Path) -> None:
    assert read(tmp_path, '[{"a": 1}]\n[]\n[2, 3]') == [{"a": 1}, 2, 3]


@pytest.mark.parametrize("content", ["", " \n ", "[]", "\ufeff[\n]\n"])
def test_nothing_gives_nothing(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_encoding_that_json_may_have_is_read(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, json.dumps(ROWS, ensure_ascii=False).encode(encoding)) == ROWS


def test_numbers_are_read_to_their_end(tmp_path: Path) -> None:
    assert read(tmp_path, "[123456789, -0.000125, 1e3]") == [123456789, -0.000125, 1000.0]
    assert read(tmp_path, "123456789") == [123456789]


def test_pairs_and_halves_of_surrogates_stay_what_they_are(tmp_path: Path) -> None:
    assert read(tmp_path, r'["\ud83d\ude00", "\ud83d", "\ude00\ud83d"]') == ["😀", "\ud83d", "\ude00\ud83d"]


def test_a_value_longer_than_any_chunk_is_read_whole(tmp_path: Path) -> None:
    long = {"text": "x\n" * 20_000, "list": list(range(5_000))}
    assert read(tmp_path, json.dumps([long, 1])) == [long, 1]


def test_numbers_that_json_does_not_have_are_null(tmp_path: Path) -> None:
    assert read(tmp_path, '[{"a": NaN}, -Infinity, Infinity]') == [{"a": None}, None, None]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("not JSON", "line 1, column 1: "),
        ('[{"a": 1},\n {"b": oops},\n {"c": 3}]', "line 2, column 8: "),
        ('{"a": 1}\n{"b": 2\n{"c": 3}\n', "line 3, column 1: "),
        ('{"a": 1}\n\n{"b": "cut\n{"c": 3}\n', "line 3, column 11: "),
        ('[{"a": 1}\n {"b": 2}]', "line 2, column 2: Expecting ',' or ']'"),
        ('[{"a": 1},\n]', "line 2, column 1: "),
        ('[{"a": 1}', "line 1, column 10: Expecting ',' or ']'"),
        ('[{"a": 1},', "line 1, column 11: "),
        ('[{"a": "never ends', "line 1, column 8: Unterminated string"),
        ('{"a": 1},\n{"b": 2}', "line 1, column 9: "),
        ("[1]]", "line 1, column 4: "),
        ("[" + "9" * 5000 + "]", "line 1, column 2: "),
        ('[1,\n{"a":' + "[" * 100_000 + "]", "line 2, column 1: "),
    ],
    ids=range(13),
)
def test_what_is_not_json_is_told_with_its_place(tmp_path: Path, content: str, place: str) -> None:
    with pytest.raises(NotJSON) as caught:
        read(tmp_path, content)
    assert str(caught.value).startswith(place)


def test_bytes_that_are_no_text_spoil_their_own_string_only(tmp_path: Path) -> None:
    assert read(tmp_path, b'["caf\xe9", "b"]') == ["caf\ufffd", "b"]


def test_what_stands_before_the_fault_is_given(tmp_path: Path) -> None:
    path = tmp_path / "values.jsonl"
    path.write_text('{"a": 1}\n{"b"')
    rows = values(path)
    assert next(rows) == {"a": 1}
    with pytest.raises(NotJSON):
        next(rows)


def test_a_fault_at_the_beginning_is_told_without_reading_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "values.json"
    path.write_text("[{oops" + " " * (4 * jsonsource.CHUNK + 100))
    with path.open() as text:
        with pytest.raises(NotJSON, match=r"^line 1, column 3: "):
            list(jsonsource._Reader(text).values())
        assert text.read()
