"""Models: found, read, made, changed; their versions, examples and readmes."""

from dataclasses import dataclass

from replicate_tui.api.calls import Call
from replicate_tui.api.checks import MOST_FOUND, check_named, check_one_of, check_some, given
from replicate_tui.api.creation import OwnedPredictions
from replicate_tui.api.errors import APIError, NotFound, UnexpectedAnswer
from replicate_tui.api.requests import Requests
from replicate_tui.api.resources import FoundCollection, Model, Page, Prediction, Version
from replicate_tui.api.resources.resource import readable


class Versions:
    """The versions of models."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def list(self, owner: str, name: str, cursor: str | None = None) -> Page[Version]:
        """One page of a model's versions, newest first. Official models answer NotFound.

        `cursor` is a page's `next` link or the cursor in it. Replicate's HTTP API: `models.versions.list`.
        """
        doing = f"list the versions of {owner}/{name}"
        return await self._requests.page(Version, doing, "models", owner, name, "versions", cursor=cursor)

    async def get(self, owner: str, name: str, id: str) -> Version:  # noqa: A002 (the API's own noun)
        """One version of a model. Replicate's HTTP API: `models.versions.get`."""
        call = self._requests.get(f"read a version of {owner}/{name}", "models", owner, name, "versions", id)
        return await self._requests.read(call, Version.of)

    async def delete(self, owner: str, name: str, id: str) -> None:  # noqa: A002 (the API's own noun)
        """Deletes a version with all its predictions and their files; the server takes minutes to do so.

        It must be of a private model of one's own, and used by nobody else, no deployment and no training.
        Replicate's HTTP API: `models.versions.delete`.
        """
        doing = f"delete a version of {owner}/{name}"
        await self._requests.done(self._requests.send("DELETE", doing, "models", owner, name, "versions", id))


@dataclass(frozen=True)
class Found:
    """What a search found: `models` best first, as one page, and the `collections` that it means."""

    models: Page[Model]
    collections: tuple[FoundCollection, ...] = ()


class Models:
    """Public models, and those of the account. `versions` and `predictions` are nouns of their own."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self.versions = Versions(requests)
        self.predictions = OwnedPredictions(requests, "models")

    async def list(
        self, cursor: str | None = None, *, sort_by: str | None = None, sort_direction: str | None = None
    ) -> Page[Model]:
        """One page of the public models.

        `cursor` is a page's `next` link or the cursor in it. `sort_by` is "model_created_at" or
        "latest_version_created_at" (the default), `sort_direction` "asc" or "desc" (the default); ValueError for
        any other. Replicate's HTTP API: `models.list`.
        """
        check_one_of(("model_created_at", "latest_version_created_at"), sort_by=sort_by)
        check_one_of(("asc", "desc"), sort_direction=sort_direction)
        params = {"sort_by": sort_by, "sort_direction": sort_direction}
        return await self._requests.page(Model, "list models", "models", cursor=cursor, params=params)

    async def search(self, query: str) -> Page[Model]:
        """The public models that a search finds, best first, as one page; as `find` does."""
        return (await self.find(query)).models

    async def find(self, query: str) -> Found:
        """What a search finds.

        Asks the older search, which tells of models only, where the newer one is missing or out of order.
        Replicate's HTTP API: `search`, and `models.search` behind it.
        """
        params = {"query": query, "limit": str(MOST_FOUND)}
        newer = self._requests.get("search models", "search", params=params, tries=2)
        try:
            return await self._requests.read(newer, _found)
        except APIError as refusal:
            if refusal.status not in {404, 405} and refusal.status < 500:
                raise
        older = Call(
            method="QUERY",
            url=self._requests.url("models"),
            doing="search models",
            limit=self._requests.patience.ordinary(),
            headers={"Accept": "application/json", "Content-Type": "text/plain"},
            content=query.encode("utf-8", "replace"),
        )
        return Found(await self._requests.read(older, _page))

    async def get(self, owner: str, name: str) -> Model:
        """One model with its latest version. Replicate's HTTP API: `models.get`."""
        call = self._requests.get(f"read the model {owner}/{name}", "models", owner, name)
        return await self._requests.read(call, Model.of)

    async def create(
        self,
        owner: str,
        name: str,
        *,
        visibility: str,
        hardware: str,
        description: str | None = None,
        github_url: str | None = None,
        paper_url: str | None = None,
        license_url: str | None = None,
        cover_image_url: str | None = None,
    ) -> Model:
        """Makes a model without versions, owned by the token's account.

        `visibility` is "public" or "private", `hardware` a `sku`; neither can be changed later. Raises ValueError
        for empty names and another visibility, UnknownFate if it may have been made although no answer came.
        Replicate's HTTP API: `models.create`.
        """
        check_named(owner=owner, name=name, hardware=hardware)
        check_one_of(("public", "private"), visibility=visibility)
        body = given(
            owner=owner,
            name=name,
            visibility=visibility,
            hardware=hardware,
            description=description,
            github_url=github_url,
            paper_url=paper_url,
            license_url=license_url,
            cover_image_url=cover_image_url,
        )
        call = self._requests.send("POST", f"create the model {owner}/{name}", "models", body=body, once=True)
        return await self._requests.read(call, Model.of)

    async def update(
        self,
        owner: str,
        name: str,
        *,
        description: str | None = None,
        readme: str | None = None,
        github_url: str | None = None,
        paper_url: str | None = None,
        weights_url: str | None = None,
        license_url: str | None = None,
    ) -> Model:
        """Changes what is given (`readme` is Markdown) and returns the whole model.

        Raises ValueError if nothing is given. Replicate's HTTP API: `models.update`.
        """
        changes = given(
            description=description,
            readme=readme,
            github_url=github_url,
            paper_url=paper_url,
            weights_url=weights_url,
            license_url=license_url,
        )
        check_some(changes)
        call = self._requests.send("PATCH", f"change the model {owner}/{name}", "models", owner, name, body=changes)
        return await self._requests.read(call, Model.of)

    async def delete(self, owner: str, name: str) -> None:
        """Deletes a private model of one's own that has no versions. Replicate's HTTP API: `models.delete`."""
        await self._requests.done(
            self._requests.send("DELETE", f"delete the model {owner}/{name}", "models", owner, name)
        )

    async def readme(self, owner: str, name: str) -> str | None:
        """The model's readme as Markdown; None if there is none. Replicate's HTTP API: `models.readme.get`."""
        doing = f"read the readme of {owner}/{name}"
        call = self._requests.get(doing, "models", owner, name, "readme", accept="text/plain")
        try:
            return await self._requests.text(call)
        except NotFound:
            return None

    async def examples(self, owner: str, name: str, cursor: str | None = None) -> Page[Prediction]:
        """One page of the predictions that the model's author keeps as examples.

        `cursor` is a page's `next` link or the cursor in it. Replicate's HTTP API: `models.examples.list`.
        """
        doing = f"list the examples of {owner}/{name}"
        return await self._requests.page(Prediction, doing, "models", owner, name, "examples", cursor=cursor)


def _page(raw: object) -> Page[Model]:
    return Page.of(raw, Model)


def _found(raw: object) -> Found:
    """The models of a search as a page, like those of the other lists, and its collections."""
    found = raw.get("models") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(found, list):
        raise UnexpectedAnswer("not a search: models missing or of a wrong type")
    results = [entry.get("model") if isinstance(entry, dict) else entry for entry in found]
    collections = raw.get("collections")
    return Found(
        Page.of({"previous": None, "next": None, "results": results}, Model),
        readable(collections, FoundCollection) if isinstance(collections, list) else (),
    )
