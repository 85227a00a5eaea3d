"""What a person or a document gives the inputs of a model, made into what is sent."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from replicate_tui.core.forms.file_input import DATA_URI_ADVISED, DATA_URI_LIMIT, UPLOAD_LIMIT
from replicate_tui.core.forms.inputs import (
    REDACTED,
    UNSET,
    Field,
    Upload,
    fields,
    guess,
    parse,
    recall,
    redacted,
    refit,
    show,
    shown_as_typed,
    typed,
    without_defaults,
)
from replicate_tui.core.forms.template import expand

BOUNDED = settings(derandomize=True, max_examples=300, deadline=None)

WIDTH = Field("width", "integer", minimum=64, maximum=2048)
STEPS = Field("steps", "integer")
SCALE = Field("scale", "number")
TILED = Field("tiled", "boolean")
SIZE = Field("size", "choice", choices=(256, 512, 576))
STYLE = Field("style", "choice", choices=("Fast", "fast", "64", "True", " odd "))
PROMPT = Field("prompt", "prose")
IMAGE = Field("image", "file")
TOKEN = Field("hf_token", "secret")
WORDS = Field("words", "list", item=Field("words", "text"))
IMAGES = Field("images", "list", item=IMAGE)
NUMBERS = Field("numbers", "list", item=STEPS, minimum=1, maximum=3)
ANY = Field("any", "json")
UNION = Field("union", "json", types=("string", "array"))
OBJECT = Field("options", "json", types=("object",))
URL = "https://files.example/cat.png"


def taken(field: Field, raw: object) -> object:
    """What is sent for `raw`: UNSET when nothing is."""
    parsed = parse([field], {field.name: raw})
    assert parsed.errors == {}
    return parsed.input.get(field.name, UNSET)


def refusal(field: Field, raw: object) -> str:
    """The error that `raw` makes."""
    parsed = parse([field], {field.name: raw})
    assert parsed.input == {}
    return parsed.errors[field.name]


@pytest.mark.parametrize(
    ("field", "raw", "sent"),
    [
        (STEPS, "512", 512),
        (STEPS, " -1 ", -1),
        (STEPS, "+7", 7),
        (STEPS, "1_000", 1000),
        (STEPS, "7.0", 7),
        (STEPS, "1e3", 1000),
        (STEPS, "18446744073709552000", 18446744073709552000),
        (STEPS, "18446744073709552001.0", 18446744073709552001),
        (STEPS, 7, 7),
        (STEPS, 7.0, 7),
        (SCALE, "7", 7),
        (SCALE, "0.95", 0.95),
        (SCALE, "1e-05", 1e-05),
        (SCALE, ".5", 0.5),
        (SCALE, "0.1234567890123456", 0.1234567890123456),
        (SCALE, 3, 3),
        (SCALE, 2.5, 2.5),
    ],
)
def test_numbers_in_text_become_json_numbers_and_nothing_is_rounded(field: Field, raw: object, sent: object) -> None:
    """An integer or number given as text is sent as a number; 7.0 is an integer; exponents are numbers."""
    found = taken(field, raw)
    assert found == sent
    assert type(found) is type(sent)


@pytest.mark.parametrize(
    ("field", "raw", "words"),
    [
        (STEPS, "7.5", "steps must be a whole number (you gave 7.5)"),
        (STEPS, 7.5, "steps must be a whole number (you gave 7.5)"),
        (STEPS, "seven", "steps must be a whole number (you gave seven)"),
        (STEPS, "1__0", "steps must be a whole number (you gave 1__0)"),
        (STEPS, "٣", "steps must be a whole number (you gave ٣)"),
        (STEPS, "1e9999", "steps must be a whole number (you gave 1e9999)"),
        (STEPS, "0x10", "steps must be a whole number (you gave 0x10)"),
        (STEPS, True, "steps must be a whole number (you gave true)"),
        (STEPS, [1], "steps must be a whole number (you gave a list of 1)"),
        (STEPS, {}, "steps must be a whole number (you gave an object)"),
        (STEPS, float("nan"), "steps must be a whole number (you gave nan)"),
        (SCALE, "nan", "scale must be a number (you gave nan)"),
        (SCALE, "1e999", "scale must be a number (you gave 1e999)"),
        (SCALE, float("inf"), "scale must be a number (you gave inf)"),
        (SCALE, "1,5", "scale must be a number (you gave 1,5)"),
        (SCALE, False, "scale must be a number (you gave false)"),
        (WIDTH, "99999", "width must be at most 2048 (you gave 99999)"),
        (WIDTH, 63, "width must be at least 64 (you gave 63)"),
        (Field("s", "number", minimum=0.0, maximum=1.5), "1.51", "s must be at most 1.5 (you gave 1.51)"),
        (Field("s", "number", minimum=0.0), "-1", "s must be at least 0 (you gave -1)"),
        (STEPS, Upload(Path("a.png")), "steps must be a whole number (you gave a file)"),
        (STEPS, "x\x1b[31m\n" * 50, "steps must be a whole number (you gave x x x x x x x x x x x x x x x x x x x x…)"),
    ],
)
def test_a_number_that_is_none_or_out_of_bounds_is_refused_in_words(field: Field, raw: object, words: str) -> None:
    assert refusal(field, raw) == words


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        *[(yes, True) for yes in ("true", "TRUE", "Yes", "on", "1", " true ", True, 1, 1.0)],
        *[(no, False) for no in ("false", "False", "NO", "off", "0", False, 0)],
    ],
)
def test_booleans_are_read_in_any_case(raw: object, sent: bool) -> None:
    assert taken(TILED, raw) is sent


@pytest.mark.parametrize("raw", ["maybe", "2", 2, [], "truely"])
def test_what_is_neither_true_nor_false_is_refused(raw: object) -> None:
    assert refusal(TILED, raw).startswith("tiled must be true or false (you gave ")


@pytest.mark.parametrize(
    ("field", "raw", "sent"),
    [
        (SIZE, "576", 576),
        (SIZE, 512, 512),
        (SIZE, "576.0", 576),
        (SIZE, " 256 ", 256),
        (SIZE, 5.12e2, 512),
        (STYLE, "fast", "fast"),
        (STYLE, "Fast", "Fast"),
        (STYLE, 64, "64"),
        (STYLE, 64.0, "64"),
        (STYLE, True, "True"),
        (STYLE, " odd ", " odd "),
        (STYLE, "odd", UNSET),
        (Field("flag", "choice", choices=(True, False)), "true", True),
        (Field("flag", "choice", choices=(True, False)), "False", False),
        (Field("blank", "choice", choices=("", "x")), "", ""),
        (Field("null", "choice", choices=("null",), nullable=True), "null", "null"),
    ],
)
def test_a_choice_matches_by_text_then_by_number_and_the_member_itself_is_sent(
    field: Field, raw: object, sent: object
) -> None:
    if sent is UNSET:
        assert "must be one of" in refusal(field, raw)
        return
    found = taken(field, raw)
    assert found == sent
    assert type(found) is type(sent)


def test_an_unlisted_choice_names_the_members() -> None:
    assert refusal(SIZE, "1024") == "size must be one of: 256, 512, 576 (you gave 1024)"
    assert "must be one of" in refusal(STYLE, "FAST")
    assert "must be one of" in refusal(SIZE, [256])


def test_an_unlisted_choice_among_many_names_their_count_and_the_nearest() -> None:
    many = Field("style", "choice", choices=tuple(f"style {n}" for n in range(1001)))
    words = refusal(many, "stile 77")
    assert words.startswith("style must be one of its 1,001 choices (you gave stile 77); nearest: style 77")
    assert "nearest" not in refusal(many, "☃" * 3)


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        (IMAGE, UNSET),
        (STEPS, UNSET),
        (SCALE, UNSET),
        (TILED, UNSET),
        (SIZE, UNSET),
        (TOKEN, UNSET),
        (WORDS, UNSET),
        (ANY, UNSET),
        (PROMPT, ""),
        (Field("name", "text"), ""),
    ],
)
def test_the_empty_text_leaves_out_all_but_texts(field: Field, sent: object) -> None:
    """An empty string is kept for plain texts; for files, numbers, choices and secrets it means: not given."""
    assert taken(field, "") == sent
    required = Field(field.name, field.kind, required=True, choices=field.choices, item=field.item)
    if sent is UNSET:
        assert refusal(required, "") == f"{field.name} is required"
    else:
        assert taken(required, "") == sent


@pytest.mark.parametrize("field", [IMAGE, STEPS, TILED, SIZE, PROMPT, TOKEN, WORDS, ANY])
def test_null_leaves_out_unless_the_field_takes_it(field: Field) -> None:
    """Null on an input that is not nullable omits it; unset, "", 0 and false stay different things."""
    nullable = Field(field.name, field.kind, nullable=True, choices=field.choices, item=field.item)
    assert taken(field, None) is UNSET
    assert taken(nullable, None) is None
    assert taken(nullable, UNSET) is UNSET


def test_typed_null_is_null_only_where_no_text_is_wanted() -> None:
    assert taken(Field("n", "integer", nullable=True), "null") is None
    assert taken(Field("s", "prose", nullable=True), "null") == "null"
    assert "whole number" in refusal(STEPS, "null")


@pytest.mark.parametrize("raw", ["  spaces  ", "line\nline\n", "\x08 control", "[bold]", "@handle", "{}", "null"])
def test_text_is_sent_exactly_as_it_is(raw: str) -> None:
    """Texts are never trimmed; control characters and markup are the screen's business, not the request's."""
    assert taken(PROMPT, raw) == raw


def test_the_pieces_of_a_streamed_text_are_joined_where_a_template_found_them() -> None:
    found = expand("{{.output}}", {"output": ["a ", "cat"], "files": [URL]})
    assert taken(PROMPT, found) == "a cat"
    assert taken(WORDS, found) == ["a ", "cat"]
    assert taken(ANY, found) == ["a ", "cat"]
    assert "must be text" in refusal(PROMPT, expand("{{.files}}", {"files": [URL]}))


@pytest.mark.parametrize(("raw", "sent"), [(5, "5"), (2.5, "2.5"), (True, "true")])
def test_a_scalar_for_a_text_becomes_text(raw: object, sent: str) -> None:
    assert taken(PROMPT, raw) == sent


@pytest.mark.parametrize(
    ("field", "raw", "words"),
    [
        (PROMPT, [1], "prompt must be text (you gave a list of 1)"),
        (PROMPT, ["https://x/1.png"], "prompt must be text (you gave a list of 1)"),
        (PROMPT, ["cat", "dog"], "prompt must be text (you gave a list of 2)"),
        (WORDS, [["cat", "dog"]], "words item 1 must be text (you gave a list of 2)"),
        (PROMPT, {"a": 1}, "prompt must be text (you gave an object)"),
        (PROMPT, "lone \ud800", "prompt holds characters that are not valid Unicode"),
        (Field("t", "text", minimum=1), "", "t must have at least 1 character, not 0"),
        (Field("t", "text", maximum=3), "abcd", "t must have at most 3 characters, not 4"),
        (ANY, {"x": float("nan")}, "any holds a value that JSON does not have"),
        (ANY, {"x": object()}, "any holds a value that JSON does not have"),
    ],
)
def test_what_cannot_be_sent_is_refused(field: Field, raw: object, words: str) -> None:
    assert refusal(field, raw) == words


def test_a_redacted_secret_is_refused_and_no_secret_is_quoted() -> None:
    assert taken(TOKEN, "hf_abc") == "hf_abc"
    assert refusal(TOKEN, REDACTED).startswith("hf_token is [REDACTED]")
    assert "hf_abc" not in refusal(Field("hf_token", "secret", maximum=3), "hf_abc")
    assert "must be text" in refusal(TOKEN, Upload(Path("token.txt")))
    assert "item 2 is [REDACTED]" in refusal(Field("keys", "list", item=TOKEN), ["a", REDACTED])


def secret(schema: dict[str, Any]) -> Field:
    """The Field of a secret whose schema says so by its marker."""
    (field,) = fields({"components": {"schemas": {"Input": {"properties": {"it": schema | {"x-cog-secret": True}}}}}})
    return field


PIN = secret({"type": "integer", "minimum": 1000})
CREDENTIALS = secret({"anyOf": [{"type": "string"}, {"type": "integer"}], "format": "password"})
KEYS = secret({"type": "array", "items": {"type": "string"}})


@pytest.mark.parametrize(
    ("field", "raw", "sent"),
    [
        (PIN, "4711", 4711),
        (PIN, 4711, 4711),
        (PIN, " ", UNSET),
        (CREDENTIALS, "hf_x", "hf_x"),
        (CREDENTIALS, 7, 7),
        (KEYS, '["a", "b"]', ["a", "b"]),
        (KEYS, "a\nb", ["a", "b"]),
        (KEYS, ["a"], ["a"]),
        (secret({"enum": ["a", 2]}), "2", 2),
        (secret({"type": "object"}), '{"user": "me"}', {"user": "me"}),
        (secret({"type": "boolean", "nullable": True}), "null", None),
    ],
)
def test_a_secret_that_is_no_text_is_read_as_what_it_is(field: Field, raw: object, sent: object) -> None:
    assert taken(field, raw) == sent
    assert redacted([field], {"it": "never shown"}) == {"it": REDACTED}
    if sent is not UNSET and sent is not None:
        assert taken(field, show(field, sent)) == sent
        assert taken(field, shown_as_typed(field, raw)) == sent


@pytest.mark.parametrize(
    ("field", "raw", "words"),
    [
        (PIN, "hf_abc", "it is of another type: integer is wanted"),
        (PIN, "999", "it is out of range"),
        (CREDENTIALS, ["hf_abc"], "it is of another type: string or integer is wanted"),
        (KEYS, {"hf_abc": 1}, "it is of another type: list is wanted"),
        (secret({"enum": ["a", "b"]}), "hf_abc", "it is not among the choices"),
        (KEYS, ["a", REDACTED, ["hf_abc"]], "it is of another type: list is wanted"),
        (PIN, REDACTED, "it is [REDACTED]: Replicate does not keep secrets, enter it again"),
    ],
)
def test_what_is_wrong_with_a_secret_is_told_without_it(field: Field, raw: object, words: str) -> None:
    assert refusal(field, raw) == words


def test_secrets_that_were_not_kept_are_not_recalled() -> None:
    assert recall([PIN, PROMPT], {"it": REDACTED, "prompt": "x"}).raw == {"prompt": "x"}
    assert recall([KEYS], {"it": [REDACTED, REDACTED]}).raw == {}


@pytest.mark.parametrize(
    "raw",
    [URL, "http://files.example/a", "HTTPS://files.example/a b".replace(" ", "%20"), "data:image/png;base64,iVBORw=="],
)
def test_a_file_may_be_a_url_or_a_small_data_uri(raw: str) -> None:
    assert taken(IMAGE, raw) == raw
    assert taken(IMAGE, f" {raw}\n") == raw


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("cat.png", "image must be a file: use @path for a local file, or a URL (you gave cat.png)"),
        ("@cat.png", "use @path for a local file, or a URL"),
        ("/etc/passwd", "use @path"),
        ("ftp://files.example/a", "use @path"),
        ("https://", "use @path"),
        ("http://[broken", "use @path"),
        ("https://files.example/a b", "use @path"),
        (7, "use @path"),
        (["https://files.example/a"], "use @path"),
        ("data:image/png;base64,...", "image is a data: URI that was cut short: give the file again with @path"),
        ("data:image/png;base64,iVBOR...", "cut short"),
    ],
)
def test_any_other_text_for_a_file_is_refused_with_what_to_do(raw: object, words: str) -> None:
    assert words in refusal(IMAGE, raw)


def test_a_file_of_this_machine_is_taken_as_it_is(tmp_path: Path) -> None:
    upload = Upload(tmp_path / "ünïcode name.png")
    upload.path.write_bytes(b"x")
    assert taken(IMAGE, upload) is upload
    assert taken(PROMPT, upload) is upload
    assert taken(ANY, upload) is upload
    assert taken(IMAGES, [URL, upload]) == [URL, upload]
    assert taken(IMAGES, upload) == [upload]


def test_a_file_that_cannot_be_sent_is_refused_by_its_path(tmp_path: Path) -> None:
    missing, large = tmp_path / "missing.png", tmp_path / "large.bin"
    with large.open("wb") as sparse:
        sparse.truncate(UPLOAD_LIMIT + 1)
    for path, words in (
        (missing, f"image names no file: {missing} does not exist"),
        (tmp_path, f"image must be a file, and {tmp_path} is a directory"),
        (large, f"image is too large: {large}"),
        (Path("nul\0byte"), "image names no file"),
        (tmp_path / ("x" * 5000), os.strerror(errno.ENAMETOOLONG) if os.name == "posix" else "image names no file"),
    ):
        assert words in refusal(IMAGE, Upload(path))
    assert refusal(IMAGE, Upload(missing)).endswith("does not exist")
    assert refusal(PROMPT, Upload(missing)).endswith("does not exist (write @@ for text that starts with @)")
    assert f"images item 2 names no file: {missing}" in refusal(IMAGES, [URL, Upload(missing)])
    with large.open("wb") as sparse:
        sparse.truncate(UPLOAD_LIMIT)
    assert taken(IMAGE, Upload(large)) == Upload(large)


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_no_file_to_send(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refusal(IMAGE, Upload(pipe)) == f"image must be a regular file, which {pipe} is not"


@pytest.mark.skipif(os.name == "nt" or getattr(os, "geteuid", lambda: 0)() == 0, reason="needs file permissions")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    private = tmp_path / "private.png"
    private.touch(mode=0o000)
    assert refusal(IMAGE, Upload(private)) == f"image can't be read: no permission for {private}"


@pytest.mark.parametrize(
    ("field", "raw", "sent"),
    [
        (WORDS, '["a", "b"]', ["a", "b"]),
        (WORDS, "a\n\n b \r\nc", ["a", " b ", "c"]),
        (WORDS, "one, two", ["one, two"]),
        (WORDS, "[laughs] hello", ["[laughs] hello"]),
        (WORDS, '"quoted"', ['"quoted"']),
        (WORDS, [], []),
        (WORDS, "[]", []),
        (WORDS, ["a", 1], ["a", "1"]),
        (WORDS, ("a",), ["a"]),
        (WORDS, "7", ["7"]),
        (WORDS, 7, ["7"]),
        (IMAGES, f"{URL}\n{URL}", [URL, URL]),
        (IMAGES, URL, [URL]),
        (NUMBERS, "[1, 2.0]", [1, 2]),
        (NUMBERS, "1\n2", [1, 2]),
        (NUMBERS, ["1"], [1]),
        (Field("m", "list", item=NUMBERS), "[[1], [2, 3]]", [[1], [2, 3]]),
        (Field("m", "list", item=ANY), '["7", 7, null, {"a": []}]', ["7", 7, {"a": []}]),
        (Field("m", "list", item=Field("m", "integer", nullable=True)), "[1, null]", [1, None]),
        (Field("m", "list"), "[1]", [1]),
    ],
)
def test_a_list_is_a_json_array_or_one_value_a_line(field: Field, raw: object, sent: object) -> None:
    if field.item == ANY:
        assert "item 3 is empty" in refusal(field, raw)
        return
    assert taken(field, raw) == sent


@pytest.mark.parametrize(
    ("field", "raw", "words"),
    [
        (NUMBERS, "[1, 2.5]", "numbers item 2 must be a whole number (you gave 2.5)"),
        (NUMBERS, "[1, 2, 3, 4]", "numbers must have at most 3 items, not 4"),
        (NUMBERS, [], "numbers must have at least 1 item, not 0"),
        (NUMBERS, {"a": 1}, "numbers must be a list (you gave an object)"),
        (NUMBERS, [None], "numbers item 1 is empty"),
        (WORDS, '["a", "b"', "words must be a list: a JSON array (Expecting"),
        (Field("m", "list", item=NUMBERS), "1", "m must be a list: a JSON array (you gave 1)"),
        (Field("m", "list"), "[NaN]", "m must be a list: a JSON array (NaN is not JSON)"),
        (IMAGES, [URL, ""], "images item 2 is empty"),
        (IMAGES, ["cat.png"], "images item 1 must be a file: use @path"),
    ],
)
def test_a_list_that_is_none_or_holds_what_is_refused_names_the_item(field: Field, raw: object, words: str) -> None:
    assert words in refusal(field, raw)


@pytest.mark.parametrize(
    ("field", "raw", "sent"),
    [
        (ANY, '{"a": [1, null]}', {"a": [1, None]}),
        (ANY, "7", 7),
        (ANY, "plain words", "plain words"),
        (ANY, '"7"', "7"),
        (ANY, "NaN", "NaN"),
        (ANY, "1e999", "1e999"),
        (ANY, {"a": 1}, {"a": 1}),
        (UNION, "hello", "hello"),
        (UNION, "7", "7"),
        (UNION, '["a"]', ["a"]),
        (UNION, ["a"], ["a"]),
        (OBJECT, '{"a": 1}', {"a": 1}),
    ],
)
def test_a_json_field_takes_json_text_and_a_union_with_text_takes_text(field: Field, raw: object, sent: object) -> None:
    """Unions and unknown types accept anything that their types, if any, allow."""
    assert taken(field, raw) == sent


def test_a_json_field_with_types_refuses_others() -> None:
    assert refusal(OBJECT, '"hello"') == "options must be JSON: object (you gave hello)"
    assert refusal(OBJECT, [1]) == "options must be JSON: object (you gave a list of 1)"
    assert refusal(UNION, {"a": 1}) == "union must be JSON: string or array (you gave an object)"


def test_values_of_absurd_size_are_refused_or_stay_text() -> None:
    assert refusal(STEPS, 10**5000) == "steps has too many digits"
    assert "must be a whole number" in refusal(STEPS, "9" * 5000)
    assert "more than 1 MB: upload the file instead: @path" in refusal(IMAGE, "data:," + "x" * DATA_URI_LIMIT)
    for text in ("9" * 5000, "[" * 100_000):
        assert guess(text) == text
    assert taken(ANY, "9" * 5000) == "9" * 5000


def nested(levels: int) -> list[object]:
    """A list in a list in a list."""
    value: list[object] = []
    for _ in range(levels - 1):
        value = [value]
    return value


def test_values_are_nested_200_levels_deep_and_no_more() -> None:
    for levels, fits in ((200, True), (201, False), (600, False), (100_000, False)):
        for raw in (nested(levels), "[" * levels + "]" * levels):
            words = parse([ANY], {"any": raw}).errors.get("any", "")
            assert words == ("" if fits else "any is nested more than 200 levels deep")
        assert (guess("[" * levels + "]" * levels) == nested(levels)) is fits if levels < 900 else True
    assert refusal(WORDS, [nested(201)]).startswith("words ")
    assert refusal(Field("m", "list"), {"a": nested(200)}) == "m must be a list (you gave an object)"
    assert refusal(Field("m", "list"), [{"a": nested(199)}]) == "m is nested more than 200 levels deep"


def test_what_is_nested_too_deep_is_not_recalled() -> None:
    recalled = recall([ANY], {"any": nested(600)})
    assert recalled.raw == {}
    assert recalled.notes == {"any": "any is nested more than 200 levels deep and was left out"}


@pytest.mark.parametrize(
    ("field", "raw", "place"),
    [
        (UNION, '["a", "b",]', "line 1 column 1"),
        (ANY, '{"a": 1,}', "line 1 column "),
        (ANY, '{\n  "a": one\n}', "line 2 column 8"),
        (ANY, " [1, 2", "line 1 column 7"),
        (ANY, "[laughs]", "line 1 column 2"),
        (Field("m", "list", item=ANY), ["fine", "[1,"], "item 2 begins like JSON"),
    ],
)
def test_text_that_was_meant_as_json_is_sent_with_a_warning_that_names_the_place(
    field: Field, raw: object, place: str
) -> None:
    parsed = parse([field], {field.name: raw})
    assert parsed.input == {field.name: raw}
    assert place in parsed.warnings[field.name]
    assert "sent as text" in parsed.warnings[field.name]


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        (UNION, '["a", "b"]'),
        (UNION, '{"a": 1,}'),
        (UNION, "words [and more"),
        (ANY, '"[1, 2"'),
        (ANY, ["[1,"]),
        (Field("t", "json", types=("string", "integer")), "[1,"),
        (PROMPT, "[1,"),
        (WORDS, "[laughs] out"),
    ],
)
def test_there_is_no_warning_where_text_is_meant_as_text(field: Field, raw: object) -> None:
    assert parse([field], {field.name: raw}).warnings == {}


def test_missing_inputs_are_errors_only_where_they_are_required() -> None:
    form = [Field("prompt", "prose", required=True), Field("image", "file", required=True), STEPS]
    parsed = parse(form, {"steps": "4"})
    assert parsed.input == {"steps": 4}
    assert parsed.errors == {"prompt": "prompt is required", "image": "image is required"}


def test_untouched_inputs_are_left_out_and_never_judged() -> None:
    form = fields({"components": {"schemas": {"Input": {"properties": {"a": {"type": "integer", "default": 13.5}}}}}})
    assert parse(form, {}) == parse(form, {"a": UNSET})
    assert parse(form, {}).input == {}
    assert parse(form, {}).errors == {}


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ([PROMPT, IMAGE], "unknown input 'promt'; did you mean 'prompt'?"),
        ([IMAGE, STEPS], "unknown input 'promt'; this model takes image, steps"),
        ([], "unknown input 'promt'; this model takes no inputs"),
        ([Field(f"x{n}", "text") for n in range(15)], "x11 and 3 more"),
    ],
)
def test_an_unknown_input_is_an_error_that_names_the_nearest(form: list[Field], words: str) -> None:
    parsed = parse(form, {"promt": "a cat"})
    assert parsed.input == {}
    assert words in parsed.errors["promt"]
    assert parse(form, {"promt": UNSET}).errors == {}


def test_inputs_are_sent_in_the_order_of_the_form() -> None:
    assert list(parse([PROMPT, STEPS, SCALE], {"scale": 1, "steps": 2, "prompt": "x"}).input) == [
        "prompt",
        "steps",
        "scale",
    ]


def test_what_a_person_typed_with_an_at_sign_is_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert typed("@a b.png") == Upload(Path("a b.png"))
    assert typed("@~/a.png") == Upload(tmp_path / "a.png")
    assert typed("@~no-such-user-here/a.png") == Upload(Path("~no-such-user-here/a.png"))
    assert typed("@@handle") == "@handle"
    assert typed("@@") == "@"
    for text in ("", "@", "text", " @a.png", "a@b", "https://files.example"):
        assert typed(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-0.5", -0.5),
        ("true", True),
        ("null", None),
        ('[1, "a"]', [1, "a"]),
        ('{"a": 1}', {"a": 1}),
        ("plain", "plain"),
        ('"quoted"', '"quoted"'),
        ("", ""),
        (" 7 ", 7),
        ("NaN", "NaN"),
        ("1e999", "1e999"),
        ("1_000", "1_000"),
        ("True", "True"),
        ("[broken", "[broken"),
    ],
)
def test_without_a_schema_text_is_json_where_it_reads_as_it(text: str, value: object) -> None:
    found = guess(text)
    assert found == value
    assert type(found) is type(value)


def test_defaults_are_left_out_of_what_is_shown_and_copied() -> None:
    form = [
        Field("steps", "integer", default=1),
        Field("scale", "number", default=7.5),
        Field("tiled", "boolean", default=True),
        Field("sizes", "list", default=[1, 2]),
        Field("options", "json", default={"a": True}),
        Field("prompt", "prose", required=True, default="a cat"),
        Field("seed", "integer"),
    ]
    same = {"steps": 1.0, "scale": 7.5, "tiled": True, "sizes": [1, 2.0], "options": {"a": True}}
    kept = {"prompt": "a cat", "seed": 0, "unknown": 1}
    assert without_defaults(form, same | kept) == kept
    differing = {"steps": True, "scale": "7.5", "tiled": 1, "sizes": [1, True], "options": {"a": 1}}
    assert without_defaults(form, differing) == differing


def test_secrets_are_redacted_in_what_is_stored() -> None:
    form = [TOKEN, PROMPT, Field("keys", "list", item=TOKEN)]
    given_values = {"hf_token": "hf_abc", "prompt": "a cat", "keys": ["a"], "openai_api_key": "sk", "seed": 1}
    assert redacted(form, given_values) == {
        "hf_token": REDACTED,
        "prompt": "a cat",
        "keys": REDACTED,
        "openai_api_key": REDACTED,
        "seed": 1,
    }
    assert redacted(form, {"hf_token": None}) == {"hf_token": None}


def test_an_example_is_recalled_as_far_as_it_fits_the_form() -> None:
    """Undeclared keys and what Replicate redacted or cut short are dropped; all that does not fit has a note."""
    form = [Field("prompt", "prose", required=True), SIZE, IMAGE, TOKEN, STEPS, Field("mask", "file", nullable=True)]
    example = {
        "size": "1024",
        "image": "data:image/png;base64,...",
        "hf_token": REDACTED,
        "steps": None,
        "mask": None,
        "model": "large-v2",
    }
    recalled = recall(form, example)
    assert recalled.raw == {"size": "1024", "mask": None}
    assert set(recalled.notes) == {"image", "hf_token", "model", "prompt", "size"}
    assert recalled.notes["model"] == "model is no input of this model and was left out"
    assert recalled.notes["prompt"] == "prompt is required and was not given"
    assert recalled.notes["size"] == "size no longer fits: it must be one of: 256, 512, 576 (you gave 1024)"
    assert set(parse(form, recalled.raw).errors) == {"prompt", "size"}


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        (STEPS, UNSET, ""),
        (STEPS, None, "null"),
        (PROMPT, None, ""),
        (STEPS, 7, "7"),
        (SCALE, 1e-05, "1e-05"),
        (TILED, False, "false"),
        (SIZE, 512, "512"),
        (Field("flag", "choice", choices=(True,)), True, "True"),
        (SIZE, "unlisted", "unlisted"),
        (WORDS, ["é", 1], '["é", 1]'),
        (ANY, "7", '"7"'),
        (ANY, "hello", "hello"),
        (UNION, "7", "7"),
        (IMAGE, Upload(Path("a.png")), "@a.png"),
        (IMAGES, [URL, Upload(Path("a.png"))], f"{URL}\n@a.png"),
    ],
)
def test_values_are_shown_as_a_person_would_type_them(field: Field, value: object, text: str) -> None:
    assert show(field, value) == text


def test_recalled_values_that_are_out_of_range_are_kept_and_told() -> None:
    recalled = recall([WIDTH, SCALE, IMAGES], {"width": 99999, "scale": "fast", "images": [URL, "data:x,...", URL]})
    assert recalled.raw == {"width": 99999, "scale": "fast", "images": [URL, URL]}
    assert recalled.notes["width"] == "width no longer fits: it must be at most 2048 (you gave 99999)"
    assert recalled.notes["scale"] == "scale no longer fits: it must be a number (you gave fast)"
    assert recalled.notes["images"] == "images item 2 was a file that is no longer there in full: give it again"
    assert recall([WIDTH], {"width": "512"}).notes == {}
    assert recall([IMAGES], {"images": [REDACTED]}).raw == {}


@pytest.mark.parametrize("field", [IMAGE, IMAGES, PROMPT, WORDS, ANY, UNION])
def test_a_recalled_text_with_an_at_sign_is_never_read_as_a_path(field: Field, tmp_path: Path) -> None:
    """Not as it comes from an example, and not after it has been through the text of an editor."""
    existing = tmp_path / "private.txt"
    existing.write_text("secret")
    for value in (f"@{existing}", f"@@{existing}", "@"):
        raw = recall([field], {field.name: [value] if field.kind == "list" else value}).raw[field.name]
        shown = shown_as_typed(field, raw)
        through_the_editor = typed(shown) if field.kind == "file" else shown
        for left in (raw, through_the_editor):
            assert not isinstance(left, Upload)
            assert not isinstance(parse([field], {field.name: left}).input.get(field.name), Upload)
        if field.kind != "list":
            assert parse([field], {field.name: raw}) == parse([field], {field.name: through_the_editor})


def test_a_draft_for_another_version_stays_as_it_was_typed_and_tells_what_does_not_fit(tmp_path: Path) -> None:
    upload = Upload(tmp_path / "a.png")
    upload.path.touch()
    draft = {"any": '{"a": 1}', "image": upload, "width": "99999", "gone": "x"}
    refitted = refit([PROMPT, ANY, IMAGE, WIDTH, Field("must", "text", required=True)], draft)
    assert refitted.raw == {"any": '{"a": 1}', "image": upload, "width": "99999"}
    assert refitted.notes == {
        "gone": "gone is no input of this version and was left out",
        "width": "width no longer fits: it must be at most 2048 (you gave 99999)",
    }


@pytest.mark.parametrize("value", ["7", "true", "null", "{}", '"quoted"', "plain", ""])
def test_a_recalled_text_of_a_json_input_stays_text(value: str) -> None:
    raw = recall([ANY], {"any": value}).raw["any"]
    assert taken(ANY, raw) == value
    assert taken(ANY, shown_as_typed(ANY, raw)) == value


def test_what_was_typed_as_json_is_shown_as_it_was_typed() -> None:
    assert shown_as_typed(ANY, '{"a":  1}') == '{"a":  1}'
    assert shown_as_typed(ANY, {"a": 1}) == '{"a": 1}'


def test_a_large_data_uri_and_a_deprecated_input_are_sent_with_a_warning() -> None:
    large = "data:image/png;base64," + "A" * DATA_URI_ADVISED
    parsed = parse([IMAGE, IMAGES], {"image": large, "images": [URL, large]})
    assert parsed.input == {"image": large, "images": [URL, large]}
    assert parsed.errors == {}
    assert parsed.warnings["image"].startswith("image is a data: URI of 256 kB: given as @path it is uploaded")
    assert "images" in parsed.warnings
    assert parse([IMAGE], {"image": large[:DATA_URI_ADVISED]}).warnings == {}
    old = Field("old", "text", deprecated=True)
    assert parse([old], {"old": "x"}).warnings == {"old": "old is deprecated: the model may stop taking it"}
    assert parse([old], {}).warnings == {}


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS | st.sampled_from([URL, "7", "7.0", "true", "null", "", " ", '"', "@x", "[", REDACTED]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
LEAVES = st.one_of(
    st.sampled_from([{"type": one} for one in ("string", "integer", "number", "boolean", "object")]),
    st.sampled_from([{}, {"type": "string", "format": "uri"}, {"type": "string", "x-cog-secret": True}]),
    st.sampled_from([{"type": ["string", "integer"], "x-cog-secret": True}, {"type": "number", "x-cog-secret": True}]),
    st.sampled_from([{"type": ["string", "array"]}, {"type": ["integer", "boolean", "object"]}]),
    st.builds(lambda members: {"enum": members}, st.lists(SCALARS, min_size=1, max_size=5)),
    st.builds(lambda low: {"type": "number", "minimum": low}, st.integers(-3, 3)),
)
SCHEMAS = st.one_of(
    LEAVES,
    st.builds(lambda leaf: {"type": "array", "items": leaf}, LEAVES),
    st.builds(lambda leaf: leaf | {"nullable": True}, LEAVES),
)


@st.composite
def fields_and_values(draw: st.DrawFn) -> tuple[Field, object]:
    """A Field of a generated schema, and a value that it takes."""
    schema = draw(SCHEMAS)
    (field,) = fields({"components": {"schemas": {"Input": {"properties": {"it": schema}}}}})
    likely = st.sampled_from(field.choices) if field.choices else VALUES | st.integers() | st.text(max_size=8)
    parsed = parse([field], {"it": draw(likely | st.lists(SCALARS, max_size=4) if field.kind == "list" else likely)})
    assume(parsed.input.get("it") is not None)
    return field, parsed.input["it"]


@BOUNDED
@given(fields_and_values())
def test_what_is_shown_parses_to_the_same_value(field_and_value: tuple[Field, object]) -> None:
    field, value = field_and_value
    again = parse([field], {"it": show(field, value)})
    assert again.errors == {}
    assert json.dumps(again.input["it"]) == json.dumps(value)


@BOUNDED
@given(SCHEMAS, VALUES)
def test_every_value_is_sent_as_json_or_refused_by_name(schema: dict[str, Any], raw: object) -> None:
    form = fields({"components": {"schemas": {"Input": {"properties": {"it": schema}, "required": ["it"]}}}})
    parsed = parse(form, {"it": raw})
    assert set(parsed.input) | set(parsed.errors) == {"it"}
    assert not set(parsed.input) & set(parsed.errors)
    json.dumps(parsed.input, allow_nan=False, ensure_ascii=False).encode()
    assert all(words.startswith("it ") and "\n" not in words for words in parsed.errors.values())


FORMS = st.dictionaries(st.sampled_from(["a", "b", "c"]), SCHEMAS, max_size=3)
GIVEN = st.dictionaries(st.sampled_from(["a", "b", "c", "other"]), VALUES, max_size=4)


@BOUNDED
@given(FORMS, st.sets(st.sampled_from(["a", "b", "c"])), GIVEN)
def test_errors_and_warnings_name_what_is_there(
    properties: dict[str, Any], required: set[str], raw: dict[str, object]
) -> None:
    inputs = {"properties": properties, "required": sorted(required)}
    form = fields({"components": {"schemas": {"Input": inputs}}})
    parsed = parse(form, raw)
    assert set(parsed.input) | set(parsed.warnings) <= set(properties)
    assert set(parsed.errors) <= set(properties) | set(raw)
    assert set(raw) - set(properties) <= set(parsed.errors)
    assert required & set(properties) <= set(parsed.input) | set(parsed.errors)


@BOUNDED
@given(FORMS, GIVEN)
def test_whatever_an_example_holds_is_recalled_without_a_path_and_told_where_it_does_not_fit(
    properties: dict[str, Any], given_values: dict[str, object]
) -> None:
    form = fields({"components": {"schemas": {"Input": {"properties": properties}}}})
    recalled = recall(form, given_values)
    assert set(recalled.raw) <= set(properties)
    assert not any(isinstance(value, Upload) for value in recalled.raw.values())
    assert set(parse(form, recalled.raw).errors) <= set(recalled.notes)
    assert set(given_values) - set(properties) <= set(recalled.notes)
    assert all("\n" not in note for note in recalled.notes.values())


@BOUNDED
@given(fields_and_values())
def test_what_a_run_was_given_is_what_its_remix_sends(field_and_value: tuple[Field, object]) -> None:
    field, value = field_and_value
    assume(value != REDACTED and REDACTED not in (value if isinstance(value, list) else []))
    raw = recall([field], {field.name: value}).raw
    assert json.dumps(parse([field], raw).input[field.name]) == json.dumps(value)
    assert json.dumps(
        parse([field], {field.name: shown_as_typed(field, raw[field.name])}).input[field.name]
    ) == json.dumps(value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": 1,}', "column 8: a comma stands before the end: take it away"),
        ('{\n  "a" 1\n}', "line 2, column 7: a colon is wanted between a name and its value"),
        ("notjson", "column 1: a value is wanted here: text stands in double quotes"),
        ('[1] "x"', "column 5: something stands after the end of the value"),
        ('{"a": [1, ]}', None),
    ],
)
def test_what_is_no_json_is_told_with_its_place(text: str, why: str | None) -> None:
    error = parse([Field("extra", "json", types=("object",))], {"extra": text}).errors["extra"]
    if why is None:
        assert "column" in error
    else:
        assert error == f"extra must be JSON: object; {why}"
