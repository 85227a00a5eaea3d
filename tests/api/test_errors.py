"""Answers that report an error, whatever their body is."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from replicate_tui.api.errors import (
    APIError,
    InsufficientCredit,
    InvalidField,
    InvalidInput,
    Misconfigured,
    NetworkError,
    NotFound,
    RateLimited,
    ReplicateError,
    ServerError,
    Unauthorized,
    UnexpectedAnswer,
    UnknownFate,
)
from replicate_tui.api.problems import problem


def read(status: int, body: object, headers: dict[str, str] | None = None) -> APIError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return problem(status, headers or {}, content, doing="create a prediction", host="api.replicate.com")


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (400, InvalidInput),
        (401, Unauthorized),
        (402, InsufficientCredit),
        (403, Unauthorized),
        (404, NotFound),
        (405, APIError),
        (409, APIError),
        (413, InvalidInput),
        (418, APIError),
        (422, InvalidInput),
        (429, RateLimited),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (599, ServerError),
    ],
)
def test_each_status_has_its_class(status: int, cls: type[APIError]) -> None:
    error = read(status, {"title": "T", "detail": "Some reason", "status": status})
    assert type(error) is cls
    assert (error.status, error.title, error.detail) == (status, "T", "Some reason")
    assert str(error) == f"Could not create a prediction: Some reason (api.replicate.com answered {status})"


def test_the_tree() -> None:
    assert issubclass(UnknownFate, NetworkError)
    for cls in (NetworkError, APIError, UnexpectedAnswer, Misconfigured):
        assert issubclass(cls, ReplicateError)
    assert not issubclass(APIError, NetworkError)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "Bad Gateway"),
        (b"\x89PNG\r\n\x1a\n\0\0\xff\xfe", "Bad Gateway"),
        (b"<!doctype html><html><head><title>502 &amp; worse</title></head><body>x</body></html>", "502 & worse"),
        (b"<html><body><h1>nginx</h1></body></html>", "Bad Gateway"),
        (b'{"detail": "cut of', "Bad Gateway"),
        pytest.param(b"[[[[" * 100_000, "Bad Gateway", id="deep"),
        (b'"a string"', '"a string"'),
        (b"null", "null"),
        (b"upstream connect error", "upstream connect error"),
        (b'{"title": "Only a title"}', "Only a title"),
        (b'{"detail": ["a", {"b": 1}]}', '["a", {"b": 1}]'),
        (b'{"detail": null}', "Bad Gateway"),
        (b'{"message": "no detail key"}', "Bad Gateway"),
        (b"\xc3\xa9t\xc3\xa9", "été"),
        pytest.param(b"12" * 10_000, "12" * 250, id="long"),
    ],
)
def test_any_body_is_explained(body: bytes, detail: str) -> None:
    assert read(502, body).detail == detail


def test_an_unheard_status_is_explained_too() -> None:
    assert read(477, b"").detail == "an error without a description"


def test_a_detail_is_never_endless() -> None:
    assert len(read(500, {"detail": "x" * 100_000}).detail) == 500
    fields = [{"type": "enum", "field": f"input.f{n}", "description": "y" * 100} for n in range(1000)]
    assert len(str(read(422, {"detail": "d", "invalid_fields": fields}))) < 700


@pytest.mark.parametrize("hostile", ["a\nb\tc", "\x1b[31mred\x1b[0m", "\x07\0\x9b2J", "a\u202egnp.exe", "\ud800"])
def test_a_sentence_is_one_line_without_control_characters(hostile: str) -> None:
    for error in (read(500, {"detail": hostile, "title": hostile}), NetworkError(hostile), UnexpectedAnswer(hostile)):
        assert str(error).isprintable()


def test_markup_is_left_as_it_came() -> None:
    assert "[bold]x[/bold] \\[y]" in str(read(500, {"detail": "[bold]x[/bold] \\[y]"}))


VALIDATION = {
    "title": "Input validation failed",
    "detail": "- input: prompt is required\n- input.steps: Must be less than or equal to 4\n",
    "status": 422,
    "invalid_fields": [
        {"type": "required", "field": "input", "description": "prompt is required"},
        {"type": "number_lte", "field": "input.steps", "description": "Must be less than or equal to 4"},
    ],
}


def test_refused_inputs_are_named() -> None:
    error = read(422, VALIDATION)
    assert isinstance(error, InvalidInput)
    assert error.invalid_fields == (
        InvalidField("required", "prompt", "prompt is required"),
        InvalidField("number_lte", "steps", "Must be less than or equal to 4"),
    )
    assert error.detail == VALIDATION["detail"]
    assert "prompt is required; steps: Must be less than or equal to 4 (api" in str(error)


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"type": "required", "field": "", "description": "version is required"}, ("version", "version is required")),
        ({"type": "required", "field": "input.box", "description": "x is required"}, ("box", "x is required")),
        ({"type": "required", "field": "input", "description": "odd words"}, ("", "odd words")),
        ({"type": "enum", "field": "input", "description": "no"}, ("", "no")),
        ({"type": "enum", "field": "inputs", "description": "no"}, ("inputs", "no")),
        ({"type": "enum", "field": "input.input.x", "description": "no"}, ("input", "x: no")),
        ({"type": "invalid_type", "field": "input.images.0", "description": "no"}, ("images", "0: no")),
        ({"field": None}, ("", "")),
        ({"field": 3, "description": ["x"]}, ("3", '["x"]')),
    ],
)
def test_the_field_of_a_problem_is_the_bare_input(entry: dict[str, object], field: tuple[str, str]) -> None:
    error = read(422, {"detail": "d", "invalid_fields": [entry]})
    assert isinstance(error, InvalidInput)
    assert [(found.field, found.description) for found in error.invalid_fields] == [field]


@pytest.mark.parametrize("listed", [None, "x", {}, 3, [None, "x", 3]])
def test_a_garbled_list_of_fields_is_none(listed: object) -> None:
    error = read(422, {"detail": "d", "invalid_fields": listed})
    assert isinstance(error, InvalidInput)
    assert error.invalid_fields == ()
    assert error.detail == "d"


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "7", "ratelimit-reset": "1"}, {"detail": "resets in ~30s", "retry_after": 5}, 7),
        ({"ratelimit-reset": "1"}, {"detail": "resets in ~30s", "retry_after": 5}, 5),
        ({"ratelimit-reset": "1"}, {"detail": "resets in ~30s"}, 1),
        ({}, {"detail": "Request was throttled. Your rate limit resets in ~30s."}, 30),
        ({}, {"detail": "Request was throttled. Expected available in 1 second."}, 1),
        ({"retry-after": "1.5"}, {"detail": "d"}, 1.5),
        ({"retry-after": "0"}, {"detail": "d"}, 0),
        ({"retry-after": "soon"}, {"detail": "d", "retry_after": "12"}, 12),
        ({"retry-after": "-3"}, {"detail": "d"}, None),
        ({"retry-after": "inf"}, {"detail": "d", "retry_after": float("nan")}, None),
        ({"retry-after": "nan"}, {"detail": "d", "retry_after": True}, None),
        pytest.param({}, {"detail": "d", "retry_after": 10**400}, None, id="huge"),
        ({}, {"detail": "in 5 minutes"}, None),
        ({}, b"<html>", None),
    ],
)
def test_how_long_to_wait_is_found_wherever_it_is_told(
    headers: dict[str, str], body: object, seconds: float | None
) -> None:
    error = read(429, body, headers)
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


def test_a_wait_may_be_a_moment() -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    wait = read(429, b"", {"retry-after": moment}).retry_after
    assert wait is not None
    assert 30 < wait <= 40
    past = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    assert read(429, b"", {"retry-after": past}).retry_after == 0


@pytest.mark.parametrize(
    "moment",
    [
        "Mon, 01 Jan 2024 00:00:00 +99999999999999",
        "Mon, 01 Jan 99999999999999 00:00:00 GMT",
        f"Mon, 01 Jan {'9' * 5000} 00:00:00 GMT",
    ],
    ids=range(3),
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_moment_that_never_is_is_none(status: int, moment: str) -> None:
    assert read(status, b"", {"retry-after": moment}).retry_after is None


def test_no_wait_is_believed_to_last_longer_than_an_hour() -> None:
    for told in ("3601", "1e300", "Fri, 31 Dec 9999 23:59:59 GMT"):
        assert read(429, b"", {"retry-after": told}).retry_after == 3600
        assert read(503, b"", {"retry-after": told}).retry_after == 3600


def test_only_a_header_delays_other_errors() -> None:
    assert read(503, {"detail": "d", "retry_after": 5}, {"ratelimit-reset": "1"}).retry_after is None
    assert read(503, b"", {"retry-after": "9"}).retry_after == 9
