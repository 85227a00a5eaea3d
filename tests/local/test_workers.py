"""Worker processes: what they print, how they end, how many there are."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.local.storage.records import new_id
from replicate_tui.local.work.jobs import Job, Outcome, SetupFailed
from replicate_tui.local.work.process import Worker
from tests.waiting import TIME_LIMIT

PROTOCOL = """
import json, subprocess, sys, threading
from replicate_tui.local import models
from replicate_tui.local.work import child as worker
from replicate_tui.local.work.context import Canceled
from replicate_tui.local.models import hello_world

def predict(context, values):
    exec(values["text"])

models.load = lambda name, weights: predict
worker.main()
"""
"""A worker whose model runs the text it is given."""


def outputs_of(code: str) -> list[dict[str, Any]]:
    """What a worker says when its model runs the code."""
    import json

    job = {"run": "a", "input": {"text": code}, "folder": "", "scratch": "", "own_files": {}}
    command = [sys.executable, "-c", PROTOCOL, "hello-world"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        said: list[dict[str, Any]] = []
        for line in process.stdout:
            said.append(json.loads(line))
            if said[-1].keys() & {"done", "failed", "canceled"}:
                break
        process.stdin.close()
    return said


def logs(said: list[dict[str, Any]]) -> str:
    return "".join(message.get("log", "") for message in said)


def test_whatever_a_model_prints_becomes_logs() -> None:
    code = "\n".join(
        (
            "import os",
            "print('printed')",
            "sys.stderr.write('progress\\r')",
            "os.write(1, b'written\\n')",
            "subprocess.run([sys.executable, '-c', 'print(\"by a child\")'])",
            "print('{\"done\": 1}')",
        )
    )
    said = outputs_of(code)
    assert said[0] == {"ready": True}
    assert logs(said) == 'printed\nprogress\rwritten\nby a child\n{"done": 1}\n'
    assert said[-1] == {"done": None}


def test_a_model_reads_no_input_of_the_protocol() -> None:
    assert logs(outputs_of("print(repr(sys.stdin.read()))")) == "''\n"


def test_an_unexpected_error_is_a_sentence_and_its_traceback_is_in_the_logs() -> None:
    said = outputs_of("1 / 0")
    assert said[-1] == {"failed": "ZeroDivisionError: division by zero"}
    assert "Traceback" in logs(said)


def test_an_output_that_json_cannot_say_fails_the_run() -> None:
    said = outputs_of("raise ValueError(float('nan'))")
    assert said[-1] == {"failed": "ValueError: nan"}


def test_a_worker_ends_with_the_server_even_in_the_middle_of_a_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "replicate_tui.local.work.child", "sleeper"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdin.write(job(tmp_path, seconds=600).as_line())
        process.stdin.close()
        assert process.wait(TIME_LIMIT) == 0


def job(folder: Path, **values: Any) -> Job:
    return Job(new_id(), values, folder / "out", folder / "scratch", {})


async def run(worker: Worker, task: Job) -> Outcome:
    return await worker.run(task, lambda _: None, lambda _: None)


async def test_a_killed_worker_fails_its_run(tmp_path: Path) -> None:
    worker = await Worker.start("sleeper")
    begun = asyncio.Event()
    running = asyncio.create_task(
        worker.run(job(tmp_path, seconds=60, log_lines=6000), lambda _: begun.set(), lambda _: None)
    )
    await asyncio.wait_for(begun.wait(), TIME_LIMIT)
    worker.kill()
    outcome = await asyncio.wait_for(running, TIME_LIMIT)
    assert outcome.status == "failed"
    assert "process" in outcome.value
    assert not worker.alive


async def test_a_model_that_does_not_exist_cannot_be_set_up() -> None:
    with pytest.raises(SetupFailed, match="ModuleNotFoundError"):
        await Worker.start("nothing")
