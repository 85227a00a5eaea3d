"""Typed views over raw objects: strict about what names a resource, tolerant about everything else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from replicate_tui.api.errors import UnexpectedAnswer
from replicate_tui.api.resources import Account, File, Hardware, Model, Page, Prediction, Resource, Version

HEX = "9d5e0c1b7a64f2e38b1d6c7f0a94e25db3c8f1706e5a4d92c0b7f3e16a8d4c25"
API = "https://api.replicate.com/v1"
ID = "k7x2m9qd5rrm80cn4wf9t0a6zc"

CREATED = {
    "id": ID,
    "model": "acme/tone-painter",
    "version": HEX,
    "input": {"prompt": "a green heron"},
    "logs": "",
    "output": None,
    "data_removed": False,
    "error": None,
    "status": "starting",
    "created_at": "2026-01-02T03:04:05.678Z",
    "urls": {
        "cancel": f"{API}/predictions/{ID}/cancel",
        "get": f"{API}/predictions/{ID}",
        "stream": "https://stream.replicate.com/v1/files/abcd-ar3c",
        "web": f"https://replicate.com/p/{ID}",
    },
}
FINISHED = CREATED | {
    "status": "succeeded",
    "output": ["https://replicate.delivery/xezq/Ab12Cd34/out-0.png"],
    "source": "api",
    "started_at": "2026-01-02T03:04:05.911Z",
    "completed_at": "2026-01-02T03:04:08.402Z",
    "metrics": {"predict_time": 2.491, "total_time": 2.724, "image_count": 1},
    "urls": {"cancel": "c", "get": "g", "web": "w"},
}
CANCELED = {
    "completed_at": "2026-01-02T03:04:05.853128Z",
    "created_at": "2026-01-02T03:04:05.678000Z",
    "error": None,
    "id": ID,
    "input": {"prompt": "x"},
    "logs": None,
    "metrics": {"predict_time": 0.128148},
    "output": None,
    "started_at": "2026-01-02T03:04:05.725000Z",
    "status": "canceled",
    "urls": {"get": "g", "cancel": "c"},
    "model": "acme/tone-painter",
    "version": "hidden",
    "webhook_completed": None,
}
MODEL: dict[str, Any] = {
    "url": "https://replicate.com/acme/tone-painter",
    "owner": "acme",
    "name": "tone-painter",
    "description": None,
    "visibility": "public",
    "is_official": True,
    "github_url": None,
    "run_count": 4021,
    "cover_image_url": "https://example.com/a.mp4",
    "default_example": FINISHED,
    "latest_version": {
        "id": HEX,
        "created_at": "2026-01-02T03:04:05.504128Z",
        "cog_version": "0.16.2",
        "openapi_schema": {"openapi": "3.0.2"},
    },
    "created_at": "2025-01-02T03:04:05Z",
}


def test_a_created_prediction() -> None:
    prediction = Prediction.of(CREATED)
    assert (prediction.id, prediction.status, prediction.version) == (ID, "starting", HEX)
    assert prediction.input == {"prompt": "a green heron"}
    assert prediction.created_at == datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
    assert (prediction.logs, prediction.started_at, prediction.metrics) == ("", None, {})
    assert prediction.stream_url == "https://stream.replicate.com/v1/files/abcd-ar3c"
    assert prediction.active
    assert not prediction.terminal


def test_a_finished_prediction() -> None:
    prediction = Prediction.of(FINISHED)
    assert prediction.terminal
    assert not prediction.active
    assert prediction.output == ["https://replicate.delivery/xezq/Ab12Cd34/out-0.png"]
    assert prediction.metrics["predict_time"] == 2.491
    assert prediction.stream_url is None
    assert prediction.source == "api"


def test_a_canceled_prediction_with_all_its_nulls() -> None:
    prediction = Prediction.of(CANCELED)
    assert prediction.terminal
    assert (prediction.logs, prediction.error, prediction.version) == (None, None, "hidden")


def test_the_raw_object_is_kept_untouched_and_out_of_the_repr() -> None:
    raw = FINISHED | {"raw": "theirs", "unknown_key": [1, {"a": None}]}
    prediction = Prediction.of(raw)
    assert prediction.raw == raw
    assert "unknown_key" not in repr(prediction)


def test_resources_are_frozen() -> None:
    prediction = Prediction.of(CREATED)
    with pytest.raises(ValueError, match="frozen"):
        prediction.status = "failed"


@pytest.mark.parametrize(
    ("cls", "raw", "essentials"),
    [
        (Prediction, CREATED, ["id", "status"]),
        (Model, MODEL, ["owner", "name"]),
        (Version, MODEL["latest_version"], ["id"]),
        (Hardware, {"sku": "cpu", "name": "CPU"}, ["sku"]),
        (Account, {"type": "user", "username": "ann", "name": "Ann"}, ["username"]),
        (File, {"id": "f1", "name": "a.png"}, ["id"]),
    ],
)
@pytest.mark.parametrize("odd", ["absent", None, 3, "", ["x"]])
def test_without_its_essentials_it_is_refused_by_type_and_key(
    cls: type[Resource], raw: dict[str, Any], essentials: list[str], odd: object
) -> None:
    for key in essentials:
        broken = {k: v for k, v in raw.items() if k != key} | ({} if odd == "absent" else {key: odd})
        with pytest.raises(UnexpectedAnswer, match=f"{cls.__name__}.*{key}"):
            cls.of(broken)


@pytest.mark.parametrize("raw", [None, [], "text", 3, True, 1.5])
def test_what_is_no_object_is_refused(raw: object) -> None:
    with pytest.raises(UnexpectedAnswer, match="not a Model: a JSON"):
        Model.of(raw)


def test_a_refusal_does_not_show_the_values() -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        Prediction.of({"input": {"password": "hunter2"}})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("odd", [None, 3, True, "text", ["x"], {"a": [None]}, float("nan")])
def test_odd_types_elsewhere_do_no_harm(odd: object) -> None:
    for cls, essentials in (
        (Prediction, {"id": ID, "status": "x"}),
        (Model, {"owner": "a", "name": "b"}),
        (Version, {"id": "v"}),
        (Hardware, {"sku": "s"}),
        (Account, {"username": "u"}),
        (File, {"id": "f"}),
    ):
        keys = set(cls.model_fields) - set(essentials) - {"raw"}
        resource = cls.of(dict.fromkeys(keys, odd) | essentials)
        assert resource.raw.keys() == keys | set(essentials)
        assert repr(resource)


def test_missing_and_odd_values_become_empty_ones() -> None:
    raw: dict[str, Any] = {
        "id": ID,
        "status": "failed",
        "input": [],
        "urls": {"get": 3, "web": "w"},
        "metrics": None,
        "model": 7,
    }
    prediction = Prediction.of(raw | {"data_removed": "yes", "created_at": 12, "logs": ["a"]})
    assert (prediction.input, prediction.urls, prediction.metrics) == ({}, {"web": "w"}, {})
    assert (prediction.model, prediction.data_removed, prediction.created_at) == (None, False, None)
    assert prediction.logs is None


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (None, None),
        ("", ""),
        ("out of memory", "out of memory"),
        ({"detail": "é"}, '{"detail": "é"}'),
        (["x"], '["x"]'),
    ],
)
def test_the_error_of_a_run_is_text(error: object, text: str | None) -> None:
    assert Prediction.of({"id": ID, "status": "failed", "error": error}).error == text


@pytest.mark.parametrize(
    ("status", "completed_at", "terminal", "active"),
    [
        ("queued", None, False, True),
        ("starting", None, False, True),
        ("processing", None, False, True),
        ("succeeded", "2026-01-02T03:04:05Z", True, False),
        ("failed", None, True, False),
        ("canceled", None, True, False),
        ("aborted", "2026-01-02T03:04:05Z", True, False),
        ("paused", None, False, True),
        ("paused", "2026-01-02T03:04:05Z", False, False),
    ],
)
def test_terminal_and_active(status: str, completed_at: str | None, terminal: bool, active: bool) -> None:
    prediction = Prediction.of({"id": ID, "status": status, "completed_at": completed_at})
    assert (prediction.terminal, prediction.active) == (terminal, active)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, 0, UTC)),
        ("2026-01-02T03:04:05.1Z", datetime(2026, 1, 2, 3, 4, 5, 100000, UTC)),
        ("2026-01-02T03:04:05.678Z", datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)),
        ("2026-01-02T03:04:05.678901Z", datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)),
        ("2026-01-02T03:04:05.45397566Z", datetime(2026, 1, 2, 3, 4, 5, 453975, UTC)),
        ("2026-01-02T03:04:05.999999999Z", datetime(2026, 1, 2, 3, 4, 5, 999999, UTC)),
        ("2026-01-02T05:34:05.678+02:30", datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)),
        ("2026-01-01T22:04:05-05:00", datetime(2026, 1, 2, 3, 4, 5, 0, UTC)),
        ("2026-01-02T03:04:05", None),
        ("2026-01-02", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (1767323045, None),
    ],
)
def test_moments_of_any_precision_are_aware_and_in_utc(text: object, moment: datetime | None) -> None:
    read = Version.of({"id": "v", "created_at": text}).created_at
    assert read == moment
    assert read is None or read.tzinfo is UTC


def test_a_model_with_its_example_and_version() -> None:
    model = Model.of(MODEL)
    assert model.full_name == "acme/tone-painter"
    assert (model.is_official, model.run_count, model.visibility) == (True, 4021, "public")
    assert model.default_example is not None
    assert model.default_example.raw == FINISHED
    assert model.latest_version is not None
    assert model.latest_version.openapi_schema == {"openapi": "3.0.2"}


@pytest.mark.parametrize("garbage", [None, {}, [], "x", {"id": 3, "status": "succeeded"}])
def test_a_model_survives_a_garbled_example_and_version(garbage: object) -> None:
    model = Model.of(MODEL | {"default_example": garbage, "latest_version": garbage})
    assert (model.default_example, model.latest_version) == (None, None)


@pytest.mark.parametrize(
    ("count", "read"), [(3, 3), (3.0, 3), (3.5, 0), ("3", 0), (True, 0), (2**63 - 1, 2**63 - 1), (10**30, 0)]
)
def test_a_count_is_a_whole_number(count: object, read: int) -> None:
    assert Model.of({"owner": "a", "name": "b", "run_count": count}).run_count == read


def test_a_file_knows_its_address_and_its_end() -> None:
    raw = {
        "id": "f1",
        "name": "a.png",
        "content_type": "image/png",
        "size": 0,
        "expires_at": "2026-01-03T03:04:05.000Z",
    }
    file = File.of(raw | {"urls": {"get": f"{API}/files/f1"}})
    assert file.url == f"{API}/files/f1"
    assert file.size == 0
    assert file.expires_at == datetime(2026, 1, 3, 3, 4, 5, 0, UTC)
    assert File.of({"id": "f2"}).url is None


def test_a_page() -> None:
    raw = {"next": f"{API}/models?cursor=abc", "previous": None, "results": [MODEL]}
    page = Page.of(raw, Model)
    assert [model.full_name for model in page.results] == ["acme/tone-painter"]
    assert (page.next, page.previous, page.skipped) == (f"{API}/models?cursor=abc", None, 0)
    assert page.raw is raw


@pytest.mark.parametrize("end", [{}, {"next": None}, {"next": "null"}, {"next": ""}, {"next": 3}])
def test_the_last_page_has_no_next(end: dict[str, object]) -> None:
    assert Page.of(end | {"results": []}, Model).next is None


def test_an_unreadable_item_does_not_lose_the_page() -> None:
    page = Page.of({"results": [CREATED, {"id": 3}, None, "x", CANCELED]}, Prediction)
    assert [prediction.status for prediction in page.results] == ["starting", "canceled"]
    assert page.skipped == 3


@pytest.mark.parametrize("raw", [None, [], {}, {"results": None}, {"results": {}}, "x"])
def test_what_has_no_results_is_no_page(raw: object) -> None:
    with pytest.raises(UnexpectedAnswer, match="not a page of Model"):
        Page.of(raw, Model)
