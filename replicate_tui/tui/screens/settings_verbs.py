"""What can be done with a line of the settings: it is changed, put back, or added; each time judged and written."""

from collections.abc import Iterable

from textual import work
from textual.content import Content

from replicate_tui.core.account_lines import read_price
from replicate_tui.core.config_writing import Change, Value
from replicate_tui.core.profiles import can_be_deleted
from replicate_tui.core.setting_list import NEXT_START, SETTINGS, Line, Setting
from replicate_tui.core.settings import LOCAL_PROFILE
from replicate_tui.core.text import one_line
from replicate_tui.tui.screens.chooser import Choice, Chooser
from replicate_tui.tui.screens.one_line import OneLine
from replicate_tui.tui.screens.run_verbs import is_editing
from replicate_tui.tui.screens.settings_entry import ChooseTheme, Keep, TypeSetting
from replicate_tui.tui.screens.settings_keys import PressKey
from replicate_tui.tui.screens.settings_profiles import ProfileVerbs


class SettingsVerbs(ProfileVerbs):
    """The verbs on the lines of all sections."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done to the line with the cursor."""
        if is_editing(self.focused) and action in ("new", "edit", "delete", "reset", "find", "into", "sections"):
            return False
        if action == "new":
            return self.section in ("profiles", "prices")
        if action == "delete":
            return self.section == "profiles" and self.line is not None and can_be_deleted(self.config, self.line.key)
        if action == "edit":
            return self.section == "profiles" and self.line is not None and self.line.key != LOCAL_PROFILE
        if action == "reset":
            path = self._path()
            return path is not None and path in self.config.said
        return super().check_action(action, parameters)

    async def _tell(self, setting: Setting, value: Value | None) -> bool:
        """Write what was chosen; what is wrong with it is told."""
        refusal = await self.keep(Change(setting.path, value))
        if refusal:
            self.notify(refusal, title=f"{setting.name} is as it was", severity="error", timeout=10)
        elif setting.counts == NEXT_START:
            self.notify(f"Kept; it counts {NEXT_START}", title=setting.name)
        return not refusal

    def _path(self) -> tuple[str, ...] | None:
        """The line of `config.toml` that the line with the cursor stands for."""
        line = self.line
        if line is None or self.section in ("account", "profiles"):
            return None
        if self.section in ("keys", "prices"):
            return (self.section, line.key)
        return tuple(line.key.split("."))

    # -- changing ------

    def change(self) -> None:
        """Change the line with the cursor, in the way of its kind."""
        line = self.line
        if line is None:
            return
        if self.section == "account":
            self.enter(line)
        elif self.section == "profiles":
            self._switch(line)
        elif self.section == "keys":
            if line.tone != "warn":
                self._press(line)
        elif self.section == "prices":
            self._type_price(line.name, line.value)
        else:
            self._set(next(each for each in SETTINGS[self.section] if each.key == line.key))

    @work(group="setting", exclusive=True)
    async def _set(self, setting: Setting) -> None:
        now = setting.shown(self.app.settings)
        if setting.key == "theme":
            await self._choose_theme(setting)
        elif setting.switches:
            await self._tell(setting, now != "on")
        elif setting.choices:
            choices = [Choice(name, name, meaning) for name, meaning in setting.choices.items()]
            answer = await self.app.push_screen_wait(Chooser(Content(setting.name), choices, current=now))
            if answer is not None and await self._tell(setting, setting.read(answer.key)):
                self._tell_images(setting, answer.key)
        else:
            await self.app.push_screen_wait(
                TypeSetting(setting.name, setting.about, now, self._keeper(setting), example=setting.example)
            )

    def _tell_images(self, setting: Setting, chosen: str) -> None:
        if setting.key == "images" and self.app.drawing.how != chosen:
            self.notify(f"Kept; graphics count {NEXT_START}", title=setting.name)

    async def _choose_theme(self, setting: Setting) -> None:
        before = self.app.theme
        answer = await self.app.push_screen_wait(ChooseTheme(_ours_first(self.app.available_themes), before))
        if answer is None or not await self._tell(setting, answer.key):
            self.app.theme = before

    def _keeper(self, setting: Setting) -> Keep:
        async def kept(text: str) -> str:
            try:
                value = setting.read(text)
            except ValueError as error:
                return str(error)
            refusal = await self.keep(Change(setting.path, value))
            if not refusal and setting.counts == NEXT_START:
                self.notify(f"Kept; it counts {NEXT_START}", title=setting.name)
            return refusal

        return kept

    def action_reset(self) -> None:
        """Take the line out of the file."""
        path = self._path()
        if path is not None:
            self._reset(path)

    @work(group="setting", exclusive=True)
    async def _reset(self, path: tuple[str, ...]) -> None:
        refusal = await self.keep(Change(path, None))
        if refusal:
            self.notify(refusal, title="Not reset", severity="error", timeout=10)

    # -- keys ------

    @work(group="setting", exclusive=True)
    async def _press(self, line: Line) -> None:
        key = await self.app.push_screen_wait(PressKey(line, self.app.settings.keys))
        if key is not None:
            refusal = await self.keep(Change(("keys", line.key), key))
            if refusal:
                self.notify(refusal, title=f"The key of {line.name} is as it was", severity="error", timeout=10)

    def action_new(self) -> None:
        """Add a profile or a price."""
        if self.section == "profiles":
            self._new_profile()
        else:
            self._new_price()

    # -- prices ------

    @work(group="setting", exclusive=True)
    async def _new_price(self) -> None:
        title = Content("Price of which model, or hardware?")
        name = await self.app.push_screen_wait(OneLine(title, placeholder="owner/name, or gpu-t4", verb="go on"))
        if name:
            await self._type_price(name, "").wait()

    @work(group="price", exclusive=True)
    async def _type_price(self, name: str, now: str) -> None:
        about = "US dollars: an amount a run, or an amount a second. Estimates use it at once."

        async def kept(text: str) -> str:
            if not text.strip():
                return await self.keep(Change(("prices", name), None))
            try:
                return await self.keep(Change(("prices", name), read_price(text)))
            except ValueError as error:
                return str(error)

        await self.app.push_screen_wait(
            TypeSetting(f"Price of {one_line(name)}", about, now, kept, example="0.003 a run, or 0.0002 a second")
        )


def _ours_first(themes: Iterable[str]) -> list[str]:
    return sorted(themes, key=lambda name: (not name.startswith("replicate-"), name))
