"""What there is to run: models, their versions, readmes and examples; and the search for them."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from replicate_tui.local import view
from replicate_tui.local.addresses import base_url
from replicate_tui.local.catalog import Catalog
from replicate_tui.local.collections import matching
from replicate_tui.local.http.answers import JSON
from replicate_tui.local.http.bodies import whole_body
from replicate_tui.local.http.paging import Cursor, slice_of
from replicate_tui.local.http.problems import Problem, not_found, unprocessable
from replicate_tui.local.http.routing import Gate
from replicate_tui.local.recordings.index import Card
from replicate_tui.local.shelf import Model

PAGE_SIZE = 25
SEARCH_LIMIT = 50
SEARCH_DEFAULT = 20
SORT_KEYS = {"latest_version_created_at": "pushed_at", "model_created_at": "created_at"}
"""What the API sorts by, and the part of a card that it means."""


class ModelRoutes:
    """Handlers over the catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def routes(self, gate: Gate) -> Sequence[BaseRoute]:
        """Their addresses; those that change models are elsewhere (see `own_models`)."""
        model = "/models/{owner}/{name}"
        return [
            gate.route("/search", GET=self.search),
            gate.route(f"{model}/readme", GET=self.readme),
            gate.route(f"{model}/examples", GET=self.examples),
            gate.route(f"{model}/versions", GET=self.versions),
        ]

    async def list(self, request: Request) -> Response:
        """GET /models."""
        direction = _choice(request, "sort_direction", ("desc", "asc"))
        key = SORT_KEYS[_choice(request, "sort_by", tuple(SORT_KEYS))]
        await self._catalog.ready()
        cards = sorted(self._catalog.cards(), key=lambda card: str(getattr(card, key)), reverse=direction == "desc")
        return self._page(request, cards)

    async def query(self, request: Request) -> Response:
        """QUERY /models: the body is the text to search for, bare or as a JSON string."""
        text = (await whole_body(request)).decode("utf-8", "replace").strip()
        if len(text) >= 2 and text.startswith('"') and text.endswith('"'):
            text = text[1:-1]
        await self._catalog.ready()
        found = [card for _, card in self._catalog.search(text)][:PAGE_SIZE]
        return self._page(request, found)

    async def search(self, request: Request) -> Response:
        """GET /search."""
        text = request.query_params.get("query")
        if not text:
            raise Problem(400, 'Query parameter "query" is required', media_type="application/json")
        limit = _limit(request)
        await self._catalog.ready()
        base = base_url(request)
        models = [
            {
                "model": shown,
                "metadata": {"generated_description": None, "tags": [], "score": score},
            }
            for score, card in self._catalog.search(text)[:limit]
            for shown in self._catalog.shown([card], base)
        ]
        collections = [{**entry.as_json(), "models": list(entry.models)} for entry in matching(text)]
        return JSON({"query": text, "models": models, "collections": collections, "pages": []})

    async def get(self, request: Request) -> Response:
        """GET /models/{owner}/{name}."""
        return JSON(self._catalog.as_json(await self._model(request), base_url(request)))

    async def readme(self, request: Request) -> Response:
        """GET …/readme: markdown, not JSON."""
        readme = (await self._model(request)).readme
        if readme is None:
            raise not_found()
        return PlainTextResponse(readme.encode("utf-8", "replace"))

    async def examples(self, request: Request) -> Response:
        """GET …/examples."""
        base = base_url(request)
        example = (await self._model(request)).example
        page = slice_of([example] if example else [], Cursor.of(request), PAGE_SIZE)
        return JSON(page.of(lambda shown: view.example(shown, base)).as_json(request, base))

    async def versions(self, request: Request) -> Response:
        """GET …/versions."""
        model = await self._model(request)
        if model.hides_versions:
            detail = "This model is an official model and does not expose a list of versions."
            raise Problem(404, detail, title="Not found")
        page = slice_of(model.versions, Cursor.of(request), PAGE_SIZE)
        return JSON(page.of(lambda version: version.as_json()).as_json(request, base_url(request)))

    async def version(self, request: Request) -> Response:
        """GET …/versions/{version}."""
        version = (await self._model(request)).version(request.path_params["version"])
        if version is None:
            raise not_found()
        return JSON(version.as_json())

    async def _model(self, request: Request) -> Model:
        await self._catalog.ready()
        model = self._catalog.model("{owner}/{name}".format(**request.path_params))
        if model is None:
            raise not_found()
        return model

    def _page(self, request: Request, cards: Sequence[Card]) -> Response:
        base = base_url(request)
        page = slice_of(cards, Cursor.of(request), PAGE_SIZE)
        content = page.as_json(request, base)
        content["results"] = self._catalog.shown(page.results, base)
        return JSON(content)


def _choice(request: Request, name: str, members: Sequence[str]) -> str:
    value = request.query_params.get(name, members[0])
    if value not in members:
        raise unprocessable(f"{name} must be one of {', '.join(members)}")
    return value


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(SEARCH_DEFAULT))
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= SEARCH_LIMIT):
        raise unprocessable(f"limit must be a number from 1 to {SEARCH_LIMIT}")
    return int(text)
