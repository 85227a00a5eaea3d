"""Files on their way into a Cog model and out of it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from replicate_tui.local.cog import Description
from replicate_tui.local.work.jobs import Outcome
from tests.local.cog.bench import Bench, needs_cog, started

PNG = b"\x89PNG\r\n\x1a\n and so on"


@needs_cog
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


@needs_cog
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
