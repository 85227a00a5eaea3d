"""A model that repeats its secret in all it says: nothing that the program keeps holds any of it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.errors import InvalidInput
from replicate_tui.core.forms.inputs import REDACTED, fields
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.models.target import Target
from replicate_tui.core.session import Session, open_session
from replicate_tui.core.settings import Flags, load
from tests.core.kept_runs import ended
from tests.core.scripted import Asked, Reply, Said, Scripted, event, problem, run_object, says
from tests.waiting import eventually

SECRET = 'sk-"never"/on-disk'
HALVES = SECRET[:9], SECRET[9:]
HOOK = "https://me:hook-password@hooks.test/run?token=hook-token"
SCHEMA = {
    "components": {
        "schemas": {
            "Input": {
                "type": "object",
                "properties": {
                    "prompt": {"type": "string"},
                    "api_key": {"type": "string", "format": "password", "writeOnly": True, "x-cog-secret": True},
                },
            }
        }
    }
}
ECHO = Target("acme/echo", "v1", "acme/echo", fields(SCHEMA), SCHEMA)
GIVEN = {"prompt": "a heron", "api_key": SECRET}


class Echo:
    """An API with one run, which ends as `end` says when its stream has ended."""

    def __init__(self, server: Scripted, **end: Any) -> None:
        address = {"stream": f"{server.url}/stream"} if end["status"] == "succeeded" else {}
        self._begun = run_object("r1", "processing", input=GIVEN, webhook=HOOK, urls=address, logs=f"with {SECRET}\n")
        self._ended = {**self._begun, "completed_at": ended(1.0), **end}
        self._is_over = not address
        self._creates: Reply = says({**self._begun, "status": "starting"}, 201)

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/stream":
            return self._stream()
        run = self._ended if self._is_over else self._begun
        if asked.path == "/v1/predictions":
            return self._creates if asked.method == "POST" else _listed(run)
        return says(run) if asked.path == "/v1/predictions/r1" else problem(404)

    async def _stream(self) -> AsyncIterator[bytes]:
        for number, piece in enumerate(["it is ", *HALVES, ", I think"]):
            yield event("output", piece, number)
        yield event("logs", f"with {HALVES[0]}", 5)
        yield event("logs", HALVES[1], 6)
        self._is_over = True
        yield event("done", "{}", 7)


def _listed(run: dict[str, Any]) -> Said:
    item = {key: value for key, value in run.items() if key != "logs"}
    return says({"previous": None, "next": None, "results": [item]})


@asynccontextmanager
async def on_screen(server: Scripted, home: Path) -> AsyncIterator[Session]:
    """A session as the screen has it, whose API is the server."""
    environ = {
        "REPLICATE_TUI_HOME": str(home),
        "REPLICATE_BASE_URL": server.url,
        "REPLICATE_API_TOKEN": "r8_of_the_tests",
    }
    async with open_session(load(Flags(), environ), screen=True) as session:
        await session.connect()
        session.start()
        yield session


def found_in(folder: Path) -> list[tuple[str, bytes]]:
    """Where under the folder anything secret is: as it is, or as JSON writes it."""
    texts = [SECRET, *HALVES, "hook-password", "hook-token"]
    forms = {form.encode() for text in texts for form in (text, json.dumps(text)[1:-1])}
    return [(path.name, form) for path in folder.rglob("*") for form in forms if form in content(path)]


def content(path: Path) -> bytes:
    """What a file holds; nothing for a folder, and for a file in the making that was given its name meanwhile."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return b""


@pytest.mark.parametrize(
    "end",
    [
        {
            "status": "succeeded",
            "output": ["it is ", *HALVES, ", I think"],
            "logs": f"with {SECRET}\nand {json.dumps({'key': SECRET})}\n",
        },
        {"status": "failed", "error": f"cannot log in as {SECRET!r}", "output": {"tried": [{SECRET: [SECRET]}]}},
    ],
)
async def test_no_file_holds_what_a_model_repeats_of_its_secret(
    server: Scripted, home: Path, end: dict[str, Any]
) -> None:
    server.script = Echo(server, **end)
    async with on_screen(server, home) as session:
        run = await session.run(ECHO, GIVEN, RunOptions(webhook=HOOK))
        async for _ in session.follow(run.id):
            assert found_in(home) == []
        await eventually(lambda: session.store.row("r1").folder is not None, "the run saved")  # type: ignore[union-attr]
        assert session.asked("r1").webhook == f"https://{REDACTED}@hooks.test/run?{REDACTED}"
        folder = session.settings.runs_folder / "r1"
        assert REDACTED in (folder / "logs.txt").read_text()
        told = json.loads((folder / "prediction.json").read_text())
        assert told["status"] == end["status"]
        assert REDACTED in json.dumps(told["output"])
        assert (told["input"], told["webhook"].count(REDACTED)) == ({"prompt": "a heron", "api_key": REDACTED}, 2)
        assert found_in(home) == []
    (sent,) = [asked.json for asked in server.asked if asked.method == "POST"]
    assert (sent["input"], sent["webhook"]) == (GIVEN, HOOK)
    assert found_in(home) == []


@pytest.mark.parametrize("said", [SECRET, json.dumps({"api_key": SECRET}), f"{[SECRET]}"])
async def test_no_file_holds_the_input_that_the_api_refused(server: Scripted, home: Path, said: str) -> None:
    server.script = lambda asked: problem(422, f"- input: {said} is too short")
    async with on_screen(server, home) as session:
        with pytest.raises(InvalidInput):
            await session.run(ECHO, GIVEN)
        (run_id,) = session.store.ids()
        run = session.store.run(run_id)
        assert run is not None
        assert REDACTED in (run.prediction.error or "")
        assert session.store.ids(["short"]) == [run_id]
        assert found_in(home) == []
    assert found_in(home) == []


@pytest.mark.parametrize("of_text", [True, False])
async def test_no_file_holds_what_a_model_repeats_to_a_program_that_did_not_send_the_secret(
    server: Scripted, home: Path, of_text: bool
) -> None:
    logs = f"with {SECRET}\nand {json.dumps({'key': SECRET})}\n"
    if of_text:
        end: dict[str, Any] = {"status": "succeeded", "output": ["it is ", *HALVES, ", I think"], "logs": logs}
    else:
        end = {"status": "failed", "error": f"cannot log in as {SECRET!r}", "logs": logs}
    echo = Echo(server, **end)
    server.script = lambda asked: problem(404) if asked.method != "POST" else echo(asked)
    async with on_screen(server, home) as session:
        await session.run(ECHO, GIVEN)
    assert found_in(home) == []
    server.script = echo
    async with on_screen(server, home) as session:
        async for _ in session.follow("r1"):
            assert found_in(home) == []
        run = session.store.run("r1")
        assert run is not None
        assert run.status == end["status"]
        await eventually(lambda: session.store.row("r1").folder is not None, "the run saved")  # type: ignore[union-attr]
        shown = json.dumps(run.prediction.output if of_text else run.prediction.error)
        assert REDACTED in shown
        assert ("I think" if of_text else "cannot log in as") in shown, "only the secret is hidden"
        assert run.logs == f'with {REDACTED}\nand {{"key": "{REDACTED}"}}\n'
    assert found_in(home) == []
