"""What the lists of versions, examples, collections, hardware, deployments and files show."""

import time
from typing import Any

import pytest

from replicate_tui.api.resources import Collection, Deployment, File, Hardware, Prediction, Version
from replicate_tui.core import resource_columns as columns
from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.costs.hardware_guide import choices, good_for
from replicate_tui.core.costs.price_settings import Price, Prices
from tests.core.test_columns import HOSTILE, cells

NOW = 1_700_000_000.0


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)


def deployment(least: int, most: int, **release: Any) -> Deployment:
    configuration = {"hardware": "gpu-t4", "min_instances": least, "max_instances": most}
    told = {"number": 3, "model": "acme/painter", "version": "9d5e0c1b" * 8, "configuration": configuration}
    return Deployment.of({"owner": "acme", "name": "prod", "current_release": told | release})


def test_hardware_is_shown_with_what_it_costs_and_what_it_is_good_for() -> None:
    (shown,) = choices([Hardware.of({"sku": "gpu-t4", "name": "Nvidia T4 GPU"})], Prices())
    assert cells(columns.HARDWARE, shown) == {
        "sku": Cell("gpu-t4", "strong"),
        "name": Cell("Nvidia T4 GPU"),
        "second": Cell("$0.000225"),
        "hour": Cell("$0.81"),
        "good_for": Cell("16 GB: small models that may take their time", "muted"),
    }


def test_what_nobody_priced_has_no_price_and_the_persons_own_price_counts() -> None:
    unknown, own = choices(
        [Hardware.of({"sku": sku}) for sku in ("gpu-x9", "cpu")], Prices({"cpu": Price(per_second=0.5)})
    )
    assert (unknown.per_second, unknown.per_hour, unknown.good_for) == (None, None, "")
    assert (own.per_second, own.per_hour) == (0.5, 1800.0)


def test_several_of_one_kind_are_for_models_too_large_for_one() -> None:
    assert good_for("gpu-a100-large-4x") == "4 × 80 GB: models that are too large for one"
    assert good_for("gpu-2x-l40s") == "2 × 48 GB: models that are too large for one"


def test_a_deployment_shows_what_runs_where_and_whether_it_waits_for_money() -> None:
    shown = cells(columns.DEPLOYMENTS, deployment(1, 5))
    assert {key: cell.text for key, cell in shown.items()} == {
        "name": "acme/prod",
        "instances": "1–5",
        "hardware": "gpu-t4",
        "model": "acme/painter",
        "version": "9d5e0c1b",
        "release": "3",
        "age": "",
    }
    assert shown["instances"].tone == "warn"
    assert cells(columns.DEPLOYMENTS, deployment(0, 2))["instances"] == Cell("0–2")
    assert cells(columns.DEPLOYMENTS, deployment(0, 0))["instances"] == Cell("off", "muted")


def test_a_deployment_that_tells_little_is_shown_all_the_same() -> None:
    bare = cells(columns.DEPLOYMENTS, Deployment.of({"owner": "acme", "name": "prod"}))
    assert [cell.text for cell in bare.values()] == ["acme/prod", "", "", "", "", "", ""]


def test_a_file_shows_how_long_it_is_kept() -> None:
    raw = {"id": "f1", "name": "a.png", "content_type": "image/png", "size": 2_100_000}
    file = File.of({**raw, "created_at": "2023-11-14T21:13:20Z", "expires_at": "2023-11-15T21:13:20Z"})
    texts = {key: cell.text for key, cell in cells(columns.FILES, file).items()}
    assert texts == {
        "id": "f1",
        "name": "a.png",
        "type": "image/png",
        "size": "2.1 MB",
        "age": "1 h",
        "expires": "in 23h 00m",
    }
    gone = File.of({**raw, "expires_at": "2023-11-14T21:13:20Z"})
    assert cells(columns.FILES, gone)["expires"] == Cell("gone", "bad")


def test_an_example_is_known_by_its_first_words_and_what_came_of_it() -> None:
    example = {"id": "x", "status": "succeeded", "input": {"seed": 7, "prompt": "a corgi"}, "output": ["https://h/a"]}
    texts = {key: cell.text for key, cell in cells(columns.EXAMPLES, Prediction.of(example)).items()}
    assert texts == {"id": "x", "input": "a corgi", "output": "1 file"}


BROKEN = HOSTILE.replace("\ud800", "")


@pytest.mark.parametrize(
    ("table", "item"),
    [
        (columns.VERSIONS, Version.of({"id": BROKEN, "cog_version": HOSTILE})),
        (columns.EXAMPLES, Prediction.of({"id": BROKEN, "status": "x", "input": {"a": HOSTILE}, "output": HOSTILE})),
        (columns.COLLECTIONS, Collection.of({"slug": BROKEN, "description": HOSTILE})),
        (columns.HARDWARE, choices([Hardware.of({"sku": BROKEN, "name": HOSTILE})], Prices())[0]),
        (columns.DEPLOYMENTS, deployment(0, 1, model=HOSTILE, version=HOSTILE, configuration={"hardware": HOSTILE})),
        (columns.FILES, File.of({"id": BROKEN, "name": HOSTILE, "content_type": HOSTILE})),
    ],
)
def test_a_cell_is_one_harmless_line_whatever_the_data(table: tuple[Column[Any], ...], item: object) -> None:
    for key, cell in cells(table, item).items():
        assert cell.text.isprintable() or not cell.text, (key, cell.text)
        assert not set(cell.text) & set("\x1b\n\r\t\x00\x07\x9b\u202e\u200b\u2028\ud800"), key
