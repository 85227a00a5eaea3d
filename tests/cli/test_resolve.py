"""Runs whose answer was lost: what `run` says of them, and `prediction resolve`."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.cli.conftest import command
from tests.cli.test_history import on_a_terminal
from tests.core.scripted import HANG_UP, Asked, Reply, problem, says, scripted
from tests.waiting import eventually

MODEL = {
    "owner": "acme",
    "name": "painter",
    "latest_version": {
        "id": "a" * 64,
        "openapi_schema": {
            "components": {"schemas": {"Input": {"properties": {"prompt": {"type": "string"}}, "type": "object"}}}
        },
    },
}
FIRST, SECOND = "1" * 26, "2" * 26


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


class Account:
    """An API that loses the answers to what creates; `listed` are the runs that its list tells of."""

    def __init__(self) -> None:
        self.listed: list[dict[str, object]] = []
        self.sent: list[dict[str, object]] = []
        self.looks = 0
        self.reply: Reply = HANG_UP
        self.answering = asyncio.Event()
        self.answering.set()

    async def play(self, asked: Asked) -> Reply:
        if asked.method == "POST":
            self.sent.append(asked.json)
            await self.answering.wait()
            return self.reply
        if asked.path == "/v1/models/acme/painter":
            return says(MODEL)
        if asked.path == "/v1/predictions":
            self.looks += 1
            return says({"results": self.listed, "next": None, "previous": None})
        found = [each for each in self.listed if asked.path == f"/v1/predictions/{each['id']}"]
        return says(found[0]) if found else problem(404)

    def create(self, key: str, prompt: str = "a heron", model: str = "acme/painter") -> None:
        """A run that the list tells of from now on."""
        made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        version = ("a" if model == "acme/painter" else "b") * 64
        given = {"id": key, "model": model, "version": version, "input": {"prompt": prompt}, "status": "processing"}
        self.listed.append({**given, "created_at": made, "urls": {}, "source": "api"})


@pytest.fixture
async def account(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Account]:
    played = Account()
    async with scripted(played.play) as server:
        monkeypatch.setenv("REPLICATE_BASE_URL", server.url)
        monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")
        yield played


async def run(*arguments: str) -> Done:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command(*arguments), stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())


async def lost() -> tuple[str, Done]:
    """The local id of a run whose answer is lost, and what was said."""
    done = await run("run", "acme/painter", "prompt=a heron")
    words = done.err.split()
    return words[words.index("resolve") + 1], done


async def test_a_lost_answer_names_the_run_and_how_to_learn_what_became_of_it(account: Account) -> None:
    local, done = await lost()
    assert (done.code, done.out) == (4, "")
    assert f"replicate-tui prediction resolve {local} tells" in done.err
    assert local.startswith("new-")
    assert len(account.sent) == 1
    shown = await run("prediction", "show", local)
    assert json.loads(shown.out)["status"] == "unknown"


async def test_a_second_interrupt_while_it_is_sent_names_it_too(account: Account) -> None:
    account.answering.clear()
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command("run", "acme/painter", "prompt=x"), stdout=pipe, stderr=pipe
    )
    await eventually(lambda: account.sent, "the run")
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert b"just being sent" in await process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()
    account.answering.set()
    assert process.returncode == 130
    assert b"prediction resolve new-" in err


async def test_what_the_list_tells_beyond_doubt_is_taken(account: Account) -> None:
    local, _ = await lost()
    account.create(FIRST)
    done = await run("prediction", "resolve", local)
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["id"], told["prediction"], told["status"]) == (local, FIRST, "processing")
    gone = await run("prediction", "resolve", local)
    assert (gone.code, gone.out) == (2, "")
    assert "found meanwhile" in gone.err


async def test_candidates_are_named_and_a_person_decides(account: Account) -> None:
    local, _ = await lost()
    account.create(FIRST)
    account.create(SECOND)
    told = json.loads((await run("prediction", "resolve", local)).out)
    assert (told["id"], told["prediction"], told["status"]) == (local, None, "unknown")
    assert set(told["candidates"]) == {FIRST, SECOND}
    assert [each["id"] for each in json.loads((await run("prediction", "resolve")).out)] == [local]
    done = await run("prediction", "resolve", local, "--is", f"https://replicate.com/p/{SECOND}")
    assert done.code == 0, done.err
    assert json.loads(done.out)["prediction"] == SECOND
    assert json.loads((await run("prediction", "resolve")).out) == []


async def test_a_person_reads_what_to_do(account: Account) -> None:
    local, _ = await lost()
    account.create(FIRST)
    account.create(SECOND)
    code, seen = await asyncio.to_thread(on_a_terminal, "prediction", "resolve", local)
    assert code == 0
    for words in (f"show {FIRST}", f"resolve {local} --is {SECOND}", f"resolve {local} --not-submitted", "a heron"):
        assert words in seen


async def test_a_person_knows_that_it_was_never_submitted(account: Account) -> None:
    local, _ = await lost()
    done = await run("prediction", "resolve", local, "--not-submitted")
    assert done.code == 0, done.err
    assert json.loads(done.out)["status"] == "not submitted"
    assert len(account.sent) == 1


async def test_what_cannot_be_is_refused_with_its_reason(account: Account) -> None:
    local, _ = await lost()
    account.create(FIRST, model="acme/writer", prompt="another")
    other = await run("prediction", "resolve", local, "--is", FIRST)
    assert (other.code, other.out) == (2, "")
    assert "acme/writer" in other.err
    known = await run("prediction", "resolve", "new-nothing", "--not-submitted")
    assert (known.code, known.out) == (2, "")
    assert "there is no run new-nothing" in known.err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("new-1", "--is", FIRST, "--not-submitted"), "--not-submitted"),
        (("--not-submitted",), "ID"),
        (("new-1", "--is", "acme/painter"), "acme/painter"),
    ],
)
async def test_wrong_use_is_refused(account: Account, arguments: tuple[str, ...], named: str) -> None:
    done = await run("prediction", "resolve", *arguments)
    assert (done.code, done.out) == (2, "")
    assert named in done.err


# -- programs that are gone, or not ------


@pytest.fixture
async def sender(account: Account) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program whose run is just being sent."""
    account.answering.clear()
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command("run", "acme/painter", "prompt=a heron"), stdout=pipe, stderr=pipe
    )
    await eventually(lambda: account.sent, "the run")
    yield process
    if process.returncode is None:
        process.kill()
    await process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="nobody can ask there whether a process has ended")
async def test_what_a_killed_program_was_sending_is_unknown_at_once(
    account: Account, sender: asyncio.subprocess.Process
) -> None:
    sender.kill()
    await sender.communicate()
    account.answering.set()
    (told,) = json.loads((await run("prediction", "resolve")).out)
    assert (told["status"], told["error"]) == ("unknown", "the program ended while this was being sent")


async def test_the_list_is_read_once(account: Account) -> None:
    local, _ = await lost()
    before = account.looks
    assert json.loads((await run("prediction", "resolve", local)).out)["status"] == "unknown"
    assert account.looks == before + 1


async def test_what_another_program_is_sending_is_told(account: Account, sender: asyncio.subprocess.Process) -> None:
    (told,) = json.loads((await run("prediction", "resolve")).out)
    assert (told["status"], told["candidates"]) == ("submitting", [])
    code, seen = await asyncio.to_thread(on_a_terminal, "prediction", "resolve")
    assert code == 0
    assert "1 run is being sent by" in seen
    assert "no run's fate is unknown" not in seen
