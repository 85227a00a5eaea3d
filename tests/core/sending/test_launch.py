"""The way of a run to the API: what is on disk when, and what each way to fail leaves behind."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import APIError, InvalidInput, NetworkError, NotFound, RateLimited, UnknownFate
from replicate_tui.core.forms.inputs import REDACTED, Upload, fields
from replicate_tui.core.forms.options import RunOptions, from_json
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Store
from replicate_tui.core.models.target import CannotRun, Target
from replicate_tui.core.sending.launch import Overtaken, submit
from replicate_tui.core.sending.launch_queue import LaunchQueue, Removed
from replicate_tui.core.sending.request import Launch
from replicate_tui.core.sending.stopping import CANCELED, stop
from tests.core.scripted import (
    HANG_UP,
    Asked,
    Reply,
    Said,
    Scripted,
    opened,
    problem,
    run_object,
    says,
    scripted,
)
from tests.waiting import eventually

SECRET = "sk-never-on-disk"
SCHEMA = {
    "components": {
        "schemas": {
            "Input": {
                "type": "object",
                "properties": {
                    "prompt": {"type": "string"},
                    "image": {"type": "string", "format": "uri"},
                    "images": {"type": "array", "items": {"type": "string", "format": "uri"}},
                    "api_key": {"type": "string", "format": "password", "writeOnly": True, "x-cog-secret": True},
                },
            }
        }
    }
}
PAINTER = Target("acme/painter", "v1", "acme/painter", fields(SCHEMA), SCHEMA)


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted(lambda asked: says(run_object("r1", "starting"), 201)) as running:
        yield running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "profile").mkdir()
    return tmp_path / "profile" / "history.db"


def order(**values: Any) -> Launch:
    return ordered(values or {"prompt": "a heron"})


def ordered(values: dict[str, Any], **options: Any) -> Launch:
    return Launch(PAINTER, values, RunOptions(**options))


def on_disk(path: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """Id, status and input of the rows, as another program reads them."""
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT id, status, raw FROM runs ORDER BY created_at").fetchall()
    finally:
        connection.close()
    return [(run_id, status, json.loads(raw)["input"]) for run_id, status, raw in rows]


def only_row(store: Store, path: Path) -> tuple[str, str]:
    """The status and the error of the one row, which memory and disk agree about."""
    ((run_id, status, _),) = on_disk(path)
    run = store.run(run_id)
    assert run is not None
    assert run.status == status
    assert store.ids() == [run_id]
    return status, run.prediction.error or ""


# -- the good way ------


async def test_the_row_is_on_disk_before_the_run_is_sent_and_the_run_takes_its_place(
    server: Scripted, client: Client, store: Store, path: Path
) -> None:
    seen: list[Any] = []

    def script(asked: Asked) -> Reply:
        seen.extend(on_disk(path))
        return says(run_object("r1", "starting"), 201)

    server.script = script
    run = await submit(client, store, order(prompt="a heron"))
    ((key, status, values),) = seen
    assert (status, values) == (runs.SUBMITTING, {"prompt": "a heron"})
    assert key.startswith("new-")
    assert run.id == "r1"
    assert [row[:2] for row in on_disk(path)] == [("r1", "starting")]
    assert store.active == {"r1"}


async def test_the_row_notes_which_texts_the_model_requires_and_the_run_does_not(
    server: Scripted, client: Client, store: Store
) -> None:
    noted: list[object] = []

    def script(_: Asked) -> Reply:
        (key,) = store.ids()
        noted.append(whole(store, key).prediction.raw[runs.REQUIRED_TEXTS])
        return says(run_object("r1", "starting"), 201)

    server.script = script
    schema = {"type": "object", "properties": {"lyrics": {"type": "string"}, "style": {"type": "string"}}}
    found = fields({"components": {"schemas": {"Input": {**schema, "required": ["lyrics"]}}}})
    run = await submit(client, store, Launch(replace(PAINTER, fields=found), {"lyrics": "la la"}))
    assert noted == [["lyrics"]]
    assert runs.REQUIRED_TEXTS not in run.prediction.raw


async def test_what_is_sent_is_what_was_ordered(server: Scripted, client: Client, store: Store) -> None:
    options: dict[str, Any] = {
        "block": 5,
        "lifetime": "5m",
        "webhook": "https://x/hook",
        "webhook_events": ("completed",),
    }
    await submit(client, store, ordered({"prompt": "ü", "n": 2}, **options))
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/v1/predictions")
    assert asked.json == {
        "version": "acme/painter",
        "input": {"prompt": "ü", "n": 2},
        "webhook": "https://x/hook",
        "webhook_events_filter": ["completed"],
    }
    assert asked.headers["prefer"] == "wait=5"
    assert asked.headers["cancel-after"] == "5m"


async def test_files_are_uploaded_first_and_their_addresses_sent(
    server: Scripted, client: Client, store: Store, path: Path, tmp_path: Path
) -> None:
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).write_bytes(b"picture " + name.encode())
    rows: list[Any] = []

    def script(asked: Asked) -> Reply:
        if asked.path == "/v1/files":
            rows.extend(on_disk(path))
            number = len(server.paths("/v1/files"))
            return says({"id": f"f{number}", "urls": {"get": f"https://api.test/v1/files/f{number}"}}, 201)
        return says(run_object("r1", "starting", input=asked.json["input"]), 201)

    server.script = script
    values = {"image": Upload(tmp_path / "a.png"), "images": [Upload(tmp_path / "b.png"), Upload(tmp_path / "c.png")]}
    run = await submit(client, store, order(**values))
    assert server.paths() == ["/v1/files"] * 3 + ["/v1/predictions"]
    assert b"picture a.png" in server.asked[0].body
    addresses = [f"https://api.test/v1/files/f{number}" for number in (1, 2, 3)]
    assert server.asked[-1].json["input"] == {"image": addresses[0], "images": addresses[1:]}
    assert run.prediction.input == {"image": addresses[0], "images": addresses[1:]}
    assert {status for _, status, _ in rows} == {runs.UPLOADING}
    assert rows[0][2]["image"] == f"@{tmp_path / 'a.png'}"


async def test_many_runs_at_once_lose_none(server: Scripted, client: Client, store: Store, path: Path) -> None:
    server.script = lambda asked: says(run_object(f"r{asked.json['input']['prompt']}", "starting"), 201)
    gate = asyncio.Semaphore(20)

    async def one(number: int) -> str:
        async with gate:
            return (await submit(client, store, order(prompt=str(number)))).id

    sent = await asyncio.gather(*(one(number) for number in range(200)))
    assert sent == [f"r{number}" for number in range(200)]
    assert {run_id for run_id, _, _ in on_disk(path)} == set(sent)
    assert store.active == set(sent)
    assert len(server.asked) == 200


# -- the ways to fail ------


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (HANG_UP, UnknownFate),
        (Said(b'{"id": "r1"', 201, length=200), UnknownFate),
        (Said(b"<html>welcome</html>", 200), UnknownFate),
        (Said(b"", 201), UnknownFate),
        (says({"status": "starting"}, 201), UnknownFate),
        (says([], 200), UnknownFate),
        (Said(b"<html>gateway</html>", 502), UnknownFate),
    ],
)
async def test_an_answer_that_is_lost_leaves_an_unknown_run_that_is_never_sent_again(
    server: Scripted, client: Client, store: Store, path: Path, reply: Reply, error: type[Exception]
) -> None:
    server.script = lambda asked: reply
    with pytest.raises(error):
        await submit(client, store, order())
    status, reason = only_row(store, path)
    assert status == runs.UNKNOWN
    assert reason
    assert len(server.asked) == 1
    assert store.active == frozenset()


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (problem(422, "input: prompt is required"), InvalidInput),
        (problem(402, "Insufficient credit"), APIError),
        (problem(404, "No such model"), NotFound),
        (problem(500, "Oh."), APIError),
    ],
)
async def test_a_refusal_leaves_a_run_that_was_not_submitted(
    server: Scripted, client: Client, store: Store, path: Path, reply: Reply, error: type[Exception]
) -> None:
    server.script = lambda asked: reply
    with pytest.raises(error) as raised:
        await submit(client, store, order())
    assert only_row(store, path) == (runs.NOT_SUBMITTED, str(raised.value))
    assert len(server.asked) == 1


async def test_without_a_network_nothing_is_submitted(
    server: Scripted, client: Client, store: Store, path: Path
) -> None:
    await server.stop()
    with pytest.raises(NetworkError):
        await submit(client, store, order())
    status, reason = only_row(store, path)
    assert status == runs.NOT_SUBMITTED
    assert "no connection" in reason


@pytest.mark.parametrize(
    ("values", "options"),
    [
        ({"prompt": "x"}, {"block": 0}),
        ({"prompt": "x"}, {"lifetime": "soon"}),
        ({"strength": float("nan")}, {}),
    ],
)
async def test_what_cannot_be_sent_at_all_was_not_submitted(
    server: Scripted, client: Client, store: Store, path: Path, values: dict[str, Any], options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"wait|cancel_after|Out of range"):
        await submit(client, store, ordered(values, **options))
    assert server.asked == []
    ((_, status, _),) = on_disk(path)
    assert status == runs.NOT_SUBMITTED


async def test_a_file_that_cannot_be_uploaded_stops_before_the_run_is_sent(
    server: Scripted, client: Client, store: Store, path: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    server.script = lambda asked: HANG_UP
    with pytest.raises(UnknownFate):
        await submit(client, store, order(image=Upload(tmp_path / "a.png")))
    status, _ = only_row(store, path)
    assert status == runs.NOT_SUBMITTED
    assert set(server.paths()) == {"/v1/files"}


@pytest.mark.parametrize(
    "refusal",
    [None, ValueError("there is no such hardware"), CannotRun("there is no such hardware")],
    ids=["made", "refused", "impossible"],
)
async def test_what_a_run_needs_first_is_made_between_its_uploads_and_the_run(
    server: Scripted, client: Client, store: Store, path: Path, tmp_path: Path, refusal: Exception | None
) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    seen: list[tuple[str, list[str]]] = []
    file = {"id": "f1", "urls": {"get": "https://api.test/v1/files/f1"}}

    async def first() -> None:
        seen.append((only_row(store, path)[0], server.paths()))
        if refusal:
            raise refusal

    server.script = lambda asked: says(file if asked.path == "/v1/files" else run_object("r1", "starting"), 201)
    with pytest.raises(type(refusal), match="no such hardware") if refusal else contextlib.nullcontext():
        await submit(client, store, replace(order(image=Upload(tmp_path / "a.png")), first=first))
    assert seen == [(runs.SUBMITTING, ["/v1/files"])]
    assert only_row(store, path) == ((runs.NOT_SUBMITTED, str(refusal)) if refusal else ("starting", ""))
    assert server.paths()[1:] == ([] if refusal else ["/v1/predictions"])


# -- interruptions ------


async def test_who_is_interrupted_while_it_is_sent_leaves_an_unknown_run(
    server: Scripted, client: Client, store: Store, path: Path
) -> None:
    async def never(asked: Asked) -> Reply:
        await asyncio.Event().wait()
        return HANG_UP

    server.script = never
    sending = asyncio.create_task(submit(client, store, order()))
    await eventually(lambda: server.asked, "the request")
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert sending.cancelled()
    assert only_row(store, path) == (runs.UNKNOWN, "interrupted while it was being sent")


async def test_who_is_interrupted_before_it_is_sent_leaves_a_run_that_was_not_submitted(
    server: Scripted, client: Client, store: Store, path: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")

    async def never(asked: Asked) -> Reply:
        await asyncio.Event().wait()
        return HANG_UP

    server.script = never
    sending = asyncio.create_task(submit(client, store, order(image=Upload(tmp_path / "a.png"))))
    await eventually(lambda: server.asked, "the upload")
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert only_row(store, path) == (runs.NOT_SUBMITTED, "interrupted before it was sent, so nothing was charged")


async def test_who_is_interrupted_while_the_disk_is_slow_leaves_no_row_that_seems_to_be_sent(
    server: Scripted, client: Client, store: Store, path: Path
) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        sending = asyncio.create_task(submit(client, store, order()))
        await asyncio.to_thread(int)  # it begins meanwhile
        sending.cancel()
        other.execute("ROLLBACK")
    finally:
        other.close()
    await asyncio.gather(sending, return_exceptions=True)
    assert sending.cancelled()
    assert only_row(store, path)[0] == runs.NOT_SUBMITTED
    assert server.asked == []


async def test_who_is_interrupted_once_it_is_answered_keeps_the_run(
    server: Scripted, client: Client, store: Store, path: Path
) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    try:

        def script(asked: Asked) -> Reply:
            other.execute("BEGIN IMMEDIATE")
            return says(run_object("r1", "starting"), 201)

        server.script = script
        sending = asyncio.create_task(submit(client, store, order()))
        await eventually(lambda: "r1" in store.active, "the run in memory")
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        other.execute("ROLLBACK")
        await eventually(lambda: [row[:2] for row in on_disk(path)] == [("r1", "starting")], "the run on disk")
    finally:
        other.close()


# -- secrets ------


def bytes_on_disk(path: Path) -> bytes:
    """Every byte of the database, of its log and of what else lies beside it."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


@pytest.mark.parametrize(
    "reply",
    [
        says(run_object("r1", "starting", input={"prompt": "open", "api_key": SECRET}), 201),
        says(run_object("r1", "starting", input=None), 201),
        problem(422, f"input.api_key: {SECRET!r} is too short"),
        HANG_UP,
        Said(f'{{"input": "{SECRET}"}}'.encode(), 201),
    ],
)
async def test_a_secret_is_sent_and_never_written_down(
    server: Scripted, client: Client, store: Store, path: Path, reply: Reply
) -> None:
    server.script = lambda asked: reply
    sending = asyncio.create_task(submit(client, store, order(prompt="open", api_key=SECRET)))
    await asyncio.gather(sending, return_exceptions=True)
    assert server.asked[0].json["input"]["api_key"] == SECRET
    ((run_id, _, values),) = on_disk(path)
    assert values == {"prompt": "open", "api_key": REDACTED}
    run = store.run(run_id)
    assert run is not None
    assert SECRET not in str(run.prediction.raw)
    found = bytes_on_disk(path)
    assert REDACTED.encode() in found
    assert SECRET.encode() not in found


# -- options ------


async def test_a_deployment_is_run_at_its_own_address(server: Scripted, client: Client, store: Store) -> None:
    options = RunOptions(deployment="acme/prod", lifetime="30s", block=1)
    await submit(client, store, Launch(PAINTER, {"prompt": "x"}, options))
    await submit(client, store, Launch(replace(PAINTER, deployment="acme/other"), {}))
    await submit(client, store, Launch(replace(PAINTER, deployment="acme/other"), {}, RunOptions(version="v7")))
    first, second, third = server.asked
    assert (first.method, first.path) == ("POST", "/v1/deployments/acme/prod/predictions")
    assert first.json == {"input": {"prompt": "x"}}
    assert (first.headers["cancel-after"], first.headers["prefer"]) == ("30s", "wait=1")
    assert second.path == "/v1/deployments/acme/other/predictions"
    assert (third.path, third.json["version"]) == ("/v1/predictions", "v7")


async def test_what_was_asked_for_is_on_disk_before_the_run_is_sent_and_stays_with_it(
    server: Scripted, client: Client, store: Store
) -> None:
    asked = RunOptions(deployment="acme/prod", webhook="https://x/hook", webhook_events=("completed",), block=1)
    seen: list[object] = []

    def script(_: Asked) -> Reply:
        (key,) = store.ids()
        run = store.run(key)
        assert run is not None
        seen.extend([from_json(store.database.asked(store.scope, key).options), run.prediction.deployment])
        return says(run_object("r1", "starting"), 201)

    server.script = script
    run = await submit(client, store, Launch(PAINTER, {"prompt": "x"}, asked))
    assert seen == [asked, "acme/prod"]
    assert from_json(store.database.asked(store.scope, run.id).options) == asked


@pytest.mark.parametrize(
    "options",
    [RunOptions(block=61), RunOptions(lifetime="soon"), RunOptions(webhook="ftp://x"), RunOptions(deployment="prod")],
)
async def test_an_option_that_the_api_does_not_know_sends_nothing(
    server: Scripted, client: Client, store: Store, path: Path, options: RunOptions
) -> None:
    with pytest.raises(ValueError, match=r"."):
        await submit(client, store, Launch(PAINTER, {"prompt": "x"}, options))
    assert server.asked == []
    assert only_row(store, path)[0] == runs.NOT_SUBMITTED


# -- the queue ------


@contextlib.asynccontextmanager
async def queued(client: Client, **options: Any) -> AsyncIterator[LaunchQueue]:
    queue = LaunchQueue(client.limiter, **options)
    giving = asyncio.create_task(queue.run())
    try:
        yield queue
    finally:
        giving.cancel()
        await asyncio.wait([giving])


@contextlib.asynccontextmanager
async def held_back(client: Client, store: Store, path: Path) -> AsyncIterator[tuple[LaunchQueue, asyncio.Task[Run]]]:
    """A paused queue, and a run that waits in it."""
    async with queued(client) as queue:
        queue.paused = True
        sending = asyncio.create_task(submit(client, store, order(), queue))
        await eventually(lambda: on_disk(path))
        yield queue, sending


async def test_a_run_that_waits_is_on_disk_and_nothing_of_it_was_sent(
    server: Scripted, client: Client, store: Store, path: Path
) -> None:
    async with held_back(client, store, path) as (queue, sending):
        assert only_row(store, path) == (runs.WAITING, "")
        assert server.asked == []
        queue.paused = False
        assert (await sending).id == "r1"
    assert [row[:2] for row in on_disk(path)] == [("r1", "starting")]


async def test_a_run_taken_out_of_the_queue_was_not_submitted(
    server: Scripted, client: Client, store: Store, path: Path
) -> None:
    async with held_back(client, store, path) as (queue, sending):
        queue.remove(*queue.waiting)
        with pytest.raises(Removed):
            await sending
    assert only_row(store, path)[0] == runs.NOT_SUBMITTED
    assert server.asked == []


@pytest.mark.parametrize("waits", [True, False])
async def test_a_run_says_that_it_is_submitted_while_what_it_needs_first_is_made(
    server: Scripted, client: Client, store: Store, path: Path, *, waits: bool
) -> None:
    seen: list[str] = []

    async def first() -> None:
        seen.append(only_row(store, path)[0])
        (run_id,) = store.ids()
        await stop(client, store, run_id)

    async with queued(client) as queue:
        queue.paused = waits
        sending = asyncio.create_task(submit(client, store, replace(order(), first=first), queue))
        await eventually(lambda: on_disk(path))
        queue.paused = False
        with pytest.raises(Removed):
            await sending
    assert seen == [runs.SUBMITTING]
    assert only_row(store, path) == (runs.NOT_SUBMITTED, CANCELED)
    assert server.asked == []


async def test_nothing_is_made_for_a_run_that_was_stopped_in_the_moment_of_its_turn(
    server: Scripted, client: Client, store: Store, path: Path
) -> None:
    made: list[str] = []

    async def first() -> None:
        made.append("model")

    async with queued(client) as queue:
        queue.paused = True
        sending = asyncio.create_task(submit(client, store, replace(order(), first=first), queue))
        await eventually(lambda: on_disk(path))
        async with opened(path, store.scope) as theirs:
            (key,) = queue.waiting
            await stop(client, theirs, key)
        queue.paused = False
        with pytest.raises(Removed):
            await sending
    assert made == []
    assert only_row(store, path) == (runs.NOT_SUBMITTED, CANCELED)


async def test_a_run_that_another_program_gave_up_meanwhile_is_not_sent(
    server: Scripted, client: Client, store: Store, path: Path
) -> None:
    async with held_back(client, store, path) as (queue, sending):
        async with opened(path, store.scope) as theirs:
            (key,) = queue.waiting
            await theirs.save(runs.with_status(whole(theirs, key), runs.NOT_SUBMITTED, "left behind"))
        queue.paused = False
        with pytest.raises(Overtaken):
            await sending
    assert only_row(store, path) == (runs.NOT_SUBMITTED, "left behind")
    assert server.asked == []


def whole(store: Store, run_id: str) -> Run:
    run = store.run(run_id)
    assert run is not None
    return run


async def test_what_was_sent_too_early_after_all_waits_again_and_goes_when_it_may(
    server: Scripted, client: Client, store: Store, path: Path
) -> None:
    def script(asked: Asked) -> Reply:
        if len(server.asked) <= 3:
            return problem(429, "Request was throttled.", retry_after="0")
        return says(run_object("r1", "starting"), 201)

    server.script = script
    states: list[str] = []
    store.subscribe(lambda run_id: states.append(run.status if (run := store.run(run_id)) else "gone"))
    async with queued(client) as queue:
        assert (await submit(client, store, order(), queue)).id == "r1"
    assert len(server.asked) == 4
    assert [*dict.fromkeys(states)] == [runs.SUBMITTING, runs.WAITING, "gone", "starting"]
    assert [row[:2] for row in on_disk(path)] == [("r1", "starting")]


async def test_a_command_gives_a_throttled_run_up_when_its_patience_ends(
    server: Scripted, client: Client, store: Store, path: Path
) -> None:
    server.script = lambda asked: problem(429, "Request was throttled.", retry_after="0")
    async with queued(client, patience=0.0) as queue:
        with pytest.raises(RateLimited):
            await submit(client, store, order(), queue)
    assert only_row(store, path)[0] == runs.NOT_SUBMITTED
    assert len(server.asked) == 1
