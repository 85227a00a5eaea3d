"""The Session's verbs on models that are not about running them: listed, searched, made, changed, deleted."""

from typing import Literal
from urllib.parse import urlsplit

from replicate_tui.api.errors import NotFound
from replicate_tui.api.reference import Reference
from replicate_tui.api.resources import Collection, Model, Page, Prediction, Version
from replicate_tui.core.browser import replicate_page
from replicate_tui.core.models.target import CannotRun
from replicate_tui.core.verbs.hardware import HardwareVerbs

Visibility = Literal["private", "public"]


class ModellingVerbs(HardwareVerbs):
    """Does what can be done with models; what was seen of them is remembered."""

    async def models(self, cursor: str | None = None) -> Page[Model]:
        """A page of the public models, newest version first."""
        page = await self.client.models.list(cursor)
        await self.catalog.learn(page.results)
        return page

    async def search_models(self, query: str) -> Page[Model]:
        """The public models that a search finds, best first, as one page."""
        page = await self.client.models.search(query)
        await self.catalog.learn(page.results)
        return page

    async def versions_page(self, reference: Reference, cursor: str | None = None) -> Page[Version]:
        """A page of a model's versions, newest first. Raises CannotRun when the reference names no model."""
        owner, name = named(reference)
        try:
            return await self.client.models.versions.list(owner, name, cursor)
        except NotFound:
            await self.catalog.model(owner, name)  # raises a better one, unless the model only hides its versions
            raise

    async def examples_page(self, reference: Reference, cursor: str | None = None) -> Page[Prediction]:
        """A page of the runs that a model's author keeps as examples. Raises CannotRun as `versions_page`."""
        owner, name = named(reference)
        try:
            return await self.client.models.examples(owner, name, cursor)
        except NotFound:
            await self.catalog.model(owner, name)
            raise

    async def collection(self, slug: str) -> Collection:
        """A collection with all its models."""
        return await self.catalog.collection(slug)

    def collection_page(self, collection: Collection) -> str | None:
        """Where a collection is shown on the web; None where that is nowhere."""
        return replicate_page(self.settings.host, f"collections/{collection.slug}")

    async def create_model(
        self, reference: Reference, *, visibility: Visibility, hardware: str, **about: str | None
    ) -> Model:
        """Make a model without versions.

        `about` is its description, and the https addresses github_url, paper_url, license_url and cover_image_url.

        Raises:
            ReadOnly: writes are forbidden.
            CannotRun: the reference names no model.
            ValueError: there is no such hardware, or an address is none; nothing was sent.
        """
        self.settings.require_writes("create a model")
        owner, name = named(reference)
        _check_addresses(about)
        await self.check_hardware(hardware)
        model = await self.client.models.create(owner, name, visibility=visibility, hardware=hardware, **about)
        await self.catalog.learn([model])
        await self.hardware_seen.remember_model(model.full_name, hardware)
        return model

    async def update_model(self, reference: Reference, **changes: str | None) -> Model:
        """Change what is told of a model: description, readme, github_url, paper_url, weights_url, license_url.

        Raises:
            ReadOnly: writes are forbidden.
            CannotRun: the reference names no model.
            ValueError: nothing is given, or an address is none; nothing was sent.
        """
        self.settings.require_writes("change a model")
        owner, name = named(reference)
        _check_addresses(changes)
        model = await self.client.models.update(owner, name, **changes)
        await self.catalog.learn([model])
        return model

    async def delete_model(self, reference: Reference) -> None:
        """Delete a model, or the version of it that the reference names with all its runs.

        Raises:
            ReadOnly: writes are forbidden.
            CannotRun: the reference names no model.
        """
        self.settings.require_writes("delete a model")
        owner, name = named(reference)
        if reference.version is None:
            await self.client.models.delete(owner, name)
        else:
            await self.client.models.versions.delete(owner, name, reference.version)


def named(reference: Reference) -> tuple[str, str]:
    """Owner and name of the model that a reference names. Raises CannotRun when it names none."""
    if reference.owner is None or reference.name is None or reference.kind not in ("model", "version"):
        raise CannotRun(f"{reference} does not name a model; give owner/name")
    return reference.owner, reference.name


def check_address(text: str) -> None:
    """Raises ValueError for what is no https address of a page."""
    try:
        url = urlsplit(text)
        whole = url.scheme == "https" and bool(url.hostname) and not any(c.isspace() for c in text)
    except ValueError:
        whole = False
    if not whole:
        raise ValueError(f"{text!r} is not an address that starts with https://")


def _check_addresses(about: dict[str, str | None]) -> None:
    for key, value in about.items():
        if key.endswith("_url") and value is not None:
            check_address(value)
