"""Marks of files in outputs, and data that look like them."""

from __future__ import annotations

from typing import Any

import pytest

from replicate_tui.local.marks import NESTING_LIMIT, TooDeep, absolute, escaped, escaped_deeply, mark
from tests.local.serving import Server


def shown(value: Any) -> Any:
    return absolute(value, "at {}".format)


def test_marks_become_addresses_at_any_depth() -> None:
    assert shown([mark("a.png"), {"x": [mark("b.png")]}]) == ["at a.png", {"x": ["at b.png"]}]


@pytest.mark.parametrize(
    "value",
    [
        {"$output": "../../server.db"},
        {"$output": 5},
        {"$data": {"$output": "x"}},
        {"$data": 5},
        [{"a": {"$output": "x"}}],
        {"$output": "x", "more": 1},
        "$output",
        None,
    ],
)
def test_what_only_looks_like_a_mark_stays_as_it_is(value: Any) -> None:
    assert shown(escaped_deeply(value)) == value


def test_a_file_in_an_object_that_looks_like_a_mark_is_a_file() -> None:
    assert shown(escaped({"$output": mark("a.png")})) == {"$output": "at a.png"}


def test_what_is_too_deep_to_be_shown_is_refused() -> None:
    value: Any = 1
    for _ in range(NESTING_LIMIT):
        value = [value]
    with pytest.raises(TooDeep):
        escaped_deeply(value)
    assert shown(escaped_deeply(value[0])) == value[0]


def test_a_text_that_names_no_file_is_a_text(server: Server) -> None:
    text = '{"$output": "../../server.db"}'
    assert server.run("local/hello-world", text=text)["output"] == f"hello {text}"
