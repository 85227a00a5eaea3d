"""Errors as Replicate's HTTP API answers them: flat JSON in the style of RFC 7807."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from replicate_tui.local.http.answers import JSON

PROBLEM = "application/problem+json"


class Problem(Exception):
    """An answer that is an error. `media_type` is plain JSON for the few routes that say so."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        title: str | None = None,
        invalid_fields: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        media_type: str = PROBLEM,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers
        self.media_type = media_type
        self.body: dict[str, Any] = {"title": title} if title else {}
        self.body |= {"detail": detail, "status": status}
        if invalid_fields:
            self.body["invalid_fields"] = list(invalid_fields)

    def response(self) -> Response:
        """The HTTP answer."""
        return JSON(self.body, self.status, headers=self.headers, media_type=self.media_type)


def not_found() -> Problem:
    """The generic 404."""
    return Problem(404, "The requested resource could not be found.")


def unauthenticated(*, given: bool) -> Problem:
    """The 401: a token was `given` and is wrong, or there was none."""
    article = "a valid" if given else "an"
    return Problem(401, f"You did not pass {article} authentication token", title="Unauthenticated")


def forbidden(detail: str) -> Problem:
    """A 403 for requests that a page of a foreign site may have caused."""
    return Problem(403, detail, title="Forbidden")


def bad_request(detail: str) -> Problem:
    """A 400 for a request that cannot be read."""
    return Problem(400, detail, title="Bad request")


def unprocessable(detail: str) -> Problem:
    """A 422 for a value outside what the request's schema can say."""
    return Problem(422, detail, title="Unprocessable entity")


def conflict(detail: str) -> Problem:
    """The 409 for a name that is taken; one client would send the request again unless told not to."""
    return Problem(409, detail, title="Conflict", headers={"x-should-retry": "false"})


def unavailable() -> Problem:
    """The 503 of a server that is about to end."""
    return Problem(503, "The server is stopping.", title="Service unavailable", headers={"connection": "close"})


def no_room() -> Problem:
    """The 507 of a server whose disk is full: nothing was created."""
    detail = "The disk of the server is full."
    return Problem(507, detail, title="Insufficient storage", headers={"x-should-retry": "false"})


def invalid_version() -> Problem:
    """The 422 for a version that does not exist."""
    return Problem(
        422,
        "The specified version does not exist (or perhaps you don't have permission to use it?)",
        title="Invalid version or not permitted",
    )


async def problem_response(request: Request, error: Exception) -> Response:
    """Starlette's handler for `Problem`."""
    assert isinstance(error, Problem)
    return error.response()


async def unwritten_response(request: Request, error: Exception) -> Response:
    """Starlette's handler for what the disk does not take. Anything else about the database is unforeseen."""
    if "full" not in str(error):
        raise error
    return no_room().response()


async def disconnected_response(request: Request, error: Exception) -> Response:
    """Starlette's handler for a body that ended early: hardly anybody is there to read it."""
    return bad_request("The request's body ended early.").response()


async def http_response(request: Request, error: Exception) -> Response:
    """Starlette's handler for its own errors: no such route, or a method that the route does not have."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return not_found().response()
    if error.status_code == 405:
        detail = f"Method {request.method} is not allowed here."
        return Problem(405, detail, title="Method not allowed", headers=error.headers).response()
    return Problem(error.status_code, error.detail, headers=error.headers).response()


async def unforeseen_response(request: Request, error: Exception) -> Response:
    """Starlette's handler for everything else: the traceback goes to the log, never into the body."""
    return Problem(500, "The server met an unexpected error.", title="Internal server error").response()
