"""Whatever is sent to any route, the server answers civilly, keeps nothing of it, and goes on."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from itertools import product
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local import hostile_values as hostile
from tests.local.hostile import (
    Reply,
    Target,
    assert_civil,
    filled,
    folder_for_temporary_files,
    is_api,
    something_of_everything,
    unharmed,
)
from tests.local.serving import serving

MEGABYTE = 1 << 20

QUICK = 5
"""Seconds within which a body that is far too long is refused."""

WITH_BODY = ("POST", "PATCH", "QUERY")

FORM = "multipart/form-data; boundary=b"


def bounded(examples: int) -> settings:
    """So many examples, the same ones every time."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A server of our own, with something of everything in it."""
    folder = tmp_path_factory.mktemp("hostile")
    with patch.dict(os.environ, folder_for_temporary_files(folder)), serving(folder) as server:
        yield Target(server, something_of_everything(server))


@pytest.fixture(autouse=True)
def composed(target: Target) -> Iterator[None]:
    """After every test the server is well and holds nothing that it has refused."""
    with unharmed(target):
        yield


def test_every_part_of_every_path_may_be_nonsense(target: Target) -> None:
    for method, path in target.requests("GET", "POST", "PATCH", "DELETE"):
        for name, segment in product(re.findall(r"\{(\w+)", path), hostile.SEGMENTS):
            reply = target.request(method, filled(path, {**target.some(), name: segment}))
            assert_civil(reply, problem=is_api(path))


@bounded(150)
@given(data=st.data())
def test_random_paths(target: Target, data: st.DataObject) -> None:
    method, path = data.draw(st.sampled_from(target.requests()))
    names = re.findall(r"\{(\w+)", path)
    values = {name: data.draw(hostile.segments | st.sampled_from(target.known[name])) for name in names}
    if method == "DELETE":
        # What exists must not go.
        values[names[-1]] = data.draw(hostile.segments)
    prefix = data.draw(st.sampled_from(("", "/v1", "//", "/v1/v1", "/.", "/%2e%2e")))
    reply = target.request(method, prefix + filled(path, values))
    assert_civil(reply, problem=False)


@bounded(250)
@given(data=st.data())
def test_random_query_strings(target: Target, data: st.DataObject) -> None:
    method, path = data.draw(st.sampled_from(target.requests("GET", "POST", "QUERY")))
    query = data.draw(hostile.queries)
    reply = target.request(method, f"{filled(path, target.some())}?{query}")
    assert_civil(reply, problem=is_api(path))


@pytest.mark.parametrize("name", hostile.QUERIES)
def test_every_list_refuses_absurd_parameters(target: Target, name: str) -> None:
    for path in (path for _, path in target.requests("GET") if is_api(path)):
        for value in hostile.QUERIES[name]:
            encoded = "".join(chr(byte) if 48 <= byte < 127 else f"%{byte:02x}" for byte in value.encode())
            reply = target.request("GET", f"{filled(path, target.some())}?query=a&{name}={encoded}")
            assert_civil(reply, problem=True)


@bounded(250)
@given(data=st.data())
def test_random_headers(target: Target, data: st.DataObject) -> None:
    method, path = data.draw(st.sampled_from([each for each in target.requests() if each[0] != "DELETE"]))
    body = data.draw(st.sampled_from((b"", json.dumps(hostile.BODIES["/predictions"]).encode())))
    address = filled(path, target.some(data.draw(st.integers(0, 1))))
    reply = target.request(method, address, data.draw(hostile.headers), body)
    assert_civil(reply, problem=is_api(path) and method != "HEAD")


@pytest.mark.parametrize(
    "header", ["prefer", "cancel-after", "last-event-id", "range", "content-type", "authorization"]
)
def test_every_absurd_header(target: Target, header: str) -> None:
    token, names = target.known["token"], target.known["name"]
    # What the other headers do is seen at a request that would begin a prediction; these are about bodies and tokens.
    text = "1" if header in ("content-type", "authorization") else '"x"'
    body = b'{"version": "local/hello-world", "input": {"text": %b}}' % text.encode()
    addresses = (
        ("POST", "/v1/predictions", body),
        ("GET", f"/v1/streams/{token[0]}", b""),
        ("GET", f"/outputs/{token[1]}/{names[1]}", b""),
        ("POST", "/v1/files", b""),
    )
    for value in hostile.HEADER_VALUES:
        for method, address, content in addresses:
            line = value.replace("\x00", "").strip().encode("utf-8")
            reply = target.request(method, address, [(header, line)], content)
            assert_civil(reply, problem=is_api(address))


def test_every_document_at_every_route_that_takes_one(target: Target) -> None:
    for method, path in target.requests(*WITH_BODY):
        for document in hostile.DOCUMENTS:
            reply = target.request(
                method, filled(path, target.some()), [("content-type", "application/json")], document
            )
            assert_civil(reply, problem=is_api(path))


@bounded(300)
@given(data=st.data())
def test_random_bodies(target: Target, data: st.DataObject) -> None:
    method, path = data.draw(st.sampled_from(target.requests(*WITH_BODY)))
    kind = data.draw(st.sampled_from(("application/json", "text/plain", "multipart/form-data", "", "a/b; charset=x")))
    reply = target.request(method, filled(path, target.some()), [("content-type", kind)], data.draw(hostile.bodies))
    assert_civil(reply, problem=is_api(path))


@pytest.mark.parametrize("kind", hostile.BODIES)
def test_every_field_may_be_of_the_wrong_kind(target: Target, kind: str) -> None:
    addresses = [
        (method, filled(path, target.some()))
        for method, path in target.requests("POST", "PATCH")
        if re.sub(r"/\{\w+\}", "", path).endswith(kind)
    ]
    assert addresses
    for key, misfit in product(hostile.BODIES[kind], hostile.MISFITS):
        body = json.dumps({**hostile.BODIES[kind], key: misfit}).encode()
        for method, address in addresses:
            assert_civil(target.request(method, address, (), body), problem=True)


def test_every_input_of_every_model_may_be_of_the_wrong_kind(target: Target) -> None:
    for model in target.server.client.get("/v1/models").json()["results"]:
        schema = model["latest_version"]["openapi_schema"]["components"]["schemas"]["Input"]
        for name in schema["properties"]:
            for misfit in ([], {}, None, [None], {"a": {}}, [[]], 10**400 if name != "text" else []):
                values: dict[str, Any] = {name: misfit}
                # Without what it requires, or with an input of the wrong kind, nothing can begin.
                body = {"version": f"{model['owner']}/{model['name']}", "input": {**values, "also": "\ud800"}}
                reply = target.request("POST", "/v1/predictions", (), json.dumps(body).encode())
                assert_civil(reply, problem=True)


@bounded(200)
@given(kind=st.sampled_from(hostile.FORM_TYPES), form=hostile.forms)
def test_random_forms(target: Target, kind: str, form: bytes) -> None:
    reply = target.request("POST", "/v1/files", [("content-type", kind.encode("latin-1"))], form)
    assert_civil(reply, problem=True)


def test_every_pair_of_form_parts(target: Target) -> None:
    file = b'--b\r\ncontent-disposition: form-data; name="content"; filename="a"\r\n\r\nx\r\n'
    for disposition in hostile.DISPOSITIONS:
        for content in hostile.CONTENTS:
            part = b"--b\r\ncontent-disposition: " + disposition + b"\r\n\r\n" + content + b"\r\n"
            for form in (file + part, part + file, part):
                kind = [("content-type", FORM)]
                assert_civil(target.request("POST", "/v1/files", kind, form + b"--b--\r\n"), problem=True)


def test_forms_of_very_many_fields_or_very_long_heads(target: Target) -> None:
    field = b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n'
    forms = (
        field * 20_000 + b"--b--\r\n",
        field.replace(b'"a"', b'"a"; filename="a"') * 20_000 + b"--b--\r\n",
        b"--b\r\n" + b"x-header: y\r\n" * 50_000 + b"\r\nx\r\n--b--\r\n",
        b"--b\r\ncontent-disposition: form-data; name=" + b"a" * 2 * MEGABYTE + b"\r\n\r\nx\r\n--b--\r\n",
        field.replace(b"x\r\n", b"x" * 2 * MEGABYTE + b"\r\n") + b"--b--\r\n",
    )
    for form in forms:
        reply = target.request("POST", "/v1/files", [("content-type", FORM)], form)
        assert 400 <= reply.status < 500
        assert_civil(reply, problem=True)


@bounded(150)
@given(data=st.data())
def test_bytes_that_are_hardly_http(target: Target, data: st.DataObject) -> None:
    line = st.sampled_from(
        (b"GET /v1/account HTTP/1.1", b"GET /\x00 HTTP/1.1", b"GET /\xff HTTP/1.1", b"\x16\x03\x01", b"")
    )
    head = data.draw(line | st.binary(max_size=30))
    fields = data.draw(
        st.lists(st.binary(max_size=30) | st.sampled_from((b"host: 127.0.0.1", b"host:", b" x")), max_size=4)
    )
    reply = target.send(b"\r\n".join([head, *fields]) + b"\r\nconnection: close\r\n\r\n\r\n\r\n")
    if reply is not None:
        assert_civil(reply, problem=False)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /v1/account\x00 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
        b"GET /v1/account\x1b[31m HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
        b"GET /v1/account HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer a\x00b\r\nconnection: close\r\n\r\n",
        b"GET /v1/account HTTP/1.1\r\nconnection: close\r\n\r\n",
        b"GET /v1/account HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n",
        b"GET http://evil.example/v1/account HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n",
        b"GET evil HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n",
        b"POST /v1/predictions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/predictions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1e3\r\n\r\n",
        b"POST /v1/predictions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: \xb2\r\n\r\n",
        b"POST /v1/predictions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: " + b"9" * 50_000 + b"\r\n\r\n",
        b"POST /v1/predictions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST /v1/predictions HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: nonsense\r\n\r\n",
        b"POST /v1/predictions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer x\r\n"
        b"transfer-encoding: chunked\r\n\r\nzz\r\n",
        b"GET /v1/account HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n" + b"x: y\r\n" * 20_000 + b"\r\n",
        b"GET /v1/account HTTP/1.1\r\nhost: 127.0.0.1\r\nx: " + b"y" * MEGABYTE + b"\r\n\r\n",
        b"GET /" + b"a" * MEGABYTE + b" HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
        b"GET /v1/account HTTP/9.9\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=lambda head: repr(head[:90]),
)
def test_heads_that_http_forbids_are_refused(target: Target, head: bytes) -> None:
    reply = target.send(head)
    assert reply is None or 400 <= reply.status < 500
    if reply is not None:
        assert_civil(reply, problem=False)


@pytest.mark.parametrize("method", ["BREW", "PUT", "TRACE", "OPTIONS", "CONNECT", "PROPFIND", "get", "A" * 5000])
def test_unknown_methods_are_refused_at_every_route(target: Target, method: str) -> None:
    for path, _ in target.routes():
        reply = target.request(method, filled(path, target.some()), (), b"{}")
        assert reply.status in (400, 404, 405)
        assert_civil(reply, problem=True)


@pytest.mark.parametrize("prefix", ["", "/v1", "/v1/v1"])
def test_without_a_token_nothing_of_the_api_is_answered(target: Target, prefix: str) -> None:
    # Streams and deliveries carry their permission in the address, as a signed download does.
    free = re.compile(r"/v1/streams/|.*/download$")
    for method, path in target.requests():
        if is_api(path) and not free.match(path):
            address = prefix + filled(path, target.some()).removeprefix("/v1")
            reply = target.request(method, address, [("authorization", "")], b"{")
            assert (reply.status, address) == (401, address)
            assert_civil(reply, problem=method != "HEAD")


def test_texts_of_ten_megabytes(target: Target) -> None:
    long = "a" * 10 * MEGABYTE
    for body in (
        json.dumps({"version": long, "input": {}}),
        json.dumps({"version": "local/hello-world", "input": {}, "webhook": long}),
        json.dumps({"version": "local/hello-world", "input": {"other": long}}),
        json.dumps({"version": "local/hello-world", "input": {}, long: 1}),
        json.dumps(long),
        long,
    ):
        for method, path in target.requests(*WITH_BODY):
            reply = target.request(method, filled(path, target.some()), (), body.encode())
            assert_civil(reply, problem=is_api(path))
            size = len(reply.body)
            assert size < MEGABYTE, reply


def test_bodies_that_announce_themselves_as_giant_are_refused_at_once(target: Target) -> None:
    for method, address in target.readers():
        for length in (10**9, 10**12, 10**18):
            began = time.monotonic()
            reply = target.request(
                method,
                address,
                [("content-length", str(length)), ("content-type", FORM)],
            )
            assert (reply.status, address) == (413, address)
            assert_civil(reply, problem=True)
            assert time.monotonic() - began < QUICK


def test_clients_that_hang_up_in_the_middle_of_a_body_leave_nothing(target: Target) -> None:
    for method, address in target.readers():
        for kind in ("application/json", FORM):
            head = (
                f"{method} {address} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer any\r\n"
                f"content-type: {kind}\r\ncontent-length: 1000\r\n\r\n--b\r\ncontent-disposition: form-data; na"
            )
            target.hang_up(head.encode())


def test_bodies_that_never_end_are_refused_while_they_come(target: Target) -> None:
    for method, address in target.readers():
        reply, sent = endless(target, method, address)
        # Some systems lose an answer along with the connection.
        assert reply is None or (reply.status, address) == (413, address)
        assert sent < 200, address


def endless(target: Target, method: str, address: str) -> tuple[Reply | None, int]:
    """The answer to a body without an end, and how many megabytes it took."""
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        start = b'--b\r\ncontent-disposition: form-data; name="content"; filename="a"\r\n\r\n'
        yield b"%x\r\n%b\r\n" % (len(start), start)
        for sent in range(1, 257):  # noqa: B007
            yield b"%x\r\n%b\r\n" % (MEGABYTE, b"a" * MEGABYTE)

    head = (
        f"{method} {address} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer any\r\nconnection: close\r\n"
        "content-type: multipart/form-data; boundary=b\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    return target.send(head.encode(), chunks(), until_answered=True), sent
