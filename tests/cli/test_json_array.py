"""A long array is written as a short one is, without being held."""

import json
import os
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.cli.json_array import print_array
from replicate_tui.core.text import clean
from tests.cli.test_run import _read_all

VALUES: list[list[Any]] = [
    [],
    [{}],
    [{"id": "r1", "text": "two\nlines\u2028and \u00e9", "deep": [{"a": [1, None]}, []]}, "text", 2.5, {"id": "r2"}],
]


@pytest.mark.parametrize("values", VALUES)
def test_it_is_what_json_writes(values: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "out").open("w", encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdout", file)
        print_array(iter(values))
        monkeypatch.undo()
    assert (tmp_path / "out").read_text("utf-8") == json.dumps(values, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("values", VALUES)
def test_on_a_terminal_it_is_laid_out(values: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    pty = pytest.importorskip("pty")
    parent, child = pty.openpty()
    with os.fdopen(child, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        print_array(iter(values))
        monkeypatch.undo()
    shown = _read_all(parent).replace("\r\n", "\n")
    assert shown == clean(json.dumps(values, ensure_ascii=False, indent=2)) + "\n"


def test_a_long_one_takes_no_more_memory_than_a_short_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "out").open("w", encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdout", file)
        tracemalloc.start()
        print_array({"id": number, "text": "x" * 1000} for number in range(20_000))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        monkeypatch.undo()
    assert peak < 2_000_000
    assert len(json.loads((tmp_path / "out").read_text("utf-8"))) == 20_000
