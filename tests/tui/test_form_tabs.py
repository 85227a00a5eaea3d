"""The tabs beside the form, its options and its presets, by keyboard alone."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widgets import Footer

from replicate_tui.core.forms.field import Field
from replicate_tui.tui.screens.presets import PresetChoice, PresetLine, PresetsScreen
from replicate_tui.tui.widgets.form_pane import FormPane
from replicate_tui.tui.widgets.form_tabs import json_tab
from replicate_tui.tui.widgets.form_tabs.code_tab import CodeTab
from replicate_tui.tui.widgets.form_tabs.examples_tab import ExampleRow, ExamplesTab
from replicate_tui.tui.widgets.form_tabs.json_tab import JsonTab
from replicate_tui.tui.widgets.form_tabs.markdown_blocks import MOST_READ, document
from replicate_tui.tui.widgets.form_tabs.markdown_inline import address
from replicate_tui.tui.widgets.form_tabs.markdown_rows import rows
from replicate_tui.tui.widgets.form_tabs.readme_tab import ReadmeTab
from replicate_tui.tui.widgets.form_tabs.versions_tab import VersionRow, VersionsTab
from replicate_tui.tui.widgets.run_options import RunOptions
from replicate_tui.tui.widgets.tab_line import TabLine
from tests.waiting import eventually

SIZES = [(160, 48), (80, 24)]
HOSTILE = "[/x] \x1b]0;t\x07\x1b[31m日本語 e\u0301\u202e"
FIELDS = (Field("prompt", "text", required=True), Field("width", "integer", default=512), Field("fast", "boolean"))
VERSION = "7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc"
TOLD = (
    FormPane.TabShown,
    JsonTab.Edited,
    JsonTab.FullSwitched,
    ReadmeTab.LinkOpened,
    VersionsTab.Pinned,
    VersionsTab.CompareWanted,
    ExamplesTab.ExampleChosen,
    RunOptions.Changed,
)


class Pane(App[None]):
    """A form pane alone; it keeps what the pane tells."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Message] = []
        self.around: list[str] = []
        self.chosen: list[PresetChoice | None] = []

    def compose(self) -> ComposeResult:
        self.pane = FormPane(id="form")
        yield self.pane
        yield Footer()

    def on_mount(self) -> None:
        self.pane.show("owner/model", VERSION, FIELDS, {})
        self.pane.focus_content()
        for key in "cq1[]":
            self.bind(key, f"around('{key}')")

    def action_around(self, key: str) -> None:
        self.around.append(key)

    @property
    def text(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())

    async def press(self, *keys: str) -> None:
        await self._press_keys(keys)

    async def until(self, look: Callable[[], object]) -> None:
        def seen() -> object:
            if self._exception is not None:
                raise self._exception
            return look()

        try:
            await eventually(seen)
        except AssertionError as error:
            raise AssertionError(f"{error} on\n{self.text}\nfocus: {self.focused}") from None

    async def shows(self, *texts: str) -> None:
        await self.until(lambda: all(text in self.text for text in texts))

    async def to(self, name: str) -> None:
        """Go to a tab by the key that works everywhere, and wait until the keyboard is in it."""
        while self.pane.tab != name:
            await self.press("f7")
        await self.until(lambda: self.focused is not None and self.pane._tabs[name] in self.focused.ancestors)

    def last(self) -> Message:
        return self.told[-1]


for kind in TOLD:
    setattr(Pane, kind.handler_name, lambda self, event: self.told.append(event))


@asynccontextmanager
async def opened(size: tuple[int, int]) -> AsyncIterator[Pane]:
    app = Pane()
    async with app.run_test(size=size):
        await app.until(lambda: app.pane.form.has_focus_within)
        yield app


# -- the tabs ------


@pytest.mark.parametrize("size", SIZES)
async def test_a_key_goes_round_the_tabs_even_from_an_editor_and_each_is_built_when_it_is_seen(
    size: tuple[int, int],
) -> None:
    async with opened(size) as app:
        assert not app.query(JsonTab)
        for name in ("json", "code", "about", "readme", "versions", "examples"):
            await app.to(name)
        await app.press("f7")
        await app.until(lambda: app.pane.form.has_focus_within)
        await app.press("ctrl+pageup")
        await app.until(lambda: app.query_one(ExamplesTab).has_focus_within)
        shown = [told.name for told in app.told if isinstance(told, FormPane.TabShown)]
        assert shown == ["form-tab", "json", "code", "about", "readme", "versions", "examples", "form-tab", "examples"]


async def test_another_model_asks_for_the_data_of_the_tab_that_is_seen_again() -> None:
    async with opened((80, 24)) as app:
        await app.to("readme")
        await app.until(lambda: app.told[-1] == FormPane.TabShown(app.pane, "readme"))
        app.told.clear()
        app.pane.show("owner/other", "", FIELDS, {}, standing="official")
        await app.until(lambda: app.told)
        assert app.told == [FormPane.TabShown(app.pane, "readme")]
        assert (str(app.pane.border_title), str(app.pane.border_subtitle)) == ("owner/other", "official")


async def test_brackets_turn_the_tabs_outside_editors_and_are_text_inside() -> None:
    async with opened((80, 24)) as app:
        await app.press("right_square_bracket")
        await app.until(lambda: app.pane.form.raw.get("prompt") == "]")
        await app.to("versions")
        await app.press("right_square_bracket")
        await app.until(lambda: app.pane.tab == "examples")
        await app.press("left_square_bracket", "left_square_bracket")
        await app.until(lambda: app.pane.tab == "readme")
        assert app.around == []


async def test_the_line_of_tabs_itself_is_turned_by_arrows_and_left_by_down() -> None:
    async with opened((80, 24)) as app:
        await app.press("shift+tab")
        await app.until(lambda: isinstance(app.focused, TabLine))
        await app.press("right", "right")
        await app.until(lambda: app.pane.tab == "code")
        assert isinstance(app.focused, TabLine)
        await app.press("down")
        await app.until(lambda: app.query_one(CodeTab).content.has_focus)


# -- JSON ------


@pytest.mark.parametrize("size", SIZES)
async def test_an_edit_of_the_json_is_told_and_problems_stand_at_their_lines(size: tuple[int, int]) -> None:
    async with opened(size) as app:
        tab = app.pane.json
        tab.text = '{\n  "width": 99999\n}'
        await app.to("json")
        await app.press("down", "end", "1", "2")
        await app.until(lambda: app.last() == JsonTab.Edited(tab, '{\n  "width": 9999912\n}'))
        tab.problems = [(2, "width must be at most 2048 [/x]"), (3, "prompt is required")]
        await app.shows("2✗", "line 2", "width must be at most 2048 [/x]")
        await app.press("tab", "down")
        await app.until(lambda: tab._area.cursor_location[0] == 2)
        await app.press("up", "enter")
        await app.until(lambda: tab._area.has_focus and tab._area.cursor_location[0] == 1)
        tab.problems = ()
        await app.until(lambda: "✗" not in app.text)


async def test_text_set_from_outside_is_not_told_and_keeps_the_caret_where_it_can() -> None:
    async with opened((80, 24)) as app:
        app.pane.json.text = "{\n\n}"
        await app.to("json")
        await app.press("down")
        app.pane.json.text = '{\n  "a": 1\n}'
        await app.shows('"a": 1')
        assert app.pane.json._area.cursor_location == (1, 0)
        await app.press("f8")
        await app.until(lambda: isinstance(app.last(), JsonTab.FullSwitched))
        assert not any(isinstance(told, JsonTab.Edited) for told in app.told)
        app.pane.json.full = True
        await app.shows("every input, with its default")


async def test_an_edit_is_told_before_the_tab_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_tab, "PAUSE", 60.0)
    async with opened((80, 24)) as app:
        app.pane.json.text = "1"
        await app.to("json")
        await app.press("2")
        assert app.pane.json.text == "21"
        await app.press("f7")
        await app.until(lambda: app.pane.tab == "code")
        assert [told.text for told in app.told if isinstance(told, JsonTab.Edited)] == ["21"]


async def test_megabytes_of_json_are_shown_and_not_edited() -> None:
    async with opened((80, 24)) as app:
        app.pane.json.text = json.dumps({"image": "data:image/png;base64," + "A" * 1_400_000}, indent=2)
        await app.to("json")
        await app.shows("too long to be edited", "1.4 MB", "data:image/png")
        before = app.pane.json.text
        await app.press("x", "down")
        assert app.pane.json.text == before
        app.pane.json.text = "{}"
        await app.until(lambda: app.pane.json._area.has_focus)


async def test_json_that_acts_on_a_terminal_is_shown_without_its_power() -> None:
    async with opened((80, 24)) as app:
        app.pane.json.text = HOSTILE
        app.pane.json.problems = [(1, HOSTILE)]
        await app.to("json")
        await app.shows("日本語")
        assert "\x1b" not in app.text
        assert app.pane.json.text == HOSTILE


# -- code ------


@pytest.mark.parametrize("size", SIZES)
async def test_code_is_shown_in_the_chosen_language_and_copied_whole(size: tuple[int, int]) -> None:
    async with opened(size) as app:
        long = "x" * 20_000
        app.pane.code.code = {"curl": "curl -X POST \\\n  [/b]", "python": f"import replicate\n{long}"}
        await app.to("code")
        await app.shows("curl -X POST \\", "[/b]")
        await app.press("space")
        await app.shows("import replicate", "›")
        await app.press("right")
        await app.until(lambda: app.pane.code._lines.scroll_x > 0)
        await app.press("y")
        await app.until(lambda: app.clipboard == f"import replicate\n{long}")
        await app.press("shift+tab", "left")
        await app.shows("curl -X POST")


# -- readme ------


@pytest.mark.parametrize("size", SIZES)
async def test_a_readme_is_read_as_text_and_its_links_are_only_told(size: tuple[int, int]) -> None:
    async with opened(size) as app:
        await app.to("readme")
        await app.shows("asking for the readme")
        app.pane.readme.readme = (
            "# Title\n\nSome *text* with a [link](https://example.com/a), "
            "![a picture](https://example.com/p.png) and [none](file:///etc/passwd).\n\n"
            + "word " * 2_000
            + "\n\n<p><a href='https://example.com/b'>last</a></p>"
        )
        await app.shows("Title", "▣ a picture", "2 links")
        await app.press("n", "enter")
        await app.until(lambda: isinstance(app.last(), ReadmeTab.LinkOpened))
        await app.press("n")
        await app.shows("last", "https://example.com/b")
        await app.press("enter")
        await app.until(lambda: [t.url[-1] for t in app.told if isinstance(t, ReadmeTab.LinkOpened)] == ["a", "b"])
        app.pane.readme.readme = ""
        await app.shows("This model has no readme.")


async def test_a_readme_is_laid_out_anew_when_another_one_comes() -> None:
    async with opened((80, 24)) as app:
        await app.to("readme")
        app.pane.readme.readme = "one\n\n" * 500
        await app.shows("one")
        await app.press("end")
        await app.until(lambda: app.pane.readme.content.scroll_y > 100)
        app.pane.readme.readme = "two"
        await app.shows("two")
        assert "one" not in app.text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "ftp://a.b", "//a.b", "https://", "https://a b", "http://[", 1]
)
def test_only_web_pages_are_links(url: object) -> None:
    assert address(url) == ""
    assert document(f'<a href="{url}">x</a>').links == []


def lines(markdown: str, width: int = 40) -> list[str]:
    return [(row.before + row.text).rstrip() for row in rows(document(markdown), width)]


def test_lists_quotes_and_code_keep_their_shape() -> None:
    source = "- one\n- two\n  1. deep\n\n> said\n\n```\na  b\n```\nend"
    assert lines(source) == ["• one", "• two", "  1. deep", "", "│ said", "", "  a  b", "", "end"]


def test_tables_are_wrapped_in_their_columns_and_become_lists_where_there_are_too_many() -> None:
    assert lines("|a|b|\n|-|-|\n|1|" + "long words " * 6 + "|") == [
        "a │ b",
        "──┼─" + "─" * 36,
        "1 │ long words long words long words",
        "  │ long words long words long words",
    ]
    many = lines("|" + "a|" * 30 + "\n|" + "-|" * 30 + "\n|" + "1|" * 30)
    assert many[0] == "a: 1"
    assert max(map(len, many)) <= 40


def test_html_leaves_its_text_its_pictures_and_its_links() -> None:
    found = document("<p align=center>Hi<br><img alt='Logo'> <!-- hidden --><a href='https://x.y'>site</a></p>")
    assert [block.text for block in found.blocks if hasattr(block, "text")] == ["Hi", "▣ Logo site"]
    assert found.links == ["https://x.y"]


@pytest.mark.parametrize(
    "source",
    [HOSTILE, "<!--" * 1000, "[" * 5000, ">" * 5000, "- " * 5000, "<script " * 1000, "|a" * 500 + "\n" + "|-" * 500],
)
def test_odd_documents_are_read_and_made_harmless(source: str) -> None:
    shown = "\n".join(lines(source))
    assert not set("\x1b\x07\u202e") & set(shown)


def test_a_document_without_end_is_cut_and_says_so() -> None:
    assert "5 more characters are not shown" in lines("a" * (MOST_READ + 5))[-1]


# -- versions and examples ------


@pytest.mark.parametrize("size", SIZES)
async def test_versions_are_pinned_compared_and_unpinned(size: tuple[int, int]) -> None:
    async with opened(size) as app:
        ids = [f"{number:08x}{VERSION[8:]}" for number in range(100)]
        tab = app.pane.versions
        tab.note = "asking for the versions…"
        await app.to("versions")
        await app.shows("asking for the versions…")
        tab.versions = [VersionRow(one, "2 d", "0.9.4", latest=not at, pinned=at == 2) for at, one in enumerate(ids)]
        await app.shows("00000000", "latest", "pinned", "0.9.4")
        await app.press("down", "enter")
        await app.until(lambda: isinstance(app.last(), VersionsTab.Pinned))
        await app.press("x")
        await app.until(lambda: isinstance(app.last(), VersionsTab.CompareWanted))
        tab.comparison = [("title", "two of them"), ("added", f"seed {HOSTILE}"), ("removed", "a"), ("changed", "b")]
        await app.shows("two of them", "+ seed [/x]", "- a", "~ b")
        assert "\x1b" not in app.text
        await app.press("U")
        await app.until(lambda: [t.version for t in app.told if isinstance(t, VersionsTab.Pinned)] == [ids[1], ""])
        assert [told.version for told in app.told if isinstance(told, VersionsTab.CompareWanted)] == [ids[1]]


@pytest.mark.parametrize("size", SIZES)
async def test_an_example_is_previewed_and_chosen(size: tuple[int, int]) -> None:
    async with opened(size) as app:
        tab = app.pane.examples
        tab.note = "no examples"
        await app.to("examples")
        await app.shows("no examples")
        tab.examples = [
            ExampleRow("a", "a boat", "2 d", "succeeded", {"prompt": "a boat"}, "it floats"),
            ExampleRow("b", HOSTILE, "3 d", "failed", {"prompt": HOSTILE}, None),
        ]
        await app.shows("✓ a boat", '"prompt": "a boat"', "it floats")
        await app.press("down")
        await app.shows('"prompt": "[/x]')
        assert "it floats" not in app.text
        assert "\x1b" not in app.text
        await app.press("enter")
        await app.until(lambda: app.last() == ExamplesTab.ExampleChosen(tab, "b"))


# -- options ------


@pytest.mark.parametrize("size", SIZES)
async def test_options_are_typed_and_switched_and_only_what_is_set_is_told(size: tuple[int, int]) -> None:
    async with opened(size) as app:
        options = app.pane.options
        await app.shows("▸ options")
        assert options.raw == {}
        await app.press("f8")
        await app.until(lambda: options.has_focus_within)
        await app.press("down", "5", "m", "down", "x", "down", "right", "space", "down", "9")
        await app.until(lambda: options.raw.get("block") == "9")
        assert options.raw == {
            "lifetime": "5m",
            "webhook": "x",
            "webhook_events": "start,logs,completed",
            "block": "9",
        }
        names = {told.name for told in app.told if isinstance(told, RunOptions.Changed)}
        assert names == {"lifetime", "webhook", "webhook_events", "block"}
        options.errors = {"webhook": "must be an https address [/x]"}
        await app.shows("✗ must be an https address [/x]", "Run  F5")
        await app.press("y")
        await app.until(lambda: options.raw["webhook"] == "xy" and not options.errors)


async def test_letters_do_nothing_on_the_switches_and_the_fold() -> None:
    async with opened((80, 24)) as app:
        app.pane.options.focus_option("webhook_events")
        await app.press("c", "q", "1", "left_square_bracket")
        app.pane.options.is_open = False
        app.pane.options._fold.focus()
        await app.press("c", "q", "1", "right_square_bracket", "enter")
        await app.until(lambda: app.pane.options.is_open)
        assert app.around == []
        assert app.pane.tab == "form-tab"


async def test_options_that_are_set_are_seen_and_those_of_no_other_run_stay() -> None:
    async with opened((160, 48)) as app:
        app.pane.options.raw = {"lifetime": "5m", "webhook_events": "start,completed"}
        await app.shows("▾ options", "5m")
        assert app.pane.options.raw == {"lifetime": "5m", "webhook_events": "start,completed"}
        app.pane.options.is_open = False
        await app.shows("▸ options", "lifetime 5m")
        app.pane.options.raw = {}
        assert app.pane.options.raw == {}


# -- presets ------


@pytest.mark.parametrize(
    ("keys", "choice"),
    [
        (["enter"], PresetChoice("load", "wide")),
        (["down", "enter"], PresetChoice("load", "tall [/x]")),
        (["n", "n", "space", "d", "enter"], PresetChoice("keep", "n d")),
        (["d", "y"], PresetChoice("delete", "wide")),
        (["d", "escape", "escape"], None),
        (["n", "escape", "q"], None),
        (["d", "down", "y", "escape"], None),
    ],
)
@pytest.mark.parametrize("size", SIZES)
async def test_a_preset_is_loaded_kept_and_deleted(
    size: tuple[int, int], keys: list[str], choice: PresetChoice | None
) -> None:
    async with opened(size) as app:
        lines = {line.name: line for line in (PresetLine("wide", "a boat", "2 d"), PresetLine("tall [/x]", HOSTILE))}
        screen = PresetsScreen("owner/model", list(lines), lines.get)
        app.push_screen(screen, app.chosen.append)
        await app.shows("Presets of owner/model", "wide", "tall [/x]")
        await app.press(*keys)
        await app.until(lambda: app.chosen)
        assert app.chosen == [choice]


async def test_deleting_a_preset_asks_with_its_name_and_a_name_that_exists_is_told() -> None:
    async with opened((80, 24)) as app:
        app.push_screen(PresetsScreen("owner/model", ["wide"], PresetLine))
        await app.shows("Presets of owner/model")
        await app.press("d")
        await app.shows("Delete wide?")
        await app.press("escape", "n", *"wide")
        await app.shows("replace the one of that name")
