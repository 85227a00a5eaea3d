"""A model's inputs as a person reads them on a terminal."""

import os
import pty
import subprocess
from typing import Any

import pytest

from replicate_tui.cli.fields import lines
from replicate_tui.core.text import cell_width
from tests.cli.conftest import command
from tests.cli.test_run import _read_all
from tests.conftest import Server

LONG = "guidance_scale_of_the_second_text_encoder_in_percent"
CHOICES = [f"style number {number}" for number in range(12)]


def document(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"components": {"schemas": {"Input": {"type": "object", "properties": properties}}}}


def test_a_blank_line_stands_between_inputs_and_nowhere_else() -> None:
    shown = lines(
        document(
            a={"type": "string", "description": "What to paint."},
            b={"type": "integer", "default": 3},
            c={"type": "string", "description": "What else."},
        ),
        room=80,
        colour=False,
    )
    assert shown[0].split() == ["input", "kind", "default", "range"]
    assert [line.split()[:1] for line in shown[1:]] == [["a"], ["What"], [], ["b"], [], ["c"], ["What"]]


@pytest.mark.parametrize("room", [20, 40, 80, 120])
@pytest.mark.parametrize("colour", [True, False])
def test_nothing_is_wider_than_the_terminal_but_a_name(room: int, colour: bool) -> None:
    shown = lines(
        document(
            a={"type": "string", "enum": CHOICES, "default": CHOICES[0], "description": "so " * 60},
            **{LONG: {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5}},
        ),
        room=room,
        colour=colour,
    )
    for line in shown:
        assert cell_width(_plain(line)) <= room or _plain(line).strip() == LONG


def test_a_long_name_leaves_the_columns_as_they_are() -> None:
    short = {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5}
    alone = lines(document(a=short), room=80, colour=False)
    both = lines(document(a=short, **{LONG: short}), room=80, colour=False)
    assert both[:2] == alone
    assert both[3] == LONG
    assert both[4].split() == ["number", "0.5", "0–1"]


def test_what_is_too_long_for_a_cell_stands_in_full_below() -> None:
    shown = lines(document(a={"type": "string", "enum": CHOICES, "default": CHOICES[0]}), room=80, colour=False)
    assert " ".join(" ".join(shown).split()).endswith(f"one of: {', '.join(CHOICES)}")


def test_items_patterns_and_what_is_deprecated_are_told() -> None:
    shown = lines(
        document(
            images={"type": "array", "items": {"type": "string", "format": "uri"}, "minItems": 1, "maxItems": 4},
            **{"odd/na~me": {"type": "string", "pattern": "^[a-z\x00]+$", "deprecated": True}},
        ),
        room=100,
        colour=False,
    )
    images = next(line for line in shown if line.startswith("images"))
    assert "list of file" in images
    assert images.endswith("1–4 items")
    assert "    pattern: ^[a-z]+$" in shown
    assert "    deprecated: the model may stop taking it" in shown


def test_a_model_without_inputs_has_no_lines() -> None:
    assert lines(document(), room=80, colour=False) == []
    assert lines(None, room=80, colour=False) == []


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_has_colour_unless_it_is_not_wanted(remote: Server, environ: dict[str, str], coloured: bool) -> None:
    parent, child = pty.openpty()
    arguments = command("model", "schema", "local/painter")
    with subprocess.Popen(arguments, stdout=child, stderr=child, env={**os.environ, **environ}) as process:
        os.close(child)
        seen = _read_all(parent)
    assert process.returncode == 0
    assert ("\x1b[" in seen) is coloured
    assert "prompt" in seen


def _plain(line: str) -> str:
    return "".join(part.partition("m")[2] if number else part for number, part in enumerate(line.split("\x1b[")))
