"""The worker processes that a server has, as the operating system tells."""

from __future__ import annotations

import subprocess

from tests.local.serving import Server

MODULE = "replicate_tui.local.work.child"


def workers(server: Server, model: str) -> set[int]:
    """The ids of the processes that have a bundled model set up, or are setting it up."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    )
    found = set()
    for line in listed.stdout.splitlines():
        pid, parent, state, *words = line.split()
        if int(parent) == server.process.pid and not state.startswith("Z") and f"{MODULE} {model}" in " ".join(words):
            found.add(int(pid))
    return found
