"""A wrong clock of ours: what the server still has is saved, whatever ours says."""

import time
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NotFound
from replicate_tui.core.history.store import Store
from replicate_tui.core.keeping import archive
from replicate_tui.core.keeping.unfinished import Unfinished
from tests.core.kept_runs import Replies, archiving, ended, files, folder_of, put
from tests.core.scripted import HANG_UP, Asked, Reply, Said, Script, Scripted, problem, run_object
from tests.waiting import eventually

AHEAD = 5 * 3600.0
"""Seconds by which our clock is ahead of the server's."""


def dated(script: Script, ahead: float = AHEAD) -> Script:
    """The same answers, by a server whose clock is so far behind ours."""

    def answer(asked: Asked) -> Reply:
        reply = script(asked)
        assert isinstance(reply, Said)
        date = formatdate(time.time() - ahead, usegmt=True)
        return replace(reply, headers={**reply.headers, "Date": date})

    return answer


async def test_a_clock_that_is_hours_ahead_keeps_no_run_from_being_saved_that_the_server_still_has(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    times = {"created_at": ended(AHEAD + 900), "completed_at": ended(AHEAD + 600)}
    whole = run_object("r1", "succeeded", output=f"{server.url}/f/out.png", **times)
    older = run_object("r0", "succeeded", output=f"{server.url}/f/old.png", completed_at=ended(AHEAD + 4000))
    for document in (whole, older):
        await put(store, document)
    server.script = dated(Replies(whole, older))
    async with archiving(client, store, tmp_path / "runs") as kept:
        with pytest.raises(NotFound):
            await client.predictions.get("another")
        await eventually(lambda: folder_of(store, "r1"), "the saving")
        assert kept.failures == {}
    assert files(server) == ["/f/out.png"]


async def test_what_a_kill_left_is_completed_although_our_clock_says_that_it_is_too_late(
    server: Scripted, client: Client, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FIRST_RETRY", 0.02)
    monkeypatch.setattr(archive, "SLOWEST_RETRY", 0.02)
    whole = run_object("r1", "succeeded", output=f"{server.url}/f/out.png", completed_at=ended(AHEAD + 60))
    await put(store, whole)
    Unfinished(tmp_path / "runs").begin("r1")
    replies = Replies(whole)
    replies.bad["/f/out.png"] = problem(503)
    server.script = dated(replies)
    async with archiving(client, store, tmp_path / "runs") as kept:
        await eventually(lambda: files(server).count("/f/out.png") > 1, "another try")
        replies.bad.clear()
        await eventually(lambda: folder_of(store, "r1"), "the saving")
        await eventually(lambda: not kept.failures, "the end of the failure")


async def test_before_the_server_was_reached_nothing_is_given_up(
    server: Scripted, client: Client, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FIRST_RETRY", 0.02)
    monkeypatch.setattr(archive, "SLOWEST_RETRY", 0.02)
    monkeypatch.setattr(archive, "LAST_RETRIES", 0.02)
    whole = run_object("r1", "succeeded", output=f"{server.url}/f/out.png", completed_at=ended(AHEAD + 60))
    await put(store, whole)
    Unfinished(tmp_path / "runs").begin("r1")
    server.script = lambda asked: HANG_UP
    async with archiving(client, store, tmp_path / "runs"):
        looks = len(server.paths("/v1/predictions/r1"))
        await eventually(lambda: len(server.paths("/v1/predictions/r1")) > looks + 8, "more tries")
        assert Unfinished(tmp_path / "runs").ids() == ["r1"]
        server.script = dated(Replies(whole))
        await eventually(lambda: folder_of(store, "r1"), "the saving")
