"""What lists show: every cell of every list, for usual and for hostile data."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from replicate_tui.core import field_columns, model_columns, run_columns
from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.forms.inputs import fields
from replicate_tui.core.history import runs
from replicate_tui.core.history.rows import ModelRow, RunRow
from replicate_tui.core.text import cell_width
from tests.core.rows import a_row

HOSTILE = "a\x1b[31mb\r\n\tc\x00d\u202ee\x07\u200bf\x9b2Jg\ud800h\u2028i [/b] j"
"""Escapes, line ends, tabs, controls, bidi and invisible characters, half a pair, markup."""


def row(**values: Any) -> RunRow:
    """A run with an id as the API gives it, that took eleven seconds."""
    return a_row(**({"id": "k7x2m9qd5rrm80cn4wf9t0a6zc", "completed_at": 1012.5, "seconds": 11.0} | values))


def cells(table: tuple[Column[Any], ...], item: object) -> dict[str, Cell]:
    return {column.key: column.cell(item) for column in table}


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock."""

    def be(moment: float) -> None:
        monkeypatch.setattr(time, "time", lambda: moment)

    return be


# -- a status ------


@pytest.mark.parametrize(
    ("status", "mark", "tone"),
    [
        ("queued", "◌", "wait"),
        ("starting", "◌", "wait"),
        ("processing", "●", "busy"),
        ("succeeded", "✓", "ok"),
        ("failed", "✗", "bad"),
        ("canceled", "■", "muted"),
        ("aborted", "■", "muted"),
        (runs.SUBMITTING, "↑", "wait"),
        (runs.UNKNOWN, "?", "warn"),
        (runs.NOT_SUBMITTED, "!", "bad"),
        ("dreaming", "·", "plain"),
        ("", "·", "plain"),
    ],
)
def test_a_status_has_a_mark_and_a_tone(status: str, mark: str, tone: str) -> None:
    assert run_columns.status_mark(status) == Cell(mark, tone)  # type: ignore[arg-type]
    assert run_columns.status(status) == Cell(status, tone)  # type: ignore[arg-type]
    assert cell_width(mark) == 1


def test_every_state_that_we_know_looks_like_no_unknown_one() -> None:
    known = ["queued", "starting", "processing", *runs.ENDED, *runs.OURS]
    assert "·" not in {run_columns.status_mark(status).text for status in known}


# -- progress ------


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "▱▱▱▱▱▱▱▱   0%"),
        (0.5, "▰▰▰▰▱▱▱▱  50%"),
        (0.94, "▰▰▰▰▰▰▰▰  94%"),
        (1.0, "▰▰▰▰▰▰▰▰ 100%"),
        (7.0, "▰▰▰▰▰▰▰▰ 100%"),
        (-1.0, "▱▱▱▱▱▱▱▱   0%"),
    ],
)
def test_a_share_is_a_bar_and_percents(share: float, shown: str) -> None:
    assert run_columns.progress_bar(share) == shown


def test_progress_is_shown_while_a_run_works_and_not_before_or_after() -> None:
    working = cells(run_columns.RUNS, row(status="processing", progress=0.5, completed_at=None))
    assert working["what"] == Cell("▰▰▰▰▱▱▱▱  50%  a heron", "busy")
    assert cells(run_columns.RECENT_RUNS, row(status="processing", progress=0.5))["note"].tone == "busy"
    for status in ("starting", "succeeded", "failed"):
        assert cells(run_columns.RUNS, row(status=status, progress=0.5))["what"] == Cell("a heron")


def test_a_training_shows_where_its_result_goes_and_how_far_it_is() -> None:
    working = cells(run_columns.TRAININGS, row(kind="training", what="me/mine", status="processing", progress=0.5))
    assert working["what"] == Cell("me/mine", "strong", lead=3)
    assert working["status"] == Cell("▰▰▰▰▱▱▱▱  50%", "busy")
    failed = cells(run_columns.TRAININGS, row(kind="training", status="failed", progress=0.5, error="no\ntext"))
    assert (failed["status"].text, failed["error"]) == ("failed", Cell("no text", "bad"))


# -- names ------


@pytest.mark.parametrize(
    ("model", "version", "full", "short"),
    [
        ("acme/painter", "hidden", Cell("acme/painter", lead=5), "painter"),
        ("", "9d5e0c1b7a64f2e38b1d6c7f0a94e25d", Cell("9d5e0c1b"), "9d5e0c1b"),
        ("", "hidden", Cell("hidden"), "hidden"),
        ("", "", Cell(""), ""),
        ("painter", "", Cell("painter"), "painter"),
        ("acme/", "", Cell("acme/", lead=5), "acme/"),
        (" \n", "9d5e0c1b7a64f2e38b1d", Cell("9d5e0c1b"), "9d5e0c1b"),
    ],
)
def test_a_run_is_called_by_its_model_else_by_its_version(model: str, version: str, full: Cell, short: str) -> None:
    item = row(model=model, version=version)
    assert cells(run_columns.RUNS, item)["model"] == full
    assert cells(run_columns.RECENT_RUNS, item)["model"] == Cell(short, "strong")


def test_a_run_without_an_id_of_the_api_shows_none() -> None:
    for status in runs.OURS:
        assert cells(run_columns.RUNS, row(id="new-1", status=status))["id"].text == ""
    assert cells(run_columns.RUNS, row())["id"].text == "k7x2m9qd5rrm80cn4wf9t0a6zc"


# -- times ------


def test_times_count_while_a_run_works_and_stand_still_afterwards(now: Callable[[float], None]) -> None:
    now(1030.0)
    working = row(status="processing", completed_at=None, created_at=1000.0, seen_at=1020.0)
    assert cells(run_columns.RUNS, working)["time"] == Cell("30s")
    done = cells(run_columns.RUNS, row())
    assert done["time"] == Cell("12s", "muted")
    assert done["age"] == Cell("now", "muted")
    now(1000.0 + 3 * 3600)
    assert cells(run_columns.RUNS, row())["time"] == Cell("12s", "muted")
    assert cells(run_columns.RUNS, row())["age"] == Cell("3 h", "muted")


def test_a_clock_that_is_behind_makes_no_negative_times(now: Callable[[float], None]) -> None:
    now(10.0)
    assert cells(run_columns.RUNS, row(status="processing", completed_at=None))["time"].text == "0.0s"
    assert cells(run_columns.RUNS, row(completed_at=900.0))["time"].text == "0.0s"
    assert cells(run_columns.RUNS, row())["age"].text == "now"


# -- where the files are ------


@pytest.mark.parametrize(
    ("values", "after", "shown"),
    [
        ({"files": 2}, -9999.0, Cell("gone in 60m", "warn")),
        ({"files": 2}, 0.0, Cell("gone in 60m", "warn")),
        ({"files": 2}, 1140.0, Cell("gone in 41m", "warn")),
        ({"files": 2}, 3510.0, Cell("gone in 2m", "warn")),
        ({"files": 2}, 3511.0, Cell("gone in 89s", "warn")),
        ({"files": 2}, 3599.5, Cell("gone in 1s", "warn")),
        ({"files": 2}, 3600.0, Cell("gone?", "bad")),
        ({"files": 0}, 0.0, Cell("")),
        ({"files": 0}, 3601.0, Cell("")),
        ({"files": 0, "removed": True}, 0.0, Cell("")),
        ({"files": 2, "folder": "/kept"}, 9999.0, Cell("saved", "ok")),
        ({"files": 2, "folder": "/kept", "removed": True}, 9999.0, Cell("saved", "ok")),
        ({"files": 0, "folder": "/kept", "status": "failed"}, 0.0, Cell("saved", "ok")),
        ({"files": 2, "removed": True}, 0.0, Cell("lost", "bad")),
        ({"files": 2, "removed": True, "completed_at": None}, 0.0, Cell("lost", "bad")),
        ({"files": 2, "status": "failed"}, 0.0, Cell("")),
        ({"files": 2, "status": "failed"}, 9999.0, Cell("")),
        ({"files": 2, "status": "processing", "completed_at": None}, 0.0, Cell("")),
        ({"files": 2, "completed_at": None}, 0.0, Cell("")),
        ({"files": 2, "source": "api"}, 3600.0, Cell("gone?", "bad")),
        ({"files": 2, "source": "web"}, 0.0, Cell("")),
        ({"files": 2, "source": "web"}, 9999.0, Cell("")),
        ({"files": 2, "source": "web", "removed": True}, 9999.0, Cell("lost", "bad")),
        ({"files": 2, "source": "web", "folder": "/kept"}, 0.0, Cell("saved", "ok")),
        ({"status": runs.SUBMITTING, "completed_at": None}, 0.0, Cell("")),
    ],
)
def test_a_list_says_where_the_files_of_a_run_are(
    now: Callable[[float], None], values: dict[str, Any], after: float, shown: Cell
) -> None:
    now(1012.5 + after)
    assert run_columns.kept(row(**values)) == shown
    assert cells(run_columns.RUNS, row(**values))["files"] == shown
    assert len(shown.text) <= next(column.width for column in run_columns.RUNS if column.key == "files")


def test_what_went_wrong_is_said_where_there_is_room() -> None:
    failed = row(status="failed", error="CUDA out of memory", files=1)
    assert cells(run_columns.RUNS, failed)["what"] == Cell("CUDA out of memory", "bad")
    assert cells(run_columns.RECENT_RUNS, failed)["note"] == Cell("CUDA out of memory", "muted")


# -- models, machines, inputs ------


def test_models_are_shown_with_their_owner_as_the_lesser_part() -> None:
    shown = cells(model_columns.MODELS_DESCRIBED, ModelRow("acme/painter", "Paints\nwell", 84_100_000, True))
    assert shown == {
        "name": Cell("acme/painter", "strong", lead=5),
        "runs": Cell("84.1M", "muted"),
        "description": Cell("Paints well"),
    }


def schema(**properties: dict[str, Any]) -> dict[str, Any]:
    inputs = {"type": "object", "required": ["prompt"], "properties": properties}
    return {"components": {"schemas": {"Input": inputs}}}


def test_inputs_are_shown_with_what_they_take() -> None:
    document = schema(
        prompt={"type": "string"},
        steps={"type": "integer", "minimum": 1, "maximum": 50, "default": 20},
        scale={"type": "number", "minimum": 0.5},
        style={"type": "string", "enum": ["oil", "ink"], "default": "oil"},
        image={"type": "string", "format": "uri"},
    )
    shown = {field.name: cells(field_columns.FIELDS, field) for field in fields(document)}
    assert shown["prompt"]["default"] == Cell("required", "accent")
    assert (shown["steps"]["default"].text, shown["steps"]["range"].text) == ("20", "1–50")
    assert shown["scale"]["range"].text == "0.5–"
    assert (shown["style"]["default"].text, shown["style"]["range"].text) == ("oil", "oil, ink")
    assert (shown["image"]["default"].text, shown["image"]["range"].text) == ("", "")


# -- hostile data ------


def hostile_items() -> list[tuple[tuple[Column[Any], ...], object]]:
    texts = {"id", "kind", "status", "model", "version", "what", "error"}
    bad = row(**dict.fromkeys(texts, HOSTILE), completed_at=None)
    bad_field = {"type": "string", "title": HOSTILE, "description": HOSTILE, "default": HOSTILE}
    choices = {"type": "string", "enum": [HOSTILE, "b"], "description": HOSTILE}
    documents = schema(**{HOSTILE: bad_field, "choice": choices})
    return [
        (run_columns.RUNS, bad),
        (run_columns.RECENT_RUNS, bad),
        (run_columns.TRAININGS, replace(bad, kind="training")),
        (run_columns.RUNS, replace(bad, error="", status="processing", progress=0.5)),
        (run_columns.RECENT_RUNS, replace(bad, model="")),
        (model_columns.MODELS, ModelRow(HOSTILE, HOSTILE, 1, False)),
        (model_columns.MODELS_DESCRIBED, ModelRow(HOSTILE, HOSTILE, 1, False)),
        *((field_columns.FIELDS, field) for field in fields(documents)),
    ]


@pytest.mark.parametrize(("table", "item"), hostile_items())
def test_a_cell_is_one_harmless_line_whatever_the_data(table: tuple[Column[Any], ...], item: object) -> None:
    for key, cell in cells(table, item).items():
        assert cell.text.isprintable() or not cell.text, (key, cell.text)
        assert not set(cell.text) & set("\x1b\n\r\t\x00\x07\x9b\u202e\u200b\u2028\ud800"), key
        assert 0 <= cell.lead <= len(cell.text)
