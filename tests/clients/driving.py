"""The official clients: where they are installed, and how one scenario of one of them is run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.local.serving import Server

HERE = Path(__file__).parent
CLIENTS = HERE.parent.parent / ".clients"
PROGRAMS = "Scripts" if os.name == "nt" else "bin"
TIME_LIMIT = 60.0


@dataclass(frozen=True)
class Client:
    """One official client. `suffix` is what its base address ends in by its own convention."""

    name: str
    command: tuple[str, ...]
    suffix: str

    def drive(self, server: Server, scenario: str, **arguments: Any) -> dict[str, Any]:
        """What the scenario tells: its value, or the client's error."""
        return self.drive_at(server, server.url + self.suffix, scenario, **arguments)

    def drive_at(self, server: Server, base: str, scenario: str, **arguments: Any) -> dict[str, Any]:
        """The same, with another base address."""
        with self.started(server, base, scenario, **arguments) as process:
            return finished(process)

    def started(self, server: Server, base: str, scenario: str, **arguments: Any) -> subprocess.Popen[str]:
        """The scenario's process."""
        command = [*self.command, base, scenario, json.dumps(arguments)]
        pipe = subprocess.PIPE
        environ = _environ(server)
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, env=environ)


def finished(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What the process tells when it has ended."""
    try:
        told, complaints = process.communicate(timeout=TIME_LIMIT)
    finally:
        process.kill()
    assert process.returncode == 0, complaints
    result: dict[str, Any] = json.loads(told)
    return result


def official(name: str) -> Client | None:
    """The client of that name, if it is installed."""
    if name == "node":
        command = (shutil.which("node") or "", str(HERE / "drive_node.mjs"))
        installed = bool(command[0]) and (CLIENTS / "node" / "node_modules" / "replicate").is_dir()
    else:
        python = CLIENTS / name / PROGRAMS / "python"
        command = (str(python), str(HERE / f"drive_{name.replace('-', '_')}.py"))
        installed = bool(list((CLIENTS / name).rglob("replicate-*.dist-info")))
    return Client(name, command, "" if name == "python-1" else "/v1") if installed else None


def value(told: dict[str, Any]) -> Any:
    """The value of a scenario that must not have failed."""
    assert "error" not in told, told["error"]
    return told["value"]


def _environ(server: Server) -> dict[str, str]:
    inherited = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("REPLICATE_", "PYTHON")) and not name.lower().endswith("_proxy")
    }
    trust = {"SSL_CERT_FILE": server.state["ca"], "NODE_EXTRA_CA_CERTS": server.state["ca"]} if _secure(server) else {}
    return {
        **inherited,
        **trust,
        "REPLICATE_API_TOKEN": "r8_of_the_tests",
        "REPLICATE_POLL_INTERVAL": "0.05",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(server.folder),
    }


def _secure(server: Server) -> bool:
    return server.url.startswith("https:")
