"""`--catalog FILE`: the models of a file are served as Replicate's, and answer with what they recorded."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from filelock import FileLock

from replicate_tui.local.recordings.indexer import index_path
from tests.local.owning import deploy, make_model, request_model, request_training
from tests.local.serving import Server, serving
from tests.waiting import TIME_LIMIT

COUNT = 60
MOMENT = "2025-01-{:02}T03:04:05.000000Z"
SCHEMA: dict[str, Any] = {
    "openapi": "3.0.2",
    "info": {"title": "Cog", "version": "0.1.0"},
    "paths": {},
    "components": {
        "schemas": {
            "Input": {
                "type": "object",
                "required": ["prompt"],
                "properties": {
                    "prompt": {"type": "string", "x-order": 0},
                    "steps": {"type": "integer", "maximum": 4, "default": 4, "x-order": 1},
                    "style": {"allOf": [{"$ref": "#/components/schemas/style"}], "default": "ink", "x-order": 2},
                },
            },
            "style": {"type": "string", "enum": ["ink", "oil"], "title": "style"},
            "Output": {"type": "array", "items": {"type": "string", "format": "uri"}},
        }
    },
}
STREAMING = {"type": "array", "items": {"type": "string"}, "x-cog-array-type": "iterator"}


def version(number: int, **changes: Any) -> dict[str, Any]:
    made = {"id": f"{number:064x}", "created_at": MOMENT.format(1 + number % 28), "cog_version": "0.13.6"}
    return made | {"openapi_schema": SCHEMA} | changes


def example(number: int, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": f"{number:026d}",
        "version": f"{number:064x}",
        "input": {"prompt": "a heron"},
        "status": "succeeded",
    }
    made |= {"output": [f"https://replicate.delivery/x/{number}.png"], "logs": "seed 7\n", "error": None}
    return made | {"created_at": MOMENT.format(2), "metrics": {"predict_time": 1.5}} | changes


def model(name: str, number: int, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"owner": "acme", "name": name, "description": f"Number {number}", "visibility": "public"}
    made |= {"created_at": MOMENT.format(28 - number % 28), "run_count": number, "is_official": False}
    made |= {"cover_image_url": "https://example.com/c.png", "github_url": "https://example.com/g"}
    return made | {"latest_version": version(number), "default_example": example(number)} | changes


SENSELESS: list[Any] = [
    *({"prompt": {"pattern": "("}}, {"prompt": {"$ref": "#/nowhere"}}, {"prompt": {"type": "thing"}}),
    *([], {"prompt": {"enum": 3}}, {"prompt": 7}),
]
"""Properties of inputs that no validator can use."""


def schema_of(properties: Any) -> dict[str, Any]:
    return {**SCHEMA, "components": {"schemas": {"Input": {"type": "object", "properties": properties}}}}


TELLING = {**SCHEMA, "components": {"schemas": {**SCHEMA["components"]["schemas"], "Output": STREAMING}}}

MODELS = [
    *(model(f"painter-{n}", n) for n in range(COUNT)),
    model("official", 100, is_official=True, default_example=example(100, version="hidden")),
    model("teller", 101, latest_version=version(101, openapi_schema=TELLING), description="Tells of Quokkas"),
    model("silent", 102, default_example=None),
    model("bare", 103, latest_version=None, default_example=None),
    model("formless", 104, latest_version=version(104, openapi_schema={})),
    *(
        model(f"senseless-{n}", 200 + n, latest_version=version(200 + n, openapi_schema=schema_of(properties)))
        for n, properties in enumerate(SENSELESS)
    ),
    model("failing", 105, default_example=example(105, status="failed", output=None, error="out of memory")),
]
MODELS[COUNT + 1]["default_example"]["output"] = ["Once", " upon", "\n\na time"]


def written(folder: Path, models: list[dict[str, Any]]) -> Path:
    path = folder / "models.json"
    path.write_text(json.dumps(models), "utf-8")
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the models of the file."""
    folder = tmp_path_factory.mktemp("recorded")
    with serving(folder, "--catalog", str(written(folder, MODELS))) as running:
        yield running
        log = (running.folder / "log.txt").read_text("utf-8")
    assert "Traceback" not in log, log


def pages(server: Server, **query: str) -> list[dict[str, Any]]:
    """All pages of the list of models, by their links."""
    found = [server.client.get("/v1/models", params=query).json()]
    while found[-1]["next"]:
        found.append(server.client.get(found[-1]["next"]).json())
    return found


def names(page: dict[str, Any]) -> list[str]:
    return [f"{item['owner']}/{item['name']}" for item in page["results"]]


def everything(server: Server, **query: str) -> list[dict[str, Any]]:
    return [item for page in pages(server, **query) for item in page["results"]]


def create(server: Server, target: str, **values: Any) -> httpx.Response:
    body = {"version": target, "input": {"prompt": "x", **values}}
    return server.client.post("/v1/predictions", json=body, headers={"prefer": "wait"})


def test_the_list_has_all_models_once_on_pages_that_lead_both_ways(server: Server) -> None:
    forward = pages(server)
    assert [len(page["results"]) for page in forward] == [25, 25, 25, 4]
    listed = [name for page in forward for name in names(page)]
    assert {f"acme/{item['name']}" for item in MODELS} < set(listed)
    assert "local/painter" in listed
    assert len(listed) == len(set(listed)) == len(MODELS) + 7
    assert forward[0]["previous"] is None
    backward = [forward[-1]]
    while backward[-1]["previous"]:
        backward.append(server.client.get(backward[-1]["previous"]).json())
    assert [names(page) for page in reversed(backward)] == [names(page) for page in forward]


def moments(models: list[dict[str, Any]], sort_by: str) -> list[str]:
    if sort_by == "model_created_at":
        return [item["created_at"] for item in models]
    return [(item["latest_version"] or item)["created_at"] for item in models]


@pytest.mark.parametrize("sort_by", ["model_created_at", "latest_version_created_at"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_the_list_is_sorted_as_asked_over_all_pages(server: Server, sort_by: str, direction: str) -> None:
    listed = everything(server, sort_by=sort_by, sort_direction=direction)
    assert len(listed) == len(MODELS) + 7
    told = moments(listed, sort_by)
    assert told == sorted(told, reverse=direction == "desc")


def test_without_a_wish_the_latest_version_comes_first(server: Server) -> None:
    told = moments(everything(server), "latest_version_created_at")
    assert told == sorted(told, reverse=True)
    for query in ({"sort_by": "name"}, {"sort_direction": "up"}):
        assert server.client.get("/v1/models", params=query).status_code == 422


def test_a_model_is_as_the_file_has_it_with_addresses_of_this_server(server: Server) -> None:
    shown = server.client.get("/v1/models/acme/painter-7").json()
    expected = model("painter-7", 7)
    for key in ("owner", "name", "description", "visibility", "created_at", "run_count", "cover_image_url"):
        assert shown[key] == expected[key], key
    assert shown["latest_version"] == expected["latest_version"]
    assert (shown["url"], shown["paper_url"]) == (f"{server.url}/acme/painter-7", None)
    assert httpx.get(shown["url"], trust_env=False).status_code == 200
    recorded = shown["default_example"]
    assert recorded["output"] == expected["default_example"]["output"]
    assert recorded["urls"]["get"] == f"{server.url}/v1/predictions/{recorded['id']}"


def test_an_example_is_a_prediction_to_look_at_and_in_no_list(server: Server) -> None:
    listed = server.client.get("/v1/models/acme/painter-7/examples").json()
    (recorded,) = listed["results"]
    assert recorded == server.client.get("/v1/models/acme/painter-7").json()["default_example"]
    assert server.client.get(recorded["urls"]["get"]).json() == recorded
    assert httpx.get(recorded["urls"]["web"], trust_env=False).status_code == 200
    assert server.client.get("/v1/models/acme/silent/examples").json()["results"] == []
    assert recorded["id"] not in server.client.get("/v1/predictions").text


def test_there_is_no_readme(server: Server) -> None:
    for name in ("acme/painter-7", "acme/official", "acme/nothing"):
        assert server.client.get(f"/v1/models/{name}/readme").status_code == 404


def test_versions_are_listed_except_those_of_official_models(server: Server) -> None:
    listed = server.client.get("/v1/models/acme/painter-7/versions").json()
    assert listed == {"previous": None, "next": None, "results": [version(7)]}
    assert server.client.get(f"/v1/models/acme/painter-7/versions/{7:064x}").json() == version(7)
    assert server.client.get(f"/v1/models/acme/painter-7/versions/{8:064x}").status_code == 404
    assert server.client.get("/v1/models/acme/bare/versions").json()["results"] == []
    hidden = server.client.get("/v1/models/acme/official/versions")
    assert hidden.status_code == 404
    assert hidden.json() == {
        "title": "Not found",
        "detail": "This model is an official model and does not expose a list of versions.",
        "status": 404,
    }
    assert server.client.get("/v1/models/acme/official").json()["latest_version"]["openapi_schema"] == SCHEMA


def test_a_schema_that_asks_for_nothing_is_shown_as_it_is(server: Server) -> None:
    shown = server.client.get("/v1/models/acme/formless").json()["latest_version"]["openapi_schema"]
    assert shown["components"] == {"schemas": {}}
    assert create(server, f"{104:064x}").json()["status"] == "succeeded"


@pytest.mark.parametrize("number", range(len(SENSELESS)))
def test_a_schema_that_makes_no_sense_keeps_nobody_from_running(server: Server, number: int) -> None:
    assert create(server, f"{200 + number:064x}").json()["status"] == "succeeded"


def test_search_finds_names_before_descriptions(server: Server) -> None:
    found = server.client.get("/v1/search", params={"query": "painter"}).json()
    assert found["query"] == "painter"
    assert len(found["models"]) == 20
    assert found["models"][0]["model"]["name"] == "painter"
    scores = [item["metadata"]["score"] for item in found["models"]]
    assert scores == sorted(scores, reverse=True)
    (teller,) = server.client.get("/v1/search", params={"query": "quokkas TELLS"}).json()["models"]
    assert teller["model"]["name"] == "teller"
    few = server.client.get("/v1/search", params={"query": "painter", "limit": "3"}).json()["models"]
    assert len(few) == 3
    assert server.client.get("/v1/search", params={"query": "xyzzy"}).json()["models"] == []


@pytest.mark.parametrize("body", ["quokkas", '"quokkas"'])
def test_the_older_search_finds_the_same(server: Server, body: str) -> None:
    found = server.client.request("QUERY", "/v1/models", content=body).json()
    assert names(found) == ["acme/teller"]
    many = server.client.request("QUERY", "/v1/models", content="painter").json()
    assert (len(many["results"]), many["next"]) == (25, None)


def test_a_run_is_checked_and_then_answered_with_what_was_recorded(server: Server) -> None:
    before = server.client.get("/v1/models/acme/painter-9").json()["run_count"]
    for target in (f"{9:064x}", f"acme/painter-9:{9:064x}"):
        done = create(server, target, steps=4, style="oil").json()
        assert (done["status"], done["model"], done["version"]) == ("succeeded", "acme/painter-9", f"{9:064x}")
        assert done["input"] == {"prompt": "x", "steps": 4, "style": "oil"}
        assert done["output"] == ["https://replicate.delivery/x/9.png"]
        assert done["logs"] == "seed 7\n"
    assert server.client.get("/v1/models/acme/painter-9").json()["run_count"] == before + 2
    refused = create(server, f"{9:064x}", steps=5, style="neon", prompt=7)
    assert refused.status_code == 422
    assert {(item["type"], item["field"]) for item in refused.json()["invalid_fields"]} == {
        ("number_lte", "input.steps"),
        ("enum", "input.style"),
        ("invalid_type", "input.prompt"),
    }


def test_only_official_models_run_by_their_name(server: Server) -> None:
    assert create(server, "acme/official").json()["status"] == "succeeded"
    body = {"input": {"prompt": "x"}}
    answer = server.client.post("/v1/models/acme/official/predictions", json=body)
    assert answer.status_code == 201
    assert create(server, "acme/painter-9").status_code == 422
    assert server.client.post("/v1/models/acme/painter-9/predictions", json=body).status_code == 404
    assert create(server, "acme/bare").status_code == 422
    assert create(server, f"acme/painter-9:{8:064x}").status_code == 422


def test_what_was_recorded_in_pieces_is_streamed_in_them(server: Server) -> None:
    created = create(server, f"{101:064x}").json()
    assert created["output"] == ["Once", " upon", "\n\na time"]
    stream = httpx.get(created["urls"]["stream"], trust_env=False)
    assert stream.headers["content-type"].startswith("text/event-stream")
    events = [event.split("\n") for event in stream.text.split("\n\n") if "event: " in event]
    kinds = [event[0].removeprefix("event: ") for event in events]
    assert sorted(kinds) == ["done", "logs", "output", "output", "output"]
    told = ["\n".join(line[6:] for line in event[2:]) for event in events if event[0] == "event: output"]
    assert told == ["Once", " upon", "\n\na time"]


def test_without_a_recorded_output_a_run_fails_with_a_reason(server: Server) -> None:
    for number, name in ((102, "silent"), (105, "failing")):
        failed = create(server, f"{number:064x}").json()
        assert (failed["status"], failed["output"]) == ("failed", None)
        assert f"acme/{name}" in failed["error"]


def test_they_cannot_be_trained_changed_or_made_again(server: Server) -> None:
    assert request_training(server, make_model(server), "acme/painter-7").status_code == 400
    assert server.client.patch("/v1/models/acme/painter-7", json={"description": "x"}).status_code == 403
    assert server.client.delete("/v1/models/acme/painter-7").status_code == 403
    assert request_model(server, owner="acme", name="painter-7").status_code == 403


def test_they_can_be_deployed(server: Server) -> None:
    name = deploy(server, "acme/painter-7", min_instances=1, max_instances=2)
    answer = server.client.post(
        f"/v1/deployments/{name}/predictions", json={"input": {"prompt": "x"}}, headers={"prefer": "wait"}
    )
    assert (answer.json()["status"], answer.json()["deployment"]) == ("succeeded", name)


@pytest.mark.parametrize("content", [None, "", "{", "[]", '[{"name": "x"}]', "[1, 2"])
def test_without_models_in_the_file_the_others_are_served(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "models.json"
    if content is not None:
        path.write_text(content)
    with serving(tmp_path, "--catalog", str(path)) as server:
        assert len(server.client.get("/v1/models").json()["results"]) == 7
        assert server.run("local/hello-world", text="x")["status"] == "succeeded"
        assert "models.json" in (tmp_path / "log.txt").read_text()
        assert "Traceback" not in (tmp_path / "log.txt").read_text()


def test_while_the_file_is_read_the_server_is_there_and_models_are_waited_for(tmp_path: Path) -> None:
    path = written(tmp_path, MODELS)
    index = index_path(path, tmp_path / "data" / "recordings")
    index.parent.mkdir(parents=True)
    lock = FileLock(index.with_name(f"{index.stem.rpartition('-')[0]}.lock"))
    found: list[int] = []
    with serving(tmp_path, "--catalog", str(path)) as server:

        def look() -> None:
            found.append(server.client.get("/v1/models/acme/painter-7").status_code)

        waiting = threading.Thread(target=look)
        waiting.start()
        waiting.join(TIME_LIMIT)
        assert found == [200]
    path.write_text(path.read_text() + " ")
    with lock, serving(tmp_path, "--catalog", str(path)) as server:
        waiting = threading.Thread(target=look)
        waiting.start()
        for _ in range(3):
            assert server.health()["pid"] == server.process.pid
            assert server.client.get("/v1/account").status_code == 200
            assert server.client.get("/v1/predictions").json()["results"] == []
        assert found == [200]
        lock.release()
        waiting.join(TIME_LIMIT)
        assert found == [200, 200]


def test_a_server_that_still_reads_the_file_ends_when_it_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, MODELS)
    index = index_path(path, tmp_path / "data" / "recordings")
    index.parent.mkdir(parents=True)
    with FileLock(index.with_name(f"{index.stem.rpartition('-')[0]}.lock")):
        with serving(tmp_path, "--catalog", str(path)) as server:
            allowed = {"authorization": f"Bearer {server.state['secret']}"}
            assert server.client.post("/shutdown", headers=allowed).status_code == 202
            assert server.process.wait(TIME_LIMIT) == 0
        assert "Traceback" not in (tmp_path / "log.txt").read_text()


def test_a_file_that_has_changed_is_read_anew_at_the_next_start(tmp_path: Path) -> None:
    with serving(tmp_path, "--catalog", str(written(tmp_path, [model("first", 1)]))) as server:
        assert server.client.get("/v1/models/acme/first").status_code == 200
        done = create(server, f"{1:064x}").json()
        deployed = deploy(server, "acme/first")
    with serving(tmp_path, "--catalog", str(written(tmp_path, [model("second", 2)]))) as server:
        assert server.client.get("/v1/models/acme/first").status_code == 404
        assert server.client.get("/v1/models/acme/second").status_code == 200
        assert server.get({"urls": {"get": f"/v1/predictions/{done['id']}"}})["output"] == done["output"]
        assert server.client.get(f"/v1/deployments/{deployed}").status_code == 200
        refused = server.client.post(f"/v1/deployments/{deployed}/predictions", json={"input": {"prompt": "x"}})
        assert refused.status_code == 422
    with serving(tmp_path) as server:
        assert server.client.get("/v1/models/acme/second").status_code == 404
