"""Predictions: create, list, get, cancel."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from replicate_tui.local import validation
from replicate_tui.local.addresses import base_url
from replicate_tui.local.allowance import Allowance
from replicate_tui.local.answers import JSON
from replicate_tui.local.catalog import Catalog
from replicate_tui.local.lifetimes import lifetime, waiting_time
from replicate_tui.local.paging import Cursor, newest_first
from replicate_tui.local.problems import invalid_version, not_found, unprocessable
from replicate_tui.local.records import Prediction, new_id, timestamp
from replicate_tui.local.routing import api_route, json_body
from replicate_tui.local.runner import Runner
from replicate_tui.local.runs import Run
from replicate_tui.local.schema import Declaration
from replicate_tui.local.storage import Storage

PAGE_SIZE = 100

ANSWER_MARGIN = 0.3
"""A waiting request is answered this many seconds early, before a client with the same patience gives up."""


class PredictionRoutes:
    """Handlers over the runner (active ones) and the storage (all)."""

    def __init__(self, runner: Runner, storage: Storage, catalog: Catalog) -> None:
        self._runner = runner
        self._storage = storage
        self._catalog = catalog

    def routes(self, creating: Allowance, other: Allowance) -> Sequence[BaseRoute]:
        """Their addresses; creating has a rate limit of its own."""
        return [
            api_route("/predictions", {"POST": creating, "GET": other}, POST=self.create, GET=self.list),
            api_route("/predictions/{id}", other, GET=self.get),
            api_route("/predictions/{id}/cancel", other, POST=self.cancel),
            api_route("/models/{owner}/{name}/predictions", creating, POST=self.create_for_model),
        ]

    async def create(self, request: Request) -> Response:
        """POST /predictions: the body names the version."""
        body = await json_body(request)
        validation.check_body(body, validation.CREATE_PREDICTION)
        model = self._catalog.resolve(body["version"])
        if model is None:
            raise invalid_version()
        return await self._create(request, model, body)

    async def create_for_model(self, request: Request) -> Response:
        """POST /models/{owner}/{name}/predictions."""
        model = self._catalog.model("{owner}/{name}".format(**request.path_params))
        if model is None:
            raise not_found()
        body = await json_body(request)
        validation.check_body(body, validation.CREATE_FOR_MODEL)
        return await self._create(request, model, body)

    async def list(self, request: Request) -> Response:
        """GET /predictions: newest first, without logs."""
        base = base_url(request)
        page = newest_first(self._storage.predictions_page, Cursor.of(request), PAGE_SIZE, _filters(request))
        shown = page.of(lambda prediction: self._current(prediction).as_json(base, logs=False))
        return JSON(shown.as_json(request, base))

    async def get(self, request: Request) -> Response:
        """GET /predictions/{id}."""
        identifier = request.path_params["id"]
        base = base_url(request)
        if prediction := self._runner.prediction(identifier):
            return JSON(prediction.as_json(base))
        if example := self._catalog.example_with_id(identifier, base):
            return JSON(example)
        raise not_found()

    async def cancel(self, request: Request) -> Response:
        """POST /predictions/{id}/cancel: answers the canceled prediction, or the finished one unchanged."""
        prediction = self._runner.cancel(request.path_params["id"])
        if prediction is None:
            raise not_found()
        return JSON(prediction.as_json(base_url(request)))

    async def _create(self, request: Request, model: Declaration, body: dict[str, Any]) -> Response:
        validation.check_input(body["input"], model.schema)
        wait = waiting_time(request.headers.get("prefer"))
        run = self._runner.submit(_prediction(model, body), model, lifetime(request.headers.get("cancel-after")))
        if wait is not None:
            await _finished(run, wait - ANSWER_MARGIN)
        base = base_url(request)
        content = run.snapshot().as_json(base, unstarted=True)
        headers = {"location": content["urls"]["get"]}
        if wait is not None:
            headers["preference-applied"] = request.headers["prefer"]
        return JSON(content, 201, headers=headers)

    def _current(self, prediction: Prediction) -> Prediction:
        run = self._runner.active.get(prediction.id)
        return run.prediction if run else prediction


def _prediction(model: Declaration, body: dict[str, Any]) -> Prediction:
    return Prediction(
        id=new_id(),
        model=model.full_name,
        version=model.version,
        input=body["input"],
        created_at=timestamp(datetime.now(UTC).timestamp()),
        streams=model.streams,
        webhook=body.get("webhook"),
        webhook_events_filter=body.get("webhook_events_filter"),
    )


async def _finished(run: Run, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await run.finished.wait()
    except TimeoutError:
        return


def _filters(request: Request) -> dict[str, Any]:
    filters: dict[str, Any] = {}
    for name, condition in (("created_after", "created_at >= ?"), ("created_before", "created_at < ?")):
        if text := request.query_params.get(name):
            filters[condition] = _moment(name, text)
    if source := request.query_params.get("source"):
        if source != "web":
            raise unprocessable("source must be web")
        filters["source = ?"] = source
    return filters


def _moment(name: str, text: str) -> str:
    # A plus sign that the client did not encode arrives as a blank.
    try:
        moment = datetime.fromisoformat(text.strip().replace(" ", "+" if "T" in text else "T"))
        return timestamp((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError) as error:
        raise unprocessable(f"{name} must be an ISO 8601 date and time") from error
