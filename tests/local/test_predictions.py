"""Predictions over HTTP: creating, watching, waiting, cancelling, listing."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.local.serving import Server, serving
from tests.waiting import until


def version_of(server: Server, model: str) -> str:
    return str(server.client.get(f"/v1/models/{model}").json()["latest_version"]["id"])


def test_a_new_prediction_is_starting_and_empty(server: Server) -> None:
    created = server.create("local/hello-world", text="Ada")
    assert re.fullmatch(r"[0-9a-hjkmnp-tv-z]{26}", created["id"])
    assert created["model"] == "local/hello-world"
    assert created["version"] == version_of(server, "local/hello-world")
    assert (created["status"], created["output"], created["logs"]) == ("starting", None, "")
    assert (created["error"], created["data_removed"], created["source"]) == (None, False, "api")
    assert created["input"] == {"text": "Ada"}
    assert "metrics" not in created
    assert "started_at" not in created
    assert created["urls"] == {
        "get": f"{server.url}/v1/predictions/{created['id']}",
        "cancel": f"{server.url}/v1/predictions/{created['id']}/cancel",
        "web": f"{server.url}/p/{created['id']}",
    }


def test_a_finished_prediction_has_output_logs_times_and_metrics(server: Server) -> None:
    ended = server.ended(server.create("local/hello-world", text="Ada"))
    assert (ended["status"], ended["output"]) == ("succeeded", "hello Ada")
    assert ended["logs"] == "Greeting Ada\n"
    moments = [datetime.fromisoformat(ended[key]) for key in ("created_at", "started_at", "completed_at")]
    assert moments == sorted(moments)
    assert all(ended[key].endswith("Z") for key in ("created_at", "started_at", "completed_at"))
    assert 0 <= ended["metrics"]["predict_time"] <= ended["metrics"]["total_time"] < 20


def test_every_form_of_naming_a_version_runs(server: Server) -> None:
    version = version_of(server, "local/hello-world")
    for name in ("local/hello-world", f"local/hello-world:{version}", version):
        assert server.run(name, text="x")["output"] == "hello x"
    response = server.client.post(
        "/v1/models/local/hello-world/predictions", json={"input": {"text": "y"}}, headers={"prefer": "wait"}
    )
    assert response.status_code == 201
    assert response.json()["output"] == "hello y"


def test_an_unknown_version_is_422(server: Server) -> None:
    version = version_of(server, "local/hello-world")
    for name in ("nobody/nothing", "f" * 64, f"local/sleeper:{version}", ""):
        response = server.client.post("/v1/predictions", json={"version": name, "input": {}})
        assert response.status_code == 422
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["title"] == "Invalid version or not permitted"


def test_an_unknown_model_or_prediction_is_404(server: Server) -> None:
    generic = {"detail": "The requested resource could not be found.", "status": 404}
    for method, path in (
        ("POST", "/v1/models/local/nothing/predictions"),
        ("GET", "/v1/predictions/nothing"),
        ("POST", "/v1/predictions/nothing/cancel"),
    ):
        response = server.client.request(method, path)
        assert (response.status_code, response.json()) == (404, generic)


def test_a_missing_input_names_the_parent_as_its_field(server: Server) -> None:
    response = server.client.post("/v1/predictions", json={"version": "local/hello-world", "input": {}})
    assert response.status_code == 422
    assert response.json() == {
        "title": "Input validation failed",
        "detail": "- input: text is required\n",
        "status": 422,
        "invalid_fields": [{"type": "required", "field": "input", "description": "text is required"}],
    }


def test_every_wrong_value_is_told(server: Server) -> None:
    wrong = {"prompt": 3, "width": 4096, "height": 1, "style": "neon", "seed": 1.5}
    response = server.client.post("/v1/predictions", json={"version": "local/painter", "input": wrong})
    assert response.status_code == 422
    styles = '"auto", "dusk", "dawn", "noon", "moonlight", "aurora", "ember", "ink"'
    assert {(item["type"], item["field"], item["description"]) for item in response.json()["invalid_fields"]} == {
        ("invalid_type", "input.prompt", "Invalid type. Expected: string, given: integer"),
        ("number_lte", "input.width", "Must be less than or equal to 2048"),
        ("number_gte", "input.height", "Must be greater than or equal to 64"),
        ("enum", "input.style", f"input.style must be one of the following: {styles}"),
        ("invalid_type", "input.seed", "Invalid type. Expected: integer, given: number"),
    }
    assert "- input.width: Must be less than or equal to 2048\n" in response.json()["detail"]


def test_an_empty_text_is_no_file(server: Server) -> None:
    response = server.client.post("/v1/predictions", json={"version": "local/upscaler", "input": {"image": ""}})
    invalid = [{"type": "format", "field": "input.image", "description": "Does not match format 'uri'"}]
    assert response.json()["invalid_fields"] == invalid


def test_keys_beside_the_known_ones_are_refused_at_the_top_and_let_pass_inside_input(server: Server) -> None:
    body = {"version": "local/hello-world", "input": {"text": "x"}, "wait": True}
    response = server.client.post("/v1/predictions", json=body)
    assert response.status_code == 422
    assert response.json()["detail"] == "- Additional property wait is not allowed\n"
    assert response.json()["invalid_fields"][0]["type"] == "additional_property_not_allowed"
    assert response.json()["invalid_fields"][0]["field"] == ""
    assert server.run("local/hello-world", text="x", surplus=1)["status"] == "succeeded"


def test_a_body_without_version_or_input_lists_both(server: Server) -> None:
    response = server.client.post("/v1/predictions", content=b"")
    assert response.status_code == 422
    assert response.json()["detail"] == "- version is required\n- input is required\n"


@pytest.mark.parametrize("body", [b"{", b'{"version": NaN}', b'{"input": 1e999}', b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_400(server: Server, body: bytes) -> None:
    response = server.client.post("/v1/predictions", content=body)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"


def test_webhook_settings_are_echoed(server: Server) -> None:
    body = {
        "version": "local/hello-world",
        "input": {"text": "x"},
        "webhook": "https://example.com/hook?job=1",
        "webhook_events_filter": ["completed"],
        "stream": True,
    }
    created = server.client.post("/v1/predictions", json=body).json()
    assert created["webhook"] == "https://example.com/hook?job=1"
    assert created["webhook_events_filter"] == ["completed"]
    bad = server.client.post("/v1/predictions", json={**body, "webhook_events_filter": ["sometimes"]})
    assert bad.json()["invalid_fields"][0]["field"] == "webhook_events_filter.0"


def test_waiting_long_enough_answers_with_the_result(server: Server) -> None:
    response = server.client.post(
        "/v1/predictions",
        json={"version": "local/sleeper", "input": {"seconds": 0.2}},
        headers={"prefer": "wait=10"},
    )
    assert response.status_code == 201
    assert response.headers["preference-applied"] == "wait=10"
    assert (response.json()["status"], response.json()["output"]) == ("succeeded", "slept 0.2 s")


def test_waiting_in_vain_answers_starting_without_any_output(server: Server) -> None:
    began = time.monotonic()
    created = server.create("local/storyteller", {"prefer": "wait=1"}, prompt="", max_tokens=2000)
    assert time.monotonic() - began < 3
    assert (created["status"], created["output"], created["logs"]) == ("starting", None, "")
    assert "started_at" not in created
    until(lambda: len(server.get(created)["output"] or []) > 5, "output that grows")
    server.client.post(created["urls"]["cancel"])


@pytest.mark.parametrize("value", ["wait=0", "wait=61", "wait=x", "respond-async"])
def test_a_wait_out_of_range_is_422(server: Server, value: str) -> None:
    body = {"version": "local/hello-world", "input": {"text": "x"}}
    response = server.client.post("/v1/predictions", json=body, headers={"prefer": value})
    assert response.status_code == 422


def test_a_failed_run_says_why(server: Server) -> None:
    failed = server.run("local/sleeper", seconds=0, fail=True)
    assert (failed["status"], failed["error"], failed["output"]) == ("failed", "asked to fail after 0.0 s", None)
    assert "Traceback" not in failed["logs"]


def test_cancelling_a_running_prediction_takes_less_than_a_second(server: Server) -> None:
    created = server.create("local/sleeper", seconds=60, log_lines=6000)
    until(lambda: "line 3 " in server.get(created)["logs"], "logs that grow while it runs")
    began = time.monotonic()
    response = server.client.post(created["urls"]["cancel"], headers={"content-type": "application/json"})
    assert response.status_code == 200
    assert response.json()["status"] == "canceled"
    assert time.monotonic() - began < 1
    ended = server.get(created)
    assert (ended["status"], ended["error"], ended["output"]) == ("canceled", None, None)
    assert ended["metrics"]["predict_time"] > 0
    assert "completed_at" in ended


def test_a_canceled_worker_goes_on_with_other_runs(server: Server) -> None:
    created = server.create("local/sleeper", seconds=60)
    until(lambda: server.get(created)["status"] == "processing", "the run")
    server.client.post(created["urls"]["cancel"])
    assert server.run("local/sleeper", seconds=0)["output"] == "slept 0.0 s"
    assert server.get(created)["status"] == "canceled"


def test_cancelling_what_is_finished_changes_nothing(server: Server) -> None:
    done = server.run("local/hello-world", text="x")
    response = server.client.post(done["urls"]["cancel"])
    assert (response.status_code, response.json()) == (200, done)


def test_a_prediction_waits_for_a_free_worker_and_can_be_canceled_there(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1") as server:
        first = server.create("local/sleeper", seconds=60)
        until(lambda: server.get(first)["status"] == "processing", "the first run")
        second, third = (server.create("local/hello-world", text=text) for text in ("b", "c"))
        assert server.get(second)["status"] == "starting"
        assert server.health()["active"] == 3
        canceled = server.client.post(second["urls"]["cancel"]).json()
        assert canceled["status"] == "canceled"
        assert "predict_time" not in canceled["metrics"]
        server.client.post(first["urls"]["cancel"])
        assert server.ended(third)["output"] == "hello c"
        assert server.health()["active"] == 0


def test_a_lifetime_becomes_a_deadline(server: Server) -> None:
    created = server.create("local/sleeper", {"cancel-after": "1h30m5"}, seconds=0)
    lifetime = datetime.fromisoformat(created["deadline"]) - datetime.fromisoformat(created["created_at"])
    assert timedelta(hours=1, minutes=30, seconds=5) <= lifetime < timedelta(hours=1, minutes=30, seconds=6)
    assert server.ended(created)["deadline"] == created["deadline"]


@pytest.mark.parametrize("value", ["4", "soon", "", "5s3m", "-5", "1h 5m", "0h0m4s"])
def test_a_bad_lifetime_is_422(server: Server, value: str) -> None:
    body = {"version": "local/hello-world", "input": {"text": "x"}}
    response = server.client.post("/v1/predictions", json=body, headers={"cancel-after": value})
    assert response.status_code == 422


def test_a_list_is_newest_first_in_pages_of_100_both_ways(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        ids = [server.create("local/hello-world", text=str(number))["id"] for number in range(203)]
        pages = [server.client.get("/predictions").json()]
        while following := pages[-1]["next"]:
            assert following.startswith(f"{server.url}/v1/predictions?cursor=")
            pages.append(server.client.get(following).json())
        assert [len(page["results"]) for page in pages] == [100, 100, 3]
        assert [item["id"] for page in pages for item in page["results"]] == ids[::-1]
        assert pages[0]["previous"] is None
        back = server.client.get(pages[2]["previous"]).json()
        assert [item["id"] for item in back["results"]] == [item["id"] for item in pages[1]["results"]]
        first = server.client.get(back["previous"]).json()
        assert first["previous"] is None
        assert [item["id"] for item in first["results"]] == ids[:-101:-1]
        assert "logs" not in pages[0]["results"][0]


def test_a_list_is_bounded_by_creation_times(server: Server) -> None:
    one, two = (server.run("local/hello-world", text=text) for text in ("a", "b"))
    later = datetime.fromisoformat(two["created_at"])
    query = {"created_after": one["created_at"], "created_before": later.astimezone(UTC).isoformat()}
    found = server.client.get("/v1/predictions", params=query).json()["results"]
    assert [item["id"] for item in found] == [one["id"]]
    unencoded = f"/v1/predictions?created_after={one['created_at'].replace('Z', '+00:00')}"
    newer = server.client.get(unencoded).json()["results"]
    assert {item["id"] for item in newer} >= {one["id"], two["id"]}


def test_bad_list_parameters_are_refused(server: Server) -> None:
    for query, status in (("created_after=yesterday", 422), ("source=api", 422), ("cursor=!!", 404)):
        assert server.client.get(f"/v1/predictions?{query}").status_code == status
    assert server.client.get("/v1/predictions?source=web").json()["results"] == []


def test_half_a_surrogate_pair_does_no_harm(server: Server) -> None:
    content = rb'{"version": "local/hello-world", "input": {"text": "\ud83d!"}}'
    created = server.client.post("/v1/predictions", content=content, headers={"prefer": "wait"}).json()
    assert (created["status"], created["output"]) == ("succeeded", "hello \ud83d!")
    assert server.get(created) == created
    assert server.client.get("/v1/predictions").status_code == 200
