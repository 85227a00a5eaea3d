"""Deployments: list, create, get, change, delete, and predictions on them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from replicate_tui.local import view
from replicate_tui.local.addresses import base_url
from replicate_tui.local.catalog import Catalog
from replicate_tui.local.deployments import Deployments
from replicate_tui.local.http import validation
from replicate_tui.local.http.answers import JSON
from replicate_tui.local.http.bodies import json_body
from replicate_tui.local.http.paging import Cursor, newest_first
from replicate_tui.local.http.problems import conflict, invalid_version, not_found, unprocessable
from replicate_tui.local.http.routing import Gate
from replicate_tui.local.routes.creation import Creation
from replicate_tui.local.routes.own_models import check_hardware
from replicate_tui.local.runner import Runner
from replicate_tui.local.storage.records import Deployment, timestamp
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.view import ACCOUNT
from replicate_tui.local.work.hardware import Machines

PAGE_SIZE = 100


class DeploymentRoutes:
    """Handlers over the deployments."""

    def __init__(
        self,
        deployments: Deployments,
        storage: Storage,
        catalog: Catalog,
        machines: Machines,
        runner: Runner,
        creation: Creation,
    ) -> None:
        self._deployments = deployments
        self._storage = storage
        self._catalog = catalog
        self._machines = machines
        self._runner = runner
        self._creation = creation

    def routes(self, gate: Gate) -> Sequence[BaseRoute]:
        """Their addresses."""
        deployment = "/deployments/{owner}/{name}"
        return [
            gate.route("/deployments", GET=self.list, POST=self.create),
            gate.route(deployment, GET=self.get, PATCH=self.update, DELETE=self.delete),
            gate.route(f"{deployment}/predictions", creates=True, POST=self.predict),
        ]

    async def list(self, request: Request) -> Response:
        """GET /deployments: newest first."""
        page = newest_first(self._storage.deployments.page, Cursor.of(request), PAGE_SIZE, {})
        return JSON(page.of(view.deployment).as_json(request, base_url(request)))

    async def create(self, request: Request) -> Response:
        """POST /deployments: of the account's own name."""
        body = await json_body(request)
        validation.check_body(body, validation.CREATE_DEPLOYMENT)
        await self._catalog.ready()
        self._check(body, body["model"])
        body = _whole(body)
        identifier = f"{ACCOUNT['username']}/{body.pop('name')}"
        if self._deployments.get(identifier) is not None:
            raise conflict(f"A deployment named {identifier} already exists.")
        deployment = Deployment(id=identifier, number=1, created_at=timestamp(time.time()), **body)
        self._deployments.create(deployment)
        return JSON(view.deployment(deployment))

    async def get(self, request: Request) -> Response:
        """GET /deployments/{owner}/{name}."""
        return JSON(view.deployment(self._deployment(request)))

    async def update(self, request: Request) -> Response:
        """PATCH /deployments/{owner}/{name}: a new release, if anything is given; off, it ends what runs."""
        changes = await json_body(request)
        validation.check_body(changes, validation.UPDATE_DEPLOYMENT)
        await self._catalog.ready()
        deployment = self._deployment(request)
        self._check({**_configuration(deployment), **changes}, deployment.model)
        released = self._deployments.release(deployment, _whole(changes))
        if released.max_instances == 0:
            self._runner.cancel_all(released.id)
        return JSON(view.deployment(released))

    async def delete(self, request: Request) -> Response:
        """DELETE /deployments/{owner}/{name}: one that is off, so that nothing runs on it."""
        deployment = self._deployment(request)
        if deployment.max_instances > 0:
            raise unprocessable("The deployment is on: set its min_instances and max_instances to 0 before.")
        self._deployments.delete(deployment.id)
        return Response(status_code=204)

    async def predict(self, request: Request) -> Response:
        """POST /deployments/{owner}/{name}/predictions."""
        body = await json_body(request)
        validation.check_body(body, validation.CREATE_FOR_MODEL)
        await self._catalog.ready()
        deployment = self._deployment(request)
        target = self._deployments.target(deployment)
        if target is None:
            raise invalid_version()
        place = self._deployments.place(deployment)
        if place is None:
            raise unprocessable("The deployment is off: its max_instances is 0.")
        return await self._creation.predict(request, target, body, place, deployment.id)

    def _deployment(self, request: Request) -> Deployment:
        found = self._deployments.get("{owner}/{name}".format(**request.path_params))
        if found is None:
            raise not_found()
        return found

    def _check(self, wanted: Mapping[str, Any], model: str) -> None:
        check_hardware(wanted["hardware"], self._machines)
        if wanted["min_instances"] > wanted["max_instances"]:
            raise unprocessable("min_instances must not be greater than max_instances")
        if self._catalog.resolve(f"{model}:{wanted['version']}") is None:
            raise invalid_version()


def _whole(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with `2.0`, which is a whole number in JSON, as one."""
    return {name: int(value) if isinstance(value, float) else value for name, value in body.items()}


def _configuration(deployment: Deployment) -> dict[str, Any]:
    names = ("version", "hardware", "min_instances", "max_instances")
    return {name: getattr(deployment, name) for name in names}
