"""Deployments: workers of their own for one version of a model, between a minimum and a maximum."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from replicate_tui.local import background
from replicate_tui.local.catalog import Catalog
from replicate_tui.local.shelf import Model, Version
from replicate_tui.local.storage.records import Deployment, timestamp
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.work.hardware import Machines
from replicate_tui.local.work.pool import Pool


class Deployments:
    """The deployments that there are, each with its workers."""

    def __init__(self, storage: Storage, catalog: Catalog, machines: Machines) -> None:
        self._storage = storage
        self._catalog = catalog
        self._machines = machines
        self._pools: dict[str, Pool] = {}
        self._retired: list[Pool] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Start the workers that deployments keep."""
        for deployment in self._storage.deployments.where("1"):
            self._staff(deployment)

    def get(self, identifier: str) -> Deployment | None:
        """The deployment called `owner/name`."""
        return self._storage.deployments.get(identifier)

    def create(self, deployment: Deployment) -> None:
        """A new deployment, whose workers start."""
        self._storage.deployments.add(deployment)
        self._staff(deployment)

    def release(self, deployment: Deployment, changes: Mapping[str, Any]) -> Deployment:
        """A new release with changes; what runs on the old one's workers ends there. No changes make no release."""
        if not changes:
            return deployment
        released = replace(deployment, **changes, number=deployment.number + 1, created_at=timestamp(time.time()))
        self._storage.deployments.save(released)
        self._dismiss(deployment.id)
        self._staff(released)
        return released

    def delete(self, identifier: str) -> None:
        """No deployment any more, and no workers."""
        self._storage.deployments.delete(identifier)
        self._dismiss(identifier)

    def target(self, deployment: Deployment) -> tuple[Model, Version] | None:
        """What it runs; None when that is gone."""
        return self._catalog.resolve(f"{deployment.model}:{deployment.version}")

    def place(self, deployment: Deployment) -> Pool | None:
        """Where its runs work; None while it is off."""
        return self._pools.get(deployment.id)

    def uses(self, version_id: str) -> bool:
        """Whether a deployment runs this version."""
        return bool(self._storage.deployments.where("version = ?", version_id))

    async def close(self) -> None:
        """End all workers."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(pool.close() for pool in [*self._pools.values(), *self._retired]))

    def _staff(self, deployment: Deployment) -> None:
        target = self.target(deployment)
        if deployment.max_instances == 0 or target is None:
            return
        pool = self._machines.pool(deployment.hardware, deployment.max_instances, keep=deployment.min_instances)
        self._pools[deployment.id] = pool
        task = background.start(pool.warm(target[1].program), f"the setup of {deployment.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _dismiss(self, identifier: str) -> None:
        if pool := self._pools.pop(identifier, None):
            pool.retire()
            self._retired = [*(old for old in self._retired if not old.empty), pool]
