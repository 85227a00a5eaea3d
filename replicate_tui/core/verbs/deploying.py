"""The Session's verbs on deployments: found by name, made, changed to what is wanted, deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from replicate_tui.api.reference import Reference
from replicate_tui.api.resources import Configuration, Deployment, Page, Release
from replicate_tui.core.browser import replicate_page
from replicate_tui.core.costs.instance_costs import HourlyCost, hourly
from replicate_tui.core.forms.deployment_fields import LEAST_BY_DEFAULT, MOST_BY_DEFAULT
from replicate_tui.core.history.releases_seen import ReleasesSeen
from replicate_tui.core.verbs.finding import FindingVerbs
from replicate_tui.core.verbs.hardware import HardwareVerbs
from replicate_tui.core.verbs.modelling import named

MOST_PAGES: Final = 10
"""Pages of deployments that are read to list them all."""
MOST_RELEASES: Final = 20
"""Releases that are told from before the current one."""

_PREFIX: Final = "deployment:"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a deployment shall be; None for what nobody says.

    `model` is `owner/name`, with or without `:version`; `version` an id, with or without `owner/name:` before it;
    `hardware` a sku. Instances are 0–5 at least and 0–20 at most.
    """

    model: str | None = None
    version: str | None = None
    hardware: str | None = None
    min_instances: int | None = None
    max_instances: int | None = None


class DeployingVerbs(FindingVerbs, HardwareVerbs):
    """Does what can be done with deployments; what they run on is remembered, and which releases they had."""

    async def deployments(self, cursor: str | None = None) -> Page[Deployment]:
        """A page of the account's deployments, newest first."""
        page = await self.client.deployments.list(cursor)
        await self._remember(page.results)
        return page

    async def all_deployments(self) -> list[Deployment]:
        """The account's deployments, newest first: those of the first pages, which hold a hundred each."""
        found: list[Deployment] = []
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await self.deployments(cursor)
            found += page.results
            cursor = page.next
            if cursor is None:
                break
        return found

    async def deployment_reference(self, text: str) -> Reference:
        """What names a deployment: its page's address, `owner/name`, or a bare name, which is the account's own.

        Raises:
            InvalidReference: it names nothing.
            ValueError: it names something else.
        """
        text = text.strip()
        short = text.removeprefix(_PREFIX)
        if "/" not in short:
            text = f"{_PREFIX}{await self._owner.known_name()}/{short}"
        reference = self.reference(text)
        if reference.kind not in ("model", "deployment"):
            raise ValueError(f"{text} does not name a deployment; give its name, or owner/name")
        return Reference("deployment", reference.owner, reference.name)

    async def deployment(self, reference: Reference) -> Deployment:
        """A deployment as it is now."""
        found = await self.client.deployments.get(reference.owner or "", reference.name or "")
        return await self._seen(found)

    async def create_deployment(self, reference: Reference, wanted: Wanted) -> Deployment:
        """Make a deployment of the account's own, of its model's latest version where none is wanted.

        Raises:
            ReadOnly: writes are forbidden.
            CannotRun: the model has no version yet.
            ValueError: something is missing or does not fit, or it would be another account's; nothing was sent.
        """
        self.settings.require_writes("create a deployment")
        model, version = self._chosen(wanted)
        if model is None or wanted.hardware is None:
            raise ValueError("a deployment needs a model and hardware")
        least = LEAST_BY_DEFAULT if wanted.min_instances is None else wanted.min_instances
        most = max(MOST_BY_DEFAULT, least) if wanted.max_instances is None else wanted.max_instances
        _check_instances(least, most)
        own = await self._owner.known_name()
        if reference.owner != own:
            raise ValueError(f"a deployment belongs to the token's account, which is {own} and not {reference.owner}")
        await self.check_hardware(wanted.hardware)
        made = await self.client.deployments.create(
            reference.name or "",
            model=model,
            version=version or await self._latest(model),
            hardware=wanted.hardware,
            min_instances=least,
            max_instances=most,
        )
        return await self._seen(made)

    async def update_deployment(self, reference: Reference, wanted: Wanted) -> tuple[Deployment, bool]:
        """Make a deployment what is wanted, and tell whether anything was sent: what it is already is not.

        A wanted model without version means that model's latest.

        Raises:
            ReadOnly: writes are forbidden.
            ValueError: something does not fit, or it is another model: the API keeps a deployment's; nothing was sent.
        """
        self.settings.require_writes("change a deployment")
        model, version = self._chosen(wanted)
        current = await self.deployment(reference)
        release = current.current_release or Release(raw={})
        now = release.configuration or Configuration(raw={})
        if model is not None and release.model not in (None, model):
            raise ValueError(
                f"{current.full_name} runs {release.model}, and the API does not change a deployment's model; "
                f"create another one for {model}"
            )
        if model is not None and version is None:
            version = await self._latest(model)
        changes: dict[str, Any] = {
            key: value
            for key, value, is_now in (
                ("version", version, release.version),
                ("hardware", wanted.hardware, now.hardware),
                ("min_instances", wanted.min_instances, now.min_instances),
                ("max_instances", wanted.max_instances, now.max_instances),
            )
            if value is not None and value != is_now
        }
        if not changes:
            return current, False
        _check_instances(
            changes.get("min_instances", now.min_instances), changes.get("max_instances", now.max_instances)
        )
        if "hardware" in changes:
            await self.check_hardware(changes["hardware"])
        changed = await self.client.deployments.update(current.owner, current.name, **changes)
        return await self._seen(changed), True

    async def delete_deployment(self, reference: Reference) -> None:
        """Delete a deployment, which must have been off and unused for 15 minutes.

        Raises:
            ReadOnly: writes are forbidden.
        """
        self.settings.require_writes("delete a deployment")
        await self.client.deployments.delete(reference.owner or "", reference.name or "")
        await self.releases_seen.forget(f"{reference.owner}/{reference.name}")

    def deployment_page(self, deployment: Deployment) -> str | None:
        """Where a deployment is shown on the web; None where that is nowhere."""
        return replicate_page(self.settings.host, f"deployments/{deployment.full_name}")

    # -- what is known of one ------

    @property
    def releases_seen(self) -> ReleasesSeen:
        """The releases that deployments were seen to have."""
        return ReleasesSeen(self.store.database, self.settings.host)

    def deployments_seen(self) -> list[str]:
        """The names, `owner/name`, of those that this machine saw and that were not deleted from it."""
        return self.releases_seen.names()

    def releases_before(self, deployment: Deployment) -> list[Release]:
        """Those before the current one that this machine saw, the latest first: the API does not tell them."""
        return self.releases_seen.before(deployment, MOST_RELEASES)

    def deployment_runs(self, deployment: Deployment, most: int) -> list[str]:
        """Ids of its runs in the history, the latest first."""
        return self.releases_seen.run_ids(self.store.scope, deployment, most)

    def hourly(self, name: str, sku: str | None, least: int, most: int) -> HourlyCost:
        """What the deployment `owner/name` costs by the hour with so many instances on that hardware."""
        return hourly(name, sku, least, most, self.settings.prices, is_free=self.settings.local)

    # -- parts of it ------

    async def _remember(self, deployments: Sequence[Deployment]) -> None:
        await self.hardware_seen.remember_deployments(deployments)
        await self.releases_seen.remember(deployments)

    async def _seen(self, deployment: Deployment) -> Deployment:
        await self._remember([deployment])
        return deployment

    async def _latest(self, model: str) -> str:
        _, version = await self.finder.version(self.reference(model))
        return version.id

    def _chosen(self, wanted: Wanted) -> tuple[str | None, str | None]:
        """The model and the version that are wanted, each None where nobody says."""
        model, version = self._model_of(wanted.model), self._version_of(wanted.version)
        if model[1] and version[1] and model[1] != version[1]:
            raise ValueError(f"two versions are wanted: {model[1]} and {version[1]}")
        if model[0] and version[0] and model[0] != version[0]:
            raise ValueError(f"two models are wanted: {model[0]} and {version[0]}")
        return model[0] or version[0], model[1] or version[1]

    def _model_of(self, text: str | None) -> tuple[str | None, str | None]:
        if text is None:
            return None, None
        reference = self.reference(text)
        return "/".join(named(reference)), reference.version

    def _version_of(self, text: str | None) -> tuple[str | None, str | None]:
        if text is None:
            return None, None
        reference = self.reference(text)
        if reference.kind != "version":
            raise ValueError(f"{text} is no version; give its id, or owner/name:version")
        return (f"{reference.owner}/{reference.name}" if reference.owner else None), reference.version


def _check_instances(least: int | None, most: int | None) -> None:
    if least is not None and most is not None and least > most:
        raise ValueError(f"at least {least} instances are more than the {most} that there may be at most")
