"""The form of one model and the tabs beside it, under the model's name, over the key that runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import ContentSwitcher, Input, Static, TextArea

from replicate_tui.core import text
from replicate_tui.core.forms.inputs import Field
from replicate_tui.tui.key_names import follow_keys, key_of
from replicate_tui.tui.widgets.form_tabs.choice_line import ChoiceLine
from replicate_tui.tui.widgets.form_tabs.code_tab import CodeTab
from replicate_tui.tui.widgets.form_tabs.examples_tab import ExamplesTab
from replicate_tui.tui.widgets.form_tabs.form_tab import FormTab
from replicate_tui.tui.widgets.form_tabs.json_tab import JsonTab
from replicate_tui.tui.widgets.form_tabs.model_tab import ModelTab
from replicate_tui.tui.widgets.form_tabs.readme_tab import ReadmeTab
from replicate_tui.tui.widgets.form_tabs.versions_tab import VersionsTab
from replicate_tui.tui.widgets.input_form import InputForm
from replicate_tui.tui.widgets.run_options import RunOptions
from replicate_tui.tui.widgets.tab_line import Tab, TabLine

FORM = "form-tab"
ABOUT = "about"
TABS = (
    Tab(FORM, "Form"),
    Tab("json", "JSON"),
    Tab("code", "Code"),
    Tab(ABOUT, "Model"),
    Tab("readme", "Readme"),
    Tab("versions", "Versions"),
    Tab("examples", "Examples"),
)

NO_INPUT = "This model takes no input.\n{form.run} runs it."
NOT_KNOWN = "Its inputs are not known: the API does not tell what this version takes.\n{form.run} runs it without any."
"""What stands in the place of the fields where there are none."""


class FormPane(Vertical):
    """Shows the form that it is given, and tabs beside it, over the key that runs it.

    Each tab is mounted when it is first looked at; its data may be set before. `TabShown` says when a tab is
    looked at, and again when another model is shown, so that whoever owns the pane fills that tab only.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+pageup", "tab(-1)", "tab", show=False, id="form.tab_before", tooltip="The tab before"),
        Binding("f7,ctrl+pagedown", "tab(1)", "tab", key_display="F7", id="form.next_tab", tooltip="The next tab"),
        Binding("left_square_bracket,left,h", "turn(-1)", "tab", show=False, id="form.turn_back", tooltip="Tab before"),
        Binding("right_square_bracket,right,l", "turn(1)", "tab", show=False, id="form.turn", tooltip="Next tab"),
        Binding("f8", "options", "options", key_display="F8", id="form.options", tooltip="Version, webhook, waiting"),
    ]

    DEFAULT_CSS = """
    FormPane {
        & > ChoiceLine { margin: 0 0 1 0; }
        & > ContentSwitcher { height: 1fr; }
        & #form-tab { height: 1fr; }
    }
    """

    class RunWanted(Message):
        """The form is to be run."""

    @dataclass
    class TabShown(Message):
        """The tab `name` is looked at: another tab than before, or the same for another model."""

        pane: "FormPane"
        name: str

        @property
        def control(self) -> "FormPane":
            """The pane, for `@on(…, "#id")`."""
            return self.pane

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._run_line = Static(id="run-line", markup=False)
        self.border_title = "Form"
        self.form = InputForm(id="input-form")
        self.options = RunOptions(id="run-options")
        self.json = JsonTab(id="json")
        self.code = CodeTab(id="code")
        self.about = ModelTab(id=ABOUT)
        self.readme = ReadmeTab(id="readme")
        self.versions = VersionsTab(id="versions")
        self.examples = ExamplesTab(id="examples")
        self._tabs: dict[str, FormTab] = {
            "json": self.json,
            "code": self.code,
            ABOUT: self.about,
            "readme": self.readme,
            "versions": self.versions,
            "examples": self.examples,
        }
        self._mounted: set[str] = set()

    def compose(self) -> ComposeResult:
        """The tabs, the form, and the line that runs it."""
        yield ChoiceLine(TABS, id="form-tabs")
        with ContentSwitcher(initial=FORM), Vertical(id=FORM):
            yield self.form
            yield self.options
        yield self._run_line

    def on_mount(self) -> None:
        """Tell the key that runs the form, whichever it is."""
        self._tell_key()
        follow_keys(self, self._tell_key)

    def _tell_key(self) -> None:
        self._run_line.update(Content.styled(f" Run  {key_of(self.app, 'form.run')} ", "b reverse $primary"))

    @property
    def tab(self) -> str:
        """The name of the tab that is seen; see TABS."""
        return self.query_one("#form-tabs", ChoiceLine).current

    @tab.setter
    def tab(self, name: str) -> None:
        self._look_at(name, focus=self._in_content)

    def show(
        self,
        model: str,
        version: str,
        fields: Sequence[Field],
        values: Mapping[str, object],
        *,
        standing: str = "latest",
        known: bool = True,
    ) -> None:
        """Show the form of a model's version; `standing` is a word about it, such as "latest" or "pinned".

        `known` is whether the API tells what the version takes.

        Nobody waits for the editors here: a worker that is cancelled while it does would leave them half-made.
        """
        self.border_title = Content(text.one_line(model))
        short = text.short_version(version)
        self.border_subtitle = Content(" · ".join(filter(None, (f"version {short}" if short else "", standing))))
        self.form.show(fields, values, NO_INPUT if known else NOT_KNOWN)
        self.post_message(self.TabShown(self, self.tab))

    @property
    def apart(self) -> bool:
        """Whether the JSON says what the form could not take: its tab is marked then."""
        return self.json.apart

    @apart.setter
    def apart(self, apart: bool) -> None:
        self.json.apart = apart
        line = self.query_one("#form-tabs", ChoiceLine)
        line.tabs = tuple(replace(tab, title="JSON ✗") if apart and tab.name == "json" else tab for tab in TABS)
        line.watch_current()

    def clear_json(self) -> None:
        """Forget the text of the JSON: it is another model's, or other values are shown."""
        self.apart = False
        self.json.text = ""
        self.json.problems = ()

    def clear_tabs(self) -> None:
        """Forget what the tabs show that the API told: it is about another model or version."""
        self.code.code = {}
        self.about.page = None
        self.readme.readme = None
        self.versions.note = self.examples.note = text.ELLIPSIS
        self.versions.versions = ()
        self.versions.comparison = ()
        self.examples.examples = ()

    def focus_content(self) -> None:
        """Take the keyboard to what the tab shows."""
        if self.tab == FORM:
            self.form.focus_field()
        else:
            self._tabs[self.tab].focus_content()

    def action_tab(self, by: int) -> None:
        """Show the tab `by` places further on, and go on in it."""
        line = self.query_one("#form-tabs", ChoiceLine)
        names = [tab.name for tab in TABS]
        self._look_at(names[(names.index(line.current) + by) % len(names)], focus=not line.has_focus)

    def action_turn(self, by: int) -> None:
        """As `tab`, by keys that an editor wants for itself."""
        self.action_tab(by)

    def action_options(self) -> None:
        """To the options of the run; from there back to the form."""
        if self.options.is_open and self.options.has_focus_within:
            self.options.action_close()
        else:
            self.tab = FORM
            self.options.focus_option()

    @on(RunOptions.Closed)
    def _options_closed(self, event: RunOptions.Closed) -> None:
        event.stop()
        self.form.focus_field()

    @on(RunOptions.Reached)
    def _option_reached(self, event: RunOptions.Reached) -> None:
        event.stop()
        self.form.explain(event.name, event.meaning)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters and arrows are the editors' own."""
        if action == "turn":
            return not self._in_editor
        return True

    @on(TabLine.Chosen, "#form-tabs")
    def _tab_chosen(self, event: TabLine.Chosen) -> None:
        event.stop()
        self._look_at(event.name, focus=False)

    @on(ChoiceLine.Entered, "#form-tabs")
    def _tabs_left(self, event: ChoiceLine.Entered) -> None:
        event.stop()
        self.focus_content()

    @on(InputForm.Submitted)
    @on(events.Click, "#run-line")
    def _run_wanted(self) -> None:
        self.post_message(self.RunWanted())

    @property
    def _in_content(self) -> bool:
        """Whether the keyboard is in what a tab shows."""
        return self.query_one(ContentSwitcher).has_pseudo_class("focus-within")

    @property
    def _in_editor(self) -> bool:
        focused = self.screen.focused
        in_form = focused is not None and any(isinstance(node, InputForm | RunOptions) for node in focused.ancestors)
        return in_form or isinstance(focused, Input | TextArea)

    def _look_at(self, name: str, *, focus: bool) -> None:
        """Show a tab, mounting it if nobody has looked at it yet."""
        line = self.query_one("#form-tabs", ChoiceLine)
        switcher = self.query_one(ContentSwitcher)
        if name == switcher.current:
            return
        if switcher.current == "json":
            self._tell_edit()
        if name in self._tabs and name not in self._mounted:
            self._mounted.add(name)
            switcher.mount(self._tabs[name])
        line.current = name
        switcher.current = name
        self.post_message(self.TabShown(self, name))
        if focus:
            self.focus_content()

    def _tell_edit(self) -> None:
        """Tell of an edit before the tab is left, so that whoever fills the next one knows of it."""
        edit = self.json.take_edit()
        if edit is not None:
            self.post_message(JsonTab.Edited(self.json, edit))
