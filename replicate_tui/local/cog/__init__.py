"""A user's own Cog model behind the local server: a folder, run by the real `cog` package, or a running container."""

from replicate_tui.local.cog.description import Description, describe
from replicate_tui.local.cog.programs import FolderProgram, URLProgram
from replicate_tui.local.cog.sources import CogFolder, CogURL, source

__all__ = ["CogFolder", "CogURL", "Description", "FolderProgram", "URLProgram", "describe", "source"]
