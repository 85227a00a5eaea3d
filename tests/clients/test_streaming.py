"""Text as it comes, read by the official clients: from the event stream, or (Python 2.x) by asking again and again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from typing import Any

import pytest

from tests.clients.driving import Client, finished, value
from tests.local.serving import Server
from tests.waiting import until

STREAM_ERRORS = {"python-1": "RuntimeError", "python-2": "ModelError", "node": "Error"}


def events(client: Client, server: Server, **arguments: Any) -> dict[str, list[str]]:
    """The data of a story's events, by kind of event."""
    sorted_out: dict[str, list[str]] = {"output": [], "logs": [], "done": []}
    for event, data in value(client.drive(server, "stream", **arguments)):
        sorted_out[event].append(data)
    return sorted_out


def newest(server: Server) -> dict[str, Any]:
    """The last run, in full."""
    listed = server.client.get("/v1/predictions").json()["results"][0]
    return server.get(listed)


@pytest.mark.parametrize("versioned", [False, True], ids=["name", "version"])
def test_a_story_comes_in_pieces(client: Client, server: Server, versioned: bool) -> None:
    story = {"prompt": "Once upon a time", "max_tokens": 12, "seed": 4}
    seen = events(client, server, values=story, versioned=versioned)
    ended = newest(server)
    assert seen["output"] == ended["output"]
    assert len(seen["output"]) == 12
    if client.name != "python-2":
        assert "".join(seen["logs"]) == ended["logs"]
        assert seen["done"] == ["{}"]


def test_lines_and_blanks_of_a_story_are_kept(client: Client, server: Server) -> None:
    story = {"prompt": "", "max_tokens": 40, "seed": 278}
    pieces = events(client, server, values=story)["output"]
    assert pieces == newest(server)["output"]
    assert any(piece.startswith("\n\n") for piece in pieces), "this seed no longer begins a second paragraph"
    assert any(piece.startswith(" ") for piece in pieces)


def test_a_story_that_breaks_off_raises(client: Client, server: Server) -> None:
    if not shutil.which("ps"):
        pytest.skip("ps is not installed")
    story = {"prompt": "Once upon a time", "max_tokens": 2000, "seed": 4}
    with client.started(server, server.url + client.suffix, "stream", values=story) as process:
        until(lambda: newest(server)["output"] and newest(server)["status"] == "processing", "the first token")
        for worker in workers(server):
            os.kill(worker, signal.SIGKILL)
        error = finished(process)["error"]
    assert error["class"] == STREAM_ERRORS[client.name]
    assert "the model's process was killed (SIGKILL)" in error["message"]
    assert newest(server)["status"] == "failed"


def workers(server: Server) -> list[int]:
    """The processes in which the server's models run."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    rows = [row.split(maxsplit=2) for row in listed.stdout.splitlines()]
    return [int(pid) for pid, parent, args in rows if int(parent) == server.state["pid"] and "local.work.child" in args]
