"""Addresses, both ways: what the client calls this server, and which URLs mean this server's own files."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from starlette.requests import Request

from replicate_tui.local.hosts import is_loopback
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.view import EXAMPLES_TOKEN

OWN_FILE = re.compile(r"(?:/v1){0,2}/files/(?P<id>[0-9a-z]+)")
NAME_LIMIT = 255
"""Bytes that a file's name may have on any system."""

OWN_OUTPUT = re.compile(r"/outputs/(?P<token>[\w-]+)/(?P<name>[^/]+)")


def base_url(request: Request) -> str:
    """Scheme and host as the client used them, to make absolute URLs with."""
    return f"{request.url.scheme}://{request.headers['host']}"


def api_path(request: Request) -> str:
    """The path without the prefixes `/v1` and `/v1/v1`."""
    path = request.url.path
    for _ in range(2):
        path = path.removeprefix("/v1") if path.startswith("/v1/") else path
    return path


class OwnFiles:
    """Finds on disk what a URL of this very server names, so that it is not fetched over HTTP."""

    def __init__(self, storage: Storage, port: int, media: Path) -> None:
        self._storage = storage
        self._port = port
        self._media = media

    def path(self, url: str) -> Path | None:
        """The file behind an own URL (it may be gone by now); None for every other URL.

        An address that an earlier start of this server gave, at another port, is its own while the file is there.
        """
        try:
            parts = urlsplit(url)
            web = parts.scheme in ("http", "https") and is_loopback(parts.hostname or "")
            ours = parts.port == self._port
        except ValueError:
            return None
        found = self._named(parts.path) if web else None
        return found if found is not None and (ours or found.is_file()) else None

    def _named(self, path: str) -> Path | None:
        if upload := OWN_FILE.fullmatch(path):
            return self._storage.upload_path(upload["id"])
        if output := OWN_OUTPUT.fullmatch(path):
            return self.output(output["token"], unquote(output["name"]))
        return None

    def output(self, token: str, name: str) -> Path | None:
        """The output file of that name; None when the name is not a plain one. The bundled examples' too."""
        if Path(name).name != name or len(name.encode()) > NAME_LIMIT or not re.fullmatch(r"[\w-]{1,64}", token):
            return None
        folder = self._media if token == EXAMPLES_TOKEN else self._storage.output_folder(token)
        return folder / name
