"""Every operation of the HTTP API: how it is called, and what it asks."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replicate_tui.api.client import Client

RUN = {"id": "p1", "status": "starting"}
MODEL = {"owner": "acme", "name": "x"}
VERSION = {"id": "v1"}
DEPLOYMENT = {"owner": "acme", "name": "prod"}
COLLECTION = {"slug": "upscalers", "name": "Upscalers"}
FILE = {"id": "f1"}
EMPTY: dict[str, object] = {"next": None, "previous": None, "results": []}


@dataclass(frozen=True, slots=True)
class Operation:
    """`asks` is method and path; `body` what the server answers; `once` whether it must reach the server once only."""

    name: str
    asks: str
    call: Callable[[Client], Awaitable[object]]
    body: object = None
    once: bool = False

    @property
    def answer(self) -> bytes:
        return b"" if self.body is None else json.dumps(self.body).encode()

    def __str__(self) -> str:
        return self.name


async def _upload(client: Client) -> object:
    return await client.files.create(Path(__file__))


async def _fetch(client: Client) -> bytes:
    async with client.files.download("f1", owner="acme", expiry=1, signature="c2ln") as download:
        return b"".join([chunk async for chunk in download.chunks()])


def _deployment(client: Client) -> Awaitable[object]:
    values: dict[str, Any] = {"model": "acme/x", "version": "v1", "hardware": "cpu"}
    return client.deployments.create("prod", **values, min_instances=0, max_instances=1)


OPERATIONS = [
    Operation("account.get", "GET /v1/account", lambda c: c.account(), {"username": "acme"}),
    Operation("search", "GET /v1/search?query=x", lambda c: c.search("x"), {"models": []}),
    Operation("predictions.create", "POST /v1/predictions", lambda c: c.predictions.create("a/b", {}), RUN, True),
    Operation("predictions.list", "GET /v1/predictions", lambda c: c.predictions.list(), EMPTY),
    Operation("predictions.get", "GET /v1/predictions/p1", lambda c: c.predictions.get("p1"), RUN),
    Operation("predictions.cancel", "POST /v1/predictions/p1/cancel", lambda c: c.predictions.cancel("p1"), RUN),
    Operation("models.list", "GET /v1/models", lambda c: c.models.list(), EMPTY),
    Operation(
        "models.create",
        "POST /v1/models",
        lambda c: c.models.create("acme", "x", visibility="private", hardware="cpu"),
        MODEL,
        True,
    ),
    Operation("models.search", "GET /v1/search?query=x&limit=50", lambda c: c.models.search("x"), {"models": []}),
    Operation("models.get", "GET /v1/models/acme/x", lambda c: c.models.get("acme", "x"), MODEL),
    Operation(
        "models.update", "PATCH /v1/models/acme/x", lambda c: c.models.update("acme", "x", description="d"), MODEL
    ),
    Operation("models.delete", "DELETE /v1/models/acme/x", lambda c: c.models.delete("acme", "x")),
    Operation("models.readme.get", "GET /v1/models/acme/x/readme", lambda c: c.models.readme("acme", "x"), "# x"),
    Operation(
        "models.examples.list", "GET /v1/models/acme/x/examples", lambda c: c.models.examples("acme", "x"), EMPTY
    ),
    Operation(
        "models.versions.list", "GET /v1/models/acme/x/versions", lambda c: c.models.versions.list("acme", "x"), EMPTY
    ),
    Operation(
        "models.versions.get",
        "GET /v1/models/acme/x/versions/v1",
        lambda c: c.models.versions.get("acme", "x", "v1"),
        VERSION,
    ),
    Operation(
        "models.versions.delete",
        "DELETE /v1/models/acme/x/versions/v1",
        lambda c: c.models.versions.delete("acme", "x", "v1"),
    ),
    Operation(
        "models.predictions.create",
        "POST /v1/models/acme/x/predictions",
        lambda c: c.models.predictions.create("acme", "x", {}),
        RUN,
        True,
    ),
    Operation(
        "trainings.create",
        "POST /v1/models/acme/x/versions/v1/trainings",
        lambda c: c.trainings.create("acme", "x", "v1", destination="me/mine", input={}),
        RUN,
        True,
    ),
    Operation("trainings.list", "GET /v1/trainings", lambda c: c.trainings.list(), EMPTY),
    Operation("trainings.get", "GET /v1/trainings/p1", lambda c: c.trainings.get("p1"), RUN),
    Operation("trainings.cancel", "POST /v1/trainings/p1/cancel", lambda c: c.trainings.cancel("p1"), RUN),
    Operation("deployments.list", "GET /v1/deployments", lambda c: c.deployments.list(), EMPTY),
    Operation("deployments.create", "POST /v1/deployments", _deployment, DEPLOYMENT, True),
    Operation(
        "deployments.get", "GET /v1/deployments/acme/prod", lambda c: c.deployments.get("acme", "prod"), DEPLOYMENT
    ),
    Operation(
        "deployments.update",
        "PATCH /v1/deployments/acme/prod",
        lambda c: c.deployments.update("acme", "prod", max_instances=2),
        DEPLOYMENT,
        True,
    ),
    Operation("deployments.delete", "DELETE /v1/deployments/acme/prod", lambda c: c.deployments.delete("acme", "prod")),
    Operation(
        "deployments.predictions.create",
        "POST /v1/deployments/acme/prod/predictions",
        lambda c: c.deployments.predictions.create("acme", "prod", {}),
        RUN,
        True,
    ),
    Operation("collections.list", "GET /v1/collections", lambda c: c.collections.list(), EMPTY),
    Operation("collections.get", "GET /v1/collections/upscalers", lambda c: c.collections.get("upscalers"), COLLECTION),
    Operation("hardware.list", "GET /v1/hardware", lambda c: c.hardware(), []),
    Operation("files.create", "POST /v1/files", _upload, FILE, True),
    Operation("files.list", "GET /v1/files", lambda c: c.files.list(), EMPTY),
    Operation("files.get", "GET /v1/files/f1", lambda c: c.files.get("f1"), FILE),
    Operation("files.delete", "DELETE /v1/files/f1", lambda c: c.files.delete("f1")),
    Operation("files.download", "GET /v1/files/f1/download?owner=acme&expiry=1&signature=c2ln", _fetch, "x"),
    Operation(
        "webhooks.default.secret.get",
        "GET /v1/webhooks/default/secret",
        lambda c: c.webhook_secret(),
        {"key": "whsec_bG9jYWw="},
    ),
]
"""All of them; `QUERY /models` stands behind `models.search`."""

ONCE = [operation for operation in OPERATIONS if operation.once]
REPEATABLE = [operation for operation in OPERATIONS if not operation.once]
