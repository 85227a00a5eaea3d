"""Whatever a theme shows can be read, and nothing is told by colour alone."""

from functools import partial

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from textual.color import Color
from textual.theme import Theme

from replicate_tui.core.settings import Settings
from replicate_tui.tui.theme import PLAIN, THEMES, worn
from tests.tui.driving import WIDE, Driver, driven

LEAST = 4.5
"""What WCAG 2.2 wants of text of normal size at its level AA."""
LEAST_OF_HIGH = 6.5
"""On the row with the cursor; elsewhere more than 7."""
SHADES = (
    "background",
    "surface",
    "panel",
    "block-cursor-blurred-background",
    "block-cursor-background",
    "scrollbar",
    "border",
    "foreground-muted",
)
SHADED = [theme for theme in THEMES if not theme.ansi]


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours as WCAG 2 defines it: from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    parts = [part / 255 for part in color.rgb]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", SHADED, ids=lambda theme: theme.name)
def test_every_text_of_a_theme_can_be_read_on_every_ground(theme: object) -> None:
    theme = next(each for each in SHADED if each is theme)
    values = theme.to_color_system().generate() | theme.variables
    text = Color.parse(values["foreground"])
    grounds = {name: Color.parse(values[name]) for name in ("background", "surface", "panel")}
    grounds |= {
        f"cursor on {name}": ground + text.with_alpha(0.16) for name, ground in grounds.items() if name[0] != "p"
    }
    grounds |= {
        name: Color.parse(values[name]) for name in ("block-cursor-background", "block-cursor-blurred-background")
    }
    tones = ("primary", "secondary", "success", "warning", "error", "accent")
    texts = ["foreground", "foreground-muted", "text-muted", *tones, *(f"text-{tone}" for tone in tones)]
    least = LEAST_OF_HIGH if "contrast" in theme.name else LEAST
    unread = {
        (name, ground): round(contrast(Color.parse(values[name]), on), 2)
        for name in texts
        for ground, on in grounds.items()
        if contrast(Color.parse(values[name]), on) < least
    }
    assert unread == {}
    assert contrast(Color.parse(values["background"]), Color.parse(values["primary"])) >= least  # the mode's title
    if "contrast" in theme.name:
        assert contrast(Color.parse(values["border"]), grounds["background"]) >= LEAST


@pytest.mark.parametrize("theme", SHADED, ids=lambda theme: theme.name)
def test_a_terminal_of_256_colours_shows_shades_as_shades_and_colours_as_those_colours(theme: Theme) -> None:
    values = theme.to_color_system().generate() | theme.variables
    for name in ("primary", "secondary", "success", "warning", "error"):
        wanted, shown = (_hue(each) for each in (Color.parse(values[name]), _of_256(Color.parse(values[name]))))
        assert abs((wanted - shown + 180) % 360 - 180) <= 20, (name, wanted, shown)
    ground, text = Color.parse(values["background"]), Color.parse(values["foreground"])
    shades = [Color.parse(values[name]) for name in SHADES] + [ground + text.with_alpha(tint) for tint in (0.07, 0.16)]
    for shade in shades:
        assert _tint(_of_256(shade)) <= _tint(shade) + 10, (shade, _of_256(shade))
    order = sorted(shades, key=_luminance)
    assert [_luminance(_of_256(shade)) for shade in order] == sorted(_luminance(_of_256(shade)) for shade in order)
    bar, cursor = _of_256(Color.parse(values["panel"])), _of_256(Color.parse(values["block-cursor-background"]))
    assert len({_of_256(ground), bar, cursor, _of_256(ground + text.with_alpha(0.16))}) >= 3
    assert _of_256(ground) not in (bar, cursor)


def _of_256(color: Color) -> Color:
    """What a terminal of 256 colours shows of a colour."""
    return Color.from_rich_color(color.rich_color.downgrade(ColorSystem.EIGHT_BIT))


def _tint(color: Color) -> int:
    """How far a colour is from grey, from 0 to 255."""
    return max(color.rgb) - min(color.rgb)


def _hue(color: Color) -> float:
    return color.hsl.h * 360


def test_what_is_wanted_is_worn_unless_it_is_unknown_or_must_have_no_colour() -> None:
    names = [theme.name for theme in THEMES]
    assert len(set(names)) == len(names) == 5
    assert worn("replicate-light", names, no_color=False) == "replicate-light"
    assert worn("gone", names, no_color=False) == worn(None, names, no_color=False) == "replicate-dark"
    assert worn("replicate-light", names, no_color=True) == PLAIN.name


async def test_what_the_screen_shows_can_be_read_in_every_theme(settings: Settings) -> None:
    async with driven(settings, WIDE) as driver:
        await driver.open_model("painter")
        await driver.write("a boat")
        await driver.run_to_its_end()
        for mode in ("run", "predictions", "hardware"):
            driver.app.switch_mode(mode)
            await driver.until(partial(_is_in, driver, mode), mode)
            for theme in SHADED:
                driver.app.theme = theme.name
                await driver.until(partial(_has_ground, driver, Color.parse(theme.background or "")), theme.name)
                assert _unread(driver) == {}, (mode, theme.name)


async def test_without_colours_the_cursor_and_the_mode_are_reversed_and_states_are_words(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with driven(settings, WIDE) as driver:
        await driver.open_model("painter")
        await driver.write("a boat")
        await driver.run_to_its_end()
        await driver.to_runs()
        await driver.press("2")
        await driver.shows("succeeded", "newest first")
        segments = _segments(driver)
        assert driver.app.theme == PLAIN.name
        assert {str(colour) for each in segments if each.style for colour in _colours(each)} <= {"default"}
        reversed_text = "".join(each.text for each in segments if each.style and each.style.reverse)
        assert "Predictions" in reversed_text
        assert "painter" in reversed_text  # the row with the cursor
        assert "● online" in driver.text


def _colours(segment: Segment) -> list[str]:
    style = segment.style
    return [colour.name for colour in (style.color, style.bgcolor) if colour is not None] if style else []


def _segments(driver: Driver) -> list[Segment]:
    return [segment for strip in driver.app.screen._compositor.render_strips() for segment in strip]


def _is_in(driver: Driver, mode: str) -> bool:
    return driver.app.current_mode == mode


def _has_ground(driver: Driver, wanted: Color) -> bool:
    styles = [each.style for each in _segments(driver) if each.style is not None]
    return wanted in {Color.from_rich_color(style.bgcolor) for style in styles if style.bgcolor is not None}


def _unread(driver: Driver) -> dict[str, float]:
    """The texts on the screen whose letters are too like their ground, with their contrast."""
    found = {}
    for segment in _segments(driver):
        style = segment.style
        if style is None or style.color is None or style.bgcolor is None or not any(map(str.isalnum, segment.text)):
            continue
        ratio = contrast(Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor))
        if ratio < LEAST:
            found[segment.text] = round(ratio, 2)
    return found
