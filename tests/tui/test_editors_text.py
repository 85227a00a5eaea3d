"""The editors of texts, by the keyboard."""

import pytest
from textual import events

from replicate_tui.core.forms.inputs import Field, Kind
from replicate_tui.tui.widgets.editors.text import visible
from tests.tui.driving import SMALL
from tests.tui.forms import BOTH_SIZES, Size, shown


@BOTH_SIZES
async def test_text_unset_typed_emptied_and_reset_are_told_apart(size: Size) -> None:
    async with shown(Field("title", "text"), size=size) as (app, _pilot):
        assert "unset" in app.lines[1]
        await app.press("a", "b")
        assert app.form.raw == {"title": "ab"}
        await app.press("backspace", "backspace")
        assert app.form.raw == {"title": ""}
        assert "empty" in app.lines[1]
        await app.press("ctrl+r")
        assert app.form.raw == {}
        assert "unset" in app.lines[1]
        assert app.changed == ["title"] * 5


@BOTH_SIZES
async def test_a_text_typed_back_to_its_default_is_left_alone(size: Size) -> None:
    async with shown(Field("title", "text", default="ab"), size=size) as (app, _pilot):
        await app.press("backspace")
        assert app.form.raw == {"title": "a"}
        assert "changed" in app.lines[0]
        await app.press("b")
        assert app.form.raw == {}
        assert "changed" not in app.lines[0]


@BOTH_SIZES
async def test_prose_takes_lines_and_tab_and_down_leave_it(size: Size) -> None:
    async with shown(Field("prompt", "prose"), Field("title", "text"), Field("more", "text"), size=size) as (
        app,
        _pilot,
    ):
        await app.press("a", "enter", "b")
        assert app.form.raw == {"prompt": "a\nb"}
        await app.press("up")
        assert app.at == "prompt"
        await app.press("down")
        assert app.at == "prompt"
        await app.press("down")
        assert app.at == "title"
        await app.press("up")
        assert app.at == "prompt"
        await app.press("tab")
        assert app.at == "title"
        assert app.form.raw == {"prompt": "a\nb"}


@BOTH_SIZES
async def test_prose_grows_with_its_text_and_shrinks_again(size: Size) -> None:
    async with shown(Field("prompt", "prose"), Field("title", "text"), size=size) as (app, pilot):
        before = app.line_of("title")
        await app.press(*["enter"] * 4)
        await pilot.pause()
        assert app.line_of("title") == before + (4 if size == SMALL else 2)
        await app.press("ctrl+r")
        await pilot.pause()
        assert app.line_of("title") == before


@BOTH_SIZES
async def test_a_secret_is_dots_on_the_screen(size: Size) -> None:
    async with shown(Field("key", "secret", required=True), values={"key": "r8_secret"}, size=size) as (app, _pilot):
        await app.press("x")
        assert app.form.raw == {"key": "r8_secretx"}
        assert "•" * 10 in app.lines[1]
        assert not any("r8_" in line for line in app.lines)


@BOTH_SIZES
@pytest.mark.parametrize("kind", ["integer", "list", "json", "choice"])
async def test_a_secret_of_any_type_is_dots_too(size: Size, kind: Kind) -> None:
    field = Field("key", "secret", plain=Field("key", kind, choices=("4711",)))
    async with shown(field, values={"key": "4711"}, size=size) as (app, _pilot):
        await app.press("1")
        assert app.form.raw == {"key": "47111"}
        assert "•" * 5 in app.lines[1]
        assert not any("4711" in line for line in app.lines)


@BOTH_SIZES
async def test_a_huge_value_is_kept_but_not_loaded(size: Size) -> None:
    huge = "x" * 1_400_000
    async with shown(Field("graph", "prose"), values={"graph": huge}, size=size) as (app, _pilot):
        assert "1.4M characters, kept until you type" in app.lines[1]
        assert app.form.raw == {"graph": huge}
        await app.press("y")
        assert app.form.raw == {"graph": "y"}


@BOTH_SIZES
async def test_editing_a_text_keeps_the_characters_that_hide(size: Size) -> None:
    async with shown(Field("title", "text"), values={"title": "a\x1b[31m\nb"}, size=size) as (app, _pilot):
        await app.press("c")
        assert app.form.raw == {"title": "a\x1b[31m\nbc"}
        assert "a·[31m↵bc" in app.lines[1]


@BOTH_SIZES
async def test_a_line_not_edited_shows_its_beginning(size: Size) -> None:
    async with shown(Field("a", "text"), Field("b", "text"), values={"a": "start" + "x" * 90}, size=size) as (
        app,
        pilot,
    ):
        assert "start" not in app.lines[1]
        await app.press("tab")
        await pilot.pause()
        assert app.lines[1].startswith(" start")


@BOTH_SIZES
async def test_a_pasted_text_keeps_its_lines(size: Size) -> None:
    async with shown(Field("urls", "text"), size=size) as (app, pilot):
        assert app.focused is not None
        app.focused.post_message(events.Paste("one\ntwo"))
        await pilot.pause()
        assert app.form.raw == {"urls": "one\ntwo"}
        assert app.lines[1].startswith(" one↵two")


def test_what_hides_is_shown_character_for_character() -> None:
    assert visible("a\tb\nc\x1b\u202ed日") == "a b↵c··d日"
    assert visible("plain, with spaces") == "plain, with spaces"


async def test_ctrl_end_and_ctrl_home_go_to_the_ends_of_a_text_of_several_lines() -> None:
    async with shown(Field("extra", "json"), values={"extra": "[1,\n2"}) as (app, _pilot):
        await app.press("ctrl+end", "]")
        assert app.form.raw == {"extra": "[1,\n2]"}
        await app.press("ctrl+home", "space")
        assert app.form.raw == {"extra": " [1,\n2]"}


async def test_the_caret_is_where_typing_goes_on() -> None:
    fields = Field("prompt", "prose"), Field("title", "text")
    async with shown(*fields, values={"prompt": "a boat\nat dusk"}) as (app, _pilot):
        await app.press("!", "up", "home", "?", "tab", "shift+tab", "x")
        assert app.form.raw == {"prompt": "?xa boat\nat dusk!"}
