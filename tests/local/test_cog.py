"""A user's own Cog model: the real package, real processes."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

from replicate_tui.local.cog import CogFolder, CogURL, Description, FolderProgram, describe, source
from replicate_tui.local.cog.client import CogClient
from replicate_tui.local.cog.worker import LEFTOVERS
from replicate_tui.local.records import new_id
from replicate_tui.local.work import Job, Outcome, SetupFailed, Worker
from tests.waiting import TIME_LIMIT, eventually, until

pytestmark = pytest.mark.skipif(find_spec("cog") is None, reason="cog is not installed")

MODELS = Path(__file__).with_name("cog_models")
PNG = b"\x89PNG\r\n\x1a\n and so on"


@dataclass
class Run:
    """A run on a worker, and what it has said so far."""

    worker: Worker
    job: Job
    logs: list[str] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)

    async def outcome(self) -> Outcome:
        return await self.worker.run(self.job, self.logs.append, self.outputs.append)

    @property
    def log(self) -> str:
        return "".join(self.logs)


@dataclass
class Bench:
    """Makes runs with folders of their own."""

    folder: Path
    names: list[str] = field(default_factory=list)

    def run(self, worker: Worker, own_files: dict[str, str] | None = None, **values: Any) -> Run:
        self.names.append(name := new_id())
        place = self.folder / name
        return Run(worker, Job(name, values, place, place / "scratch", own_files or {}))

    async def outcome(self, worker: Worker, **values: Any) -> Outcome:
        return await self.run(worker, **values).outcome()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    yield (bench := Bench(tmp_path / "runs"))
    # A container's server leaves these behind.
    for name in bench.names:
        shutil.rmtree(LEFTOVERS / name, ignore_errors=True)


@pytest.fixture(scope="module")
def talker() -> Description:
    return described("talker")


@pytest.fixture(scope="module")
def teller() -> Description:
    return described("teller")


@pytest.fixture(scope="module")
def copier() -> Description:
    return described("copier")


def described(name: str) -> Description:
    return asyncio.run(describe(source(str(MODELS / name))))


@asynccontextmanager
async def started(model: Description) -> AsyncIterator[Worker]:
    worker = await model.program.start()
    try:
        yield worker
    finally:
        await worker.stop()


@contextmanager
def container(model: Description, folder: Path, *, streaming: bool = False) -> Iterator[str]:
    """A Cog server that somebody else started, with its model's schema in it: its address."""
    assert isinstance(model.program, FolderProgram)
    shutil.copytree(model.program.folder, folder)
    schema = json.loads(json.dumps(model.schema))
    schema["paths"]["/predictions"]["post"]["x-cog-streaming"] = streaming
    (folder / ".cog").mkdir()
    (folder / ".cog" / "openapi_schema.json").write_text(json.dumps(schema))
    port = free_port()
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "COG_PREDICT_TYPE_STUB": model.program.predictor,
        "PORT": str(port),
        "NO_PROXY": "127.0.0.1",
    }
    command = [sys.executable, "-m", "cog.server.http", "--host", "127.0.0.1"]
    with (folder.parent / "container.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        until(lambda: answers(port) or process.poll() is not None, "the container")
        yield f"http://127.0.0.1:{port}"
        assert process.poll() is None, "nobody may end somebody else's server"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def names(folder: Path) -> set[str]:
    """All that is in the folder, at any depth; nothing when there is none."""
    return {path.name for path in folder.rglob("*")}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health-check", trust_env=False).is_success
    except httpx.HTTPError:
        return False


def running(pid: int) -> bool:
    """Whether there is such a process, not counting one that only waits for its parent to notice its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        pass
    if Path("/proc/self").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_folder_is_described_in_replicates_dialect(talker: Description) -> None:
    schemas = talker.schema["components"]["schemas"]
    properties = schemas["Input"]["properties"]
    assert (talker.name, talker.description) == ("talker", "Says a text back, in one of several moods.")
    assert schemas["Input"]["required"] == ["text"]
    assert sorted(properties, key=lambda name: properties[name]["x-order"]) == [
        *("text", "mood", "times", "warmth", "nickname", "key"),
    ]
    assert properties["text"] == {"x-order": 0, "title": "Text", "type": "string", "description": "What to say"}
    assert properties["mood"] == {"x-order": 1, "allOf": [{"$ref": "#/components/schemas/mood"}], "default": "calm"}
    assert schemas["mood"]["enum"][0] == "calm"
    assert (properties["times"]["minimum"], properties["times"]["maximum"]) == (1, 100000)
    assert properties["nickname"]["nullable"] is True
    assert properties["key"]["x-cog-secret"] is True
    assert schemas["Output"] == {"title": "Output", "type": "string"}
    assert not talker.streams
    assert talker.program.limit == 1


def test_files_and_iterators_are_known_from_the_description(copier: Description, teller: Description) -> None:
    assert copier.file_inputs == copier.program.file_inputs == {"image", "more"}
    assert copier.schema["components"]["schemas"]["Input"]["properties"]["image"]["x-cog-accept"] == "image/*"
    assert teller.streams
    assert teller.schema["components"]["schemas"]["Output"]["x-cog-array-type"] == "iterator"


async def test_a_built_schema_is_taken_as_it_is(tmp_path: Path) -> None:
    shutil.copytree(MODELS / "broken_import", folder := tmp_path / "Built Model")
    built = {"components": {"schemas": {"Input": {"type": "object"}, "Output": {"type": "string"}}}}
    (folder / ".cog").mkdir()
    (folder / ".cog" / "openapi_schema.json").write_text(json.dumps(built))
    model = await describe(source(str(folder)))
    assert model.schema == built
    assert model.name == "built-model"


async def test_the_model_is_set_up_once_for_all_its_runs(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        first = bench.run(worker, text="one")
        assert (await first.outcome()).value.startswith("hello one #1 ")
        assert first.log == "saying one\nto nobody\n"
        assert (await bench.outcome(worker, text="two")).value.startswith("hello two #2 ")
        assert worker.alive


async def test_nothing_is_written_into_the_users_folder(talker: Description, tmp_path: Path, bench: Bench) -> None:
    shutil.copytree(MODELS / "talker", folder := tmp_path / "talker")
    before = names(folder)
    model = await describe(source(str(folder / "predict.py")))
    async with started(model) as worker:
        outcome = await bench.outcome(worker, text="x")
        workspace = Path(outcome.value.split(" in ")[1].split(" by ")[0])
        assert names(workspace) > {"said.txt"}
    assert names(folder) == before
    assert not names(workspace)


async def test_a_failure_keeps_its_logs(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        run = bench.run(worker, text="x", mood="failing")
        assert await run.outcome() == Outcome("failed", "ValueError: I cannot say that")
        assert run.log == "saying x\nto nobody\n"
        assert worker.alive


async def test_no_line_of_a_burst_is_lost_or_said_twice(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        run = bench.run(worker, text="x", mood="chatty", times=20_000)
        assert (await run.outcome()).status == "succeeded"
    assert run.log.splitlines()[2:] == [f"line {number}" for number in range(20_000)]


async def test_a_canceled_run_ends_and_the_worker_goes_on(
    talker: Description, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replicate_tui.local.cog.worker.GRACE", TIME_LIMIT)
    async with started(talker) as worker:
        run = bench.run(worker, text="x", mood="waiting")
        task = asyncio.create_task(run.outcome())
        await eventually(lambda: run.logs, "the first log line")
        worker.cancel(run.job.id)
        assert await task == Outcome("canceled")
        assert worker.alive
        assert (await bench.outcome(worker, text="y")).status == "succeeded"


async def test_a_run_that_will_not_stop_loses_its_process(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        run = bench.run(worker, text="x", mood="stubborn")
        task = asyncio.create_task(run.outcome())
        await eventually(lambda: run.logs, "the first log line")
        worker.cancel(run.job.id)
        assert await asyncio.wait_for(task, TIME_LIMIT) == Outcome("canceled")
        assert not worker.alive


async def test_a_run_canceled_before_it_began_never_begins(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        run = bench.run(worker, text="x", mood="waiting")
        task = asyncio.create_task(run.outcome())
        asyncio.get_running_loop().call_soon(worker.cancel, run.job.id)
        assert await task == Outcome("canceled")
        assert (await bench.outcome(worker, text="y")).status == "succeeded"


async def test_a_crash_fails_the_run_and_the_next_worker_is_a_new_one(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        outcome = await bench.outcome(worker, text="x", mood="dying")
        assert outcome == Outcome("failed", "the model's process ended unexpectedly")
        assert not worker.alive
    async with started(talker) as worker:
        assert (await bench.outcome(worker, text="y")).value.startswith("hello y #1 ")


async def test_cogs_own_validation_fails_the_run(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        missing = await bench.outcome(worker, mood="calm")
        assert missing == Outcome("failed", "input.text: Field required")
        wrong = await bench.outcome(worker, text="x", times=0)
        assert wrong.status == "failed"
        assert "input.times: 0 is less than the minimum" in wrong.value


async def test_an_iterators_output_comes_as_it_is_made(teller: Description, tmp_path: Path, bench: Bench) -> None:
    gate = tmp_path / "gate"
    async with started(teller) as worker:
        run = bench.run(worker, text="one two three", gate=str(gate))
        task = asyncio.create_task(run.outcome())
        await eventually(lambda: run.outputs, "the first word")
        assert run.outputs == ["one "]
        gate.touch()
        assert (await task).status == "succeeded"
        assert run.outputs == ["one ", "two ", "three "]


async def test_files_go_in_and_come_out(copier: Description, tmp_path: Path, bench: Bench) -> None:
    upload = tmp_path / "k3v0nameless"
    upload.write_bytes(PNG)
    own = "http://127.0.0.1:1/v1/files/k3v0nameless"
    text = "data:text/plain;base64," + base64.b64encode(b"abc").decode()
    async with started(copier) as worker:
        run = bench.run(worker, {own: str(upload)}, image=own, more=[text, own])
        outcome = await run.outcome()
    assert outcome.value == [{"$output": "out-0.png"}, {"$output": "out-1.txt"}, {"$output": "out-2.png"}]
    assert (run.job.folder / "out-0.png").read_bytes() == PNG[::-1]
    assert (run.job.folder / "out-1.txt").read_bytes() == b"cba"
    assert run.log.splitlines() == ["Path .png", "Path .txt", "Path .png"]
    assert run.outputs == []


@pytest.mark.parametrize("given", ["/etc/passwd", "file:///etc/passwd", "FILE:///etc/passwd"])
async def test_no_file_of_this_machine_is_read_for_a_client(copier: Description, bench: Bench, given: str) -> None:
    async with started(copier) as worker:
        outcome = await bench.outcome(worker, image=given)
        assert outcome.status == "failed"
        assert outcome.value.startswith("input image: only http, https and data URLs are read")
        gone = bench.run(
            worker, {"http://127.0.0.1:1/v1/files/x": "/no/such/file"}, image="http://127.0.0.1:1/v1/files/x"
        )
        assert await gone.outcome() == Outcome("failed", "input image: the file is no longer on this server")


async def test_a_failing_setup_is_told_reason_first() -> None:
    model = await describe(source(str(MODELS / "broken_setup")))
    with pytest.raises(SetupFailed) as failure:
        await model.program.start()
    reason, *said = str(failure.value).splitlines()
    assert reason == "RuntimeError: the weights are missing"
    # Cog passes on what was printed just before, unless the failure overtakes it.
    assert said in ([], ["looking for the weights"])


async def test_a_process_that_ends_during_setup_is_told() -> None:
    model = await describe(source(str(MODELS / "dead_setup")))
    with pytest.raises(SetupFailed, match="its process ended during setup"):
        await model.program.start()


async def test_a_predictor_that_cannot_be_imported_is_told() -> None:
    with pytest.raises(SetupFailed, match="ModuleNotFoundError: No module named 'no_such_module_anywhere'"):
        await describe(source(str(MODELS / "broken_import")))


async def test_without_the_package_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replicate_tui.local.cog.process.find_spec", lambda _: None)
    with pytest.raises(SetupFailed, match=r"pip install 'replicate-tui\[cog\]'"):
        await describe(source(str(MODELS / "talker")))


def test_what_a_user_may_name(tmp_path: Path) -> None:
    assert source(str(MODELS / "talker")) == CogFolder(MODELS / "talker", "predict.py:Predictor", "talker")
    assert source(f"mine={MODELS / 'copier'}") == CogFolder(MODELS / "copier", "run.py", "mine")
    assert source("http://localhost:5000/") == CogURL("http://localhost:5000", "localhost-5000")
    assert source("mine=http://gpu.example:5000") == CogURL("http://gpu.example:5000", "mine")
    with pytest.raises(SetupFailed, match="there is no predictor in"):
        source(str(tmp_path))
    with pytest.raises(SetupFailed, match="there is no folder"):
        source(str(tmp_path / "nowhere"))
    (tmp_path / "cog.yaml").write_text("predict: 'gone.py:Predictor'")
    with pytest.raises(SetupFailed, match=r"names gone\.py:Predictor, which is not there"):
        source(str(tmp_path))


LONE_SERVER = """
import asyncio, sys
from pathlib import Path
from replicate_tui.local.cog import describe, source
from replicate_tui.local.work import Job

async def main():
    worker = await (await describe(source(sys.argv[1]))).program.start()
    folder = Path(sys.argv[2])
    job = Job(f"lone{id(worker)}", {"text": "x"}, folder, folder, {})
    sys.stdout.write((await worker.run(job, print, print)).value + "\\n")
    sys.stdout.flush()
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_killed_server_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LONE_SERVER, str(MODELS / "talker"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        said = next(line for line in server.stdout if line.startswith("hello"))
        workspace, _, pids = said.split(" in ")[1].partition(" by ")
        processes = [int(pid) for pid in pids.split(" of ")]
        assert all(map(running, processes))
        server.kill()
    until(lambda: not any(map(running, processes)), "the end of Cog's processes")
    until(lambda: not Path(workspace).exists(), "the end of the workspace")


async def test_a_stopped_server_ends_what_runs(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        run = bench.run(worker, text="x", mood="waiting")
        task = asyncio.create_task(run.outcome())
        await eventually(lambda: run.logs, "the first log line")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not worker.alive


async def test_a_running_container_is_described_and_run(
    talker: Description, tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replicate_tui.local.cog.worker.GRACE", TIME_LIMIT)
    with container(talker, tmp_path / "model") as url:
        model = await describe(CogURL(url, "mine"))
        assert model.name == "mine"
        assert model.schema["components"] == talker.schema["components"]
        async with started(model) as worker:
            assert (await bench.outcome(worker, text="x")).value.startswith("hello x #1 ")
            failing = bench.run(worker, text="x", mood="failing")
            assert await failing.outcome() == Outcome("failed", "ValueError: I cannot say that")
            assert failing.log == "saying x\nto nobody\n"
            waiting = bench.run(worker, text="x", mood="waiting")
            task = asyncio.create_task(waiting.outcome())
            await eventually(lambda: waiting.logs, "the first log line")
            worker.cancel(waiting.job.id)
            assert await task == Outcome("canceled")
        async with started(model) as worker:
            assert (await bench.outcome(worker, text="y")).value.startswith("hello y #4 ")


@pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "looked at"])
async def test_a_containers_iterator_is_followed(
    teller: Description, tmp_path: Path, bench: Bench, streaming: bool
) -> None:
    gate = tmp_path / "gate"
    with container(teller, tmp_path / "model", streaming=streaming) as url:
        model = await describe(CogURL(url, "mine"))
        assert model.streams
        async with started(model) as worker:
            run = bench.run(worker, text="one two three", gate=str(gate))
            task = asyncio.create_task(run.outcome())
            await eventually(lambda: run.outputs, "the first word")
            assert run.outputs == ["one "]
            gate.touch()
            assert (await task).status == "succeeded"
    assert run.outputs == ["one ", "two ", "three "]


async def test_a_busy_container_is_waited_for(
    teller: Description, tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, refused = tmp_path / "gate", asyncio.Event()
    health = CogClient.health

    async def looked_at_when_refused(client: CogClient) -> dict[str, Any]:
        refused.set()
        return await health(client)

    with container(teller, tmp_path / "model") as url:
        model = await describe(CogURL(url, "mine"))
        async with started(model) as one, started(model) as other:
            first, second = bench.run(one, text="a b", gate=str(gate)), bench.run(other, text="c")
            tasks = [asyncio.create_task(first.outcome())]
            await eventually(lambda: first.outputs, "the first run's beginning")
            monkeypatch.setattr(CogClient, "health", looked_at_when_refused)
            tasks.append(asyncio.create_task(second.outcome()))
            await asyncio.wait_for(refused.wait(), TIME_LIMIT)
            assert not second.outputs
            gate.touch()
            assert [outcome.status for outcome in await asyncio.gather(*tasks)] == ["succeeded", "succeeded"]
    assert second.outputs == ["c "]


async def test_a_container_that_is_not_there_is_told() -> None:
    with pytest.raises(SetupFailed, match=r"no Cog server can be reached at http://127\.0\.0\.1"):
        await describe(CogURL(f"http://127.0.0.1:{free_port()}", "mine"))
