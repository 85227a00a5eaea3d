"""Uploads, and the delivery of outputs."""

from __future__ import annotations

import hashlib
import http.client
import json
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.local.serving import Server


def upload(server: Server, **parts: Any) -> dict[str, Any]:
    response = server.client.post("/v1/files", files=parts)
    assert response.status_code == 201, response.text
    uploaded: dict[str, Any] = response.json()
    return uploaded


def test_an_upload_is_described_in_full(server: Server) -> None:
    content = b"some bytes"
    file = upload(server, content=("note.txt", content, "text/plain"))
    assert (file["name"], file["content_type"], file["size"]) == ("note.txt", "text/plain", len(content))
    assert file["etag"] == hashlib.md5(content).hexdigest()
    sums = {"md5": hashlib.md5(content).hexdigest(), "sha256": hashlib.sha256(content).hexdigest()}
    assert file["checksums"] == sums
    assert file["metadata"] == {}
    lifetime = datetime.fromisoformat(file["expires_at"]) - datetime.fromisoformat(file["created_at"])
    assert abs(lifetime - timedelta(hours=24)) < timedelta(milliseconds=1)
    assert file["urls"] == {"get": f"{server.url}/v1/files/{file['id']}"}
    assert server.client.get(file["urls"]["get"]).json() == file


def test_the_fields_beside_the_content_decide_over_its_own_name_and_type(server: Server) -> None:
    file = upload(
        server,
        content=("upload", b""),
        filename=(None, "bild.png"),
        type=(None, "image/png"),
    )
    assert (file["name"], file["content_type"], file["size"]) == ("bild.png", "image/png", 0)


@pytest.mark.parametrize(
    "parts",
    [
        {"metadata": (None, json.dumps({"project": "x"}))},
        {"metadata": ("blob", json.dumps({"project": "x"}), "application/json")},
        {"metadata[project]": (None, "x")},
    ],
)
def test_metadata_arrives_in_each_of_the_three_encodings(server: Server, parts: dict[str, Any]) -> None:
    assert upload(server, content=("a", b"x"), **parts)["metadata"] == {"project": "x"}


def test_a_form_without_content_or_with_odd_parts_is_refused(server: Server) -> None:
    post = server.client.post
    assert post("/v1/files", files={"other": ("a", b"x")}).status_code == 422
    assert post("/v1/files", json={}).status_code == 422
    odd = {"content": ("a", b"x"), "metadata": (None, "[1]")}
    assert post("/v1/files", files=odd).status_code == 422
    long = {"content": ("a", b"x"), "filename": (None, "ü" * 128)}
    assert post("/v1/files", files=long).status_code == 422
    broken = {"content-type": "multipart/form-data"}
    assert post("/v1/files", content=b"x", headers=broken).status_code == 400


def test_an_upload_that_is_too_large_is_refused_by_its_announced_length(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.state["port"], timeout=20)
    with closing(connection):
        connection.putrequest("POST", "/v1/files")
        connection.putheader("authorization", "Bearer x")
        connection.putheader("content-type", "multipart/form-data; boundary=x")
        connection.putheader("content-length", "200000000")
        connection.endheaders()
        response = connection.getresponse()
        assert response.status == 413
        assert json.load(response)["detail"] == "Files must be less than 100MB in size"


def test_files_are_listed_newest_first_until_they_are_deleted(server: Server) -> None:
    one, two = (upload(server, content=(name, b"x")) for name in ("one", "two"))
    listed = [file["id"] for file in server.client.get("/v1/files").json()["results"]]
    assert listed.index(two["id"]) < listed.index(one["id"])
    assert server.client.delete(one["urls"]["get"]).status_code == 204
    gone = server.client.get(one["urls"]["get"])
    assert (gone.status_code, gone.json()["detail"]) == (404, "File not found")
    assert server.client.delete(one["urls"]["get"]).status_code == 404
    assert not (server.folder / "data" / "files" / one["id"]).exists()


def test_outputs_are_delivered_without_a_token_and_may_be_kept(server: Server) -> None:
    done = server.run("local/painter", prompt="x", width=64, height=64)
    response = httpx.get(done["output"][0], trust_env=False)
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/png"
    assert response.headers["cache-control"] == "public, max-age=3600"
    assert int(response.headers["content-length"]) == len(response.content)
    assert response.headers["x-content-type-options"] == "nosniff"


def test_nothing_else_can_be_had_where_outputs_are(server: Server) -> None:
    done = server.run("local/painter", prompt="x", width=64, height=64)
    folder = done["output"][0].rpartition("/")[0]
    for address in (
        f"{folder}/other.png",
        f"{folder}/..%2f..%2fserver.db",
        f"{folder}/%2e%2e",
        f"{server.url}/outputs/../server.db",
        f"{server.url}/outputs/%2e%2e/server.db",
        f"{server.url}/outputs/guess/out-0.png",
    ):
        assert httpx.get(address, trust_env=False).status_code == 404
