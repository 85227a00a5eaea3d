"""The settings: sections, the lines of one, and what should be known of the line with the cursor."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import events, getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from replicate_tui.core import config_file
from replicate_tui.core.account_lines import LOG_IN, LOG_OUT
from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.config_file import Config
from replicate_tui.core.setting_list import GOES_BEFORE, LINES, Line
from replicate_tui.core.text import one_line
from replicate_tui.tui.key_names import with_keys
from replicate_tui.tui.modes import MODE_TABS
from replicate_tui.tui.screens.settings_keys import KEY_LINES
from replicate_tui.tui.screens.settings_profiles import ProfileTable
from replicate_tui.tui.screens.settings_sections import NONE, SECTIONS, section_lines
from replicate_tui.tui.screens.settings_verbs import SettingsVerbs
from replicate_tui.tui.widgets.about_pane import AboutPane
from replicate_tui.tui.widgets.editors.text import Line as TypedLine
from replicate_tui.tui.widgets.fact_lines import Fact
from replicate_tui.tui.widgets.key_line import KeyLine
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.status_bar import Standing, StatusBar
from replicate_tui.tui.widgets.tab_line import Tab, TabLine

_SECTIONS: tuple[Column[str], ...] = (Column("name", "", 9, lambda title: Cell(title), grow=True),)

LINES_TABLE = "lines"
TABLES = {"keys": "keys", "profiles": "profiles"}
"""The tables of the sections that have one of their own, by their ids; the lines of the others are in one."""


class SettingsScreen(SettingsVerbs):
    """The settings, as a mode of their own beside the others."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "new", id="settings.new", tooltip="Add a profile, or a price"),
        Binding("d", "delete", "delete", id="settings.delete", tooltip="Delete this profile, once you agree"),
        Binding("e", "edit", "edit address", id="settings.edit", tooltip="Change where this profile leads"),
        Binding("r", "reset", "reset", id="settings.reset", tooltip="Take this line out of config.toml"),
        Binding("slash", "find", "find", id="settings.find", key_display="/", tooltip="Find a line by its name"),
        Binding("right,l", "into", "lines", id="settings.lines", tooltip="To the lines", show=False),
        Binding("left,h", "sections", "sections", id="settings.sections", tooltip="To the sections", show=False),
        Binding("escape", "back", "back", id="settings.back", tooltip="Back to where you were"),
    ]

    DEFAULT_CSS = """
    SettingsScreen {
        & #settings-panes {
            height: 1fr;
            layout: grid;
            grid-size: 3 1;
            grid-columns: 15 1fr 46;
            grid-rows: 1fr;
        }
        & #sections-pane, & #lines-pane, & #about { display: block; height: 1fr; }
        & #lines-pane ResourceTable { height: 1fr; }
        & .search-line { display: none; }
        & .search-line.-shown { display: block; }
        &.-narrow #settings-panes, &.-medium #settings-panes {
            grid-size: 2 2;
            grid-columns: 15 1fr;
            grid-rows: 1fr 9;
        }
        &.-medium #settings-panes { grid-columns: 18 1fr; grid-rows: 1fr 11; }
        &.-narrow #sections-pane, &.-medium #sections-pane { row-span: 2; }
    }
    """

    sections = getters.query_one("#sections", ResourceTable)

    def __init__(self) -> None:
        super().__init__()
        self._config = Config()
        self._unusable = ""
        self._lines: dict[str, Line] = {}
        self._search = TypedLine("")
        self._search.placeholder = "a key, an action, or what it does"

    def compose(self) -> ComposeResult:
        """Sections, lines and facts in the chrome of every mode."""
        yield StatusBar()
        yield TabLine((*MODE_TABS, Tab("settings", "Settings")), "settings", id="modes", classes="-modes")
        with Container(id="settings-panes"):
            with Vertical(id="sections-pane", classes="pane -shown"):
                yield ResourceTable(_SECTIONS, id="sections", show_header=False)
            with Vertical(id="lines-pane", classes="pane -shown"):
                with Horizontal(classes="search-line"):
                    yield Static("/", markup=False)
                    yield self._search
                yield ResourceTable(LINES, id="lines", show_header=False)
                yield ProfileTable(LINES, id="profiles", show_header=False)
                yield ResourceTable(KEY_LINES, id="keys", show_header=False, drops=("name",))
            yield AboutPane(id="about", classes="pane -shown")
        yield KeyLine()

    # -- life ------

    def on_mount(self) -> None:
        """List the sections."""
        self.query_one("#sections-pane").border_title = "Settings"
        self.app.standing_changed.subscribe(self, self._show_standing)
        self.app.session_opened.subscribe(self, lambda _: self.show_lines())
        self.sections.show(tuple(SECTIONS), SECTIONS.get)
        self.sections.focus()

    async def on_screen_resume(self) -> None:
        """Read the file anew: somebody may have changed it. Where the token is refused, the way in is at hand."""
        self._show_standing(self.app.standing)
        await self.read()
        if self.app.settings_section:
            self.go_to_section()
        elif self.app.standing.connection == "unauthorized":
            self.sections.move_to("account")
            self.show_lines()
            self.lines.focus()
            self.lines.move_to(LOG_IN)

    def go_to_section(self) -> None:
        """Go to the section that the app was asked to show."""
        self.sections.move_to(self.app.settings_section)
        self.app.settings_section = ""
        self.show_lines()
        self.lines.focus()

    def _show_standing(self, standing: Standing) -> None:
        self.query_one(StatusBar).standing = standing
        if self.is_current and self.section in ("account", "profiles"):
            self.show_lines()

    async def read(self) -> None:
        """Read `config.toml`, and go on with what it says."""
        folders = self.app.settings.folders
        try:
            config = await asyncio.to_thread(config_file.read, folders.config_file)
        except ValueError as error:
            self._unusable = f"{folders.config_file} cannot be used: {error}; mend it by hand"
            self.show_lines()
        else:
            self._unusable = ""
            self.take(config)

    def take(self, config: Config) -> None:
        """Go on with this configuration."""
        self._config = config
        self.app.renew(config)
        self.show_lines()

    # -- what is shown ------

    @property
    def config(self) -> Config:
        """What `config.toml` says."""
        return self._config

    @property
    def section(self) -> str:
        """The section with the cursor."""
        return self.sections.cursor_key or "account"

    @property
    def lines(self) -> ResourceTable[Line]:
        """The table of the section's lines."""
        return self.query_one(f"#{TABLES.get(self.section, LINES_TABLE)}", ResourceTable)

    @property
    def line(self) -> Line | None:
        """The line with the cursor."""
        return self._lines.get(self.lines.cursor_key or "")

    def show_lines(self) -> None:
        """List the lines of the section."""
        for table in (LINES_TABLE, *TABLES.values()):
            self.query_one(f"#{table}").display = table == self.lines.id
        self.query_one(".search-line").set_class(self.section == "keys", "-shown")
        pane = self.query_one("#lines-pane")
        pane.border_title = SECTIONS[self.section]
        self.lines.empty_text = self._unusable or with_keys(self.app, NONE.get(self.section, ""))
        self._lines = {line.key: line for line in self._listed()}
        self.lines.show(tuple(self._lines), self._lines.get)
        self._show_about()
        self.refresh_bindings()

    def _listed(self) -> Sequence[Line]:
        if self._unusable and self.section != "account":
            return ()
        return section_lines(self.app, self.section, self._config, self._search.value)

    def _show_about(self) -> None:
        line, pane = self.line, self.query_one(AboutPane)
        pane.border_title = Content(one_line(line.name)) if line is not None else ""
        if line is None:
            pane.show("", ())
            return
        facts = dict(line.facts)
        sentence, warning = facts.pop("", ""), facts.pop(GOES_BEFORE, "")
        is_told = self.section in ("keys", "profiles") or line.key in (LOG_IN, LOG_OUT)
        now = {} if is_told else {"now": line.value}
        pane.show(sentence, [Fact(name, value) for name, value in (now | facts).items()], warning)

    # -- moving ------

    @on(ResourceTable.Highlighted, "#sections")
    def _section_highlighted(self) -> None:
        self._search.show("")
        self.show_lines()
        self.lines.action_first()

    @on(ResourceTable.Highlighted, "#lines")
    @on(ResourceTable.Highlighted, "#keys")
    @on(ResourceTable.Highlighted, "#profiles")
    def _line_highlighted(self) -> None:
        self._show_about()
        self.refresh_bindings()

    @on(ResourceTable.Selected, "#sections")
    def _section_selected(self) -> None:
        self.action_into()

    @on(ResourceTable.Selected, "#lines")
    @on(ResourceTable.Selected, "#keys")
    @on(ResourceTable.Selected, "#profiles")
    def _line_selected(self) -> None:
        self.change()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Other keys work in other panes."""
        self.refresh_bindings()

    @on(Input.Changed)
    def _searched_for(self, event: Input.Changed) -> None:
        event.stop()
        self.show_lines()
        self.lines.action_first()

    @on(Input.Submitted)
    def _search_done(self, event: Input.Submitted) -> None:
        event.stop()
        self.lines.focus()

    def action_into(self) -> None:
        """To the lines of the section."""
        self.lines.focus()

    def action_sections(self) -> None:
        """To the sections."""
        self.sections.focus()

    def action_find(self) -> None:
        """To the search among the keys."""
        self.sections.move_to("keys")
        self.show_lines()
        self._search.focus()

    def action_back(self) -> None:
        """From the search to the lines, from there to the sections, from there back to where one was."""
        if self._search.has_focus:
            self.lines.focus()
        elif self._search.value:
            self._search.show("")
            self.show_lines()
        elif not self.sections.has_focus:
            self.sections.focus()
        else:
            self.app.leave_settings()

    @on(TabLine.Chosen, "#modes")
    def _mode_chosen(self, event: TabLine.Chosen) -> None:
        if event.name != "settings":
            self.app.action_show_mode(event.name)
