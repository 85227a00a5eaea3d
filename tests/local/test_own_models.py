"""Models of the account: making, changing, deleting them and their versions, and who gets to see them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from replicate_tui.local.storage.records import OwnModel, timestamp
from replicate_tui.local.storage.storage import Storage
from tests.local.owning import WORDS, deploy, make_model, new_name, request_model, start_training, trained
from tests.local.serving import Server, serving
from tests.waiting import until

LINKS = ("github_url", "paper_url", "license_url", "cover_image_url")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose lists nobody else reads."""
    with serving(tmp_path_factory.mktemp("own")) as running:
        yield running
        log = (running.folder / "log.txt").read_text("utf-8")
    assert "Traceback" not in log, log


def invalid(response: httpx.Response) -> list[tuple[str, str]]:
    """Kinds and fields of what a 422 finds wrong."""
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return [(item["type"], item["field"]) for item in response.json()["invalid_fields"]]


def test_a_new_model_is_empty_and_found_by_its_name(server: Server) -> None:
    name = new_name()
    links = {key: f"https://example.com/{key}" for key in LINKS}
    made = request_model(server, name=name, description="Mine", **links)
    assert made.status_code == 201
    model = made.json()
    assert (model["owner"], model["name"], model["visibility"]) == ("local", name, "private")
    assert (model["description"], model["is_official"], model["run_count"]) == ("Mine", False, 0)
    assert (model["default_example"], model["latest_version"]) == (None, None)
    assert {key: model[key] for key in LINKS} == links
    assert model["url"] == f"{server.url}/local/{name}"
    assert server.client.get(f"/v1/models/local/{name}").json() == model
    assert server.client.get(f"/v1/models/local/{name}/versions").json()["results"] == []
    assert server.client.get(f"/v1/models/local/{name}/readme").status_code == 404


@pytest.mark.parametrize("name", ["a", "0", "my-model", "a.b_c-d", "a--b", "x" * 100])
def test_names_that_are_allowed(server: Server, name: str) -> None:
    assert make_model(server, name=name) == f"local/{name}"


@pytest.mark.parametrize(
    "name", ["", "A", "a b", "-a", "a-", "a/b", "..", ".", "a:b", "é", "a\n", "a\u0000", "\ud800", "a" * 101]
)
def test_names_that_are_not(server: Server, name: str) -> None:
    kind = "string_lte" if len(name) > 100 else "pattern"
    assert invalid(request_model(server, name=name)) == [(kind, "name")]


def test_a_name_is_given_once_and_no_client_is_to_try_again(server: Server) -> None:
    taken = make_model(server).partition("/")[2]
    for name in (taken, "painter"):
        response = request_model(server, name=name)
        assert response.status_code == 409
        assert response.headers["x-should-retry"] == "false"
        assert response.json() == {
            "title": "Conflict",
            "detail": f"A model named local/{name} already exists.",
            "status": 409,
        }


def test_only_the_accounts_own_name_is_an_owner(server: Server) -> None:
    for owner in ("acme", "Local", "", "local/x", "\ud800"):
        response = request_model(server, owner=owner)
        assert response.status_code == 403, owner
        assert "local" in response.json()["detail"]


def test_hardware_must_be_one_that_there_is(server: Server) -> None:
    for sku in ("gpu-abacus", "", "CPU"):
        response = request_model(server, hardware=sku)
        assert response.status_code == 422
        assert "gpu-h100" in response.json()["detail"]
    skus = [item["sku"] for item in server.client.get("/v1/hardware").json()]
    assert skus == ["cpu", "gpu-t4", "gpu-l40s", "gpu-a100-large", "gpu-h100"]
    for sku in skus:
        assert request_model(server, hardware=sku).status_code == 201


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"surplus": 1}, ("additional_property_not_allowed", "")),
        ({"visibility": "secret"}, ("enum", "visibility")),
        ({"visibility": None}, ("required", "")),
        ({"owner": None}, ("required", "")),
        ({"hardware": None}, ("required", "")),
        ({"name": None}, ("required", "")),
        ({"description": 7}, ("invalid_type", "description")),
    ],
)
def test_what_is_wrong_with_a_new_model_is_told_by_field(
    server: Server, change: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert invalid(request_model(server, **change)) == [expected]


def test_a_model_is_changed_in_part(server: Server) -> None:
    name = make_model(server, description="before")
    changes = {
        "readme": "# Mine\n\nüber",
        "weights_url": "https://example.com/w",
        "github_url": "https://example.com/g",
    }
    response = server.client.patch(f"/v1/models/{name}", json=changes)
    assert response.status_code == 200
    changed = response.json()
    assert (changed["description"], changed["weights_url"]) == ("before", "https://example.com/w")
    assert changed["github_url"] == "https://example.com/g"
    readme = server.client.get(f"/v1/models/{name}/readme")
    assert (readme.text, readme.headers["content-type"]) == (changes["readme"], "text/plain; charset=utf-8")
    assert server.client.patch(f"/v1/models/{name}", json={}).json() == changed
    assert server.client.patch(f"/v1/models/{name}", json={"description": "after"}).json()["description"] == "after"


def test_half_a_surrogate_pair_in_a_description_does_no_harm(server: Server) -> None:
    name = make_model(server)
    response = server.client.patch(f"/v1/models/{name}", content=rb'{"description": "x\ud800", "readme": "\udfff"}')
    assert response.status_code == 200
    assert server.client.get(f"/v1/models/{name}").json()["description"] == "x?"
    assert server.client.get(f"/v1/models/{name}/readme").text == "?"


def test_name_visibility_and_hardware_stay(server: Server) -> None:
    name = make_model(server)
    for key, value in (("name", "other"), ("visibility", "public"), ("hardware", "gpu-t4"), ("surplus", "x")):
        refused = server.client.patch(f"/v1/models/{name}", json={key: value})
        assert invalid(refused) == [("additional_property_not_allowed", "")]
    assert invalid(server.client.patch(f"/v1/models/{name}", json={"description": None})) == [
        ("invalid_type", "description")
    ]


def test_bundled_models_are_nobodys_to_change(server: Server) -> None:
    assert server.client.patch("/v1/models/local/painter", json={"description": "mine"}).status_code == 403
    assert server.client.delete("/v1/models/local/painter").status_code == 403
    version = server.client.get("/v1/models/local/painter").json()["latest_version"]["id"]
    assert server.client.delete(f"/v1/models/local/painter/versions/{version}").status_code == 403
    for method in ("PATCH", "DELETE"):
        assert server.client.request(method, "/v1/models/local/nothing").status_code == 404


def test_only_a_private_model_without_versions_can_be_deleted(server: Server) -> None:
    name, public = make_model(server), make_model(server, visibility="public")
    version = trained(server, name)
    for kept, reason in ((public, "private"), (name, "versions")):
        response = server.client.delete(f"/v1/models/{kept}")
        assert response.status_code == 422
        assert reason in response.json()["detail"]
        assert server.client.get(f"/v1/models/{kept}").status_code == 200
    assert server.client.delete(f"/v1/models/{name}/versions/{version}").status_code == 202
    response = server.client.delete(f"/v1/models/{name}")
    assert (response.status_code, response.content) == (204, b"")
    assert server.client.get(f"/v1/models/{name}").status_code == 404
    assert server.client.delete(f"/v1/models/{name}").status_code == 404
    make_model(server, name=name.partition("/")[2])


def test_a_name_that_is_given_again_begins_anew(server: Server) -> None:
    name = make_model(server, description="the first")
    version = trained(server, name)
    server.run(version, prompt="", max_tokens=1)
    assert server.client.delete(f"/v1/models/{name}/versions/{version}").status_code == 202
    assert server.client.delete(f"/v1/models/{name}").status_code == 204
    make_model(server, name=name.partition("/")[2])
    again = server.client.get(f"/v1/models/{name}").json()
    assert (again["run_count"], again["description"], again["latest_version"]) == (0, None, None)


def test_an_account_has_a_thousand_models_at_most(tmp_path: Path) -> None:
    with closing(Storage(tmp_path / "data")) as storage:
        for number in range(999):
            storage.models.add(OwnModel(f"local/n{number}", "private", "cpu", timestamp(0)))
    with serving(tmp_path) as server:
        last = make_model(server)
        refused = request_model(server)
        assert refused.status_code == 403
        assert "1000" in refused.json()["detail"]
        assert server.client.delete(f"/v1/models/{last}").status_code == 204
        assert make_model(server)


def test_lists_searches_and_pages_show_public_models_that_can_run_and_no_others(server: Server) -> None:
    private, empty = make_model(server), make_model(server, visibility="public")
    public = make_model(server, visibility="public", description="About quokkas")
    for name in (private, public):
        trained(server, name)

    def names(models: list[dict[str, Any]]) -> set[str]:
        return {f"{model['owner']}/{model['name']}" for model in models} & {private, empty, public}

    assert names(server.client.get("/v1/models").json()["results"]) == {public}
    for word in (private.partition("/")[2], empty.partition("/")[2], "quokkas"):
        expected = {public} if word == "quokkas" else set()
        found = server.client.get("/v1/search", params={"query": word}).json()["models"]
        assert names([item["model"] for item in found]) == expected
        queried = server.client.request("QUERY", "/v1/models", content=word).json()["results"]
        assert names(queried) == expected
    assert server.client.get(f"/v1/models/{private}").status_code == 200
    assert server.client.get(f"/{public}").status_code == 200
    assert server.client.get(f"/{private}").status_code == 404


def test_versions_are_listed_newest_first_and_each_runs_by_its_own_text(server: Server) -> None:
    name = make_model(server)
    first = trained(server, name)
    second = trained(server, name, "data:text/plain,Otters juggle. Otters juggle lemons. Lemons fear otters.")
    listed = server.client.get(f"/v1/models/{name}/versions").json()["results"]
    assert [version["id"] for version in listed] == [second, first]
    assert server.client.get(f"/v1/models/{name}").json()["latest_version"] == listed[0]
    assert server.client.get(f"/v1/models/{name}/versions/{first}").json() == listed[1]
    assert "TrainingInput" not in listed[0]["openapi_schema"]["components"]["schemas"]
    for version, words in ((first, WORDS), (second, {"otters", "juggle", "lemons", "fear"})):
        told = "".join(server.run(f"{name}:{version}", prompt="", max_tokens=30)["output"])
        assert set(told.lower().replace(".", " ").split()) <= words


def test_the_name_alone_runs_nothing_for_it_is_not_official(server: Server) -> None:
    name = make_model(server)
    version = trained(server, name)
    for text in (name, f"{name}:", f":{version}", f"{version}:", f"{version}:x", f"local/painter:{version}"):
        response = server.client.post("/v1/predictions", json={"version": text, "input": {"prompt": ""}})
        assert response.status_code == 422, text
        assert response.json()["title"] == "Invalid version or not permitted"
    assert server.client.post(f"/v1/models/{name}/predictions", json={"input": {"prompt": ""}}).status_code == 404


def test_runs_are_counted(server: Server) -> None:
    name = make_model(server)
    version = trained(server, name)
    for _ in range(2):
        server.run(version, prompt="", max_tokens=1)
    assert server.client.get(f"/v1/models/{name}").json()["run_count"] == 2


def test_a_deleted_version_takes_its_weights_and_runs_along(server: Server) -> None:
    name = make_model(server)
    version, kept = trained(server, name), trained(server, name)
    ran, stayed = (server.run(v, prompt="", max_tokens=3) for v in (version, kept))
    weights = server.folder / "data" / "weights"
    assert (weights / f"{version}.json").exists()
    response = server.client.delete(f"/v1/models/{name}/versions/{version}")
    assert (response.status_code, response.content) == (202, b"")
    assert not (weights / f"{version}.json").exists()
    assert (weights / f"{kept}.json").exists()
    assert server.client.get(f"/v1/models/{name}/versions/{version}").status_code == 404
    assert server.client.get(ran["urls"]["get"]).status_code == 404
    assert server.client.get(ran["urls"]["stream"]).status_code == 404
    assert server.get(stayed)["output"] == stayed["output"]
    assert ran["id"] not in {item["id"] for item in server.client.get("/v1/predictions").json()["results"]}
    refused = server.client.post("/v1/predictions", json={"version": version, "input": {"prompt": ""}})
    assert refused.status_code == 422
    assert server.client.delete(f"/v1/models/{name}/versions/{version}").status_code == 404


def test_a_version_stays_while_it_is_public_deployed_or_running(server: Server) -> None:
    public, name = make_model(server, visibility="public"), make_model(server)
    shown, version = trained(server, public), trained(server, name)
    assert server.client.delete(f"/v1/models/{public}/versions/{shown}").status_code == 422
    address = f"/v1/models/{name}/versions/{version}"

    deployment = deploy(server, name)
    refused = server.client.delete(address)
    assert refused.status_code == 422
    assert "deployment" in refused.json()["detail"]
    off = {"min_instances": 0, "max_instances": 0}
    assert server.client.patch(f"/v1/deployments/{deployment}", json=off).status_code == 200
    assert server.client.delete(f"/v1/deployments/{deployment}").status_code == 204

    running = server.create(version, prompt="", max_tokens=2000)
    refused = server.client.delete(address)
    assert refused.status_code == 422
    assert "running" in refused.json()["detail"]
    server.client.post(running["urls"]["cancel"])
    assert server.client.delete(address).status_code == 202


def test_a_version_of_another_model_is_not_deleted(server: Server) -> None:
    name, other = make_model(server), make_model(server)
    version = trained(server, name)
    assert server.client.delete(f"/v1/models/{other}/versions/{version}").status_code == 404
    assert server.client.get(f"/v1/models/{name}/versions/{version}").status_code == 200


def test_an_own_model_runs_on_its_own_hardware(server: Server) -> None:
    name = make_model(server, hardware="gpu-h100")
    version = trained(server, name)
    first = server.create(version, prompt="", max_tokens=2000)
    until(lambda: server.get(first)["status"] == "processing", "the first run")
    second = server.create(version, prompt="", max_tokens=1)
    training = start_training(server, name)
    elsewhere = server.run("local/hello-world", text="x")
    assert elsewhere["status"] == "succeeded"
    assert server.get(second)["status"] == server.get(training)["status"] == "starting"
    server.client.post(first["urls"]["cancel"])
    assert server.ended(second)["status"] == server.ended(training)["status"] == "succeeded"
