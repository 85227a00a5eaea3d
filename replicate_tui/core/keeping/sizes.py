"""How large files are before they are fetched, as their servers say."""

import asyncio
from collections.abc import Sequence

from replicate_tui.api.client import Client
from replicate_tui.api.errors import ReplicateError
from replicate_tui.core.outputs import OutputFile


async def total(client: Client, files: Sequence[OutputFile]) -> int | None:
    """The bytes of all these files; None where the server of one does not tell."""
    sizes = await asyncio.gather(*(_size(client, file.url) for file in files))
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


async def _size(client: Client, url: str) -> int | None:
    """The length that stands at the head of an answer whose content is not read."""
    try:
        async with client.download(url) as download:
            return download.size
    except ReplicateError:
        return None
