"""Predictions: create, list, get, cancel."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from replicate_tui.local import view
from replicate_tui.local.addresses import base_url
from replicate_tui.local.catalog import Catalog
from replicate_tui.local.http import validation
from replicate_tui.local.http.answers import JSON
from replicate_tui.local.http.bodies import json_body
from replicate_tui.local.http.paging import Cursor, newest_first
from replicate_tui.local.http.problems import invalid_version, not_found
from replicate_tui.local.http.routing import Gate
from replicate_tui.local.routes.creation import Creation
from replicate_tui.local.routes.runs import PAGE_SIZE, current, filters
from replicate_tui.local.runner import Runner
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.view import View
from replicate_tui.local.work.hardware import Machines


class PredictionRoutes:
    """Handlers over the runner (active ones) and the storage (all)."""

    def __init__(
        self,
        runner: Runner,
        storage: Storage,
        catalog: Catalog,
        machines: Machines,
        shown: View,
        creation: Creation,
    ) -> None:
        self._runner = runner
        self._storage = storage
        self._catalog = catalog
        self._machines = machines
        self._view = shown
        self._creation = creation

    def routes(self, gate: Gate) -> Sequence[BaseRoute]:
        """Their addresses; creating has a rate limit of its own."""
        return [
            gate.route("/predictions", creates=True, POST=self.create, GET=self.list),
            gate.route("/predictions/{id}", GET=self.get),
            gate.route("/predictions/{id}/cancel", POST=self.cancel),
            gate.route("/models/{owner}/{name}/predictions", creates=True, POST=self.create_for_model),
        ]

    async def create(self, request: Request) -> Response:
        """POST /predictions: the body names the version."""
        body = await json_body(request)
        validation.check_body(body, validation.CREATE_PREDICTION)
        await self._catalog.ready()
        target = self._catalog.resolve(body["version"])
        if target is None:
            raise invalid_version()
        place = self._machines.shared(target[0].hardware)
        return await self._creation.predict(request, target, body, place, None)

    async def create_for_model(self, request: Request) -> Response:
        """POST /models/{owner}/{name}/predictions: official models only."""
        body = await json_body(request)
        await self._catalog.ready()
        model = self._catalog.model("{owner}/{name}".format(**request.path_params))
        if model is None or not model.is_official or model.latest is None:
            raise not_found()
        validation.check_body(body, validation.CREATE_FOR_MODEL)
        place = self._machines.shared(model.hardware)
        return await self._creation.predict(request, (model, model.latest), body, place, None)

    async def list(self, request: Request) -> Response:
        """GET /predictions: newest first, without logs."""
        base = base_url(request)
        conditions = {"kind = ?": "prediction", **filters(request)}
        page = newest_first(self._storage.predictions.page, Cursor.of(request), PAGE_SIZE, conditions)
        shown = page.of(lambda prediction: view.item(current(self._runner, prediction), base))
        return JSON(shown.as_json(request, base))

    async def get(self, request: Request) -> Response:
        """GET /predictions/{id}: a training is a prediction underneath."""
        identifier = request.path_params["id"]
        base = base_url(request)
        if prediction := self._runner.prediction(identifier):
            return JSON(await self._view.answer(prediction, base))
        await self._catalog.ready()
        if example := self._catalog.example(identifier):
            return JSON(view.example(example, base))
        raise not_found()

    async def cancel(self, request: Request) -> Response:
        """POST /predictions/{id}/cancel: answers the canceled prediction, or the finished one unchanged."""
        prediction = self._runner.cancel(request.path_params["id"])
        if prediction is None:
            raise not_found()
        return JSON(await self._view.answer(prediction, base_url(request)))
