"""Routes: one path with its methods, and the checks that every request passes before it reaches a handler."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from socket import gethostname

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from replicate_tui.local.hosts import host_name, is_loopback, is_number
from replicate_tui.local.http.allowance import Allowances
from replicate_tui.local.http.problems import Problem, forbidden, unauthenticated, unavailable

Handler = Callable[[Request], Awaitable[Response]]


def open_route(path: str, **methods: Handler) -> Route:
    """A path that needs no token; `methods` maps the HTTP methods it has to their handlers."""
    if "GET" in methods:
        methods = {"HEAD": methods["GET"], **methods}

    async def endpoint(request: Request) -> Response:
        return await methods[request.method](request)

    return Route(path, endpoint, methods=list(methods))


class Gate:
    """What every request to Replicate's API passes: it needs a token, and counts against a rate limit.

    Any token will do, unless there is one that it must be. Nothing passes once the server is `stopping`.
    """

    def __init__(self, token: str | None, allowances: Allowances, stopping: asyncio.Event) -> None:
        self._token = token
        self._allowances = allowances
        self._stopping = stopping

    def route(self, path: str, *, creates: bool = False, **methods: Handler) -> Route:
        """A path of the API. If it `creates` runs, its POST counts as such."""
        guarded = {
            method: self._guarded(handler, creating=creates and method == "POST") for method, handler in methods.items()
        }
        return open_route(path, **guarded)

    def _guarded(self, handler: Handler, *, creating: bool) -> Handler:
        allowance = self._allowances.creating if creating else self._allowances.other

        async def checked(request: Request) -> Response:
            try:
                if self._stopping.is_set():
                    raise unavailable()
                self._check_token(request)
                left = allowance.spend()
            except Problem as problem:
                return problem.response()
            try:
                response = await handler(request)
            except Problem as problem:
                response = problem.response()
            response.headers.update(left)
            return response

        return checked

    def _check_token(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            raise unauthenticated(given=False)
        right = self._token is None or hmac.compare_digest(token.strip().encode(), self._token.encode())
        if scheme.lower() not in ("bearer", "token") or not token.strip() or not right:
            raise unauthenticated(given=True)


class KnownHostsOnly:
    """Refuses requests that a foreign web page could make: a `Host` or `Origin` that is not this machine.

    Loopback is, and `host`, the address that is listened to; where that is not loopback, every address that is a
    number is too, for a foreign page cannot make one lead here.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._host = host
        self._names = (host.lower(), gethostname().lower())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and (reason := self._refusal(scope)):
            await forbidden(reason).response()(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if not self._known(headers.get(b"host", "")):
            return "The Host header does not name this machine."
        origin = headers.get(b"origin")
        if origin is not None and not self._known(origin.partition("://")[2]):
            return "Requests from pages of other sites are not answered."
        return None

    def _known(self, netloc: str) -> bool:
        name = host_name(netloc) or ""
        if is_loopback(name):
            return True
        return not is_loopback(self._host) and (name in self._names or is_number(name))
