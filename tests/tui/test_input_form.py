"""The form of a model's inputs, by keyboard and by mouse, in an app of its own."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Button

from replicate_tui.core.inputs import UNSET, Field, Upload, parse
from replicate_tui.tui.widgets.editors import EDITORS, Editor
from replicate_tui.tui.widgets.editors.choice_list import matching
from replicate_tui.tui.widgets.editors.number import step_of, stepped
from replicate_tui.tui.widgets.editors.text import visible
from replicate_tui.tui.widgets.fold import important_and_rest
from replicate_tui.tui.widgets.form_layout import TWO_COLUMNS
from replicate_tui.tui.widgets.input_form import InputForm
from tests.waiting import eventually

ONE_OF_EACH = (
    Field("title", "text"),
    Field("prompt", "prose"),
    Field("seed", "integer"),
    Field("width", "integer", minimum=64, maximum=2048, default=512),
    Field("guidance", "number", minimum=0, maximum=50, default=7.5),
    Field("watermark", "boolean"),
    Field("style", "choice", choices=("night", "day", "dawn")),
    Field("image", "file"),
    Field("tags", "list", item=Field("tags", "text")),
    Field("extra", "json"),
    Field("key", "secret"),
)


class FormApp(App[None]):
    """A form and a button after it."""

    BINDINGS = [Binding("q", "note('q')"), Binding("f5", "note('f5')"), Binding("f6", "note('f6')")]

    def __init__(self, fields: Sequence[Field], values: Mapping[str, object] | None) -> None:
        super().__init__()
        self.given = fields, values
        self.told: list[Message] = []
        self.noted: list[str] = []

    def compose(self) -> ComposeResult:
        self.form = InputForm(*self.given)
        yield self.form
        yield Button("after")

    def on_input_form_changed(self, event: InputForm.Changed) -> None:
        self.told.append(event)

    def on_input_form_left(self, event: InputForm.Left) -> None:
        self.told.append(event)

    def on_input_form_submitted(self, event: InputForm.Submitted) -> None:
        self.told.append(event)

    def on_input_form_field_focused(self, event: InputForm.FieldFocused) -> None:
        self.told.append(event)

    def action_note(self, key: str) -> None:
        self.noted.append(key)

    @property
    def changed(self) -> list[str]:
        return [event.name for event in self.told if isinstance(event, InputForm.Changed)]

    @property
    def at(self) -> str:
        """The name of the field with the focus."""
        within = self.focused.ancestors_with_self if self.focused is not None else ()
        return next((node.field.name for node in within if isinstance(node, Editor)), "")

    @property
    def lines(self) -> list[str]:
        """What is on the screen."""
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()]

    def line_of(self, text: str) -> int:
        return next(y for y, line in enumerate(self.lines) if text in line)

    def editor(self, name: str) -> Editor:
        return next(editor for editor in self.query(Editor) if editor.field.name == name)


@asynccontextmanager
async def shown(
    *fields: Field, values: Mapping[str, object] | None = None, size: tuple[int, int] = (100, 40)
) -> AsyncIterator[tuple[FormApp, Pilot[None]]]:
    """The form, with the focus on its first field."""
    app = FormApp(fields, values)
    async with app.run_test(size=size) as pilot:
        app.form.focus()
        await pilot.pause()
        yield app, pilot


async def test_a_form_left_alone_sends_nothing() -> None:
    async with shown(*ONE_OF_EACH) as (app, pilot):
        await pilot.press(*["tab"] * (len(ONE_OF_EACH) + 1))
        assert app.form.raw == {}
        assert app.changed == []


def test_every_kind_has_an_editor() -> None:
    assert set(EDITORS) == {field.kind for field in ONE_OF_EACH}


async def test_text_unset_typed_emptied_and_reset_are_told_apart() -> None:
    async with shown(Field("title", "text")) as (app, pilot):
        assert "unset" in app.lines[1]
        await pilot.press("a", "b")
        assert app.form.raw == {"title": "ab"}
        await pilot.press("backspace", "backspace")
        assert app.form.raw == {"title": ""}
        assert "empty" in app.lines[1]
        await pilot.press("ctrl+r")
        assert app.form.raw == {}
        assert "unset" in app.lines[1]
        assert app.changed == ["title"] * 5


async def test_a_text_typed_back_to_its_default_is_left_alone() -> None:
    async with shown(Field("title", "text", default="ab")) as (app, pilot):
        await pilot.press("backspace")
        assert app.form.raw == {"title": "a"}
        assert "changed" in app.lines[0]
        await pilot.press("b")
        assert app.form.raw == {}
        assert "changed" not in app.lines[0]


async def test_an_emptied_number_is_left_out_and_shows_its_default() -> None:
    async with shown(Field("steps", "integer", default=30), Field("n", "integer")) as (app, pilot):
        await pilot.press("backspace")
        assert app.form.raw == {}
        assert "default 30" in app.lines[1]
        await pilot.press("0", "enter", "0")
        assert app.form.raw == {"steps": "0", "n": "0"}
        assert parse(app.form.fields, app.form.raw).input == {"steps": 0, "n": 0}


async def test_prose_takes_lines_and_tab_and_down_leave_it() -> None:
    async with shown(Field("prompt", "prose"), Field("title", "text"), Field("more", "text")) as (app, pilot):
        await pilot.press("a", "enter", "b")
        assert app.form.raw == {"prompt": "a\nb"}
        await pilot.press("up")
        assert app.at == "prompt"
        await pilot.press("down")
        assert app.at == "prompt"
        await pilot.press("down")
        assert app.at == "title"
        await pilot.press("up")
        assert app.at == "prompt"
        await pilot.press("tab")
        assert app.at == "title"
        assert app.form.raw == {"prompt": "a\nb"}


async def test_prose_grows_with_its_text_and_shrinks_again() -> None:
    async with shown(Field("prompt", "prose"), Field("title", "text")) as (app, pilot):
        before = app.line_of("title")
        await pilot.press(*["enter"] * 4)
        await pilot.pause()
        assert app.line_of("title") == before + 2
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert app.line_of("title") == before


async def test_arrows_step_a_number_of_a_small_range_without_rounding() -> None:
    fields = Field("outputs", "integer", minimum=1, maximum=4, default=1), ONE_OF_EACH[4]
    async with shown(*fields) as (app, pilot):
        assert app.lines[1].split()[:3] == ["1", "●" + "─" * 19, "4"]
        await pilot.press("right", "right")
        assert app.form.raw == {"outputs": "3"}
        await pilot.press("shift+right", "right")
        assert app.form.raw == {"outputs": "4"}
        await pilot.press("tab", "right")
        assert app.form.raw == {"outputs": "4", "guidance": "8"}
        await pilot.press("7", ".", "0", "1", "left")
        assert app.form.raw == {"outputs": "4", "guidance": "6.51"}


async def test_bad_numbers_stay_as_typed_for_parse_to_judge() -> None:
    async with shown(ONE_OF_EACH[4]) as (app, pilot):
        await pilot.press("x", "left", "9")
        assert app.form.raw == {"guidance": "x9"}
        assert parse(app.form.fields, app.form.raw).errors.keys() == {"guidance"}


def test_steps_are_exact_and_suit_the_range() -> None:
    strength = Field("strength", "number", minimum=0, maximum=1)
    assert stepped(strength, "0.07", 1) == "0.08"
    assert stepped(strength, "1e-05", 1) == "0.01001"
    assert stepped(strength, "", 1) == "0"
    assert stepped(strength, "nan", 1) is None
    assert str(step_of(Field("g", "number", minimum=0, maximum=50))) == "0.5"
    assert str(step_of(Field("g", "number", minimum=1, maximum=20))) == "0.1"
    assert str(step_of(Field("n", "integer", minimum=1, maximum=500))) == "1"


async def test_a_seed_rolls_within_its_bounds_and_the_help_names_the_key() -> None:
    async with shown(Field("seed", "integer", minimum=5, maximum=9)) as (app, pilot):
        assert "randomise" in app.lines[1]
        assert any("^g randomise" in line for line in app.lines[2:])
        await pilot.press("ctrl+g")
        assert 5 <= int(str(app.form.raw["seed"])) <= 9
        assert app.changed == ["seed"]


async def test_a_switch_without_default_has_three_states() -> None:
    async with shown(Field("hd", "boolean")) as (app, pilot):
        states = []
        for key in ("space", "enter", "space"):
            await pilot.press(key)
            states.append((app.form.raw, app.lines[1].split()[-1]))
        assert states == [({"hd": True}, "on"), ({"hd": False}, "off"), ({}, "unset")]


async def test_a_switch_with_default_has_two() -> None:
    async with shown(Field("hd", "boolean", default=True)) as (app, pilot):
        assert app.lines[1].split()[-1] == "on"
        await pilot.press("space")
        assert app.form.raw == {"hd": False}
        await pilot.press("space")
        assert app.form.raw == {}


async def test_a_choice_is_picked_from_its_list() -> None:
    async with shown(Field("style", "choice", choices=("night", 7, "dawn")), Field("x", "text")) as (app, pilot):
        await pilot.press("enter", "down", "down", "enter")
        assert app.form.raw == {"style": 7}
        assert app.lines[1].startswith(" 7 ▾")
        await pilot.press("space", "up", "up", "enter")
        assert app.form.raw == {}
        assert app.lines[1].startswith(" unset ▾")
        assert app.changed == ["style", "style"]


async def test_a_choice_narrows_as_one_types_and_escape_keeps_it() -> None:
    members = tuple(f"sampler {number}" for number in range(1001))
    async with shown(Field("style", "choice", choices=members, default=members[3])) as (app, pilot):
        await pilot.press("9", "9", "9")
        assert "1 of 1,001" in app.lines[1]
        assert "› sampler 999" in app.lines[2]
        await pilot.press("escape")
        assert app.form.raw == {}
        assert not any(isinstance(event, InputForm.Left) for event in app.told)
        await pilot.press("enter", "9", "9", "9", "enter")
        assert app.form.raw == {"style": "sampler 999"}
        await pilot.press("escape")
        assert isinstance(app.told[-1], InputForm.Left)


async def test_leaving_a_choice_closes_its_list() -> None:
    async with shown(Field("style", "choice", choices=("night", "day")), Field("x", "text")) as (app, pilot):
        await pilot.press("enter", "down", "tab")
        await pilot.pause()
        assert app.at == "x"
        assert not app.query("ChoiceList")
        assert app.form.raw == {}


def test_what_starts_with_the_query_comes_first() -> None:
    assert matching(["DPM K_EULER", "k_euler", "K_EULER_A", "DDIM"], "k_eu") == [1, 2, 0]
    assert matching(["a long name", "name"], "name lo") == [0]


async def test_a_typed_path_is_a_file_and_its_size_is_shown(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x" * 1500)
    field = Field("image", "file")
    async with shown(field, values={"image": Upload(tmp_path / "a.png")}, size=(160, 20)) as (app, pilot):
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "1.5 kB" in app.lines[1]
        await pilot.press("backspace")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.form.raw == {"image": Upload(tmp_path / "a.pn")}
        assert "no such file" in app.lines[1]
        await pilot.press("ctrl+u", *"http://a/b")
        assert app.form.raw == {"image": "http://a/b"}
        assert "no such file" not in app.lines[1]


async def test_a_path_that_was_not_typed_stays_text() -> None:
    async with shown(Field("image", "file"), values={"image": "@/etc/hostname"}) as (app, _pilot):
        assert app.form.raw == {"image": "@/etc/hostname"}
        assert len(app.workers) == 0


async def test_a_secret_is_dots_on_the_screen() -> None:
    async with shown(Field("key", "secret", required=True), values={"key": "r8_secret"}) as (app, pilot):
        await pilot.press("x")
        assert app.form.raw == {"key": "r8_secretx"}
        assert "•" * 10 in app.lines[1]
        assert not any("r8_" in line for line in app.lines)


async def test_lists_and_json_are_typed_and_files_among_them_are_files() -> None:
    fields = (
        Field("tags", "list", item=Field("tags", "text")),
        Field("images", "list", item=Field("images", "file")),
        Field("extra", "json"),
    )
    async with shown(*fields) as (app, pilot):
        await pilot.press("a", "enter", "b", "tab", "@", "x", "enter", "y", "tab", "{", "}")
        raw = app.form.raw
        assert raw == {"tags": "a\nb", "images": [Upload(Path("x")), "y"], "extra": "{}"}
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
    async with shown(*ONE_OF_EACH, values=values) as (app, pilot):
        await pilot.press("tab", "tab", "tab")
        del values["width"]
        assert app.form.raw == values
        assert app.changed == []
        assert any("no longer there ▾" in line for line in app.lines)


async def test_a_huge_value_is_kept_but_not_loaded() -> None:
    huge = "x" * 1_400_000
    async with shown(Field("graph", "prose"), values={"graph": huge}) as (app, pilot):
        assert "1.4M characters, kept until you type" in app.lines[1]
        assert app.form.raw == {"graph": huge}
        await pilot.press("y")
        assert app.form.raw == {"graph": "y"}


async def test_editing_a_text_keeps_the_characters_that_hide() -> None:
    async with shown(Field("title", "text"), values={"title": "a\x1b[31m\nb"}) as (app, pilot):
        await pilot.press("c")
        assert app.form.raw == {"title": "a\x1b[31m\nbc"}
        assert "a·[31m↵bc" in app.lines[1]


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
        await pilot.press("3")
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
        await pilot.press(*["down"] * 5, "enter", "down", "x")
        await pilot.pause()
        assert app.at == "field_8"
        assert app.form.raw == {"field_12": "given", "field_9": "hidden", "field_8": "x"}
        await pilot.press("up", "enter")
        await pilot.pause()
        assert any(line.startswith("▸ 10 more inputs  2 changed") for line in app.lines)
        await pilot.press("tab")
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
    async with shown(*fields) as (app, pilot):
        way = []
        for key in ("tab", "down", "down", "down", "down", "up", "up", "up", "up"):
            await pilot.press(key)
            way.append(app.at)
        assert way == ["b", "c", "p", "d", "e", "p", "c", "a", "a"]


async def test_tab_goes_through_the_form_and_out_of_it() -> None:
    async with shown(*ONE_OF_EACH, size=(60, 60)) as (app, pilot):
        way = [app.at]
        for _ in range(7):
            await pilot.press("tab")
            way.append(app.at)
        assert way == [field.name for field in ONE_OF_EACH[:8]]
        await pilot.press("tab", "tab")
        assert isinstance(app.focused, Button)
        await pilot.press("shift+tab", "shift+tab")
        assert app.at == "image"


async def test_letters_are_typed_and_function_keys_pass() -> None:
    async with shown(Field("title", "text"), Field("prompt", "prose"), Field("style", "choice")) as (app, pilot):
        await pilot.press("q", "f5", "enter", "q", "f5", "f6", "tab", "q", "f5")
        assert app.form.raw == {"title": "q", "prompt": "q"}
        assert app.noted == ["f5", "f5", "f6", "f5"]


async def test_leaving_and_submitting_are_told() -> None:
    async with shown(Field("title", "text")) as (app, pilot):
        await pilot.press("enter", "shift+tab", "escape", "ctrl+enter")
        kinds = [type(event) for event in app.told]
        assert kinds[-2:] == [InputForm.Left, InputForm.Submitted]
        assert InputForm.Submitted not in kinds[:-1]


async def test_the_help_describes_the_field_with_the_focus() -> None:
    fields = (
        Field("width", "integer", description="How wide. " * 30, minimum=64, maximum=2048, default=512),
        Field("style", "choice", choices=("a", "b"), notes=("was odd",)),
    )
    async with shown(*fields, size=(70, 24)) as (app, pilot):
        text = " ".join("\n".join(app.lines).split())
        assert text.count("How wide.") == 30
        assert "integer · 64 to 2048 · default 512" in text
        await pilot.press("tab")
        text = "\n".join(app.lines)
        assert "2 choices · left out unless set" in text
        assert "note: was odd" in text
        focused = [event.field.name for event in app.told if isinstance(event, InputForm.FieldFocused)]
        assert focused == ["width", "style"]


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
        await pilot.press("tab", *["down"] * 5)
        await pilot.pause()
        assert app.at == "field_11"
        label = app.line_of("field_11")
        assert "field_10" in app.lines[label]
        assert app.lines[label + 1].split() == ["required", "required"]


async def test_a_line_not_edited_shows_its_beginning() -> None:
    async with shown(Field("a", "text"), Field("b", "text"), values={"a": "start" + "x" * 90}) as (app, pilot):
        assert "start" not in app.lines[1]
        await pilot.press("tab")
        await pilot.pause()
        assert app.lines[1].startswith(" start")


async def test_a_pasted_text_keeps_its_lines() -> None:
    async with shown(Field("urls", "text")) as (app, pilot):
        assert app.focused is not None
        app.focused.post_message(events.Paste("one\ntwo"))
        await pilot.pause()
        assert app.form.raw == {"urls": "one\ntwo"}
        assert app.lines[1].startswith(" one↵two")


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
    async with shown(*fields, values=values, size=(80, 30)) as (app, pilot):
        app.form.errors = {field.name: HOSTILE for field in fields} | {HOSTILE: HOSTILE}
        seen = ""
        for field in fields:
            await pilot.press("enter" if field.kind == "choice" else "tab")
            seen += "\n".join(app.lines)
            await pilot.press(*["tab"] if field.kind == "choice" else [])
        assert "[/x] [red]" in seen
        assert "日本語" in seen
        assert all(character.isprintable() or character == "\n" for character in seen)


def test_what_hides_is_shown_character_for_character() -> None:
    assert visible("a\tb\nc\x1b\u202ed日") == "a b↵c··d日"
    assert visible("plain, with spaces") == "plain, with spaces"
