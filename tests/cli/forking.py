"""Commands as real processes that need not import the program anew: each is forked from one that did.

A command of the tests spends most of its time importing. Forked it has all the same a process, descriptors, an
environment, a folder and an exit code of its own. Where a test's point is the start itself, it starts the program.
"""

import atexit
import contextlib
import importlib
import io
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

from tests.cli.asking import Asked
from tests.local.contract_report import environment

FORKS = hasattr(os, "fork")
"""Windows starts each command anew."""
IMPORTED = ("replicate_tui.cli", "replicate_tui.api", "replicate_tui.core")
AT_THE_START = ("PYTHON", "LC_", "LANG")
"""How the names of variables begin that the interpreter reads when it starts, and never again."""


class Forking:
    """The process that commands are forked from, and how it is asked for one; `address`: where others ask it."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "s")
        command = [sys.executable, "-P", __file__, self.address]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment())
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def run(
        self, arguments: Sequence[str], cwd: Path, environ: Mapping[str, str], stdin: str, limit: float
    ) -> "subprocess.CompletedProcess[str]":
        """What a command said and how it ended; it is killed after `limit` seconds.

        Raises:
            TimeoutError: it had to be killed.
        """
        with ThreadPoolExecutor(3) as threads:
            (read, feed), (out, write), (errors, write_errors) = os.pipe(), os.pipe(), os.pipe()
            theirs = [read, write, write_errors]
            with Asked(self.address, arguments, str(cwd), environ, theirs) as asked:
                for each in theirs:
                    os.close(each)
                threads.submit(_feed, feed, stdin.encode())
                said = [threads.submit(_drained, each) for each in (out, errors)]
                code = asked.code(limit)
            texts = [each.result() for each in said]
        return subprocess.CompletedProcess(["replicate-tui", *arguments], code, *texts)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def _feed(descriptor: int, content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), open(descriptor, "wb") as pipe:
        pipe.write(content)


def _drained(descriptor: int) -> str:
    with open(descriptor, encoding="utf-8") as pipe:
        return pipe.read()


# -- in the process that is forked ------


def serve(address: str) -> None:
    """Fork a command for each order, until standard input ends."""
    for name in _modules():
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening, selectors.DefaultSelector() as waiting:
        listening.bind(address)
        listening.listen(8)
        waiting.register(listening, selectors.EVENT_READ)
        waiting.register(0, selectors.EVENT_READ)
        print("ready", flush=True)  # noqa: T201 - the one who asks reads it
        while 0 not in {key.fileobj for key, _ in waiting.select()}:
            asked, _ = listening.accept()
            with asked:
                if os.fork() == 0:
                    _attend(asked)


def _modules() -> Iterator[str]:
    for name in IMPORTED:
        yield name
        for each in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
            yield each.name


def _attend(asked: socket.socket) -> NoReturn:
    """Begin the command, tell its number, and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, descriptors, _, _ = socket.recv_fds(asked, 1, 3)
    with asked.makefile("rb") as lines:
        order = json.loads(lines.readline())
    child = os.fork()
    if child == 0:
        asked.close()
        _become(order, descriptors)
    for each in descriptors:
        os.close(each)
    asked.sendall(b"%d\n" % child)
    asked.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os._exit(0)


def _become(order: Mapping[str, object], descriptors: Sequence[int]) -> NoReturn:
    """Be the command."""
    for number, each in enumerate(descriptors):
        os.dup2(each, number)
    os.closerange(3, 64)
    os.environ.clear()
    os.environ.update(order["environ"])  # type: ignore[call-overload]
    time.tzset()
    os.chdir(str(order["cwd"]))
    sys.argv[1:] = order["arguments"]  # type: ignore[assignment]
    sys.stdin, sys.stdout, sys.stderr = (
        _stream(0, "r", "strict"),
        _stream(1, "w", "strict"),
        _stream(2, "w", "backslashreplace"),
    )
    os._exit(_ended())


def _stream(descriptor: int, mode: str, errors: str) -> io.TextIOWrapper:
    buffer = open(descriptor, f"{mode}b", closefd=False)  # noqa: SIM115 - it stays open
    return io.TextIOWrapper(buffer, "utf-8", errors, line_buffering=descriptor == 2, write_through=False)


def _ended() -> int:
    """The exit code, after what the interpreter does at its end."""
    try:
        runpy.run_module("replicate_tui", run_name="__main__", alter_sys=True)
        code: object = 0
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - as the interpreter does
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = 120
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    serve(sys.argv[1])
