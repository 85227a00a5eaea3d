"""Refusals, as the official clients' errors."""

from __future__ import annotations

from typing import Any

from tests.clients.driving import Client, value
from tests.local.serving import Server

API = "ReplicateError"
CLASSES = {
    "python-1": {401: API, 404: API, 422: API, 429: API},
    "python-2": {
        401: "AuthenticationError",
        404: "NotFoundError",
        422: "UnprocessableEntityError",
        429: "RateLimitError",
    },
    "node": dict.fromkeys((401, 404, 422, 429), "ApiError"),
}


def assert_refused(client: Client, error: dict[str, Any], status: int) -> None:
    assert (error.get("status"), error.get("class")) == (status, CLASSES[client.name][status]), error


def test_a_wrong_token_and_none_are_refused(client: Client, server: Server) -> None:
    told = value(client.drive(server, "unauthenticated"))
    for error in told.values():
        assert_refused(client, error, 401)
        assert error["title"] == "Unauthenticated"
    assert told["wrong"]["message"] == "You did not pass a valid authentication token"
    assert told["none"]["message"] == "You did not pass an authentication token"


def test_only_the_servers_own_token_is_accepted(client: Client, guarded: Server) -> None:
    told = value(client.drive(guarded, "token", token="r8_right"))
    assert told["right"] == "local"
    assert_refused(client, told["wrong"], 401)


def test_what_is_not_there_is_not_found(client: Client, server: Server) -> None:
    told = value(client.drive(server, "missing"))
    for error in told.values():
        assert_refused(client, error, 404)
        assert error["message"]


def test_an_input_that_does_not_fit_is_told_field_by_field(client: Client, server: Server) -> None:
    wrong = {"width": 9999, "style": "loud"}
    error = client.drive(server, "run", model="local/painter", values=wrong)["error"]
    assert_refused(client, error, 422)
    assert error["title"] == "Input validation failed"
    assert set(error["message"].splitlines()) == {
        "- input: prompt is required",
        "- input.width: Must be less than or equal to 2048",
        '- input.style: input.style must be one of the following: "auto", "dusk", "dawn", "noon", "moonlight", '
        '"aurora", "ember", "ink"',
    }
    if client.name != "python-1":
        fields = {field["type"]: field["field"] for field in error["invalid_fields"]}
        assert fields == {"required": "input", "number_lte": "input.width", "enum": "input.style"}


def test_a_version_that_does_not_exist_is_not_run(client: Client, server: Server) -> None:
    error = client.drive(server, "run", model=f"local/painter:{'0' * 64}", values={"prompt": "x"})["error"]
    assert_refused(client, error, 422)
    assert error["title"] == "Invalid version or not permitted"


def test_too_many_runs_are_put_off_for_as_long_as_they_are_told(client: Client, strict: Server) -> None:
    told = value(client.drive(strict, "throttled"))
    assert told["first"] in ("starting", "processing", "succeeded")
    assert_refused(client, told["second"], 429)
    assert "throttled" in told["second"]["message"]
    assert told["third"] in ("starting", "processing", "succeeded")
    if client.name == "python-2":
        assert told["tries"] == 1
    if client.name == "node":
        assert told["tries"] == 6
        assert told["second"]["retry_after"] == "1"
