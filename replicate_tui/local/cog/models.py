"""Cog models as the server lists them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Collection, Sequence

from replicate_tui.local.cog.description import Description, describe
from replicate_tui.local.cog.programs import FolderProgram
from replicate_tui.local.cog.sources import source
from replicate_tui.local.shelf import Model, Version
from replicate_tui.local.storage.records import timestamp
from replicate_tui.local.work.jobs import SetupFailed

OWNER = "local"


async def cog_models(arguments: Sequence[str], taken: Collection[str]) -> list[Model]:
    """The models that `--cog` names. Raises `SetupFailed`, also for a name that is `taken`."""
    descriptions = await asyncio.gather(*(describe(source(argument)) for argument in arguments))
    names = set(taken)
    for description in descriptions:
        if (name := f"{OWNER}/{description.name}") in names:
            raise SetupFailed(f"there is a model {name} already; give the Cog model another name: NAME=DIR")
        names.add(name)
    return [_model(description) for description in descriptions]


def _model(description: Description) -> Model:
    made_at = timestamp(_made_at(description))
    version = Version(
        id=_identifier(description),
        created_at=made_at,
        cog_version=description.cog_version or None,
        schema=description.schema,
        program=description.program,
        streams=description.streams,
    )
    return Model(
        owner=OWNER,
        name=description.name,
        description=description.description,
        created_at=made_at,
        versions=(version,),
        is_official=True,
        readme=description.readme or None,
    )


def _identifier(description: Description) -> str:
    """Another one when the predictor's code or the schema is another."""
    program = description.program
    code = b""
    if isinstance(program, FolderProgram):
        code = (program.folder / program.predictor.partition(":")[0]).read_bytes()
    parts = json.dumps([OWNER, description.name, description.schema], sort_keys=True).encode()
    return hashlib.sha256(parts + code).hexdigest()


def _made_at(description: Description) -> float:
    program = description.program
    if isinstance(program, FolderProgram):
        return (program.folder / program.predictor.partition(":")[0]).stat().st_mtime
    return time.time()
