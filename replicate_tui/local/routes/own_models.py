"""Models of the account: made, changed and deleted, and their versions deleted."""

from __future__ import annotations

import time
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from replicate_tui.local.addresses import base_url
from replicate_tui.local.catalog import Catalog
from replicate_tui.local.deployments import Deployments
from replicate_tui.local.http import validation
from replicate_tui.local.http.answers import JSON
from replicate_tui.local.http.bodies import json_body
from replicate_tui.local.http.problems import conflict, forbidden, not_found, unprocessable
from replicate_tui.local.http.routing import Gate
from replicate_tui.local.routes.models import ModelRoutes
from replicate_tui.local.runner import Runner
from replicate_tui.local.storage.records import OwnModel, timestamp
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.view import ACCOUNT
from replicate_tui.local.work.hardware import Machines

MODELS_LIMIT = 1000


class OwnModelRoutes:
    """Handlers over the storage; `models` answers what only reads at the same addresses."""

    def __init__(
        self,
        storage: Storage,
        catalog: Catalog,
        machines: Machines,
        deployments: Deployments,
        runner: Runner,
        models: ModelRoutes,
    ) -> None:
        self._storage = storage
        self._catalog = catalog
        self._machines = machines
        self._deployments = deployments
        self._runner = runner
        self._models = models

    def routes(self, gate: Gate) -> Sequence[BaseRoute]:
        """Their addresses."""
        model = "/models/{owner}/{name}"
        return [
            gate.route("/models", GET=self._models.list, QUERY=self._models.query, POST=self.create),
            gate.route(model, GET=self._models.get, PATCH=self.update, DELETE=self.delete),
            gate.route(f"{model}/versions/{{version}}", GET=self._models.version, DELETE=self.delete_version),
        ]

    async def create(self, request: Request) -> Response:
        """POST /models."""
        body = await json_body(request)
        validation.check_body(body, validation.CREATE_MODEL)
        await self._catalog.ready()
        owner, name = body.pop("owner"), body.pop("name")
        if owner != ACCOUNT["username"]:
            raise forbidden(f"You can only make models of your own account, which is {ACCOUNT['username']}.")
        check_hardware(body["hardware"], self._machines)
        identifier = f"{owner}/{name}"
        if self._catalog.model(identifier) is not None:
            raise conflict(f"A model named {identifier} already exists.")
        if len(self._storage.models.where("1")) >= MODELS_LIMIT:
            raise forbidden(f"An account can have at most {MODELS_LIMIT} models.")
        self._storage.models.add(OwnModel(id=identifier, created_at=timestamp(time.time()), **body))
        return self._shown(identifier, request, 201)

    async def update(self, request: Request) -> Response:
        """PATCH /models/{owner}/{name}."""
        body = await json_body(request)
        validation.check_body(body, validation.UPDATE_MODEL)
        record = await self._own(request)
        for name, value in body.items():
            setattr(record, name, value)
        self._storage.models.save(record)
        return self._shown(record.id, request, 200)

    async def delete(self, request: Request) -> Response:
        """DELETE /models/{owner}/{name}: only a private one without versions."""
        record = await self._own(request)
        if record.visibility != "private":
            raise unprocessable("Only private models can be deleted.")
        if self._storage.versions.where("model = ?", record.id):
            raise unprocessable("The model has versions; delete those first.")
        self._storage.delete_model(record.id)
        return Response(status_code=204)

    async def delete_version(self, request: Request) -> Response:
        """DELETE …/versions/{version}: with its runs and their files."""
        record = await self._own(request)
        version = self._storage.versions.get(request.path_params["version"])
        if version is None or version.model != record.id:
            raise not_found()
        if record.visibility != "private":
            raise unprocessable("Only versions of private models can be deleted.")
        if self._deployments.uses(version.id):
            raise unprocessable("A deployment uses this version.")
        if any(run.prediction.version == version.id for run in self._runner.active.values()):
            raise unprocessable("This version is running.")
        self._storage.delete_version(version.id)
        return Response(status_code=202)

    async def _own(self, request: Request) -> OwnModel:
        identifier = "{owner}/{name}".format(**request.path_params)
        record = self._storage.models.get(identifier)
        if record is not None:
            return record
        await self._catalog.ready()
        if self._catalog.model(identifier) is None:
            raise not_found()
        raise forbidden(f"{identifier} cannot be changed: it was not made here.")

    def _shown(self, identifier: str, request: Request, status: int) -> Response:
        model = self._catalog.model(identifier)
        assert model is not None
        return JSON(self._catalog.as_json(model, base_url(request)), status)


def check_hardware(sku: str, machines: Machines) -> None:
    """Raise the 422 `Problem` for hardware that there is not."""
    if sku not in machines:
        raise unprocessable(f"hardware must be one of {', '.join(machines.slots)}")
