"""The form of a model's inputs, by keyboard and by mouse, in an app of its own."""

from pathlib import Path

import pytest
from textual.widgets import Button

from replicate_tui.core.forms.inputs import UNSET, Field, Upload, parse
from replicate_tui.tui.widgets.editors import EDITORS, Editor
from replicate_tui.tui.widgets.fold import important_and_rest
from replicate_tui.tui.widgets.form_layout import TWO_COLUMNS
from replicate_tui.tui.widgets.input_form import InputForm
from tests.tui.driving import SMALL
from tests.tui.forms import ONE_OF_EACH, shown
from tests.waiting import eventually


async def test_a_form_left_alone_sends_nothing() -> None:
    async with shown(*ONE_OF_EACH) as (app, _pilot):
        await app.press(*["tab"] * (len(ONE_OF_EACH) + 1))
        assert app.form.raw == {}
        assert app.changed == []


def test_every_kind_has_an_editor() -> None:
    assert set(EDITORS) == {field.kind for field in ONE_OF_EACH}


async def test_lists_and_json_are_typed_and_files_among_them_are_files() -> None:
    fields = (
        Field("tags", "list", item=Field("tags", "text")),
        Field("images", "list", item=Field("images", "file")),
        Field("extra", "json"),
    )
    async with shown(*fields) as (app, _pilot):
        await app.press("a", "enter", "b", "tab", "@", "x", "enter", "y", "tab", "{", "}")
        raw = app.form.raw
        assert raw == {"tags": ["a", "b"], "images": [Upload(Path("x")), "y"], "extra": "{}"}
        assert parse(fields[::2], {name: raw[name] for name in ("tags", "extra")}).input == {
            "tags": ["a", "b"],
            "extra": {},
        }


async def test_values_come_back_as_they_were_given() -> None:
    values = {
        "title": "bell\x07 and\nline",
        "prompt": "a\r\nb\x0bc",
        "seed": 7,
        "guidance": 7.5000001,
        "watermark": False,
        "style": "no longer there",
        "image": "https://example.com/a.png",
        "tags": ["a"],
        "extra": {"a": [1]},
        "width": 512,
    }
    async with shown(*ONE_OF_EACH, values=values) as (app, _pilot):
        await app.press("tab", "tab", "tab")
        del values["width"]
        assert app.form.raw == values
        assert app.changed == []
        assert any("no longer there ▾" in line for line in app.lines)


async def test_json_that_was_typed_stands_there_as_it_was_typed() -> None:
    async with shown(Field("extra", "json"), values={"extra": '{"a":  1}'}) as (app, _pilot):
        await app.shows('{"a":  1}')
        await app.press("ctrl+end", "space")
        assert parse(app.form.fields, app.form.raw).input == {"extra": {"a": 1}}


async def test_a_value_inside_a_list_that_only_equals_the_default_is_not_the_default() -> None:
    fields = Field("extra", "json", default=[1]), Field("flags", "list", item=Field("flags", "json"), default=[0])
    async with shown(*fields, values={"extra": [True], "flags": [False]}) as (app, _pilot):
        assert str(app.form.raw) == "{'extra': [True], 'flags': [False]}"


async def test_null_is_a_value_only_where_the_field_knows_it() -> None:
    fields = Field("a", "integer", nullable=True), Field("b", "integer")
    async with shown(*fields, values={"a": None, "b": None}) as (app, _pilot):
        assert app.form.raw == {"a": None}
        assert "null" in app.lines[1]


async def test_a_required_field_is_sent_with_its_default() -> None:
    async with shown(Field("n", "integer", required=True, default=3)) as (app, _pilot):
        assert app.form.raw == {"n": 3}


async def test_values_set_by_the_program_are_silent() -> None:
    async with shown(*ONE_OF_EACH) as (app, pilot):
        for field, value in zip(ONE_OF_EACH, ("t", "p", 1, 2, 3, True, "day", "u", ["x"], {}, "k"), strict=True):
            app.form.set_value(field.name, value)
        await pilot.pause()
        assert app.changed == []
        assert len(app.form.raw) == len(ONE_OF_EACH)
        for field in ONE_OF_EACH:
            app.form.set_value(field.name, UNSET)
        assert app.form.raw == {}
        with pytest.raises(KeyError):
            app.form.set_value("other", 1)


async def test_errors_stand_below_their_fields_and_the_first_gets_the_focus() -> None:
    fields = [Field(name, "integer") for name in "abcd"]
    async with shown(*fields) as (app, pilot):
        app.form.errors = {"d": "d is required", "b": "b must be at least 3", "zz": "unknown input 'zz'"}
        await pilot.pause()
        assert app.at == "b"
        assert "✗ must be at least 3" in app.lines[2]
        assert any("✗ unknown input 'zz'" in line for line in app.lines)
        await app.press("3")
        await pilot.pause()
        assert not any("must be at least 3" in line for line in app.lines)
        assert app.form.errors.keys() == {"d", "zz"}
        app.form.errors = {}
        await pilot.pause()
        assert not any("✗" in line for line in app.lines)


async def test_the_fold_hides_what_matters_less_until_it_is_opened() -> None:
    fields = [Field(f"field_{number}", "text", required=number == 15) for number in range(20)]
    async with shown(*fields, values={"field_12": "given"}, size=(100, 24)) as (app, pilot):
        assert len(app.query(Editor)) == 10
        fold = next(line for line in app.lines if "10 more inputs" in line)
        assert fold.startswith("▸")
        assert "field_8, field_9" in fold
        app.form.set_value("field_9", "hidden")
        await pilot.pause()
        assert any("10 more inputs  1 changed" in line for line in app.lines)
        await app.press(*["down"] * 5, "enter", "down", "x")
        await pilot.pause()
        assert app.at == "field_8"
        assert app.form.raw == {"field_12": "given", "field_9": "hidden", "field_8": "x"}
        await app.press("up", "enter")
        await pilot.pause()
        assert any(line.startswith("▸ 10 more inputs  2 changed") for line in app.lines)
        await app.press("tab")
        assert isinstance(app.focused, Button)


async def test_an_error_behind_the_fold_opens_it() -> None:
    fields = [Field(f"field_{number}", "text") for number in range(20)]
    async with shown(*fields, size=(100, 24)) as (app, pilot):
        app.form.errors = {"field_19": "field_19 is wrong"}
        await pilot.pause()
        await pilot.pause()
        assert app.at == "field_19"
        assert any("✗ is wrong" in line for line in app.lines)


def test_a_fold_for_a_few_is_none() -> None:
    fields = [Field(f"field_{number}", "text") for number in range(10)]
    assert important_and_rest(fields, ()) == (tuple(fields), ())
    important, rest = important_and_rest([*fields, Field("x", "text", required=True), Field("y", "text")], ())
    assert [field.name for field in rest] == ["field_8", "field_9", "y"]
    assert important[-1].name == "x"


async def test_up_and_down_keep_to_the_column_and_reach_every_field() -> None:
    fields = [Field(name, "text") for name in "abc"] + [Field("p", "prose"), Field("d", "text"), Field("e", "text")]
    async with shown(*fields) as (app, _pilot):
        way = []
        for key in ("tab", "down", "down", "down", "down", "up", "up", "up", "up"):
            await app.press(key)
            way.append(app.at)
        assert way == ["b", "c", "p", "d", "e", "p", "c", "a", "a"]


async def test_tab_goes_through_the_form_and_out_of_it() -> None:
    async with shown(*ONE_OF_EACH, size=(60, 60)) as (app, _pilot):
        way = [app.at]
        for _ in range(7):
            await app.press("tab")
            way.append(app.at)
        assert way == [field.name for field in ONE_OF_EACH[:8]]
        await app.press("tab", "tab")
        assert isinstance(app.focused, Button)
        await app.press("shift+tab", "shift+tab")
        assert app.at == "image"


async def test_letters_are_typed_and_function_keys_pass() -> None:
    async with shown(Field("title", "text"), Field("prompt", "prose"), Field("style", "choice")) as (app, _pilot):
        await app.press("q", "f5", "enter", "q", "f5", "f11", "tab", "q", "f5")
        assert app.form.raw == {"title": "q", "prompt": "q"}
        assert app.noted == ["f5", "f5", "f11", "f5"]


async def test_leaving_and_submitting_are_told() -> None:
    async with shown(Field("title", "text")) as (app, _pilot):
        await app.press("enter", "shift+tab", "escape", "ctrl+enter")
        kinds = [type(event) for event in app.told]
        assert kinds[-2:] == [InputForm.Left, InputForm.Submitted]
        assert InputForm.Submitted not in kinds[:-1]


async def test_the_help_describes_the_field_with_the_focus() -> None:
    fields = (
        Field("width", "integer", description="How wide. " * 30, minimum=64, maximum=2048, default=512),
        Field("style", "choice", choices=("a", "b"), notes=("was odd",)),
    )
    async with shown(*fields, size=(70, 40)) as (app, _pilot):
        text = " ".join("\n".join(app.lines).split())
        assert text.count("How wide.") == 30
        assert "integer · 64 to 2048 · default 512" in text
        await app.press("tab")
        text = "\n".join(app.lines)
        assert "2 choices · left out unless set" in text
        assert "note: was odd" in text
        focused = [event.field.name for event in app.told if isinstance(event, InputForm.FieldFocused)]
        assert focused == ["width", "style"]


async def test_the_help_takes_three_lines_at_most_on_a_screen_that_is_not_tall() -> None:
    fields = Field("width", "integer", description="How wide. " * 30), Field("style", "choice", choices=("a",))
    async with shown(*fields, size=SMALL) as (app, _pilot):
        first = next(y for y, line in enumerate(app.lines) if "How wide." in line)
        assert app.lines[first + 1].endswith(" …")
        assert app.lines[first + 2].startswith("integer · left out unless set   ^r reset")
        assert not app.lines[first + 3].strip("▔ ")


async def test_fields_stand_closer_on_a_screen_that_is_not_tall() -> None:
    for size, lines in ((SMALL, 2), ((80, 32), 3)):
        async with shown(*(Field(name, "file") for name in "ab"), size=size) as (app, _pilot):
            assert app.editor("b").region.y - app.editor("a").region.y == lines


@pytest.mark.parametrize(("width", "beside"), [(TWO_COLUMNS, True), (TWO_COLUMNS - 1, False)])
async def test_short_fields_stand_side_by_side_where_there_is_room(width: int, beside: bool) -> None:
    fields = Field("a", "text"), Field("b", "text"), Field("p", "prose"), Field("c", "text")
    async with shown(*fields, size=(width + 1, 40)) as (app, _pilot):
        a, b, p, c = (app.editor(name).region for name in "abpc")
        assert (a.y == b.y) is beside
        assert p.width == width
        assert b.right == p.right
        assert c.y > p.y


async def test_a_low_form_keeps_the_focused_field_in_sight() -> None:
    fields = [Field(f"field_{number}", "text", description="words " * 40, required=True) for number in range(12)]
    async with shown(*fields, size=(80, 14)) as (app, pilot):
        await app.press("tab", *["down"] * 5)
        await pilot.pause()
        assert app.at == "field_11"
        label = app.line_of("field_11")
        assert "field_10" in app.lines[label]
        assert app.lines[label + 1].split() == ["required", "required"]


async def test_other_fields_take_the_place_of_the_old_and_the_same_keep_their_editors() -> None:
    fields = Field("a", "text"), Field("b", "integer", default=1)
    async with shown(*fields, values={"a": "x"}) as (app, pilot):
        editor = app.editor("a")
        await app.form.show(fields, {"b": "5", "other": 1})
        assert app.editor("a") is editor
        assert app.form.raw == {"b": "5"}
        await app.form.show([Field("a", "choice", choices=("x", "y"))], {"a": "y"})
        await pilot.pause()
        assert app.form.raw == {"a": "y"}
        assert [editor.field.kind for editor in app.query(Editor)] == ["choice"]
        await eventually(lambda: app.at == "a", "the focus")
        await app.form.show([])
        await pilot.pause()
        assert app.form.raw == {}
        assert not any(line for line in app.lines[:-3])


async def test_the_mouse_sets_switch_slider_choice_and_fold() -> None:
    fields = [
        Field("hd", "boolean"),
        Field("steps", "integer", minimum=1, maximum=21),
        Field("style", "choice", choices=("night", "day")),
        *[Field(f"field_{number}", "text") for number in range(20)],
    ]
    async with shown(*fields, size=(81, 40)) as (app, pilot):
        await pilot.click(app.editor("hd"), offset=(3, 1))
        await pilot.click(app.editor("steps"), offset=(9 + 19, 1))
        await pilot.click(app.editor("style"), offset=(3, 1))
        await pilot.pause()
        await pilot.click(app.editor("style"), offset=(3, 4))
        assert app.form.raw == {"hd": True, "steps": "21", "style": "day"}
        await pilot.click("Fold")
        await pilot.pause()
        assert len(app.query(Editor)) == len(fields)


HOSTILE = "[/x] [red]\x1b[31m\x1b]0;title\x07\x9b2J日本語‮⁦"


async def test_hostile_texts_neither_crash_nor_reach_the_screen_as_escapes() -> None:
    fields = [
        Field(
            name=f"{HOSTILE}{number}",
            kind=field.kind,
            description=HOSTILE * 9,
            default=HOSTILE if field.kind in ("text", "prose", "choice") else UNSET,
            choices=(HOSTILE, "\x1b[2J", "") if field.kind == "choice" else (),
            notes=(HOSTILE,),
            item=field.item,
            required=field.kind == "text",
        )
        for number, field in enumerate(ONE_OF_EACH)
    ]
    values = {field.name: HOSTILE for field in fields if field.kind not in ("boolean", "choice")}
    async with shown(*fields, values=values, size=(80, 30)) as (app, _pilot):
        app.form.errors = {field.name: HOSTILE for field in fields} | {HOSTILE: HOSTILE}
        seen = ""
        for field in fields:
            await app.press("enter" if field.kind == "choice" else "tab")
            seen += "\n".join(app.lines)
            await app.press(*["tab"] if field.kind == "choice" else [])
        assert "[/x] [red]" in seen
        assert "日本語" in seen
        assert all(character.isprintable() or character == "\n" for character in seen)


async def test_warnings_stand_below_their_fields_until_they_are_changed() -> None:
    fields = [Field("a", "text"), Field("b", "text"), *[Field(f"field_{number}", "text") for number in range(20)]]
    async with shown(*fields) as (app, _pilot):
        app.form.warnings = {"b": "b is large", "field_19": "field_19 is odd", "gone": "gone is no input any more"}
        app.form.errors = {"b": "b is wrong"}
        await app.shows("✗ is wrong", "! is large", "! gone is no input any more")
        await eventually(lambda: app.at == "b", "the focus")
        await app.press("x")
        await app.until_gone("is large")
        assert app.form.warnings.keys() == {"field_19", "gone"}
        app.form.focus_field("field_19")
        await app.shows("! is odd")
        await app.form.show(fields)
        await app.until_gone("! is odd")
        assert app.form.warnings == {}


async def test_no_key_of_a_field_keeps_the_focus_there() -> None:
    async with shown(*ONE_OF_EACH, size=SMALL) as (app, _pilot):
        for field in ONE_OF_EACH:
            app.form.focus_field(field.name)
            await eventually(lambda name=field.name: app.at == name, field.name)
            await app.press("1", "escape", "tab", "tab")
            assert app.at != field.name


async def test_what_was_typed_is_judged_when_the_field_is_left_and_forgiven_when_it_is_mended() -> None:
    fields = (
        Field("guidance", "number", minimum=0.1, maximum=2.0, required=True),
        Field("seed", "integer"),
        Field("extra", "json", types=("object",)),
    )
    async with shown(*fields) as (app, _pilot):
        await app.press("5")
        assert app.form.errors == {}
        await app.press("tab")
        await app.shows("✗ must be at most 2")
        await eventually(lambda: app.at == "seed", "the next field")
        await app.write("3.5abc")
        await app.press("tab")
        await eventually(lambda: app.at == "extra", "the field after it")
        await app.write("notjson")
        await app.press("tab")
        await eventually(lambda: app.form.errors.keys() == {"guidance", "seed", "extra"}, "all three errors")
        await app.press("shift+tab", "shift+tab", "shift+tab", "ctrl+r", "tab")
        await eventually(lambda: app.form.errors.keys() == {"seed", "extra"}, "the mended one forgiven")


async def test_a_field_that_was_only_passed_is_not_judged() -> None:
    async with shown(Field("title", "text", required=True), Field("seed", "integer"), values={"seed": "x"}) as (app, _):
        await app.press("tab", "tab")
        assert app.form.errors == {}
