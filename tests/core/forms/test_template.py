"""Templates that take a part of an earlier run."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replicate_tui.core.forms.template import TemplateError, expand, has_template

RUN: dict[str, Any] = {
    "id": "p1",
    "status": "succeeded",
    "error": None,
    "output": ["https://files.example/a.png", "https://files.example/b.png"],
    "metrics": {"predict_time": 1.5, "größe": 2},
    "input": {"a b": "spaced", "text": "line\none"},
}


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("{{.output}}", True),
        ("before {{output[0]}} after", True),
        ("", False),
        ("plain", False),
        ("{single}", False),
        ("{{}}", False),
        ("{{  }}", False),
        ("{{never closed", False),
        ('{"a":{"b":{}}}', False),
    ],
)
def test_a_template_is_two_braces_around_something(text: str, has: bool) -> None:
    assert has_template(text) is has


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{.output[0]}}", RUN["output"][0]),
        ("{{output[0]}}", RUN["output"][0]),
        ("{{$.output[0]}}", RUN["output"][0]),
        ("{{ .output[-1] }}", RUN["output"][1]),
        ("{{.output}}", RUN["output"]),
        ("{{.output[*]}}", RUN["output"]),
        ("{{.output[1:]}}", RUN["output"][1:]),
        ("{{.metrics}}", RUN["metrics"]),
        ("{{.metrics.predict_time}}", 1.5),
        ("{{.metrics.größe}}", 2),
        ("{{.error}}", None),
        ("{{['input']['a b']}}", "spaced"),
        ("{{$}}", RUN),
        ("{{.}}", RUN),
    ],
)
def test_a_text_that_is_one_template_becomes_the_json_value_itself(text: str, value: object) -> None:
    assert expand(text, RUN) == value


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("a photo like {{.output[0]}}", "a photo like https://files.example/a.png"),
        ("{{.id}}/{{.status}}", "p1/succeeded"),
        ("{{.id}}{{.id}}", "p1p1"),
        ("took {{.metrics.predict_time}}", "took 1.5"),
        ("all: {{.output}}", f"all: {json.dumps(RUN['output'])}"),
        ("error: {{.error}}", "error: null"),
        (" {{.input.text}}", " line\none"),
        ('{"a": {"b": {{.metrics.predict_time}}}}', '{"a": {"b": 1.5}}'),
        ("no template, {{}} neither", "no template, {{}} neither"),
    ],
)
def test_several_templates_in_a_text_are_inserted_as_text(text: str, expanded: str) -> None:
    assert expand(text, RUN) == expanded


def test_what_was_inserted_is_not_expanded_again() -> None:
    assert expand("say {{.output}}", {"output": "{{.secret}}", "secret": "x"}) == "say {{.secret}}"


@pytest.mark.parametrize(
    ("text", "document", "words"),
    [
        ("{{.outputs[0]}}", RUN, ["{{.outputs[0]}}", "id, status, error, output, metrics, input"]),
        ("x {{.output[7]}}", RUN, ["{{.output[7]}}", "the document has"]),
        ("{{.output[}}", RUN, ["{{.output[}}", "can't be followed"]),
        ("{{a b}}", RUN, ["{{a b}}", "can't be followed"]),
        ("{{.output[99999999999999999999]}}", RUN, ["can't be followed"]),
        ("{{.output}}", {}, ["the document is empty"]),
        ("{{.output}}", [1, 2], ["a list of 2"]),
        ("{{.output}}", "text", ["neither object nor list"]),
        ("{{.nope}}", {f"key{n}": n for n in range(20)}, ["key11 and 8 more"]),
    ],
)
def test_a_path_that_finds_nothing_is_an_error_naming_it_and_what_there_is(
    text: str, document: object, words: list[str]
) -> None:
    with pytest.raises(TemplateError) as raised:
        expand(text, document)
    for word in words:
        assert word in str(raised.value)


@pytest.mark.parametrize(
    ("status", "words"),
    [("failed", "the earlier run p9 failed: NSFW content"), ("canceled", "was canceled"), ("aborted", "was aborted")],
)
@pytest.mark.parametrize("path", ["{{.output}}", "{{.output[0]}}", "see {{.output.url}}"])
def test_a_run_that_did_not_succeed_says_so_instead(status: str, words: str, path: str) -> None:
    run = {"id": "p9", "status": status, "error": "NSFW\x1b[31m\ncontent", "output": None}
    with pytest.raises(TemplateError) as raised:
        expand(path, run)
    assert words in str(raised.value)
    assert "p9" in str(raised.value)


def test_what_a_failed_run_does_have_can_be_taken() -> None:
    run = {"id": "p9", "status": "failed", "error": "out of memory", "output": ["half.png"]}
    assert expand("{{.error}}", run) == "out of memory"
    assert expand("{{.output[0]}}", run) == "half.png"


def test_a_document_too_deep_to_search_is_an_error_not_a_crash() -> None:
    document: dict[str, Any] = {}
    inner = document
    for _ in range(5000):
        inner["a"] = {}
        inner = inner["a"]
    with pytest.raises(TemplateError, match="can't be followed"):
        expand("{{..b}}", document)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(st.sampled_from("{}.[]*?@$'ab0,: \n"), max_size=20))
def test_any_text_expands_or_says_why_not(text: str) -> None:
    if not has_template(text):
        assert expand(text, {}) == text
        return
    with contextlib.suppress(TemplateError):
        assert expand(text, {"a": [0], "b": "b"}) != text
