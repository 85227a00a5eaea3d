"""Deployments: made, read, listed, changed, deleted, run."""

from replicate_tui.api.checks import check_instances, check_model, check_named, check_some, given
from replicate_tui.api.creation import OwnedPredictions
from replicate_tui.api.requests import Requests
from replicate_tui.api.resources import Deployment, Page


class Deployments:
    """The account's deployments. `predictions` runs them."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self.predictions = OwnedPredictions(requests, "deployments")

    async def create(
        self, name: str, *, model: str, version: str, hardware: str, min_instances: int, max_instances: int
    ) -> Deployment:
        """Makes a deployment of the token's account, release 1. Instances that stand ready cost money.

        `model` is `owner/name`, `version` an id, `hardware` a `sku`; `min_instances` 0–5, `max_instances` 0–20.
        Raises ValueError for other numbers and for empty names, UnknownFate if it may have been made although no
        answer came. Replicate's HTTP API: `deployments.create`.
        """
        check_named(name=name, version=version, hardware=hardware)
        check_model(model=model)
        check_instances(min_instances, max_instances)
        body = {
            "name": name,
            "model": model,
            "version": version,
            "hardware": hardware,
            "min_instances": min_instances,
            "max_instances": max_instances,
        }
        call = self._requests.send("POST", f"create the deployment {name}", "deployments", body=body, once=True)
        return await self._requests.read(call, Deployment.of)

    async def get(self, owner: str, name: str) -> Deployment:
        """One deployment with its current release. Replicate's HTTP API: `deployments.get`."""
        call = self._requests.get(f"read the deployment {owner}/{name}", "deployments", owner, name)
        return await self._requests.read(call, Deployment.of)

    async def list(self, cursor: str | None = None) -> Page[Deployment]:
        """One page of the account's deployments, newest first.

        `cursor` is a page's `next` link or the cursor in it. Replicate's HTTP API: `deployments.list`.
        """
        return await self._requests.page(Deployment, "list deployments", "deployments", cursor=cursor)

    async def update(
        self,
        owner: str,
        name: str,
        *,
        version: str | None = None,
        hardware: str | None = None,
        min_instances: int | None = None,
        max_instances: int | None = None,
    ) -> Deployment:
        """Changes what is given, which makes a new release; both numbers of instances 0 turn the deployment off.

        Raises ValueError as `create`, and if nothing is given. Every update counts, so it is not repeated either:
        UnknownFate if it may have happened although no answer came. Replicate's HTTP API: `deployments.update`.
        """
        check_named(**{key: text for key, text in (("version", version), ("hardware", hardware)) if text is not None})
        check_instances(min_instances, max_instances)
        changes = given(version=version, hardware=hardware, min_instances=min_instances, max_instances=max_instances)
        check_some(changes)
        doing = f"change the deployment {owner}/{name}"
        call = self._requests.send("PATCH", doing, "deployments", owner, name, body=changes, once=True)
        return await self._requests.read(call, Deployment.of)

    async def delete(self, owner: str, name: str) -> None:
        """Deletes a deployment, which must have been off and unused for 15 minutes.

        Replicate's HTTP API: `deployments.delete`.
        """
        doing = f"delete the deployment {owner}/{name}"
        await self._requests.done(self._requests.send("DELETE", doing, "deployments", owner, name))
