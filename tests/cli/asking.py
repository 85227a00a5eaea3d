"""Asking for a command the process that commands are forked from; as a program, being that command for a shell.

As a program it takes the address and then the command's arguments; it is imported by nothing that takes time.
"""

import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType

FORKED_FROM = "TESTS_FORKED_FROM"
"""The variable that tells the address."""


class Asked:
    """A command that was begun. `descriptors`: its standard input, output and error, to be closed by the caller."""

    def __init__(
        self, address: str, arguments: Sequence[str], cwd: str, environ: Mapping[str, str], descriptors: Sequence[int]
    ) -> None:
        order = {"arguments": list(arguments), "cwd": cwd, "environ": dict(environ)}
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(address)
        socket.send_fds(self._socket, [b"\0"], list(descriptors))
        self._socket.sendall(json.dumps(order).encode() + b"\n")
        self._answer = self._socket.makefile("rb")
        self.pid = int(self._answer.readline())

    def __enter__(self) -> "Asked":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._answer.close()
        self._socket.close()

    def code(self, limit: float | None = None) -> int:
        """How it ended: an exit code, or the number of a signal below zero. It is killed after `limit` seconds.

        Raises:
            TimeoutError: it had to be killed.
        """
        self._socket.settimeout(limit)
        try:
            return int(self._answer.readline())
        except TimeoutError:
            os.kill(self.pid, signal.SIGKILL)
            raise


if __name__ == "__main__":
    with Asked(sys.argv[1], sys.argv[2:], os.getcwd(), os.environ, (0, 1, 2)) as begun:  # noqa: PTH109 - it is fast
        ended = begun.code()
    sys.exit(ended if ended >= 0 else 128 - ended)
