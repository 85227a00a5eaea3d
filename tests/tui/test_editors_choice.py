"""The editors of choices and switches, by the keyboard."""

from replicate_tui.core.forms.inputs import Field
from replicate_tui.tui.widgets.editors.choice_list import ROWS, matching
from replicate_tui.tui.widgets.input_form import InputForm
from tests.tui.forms import BOTH_SIZES, Size, shown


@BOTH_SIZES
async def test_a_switch_without_default_has_three_states(size: Size) -> None:
    async with shown(Field("hd", "boolean"), size=size) as (app, _pilot):
        states = []
        for key in ("space", "enter", "space"):
            await app.press(key)
            states.append((app.form.raw, app.lines[1].split()[-1]))
        assert states == [({"hd": True}, "on"), ({"hd": False}, "off"), ({}, "unset")]


@BOTH_SIZES
async def test_a_switch_with_default_has_two(size: Size) -> None:
    async with shown(Field("hd", "boolean", default=True), size=size) as (app, _pilot):
        assert app.lines[1].split()[-1] == "on"
        await app.press("space")
        assert app.form.raw == {"hd": False}
        await app.press("space")
        assert app.form.raw == {}


@BOTH_SIZES
async def test_a_choice_is_picked_from_its_list(size: Size) -> None:
    async with shown(Field("style", "choice", choices=("night", 7, "dawn")), Field("x", "text"), size=size) as (
        app,
        _pilot,
    ):
        await app.press("enter", "down", "down", "enter")
        assert app.form.raw == {"style": 7}
        assert app.lines[1].startswith(" 7 ▾")
        await app.press("space", "up", "up", "enter")
        assert app.form.raw == {}
        assert app.lines[1].startswith(" unset ▾")
        assert app.changed == ["style", "style"]


@BOTH_SIZES
async def test_a_choice_narrows_as_one_types_and_escape_keeps_it(size: Size) -> None:
    members = tuple(f"sampler {number}" for number in range(1001))
    async with shown(Field("style", "choice", choices=members, default=members[3]), size=size) as (app, _pilot):
        await app.press("9", "9", "9")
        assert "1 of 1,001" in app.lines[1]
        assert "› sampler 999" in app.lines[2]
        await app.press("escape")
        assert app.form.raw == {}
        assert not any(isinstance(event, InputForm.Left) for event in app.told)
        await app.press("enter", "9", "9", "9", "enter")
        assert app.form.raw == {"style": "sampler 999"}
        await app.press("escape")
        assert isinstance(app.told[-1], InputForm.Left)


@BOTH_SIZES
async def test_leaving_a_choice_closes_its_list(size: Size) -> None:
    async with shown(Field("style", "choice", choices=("night", "day")), Field("x", "text"), size=size) as (app, pilot):
        await app.press("enter", "down", "tab")
        await pilot.pause()
        assert app.at == "x"
        assert not app.query("ChoiceList")
        assert app.form.raw == {}
        await app.press("shift+tab", "q", "q")
        assert any("nothing matches" in line for line in app.lines)
        await app.press("shift+tab")
        assert not any("nothing matches" in line for line in app.lines)


def test_what_starts_with_the_query_comes_first() -> None:
    assert matching(["DPM K_EULER", "k_euler", "K_EULER_A", "DDIM"], "k_eu") == [1, 2, 0]
    assert matching(["a long name", "name"], "name lo") == [0]


@BOTH_SIZES
async def test_a_value_that_is_no_choice_any_more_stays_and_is_warned_of(size: Size) -> None:
    field = Field("style", "choice", choices=("night", 7), default="night")
    async with shown(field, values={"style": "gone"}, size=size) as (app, _pilot):
        await app.shows("gone ▾", "! not among the choices")
        assert app.form.raw == {"style": "gone"}
        await app.press("enter", "down", "enter")
        await app.until_gone("! not among")
        assert app.form.raw == {"style": 7}
        app.form.set_value("style", "7")
        assert not any("!" in line for line in app.lines)


@BOTH_SIZES
async def test_members_that_differ_in_case_are_all_offered_and_told_apart(size: Size) -> None:
    field = Field("style", "choice", choices=("Euler", "EULER", "euler a"))
    async with shown(field, size=size) as (app, _pilot):
        await app.write("euler")
        await app.shows("› Euler", "  EULER", "  euler a")
        await app.press("down", "enter")
        assert app.form.raw == {"style": "EULER"}


@BOTH_SIZES
async def test_a_thousand_members_are_drawn_only_where_they_are_seen(size: Size) -> None:
    members = tuple(f"member {number}" for number in range(1001))
    async with shown(Field("style", "choice", choices=members), size=size) as (app, _pilot):
        await app.press("enter", "end")
        await app.shows("› member 1000")
        assert sum("member" in line for line in app.lines) == ROWS
        await app.press("pageup", "enter")
        assert app.form.raw == {"style": f"member {1001 - ROWS}"}
