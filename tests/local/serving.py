"""A real server process on a free port, driven over HTTP."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.local.contract_report import COMMAND, assert_contract_kept, environment
from tests.waiting import TIME_LIMIT, until


@dataclass
class Server:
    """A running server: its process, what its state file says, its folder, and a client with a token."""

    process: subprocess.Popen[bytes]
    state: dict[str, Any]
    folder: Path
    client: httpx.Client

    @property
    def url(self) -> str:
        return str(self.state["url"])

    def create(self, model: str, headers: dict[str, str] | None = None, **values: Any) -> dict[str, Any]:
        """Start a prediction."""
        body = {"version": model, "input": values}
        response = self.client.post("/v1/predictions", json=body, headers=headers)
        assert response.status_code == 201, response.text
        created: dict[str, Any] = response.json()
        return created

    def run(self, model: str, **values: Any) -> dict[str, Any]:
        """A prediction, waited for."""
        return self.create(model, {"prefer": "wait"}, **values)

    def get(self, prediction: dict[str, Any]) -> dict[str, Any]:
        """The prediction as of now."""
        current: dict[str, Any] = self.client.get(prediction["urls"]["get"]).json()
        return current

    def ended(self, prediction: dict[str, Any]) -> dict[str, Any]:
        """The prediction once it has ended."""

        def final() -> dict[str, Any] | None:
            current = self.get(prediction)
            return None if current["status"] in ("starting", "processing") else current

        ended: dict[str, Any] = until(final, "the end of a prediction")
        return ended

    def health(self) -> dict[str, Any]:
        """What /health tells."""
        health: dict[str, Any] = self.client.get("/health").json()
        return health


@contextmanager
def serving(folder: Path, *flags: str) -> Iterator[Server]:
    """A server with its data under the folder, for as long as the block lasts; all its answers must be Replicate's."""
    state_file = folder / "state.json"
    command = [*COMMAND, "--data", str(folder / "data"), "--state", str(state_file)]
    command += ["--log", str(folder / "log.txt"), *flags]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment()) as process:
        try:
            until(lambda: state_file.exists() or process.poll() is not None, "the server")
            assert process.poll() is None, (folder / "log.txt").read_text()
            state = json.loads(state_file.read_text("utf-8"))
            headers = {"authorization": "Bearer any"}
            with httpx.Client(base_url=state["url"], headers=headers, timeout=30, trust_env=False) as client:
                yield Server(process, state, folder, client)
        finally:
            process.terminate()
            process.wait(TIME_LIMIT)
    assert_contract_kept(state_file)
