"""Uploaded files, and the delivery of output files."""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute

from replicate_tui.local import view
from replicate_tui.local.addresses import OwnFiles, base_url
from replicate_tui.local.http import signatures
from replicate_tui.local.http.answers import JSON
from replicate_tui.local.http.bodies import at_most, parsed
from replicate_tui.local.http.paging import Cursor, newest_first
from replicate_tui.local.http.problems import Problem, bad_request, no_room, not_found, unprocessable
from replicate_tui.local.http.routing import Gate, open_route
from replicate_tui.local.storage.records import UploadedFile, new_id, timestamp
from replicate_tui.local.storage.storage import Storage

PAGE_SIZE = 100
SIZE_LIMIT = 100_000_000
TOO_LARGE = "Files must be less than 100MB in size"
FORM_MARGIN = 1 << 20
"""Bytes that a form may have besides its file."""
LIFETIME = 24 * 3600
NAME_LIMIT = 255
BRACKETED = re.compile(r"metadata\[([^\]]*)\]")


class FileRoutes:
    """Handlers over the storage. `on_expiry` is called when a new file has got its time of removal."""

    def __init__(self, storage: Storage, own_files: OwnFiles, retention: float, on_expiry: Callable[[], None]) -> None:
        self._signing_key = signatures.key(storage)
        self._storage = storage
        self._own_files = own_files
        self._retention = retention
        self._on_expiry = on_expiry

    def routes(self, gate: Gate) -> Sequence[BaseRoute]:
        """The addresses of the API."""
        return [
            gate.route("/files", GET=self.list, POST=self.upload),
            gate.route("/files/{id}", GET=self.get, DELETE=self.delete),
        ]

    def open_routes(self) -> Sequence[BaseRoute]:
        """Addresses that are themselves the permission to read: of output files, and signed ones of uploaded files."""
        return [open_route("/outputs/{token}/{name}", GET=self.deliver)]

    def signed_routes(self) -> Sequence[BaseRoute]:
        """The address of the API that needs no token but a signature."""
        return [open_route("/files/{id}/download", GET=self.download)]

    async def upload(self, request: Request) -> Response:
        """POST /files."""
        limited = at_most(request, SIZE_LIMIT + FORM_MARGIN, TOO_LARGE)
        try:
            async with limited.form() as form:
                file = await self._keep(form)
        except HTTPException as error:
            raise bad_request(f"The form cannot be read: {error.detail}") from error
        try:
            self._storage.files.add(file)
        except sqlite3.Error:
            self._storage.upload_path(file.id).unlink(missing_ok=True)
            raise
        self._on_expiry()
        return JSON(view.file(file, base_url(request)), 201)

    async def list(self, request: Request) -> Response:
        """GET /files: newest first."""
        base = base_url(request)
        page = newest_first(self._storage.files.page, Cursor.of(request), PAGE_SIZE, {})
        return JSON(page.of(lambda file: view.file(file, base)).as_json(request, base))

    async def get(self, request: Request) -> Response:
        """GET /files/{id}: what is known of it, never its content."""
        file = self._storage.files.get(request.path_params["id"])
        if file is None:
            raise _no_file()
        return JSON(view.file(file, base_url(request)))

    async def delete(self, request: Request) -> Response:
        """DELETE /files/{id}."""
        if not self._storage.delete_file(request.path_params["id"]):
            raise _no_file()
        return Response(status_code=204)

    async def download(self, request: Request) -> Response:
        """GET /files/{id}/download: the content, for whoever has an address that the server signed."""
        file = self._storage.files.get(request.path_params["id"])
        if file is None or not signatures.is_valid(file.id, request.query_params, self._signing_key):
            raise _no_file()
        headers = {"content-disposition": "attachment", "x-content-type-options": "nosniff"}
        return FileResponse(self._storage.upload_path(file.id), media_type="application/octet-stream", headers=headers)

    async def deliver(self, request: Request) -> Response:
        """GET /outputs/{token}/{name}: the file itself, as long as it is kept."""
        path = self._own_files.output(request.path_params["token"], request.path_params["name"])
        if path is None or not path.is_file():
            raise not_found()
        headers = {
            "cache-control": f"public, max-age={int(self._retention)}",
            "x-content-type-options": "nosniff",
            # Whatever a model wrote, a browser runs no script of it here.
            "content-security-policy": "sandbox",
        }
        return FileResponse(path, media_type=view.media_type(path.name), headers=headers)

    async def _keep(self, form: FormData) -> UploadedFile:
        content = form.get("content")
        if not isinstance(content, UploadFile):
            raise unprocessable("- content is required, as a file\n")
        name = _name(form, content)
        metadata = await _metadata(form)
        file_id = new_id()
        path = self._storage.upload_path(file_id)
        try:
            size, md5, sha256 = await asyncio.to_thread(_store, content.file, path)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise no_room() from error
        if size > SIZE_LIMIT:
            path.unlink()
            raise Problem(413, TOO_LARGE)
        now = time.time()
        return UploadedFile(
            id=file_id,
            name=name,
            content_type=_text(form, "type") or content.content_type or "application/octet-stream",
            size=size,
            md5=md5,
            sha256=sha256,
            metadata=metadata,
            created_at=timestamp(now),
            expires_at=now + LIFETIME,
        )


def _text(form: FormData, name: str) -> str | None:
    value = form.get(name)
    return value if isinstance(value, str) else None


def _name(form: FormData, content: UploadFile) -> str:
    name = _text(form, "filename") or content.filename or "file"
    if len(name.encode("utf-8", "surrogatepass")) > NAME_LIMIT:
        raise unprocessable(f"filename must have at most {NAME_LIMIT} bytes")
    return name


async def _metadata(form: FormData) -> dict[str, Any]:
    """The clients say it in three ways: a text field, a part of type JSON, or one field for each key."""
    given = form.get("metadata")
    if given is None:
        pairs = ((BRACKETED.fullmatch(key), value) for key, value in form.multi_items())
        return {match[1]: str(value) for match, value in pairs if match}
    text = await given.read() if isinstance(given, UploadFile) else given
    try:
        metadata = parsed(text or "{}")
    except ValueError as error:
        raise unprocessable("metadata must be a JSON object") from error
    if not isinstance(metadata, dict):
        raise unprocessable("metadata must be a JSON object")
    return metadata


def _store(source: BinaryIO, path: Path) -> tuple[int, str, str]:
    with path.open("wb") as target:
        shutil.copyfileobj(source, target)
    with path.open("rb") as file:
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return path.stat().st_size, md5, sha256


def _no_file() -> Problem:
    return Problem(404, "File not found")
