"""A form's input as a JSON document in an editor."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replicate_tui.core.forms.document import read, written
from replicate_tui.core.forms.inputs import UNSET, Field, Upload, fields, parse
from tests.core.forms.quirks import QUIRKS
from tests.core.forms.test_inputs import SCHEMAS, VALUES

BOUNDED = settings(derandomize=True, max_examples=200, deadline=None)

FORM = [
    Field("prompt", "prose", required=True),
    Field("steps", "integer", default=20, maximum=50),
    Field("seed", "integer", nullable=True),
    Field("image", "file"),
    Field("images", "list", item=Field("images", "file")),
    Field("extra", "json"),
]


def told(text: str, form: Sequence[Field] = FORM) -> list[tuple[int, str]]:
    """The lines and words of what is wrong with a document."""
    return [(problem.line, problem.words) for problem in read(form, text).problems]


def test_a_document_has_what_is_set_in_the_order_of_the_form() -> None:
    raw = {"steps": "30", "prompt": "zwei\nZeilen ü", "seed": UNSET, "image": ""}
    assert written(FORM, raw) == '{\n  "prompt": "zwei\\nZeilen ü",\n  "steps": 30\n}\n'
    assert written(FORM, {}) == "{}\n"


def test_a_full_document_has_the_defaults_too() -> None:
    assert json.loads(written(FORM, {"prompt": "x"}, full=True)) == {"prompt": "x", "steps": 20}


def test_null_is_written_where_it_can_be_meant() -> None:
    assert json.loads(written(FORM, {"seed": None, "steps": None})) == {"seed": None}


def test_a_document_has_no_more_lines_than_every_editor_sees() -> None:
    raw = {"title": "one\x85two\u2028three\u2029four\x0bfive"}
    text = written([Field("title", "text")], raw)
    assert len(text.splitlines()) == 3
    assert read([Field("title", "text")], text).raw == raw


def test_what_is_refused_is_written_as_it_was_given() -> None:
    assert json.loads(written(FORM, {"steps": "many", "prompt": ["https://x.example/1"]})) == {
        "prompt": ["https://x.example/1"],
        "steps": "many",
    }


def test_a_file_is_a_path_behind_an_at_sign_only_where_files_belong(tmp_path: Path) -> None:
    photo = tmp_path / "my photo.png"
    photo.write_bytes(b"x")
    raw = {"prompt": f"@{photo}", "image": Upload(photo), "images": ["https://x.example/1", Upload(photo)]}
    text = written(FORM, raw)
    assert json.loads(text)["image"] == f"@{photo}"
    document = read(FORM, text)
    assert document.raw == raw
    assert document.problems == ()


def test_a_text_that_looks_like_a_path_stays_text_on_its_way_through_a_document() -> None:
    raw = {"prompt": "x", "image": "@/etc/passwd", "images": ["@@/etc/passwd"], "extra": "@x"}
    assert read(FORM, written(FORM, raw)).raw == raw


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "the document is empty: write {} for no inputs"),
        (" \n", 1, 1, "the document is empty"),
        ("[1]", 1, 1, "the inputs are an object"),
        ('"x"', 1, 1, "the inputs are an object"),
        ("nope", 1, 1, "a value is wanted here"),
        ("{\n  prompt: 1\n}", 2, 3, "a name in double quotes is wanted here"),
        ("{'prompt': 1}", 1, 2, "a name in double quotes is wanted here"),
        ('{\n"prompt" "x"}', 2, 10, "a colon is wanted between a name and its value"),
        ('{"prompt": "x"\n "steps": 1}', 2, 2, "a comma is wanted between two values"),
        ('{"prompt": "x",\n}', 1, 15, "a comma stands before the end: take it away"),
        ('{"prompt": }', 1, 12, "a value is wanted here: text stands in double quotes"),
        ("{\"prompt\": 'x'}", 1, 12, "a value is wanted here: text stands in double quotes"),
        ('{"prompt": "x', 1, 12, "a text begins here and has no closing quote"),
        ('{"prompt": "x\ny"}', 1, 14, "a line break or control character stands inside a text"),
        ('{"prompt": "\\q"}', 1, 13, "a backslash wants one of"),
        ('{"prompt": "x"', 1, 15, "the closing } is missing"),
        ('{"prompt": "x",', 1, 16, "the closing } is missing"),
        ('{"prompt": "x"}\n}', 2, 1, "something stands after the end of the object"),
        ('{"steps": NaN}', 1, 11, "NaN is not JSON"),
        ('{"extra": ' + "[" * 600 + "]" * 600 + "}", 1, 11, 'the value of "extra" is nested too deeply'),
        ('{"extra": ' + "[" * 100_000, 1, 11, 'the value of "extra" is nested too deeply'),
        ('{"steps": ' + "9" * 5_000 + "}", 1, 11, "Exceeds the limit"),
    ],
)
def test_what_is_no_json_object_is_told_by_line_and_column_in_plain_words(
    text: str, line: int, column: int, words: str
) -> None:
    document = read(FORM, text)
    (problem,) = document.problems
    assert (problem.line, problem.column) == (line, column)
    assert problem.words.startswith(words)
    assert document.raw == {}


def test_a_trailing_comma_in_a_list_is_told_where_it_is() -> None:
    ((line, words),) = told('{"prompt": "x",\n"extra": [1,]}')
    assert line == 2
    assert words.startswith(("a value is wanted", "a comma stands before the end"))


def test_names_given_twice_are_told_and_the_last_counts() -> None:
    text = '{\n"prompt": "x",\n"extra": {"a": 1, "a": 2},\n"prompt": "y"\n}'
    assert read(FORM, text).raw == {"prompt": "y", "extra": {"a": 2}}
    assert told(text) == [
        (3, '"a" is there twice: the last one counts'),
        (4, '"prompt" is there twice: the last one counts'),
    ]


def test_what_does_not_fit_is_told_at_the_line_of_its_name() -> None:
    text = '{\n  "promt": "x",\n  "steps": 99,\n  "images": [\n    "https://x.example/1",\n    "cat.png"\n  ]\n}'
    document = read(FORM, text)
    assert [(problem.line, problem.name) for problem in document.problems] == [
        (1, "prompt"),
        (2, "promt"),
        (3, "steps"),
        (4, "images"),
    ]
    assert [problem.words.partition(" (")[0] for problem in document.problems] == [
        "prompt is required",
        "unknown input 'promt'; did you mean 'prompt'?",
        "steps must be at most 50",
        "images item 2 must be a file: use @path for a local file, or a URL",
    ]
    assert set(document.raw) == {"steps", "images"}


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert read(FORM, '\ufeff{"prompt": "x"}').raw == {"prompt": "x"}


@pytest.mark.parametrize("quirk", QUIRKS)
def test_the_document_of_every_odd_example_is_read_back_as_it_was(quirk: str) -> None:
    form = fields(QUIRKS[quirk]["latest_version"]["openapi_schema"])
    raw = {name: given for name, given in QUIRKS[quirk]["default_example"]["input"].items() if name != "model"}
    assert parse(form, read(form, written(form, raw)).raw) == parse(form, raw)


@BOUNDED
@given(SCHEMAS, VALUES)
def test_a_document_is_read_back_as_it_was_written(schema: dict[str, object], value: object) -> None:
    form = fields({"components": {"schemas": {"Input": {"properties": {"it": schema, "other": {"type": "string"}}}}}})
    before = parse(form, {"it": value})
    document = read(form, written(form, {"it": value}), {"it": value})
    if not before.errors:
        assert json.dumps(parse(form, document.raw).input) == json.dumps(before.input)
        assert document.problems == ()
    assert {problem.name for problem in document.problems} <= {"it"}


JSON_TEXTS = st.text(alphabet='{}[]":,\\ \nabit01.eE-u@', max_size=40)


@BOUNDED
@given(JSON_TEXTS | VALUES.map(lambda value: json.dumps({"it": value})[:60]))
def test_no_text_makes_a_document_raise(text: str) -> None:
    document = read([Field("it", "json"), Field("file", "file")], text)
    assert set(document.raw) <= {"it", "file"}
    lines = text.count("\n") + 1
    assert all(1 <= problem.line <= lines and problem.column >= 1 and problem.words for problem in document.problems)


@pytest.mark.parametrize("text", ['{"a": 1,}', "notjson", "[1, 2"])
def test_text_that_is_no_json_comes_back_from_the_document_as_it_was_typed(text: str) -> None:
    fields = [Field("extra", "json", types=("object",)), Field("width", "integer")]
    found = read(fields, written(fields, {"extra": text, "width": 5}))
    assert found.raw == {"extra": text, "width": 5}
    assert [problem.name for problem in found.problems] == ["extra"]


def test_a_secret_is_written_by_its_name_only_and_read_back_from_what_is_held() -> None:
    form = [Field("key", "secret"), Field("text", "text")]
    raw = {"key": "hidden", "text": "[REDACTED]"}
    text = written(form, raw)
    assert json.loads(text) == {"key": "[REDACTED]", "text": "[REDACTED]"}
    assert read(form, text, raw).raw == raw
    assert [problem.name for problem in read(form, text).problems] == ["key"]
    assert read(form, '{"key": "another"}', raw).raw == {"key": "another"}
