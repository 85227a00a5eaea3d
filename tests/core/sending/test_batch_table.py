"""Tables of batches: what is read as a row, and how rows are judged. Pure."""

from pathlib import Path
from typing import Any

import pytest

from replicate_tui.core.forms.inputs import REDACTED, Upload, fields
from replicate_tui.core.models.target import Target, unseen
from replicate_tui.core.sending.as_written import shown
from replicate_tui.core.sending.batch_table import NoTable, digest, judged, read

HERE = Path("tables")


def target(**properties: Any) -> Target:
    """A model with these inputs."""
    schema = {"components": {"schemas": {"Input": {"type": "object", "properties": properties}}}}
    return Target("acme/painter", "1" * 64, "1" * 64, fields(schema), schema)


PAINTER = target(
    prompt={"type": "string"},
    width={"type": "integer", "minimum": 16},
    tiled={"type": "boolean"},
    image={"type": "string", "format": "uri"},
    images={"type": "array", "items": {"type": "string", "format": "uri"}},
    key={"type": "string", "format": "password", "x-cog-secret": True},
)


def raws(content: bytes, name: str = "t.csv") -> list[dict[str, object]]:
    """The inputs of each row."""
    return [dict(row.raw) for row in read(content, name)]


@pytest.mark.parametrize(
    "content",
    [
        b"prompt,width\na heron,64\n",
        b"\xef\xbb\xbfprompt,width\r\na heron,64\r\n",
        b"prompt;width\na heron;64",
        b"prompt\twidth\na heron\t64\n",
        b"prompt|width\na heron|64\n",
        b'"prompt","width"\n"a heron","64"\n',
        b"prompt, width\na heron, 64\n",
        b"\nprompt,width,\n,,\na heron,64,\n,,\n",
    ],
)
def test_every_usual_way_to_write_csv_is_read(content: bytes) -> None:
    assert [{name: str(value).strip() for name, value in raw.items()} for raw in raws(content)] == [
        {"prompt": "a heron", "width": "64"}
    ]


def test_prose_with_commas_quotes_apostrophes_and_line_breaks_stays_whole() -> None:
    content = b'prompt,width\n"it\'s a ""big"" one,\nisn\'t it",64\n\'tis small,16\n'
    rows = read(content, "t.csv")
    assert [row.raw["prompt"] for row in rows] == ["it's a \"big\" one,\nisn't it", "'tis small"]
    assert [(row.number, row.line) for row in rows] == [(1, 2), (2, 4)]


def test_a_single_column_may_hold_any_delimiter_in_quotes() -> None:
    assert raws(b'prompt\n"a; b, c|d"\nplain\n') == [{"prompt": "a; b, c|d"}, {"prompt": "plain"}]


def test_an_empty_cell_leaves_its_input_out() -> None:
    assert raws(b"prompt,width\n,64\na heron\n") == [{"width": "64"}, {"prompt": "a heron"}]


def test_json_lines_are_read_by_their_ending_and_by_their_look() -> None:
    content = b'\xef\xbb\xbf{"prompt": "a", "width": 64}\r\n\n{"prompt": null}\n'
    for name in ("t.jsonl", "t.NDJSON", ""):
        assert raws(content, name) == [{"prompt": "a", "width": 64}, {"prompt": None}]
    assert [row.line for row in read(content, "")] == [1, 3]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "t.csv", "no rows"),
        (b"prompt\n", "t.csv", "no rows"),
        (b"prompt\n\xff\n", "t.csv", "UTF-8"),
        (b"prompt,prompt\na,b\n", "t.csv", "twice"),
        (b"prompt,,width\na,b,c\n", "t.csv", "column 2"),
        (b"prompt\na,b\n", "t.csv", "row 1 (line 2)"),
        (b'prompt\n"a\n', "t.csv", "CSV"),
        (b'{"a": 1}\n{"a": }\n', "t.jsonl", "line 2"),
        (b"[1]\n", "t.jsonl", "line 1"),
        (b'{"a": NaN}\n', "t.jsonl", "line 1"),
        (b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}\n", "t.jsonl", "deep"),
    ],
)
def test_what_is_no_table_says_why_and_where(content: bytes, name: str, said: str) -> None:
    with pytest.raises(NoTable) as refused:
        read(content, name)
    assert said in str(refused.value)


def test_cells_are_typed_by_the_schema() -> None:
    rows = read(b"prompt,width,tiled\n007,1_024,Yes\n", "t.csv")
    assert judged(PAINTER, rows, HERE).ready[0].input == {"prompt": "007", "width": 1024, "tiled": True}


def test_only_a_file_input_takes_a_path_and_it_is_relative_to_the_table(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "b.png").write_bytes(b"x")
    content = b'prompt,image,images,key\n@a.png,@a.png,"@a.png\n@b.png",@a.png\n'
    (row,) = judged(PAINTER, read(content, "t.csv"), tmp_path).ready
    upload = Upload(tmp_path / "a.png")
    assert row.input == {
        "prompt": "@a.png",
        "image": upload,
        "images": [upload, Upload(tmp_path / "b.png")],
        "key": "@a.png",
    }
    assert shown(PAINTER.fields, row.input)["image"] == f"@{tmp_path / 'a.png'}"
    assert shown(PAINTER.fields, row.input)["key"] == REDACTED


def test_every_problem_is_told_by_row_and_an_unknown_column_once() -> None:
    rows = read(b"width,stile,image\n1,x,@nowhere.png\nwide,x,\n", "t.csv")
    problems = [str(each) for each in judged(PAINTER, rows, HERE).problems]
    assert [each.partition(": ")[0] for each in problems] == [
        "row 1 (line 2)",
        "row 1 (line 2)",
        "line 2",
        "row 2 (line 3)",
    ]
    assert "nowhere.png" in problems[0]
    assert "'stile'" in problems[2]


def test_without_a_schema_values_are_guessed() -> None:
    rows = read(b"a,b\n1,@x\n", "t.csv")
    assert judged(unseen("1" * 64, "nobody tells"), rows, HERE).ready[0].input == {"a": 1, "b": "@x"}


def test_tables_are_told_apart_by_their_rows_and_not_by_how_they_are_written() -> None:
    one = digest(read(b"prompt,width\na,64\n", "t.csv"))
    assert digest(read(b"\xef\xbb\xbfprompt;width\r\na;64\r\n", "t.csv")) == one
    assert digest(read(b"prompt,width\na,65\n", "t.csv")) != one
    assert digest(read(b"prompt,width\na,64\na,64\n", "t.csv")) != one
