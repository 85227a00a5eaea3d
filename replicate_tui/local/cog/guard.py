"""Runs one piece of Python in a process group that ends with the server, however the server ends.

Run as a file, `python -P guard.py WORKSPACE TARGET ARGUMENTS…`: TARGET is a module, or a file when it ends in `.py`.
Standard input is a pipe that nobody writes to: its end means that whoever started this process is gone, killed
or not. Then the workspace is removed, and the whole group is killed.
"""

from __future__ import annotations

import os
import runpy
import shutil
import signal
import sys
import threading


def main() -> None:
    """Run the target as `python` itself would run it in the current folder."""
    workspace, target, *arguments = sys.argv[1:]
    threading.Thread(target=_end_with_the_server, args=(workspace,), daemon=True).start()
    sys.path.insert(0, "")
    sys.argv = [target, *arguments]
    if target.endswith(".py"):
        runpy.run_path(target, run_name="__main__")
    else:
        runpy.run_module(target, run_name="__main__", alter_sys=True)


def _end_with_the_server(workspace: str) -> None:
    while os.read(0, 1024):
        pass
    shutil.rmtree(workspace, ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
