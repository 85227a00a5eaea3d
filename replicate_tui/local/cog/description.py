"""What a Cog model is, as the server lists it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import httpx

from replicate_tui.local.cog.client import CogClient
from replicate_tui.local.cog.documents import abilities, document
from replicate_tui.local.cog.process import CogProcess
from replicate_tui.local.cog.programs import FolderProgram, URLProgram, ready
from replicate_tui.local.cog.sources import CogFolder, CogURL
from replicate_tui.local.cog.workspace import SCHEMA, Workspace
from replicate_tui.local.work.jobs import SetupFailed

INSPECTION = Path(__file__).with_name("inspection.py")

INSPECTION_SECONDS = 300.0
"""How long a predictor's module may take to be imported."""


@dataclass(frozen=True, slots=True)
class Description:
    """A Cog model: `name` without an owner, `readme` in Markdown, `schema` its OpenAPI document.

    `streams`: its output comes piece by piece, and the worker hands each piece over. `cog_version` may be empty.
    """

    name: str
    description: str
    readme: str
    schema: dict[str, Any]
    streams: bool
    cog_version: str
    program: FolderProgram | URLProgram


async def describe(model: CogFolder | CogURL) -> Description:
    """Look at the model: import a folder's predictor in a process of its own, ask a server. Raises `SetupFailed`."""
    if isinstance(model, CogURL):
        return await _server(model)
    readme = _readme(model.path)
    schema = _built_schema(model.path) or await _inspected(model)
    told = abilities(schema, ours=True)
    return Description(
        name=model.name,
        description=_first_paragraph(readme) or f"The Cog model in {model.path.name}",
        readme=readme,
        schema=schema,
        streams=told.iterates,
        cog_version=_installed(),
        program=FolderProgram(told, model.path, model.predictor, json.dumps(schema)),
    )


async def _server(model: CogURL) -> Description:
    client = CogClient(model.url, model.auth)
    try:
        await ready(client)
        schema, release = await client.schema(), await client.version()
    except httpx.HTTPError as error:
        raise SetupFailed(f"no Cog server can be reached at {model.url} ({error})") from error
    finally:
        await client.close()
    if schema is None:
        raise SetupFailed(f"the Cog server at {model.url} has no OpenAPI schema of its model")
    told = abilities(schema, ours=False)
    return Description(
        name=model.name,
        description=f"The Cog model at {model.url}",
        readme="",
        schema=schema,
        streams=told.iterates,
        cog_version=release,
        program=URLProgram(told, model.url, model.auth),
    )


def _built_schema(folder: Path) -> dict[str, Any] | None:
    """What Cog's command line wrote when it built an image."""
    path = folder / SCHEMA
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SetupFailed(f"{path} cannot be read: {error}") from error
    return value if isinstance(value, dict) else None


async def _inspected(model: CogFolder) -> dict[str, Any]:
    """The document made from the predictor's signature."""
    workspace = await asyncio.to_thread(Workspace, model.path)
    try:
        target = workspace.folder / SCHEMA
        process = await CogProcess.start(workspace.folder, str(INSPECTION), model.predictor, str(target))
        try:
            async with asyncio.timeout(INSPECTION_SECONDS):
                code = await process.ended()
        except TimeoutError as error:
            raise SetupFailed(f"importing {model.predictor} took over {INSPECTION_SECONDS:.0f} seconds") from error
        finally:
            await process.stop()
        if code != 0:
            raise SetupFailed(f"{model.predictor} in {model.path} cannot be used: {_last_line(process.last_words)}")
        return document(json.loads(target.read_text("utf-8")))
    finally:
        workspace.remove()


def _last_line(lines: list[str]) -> str:
    return lines[-1] if lines else "its process ended without a word"


def _readme(folder: Path) -> str:
    found = next((path for path in sorted(folder.iterdir()) if path.name.lower() == "readme.md"), None)
    try:
        return found.read_text("utf-8", errors="replace") if found else ""
    except OSError:
        return ""


def _first_paragraph(readme: str) -> str:
    paragraphs = (" ".join(part.split()) for part in readme.split("\n\n"))
    return next((text for text in paragraphs if text and not text.startswith(("#", "!", "<", "[", "`"))), "")


def _installed() -> str:
    try:
        return version("cog")
    except PackageNotFoundError:
        return ""
