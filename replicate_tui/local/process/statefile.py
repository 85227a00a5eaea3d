"""The state file: how the program that started the server, and others of the same user, find it again."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from replicate_tui.local.storage.records import timestamp

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Hosts that mean every address of this machine, and the one by which it reaches itself."""


@dataclass(frozen=True, slots=True)
class State:
    """What the file says. `secret` permits its reader to stop the server; `ca` is the authority behind an HTTPS url."""

    pid: int
    host: str
    port: int
    url: str
    version: str
    secret: str = field(repr=False)
    started_at: str
    ca: str | None = None

    @classmethod
    def new(cls, host: str, port: int, version: str, authority: Path | None) -> State:
        """The state of this process, with a secret of its own."""
        reached = WILDCARDS.get(host, host)
        name = f"[{reached}]" if ":" in reached else reached
        return cls(
            pid=os.getpid(),
            host=host,
            port=port,
            url=f"{'https' if authority else 'http'}://{name}:{port}",
            version=version,
            secret=secrets.token_urlsafe(32),
            started_at=timestamp(time.time()),
            ca=str(authority) if authority else None,
        )


@contextmanager
def published(state: State, path: Path) -> Iterator[None]:
    """Let the file exist meanwhile. Another server's file that took its place is left alone at the end."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{state.pid}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(state), file)
    draft.replace(path)
    try:
        yield
    finally:
        if _secret(path) == state.secret:
            path.unlink(missing_ok=True)


def _secret(path: Path) -> str | None:
    with suppress(OSError, ValueError, AttributeError):
        secret: str | None = json.loads(path.read_text("utf-8")).get("secret")
        return secret
    return None
