"""`python -m tests.local.checked`: the local server, with every answer held against Replicate's description.

It takes the server's own arguments. Violations and the table of routes are written beside the state file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from replicate_tui.local import __main__ as program
from replicate_tui.local import assembly
from tests.local.contract import JSON_TYPES, Answer, Contract
from tests.local.contract_report import routes_file, write_violations


class Checked:
    """An application whose finished answers are judged after they have been sent."""

    def __init__(self, app: ASGIApp, contract: Contract, state: Path) -> None:
        self._app = app
        self._contract = contract
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on as it is; streams and files are never held in memory."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watched = _Watched(send)
        try:
            await self._app(scope, receive, watched.send)
        finally:
            if watched.whole:
                answer = watched.answer(scope["method"], scope["path"])
                write_violations(self._state, self._contract.violations(answer))


class _Watched:
    """What went by of one answer."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._content_type = ""
        self._kept: list[bytes] | None = None
        self.whole = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = dict(message.get("headers", ()))
            self._status = message["status"]
            self._content_type = headers.get(b"content-type", b"").decode("latin-1")
            if not self._content_type or self._content_type.startswith(JSON_TYPES):
                self._kept = []
        elif message["type"] == "http.response.body":
            if self._kept is not None:
                self._kept.append(bytes(message.get("body", b"")))
            self.whole = not message.get("more_body", False)
        await self._send(message)

    def answer(self, method: str, path: str) -> Answer:
        body = None if self._kept is None else b"".join(self._kept)
        return Answer.of(method, path, self._status, self._content_type, body)


def routes(table: Iterable[BaseRoute], prefix: str = "") -> list[tuple[str, list[str]]]:
    """Every path of the table with its methods."""
    found: list[tuple[str, list[str]]] = []
    for route in table:
        if isinstance(route, Mount):
            found += routes(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            found.append((prefix + route.path, sorted(route.methods or ())))
    return found


def main() -> int:
    """Serve as the command line says; without the description nothing is checked."""
    state = Path(sys.argv[sys.argv.index("--state") + 1])
    contract = Contract.load()
    make = assembly.application

    def application(*arguments: Any, **named: Any) -> ASGIApp:
        app: Starlette = make(*arguments, **named)
        routes_file(state).write_text(json.dumps(routes(app.routes)), "utf-8")
        return app if contract is None else Checked(app, contract, state)

    with patch.object(assembly, "application", application):
        return program.main()


if __name__ == "__main__":
    sys.exit(main())
