"""Files: uploaded, read, listed, deleted, fetched."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from replicate_tui.api.calls import Call
from replicate_tui.api.checks import check_named
from replicate_tui.api.download import Download, download
from replicate_tui.api.requests import Requests
from replicate_tui.api.resources import File, Page
from replicate_tui.api.uploads import file_name, opened


class Files:
    """The account's uploaded files; each is gone 24 hours after its upload."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def create(
        self, path: Path, *, content_type: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> File:
        """Uploads a file from disk, of up to 100 MB.

        `content_type` is guessed from its name if not given; `metadata` is kept with it. Raises OSError
        (FileNotFoundError, IsADirectoryError …) before anything is sent, and UnknownFate if the upload may have
        arrived although no answer came. Replicate's HTTP API: `files.create`.
        """
        form = None if metadata is None else {"metadata": json.dumps(dict(metadata), allow_nan=False)}
        content, kind = await asyncio.to_thread(opened, path)
        with content:
            call = Call(
                method="POST",
                url=self._requests.url("files"),
                doing=f"upload {path.name}",
                limit=self._requests.patience.uploading(),
                headers={"Accept": "application/json"},
                form=form,
                file=(file_name(path), content, content_type or kind),
                once=True,
            )
            return await self._requests.read(call, File.of)

    async def get(self, id: str) -> File:  # noqa: A002 (the API's own noun)
        """What is known of a file, without its content. Replicate's HTTP API: `files.get`."""
        return await self._requests.read(self._requests.get(f"read the file {id}", "files", id), File.of)

    async def list(self, cursor: str | None = None) -> Page[File]:
        """One page of the account's files.

        `cursor` is a page's `next` link or the cursor in it. Replicate's HTTP API: `files.list`.
        """
        return await self._requests.page(File, "list files", "files", cursor=cursor)

    async def delete(self, id: str) -> None:  # noqa: A002 (the API's own noun)
        """Deletes a file. Replicate's HTTP API: `files.delete`."""
        await self._requests.done(self._requests.send("DELETE", f"delete the file {id}", "files", id))

    def download(
        self,
        id: str,  # noqa: A002 (the API's own noun)
        *,
        owner: str,
        expiry: int,
        signature: str,
        offset: int = 0,
    ) -> AbstractAsyncContextManager[Download]:
        """A file's content by a signed link: for `owner`, until `expiry` (Unix time in seconds), with its signature.

        From byte `offset` on; see `Client.download`. Replicate's HTTP API: `files.download`.
        """
        check_named(owner=owner, signature=signature)
        params = {"owner": owner, "expiry": str(expiry), "signature": signature}
        url = self._requests.url("files", id, "download", params=params)
        limit = self._requests.patience.ordinary()
        return download(self._requests.transport, str(url), offset=offset, limit=limit, name=f"the file {id}")
