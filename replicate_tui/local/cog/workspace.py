"""A folder that looks to Cog like the user's own, yet nothing is written into the user's."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SCHEMA = Path(".cog", "openapi_schema.json")
"""The one place where Cog's server looks for a model's schema, seen from the folder in which it runs."""

LEFT_OUT = frozenset({".cog", ".git", "__pycache__"})


class Workspace:
    """A temporary folder of links to everything that is in `folder`, with a schema of our making."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="replicate-tui-cog-"))
        for entry in folder.iterdir():
            if entry.name not in LEFT_OUT:
                (self.folder / entry.name).symlink_to(entry.resolve(), target_is_directory=entry.is_dir())
        (self.folder / SCHEMA).parent.mkdir()

    def write(self, schema: Mapping[str, Any]) -> None:
        """Have Cog use this schema, and stream the events of every run, which it does only where the schema says so."""
        (self.folder / SCHEMA).write_text(json.dumps(_streaming(schema)), "utf-8")

    def remove(self) -> None:
        """Remove the folder; what it links to stays."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _streaming(schema: Mapping[str, Any]) -> dict[str, Any]:
    paths = schema.get("paths", {})
    path = paths.get("/predictions", {})
    operation = {**path.get("post", {}), "x-cog-streaming": True}
    return {**schema, "paths": {**paths, "/predictions": {**path, "post": operation}}}
