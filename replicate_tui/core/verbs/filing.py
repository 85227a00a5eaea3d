"""The Session's verbs on the account's uploaded files, and on any one file that the API points to."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from replicate_tui.api.resources import File
from replicate_tui.core.forms.file_input import sendable
from replicate_tui.core.forms.inputs import Upload
from replicate_tui.core.keeping.single_file import fetch_single
from replicate_tui.core.parts import Parts

_ID: Final = re.compile(r"[A-Za-z0-9_=-]{1,128}")
_ROUTE: Final = re.compile(r"/files/([A-Za-z0-9_=-]{1,128})/?")


class FilingVerbs(Parts):
    """Does what can be done with files."""

    async def upload(self, path: Path, metadata: Mapping[str, Any] | None = None) -> File:
        """Upload a file, which Replicate keeps for 24 hours.

        Raises:
            ReadOnly: writes are forbidden.
            Refused: it cannot be sent (core.forms.refusal); nothing was.
            OSError: it cannot be read.
        """
        self.settings.require_writes("upload a file")
        return await self.client.files.create(sendable(Upload(path)).path, metadata=metadata)

    async def delete_file(self, file_id: str) -> None:
        """Delete an uploaded file.

        Raises:
            ReadOnly: writes are forbidden.
        """
        self.settings.require_writes("delete a file")
        await self.client.files.delete(file_id)

    async def download(self, url: str, place: Path | None = None) -> Path:
        """Fetch a file into `place`, a folder or a new file; None is the current folder. Where it is then.

        Raises:
            ValueError: it is no address of a file.
            FileExistsError: something has that name; nothing was fetched.
            OSError: it cannot be written; nothing of it was.
            NotFetched: something else came, or not all of it (core.keeping.single_file).
        """
        if _ID.fullmatch(url) or _described(url):
            raise ValueError(
                f"{url}: Replicate gives the content of an uploaded file only to a signed link; give such an address, "
                "or that of an output's file"
            )
        return await fetch_single(self.client, url, place)


def file_id(text: str) -> str:
    """The id of the uploaded file that a text names: an id, or the address that the API gives it.

    Raises:
        ValueError: it names none.
    """
    text = text.strip()
    found = _ID.fullmatch(text)
    told = found[0] if found else _described(text)
    if told is None:
        raise ValueError(f"{text!r} does not name an uploaded file; give its id")
    return told


def _described(text: str) -> str | None:
    """The id in the address of an uploaded file's description, which is not its content."""
    try:
        path = urlsplit(text).path
    except ValueError:
        return None
    _, version, route = path.rpartition("/v1")
    found = _ROUTE.fullmatch(route) if version else None
    return found[1] if found else None
