"""The whole HTTP application: Replicate's API at three addresses, deliveries, streams and control routes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Mount

from replicate_tui.local.http.problems import (
    Problem,
    disconnected_response,
    http_response,
    problem_response,
    unforeseen_response,
    unwritten_response,
)
from replicate_tui.local.http.routing import KnownHostsOnly


def application(api: Sequence[BaseRoute], others: Sequence[BaseRoute], host: str) -> Starlette:
    """`api` answers at `/`, `/v1` and `/v1/v1`: two official clients read one setting in different ways."""
    return Starlette(
        routes=[Mount("/v1/v1", routes=api), Mount("/v1", routes=api), *api, *others],
        middleware=[Middleware(KnownHostsOnly, host=host)],
        exception_handlers={
            Problem: problem_response,
            HTTPException: http_response,
            ClientDisconnect: disconnected_response,
            sqlite3.OperationalError: unwritten_response,
            Exception: unforeseen_response,
        },
    )
