"""Collections: models that belong together."""

from replicate_tui.api.requests import Requests
from replicate_tui.api.resources import Collection, Page


class Collections:
    """Replicate's collections."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def list(self, cursor: str | None = None) -> Page[Collection]:
        """One page of the collections, without their models.

        `cursor` is a page's `next` link or the cursor in it. Replicate's HTTP API: `collections.list`.
        """
        return await self._requests.page(Collection, "list collections", "collections", cursor=cursor)

    async def get(self, slug: str) -> Collection:
        """One collection with all its models. Replicate's HTTP API: `collections.get`."""
        call = self._requests.get(f"read the collection {slug}", "collections", slug)
        return await self._requests.read(call, Collection.of)
