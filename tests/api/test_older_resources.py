"""Trainings, deployments, collections and the rest: as they are documented, as they were recorded, and garbled."""

from typing import Any

import pytest

from replicate_tui.api.errors import UnexpectedAnswer
from replicate_tui.api.resources import (
    Account,
    Collection,
    Deployment,
    File,
    FoundCollection,
    FoundModel,
    FoundPage,
    Lifecycle,
    Page,
    Prediction,
    Resource,
    SearchResult,
    Training,
)

HEX = "9d5e0c1b7a64f2e38b1d6c7f0a94e25db3c8f1706e5a4d92c0b7f3e16a8d4c25"
API = "https://api.replicate.com/v1"
MODEL = {"owner": "acme", "name": "tone-painter"}
ODD: list[object] = [None, 3, -1.5, True, "x", "", [], [None], ["x"], {}, {"x": None}, [[]]]

TRAINED = {
    "id": "t1",
    "model": "acme/tone-painter",
    "version": HEX,
    "input": {"data": "https://example.com/d.zip"},
    "logs": "step 1\n",
    "error": None,
    "status": "succeeded",
    "created_at": "2026-01-02T03:04:05.99397566Z",
    "started_at": "2026-01-02T03:04:06Z",
    "completed_at": "2026-01-02T03:14:06.504128Z",
    "metrics": {"predict_time": 600.5},
    "output": {"version": f"me/mine:{HEX}", "weights": "https://replicate.delivery/a/w.tar"},
    "urls": {"get": f"{API}/predictions/t1", "cancel": f"{API}/predictions/t1/cancel"},
}
DEPLOYED = {
    "owner": "acme",
    "name": "painter-prod",
    "current_release": {
        "number": 3,
        "model": "acme/tone-painter",
        "version": HEX,
        "created_at": "2026-01-02T03:04:05.678901Z",
        "created_by": {"type": "organization", "username": "acme", "name": "Acme Tools"},
        "configuration": {"hardware": "gpu-t4", "min_instances": 0, "max_instances": 2},
    },
}


def test_a_training_tells_what_it_made() -> None:
    training = Training.of(TRAINED)
    assert isinstance(training, Lifecycle)
    assert training.terminal
    assert not training.active
    assert training.trained_version == f"me/mine:{HEX}"
    assert training.weights == "https://replicate.delivery/a/w.tar"
    assert training.urls["get"].endswith("/v1/predictions/t1")
    assert training.created_at is not None
    assert training.raw == TRAINED


@pytest.mark.parametrize("output", [*ODD, {"version": None}, {"version": 3, "weights": ""}])
def test_a_training_that_made_nothing(output: object) -> None:
    training = Training.of({"id": "t1", "status": "canceled", "output": output, "logs": None})
    assert (training.trained_version, training.weights) == (None, None)


def test_a_training_just_begun_has_few_keys() -> None:
    training = Training.of({"id": "t1", "status": "starting", "urls": {}, "webhook_completed": None})
    assert training.active
    assert (training.logs, training.metrics, training.completed_at, training.source) == (None, {}, None, None)


def test_a_prediction_of_2023_is_one() -> None:
    prediction = Prediction.of(
        {
            "id": "gzcpuytbnhlzrzdhpdevb4a7em",
            "version": "d-0123456789abcdef0123456789abcdef",
            "input": {"prompt": "x"},
            "logs": "",
            "status": "starting",
            "stream": True,
            "webhook_completed": "https://h.example",
            "created_at": "2023-09-13T19:46:45.99397566Z",
            "urls": {"cancel": "c", "get": "g"},
        }
    )
    assert (prediction.model, prediction.output, prediction.webhook_events_filter) == (None, None, ())


def test_a_deployment_with_its_release() -> None:
    deployment = Deployment.of(DEPLOYED)
    release = deployment.current_release
    assert deployment.full_name == "acme/painter-prod"
    assert release is not None
    assert (release.number, release.model, release.version) == (3, "acme/tone-painter", HEX)
    assert release.created_by is not None
    assert release.created_by.username == "acme"
    assert release.configuration is not None
    configuration = release.configuration
    assert (configuration.hardware, configuration.min_instances, configuration.max_instances) == ("gpu-t4", 0, 2)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("key", ["number", "model", "version", "created_at", "created_by", "configuration"])
def test_a_deployment_survives_a_garbled_release(key: str, odd: object) -> None:
    whole: dict[str, Any] = DEPLOYED["current_release"]  # type: ignore[assignment]
    deployment = Deployment.of(DEPLOYED | {"current_release": whole | {key: odd}})
    assert deployment.current_release is not None
    assert Deployment.of(DEPLOYED | {"current_release": odd}).full_name == "acme/painter-prod"


def test_a_collection_on_a_list_and_by_itself() -> None:
    item = Collection.of({"name": "Upscalers", "slug": "upscalers", "description": "Larger"})
    assert (item.full_description, item.models) == (None, ())
    whole = Collection.of({"slug": "u", "full_description": "# Larger", "models": [MODEL, None, {"owner": "x"}]})
    assert [model.full_name for model in whole.models] == ["acme/tone-painter"]
    assert (whole.name, whole.full_description) == ("", "# Larger")


def test_collections_are_paged_with_the_word_null() -> None:
    page = Page.of({"next": "null", "previous": None, "results": [{"slug": "a"}, {"name": "no slug"}]}, Collection)
    assert (page.next, len(page.results), page.skipped) == (None, 1, 1)


def test_a_search_result_is_read_as_far_as_it_goes() -> None:
    found = SearchResult.of(
        {
            "query": "up",
            "models": [{"model": MODEL, "metadata": {"score": 1}}, {"model": MODEL}, {"model": {}}, MODEL, None],
            "collections": [{"slug": "a", "models": None}, {}],
            "pages": [{"name": None, "href": "/docs"}, {"name": "x"}],
        }
    )
    assert [each.metadata and each.metadata.score for each in found.models] == [1.0, None]
    assert [each.models for each in found.collections] == [()]
    assert [page.name for page in found.pages] == [""]


@pytest.mark.parametrize("raw", [{}, {"models": None}, {"models": {}}, {"models": "x"}, [], None])
def test_a_search_without_models_is_none(raw: object) -> None:
    with pytest.raises(UnexpectedAnswer, match="not a SearchResult"):
        SearchResult.of(raw)


@pytest.mark.parametrize("score", [True, "1", None, [], float("inf"), float("nan"), 10**400])
def test_a_score_is_a_number(score: object) -> None:
    found = FoundModel.of({"model": MODEL, "metadata": {"score": score}})
    assert found.metadata is not None
    assert found.metadata.score is None


def test_a_file_as_it_was_recorded() -> None:
    file = File.of(
        {
            "id": "NGZlYzU4",
            "name": "a.txt",
            "content_type": "text/plain",
            "size": 0,
            "etag": "abc",
            "checksums": {"sha256": "1", "md5": "2", "odd": None},
            "metadata": {"a": {"b": 1}},
            "created_at": "2024-08-22T12:26:51.079Z",
            "expires_at": "2024-08-23T12:26:51.079Z",
            "urls": {"get": f"{API}/files/NGZlYzU4"},
        }
    )
    assert (file.size, file.etag, file.checksums) == (0, "abc", {"sha256": "1", "md5": "2"})
    assert file.metadata == {"a": {"b": 1}}
    assert file.created_at is not None


ESSENTIALS: dict[type[Resource], dict[str, Any]] = {
    Training: {"id": "t", "status": "starting"},
    Deployment: {"owner": "a", "name": "b"},
    Collection: {"slug": "s"},
    FoundModel: {"model": MODEL},
    FoundCollection: {"slug": "s"},
    FoundPage: {"href": "/docs"},
    SearchResult: {"models": []},
    File: {"id": "f"},
    Account: {"username": "a"},
}


@pytest.mark.parametrize("cls", ESSENTIALS)
def test_each_is_read_from_its_essentials_and_no_less(cls: type[Resource]) -> None:
    essentials = ESSENTIALS[cls]
    assert cls.of(essentials).raw == essentials
    for key in essentials:
        for lacking in ({}, {key: None}, {key: 3}):
            rest = {name: value for name, value in essentials.items() if name != key}
            with pytest.raises(UnexpectedAnswer, match=f"not a {cls.__name__}: .*{key}"):
                cls.of(rest | lacking)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("cls", ESSENTIALS)
def test_odd_values_anywhere_else_do_no_harm(cls: type[Resource], odd: object) -> None:
    essentials = ESSENTIALS[cls]
    garbled = {name: odd for name in cls.model_fields if name not in {"raw", *essentials}}
    assert cls.of(garbled | essentials).raw == garbled | essentials
