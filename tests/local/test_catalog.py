"""What there is to run, and at which addresses."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from replicate_tui.local.schema import Declaration, Example, Input
from tests.local.serving import Server

NAMES = {"hello-world", "painter", "upscaler", "storyteller", "composer", "inspector", "sleeper"}


def test_the_account_is_local(server: Server) -> None:
    expected = {"type": "user", "username": "local", "name": "Local"}
    assert server.client.get("/v1/account").json() == expected


def test_hardware_is_a_bare_list_whose_names_admit_the_pretence(server: Server) -> None:
    hardware = server.client.get("/v1/hardware").json()
    assert [item["sku"] for item in hardware] == ["cpu", "gpu-t4", "gpu-l40s", "gpu-a100-large", "gpu-h100"]
    assert all("this machine's" in item["name"] for item in hardware)


@pytest.mark.parametrize("prefix", ["", "/v1", "/v1/v1"])
def test_the_api_answers_at_three_addresses(server: Server, prefix: str) -> None:
    assert server.client.get(f"{prefix}/account").status_code == 200
    page = server.client.get(f"{prefix}/models").json()
    assert {model["name"] for model in page["results"]} == NAMES


def test_urls_carry_the_host_that_the_client_used(server: Server) -> None:
    port = server.state["port"]
    for host in (f"localhost:{port}", f"127.0.0.1:{port}"):
        created = server.client.post(
            f"http://127.0.0.1:{port}/v1/predictions",
            json={"version": "local/hello-world", "input": {"text": "x"}},
            headers={"host": host},
        )
        assert created.json()["urls"]["get"].startswith(f"http://{host}/v1/predictions/")


def test_models_are_official_and_complete(server: Server) -> None:
    page = server.client.get("/v1/models").json()
    assert page["next"] is None
    assert page["previous"] is None
    for model in page["results"]:
        assert model["is_official"] is True
        assert model["visibility"] == "public"
        assert model["cover_image_url"] is None
        assert model["description"]
        assert model["url"] == f"{server.url}/local/{model['name']}"
        assert re.fullmatch(r"[0-9a-f]{64}", model["latest_version"]["id"])
        assert model["default_example"]["status"] == "succeeded"
        assert model["default_example"]["version"] == model["latest_version"]["id"]


def test_models_sort_by_time_in_both_directions(server: Server) -> None:
    def names(**query: str) -> list[str]:
        return [m["name"] for m in server.client.get("/v1/models", params=query).json()["results"]]

    down = names(sort_by="model_created_at", sort_direction="desc")
    assert names() == down
    assert names(sort_direction="asc") == down[::-1]
    assert server.client.get("/v1/models?sort_by=name").status_code == 422


def test_run_count_counts(server: Server) -> None:
    before = server.client.get("/v1/models/local/hello-world").json()["run_count"]
    server.run("local/hello-world", text="x")
    assert server.client.get("/v1/models/local/hello-world").json()["run_count"] == before + 1


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        (b"paint", {"content-type": "text/plain"}),
        (b'"paint"', {"content-type": "text/plain"}),
        (b'"PAINT"', {"content-type": "application/json"}),
    ],
)
def test_query_finds_models_by_raw_and_by_quoted_text(server: Server, text: bytes, headers: dict[str, str]) -> None:
    page = server.client.request("QUERY", "/v1/models", content=text, headers=headers).json()
    assert page["results"][0]["name"] == "painter"
    assert page["next"] is None


def test_search_ranks_names_above_descriptions(server: Server) -> None:
    found = server.client.get("/v1/search", params={"query": "s"}).json()
    names = [item["model"]["name"] for item in found["models"]]
    assert set(names[:2]) == {"sleeper", "storyteller"}
    assert (found["query"], found["collections"], found["pages"]) == ("s", [], [])
    scores = [item["metadata"]["score"] for item in found["models"]]
    assert scores == sorted(scores, reverse=True)
    limited = server.client.get("/v1/search", params={"query": "s", "limit": 1}).json()
    assert len(limited["models"]) == 1
    assert server.client.get("/v1/search", params={"query": "zebra crossing"}).json()["models"] == []


def test_search_without_a_query_is_400_in_plain_json(server: Server) -> None:
    response = server.client.get("/v1/search")
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    assert response.json()["detail"] == 'Query parameter "query" is required'
    assert server.client.get("/v1/search?query=x&limit=51").status_code == 422


def test_versions_are_listed_and_found(server: Server) -> None:
    model = server.client.get("/v1/models/local/painter").json()
    page = server.client.get("/v1/models/local/painter/versions").json()
    assert page == {"previous": None, "next": None, "results": [model["latest_version"]]}
    version = model["latest_version"]["id"]
    assert server.client.get(f"/v1/models/local/painter/versions/{version}").json() == model["latest_version"]
    assert server.client.get(f"/v1/models/local/sleeper/versions/{version}").status_code == 404


def test_a_readme_is_markdown_text(server: Server) -> None:
    response = server.client.get("/v1/models/local/painter/readme", headers={"accept": "text/plain"})
    assert response.headers["content-type"].startswith("text/plain")
    assert response.text.startswith("# painter\n")


@pytest.mark.parametrize("name", sorted(NAMES))
def test_an_example_can_be_looked_up_and_run_again(server: Server, name: str) -> None:
    page = server.client.get(f"/v1/models/local/{name}/examples").json()
    example = page["results"][0]
    assert server.client.get(example["urls"]["get"]).json() == example
    for url in [value for value in _texts(example["output"]) if value.startswith("http")]:
        assert server.client.get(url).status_code == 200
    assert server.run(f"local/{name}", **example["input"])["status"] == "succeeded"


def _texts(value: Any) -> list[str]:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, str)]


def test_the_painters_schema_speaks_cogs_dialect(server: Server) -> None:
    schema = server.client.get("/v1/models/local/painter").json()["latest_version"]["openapi_schema"]
    components = schema["components"]["schemas"]
    properties = components["Input"]["properties"]
    assert components["Input"]["required"] == ["prompt"]
    assert [properties[name]["x-order"] for name in properties] == list(range(len(properties)))
    assert properties["prompt"] == {
        "x-order": 0,
        "description": "What to paint",
        "type": "string",
        "title": "Prompt",
    }
    assert properties["style"]["allOf"] == [{"$ref": "#/components/schemas/style"}]
    assert properties["style"]["default"] in components["style"]["enum"]
    assert "default" not in properties["seed"]
    assert (properties["width"]["minimum"], properties["width"]["maximum"]) == (64, 2048)
    assert components["Output"]["items"] == {"type": "string", "format": "uri"}
    assert {"Status", "PredictionRequest", "PredictionResponse"} <= components.keys()


def test_the_storytellers_output_is_a_concatenated_iterator(server: Server) -> None:
    schema = server.client.get("/v1/models/local/storyteller").json()["latest_version"]["openapi_schema"]
    output = schema["components"]["schemas"]["Output"]
    assert (output["x-cog-array-type"], output["x-cog-array-display"]) == ("iterator", "concatenate")


def test_a_version_depends_on_the_schema_and_the_revision_only() -> None:
    def model(description: str, revision: int, default: int = 1) -> Declaration:
        return Declaration(
            name="m",
            description=description,
            inputs=(Input("n", "integer", "A number", default=default),),
            output="text",
            example=Example(input={}, output=""),
            readme="",
            created_at="2026-01-01T00:00:00.000000Z",
            revision=revision,
        )

    first = model("one", 1)
    assert model("two", 1).version == first.version
    assert model("one", 2).version != first.version
    assert model("one", 1, default=2).version != first.version


def test_no_token_is_401_and_both_schemes_are_taken(server: Server) -> None:
    with httpx.Client(base_url=server.url, trust_env=False) as stranger:
        response = stranger.get("/v1/account")
        assert response.status_code == 401
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json() == {
            "title": "Unauthenticated",
            "detail": "You did not pass an authentication token",
            "status": 401,
        }
        for header in ("Bearer r8_x", "Token r8_x", "token r8_x"):
            assert stranger.get("/v1/account", headers={"authorization": header}).status_code == 200
        assert stranger.get("/v1/account", headers={"authorization": "Basic eA=="}).status_code == 401


def test_answers_tell_what_is_left_of_the_rate_limit(server: Server) -> None:
    got = server.client.get("/v1/account").headers
    assert 2900 < int(got["ratelimit-remaining"]) < 3000
    assert int(got["ratelimit-reset"]) >= 1
    body = {"version": "local/hello-world", "input": {}}
    assert int(server.client.post("/v1/predictions", json=body).headers["ratelimit-remaining"]) < 600


@pytest.mark.parametrize("path", ["/nothing", "/v1/nothing", "/v1/v1/nothing", "/v1/models/local", "/v1/"])
def test_an_unknown_path_is_a_problem(server: Server, path: str) -> None:
    response = server.client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert json.loads(response.text)["status"] == 404


def test_an_unknown_method_is_a_problem_that_tells_the_known_ones(server: Server) -> None:
    response = server.client.put("/v1/models")
    assert response.status_code == 405
    assert response.json()["status"] == 405
    assert {"GET", "QUERY"} <= set(response.headers["allow"].split(", "))


def test_a_json_content_type_without_a_body_is_no_error(server: Server) -> None:
    response = server.client.get("/v1/account", headers={"content-type": "application/json"})
    assert response.status_code == 200
