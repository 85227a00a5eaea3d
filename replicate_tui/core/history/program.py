"""A running program by name, and whether one of that name has ended: only its own machine can tell."""

import contextlib
import functools
import hashlib
import os
import secrets
import socket
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_PROCESSES = Path("/proc/self/ns/pid")
"""Where Linux tells which numbers of processes it means: each container has its own."""


def named() -> str:
    """A name for this program that no other has: the number of its process, where that counts, and chance."""
    return f"{os.getpid():x}-{_machine()}-{secrets.token_hex(6)}"


def is_here(name: str) -> bool:
    """Whether a process has the number that a program was named by, on this machine; never on Windows."""
    if os.name == "nt":
        return False  # asking about a process would end it there
    try:
        os.kill(int(name.partition("-")[0], 16), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def has_ended(name: str) -> bool:
    """Whether a program has surely ended; one of another machine, or on Windows, never has."""
    _, *where = name.split("-")
    return os.name != "nt" and where[:1] == [_machine()] and not is_here(name)


@functools.cache
def _machine() -> str:
    """Tells the numbers of this machine's processes from those of others, and of itself before it was started anew."""
    told = [socket.gethostname()]
    with contextlib.suppress(OSError):
        told += [_BOOT.read_text("ascii"), str(_PROCESSES.readlink())]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]
