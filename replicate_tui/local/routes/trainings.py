"""Trainings: create, list, get, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

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
from replicate_tui.local.http.problems import Problem, bad_request, not_found
from replicate_tui.local.http.routing import Gate
from replicate_tui.local.routes.creation import check_webhook, record
from replicate_tui.local.routes.runs import PAGE_SIZE, current
from replicate_tui.local.runner import Assignment, Runner
from replicate_tui.local.shelf import Version
from replicate_tui.local.storage.records import Prediction
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.trainings import publish
from replicate_tui.local.work.hardware import Machines


class TrainingRoutes:
    """Handlers over the runner (active ones) and the storage (all)."""

    def __init__(self, runner: Runner, storage: Storage, catalog: Catalog, machines: Machines) -> None:
        self._runner = runner
        self._storage = storage
        self._catalog = catalog
        self._machines = machines

    def routes(self, gate: Gate) -> Sequence[BaseRoute]:
        """Their addresses."""
        version = "/models/{owner}/{name}/versions/{version}"
        return [
            gate.route(f"{version}/trainings", creates=True, POST=self.create),
            gate.route("/trainings", GET=self.list),
            gate.route("/trainings/{id}", GET=self.get),
            gate.route("/trainings/{id}/cancel", POST=self.cancel),
        ]

    async def create(self, request: Request) -> Response:
        """POST …/versions/{version}/trainings: the new version goes to the destination."""
        body = await json_body(request)
        await self._catalog.ready()
        target = self._catalog.resolve("{owner}/{name}:{version}".format(**request.path_params))
        if target is None:
            raise not_found()
        validation.check_body(body, validation.CREATE_TRAINING)
        model, version = target
        base = _trainer(version)
        destination = self._storage.models.get(body["destination"])
        if destination is None:
            raise Problem(404, "The specified training destination does not exist")
        assert version.schema is not None
        validation.check_input(body["input"], version.schema, "TrainingInput")
        check_webhook(body)
        training = record(model, version, body, "TrainingInput")
        training.kind, training.destination = "training", destination.id
        place = self._machines.shared(destination.hardware)
        conclude = partial(publish, self._storage, base)
        assignment = Assignment(version.program, place, body["input"], train=True, conclude=conclude)
        run = self._runner.submit(training, assignment, base_url(request))
        # A training is a prediction underneath: its creation and its cancellation answer with those addresses.
        return JSON(view.training(run.snapshot(), base_url(request), urls="predictions"), 201)

    async def list(self, request: Request) -> Response:
        """GET /trainings: newest first."""
        base = base_url(request)
        page = newest_first(self._storage.predictions.page, Cursor.of(request), PAGE_SIZE, {"kind = ?": "training"})
        return JSON(page.of(lambda item: view.training(current(self._runner, item), base)).as_json(request, base))

    async def get(self, request: Request) -> Response:
        """GET /trainings/{id}."""
        return JSON(view.training(self._training(request), base_url(request)))

    async def cancel(self, request: Request) -> Response:
        """POST /trainings/{id}/cancel: answers the canceled training, or the finished one unchanged."""
        training = self._runner.cancel(self._training(request).id)
        assert training is not None
        return JSON(view.training(training, base_url(request), urls="predictions"))

    def _training(self, request: Request) -> Prediction:
        found = self._runner.prediction(request.path_params["id"])
        if found is None or found.kind != "training":
            raise not_found()
        return found


def _trainer(version: Version) -> str:
    if version.trains is None:
        raise bad_request("This version has no trainer: it cannot be trained.")
    return version.trains
