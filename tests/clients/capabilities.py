"""What the server can do, asked of the server itself."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest

from tests.local.serving import Server


def needs_flags(*flags: str) -> None:
    """Skip where the server's command line has not all of the flags."""
    for flag in flags:
        if flag.startswith("--") and flag not in _help():
            pytest.skip(f"the local server has no {flag}")


def needs_route(server: Server, path: str, method: str = "GET") -> None:
    """Skip where the server has no such route."""
    if server.client.request(method, path).status_code in (404, 405):
        pytest.skip(f"the local server has no {method} {path}")


@cache
def _help() -> str:
    command = [sys.executable, "-m", "replicate_tui.local", "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
