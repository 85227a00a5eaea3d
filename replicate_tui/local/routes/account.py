"""What belongs to the account: itself, its hardware, its webhooks' secret; and the collections."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from replicate_tui.local.addresses import base_url
from replicate_tui.local.catalog import Catalog
from replicate_tui.local.collections import COLLECTIONS, collection
from replicate_tui.local.http.answers import JSON
from replicate_tui.local.http.paging import Cursor, slice_of
from replicate_tui.local.http.problems import not_found
from replicate_tui.local.http.routing import Gate
from replicate_tui.local.view import ACCOUNT
from replicate_tui.local.work import hardware

PAGE_SIZE = 25


class AccountRoutes:
    """Handlers over the catalog. `secret` signs webhooks."""

    def __init__(self, catalog: Catalog, secret: str) -> None:
        self._catalog = catalog
        self._secret = secret

    def routes(self, gate: Gate) -> Sequence[BaseRoute]:
        """Their addresses."""
        return [
            gate.route("/account", GET=self.account),
            gate.route("/hardware", GET=self.hardware),
            gate.route("/webhooks/default/secret", GET=self.secret),
            gate.route("/collections", GET=self.collections),
            gate.route("/collections/{slug}", GET=self.collection),
        ]

    async def account(self, request: Request) -> Response:
        """GET /account."""
        return JSON(ACCOUNT)

    async def hardware(self, request: Request) -> Response:
        """GET /hardware: a bare array."""
        return JSON(hardware.listed())

    async def secret(self, request: Request) -> Response:
        """GET /webhooks/default/secret."""
        return JSON({"key": self._secret})

    async def collections(self, request: Request) -> Response:
        """GET /collections."""
        page = slice_of(COLLECTIONS, Cursor.of(request), PAGE_SIZE)
        return JSON(page.of(lambda entry: entry.as_json()).as_json(request, base_url(request)))

    async def collection(self, request: Request) -> Response:
        """GET /collections/{slug}: with its models."""
        found = collection(request.path_params["slug"])
        if found is None:
            raise not_found()
        models = [model for name in found.models if (model := self._catalog.model(name))]
        shown = [self._catalog.as_json(model, base_url(request)) for model in models]
        return JSON({**found.as_json(), "full_description": found.full_description, "models": shown})
