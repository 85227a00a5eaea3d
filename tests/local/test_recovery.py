"""What a server that was killed leaves behind, and what the next one on the same data makes of it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from replicate_tui.local.runner import STOPPED
from replicate_tui.local.storage.migrations import MIGRATIONS
from replicate_tui.local.storage.records import new_id, timestamp
from replicate_tui.local.storage.storage import Storage
from tests.local.owning import WORDS, deploy, latest, make_model, start_training, trained, upload
from tests.local.processes import workers
from tests.local.receiving import receiving
from tests.local.serving import Server, serving
from tests.waiting import TIME_LIMIT, until

SMALL: dict[str, Any] = {"prompt": "x", "width": 64, "height": 64}


def kill(server: Server) -> None:
    """The end that no process can prepare for."""
    server.process.kill()
    server.process.wait(TIME_LIMIT)
    (server.folder / "state.json").unlink()


@contextmanager
def database(folder: Path) -> Iterator[sqlite3.Connection]:
    """What a server that is not running has written."""
    with closing(sqlite3.connect(folder / "data" / "server.db")) as db, db:
        yield db


def found(server: Server, run: dict[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = server.client.get(f"/v1/predictions/{run['id']}").json()
    return value


def processing(server: Server, run: dict[str, Any]) -> bool:
    return bool(server.get(run)["status"] == "processing")


def test_what_ran_or_waited_has_failed_and_what_was_finished_is_as_it_was(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1") as server:
        done = server.run("local/painter", **SMALL)
        running = server.create("local/storyteller", prompt="", max_tokens=2000)
        until(lambda: len(server.get(running)["output"] or []) > 20, "some tokens")
        waiting = server.create("local/hello-world", text="x")
        kill(server)
    with serving(tmp_path) as server:
        for run in (running, waiting):
            failed = found(server, run)
            assert (failed["status"], failed["error"]) == ("failed", STOPPED)
            assert failed["completed_at"] >= failed["created_at"]
        assert len(found(server, running)["output"]) > 5
        assert found(server, waiting)["output"] is None
        assert "started_at" not in found(server, waiting)
        now = found(server, done)
        assert (now["status"], now["metrics"], now["logs"]) == ("succeeded", done["metrics"], done["logs"])
        assert httpx.get(now["output"][0], trust_env=False).status_code == 200
        listed = [item["id"] for item in server.client.get("/v1/predictions").json()["results"]]
        assert listed == [waiting["id"], running["id"], done["id"]]
        assert server.health()["active"] == 0


def test_a_creation_that_was_answered_is_never_lost(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        created = [server.create("local/hello-world", text=str(n))["id"] for n in range(20)]
        kill(server)
    with serving(tmp_path) as server:
        listed = server.client.get("/v1/predictions").json()["results"]
        assert [item["id"] for item in listed] == created[::-1]
        assert {item["status"] for item in listed} <= {"succeeded", "failed"}


@pytest.mark.skipif(os.name != "posix", reason="looks at processes with ps")
def test_workers_do_not_outlive_a_killed_server(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        running = server.create("local/sleeper", seconds=600)
        until(lambda: processing(server, running), "the run")
        (pid,) = workers(server, "sleeper")
        kill(server)
        until(lambda: _is_gone(pid), "the worker's end")


def _is_gone(pid: int) -> bool:
    """Whether a process has ended; where nobody collects orphans, its entry stays."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_training_that_was_interrupted_has_failed_and_left_no_version(tmp_path: Path) -> None:
    sentences = " ".join(f"The w{n} met the w{n * 7 % 9973} near w{n * 31 % 7919}." for n in range(20_000))
    with serving(tmp_path) as server:
        destination = make_model(server)
        created = start_training(server, destination, input={"text": upload(server, sentences.encode())})
        # Logs are on disk a tenth of a second later.
        until(lambda: "step  8" in server.get(created)["logs"], "some steps")
        kill(server)
    with serving(tmp_path) as server:
        training = server.client.get(f"/v1/trainings/{created['id']}").json()
        assert (training["status"], training["error"]) == ("failed", STOPPED)
        assert "output" not in training
        assert "step  0" in training["logs"]
        assert server.client.get(f"/v1/models/{destination}/versions").json()["results"] == []
        assert server.client.get("/v1/trainings").json()["results"][0]["id"] == created["id"]
        assert trained(server, destination)


@pytest.mark.skipif(os.name != "posix", reason="looks at processes with ps")
def test_models_versions_deployments_and_the_secret_are_there_again(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        model = make_model(server, description="Mine", hardware="gpu-t4")
        version = trained(server, model)
        deployment = deploy(server, model, min_instances=2, max_instances=3)
        assert server.client.patch(f"/v1/deployments/{deployment}", json={"max_instances": 4}).status_code == 200
        idle = deploy(server)
        secret = server.client.get("/v1/webhooks/default/secret").json()
        models = server.client.get(f"/v1/models/{model}").json()
        deployments = server.client.get("/v1/deployments").json()["results"]
        body = {"input": {"prompt": "", "max_tokens": 2000}}
        running = server.client.post(f"/v1/deployments/{deployment}/predictions", json=body).json()
        until(lambda: processing(server, running), "the run")
        kill(server)
    with serving(tmp_path) as server:
        until(lambda: len(workers(server, "storyteller")) == 2, "the deployment's workers")
        assert workers(server, "sleeper") == set()
        assert server.client.get("/v1/deployments").json()["results"] == deployments
        assert [item["name"] for item in deployments] == [idle.split("/")[1], deployment.split("/")[1]]
        assert deployments[1]["current_release"]["number"] == 2
        again = server.client.get(f"/v1/models/{model}").json()
        assert (again["description"], again["latest_version"]) == ("Mine", models["latest_version"])
        assert server.client.get("/v1/webhooks/default/secret").json() == secret
        assert (found(server, running)["status"], found(server, running)["deployment"]) == ("failed", deployment)
        for target in (version, f"{model}:{version}"):
            story = server.run(target, prompt="", max_tokens=20)
            assert set("".join(story["output"]).lower().replace(".", " ").split()) <= WORDS
        body = {"input": {"prompt": "", "max_tokens": 1}}
        assert server.client.post(f"/v1/deployments/{deployment}/predictions", json=body).status_code == 201


def test_what_no_record_names_goes_at_the_next_start(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        file = upload(server, b"kept")
        done = server.run("local/painter", **SMALL)
        version = trained(server, make_model(server))
        kill(server)
    data = tmp_path / "data"
    (data / "files" / new_id()).write_bytes(b"half an upload")
    (data / "weights" / f"{'0' * 64}.json").write_text("half of th")
    (data / "outputs" / "nobodys").mkdir()
    (data / "outputs" / "nobodys" / "out-0.png").write_bytes(b"")
    with serving(tmp_path) as server:
        assert [path.name for path in (data / "files").iterdir()] == [file.rpartition("/")[2]]
        assert [path.name for path in (data / "weights").iterdir()] == [f"{version}.json"]
        assert not (data / "outputs" / "nobodys").exists()
        assert server.client.get(found(server, done)["output"][0]).status_code == 200
        assert server.run(version, prompt="", max_tokens=1)["status"] == "succeeded"
        inspected = server.run("local/inspector", file=file)
        assert inspected["status"] == "succeeded", inspected["error"]


def test_files_and_data_go_when_their_time_is_over_while_nobody_served_or_later(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        past, soon, later = (upload(server, name.encode()) for name in ("past", "soon", "later"))
        painted = [server.run("local/painter", **SMALL) for _ in range(3)]
        kill(server)
    with database(tmp_path) as db:
        now = time.time()
        for address, run, seconds in zip((past, soon), painted[:2], (-5, 3), strict=True):
            db.execute("UPDATE files SET expires_at = ? WHERE id = ?", (now + seconds, address.rpartition("/")[2]))
            db.execute("UPDATE predictions SET expires_at = ? WHERE id = ?", (now + seconds, run["id"]))
    with serving(tmp_path) as server:

        def names() -> set[str]:
            return {item["urls"]["get"].rpartition("/")[2] for item in server.client.get("/v1/files").json()["results"]}

        ids = [address.rpartition("/")[2] for address in (past, soon, later)]
        assert ids[0] not in names()
        assert ids[2] in names()
        assert found(server, painted[0])["data_removed"]
        assert server.client.get(f"/v1/files/{ids[0]}").json() == {"detail": "File not found", "status": 404}
        until(lambda: names() == {ids[2]}, "the end of a file's time")
        until(lambda: found(server, painted[1])["data_removed"], "the end of an output's time")
        assert not found(server, painted[2])["data_removed"]
        removed = found(server, painted[1])
        assert (removed["output"], removed["input"], removed["logs"]) == (None, {}, "")
        assert {path.name for path in (tmp_path / "data" / "files").iterdir()} == {ids[2]}
        assert len(list((tmp_path / "data" / "outputs").iterdir())) == 1


def test_a_failed_one_keeps_its_data_for_the_usual_time(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        running = server.create("local/sleeper", seconds=600)
        until(lambda: processing(server, running), "the run")
        kill(server)
    with serving(tmp_path, "--retention", "1") as server:
        assert found(server, running)["input"] == {"seconds": 600}
        until(lambda: found(server, running)["data_removed"], "the removal")
        assert (found(server, running)["status"], found(server, running)["error"]) == ("failed", STOPPED)


def test_a_webhook_that_is_owed_is_sent_after_the_restart_once(tmp_path: Path) -> None:
    with receiving() as gone:
        address = gone.url
    port = int(address.split(":")[2].partition("/")[0])
    with serving(tmp_path) as server:
        body: dict[str, Any] = {"version": "local/hello-world", "input": {"text": "x"}, "webhook": address}
        done = server.ended(server.client.post("/v1/predictions", json=body).json())
        body |= {"version": "local/sleeper", "input": {"seconds": 600}}
        running = server.client.post("/v1/predictions", json=body).json()
        unasked = server.client.post("/v1/predictions", json=body | {"webhook_events_filter": ["start"]}).json()
        until(lambda: processing(server, running) and processing(server, unasked), "the runs")
        key = server.client.get("/v1/webhooks/default/secret").json()["key"]
        kill(server)
    with receiving(port) as receiver, serving(tmp_path) as server:
        until(lambda: len(receiver.received) == 2, "the webhooks")
        told = {body["id"]: body for body in receiver.received}
        assert told == {run["id"]: found(server, run) for run in (done, running)}
        assert (told[done["id"]]["status"], told[running["id"]]["status"]) == ("succeeded", "failed")
        assert {headers["webhook-id"] for headers in receiver.headers} == {f"msg_{identifier}" for identifier in told}
        for headers, value in zip(receiver.headers, receiver.received, strict=True):
            assert Webhook(key).verify(json.dumps(value, separators=(",", ":"), ensure_ascii=False), headers) == value
    with receiving(port) as receiver, serving(tmp_path) as server:
        body |= {"version": "local/hello-world", "input": {"text": "y"}}
        fresh = server.client.post("/v1/predictions", json=body).json()
        until(lambda: receiver.received and receiver.received[-1]["status"] == "succeeded", "the webhook")
        assert {value["id"] for value in receiver.received} == {fresh["id"]}


def test_a_webhook_that_is_owed_for_long_is_not_sent_any_more(tmp_path: Path) -> None:
    with receiving() as gone:
        address = gone.url
    with serving(tmp_path) as server:
        body: dict[str, Any] = {"version": "local/hello-world", "input": {"text": "x"}, "webhook": address}
        done = server.ended(server.client.post("/v1/predictions", json=body).json())
        kill(server)
    with database(tmp_path) as db:
        db.execute("UPDATE predictions SET completed_at = ?", (timestamp(time.time() - 700),))
    with serving(tmp_path) as server:
        assert found(server, done)["status"] == "succeeded"
        kill(server)
    with database(tmp_path) as db:
        assert db.execute("SELECT announced FROM predictions").fetchall() == [(1,)]


OLD = {
    "done": ("succeeded", '[{"$output": "out-0.png"}]', None),
    "running": ("processing", "null", None),
    "failed": ("failed", "null", "out of luck"),
}


def old_database(folder: Path) -> dict[str, str]:
    """The data of a server of before there were trainings, with a run in each of these states; their ids."""
    for name in ("outputs", "files"):
        (folder / "data" / name).mkdir(parents=True)
    ids = {name: new_id() for name in OLD}
    far = time.time() + 3600
    with database(folder) as db:
        db.executescript(f"{MIGRATIONS[0]} PRAGMA user_version = 1;")
        for name, (status, output, error) in OLD.items():
            db.execute(
                "INSERT INTO predictions (id, model, version, input, created_at, token, streams, status, output, error,"
                " logs, metrics, started_at, completed_at, source, webhook, webhook_events_filter, data_removed,"
                " expires_at) VALUES (?, 'local/painter', ?, '{\"prompt\": \"old\"}', ?, ?, 0, ?, ?, ?, 'old logs',"
                " '{}', ?, ?, 'api', 'http://127.0.0.1:9/hook', 'null', 0, ?)",
                (
                    *(ids[name], "0" * 64, timestamp(0), f"token-{name}", status, output, error, timestamp(1)),
                    *(None if status == "processing" else timestamp(2), far),
                ),
            )
        db.execute("INSERT INTO run_counts VALUES ('local/painter', 3)")
        db.execute(
            "INSERT INTO files (id, name, content_type, size, md5, sha256, metadata, created_at, expires_at)"
            " VALUES ('0ldfile', 'a.txt', 'text/plain', 3, 'm', 's', '{\"a\": 1}', ?, ?)",
            (timestamp(0), far),
        )
    (folder / "data" / "files" / "0ldfile").write_bytes(b"old")
    (folder / "data" / "outputs" / "token-done").mkdir()
    (folder / "data" / "outputs" / "token-done" / "out-0.png").write_bytes(b"picture")
    return ids


def test_the_data_of_an_older_server_are_taken_over(tmp_path: Path) -> None:
    ids = old_database(tmp_path)
    with serving(tmp_path) as server:
        listed = server.client.get("/v1/predictions").json()["results"]
        assert [item["id"] for item in listed] == [ids["failed"], ids["running"], ids["done"]]
        assert [item["status"] for item in listed] == ["failed", "failed", "succeeded"]
        done = server.client.get(f"/v1/predictions/{ids['done']}").json()
        assert (done["input"], done["logs"], done["webhook"]) == (
            {"prompt": "old"},
            "old logs",
            "http://127.0.0.1:9/hook",
        )
        assert httpx.get(done["output"][0], trust_env=False).content == b"picture"
        assert server.client.get(f"/v1/predictions/{ids['failed']}").json()["error"] == "out of luck"
        assert server.client.get(f"/v1/predictions/{ids['running']}").json()["error"] == STOPPED
        assert server.client.get("/v1/trainings").json()["results"] == []
        assert server.client.get("/v1/models/local/painter").json()["run_count"] == 3
        assert server.client.get("/v1/files/0ldfile").json()["metadata"] == {"a": 1}
        assert server.run("local/inspector", file=f"{server.url}/v1/files/0ldfile")["status"] == "succeeded"
        assert latest(server, make_model_with_version(server))
    with database(tmp_path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        announced = dict(db.execute("SELECT id, announced FROM predictions"))
        assert {announced[ids["done"]], announced[ids["failed"]]} == {1}


def make_model_with_version(server: Server) -> str:
    model = make_model(server)
    trained(server, model)
    return model


@pytest.mark.parametrize("damage", ["later", "garbage"])
def test_data_that_cannot_be_used_are_told_and_left_alone(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "data" / "server.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.executescript("".join(MIGRATIONS) + "PRAGMA user_version = 99")
    if damage == "garbage":
        path.write_bytes(b"no database" * 1000)
    before = path.read_bytes()
    command = [sys.executable, "-m", "replicate_tui.local", "--data", str(tmp_path / "data")]
    command += ["--state", str(tmp_path / "state.json")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    assert ended.returncode == 1
    assert ("later version" if damage == "later" else "server.db") in ended.stderr
    assert "Traceback" not in ended.stderr
    if damage == "garbage":
        assert path.read_bytes() == before


@pytest.mark.parametrize("done", range(len(MIGRATIONS)))
def test_a_migration_that_was_interrupted_is_made_whole(tmp_path: Path, done: int) -> None:
    with closing(sqlite3.connect(tmp_path / "server.db")) as db:
        for number, script in enumerate(MIGRATIONS[:done], start=1):
            db.executescript(f"{script} PRAGMA user_version = {number};")
        db.executescript(f"BEGIN; {MIGRATIONS[done]}")
    with closing(Storage(tmp_path)) as storage:
        assert storage.predictions.where("1") == []
        assert storage.deployments.where("1") == []
