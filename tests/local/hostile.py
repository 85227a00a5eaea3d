"""Sends what no client would send: requests byte by byte, and looks whether the server kept its composure."""

from __future__ import annotations

import io
import json
import re
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.local.contract_report import routes_file
from tests.local.serving import Server
from tests.waiting import until

SHORT = 300
"""Characters of a request or an answer that a failed test repeats."""

PATIENCE = 10
"""Seconds within which every request is answered."""

LISTS = ("predictions", "files", "models", "trainings", "deployments")

UNREADABLE = b"Invalid HTTP request received."
"""What the web server under the application says to bytes that are no HTTP."""

Headers = Sequence[tuple[str, str | bytes]]


@dataclass(frozen=True)
class Reply:
    """What came back to a request, which is told in short; `body` is all of it."""

    request: str
    status: int
    media_type: str
    body: bytes

    def __repr__(self) -> str:
        return f"{self.status} {self.media_type} {self.body[:SHORT]!r} to {self.request}"

    def json(self) -> Any:
        """The body's value; None when it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass
class Target:
    """The server under attack, and what it says that it has made meanwhile.

    `known` holds, by the names that paths use, parts of paths that lead somewhere.
    """

    server: Server
    known: Mapping[str, Sequence[str]]
    made: set[str] = field(default_factory=set)

    def routes(self) -> list[tuple[str, list[str]]]:
        """The application's own paths with their methods; those of the API only once, below `/v1`."""
        table = json.loads(routes_file(self.server.folder / "state.json").read_text("utf-8"))
        below = {path.removeprefix("/v1/v1") for path, _ in table if path.startswith("/v1/v1/")}
        assert "/predictions" in below
        # A lease is an answer without an end.
        return [
            (path, methods)
            for path, methods in table
            if not path.startswith("/v1/v1/") and path not in below and path != "/lease"
        ]

    def requests(self, *methods: str) -> list[tuple[str, str]]:
        """Every method of every route, or those of these methods."""
        return [(method, path) for path, has in self.routes() for method in has if not methods or method in methods]

    def readers(self) -> list[tuple[str, str]]:
        """The requests, to things that exist, whose body is read."""
        return [
            (method, filled(path, self.some()))
            for method, path in self.requests("POST", "PATCH", "QUERY")
            if is_api(path) and not path.endswith("/cancel")
        ]

    def some(self, number: int = 0) -> dict[str, str]:
        """One of each known part."""
        return {name: parts[number % len(parts)] for name, parts in self.known.items()}

    def request(self, method: str, target: str, headers: Headers = (), body: bytes = b"") -> Reply:
        """Send a request that is framed well, whatever it holds; headers given here replace our own."""
        own: dict[str, str | bytes] = {
            "host": urlsplit(self.server.url).netloc,
            "authorization": "Bearer any",
            "content-length": str(len(body)),
            "connection": "close",
        }
        given = {name.lower() for name, _ in headers}
        lines = [(name, value) for name, value in own.items() if name not in given]
        if "transfer-encoding" in given:
            lines = [(name, value) for name, value in lines if name != "content-length"]
        head = b"".join(f"{name}: ".encode() + _bytes(value) + b"\r\n" for name, value in [*lines, *headers])
        reply = self.send(f"{method} {target} HTTP/1.1\r\n".encode("latin-1") + head + b"\r\n", [body])
        assert reply is not None, f"no answer to {method} {target[:200]}"
        self._note(method, reply)
        return reply

    def send(self, head: bytes, body: Iterable[bytes] = (), *, until_answered: bool = False) -> Reply | None:
        """Send the bytes as they are. None when the server hangs up without a word."""
        with self._connected() as connection:
            # The server may answer, and hang up, before it has heard us out.
            sent = head
            with suppress(ConnectionError):
                connection.sendall(head)
                for chunk in body:
                    connection.sendall(chunk)
                    sent += chunk[:SHORT]
                    if until_answered and _answered(connection):
                        break
            return _reply(connection, head.partition(b" ")[0].decode("latin-1"), repr(sent[:SHORT]))

    def hang_up(self, head: bytes) -> None:
        """Send the bytes and go, without waiting for an answer."""
        with self._connected() as connection:
            connection.sendall(head)

    def state(self) -> dict[str, set[str]]:
        """The ids of all that there is, by list, and the files on the disk."""
        state = {name: set(self._listed(name)) for name in LISTS}
        # SQLite's files come and go as it likes.
        state["disk"] = {
            path.name
            for folder in (self.server.folder / "data", self.server.folder / "tmp")
            for path in folder.rglob("*")
            if path.is_file() and not path.name.startswith("server.db")
        }
        return state

    def _connected(self) -> socket.socket:
        place = urlsplit(self.server.url)
        return socket.create_connection((place.hostname or "", place.port or 80), PATIENCE)

    def _listed(self, name: str) -> Iterator[str]:
        url: str | None = f"/v1/{name}"
        while url:
            response = self.server.client.get(url)
            assert response.status_code == 200, response.text
            page = response.json()
            yield from (item.get("id") or f"{item['owner']}/{item['name']}" for item in page["results"])
            url = page["next"]

    def _note(self, method: str, reply: Reply) -> None:
        value = reply.json() if method == "POST" and reply.status < 300 else None
        if isinstance(value, dict):
            self.made |= {str(value[key]) for key in ("id",) if key in value}
            if {"owner", "name"} <= value.keys():
                self.made.add(f"{value['owner']}/{value['name']}")


def something_of_everything(server: Server) -> dict[str, list[str]]:
    """Make something of every kind. Gives parts of the paths to it, by the names that routes have for them."""
    story = server.run("local/storyteller", prompt="A heron", max_tokens=3)
    picture = server.run("local/painter", prompt="A heron", width=64, height=64)
    file = server.client.post("/v1/files", files={"content": ("a.txt", b"x")}).json()
    version = server.client.get("/v1/models/local/storyteller").json()["latest_version"]["id"]
    deployment = {
        **{"name": "storyteller", "model": "local/storyteller", "version": version, "hardware": "cpu"},
        **{"min_instances": 0, "max_instances": 1},
    }
    assert server.client.post("/v1/deployments", json=deployment).status_code == 200
    *_, token, name = picture["output"][0].split("/")
    return {
        "id": [story["id"], file["id"]],
        "owner": ["local"],
        "name": ["storyteller", name],
        "token": [story["urls"]["stream"].split("/")[-1], token],
        "version": [version],
        "slug": [server.client.get("/v1/collections").json()["results"][0]["slug"]],
    }


def filled(path: str, values: Mapping[str, str]) -> str:
    """The path of a route with its parameters replaced."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: values[match[1]], path)


def is_api(path: str) -> bool:
    """Whether this is an address of Replicate's API, where refusals are problems."""
    return path.startswith("/v1/")


@contextmanager
def unharmed(target: Target) -> Iterator[None]:
    """The block leaves the server well, and with nothing more than it has said to have made."""
    before, log = target.state(), target.server.folder / "log.txt"
    logged = log.stat().st_size
    target.made.clear()
    yield
    until(lambda: target.server.health()["active"] == 0, "the end of all runs")
    after = target.state()
    assert {name: after[name] - before[name] - target.made for name in after} == {name: set() for name in after}
    assert {name: before[name] - after[name] for name in before} == {name: set() for name in before}
    news = log.read_bytes()[logged:].decode("utf-8", "replace")
    assert "Traceback" not in news, news[-4000:]


def assert_civil(reply: Reply, *, problem: bool) -> None:
    """No failure, no word about the inside; a refusal is a problem where the API answers."""
    assert reply.status < 500, reply
    assert b"Traceback" not in reply.body, reply
    assert b'File \\"' not in reply.body, reply
    assert b'File "' not in reply.body, reply
    if reply.status < 400 or not problem or reply.body == UNREADABLE:
        return
    assert reply.media_type in ("application/problem+json", "application/json"), reply
    value = reply.json()
    assert isinstance(value, dict), reply
    assert isinstance(value["detail"], str), reply
    assert value.get("status", reply.status) == reply.status, reply


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def _answered(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(PATIENCE)


def _reply(connection: socket.socket, method: str, request: str) -> Reply | None:
    received = bytearray()
    # Bytes that the server has not read make its system cut the connection behind the answer.
    with suppress(ConnectionError):
        while chunk := connection.recv(1 << 16):
            received += chunk
    with HTTPResponse(_Received(received), method=method) as response:  # type: ignore[arg-type]
        try:
            response.begin()
            media_type = response.getheader("content-type", "").partition(";")[0]
            return Reply(request, response.status, media_type, response.read())
        except HTTPException:
            return None


class _Received:
    """As much of a socket as an `HTTPResponse` asks for."""

    def __init__(self, content: bytes | bytearray) -> None:
        self._content = content

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._content)


def folder_for_temporary_files(folder: Path) -> dict[str, str]:
    """The environment of a server that keeps its temporary files below its own folder."""
    place = folder / "tmp"
    place.mkdir()
    return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(place))
