"""What an output value is."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replicate_tui.core.outputs import MOST_FILES, OutputFile, files, joined_text, output_schema, streams, summary

A, B = "https://replicate.delivery/xezq/abc/out-0.png", "https://replicate.delivery/xezq/def/out-0.png"
PNG = "data:image/png;base64,iVBORw0KGgo="
ITERATOR = {"type": "array", "x-cog-array-type": "iterator"}
CHUNKS = ITERATOR | {"x-cog-array-display": "concatenate"}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([A, PNG, "..."]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
BOUNDED = settings(derandomize=True, max_examples=200, deadline=None)


def document(output: object) -> dict[str, Any]:
    return {"components": {"schemas": {"Output": output}}}


@pytest.mark.parametrize(
    ("output", "found"),
    [
        (None, []),
        ("", []),
        ("some text", []),
        (3.5, []),
        ([1, [2, 3]], []),
        (A, [("output", "out-0.png")]),
        ([A, B], [("output[0]", "out-0.png"), ("output[1]", "out-0-2.png")]),
        ({"image": A, "seed": 7, "mask": None}, [("output.image", "out-0.png")]),
        ({"a key": [A]}, [('output["a key"][0]', "out-0.png")]),
        (
            [{"file": A, "text": None}, {"file": B, "text": "b"}],
            [("output[0].file", "out-0.png"), ("output[1].file", "out-0-2.png")],
        ),
        ([[A], [B]], [("output[0][0]", "out-0.png"), ("output[1][0]", "out-0-2.png")]),
        (["text", A, None, 3, {"x": {"y": B}}], [("output[1]", "out-0.png"), ("output[4].x.y", "out-0-2.png")]),
        (PNG, [("output", "output.png")]),
        ([PNG, PNG], [("output[0]", "output-0.png"), ("output[1]", "output-1.png")]),
        ("http://files.example/a.glb", [("output", "a.glb")]),
        ("https://files.example/", [("output", "output")]),
        ("https://files.example/made%20by%2Fhand.mp4?sig=1#t", [("output", "made by_hand.mp4")]),
        ("https://files.example/no-extension", [("output", "no-extension")]),
        ("https://files.example/prediction.json", [("output", "prediction-2.json")]),
    ],
)
def test_files_are_found_anywhere_whatever_the_schema_says(output: object, found: list[tuple[str, str]]) -> None:
    """Outputs are read by value: nulls anywhere, lists of {file, text}, URLs without extension, data: URIs."""
    assert [(file.where, file.name) for file in files(output)] == found


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com is a site",
        "see https://example.com",
        "https://",
        "https:// example.com",
        "http://[broken",
        "ftp://example.com/a.png",
        "/files/a.png",
        "data: not a URI",
        "data:image/png;base64,...",
        "database,x",
    ],
)
def test_text_that_is_no_url_is_no_file(text: str) -> None:
    assert files([text]) == ()


@pytest.mark.parametrize(
    ("url", "name", "media"),
    [
        ("https://x.example/a.PNG", "a.PNG", "image"),
        ("https://x.example/a.webm", "a.webm", "video"),
        ("https://x.example/a.wav", "a.wav", "audio"),
        ("https://x.example/a.srt", "a.srt", "text"),
        ("https://x.example/a.tar", "a.tar", "archive"),
        ("https://x.example/a.glb", "a.glb", "other"),
        ("https://x.example/a", "a", "other"),
        ("data:image/jpeg;base64,AA==", "output.jpg", "image"),
        ("data:image/svg+xml;utf8,<svg/>", "output.svg", "image"),
        ("data:audio/x-wav;base64,AA==", "output.wav", "audio"),
        ("data:text/plain;charset=utf-8,hello", "output.txt", "text"),
        ("data:,hello", "output.txt", "text"),
        ("data:application/zip;base64,AA==", "output.zip", "archive"),
        ("data:application/json,{}", "output.json", "text"),
        ("data:application/octet-stream;base64,AA==", "output.bin", "other"),
        ("data:application/vnd.some-very-long.type;base64,AA==", "output.bin", "other"),
        ("DATA:IMAGE/PNG;base64,AA==", "output.png", "image"),
    ],
)
def test_a_file_is_named_and_sorted_by_its_extension_or_type(url: str, name: str, media: str) -> None:
    (file,) = files(url)
    assert file == OutputFile(url, "output", name, media)  # type: ignore[arg-type]


def test_no_more_files_than_can_be_shown_are_counted() -> None:
    many = files([A] * (MOST_FILES + 5))
    assert len(many) == MOST_FILES
    assert len({file.name for file in many}) == MOST_FILES


def test_a_value_nested_deeper_than_python_recurses_is_still_read() -> None:
    nested: object = A
    for _ in range(5000):
        nested = [nested]
    assert [file.url for file in files(nested)] == [A]


@pytest.mark.parametrize(
    ("output", "schema", "text"),
    [
        (None, None, None),
        (7, None, None),
        ({}, None, None),
        ([], None, None),
        ([], CHUNKS, ""),
        ("", None, ""),
        ("Hello", None, "Hello"),
        (A, None, None),
        (A, {"type": "string"}, None),
        (["He", "llo", " "], None, "Hello "),
        (["He", "llo"], CHUNKS, "Hello"),
        (["one", "two"], ITERATOR, "one\ntwo"),
        (["one", "two"], {"type": "array"}, "onetwo"),
        (["a", None, "b"], CHUNKS, "ab"),
        ([None, None], None, None),
        (["a", 1], None, None),
        (["a", A], None, None),
        (["see ", A], CHUNKS, f"see {A}"),
        ([A, B], {"type": "string"}, None),
    ],
)
def test_text_is_joined_as_its_pieces_are_meant(
    output: object, schema: dict[str, Any] | None, text: str | None
) -> None:
    assert joined_text(output, schema) == text


@pytest.mark.parametrize(
    ("output", "line"),
    [
        (None, ""),
        ("", ""),
        ([], ""),
        ("\n  first line\nsecond", "first line"),
        (["To", "day\nwe"], "Today"),
        ("\x1b[31mred\x1b[0m", "red"),
        (A, "1 file"),
        ([A, B], "2 files"),
        ([{"file": A, "text": None}], "1 file"),
        ({"image": A}, "object with 1 key"),
        ({"a": 1, "b": 2, "c": 3}, "object with 3 keys"),
        ([1, 2, 3], "list of 3 values"),
        (0.5, "0.5"),
        (False, "false"),
        ("x" * 200, "x" * 79 + "…"),
    ],
)
def test_summary_is_one_short_line(output: object, line: str) -> None:
    assert summary(output) == line


@BOUNDED
@given(JSON)
def test_any_value_can_be_read(output: object) -> None:
    found = files(output)
    assert len({file.name.casefold() for file in found}) == len(found)
    assert "\n" not in summary(output)
    text = joined_text(output)
    assert text is None or isinstance(output, str | list)


REFERENCED = {"components": {"schemas": {"Output": {"$ref": "#/components/schemas/Pieces"}, "Pieces": ITERATOR}}}


@pytest.mark.parametrize(
    ("openapi", "schema", "streaming"),
    [
        (None, None, False),
        ({}, None, False),
        (document("odd"), None, False),
        (document({"type": "string"}), {"type": "string"}, False),
        (document(CHUNKS), CHUNKS, True),
        (REFERENCED, ITERATOR, True),
        (
            document({"type": "string"}) | {"paths": {"/predictions": {"x-cog-streaming": True}}},
            {"type": "string"},
            True,
        ),
        ({"paths": {"/predictions": {"post": {"x-cog-streaming": True}}}}, None, True),
        ({"paths": [1], "components": 3}, None, False),
    ],
)
def test_the_document_tells_the_shape_of_the_output_and_whether_it_streams(
    openapi: dict[str, Any] | None, schema: dict[str, Any] | None, streaming: bool
) -> None:
    assert output_schema(openapi) == schema
    assert streams(openapi) is streaming
