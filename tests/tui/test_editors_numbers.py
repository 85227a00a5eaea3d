"""The editors of numbers, by the keyboard."""

from decimal import Decimal

import pytest

from replicate_tui.core.forms.inputs import Field, parse
from replicate_tui.tui.widgets.editors.number import has_small_range, seed_bounds, step_of, stepped
from tests.tui.forms import BOTH_SIZES, ONE_OF_EACH, Size, shown


@BOTH_SIZES
async def test_an_emptied_number_is_left_out_and_shows_its_default(size: Size) -> None:
    async with shown(Field("steps", "integer", default=30), Field("n", "integer"), size=size) as (app, _pilot):
        await app.press("backspace")
        assert app.form.raw == {}
        assert "default 30" in app.lines[1]
        await app.press("0", "enter", "0")
        assert app.form.raw == {"steps": "0", "n": "0"}
        assert parse(app.form.fields, app.form.raw).input == {"steps": 0, "n": 0}


@BOTH_SIZES
async def test_arrows_step_a_number_of_a_small_range_without_rounding(size: Size) -> None:
    fields = Field("outputs", "integer", minimum=1, maximum=4, default=1), ONE_OF_EACH[4]
    async with shown(*fields, size=size) as (app, _pilot):
        assert app.lines[1].split()[:3] == ["1", "●" + "─" * 19, "4"]
        await app.press("right", "right")
        assert app.form.raw == {"outputs": "3"}
        await app.press("shift+right", "right")
        assert app.form.raw == {"outputs": "4"}
        await app.press("tab", "right")
        assert app.form.raw == {"outputs": "4", "guidance": "8"}
        await app.press("7", ".", "0", "1", "left")
        assert app.form.raw == {"outputs": "4", "guidance": "6.51"}


@BOTH_SIZES
async def test_bad_numbers_stay_as_typed_for_parse_to_judge(size: Size) -> None:
    async with shown(ONE_OF_EACH[4], size=size) as (app, _pilot):
        await app.press("x", "left", "9")
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
    assert step_of(Field("x", "number", minimum=-1e308, maximum=1e308)) == Decimal("2e306")


@BOTH_SIZES
async def test_a_seed_rolls_within_its_bounds_and_the_help_names_the_key(size: Size) -> None:
    async with shown(Field("seed", "integer", minimum=5, maximum=9), size=size) as (app, _pilot):
        assert "randomise" in app.lines[1]
        assert any("F9 randomise" in line for line in app.lines[2:])
        await app.press("f9")
        assert 5 <= int(str(app.form.raw["seed"])) <= 9
        assert app.changed == ["seed"]


def test_a_slider_is_for_two_bounds_that_differ() -> None:
    assert has_small_range(Field("n", "integer", minimum=1, maximum=1001))
    assert not has_small_range(Field("n", "integer", minimum=1, maximum=1002))
    assert has_small_range(Field("x", "number", minimum=-1e6, maximum=1e6))
    assert not has_small_range(Field("x", "number", minimum=1, maximum=1))
    assert not has_small_range(Field("x", "number", minimum=1))


@BOTH_SIZES
async def test_a_number_with_one_possible_value_can_still_be_edited(size: Size) -> None:
    async with shown(Field("n", "integer", minimum=3, maximum=3, default=3), size=size) as (app, _pilot):
        await app.press("7", "left", "1")
        assert app.form.raw == {"n": "17"}


@BOTH_SIZES
async def test_typed_decimals_are_kept_to_the_last(size: Size) -> None:
    async with shown(Field("x", "number", minimum=-5000, maximum=5000, default=0), size=size) as (app, _pilot):
        await app.write("0.1234567890123456")
        assert app.form.raw == {"x": "0.1234567890123456"}
        await app.press("right")
        assert app.form.raw == {"x": "100.1234567890123456"}


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ((None, None), (0, 2**31 - 1)),
        ((-1, 2**64), (0, 2**31 - 1)),
        ((0.01, 9.9), (1, 9)),
        ((-9, -3), (-9, -3)),
        ((None, -3), (-3, -3)),
        ((2**40, None), (2**40, 2**40)),
    ],
)
def test_seeds_are_drawn_within_the_bounds(
    bounds: tuple[float | None, float | None], expected: tuple[int, int]
) -> None:
    assert seed_bounds(Field("seed", "integer", minimum=bounds[0], maximum=bounds[1])) == expected


@BOTH_SIZES
async def test_a_seed_is_drawn_anew_each_time_and_that_is_said(size: Size) -> None:
    async with shown(Field("seed", "integer", minimum=1, maximum=2), size=size) as (app, _pilot):
        drawn = []
        for _ in range(4):
            await app.press("f9")
            drawn.append(app.form.raw["seed"])
        assert drawn in (["1", "2"] * 2, ["2", "1"] * 2)
        assert "drawn at random" in app.lines[1]
        await app.press("7")
        assert app.form.raw == {"seed": "7"}
        await app.until_gone("drawn at random")


@BOTH_SIZES
async def test_a_slider_over_all_numbers_there_are_stands_in_the_middle_for_nothing(size: Size) -> None:
    field = Field("x", "number", minimum=-1e308, maximum=1e308, default=0)
    async with shown(field, size=size) as (app, _pilot):
        before, _, after = app.lines[1].partition("●")
        assert abs(after.count("─") - before.count("━")) <= 1
        await app.press("right")
        assert parse(app.form.fields, app.form.raw).errors == {}
