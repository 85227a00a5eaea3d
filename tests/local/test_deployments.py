"""Deployments: what they can be, and the worker processes that they really have."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.owning import deploy, latest, make_model, new_name, request_deployment, trained
from tests.local.processes import workers
from tests.local.serving import Server, serving
from tests.waiting import until

processes = pytest.mark.skipif(os.name != "posix", reason="looks at processes with ps")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose deployments nobody else makes."""
    with serving(tmp_path_factory.mktemp("deployments")) as running:
        yield running
        log = (running.folder / "log.txt").read_text("utf-8")
    assert "Traceback" not in log, log


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, whose workers end soon when they idle."""
    with serving(tmp_path, "--worker-idle", "0.3") as running:
        yield running


def release(server: Server, deployment: str) -> dict[str, Any]:
    found: dict[str, Any] = server.client.get(f"/v1/deployments/{deployment}").json()["current_release"]
    return found


def change(server: Server, deployment: str, **changes: Any) -> dict[str, Any]:
    """A new release."""
    response = server.client.patch(f"/v1/deployments/{deployment}", json=changes)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["current_release"]
    return found


def start(server: Server, deployment: str, headers: dict[str, str] | None = None, **values: Any) -> dict[str, Any]:
    """A prediction on a deployment."""
    response = server.client.post(f"/v1/deployments/{deployment}/predictions", json={"input": values}, headers=headers)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def statuses(server: Server, *predictions: dict[str, Any]) -> list[str]:
    return [server.get(prediction)["status"] for prediction in predictions]


def cancel(server: Server, *predictions: dict[str, Any]) -> None:
    for prediction in predictions:
        server.client.post(prediction["urls"]["cancel"])


def test_a_new_deployment_is_its_first_release(server: Server) -> None:
    version = latest(server, "local/sleeper")
    response = request_deployment(server, name="night-watch", hardware="gpu-t4", max_instances=2)
    assert response.status_code == 200
    made = response.json()
    assert made.keys() == {"owner", "name", "current_release"}
    assert (made["owner"], made["name"]) == ("local", "night-watch")
    first = made["current_release"]
    assert (first["number"], first["model"], first["version"]) == (1, "local/sleeper", version)
    assert first["created_by"] == {"type": "user", "username": "local", "name": "Local"}
    assert first["configuration"] == {"hardware": "gpu-t4", "min_instances": 0, "max_instances": 2}
    assert server.client.get("/v1/deployments/local/night-watch").json() == made


def test_deployments_are_listed_newest_first(server: Server) -> None:
    made = [deploy(server) for _ in range(3)]
    page = server.client.get("/v1/deployments").json()
    assert page["previous"] is None
    assert [f"{item['owner']}/{item['name']}" for item in page["results"][:3]] == made[::-1]


@pytest.mark.parametrize(
    ("changes", "kind", "field"),
    [
        ({"min_instances": -1}, "number_gte", "min_instances"),
        ({"min_instances": 6, "max_instances": 7}, "number_lte", "min_instances"),
        ({"max_instances": 21}, "number_lte", "max_instances"),
        ({"max_instances": -1}, "number_gte", "max_instances"),
        ({"max_instances": 1.5}, "invalid_type", "max_instances"),
        ({"max_instances": True}, "invalid_type", "max_instances"),
        ({"max_instances": "1"}, "invalid_type", "max_instances"),
        ({"name": "No"}, "pattern", "name"),
        ({"name": "no\n"}, "pattern", "name"),
        ({"name": None}, "required", ""),
        ({"model": None, "version": "x"}, "required", ""),
        ({"hardware": None}, "required", ""),
        ({"min_instances": None}, "required", ""),
        ({"surplus": 1}, "additional_property_not_allowed", ""),
    ],
)
def test_what_is_out_of_bounds_is_told_by_field(server: Server, changes: dict[str, Any], kind: str, field: str) -> None:
    response = request_deployment(server, **changes)
    assert response.status_code == 422
    assert [(item["type"], item["field"]) for item in response.json()["invalid_fields"]] == [(kind, field)]


@pytest.mark.parametrize(
    "changes",
    [
        {"hardware": "gpu-abacus"},
        {"min_instances": 2, "max_instances": 1},
        {"version": "f" * 64},
        {"version": ""},
        {"version": "\ud800"},
        {"model": "local/painter", "version": "of the sleeper"},
        {"model": "of the sleeper", "version": "of the sleeper"},
        {"model": "local/sleeper:of the sleeper", "version": "of the sleeper"},
    ],
)
def test_what_makes_no_deployment_is_422(server: Server, changes: dict[str, Any]) -> None:
    version = latest(server, "local/sleeper")
    changes = {key: _replaced(value, version) for key, value in changes.items()}
    response = request_deployment(server, **{"version": version, **changes})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def _replaced(value: Any, version: str) -> Any:
    return value.replace("of the sleeper", version) if isinstance(value, str) else value


def test_whole_numbers_may_be_written_with_a_point(server: Server) -> None:
    name = deploy(server, "local/hello-world", min_instances=1.0, max_instances=2.0)
    shown = server.client.get(f"/v1/deployments/{name}").text
    assert '"min_instances":1,"max_instances":2' in shown.replace(" ", "")
    changed = server.client.patch(f"/v1/deployments/{name}", content='{"max_instances": 3.0}')
    assert '"max_instances":3}' in changed.text.replace(" ", "")
    assert server.ended(start(server, name, text="x"))["output"] == "hello x"


def test_a_name_is_given_once_and_may_be_a_models(server: Server) -> None:
    name = make_model(server).partition("/")[2]
    assert deploy(server, name=name) == f"local/{name}"
    refused = request_deployment(server, name=name)
    assert refused.status_code == 409
    assert refused.headers["x-should-retry"] == "false"
    assert name in refused.json()["detail"]


def test_every_change_is_a_release(server: Server) -> None:
    name = deploy(server)
    first = release(server, name)
    second = change(server, name, max_instances=3)
    assert second["number"] == 2
    assert second["configuration"] == {**first["configuration"], "max_instances": 3}
    assert second["created_at"] > first["created_at"]
    assert change(server, name, hardware="gpu-l40s", min_instances=0)["configuration"]["hardware"] == "gpu-l40s"
    assert change(server, name, max_instances=3)["number"] == 4
    assert release(server, name)["number"] == 4


def test_no_change_is_no_release(server: Server) -> None:
    name = deploy(server)
    before = release(server, name)
    assert change(server, name) == before
    assert release(server, name) == before


def test_a_change_is_held_to_the_same_bounds(server: Server) -> None:
    name = deploy(server, max_instances=2)
    refused: list[dict[str, Any]] = [
        *({"min_instances": 6}, {"max_instances": 21}, {"min_instances": 3}, {"max_instances": 1, "min_instances": 2}),
        *({"hardware": "gpu-abacus"}, {"version": "f" * 64}, {"version": ""}, {"model": "local/painter"}),
        {"version": latest(server, "local/painter")},
    ]
    for changes in refused:
        assert server.client.patch(f"/v1/deployments/{name}", json=changes).status_code == 422, changes
    assert release(server, name)["number"] == 1


def test_what_is_not_there_is_404(server: Server) -> None:
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/predictions")):
        body: dict[str, Any] = {"input": {}} if method == "POST" else {}
        response = server.client.request(method, f"/v1/deployments/local/nothing{path}", json=body)
        assert response.status_code == 404
        assert response.json() == {"detail": "The requested resource could not be found.", "status": 404}


def test_a_prediction_names_its_deployment(server: Server) -> None:
    name = deploy(server, "local/hello-world")
    created = start(server, name, {"prefer": "wait"}, text="you")
    assert (created["deployment"], created["model"]) == (name, "local/hello-world")
    assert (created["version"], created["output"]) == (latest(server, "local/hello-world"), "hello you")
    assert server.get(created)["deployment"] == name
    listed = server.client.get("/v1/predictions").json()["results"]
    assert next(item for item in listed if item["id"] == created["id"])["deployment"] == name
    assert "deployment" not in server.run("local/hello-world", text="x")


def test_a_deployments_predictions_are_checked_like_all_others(server: Server) -> None:
    address = f"/v1/deployments/{deploy(server, 'local/hello-world')}/predictions"
    good: dict[str, Any] = {"input": {"text": "x"}}
    bad: list[dict[str, Any]] = [{"input": {}}, {}, good | {"version": "x"}, good | {"webhook": "x"}]
    for body in bad:
        assert server.client.post(address, json=body).status_code == 422
    refused = server.client.post(address, json=good, headers={"cancel-after": "1"})
    assert refused.status_code == 422
    created = server.client.post(address, json=good, headers={"cancel-after": "1h"}).json()
    assert "deadline" in created


def test_a_lifetime_counts_from_the_creation_and_ends_what_runs_and_what_waits(server: Server) -> None:
    name = deploy(server)
    until(lambda: server.ended(start(server, name, seconds=0)), "a warm worker")
    first = start(server, name, {"cancel-after": "7s"}, seconds=60)
    until(lambda: statuses(server, first) == ["processing"], "the first run")
    second = start(server, name, {"cancel-after": "5"}, seconds=60)
    ended = [server.ended(first), server.ended(second)]
    assert [run["status"] for run in ended] == ["canceled", "aborted"]
    assert [run["deadline"] for run in ended] == [first["deadline"], second["deadline"]]
    assert all(run["completed_at"] >= run["deadline"] for run in ended)
    assert ended[0]["metrics"]["predict_time"] > 4
    assert "started_at" not in ended[1]
    assert server.ended(start(server, name, seconds=0))["status"] == "succeeded"


def test_a_version_of_ones_own_can_be_deployed_and_replaced(server: Server) -> None:
    model = make_model(server)
    first, second = trained(server, model), trained(server, model)
    name = deploy(server, model, version=first)
    assert server.ended(start(server, name, prompt="", max_tokens=1))["version"] == first
    change(server, name, version=second)
    assert server.ended(start(server, name, prompt="", max_tokens=1))["version"] == second


def test_what_cannot_be_set_up_fails_its_runs_with_a_reason_and_not_the_server(server: Server) -> None:
    model = make_model(server)
    version = trained(server, model)
    (server.folder / "data" / "weights" / f"{version}.json").write_text("{")
    name = deploy(server, model, min_instances=1)
    ended = server.ended(start(server, name, prompt=""))
    assert ended["status"] == "failed"
    assert ended["error"].startswith("Setup failed: ")
    assert server.run("local/hello-world", text="x")["status"] == "succeeded"


@processes
def test_instances_are_processes_between_the_minimum_and_the_maximum(quick: Server) -> None:
    name = deploy(quick, min_instances=1, max_instances=3)
    until(lambda: len(workers(quick, "sleeper")) == 1, "the worker that is kept")
    runs = [start(quick, name, seconds=60) for _ in range(5)]
    until(lambda: statuses(quick, *runs).count("processing") == 3, "three runs at once")
    assert len(workers(quick, "sleeper")) == 3
    assert statuses(quick, *runs[3:]) == ["starting", "starting"]
    cancel(quick, runs[0])
    until(lambda: statuses(quick, runs[3]) == ["processing"], "the next in line")
    assert len(workers(quick, "sleeper")) == 3
    cancel(quick, *runs)
    until(lambda: len(workers(quick, "sleeper")) == 1, "the way down to the minimum")
    assert quick.ended(start(quick, name, seconds=0))["status"] == "succeeded"


@processes
def test_without_a_minimum_workers_come_and_go_with_the_runs(quick: Server) -> None:
    name = deploy(quick)
    ended = quick.ended(start(quick, name, seconds=0))
    assert ended["status"] == "succeeded"
    assert len(workers(quick, "sleeper")) <= 1
    until(lambda: not workers(quick, "sleeper"), "the end of the idle worker")


@processes
def test_a_run_that_comes_while_workers_are_set_up_starts_none_beyond_the_maximum(quick: Server) -> None:
    name = deploy(quick, min_instances=1, max_instances=1)
    first = start(quick, name, seconds=0.5)
    seen: set[int] = set()

    def ended() -> bool:
        now = workers(quick, "sleeper")
        assert len(now) <= 1
        seen.update(now)
        return statuses(quick, first) == ["succeeded"]

    until(ended, "the run")
    assert len(seen) == 1


@processes
def test_a_kept_worker_that_dies_is_replaced(quick: Server) -> None:
    name = deploy(quick, min_instances=2, max_instances=2)
    run, other = start(quick, name, seconds=60), start(quick, name, seconds=60)
    until(lambda: statuses(quick, run, other) == ["processing", "processing"], "the runs")
    cancel(quick, other)
    before = workers(quick, "sleeper")
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    failed = quick.ended(run)
    assert failed["status"] == "failed"
    assert "SIGKILL" in failed["error"]
    until(lambda: len(workers(quick, "sleeper") - before) == 2, "new workers")


@processes
def test_a_kept_worker_that_is_killed_while_it_is_set_up_is_replaced(quick: Server) -> None:
    deploy(quick, min_instances=1, max_instances=1)
    (first,) = until(lambda: workers(quick, "sleeper"), "the worker")
    os.kill(first, signal.SIGKILL)
    until(lambda: workers(quick, "sleeper") - {first}, "another worker")


@processes
def test_hardware_bounds_what_works_at_once(quick: Server) -> None:
    name = deploy(quick, hardware="gpu-h100", min_instances=2, max_instances=2)
    other = deploy(quick, hardware="gpu-h100", min_instances=1, max_instances=1)
    until(lambda: len(workers(quick, "sleeper")) == 3, "the workers that are kept")
    first = start(quick, name, seconds=60)
    until(lambda: statuses(quick, first) == ["processing"], "the first run")
    waiting = [start(quick, name, seconds=0), start(quick, other, seconds=0)]
    assert quick.ended(start(quick, deploy(quick, hardware="gpu-t4"), seconds=0))["status"] == "succeeded"
    assert statuses(quick, first, *waiting) == ["processing", "starting", "starting"]
    cancel(quick, first)
    assert [quick.ended(run)["status"] for run in waiting] == ["succeeded", "succeeded"]


@processes
def test_a_new_release_has_new_workers_while_what_runs_on_the_old_one_ends_there(quick: Server) -> None:
    name = deploy(quick, min_instances=1, max_instances=1)
    until(lambda: len(workers(quick, "sleeper")) == 1, "the first worker")
    running = start(quick, name, seconds=1.5)
    until(lambda: statuses(quick, running) == ["processing"], "the run")
    before = workers(quick, "sleeper")
    queued = start(quick, name, seconds=0)
    change(quick, name, min_instances=1)
    until(lambda: workers(quick, "sleeper") - before, "the new worker")
    assert quick.ended(start(quick, name, seconds=0))["status"] == "succeeded"
    assert statuses(quick, running) == ["processing"]
    assert quick.ended(running)["output"] == "slept 1.5 s"
    assert quick.ended(queued)["status"] == "succeeded"
    until(lambda: not workers(quick, "sleeper") & before, "the end of the old worker")
    until(lambda: len(workers(quick, "sleeper")) == 1, "the new worker alone")


@processes
def test_off_it_cancels_what_there_is_and_takes_nothing_new(quick: Server) -> None:
    name = deploy(quick, min_instances=1, max_instances=1)
    running, queued = start(quick, name, seconds=60), start(quick, name, seconds=0)
    until(lambda: statuses(quick, running) == ["processing"], "the run")
    elsewhere = quick.create("local/sleeper", seconds=60)
    off = change(quick, name, min_instances=0, max_instances=0)
    assert off["configuration"] == {"hardware": "cpu", "min_instances": 0, "max_instances": 0}
    assert statuses(quick, running, queued) == ["canceled", "canceled"]
    assert quick.get(elsewhere)["status"] in ("starting", "processing")
    cancel(quick, elsewhere)
    refused = quick.client.post(f"/v1/deployments/{name}/predictions", json={"input": {}})
    assert refused.status_code == 422
    assert "off" in refused.json()["detail"]
    until(lambda: not workers(quick, "sleeper"), "the end of all workers")
    change(quick, name, max_instances=1)
    assert quick.ended(start(quick, name, seconds=0))["status"] == "succeeded"


@processes
def test_a_deployment_is_deleted_when_it_is_off(quick: Server) -> None:
    name = deploy(quick, min_instances=2, max_instances=2)
    running = start(quick, name, seconds=60)
    address = f"/v1/deployments/{name}"
    for _ in range(2):
        refused = quick.client.delete(address)
        assert refused.status_code == 422
        assert "max_instances to 0" in refused.json()["detail"]
        cancel(quick, running)
    change(quick, name, min_instances=0, max_instances=0)
    deleted = quick.client.delete(address)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert quick.client.get(address).status_code == 404
    assert quick.client.get("/v1/deployments").json()["results"] == []
    until(lambda: not workers(quick, "sleeper"), "the end of all workers")
    assert quick.get(running)["deployment"] == name
    assert deploy(quick, name=name.partition("/")[2]) == name
    assert release(quick, name)["number"] == 1


@processes
def test_a_canceled_run_in_line_costs_no_instance(quick: Server) -> None:
    name = deploy(quick, hardware="gpu-h100", min_instances=2, max_instances=2)
    first = start(quick, name, seconds=60)
    until(lambda: statuses(quick, first) == ["processing"], "the first run")
    until(lambda: len(workers(quick, "sleeper")) == 2, "the workers that are kept")
    second = start(quick, name, seconds=60)
    cancel(quick, second)
    assert statuses(quick, second) == ["canceled"]
    until(lambda: len(workers(quick, "sleeper")) == 2, "two workers, as before")
    cancel(quick, first)


@processes
def test_the_servers_end_is_the_end_of_all_instances(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        deploy(server, min_instances=3, max_instances=3)
        deploy(server, "local/hello-world", min_instances=5, max_instances=20)
        until(lambda: len(workers(server, "sleeper")) == 3, "the instances")
        pids = workers(server, "sleeper") | workers(server, "hello-world")
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_names_of_deployments_are_no_models(server: Server) -> None:
    name = new_name()
    deploy(server, name=name)
    assert server.client.get(f"/v1/models/local/{name}").status_code == 404
    assert server.client.post("/v1/predictions", json={"version": f"local/{name}", "input": {}}).status_code == 422
