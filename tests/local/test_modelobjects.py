"""Model objects as other programs left them, and what the API's clients may count on."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from replicate_tui.local.recordings.modelobjects import LONG_AGO, candidates, model_object

WHOLE: dict[str, Any] = {
    "url": "https://replicate.com/acme/heron",
    "owner": "acme",
    "name": "heron",
    "description": "Paints [herons] 🪿",
    "visibility": "public",
    "is_official": True,
    "github_url": "https://github.com/acme/heron",
    "paper_url": None,
    "license_url": None,
    "weights_url": None,
    "run_count": 12,
    "cover_image_url": "https://example.com/cover.mp4",
    "default_example": {
        "id": "k7x2m9qd5rrm80cn4wf9t0a6zc",
        "model": "acme/heron",
        "version": "5" * 64,
        "input": {"prompt": "a heron"},
        "logs": "done\n",
        "output": ["https://example.com/out.png", None],
        "data_removed": False,
        "error": None,
        "source": "web",
        "status": "succeeded",
        "created_at": "2025-01-02T03:04:05.678000Z",
        "started_at": "2025-01-02T03:04:06.000000Z",
        "completed_at": "2025-01-02T03:04:07.000000Z",
        "urls": {"get": "https://api.replicate.com/v1/predictions/k7x2m9qd5rrm80cn4wf9t0a6zc"},
        "webhook": "http://10.0.0.1/hook",
        "metrics": {"predict_time": 1.0, "image_count": 1},
    },
    "latest_version": {
        "id": "9" * 64,
        "created_at": "2025-01-01T00:00:01.000000Z",
        "cog_version": "0.13.6",
        "openapi_schema": {
            "openapi": "3.1.0",
            "info": {"title": "Cog", "version": "0.1.0"},
            "paths": {"/": {}},
            "components": {"schemas": {"Input": {"type": "object", "properties": {"prompt": {"type": "string"}}}}},
        },
    },
    "created_at": "2024-12-31T00:00:00.000000Z",
    "a_key_of_tomorrow": [1, 2],
}


def normal(value: Any) -> dict[str, Any]:
    model = model_object(value)
    assert model is not None
    return model


def test_a_whole_model_stays_as_it_is_but_for_its_addresses() -> None:
    expected = copy.deepcopy(WHOLE)
    del expected["url"], expected["default_example"]["urls"], expected["default_example"]["webhook"]
    given = copy.deepcopy(WHOLE)
    assert normal(given) == expected
    assert given == WHOLE
    assert normal(expected) == expected


def test_a_name_alone_is_a_model_without_anything() -> None:
    assert normal({"owner": "acme", "name": "heron"}) == {
        "owner": "acme",
        "name": "heron",
        "description": None,
        "visibility": "public",
        "is_official": False,
        "github_url": None,
        "paper_url": None,
        "license_url": None,
        "weights_url": None,
        "run_count": 0,
        "cover_image_url": None,
        "default_example": None,
        "latest_version": None,
        "created_at": LONG_AGO,
    }


def test_a_version_and_an_example_of_an_id_alone_get_every_required_key() -> None:
    created_at = "2025-01-01T00:00:00.000000Z"
    model = normal(WHOLE | {"created_at": created_at, "latest_version": {"id": "9"}, "default_example": {"id": "k"}})
    assert model["latest_version"] == {
        "id": "9",
        "created_at": created_at,
        "cog_version": None,
        "openapi_schema": None,
    }
    assert model["default_example"] == {
        "id": "k",
        "model": "acme/heron",
        "version": "9",
        "input": {},
        "logs": "",
        "output": None,
        "data_removed": False,
        "error": None,
        "status": "succeeded",
        "created_at": created_at,
        "metrics": {},
    }


def test_an_example_without_any_version_ran_a_hidden_one() -> None:
    assert normal({"owner": "a", "name": "b", "default_example": {"id": "k"}})["default_example"]["version"] == "hidden"


@pytest.mark.parametrize("odd", [None, "", 7, True, [], {}, {"id": 7}, {"id": ""}, {"id": "a/b"}, {"id": "\ud83d"}])
def test_what_is_no_version_or_example_is_none(odd: Any) -> None:
    model = normal(WHOLE | {"latest_version": odd, "default_example": odd})
    assert (model["latest_version"], model["default_example"]) == (None, None)


@pytest.mark.parametrize("schema", [{}, {"info": None, "paths": [], "components": {"schemas": []}}, {"openapi": 3}])
def test_a_schema_is_an_openapi_document(schema: dict[str, Any]) -> None:
    version = WHOLE["latest_version"] | {"openapi_schema": schema}
    shown = normal(WHOLE | {"latest_version": version})["latest_version"]["openapi_schema"]
    assert shown["openapi"] == "3.0.2"
    assert (shown["info"]["title"], shown["paths"], shown["components"]) == ("Cog", {}, {"schemas": {}})


def test_other_components_of_a_schema_stay() -> None:
    schema = {"components": {"securitySchemes": {"a": {}}}, "tags": [1]}
    version = WHOLE["latest_version"] | {"openapi_schema": schema}
    shown = normal(WHOLE | {"latest_version": version})["latest_version"]["openapi_schema"]
    assert shown["components"] == {"securitySchemes": {"a": {}}, "schemas": {}}
    assert shown["tags"] == [1]


@pytest.mark.parametrize("address", ["", "cover.png", "//x/y", "file:///etc/passwd", "https://a b", 7, {}, ["x"]])
def test_an_address_that_is_none_is_left_out(address: Any) -> None:
    model = normal(WHOLE | {"cover_image_url": address, "github_url": address})
    assert (model["cover_image_url"], model["github_url"]) == (None, None)


@pytest.mark.parametrize(
    ("given", "shown"), [(7, 7), (7.0, 7), (-1, 0), (True, 0), ("7", 0), (None, 0), (1e999, 0), (10**30, 2**63 - 1)]
)
def test_run_counts_are_whole_numbers(given: Any, shown: int) -> None:
    assert normal(WHOLE | {"run_count": given})["run_count"] == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2025-01-02T03:04:05Z", "2025-01-02T03:04:05.000000Z"),
        ("2025-01-02T03:04:05.678+02:00", "2025-01-02T01:04:05.678000Z"),
        ("2025-01-02 03:04:05", "2025-01-02T03:04:05.000000Z"),
        ("0001-01-01T00:00:00+10:00", "2025-01-01T00:00:01.000000Z"),
        ("yesterday", "2025-01-01T00:00:01.000000Z"),
        (None, "2025-01-01T00:00:01.000000Z"),
    ],
)
def test_times_are_utc_texts_that_sort_and_unknown_ones_are_the_versions(given: Any, shown: str) -> None:
    assert normal(WHOLE | {"created_at": given})["created_at"] == shown


def test_odd_values_of_an_example_become_what_the_api_documents() -> None:
    odd = {
        "id": "k",
        "model": None,
        "version": 7,
        "input": None,
        "logs": None,
        "data_removed": "no",
        "error": "out of memory",
        "status": "exploded",
        "started_at": None,
        "completed_at": "",
        "source": "cron",
        "metrics": {"predict_time": "1", "total_time": 2, "own": {"a": 1}},
        "stream": True,
        "webhook_completed": "http://10.0.0.1",
    }
    example = normal(WHOLE | {"default_example": odd})["default_example"]
    assert example == {
        "id": "k",
        "model": "acme/heron",
        "version": "9" * 64,
        "input": {},
        "logs": "",
        "output": None,
        "data_removed": False,
        "error": "out of memory",
        "status": "failed",
        "created_at": "2024-12-31T00:00:00.000000Z",
        "metrics": {"total_time": 2, "own": {"a": 1}},
    }


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "acme/heron",
        [],
        {},
        {"owner": "acme"},
        {"owner": "", "name": "heron"},
        {"owner": {"username": "acme"}, "name": "heron"},
        {"owner": "acme", "name": "a/b"},
        {"owner": "acme", "name": "a b"},
        {"owner": "acme", "name": "a\x1b"},
        {"owner": "acme", "name": "a\ud83d"},
    ],
)
def test_what_has_no_name_that_an_address_could_hold_is_no_model(value: Any) -> None:
    assert model_object(value) is None


def test_a_page_of_models_is_its_results() -> None:
    assert list(candidates({"next": None, "previous": None, "results": [WHOLE, 7]})) == [WHOLE, 7]
    assert list(candidates(WHOLE | {"results": []})) == [WHOLE | {"results": []}]
    assert list(candidates([WHOLE])) == [[WHOLE]]
