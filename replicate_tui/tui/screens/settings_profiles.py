"""What can be done about accounts and profiles in the settings: logging in and out, switching, adding, deleting."""

import asyncio
from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.content import Content

from replicate_tui.core import profiles
from replicate_tui.core.account_lines import LOG_IN, LOG_OUT
from replicate_tui.core.config_file import DEFAULT_PROFILE
from replicate_tui.core.config_writing import NotWritten
from replicate_tui.core.credentials import UnreadableHosts
from replicate_tui.core.profiles import Deleted, Deletion, address_change, profile_address
from replicate_tui.core.setting_list import Line
from replicate_tui.core.settings import SettingsError, is_profile_name, normal_base_url
from replicate_tui.core.text import one_line
from replicate_tui.tui import entering
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.screens.settings_entry import Keep, TypeSetting
from replicate_tui.tui.screens.settings_writing import SettingsWriting
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.table_keys import OPEN


class ProfileTable(ResourceTable[Line]):
    """Profiles, one a line; to open one is to go on with it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        replace(OPEN, description="switch to it", tooltip="Go on with this profile, at once")
    ]


class ProfileVerbs(SettingsWriting):
    """The verbs on the lines of the account and of the profiles."""

    # -- account ------

    def enter(self, line: Line) -> None:
        """Log in or out, as the line says."""
        if line.key == LOG_OUT:
            self._log_out()
        elif line.key == LOG_IN or self.app.settings.token is None:
            self.app.action_log_in()

    @work(group="setting", exclusive=True)
    async def _log_out(self) -> None:
        with reporting(self, "Not logged out"):
            await entering.log_out(self.app)

    # -- profiles ------

    @work(group="setting", exclusive=True)
    async def _switch(self, line: Line) -> None:
        if line.key != self.app.settings.profile:
            with reporting(self, "Not switched"):
                await entering.enter_profile(self.app, line.key)

    def action_edit(self) -> None:
        """Change where the profile with the cursor leads."""
        if self.line is not None:
            self._edit_address(self.line.key)

    @work(group="setting", exclusive=True)
    async def _edit_address(self, name: str) -> None:
        about = "Where its API is; nothing stands for what profiles without an address have."
        kept = await self.app.push_screen_wait(
            TypeSetting(
                f"Address of {name}",
                about,
                profile_address(self.config, name),
                self._address_keeper(name),
                example="https://replicate.lab.example.com",
            )
        )
        if kept and name == self.app.settings.profile:
            with reporting(self, "Not switched"):
                await entering.enter_profile(self.app, name)

    def _address_keeper(self, name: str) -> Keep:
        async def kept(text: str) -> str:
            try:
                address = normal_base_url(text) if text.strip() else None
            except SettingsError as error:
                return str(error)
            return await self.keep(address_change(self.config, name, address))

        return kept

    @work(group="setting", exclusive=True)
    async def _new_profile(self) -> None:
        names: list[str] = []

        async def named(text: str) -> str:
            name = text.strip()
            if not is_profile_name(name):
                return "use letters, digits, dot, dash, underscore; not 'local'"
            if name in self.config.profiles or name == DEFAULT_PROFILE:
                return f"there is a profile {name} already"
            names.append(name)
            return ""

        about = "A name of your choice. Each profile has a history of its own, and may lead to another host."
        if not await self.app.push_screen_wait(TypeSetting("New profile", about, "", named, example="lab")):
            return
        name = names[-1]
        about = "Where its API is. Nothing for Replicate's own."
        await self.app.push_screen_wait(
            TypeSetting(
                f"Address of {name}",
                about,
                "",
                self._address_keeper(name),
                example="https://replicate.lab.example.com",
            )
        )

    def action_delete(self) -> None:
        """Delete the profile with the cursor, once that is agreed."""
        if self.line is not None:
            self._delete(self.line.key)

    @work(group="setting", exclusive=True)
    async def _delete(self, name: str) -> None:
        with reporting(self, "Not deleted"):
            self.app.settings.require_writes("delete a profile")
            try:
                what = await asyncio.to_thread(profiles.deletion, self.app.settings, self.config, name)
                if not await self._is_agreed(what):
                    return
                deleted = await asyncio.to_thread(profiles.delete, self.app.settings, what)
            except (NotWritten, UnreadableHosts) as error:
                raise SettingsError(str(error)) from None
            await self._leave_deleted(what, deleted)

    async def _is_agreed(self, what: Deletion) -> bool:
        question = Content.assemble(
            "Delete the profile ", (one_line(what.name), "bold"), "?\n\n", "\n".join(what.sentences())
        )
        agreed: bool = await self.app.push_screen_wait(Confirm(question, "delete it", "keep it"))
        return agreed and (not what.is_used or await entering.may_enter(self.app, "delete it"))

    async def _leave_deleted(self, what: Deletion, deleted: Deleted) -> None:
        """Go on without the profile; what fails now keeps other things than the profile."""
        self.take(deleted.config)
        self.notify(f"Profile {one_line(what.name)} is deleted")
        if deleted.token_stays:
            self.notify(f"The token stays: {deleted.token_stays}", severity="error", timeout=10)
        if what.is_used:
            with reporting(self, "Not switched"):
                await entering.go_over(self.app, DEFAULT_PROFILE)
