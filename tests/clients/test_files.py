"""Files of the official clients: as inputs, as outputs, and on their own."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.clients.driving import Client, value
from tests.local.serving import Server

python = pytest.mark.parametrize("client", ["python-1", "python-2"], indirect=True)
second = pytest.mark.parametrize("client", ["python-2"], indirect=True)

SMALL = {"prompt": "a boat", "width": 64, "height": 64, "num_outputs": 2}
NOT_FOUND = {"python-1": "ReplicateError", "python-2": "NotFoundError", "node": "ApiError"}


def size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG."""
    with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
        picture.load()
        return picture.size


def content(file: Any) -> bytes:
    """What a file object of the client held."""
    return base64.b64decode(file["content"])


def fetched(server: Server, url: str) -> bytes:
    """What is at the address; output files need no token."""
    assert url.startswith(server.url)
    return httpx.get(url, trust_env=False).raise_for_status().content


@python
def test_a_file_goes_into_a_run_inside_the_request(client: Client, server: Server, picture: Path) -> None:
    inline = {"file_encoding_strategy": "base64"}
    told = client.drive(server, "run", model="local/upscaler", values={}, files={"image": str(picture)}, **inline)
    assert size(fetched(server, value(told))) == (24, 16)


def test_a_file_is_uploaded_for_a_run(client: Client, server: Server, picture: Path) -> None:
    told = client.drive(server, "run", model="local/upscaler", values={"scale": 3}, files={"image": str(picture)})
    assert size(fetched(server, value(told))) == (36, 24)
    uploaded = server.client.get("/v1/files").json()["results"][0]
    assert uploaded["checksums"]["sha256"] == hashlib.sha256(picture.read_bytes()).hexdigest()


def test_output_files_are_addresses_of_the_server(client: Client, server: Server) -> None:
    urls = value(client.drive(server, "run", model="local/painter", values=SMALL))
    assert [size(fetched(server, url)) for url in urls] == [(64, 64), (64, 64)]


@second
def test_output_files_of_a_function_are_paths(client: Client, server: Server) -> None:
    files = value(client.drive(server, "use", model="local/painter", values=SMALL))
    assert [size(content(file)) for file in files] == [(64, 64), (64, 64)]


@pytest.mark.parametrize("wait", [True, False], ids=["waiting", "polling"])
def test_output_files_as_data_become_file_objects(client: Client, inline: Server, wait: bool) -> None:
    files = value(client.drive(inline, "run", model="local/painter", values=SMALL, wait=wait))
    assert [file["file"][:22] for file in files] == ["data:image/png;base64,"] * 2
    assert [size(content(file)) for file in files] == [(64, 64), (64, 64)]


def test_a_single_output_file_as_data_becomes_a_file_object(client: Client, inline: Server, picture: Path) -> None:
    told = client.drive(inline, "run", model="local/upscaler", values={}, files={"image": str(picture)})
    assert size(content(value(told))) == (24, 16)


def test_output_files_over_tls_become_file_objects(client: Client, secure: Server, picture: Path) -> None:
    told = client.drive(secure, "run", model="local/upscaler", values={}, files={"image": str(picture)})
    file = value(told)
    assert file["file"].startswith(secure.url)
    assert size(content(file)) == (24, 16)


def test_files_are_kept_listed_and_deleted(client: Client, server: Server, picture: Path) -> None:
    told = value(client.drive(server, "files", path=str(picture)))
    file = told["file"]
    assert file["size"] == picture.stat().st_size
    assert file["checksums"]["sha256"] == hashlib.sha256(picture.read_bytes()).hexdigest()
    # In the form that Python 2.x sends, every value is text.
    assert file["metadata"] == {"customer": "12" if client.name == "python-2" else 12}
    assert told["again"] == file
    assert file["id"] in told["listed"]
    assert told["deleted"] is True
    assert (told["after"]["class"], told["after"]["status"]) == (NOT_FOUND[client.name], 404)
