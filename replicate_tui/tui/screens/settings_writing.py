"""What all verbs of the settings go by: the line with the cursor, and the one way to write another."""

import asyncio
from abc import abstractmethod

from textual import getters
from textual.screen import Screen

from replicate_tui.core import config_writing
from replicate_tui.core.config_file import Config
from replicate_tui.core.config_writing import Change, NotWritten
from replicate_tui.core.setting_list import Line
from replicate_tui.tui.app import ReplicateApp


class SettingsWriting(Screen[None]):
    """A screen with a `section` and a `line` of the settings, which goes on with what it wrote."""

    app = getters.app(ReplicateApp)

    @property
    @abstractmethod
    def config(self) -> Config:
        """What `config.toml` says."""

    @property
    @abstractmethod
    def section(self) -> str:
        """The section that is shown."""

    @property
    @abstractmethod
    def line(self) -> Line | None:
        """The line with the cursor."""

    @abstractmethod
    def take(self, config: Config) -> None:
        """Go on with this configuration."""

    async def keep(self, change: Change) -> str:
        """Write one line and go on with it; why that was refused, "" where it was not."""
        try:
            config = await asyncio.to_thread(config_writing.write, self.app.settings.folders, [change])
        except NotWritten as error:
            return str(error)
        self.take(config)
        return ""
