"""The editor of a list, by the keyboard."""

from pathlib import Path

from textual import events

from replicate_tui.core.forms.inputs import UNSET, Field, Upload, parse
from replicate_tui.tui.widgets.editors.items import Items
from tests.tui.forms import BOTH_SIZES, Size, shown
from tests.waiting import eventually

TAGS = Field("tags", "list", item=Field("tags", "text"))
NUMBERS = Field("numbers", "list", item=Field("numbers", "integer"))
AFTER = Field("after", "text")


@BOTH_SIZES
async def test_items_are_added_moved_and_removed_by_keys(size: Size) -> None:
    async with shown(TAGS, AFTER, size=size) as (app, _pilot):
        await app.write("one\ntwo\nthree")
        assert app.form.raw == {"tags": ["one", "two", "three"]}
        await app.shows("1  one", "2  two", "3  three", "+  add")
        await app.press("f11")
        assert app.form.raw == {"tags": ["one", "three", "two"]}
        await app.press("alt+down", "up", "up", "f11")
        assert app.form.raw == {"tags": ["one", "two", "three"]}
        await app.press("enter", "x")
        assert app.form.raw == {"tags": ["one", "x", "two", "three"]}
        await app.press("backspace", "backspace", "1")
        assert app.form.raw == {"tags": ["one1", "two", "three"]}
        await app.press("f12")
        assert app.form.raw == {"tags": ["two", "three"]}
        assert app.at == "tags"


@BOTH_SIZES
async def test_keys_for_items_are_told_where_they_do_something(size: Size) -> None:
    async with shown(TAGS, AFTER, values={"tags": ["a", "b"]}, size=size) as (app, _pilot):
        await app.shows("list · left out unless set   alt+↓ down  F12 remove  F6 editor  ^r reset")
        await app.press("down")
        await app.shows("left out unless set   F11 up  F12 remove  F6 editor")
        await app.press("down")
        await app.until_gone("F12 remove")
        await app.shows("list · left out unless set   F6 editor  ^r reset")


@BOTH_SIZES
async def test_f10_is_left_to_whoever_shows_the_form(size: Size) -> None:
    async with shown(TAGS, values={"tags": ["a", "b"]}, size=size) as (app, _pilot):
        await app.press("down", "f10")
        assert app.noted == ["f10"]
        assert app.changed == []


@BOTH_SIZES
async def test_every_item_can_be_removed_and_then_nothing_is_sent(size: Size) -> None:
    async with shown(TAGS, values={"tags": ["a", "b"]}, size=size) as (app, _pilot):
        await app.press("f12", "f12")
        assert app.form.raw == {}
        await app.press("f12", "f11", "alt+down", "backspace")
        assert app.form.raw == {}


@BOTH_SIZES
async def test_an_emptied_list_is_a_value_where_the_model_has_items_of_its_own(size: Size) -> None:
    field = Field("layers", "list", item=Field("layers", "integer"), default=[1, 2])
    async with shown(field, size=size) as (app, _pilot):
        await app.shows("1  1", "2  2")
        assert app.form.raw == {}
        await app.press("f12", "f12")
        assert app.form.raw == {"layers": []}
        await app.write("1\n2")
        assert app.form.raw == {}, "typed back to the default"
        await app.press("backspace", "7", "ctrl+r")
        assert app.form.raw == {}


@BOTH_SIZES
async def test_enter_up_down_and_tab_leave_the_list_at_its_ends(size: Size) -> None:
    async with shown(Field("before", "text"), TAGS, AFTER, size=size) as (app, _pilot):
        await app.press("tab", "a", "enter")
        assert app.at == "tags"
        await app.press("enter")
        assert app.at == "after"
        await app.press("up")
        assert app.at == "tags"
        await app.press("up")
        assert app.at == "tags"
        await app.press("up")
        assert app.at == "before"
        await app.press("tab", "tab")
        assert app.at == "after"
        assert app.form.raw == {"tags": ["a"]}


@BOTH_SIZES
async def test_a_blank_row_is_no_item_and_goes_when_it_is_left(size: Size) -> None:
    async with shown(TAGS, values={"tags": ["a", "b"]}, size=size) as (app, _pilot):
        await app.press("enter")
        assert app.form.raw == {"tags": ["a", "b"]}
        await app.shows("3  b")
        await app.press("down")
        await app.shows("2  b")
        await app.press("c")
        assert app.form.raw == {"tags": ["a", "bc"]}


@BOTH_SIZES
async def test_the_error_of_an_item_stands_at_its_row_and_the_caret_goes_there(size: Size) -> None:
    async with shown(Field("first", "text"), NUMBERS, values={"numbers": ["1", "x", "3"]}, size=size) as (app, _pilot):
        app.form.errors = parse(app.form.fields, app.form.raw).errors
        await app.shows("must be a whole number")
        row = app.line_of("2  x")
        assert "✗ must be a whole number" in app.lines[row + 1]
        assert "3  3" in app.lines[row + 2]
        await eventually(lambda: app.at == "numbers", "the focus")
        await app.press("backspace", "2")
        await app.until_gone("must be")
        assert parse(app.form.fields, app.form.raw).input == {"numbers": [1, 2, 3]}


async def test_an_error_of_an_item_that_takes_two_lines_stays_right_of_the_numbers() -> None:
    field = Field("images", "list", item=Field("images", "file"))
    async with shown(field, values={"images": ["sea.png"]}, size=(60, 24)) as (app, _pilot):
        await app.ask_to_run()
        await app.shows("    ✗ must be a file", "sea.png)", "+  add")
        wrong = app.line_of("✗")
        assert app.lines[wrong + 1].startswith("    ")
        assert app.line_of("+  add") == wrong + 2


@BOTH_SIZES
async def test_an_error_of_the_whole_list_stands_below_it(size: Size) -> None:
    field = Field("tags", "list", item=Field("tags", "text"), maximum=1)
    async with shown(field, values={"tags": ["a", "b"]}, size=size) as (app, _pilot):
        app.form.errors = parse(app.form.fields, app.form.raw).errors
        await app.shows("✗ must have at most 1 item, not 2")
        assert app.line_of("✗") == app.line_of("+  add") + 1


@BOTH_SIZES
async def test_a_hundred_items_take_as_many_lines_as_a_few_and_all_can_be_reached(size: Size) -> None:
    items = [f"item {number}" for number in range(1, 101)]
    async with shown(TAGS, AFTER, values={"tags": items}, size=size) as (app, _pilot):
        await app.shows("8  item 8", "100 items")
        assert not any("item 9" in line for line in app.lines)
        assert len(app.editor("tags").children) == 1
        await app.press(*["pagedown"] * 15, "up", "!")
        await app.shows("100  item 100!")
        assert app.form.raw == {"tags": [*items[:99], "item 100!"]}
        await app.press(*["pageup"] * 15)
        await app.shows("1  item 1")


@BOTH_SIZES
async def test_pasted_lines_become_items(size: Size) -> None:
    async with shown(TAGS, values={"tags": ["a"]}, size=size) as (app, _pilot):
        assert app.focused is not None
        await app.press("down")
        app.focused.post_message(events.Paste("b\r\nc\n\nd"))
        await app.shows("4  d")
        assert app.form.raw == {"tags": ["a", "b", "c", "d"]}


@BOTH_SIZES
async def test_a_list_of_choices_offers_its_members(size: Size) -> None:
    field = Field("styles", "list", item=Field("styles", "choice", choices=("night", "day", "dawn")))
    async with shown(field, AFTER, size=size) as (app, _pilot):
        await app.press("d")
        await app.shows("› day", "  dawn")
        await app.press("down", "enter")
        assert app.form.raw == {"styles": ["dawn"]}
        await app.press("enter", "f9")
        await app.shows("› night")
        await app.press("tab", "tab")
        assert app.at == "after"
        assert parse([field], app.form.raw).input == {"styles": ["dawn", "night"]}


@BOTH_SIZES
async def test_a_list_of_files_completes_paths(tmp_path: Path, size: Size) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(b"x")
    field = Field("images", "list", item=Field("images", "file"))
    async with shown(field, AFTER, size=size) as (app, _pilot):
        await app.write(f"@{tmp_path}/ph")
        await app.shows("› photos/")
        await app.press("tab")
        await app.shows("› a.png")
        await app.press("enter")
        assert app.form.raw == {"images": [Upload(tmp_path / "photos" / "a.png")]}
        await app.press("enter")
        await app.write("https://example.com/b.png")
        assert app.form.raw == {"images": [Upload(tmp_path / "photos" / "a.png"), "https://example.com/b.png"]}


@BOTH_SIZES
async def test_files_of_a_list_are_told_with_their_sizes_and_those_that_are_not_there(
    tmp_path: Path, size: Size
) -> None:
    (tmp_path / "a.png").write_bytes(b"x" * 1500)
    given = [Upload(tmp_path / "a.png"), Upload(tmp_path / "gone.png"), "https://example.com/a.png"]
    async with shown(Field("images", "list", item=Field("images", "file")), values={"images": given}, size=size) as (
        app,
        _pilot,
    ):
        await app.shows("1.5 kB", "no such file")
        assert app.lines[1].endswith("1.5 kB")
        assert app.lines[2].endswith("no such file")
        await app.press("down", "down", "down")
        await app.write(f"@{tmp_path}/nowhere.png")
        await eventually(lambda: app.lines[4].endswith("no such file"))
        assert app.form.raw["images"] == [*given, Upload(tmp_path / "nowhere.png")]


def texts(field: Field, value: object) -> tuple[list[str], str, list[object]]:
    items = Items(field)
    items.give(value)
    return [row.text for row in items.rows], items.text, items.values


def test_a_list_reads_lists_json_and_lines() -> None:
    assert texts(TAGS, ["a", "b"]) == (["a", "b"], "a\nb", ["a", "b"])
    assert texts(TAGS, '["a", "5"]') == (["a", "5"], "a\n5", ["a", "5"])
    assert texts(TAGS, "a\n\nb") == (["a", "b"], "a\nb", ["a", "b"])
    assert texts(NUMBERS, [1, 2.5]) == (["1", "2.5"], "1\n2.5", [1, 2.5])
    assert texts(TAGS, 7) == (["7"], "7", [7])
    assert texts(TAGS, UNSET) == ([], "", [])
    assert texts(TAGS, None) == ([], "", [])


def test_items_that_lines_cannot_say_are_one_json_array() -> None:
    assert texts(TAGS, ["a\nb", ""])[1] == '["a\\nb", ""]'
    assert texts(TAGS, ["[1]"])[1] == '["[1]"]'
    free = Field("free", "list", item=Field("free", "json"))
    assert texts(free, [{"a": 1}, [2]])[2] == [{"a": 1}, [2]]
    items = Items(free)
    items.type(0, '{"b": 2}')
    items.type(1, "words")
    assert items.values == [{"b": 2}, "words"]
