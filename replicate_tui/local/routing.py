"""Routes: one path with its methods, and the checks that every request passes before it reaches a handler."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from replicate_tui.local.addresses import host_name, is_loopback
from replicate_tui.local.allowance import Allowance
from replicate_tui.local.problems import Problem, bad_request, forbidden, unauthenticated

Handler = Callable[[Request], Awaitable[Response]]


def open_route(path: str, **methods: Handler) -> Route:
    """A path that needs no token; `methods` maps the HTTP methods it has to their handlers."""
    if "GET" in methods:
        methods = {"HEAD": methods["GET"], **methods}

    async def endpoint(request: Request) -> Response:
        return await methods[request.method](request)

    return Route(path, endpoint, methods=list(methods))


def api_route(path: str, allowances: Allowance | Mapping[str, Allowance], **methods: Handler) -> Route:
    """A path of Replicate's API: it needs a token, and tells how much of its method's rate limit is left."""

    def guarded(method: str, handler: Handler) -> Handler:
        allowance = allowances if isinstance(allowances, Allowance) else allowances[method]

        async def checked(request: Request) -> Response:
            try:
                _check_token(request)
                response = await handler(request)
            except Problem as problem:
                response = problem.response()
            response.headers.update(allowance.spend())
            return response

        return checked

    return open_route(path, **{method: guarded(method, handler) for method, handler in methods.items()})


async def json_body(request: Request) -> Any:
    """The request's body; an empty one counts as `{}`. Raises `Problem` 400 when it is not JSON."""
    body = await request.body()
    try:
        return json.loads(body or b"{}", parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"The request's body is not valid JSON: {error}") from error


class LoopbackOnly:
    """Refuses requests that a foreign web page could make: a `Host` or `Origin` that is not this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and (reason := _refusal(scope)):
            await forbidden(reason).response()(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _refusal(scope: Scope) -> str | None:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    if not is_loopback(host_name(headers.get(b"host", "")) or ""):
        return "The Host header does not name this machine."
    origin = headers.get(b"origin")
    if origin is not None and not is_loopback(host_name(origin.partition("://")[2]) or ""):
        return "Requests from pages of other sites are not answered."
    return None


def _check_token(request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        raise unauthenticated(given=False)
    if scheme.lower() not in ("bearer", "token") or not token.strip():
        raise unauthenticated(given=True)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")
