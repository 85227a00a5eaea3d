"""The processes of a Cog folder: they are set up, they end, and they leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from replicate_tui.local.cog import Description, describe, source
from replicate_tui.local.work.jobs import Outcome, SetupFailed
from tests.local.cog.bench import MODELS, Bench, names, needs_cog, started
from tests.waiting import eventually, until

pytestmark = needs_cog


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


async def test_a_crash_fails_the_run_and_the_next_worker_is_a_new_one(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        outcome = await bench.outcome(worker, text="x", mood="dying")
        assert outcome == Outcome("failed", "the model's process ended unexpectedly")
        assert not worker.alive
    async with started(talker) as worker:
        assert (await bench.outcome(worker, text="y")).value.startswith("hello y #1 ")


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


LONE_SERVER = """
import asyncio, sys
from pathlib import Path
from replicate_tui.local.cog import describe, source
from replicate_tui.local.work.jobs import Job

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
