"""What there is to run: models, their versions, readmes and examples, search, hardware, the account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from replicate_tui.local.addresses import base_url
from replicate_tui.local.allowance import Allowance
from replicate_tui.local.answers import JSON
from replicate_tui.local.catalog import ACCOUNT, HARDWARE, Catalog, version_as_json
from replicate_tui.local.paging import Cursor, Page, slice_of
from replicate_tui.local.problems import Problem, not_found, unprocessable
from replicate_tui.local.routing import api_route
from replicate_tui.local.schema import Declaration

PAGE_SIZE = 25
SEARCH_LIMIT = 50
SEARCH_DEFAULT = 20
SORT_KEYS = ("model_created_at", "latest_version_created_at")


class ModelRoutes:
    """Handlers over the catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def routes(self, allowance: Allowance) -> Sequence[BaseRoute]:
        """Their addresses."""
        model = "/models/{owner}/{name}"
        return [
            api_route("/account", allowance, GET=self.account),
            api_route("/hardware", allowance, GET=self.hardware),
            api_route("/search", allowance, GET=self.search),
            api_route("/models", allowance, GET=self.list, QUERY=self.query),
            api_route(model, allowance, GET=self.get),
            api_route(f"{model}/readme", allowance, GET=self.readme),
            api_route(f"{model}/examples", allowance, GET=self.examples),
            api_route(f"{model}/versions", allowance, GET=self.versions),
            api_route(f"{model}/versions/{{version}}", allowance, GET=self.version),
        ]

    async def account(self, request: Request) -> Response:
        """GET /account."""
        return JSON(ACCOUNT)

    async def hardware(self, request: Request) -> Response:
        """GET /hardware: a bare array."""
        return JSON([{"sku": sku, "name": name} for sku, name in HARDWARE.items()])

    async def list(self, request: Request) -> Response:
        """GET /models."""
        direction = _choice(request, "sort_direction", ("desc", "asc"))
        # Every model here has one version, made with it, so both keys give the same order.
        _choice(request, "sort_by", SORT_KEYS)
        models = sorted(self._catalog.models, key=lambda model: model.created_at, reverse=direction == "desc")
        return self._page(request, models)

    async def query(self, request: Request) -> Response:
        """QUERY /models: the body is the text to search for, bare or as a JSON string."""
        text = (await request.body()).decode("utf-8", "replace").strip()
        if len(text) >= 2 and text.startswith('"') and text.endswith('"'):
            text = text[1:-1]
        return self._page(request, [model for _, model in self._catalog.search(text)])

    async def search(self, request: Request) -> Response:
        """GET /search."""
        text = request.query_params.get("query")
        if not text:
            raise Problem(400, 'Query parameter "query" is required', media_type="application/json")
        base = base_url(request)
        found = self._catalog.search(text)[: _limit(request)]
        models = [
            {
                "model": self._catalog.as_json(model, base),
                "metadata": {"generated_description": None, "tags": [], "score": score},
            }
            for score, model in found
        ]
        return JSON({"query": text, "models": models, "collections": [], "pages": []})

    async def get(self, request: Request) -> Response:
        """GET /models/{owner}/{name}."""
        return JSON(self._catalog.as_json(self._model(request), base_url(request)))

    async def readme(self, request: Request) -> Response:
        """GET …/readme: markdown, not JSON."""
        return PlainTextResponse(self._model(request).readme)

    async def examples(self, request: Request) -> Response:
        """GET …/examples."""
        base = base_url(request)
        page = slice_of([self._model(request)], Cursor.of(request), PAGE_SIZE)
        shown = page.of(lambda model: self._catalog.example_as_json(model, base))
        return JSON(shown.as_json(request, base))

    async def versions(self, request: Request) -> Response:
        """GET …/versions."""
        page = slice_of([self._model(request)], Cursor.of(request), PAGE_SIZE)
        return JSON(page.of(version_as_json).as_json(request, base_url(request)))

    async def version(self, request: Request) -> Response:
        """GET …/versions/{version}."""
        model = self._model(request)
        if request.path_params["version"] != model.version:
            raise not_found()
        return JSON(version_as_json(model))

    def _model(self, request: Request) -> Declaration:
        model = self._catalog.model("{owner}/{name}".format(**request.path_params))
        if model is None:
            raise not_found()
        return model

    def _page(self, request: Request, models: Sequence[Declaration]) -> Response:
        base = base_url(request)
        page: Page = slice_of(models, Cursor.of(request), PAGE_SIZE)
        shown = page.of(lambda model: self._catalog.as_json(model, base))
        content: dict[str, Any] = shown.as_json(request, base)
        return JSON(content)


def _choice(request: Request, name: str, members: Sequence[str]) -> str:
    value = request.query_params.get(name, members[0])
    if value not in members:
        raise unprocessable(f"{name} must be one of {', '.join(members)}")
    return value


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(SEARCH_DEFAULT))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= SEARCH_LIMIT):
        raise unprocessable(f"limit must be a number from 1 to {SEARCH_LIMIT}")
    return int(text)
