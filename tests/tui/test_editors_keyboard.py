"""Every kind of editor by the keyboard alone: reached, changed, refused, set back and left, at both sizes."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from replicate_tui.core.forms.inputs import Field, Upload
from tests.tui.forms import BOTH_SIZES, FormApp, Size, shown
from tests.waiting import eventually

BEFORE, AFTER = Field("before", "prose"), Field("after", "prose")
MEMBERS = tuple(f"member {number}" for number in range(1001))

WALK = (
    ("tab", "after"),
    ("shift+tab", ""),
    ("shift+tab", "before"),
    ("down", ""),
    ("down", "after"),
    ("up", ""),
    ("up", "before"),
)
"""From the field in the middle: a key and the field that it goes to, "" being the one in the middle."""


@dataclass(frozen=True)
class Way:
    """What a person does in a field, and what comes of it.

    `good` gives the value `raw`, which `looks` like this; `bad` gives one of which `wrong` is said, where there is
    such a thing: without a step it is the field left alone. `rests` is on the screen while nothing is set.
    A step is keys by name, a text to "type", or what to "see" before the next.
    """

    field: Field
    good: tuple[str, ...]
    raw: object
    looks: tuple[str, ...]
    rests: str
    bad: tuple[str, ...] = ()
    wrong: str = ""


def listed(name: str, item: Field, maximum: int | None = None) -> Field:
    return Field(name, "list", item=item, maximum=maximum)


WAYS = {
    "text": Way(
        Field("title", "text", maximum=5),
        good=("type harb", "o backspace u"),
        raw="harbu",
        looks=(" harbu",),
        rests="unset",
        bad=("type harbour",),
        wrong="must have at most 5 characters, not 7",
    ),
    "text with a default": Way(
        Field("title", "text", default="sea", minimum=2),
        good=("type  at dusk",),
        raw="sea at dusk",
        looks=(" sea at dusk",),
        rests=" sea",
        bad=("backspace backspace",),
        wrong="must have at least 2 characters, not 1",
    ),
    "text that is required": Way(
        Field("title", "text", required=True),
        good=("type x",),
        raw="x",
        looks=(" x",),
        rests="required",
        wrong="is required",
    ),
    "secret": Way(
        Field("key", "secret", minimum=3),
        good=("type hush",),
        raw="hush",
        looks=(" ••••",),
        rests="unset",
        bad=("type no",),
        wrong="must have at least 3 characters, not 2",
    ),
    "prose": Way(
        Field("prompt", "prose", maximum=9),
        good=("type sea", "enter", "type dust", "backspace", "type k"),
        raw="sea\ndusk",
        looks=(" sea", " dusk"),
        rests="unset",
        bad=("type sea", "enter enter enter", "type at dusk"),
        wrong="must have at most 9 characters, not 13",
    ),
    "integer": Way(
        Field("count", "integer"),
        good=("type 42",),
        raw="42",
        looks=(" 42",),
        rests="unset",
        bad=("type 4.5",),
        wrong="must be a whole number (you gave 4.5)",
    ),
    "integer with one bound": Way(
        Field("count", "integer", minimum=1),
        good=("type +1", "left backspace"),
        raw="1",
        looks=(" 1",),
        rests="unset",
        bad=("type 0",),
        wrong="must be at least 1 (you gave 0)",
    ),
    "integer of a large range": Way(
        Field("width", "integer", minimum=64, maximum=2048, default=512),
        good=("type 1024",),
        raw="1024",
        looks=(" 1024",),
        rests=" 512",
        bad=("type 7",),
        wrong="must be at least 64 (you gave 7)",
    ),
    "integer on a slider": Way(
        Field("outputs", "integer", minimum=1, maximum=4, default=1),
        good=("right right",),
        raw="3",
        looks=(" 3 ", "━●", "─ 4"),
        rests=" 1       ●─",
        bad=("type 9",),
        wrong="must be at most 4 (you gave 9)",
    ),
    "number": Way(
        Field("scale", "number"),
        good=("type 0.25",),
        raw="0.25",
        looks=(" 0.25",),
        rests="unset",
        bad=("type much",),
        wrong="must be a number (you gave much)",
    ),
    "number on a slider": Way(
        Field("guidance", "number", minimum=0, maximum=50, default=7.5),
        good=("shift+right left",),
        raw="12",
        looks=(" 12 ", "━●─", "─ 50"),
        rests=" 7.5     ━━━●",
        bad=("type 50.1",),
        wrong="must be at most 50 (you gave 50.1)",
    ),
    "seed": Way(
        Field("seed", "integer", minimum=5, maximum=5),
        good=("f9",),
        raw="5",
        looks=(" 5 ", "↻ drawn at random"),
        rests="↻ randomise",
        bad=("type 77",),
        wrong="must be at most 5 (you gave 77)",
    ),
    "choice": Way(
        Field("style", "choice", choices=("night", "day", "dawn"), required=True),
        good=("enter down down enter",),
        raw="day",
        looks=(" day ▾",),
        rests=" unset ▾",
        wrong="is required",
    ),
    "choice of numbers": Way(
        Field("height", "choice", choices=(480, 720), default=480),
        good=("space down enter",),
        raw=720,
        looks=(" 720 ▾",),
        rests=" 480 ▾",
    ),
    "choice of 1,001": Way(
        Field("voice", "choice", choices=MEMBERS, required=True),
        good=("type 99", "down enter"),
        raw="member 199",
        looks=(" member 199 ▾",),
        rests=" unset ▾",
        wrong="is required",
    ),
    "switch": Way(
        Field("hd", "boolean", required=True),
        good=("space enter",),
        raw=False,
        looks=("●━ off",),
        rests="━━ unset",
        wrong="is required",
    ),
    "switch with a default": Way(
        Field("hd", "boolean", default=True),
        good=("enter",),
        raw=False,
        looks=("●━ off",),
        rests="━● on",
    ),
    "file": Way(
        Field("image", "file"),
        good=("type @s", "see › sea.png", "enter"),
        raw=Upload(Path("sea.png")),
        looks=(" @sea.png", "3 B"),
        rests="@path or URL  unset",
        bad=("type @gone.png",),
        wrong="names no file: gone.png does not exist",
    ),
    "file by its URL": Way(
        Field("image", "file", required=True),
        good=("type https://example.com/sea.png",),
        raw="https://example.com/sea.png",
        looks=(" https://example.com/sea.png",),
        rests="@path or URL  required",
        bad=("type sea.png",),
        wrong="must be a file: use @path for a local file, or a URL (you gave sea.png)",
    ),
    "list": Way(
        listed("tags", Field("tags", "text"), maximum=2),
        good=("type dusk", "enter", "type sea", "f11"),
        raw=["sea", "dusk"],
        looks=("1  sea", "2  dusk", "+  add"),
        rests="+  add an item",
        bad=("a enter b enter c",),
        wrong="must have at most 2 items, not 3",
    ),
    "list of numbers": Way(
        listed("layers", Field("layers", "integer")),
        good=("1 enter 2 enter 3 f12",),
        raw=["1", "2"],
        looks=("1  1", "2  2"),
        rests="+  add an item",
        bad=("1 enter x",),
        wrong="must be a whole number (you gave x)",
    ),
    "list of choices": Way(
        listed("styles", Field("styles", "choice", choices=("night", "day", "dawn"))),
        good=("d", "see › day", "down enter enter f9", "see › night", "enter"),
        raw=["dawn", "night"],
        looks=("1  dawn", "2  night"),
        rests="+  add an item",
        bad=("type noon", "escape"),
        wrong="must be one of: night, day, dawn (you gave noon)",
    ),
    "list of files": Way(
        listed("images", Field("images", "file")),
        good=("type @s", "see › sea.png", "tab enter", "type https://a.example/b"),
        raw=[Upload(Path("sea.png")), "https://a.example/b"],
        looks=("1  @sea.png", "2  https://a.example/b"),
        rests="@path or URL",
        bad=("type sea.png",),
        wrong="must be a file: use @path for a local file, or a URL (you gave sea.png)",
    ),
    "JSON": Way(
        Field("extra", "json", types=("object",)),
        good=("type {", "enter", 'type "a": [1]}'),
        raw='{\n"a": [1]}',
        looks=(" {", ' "a": [1]}'),
        rests="JSON  unset",
        bad=("type [1",),
        wrong="must be JSON: object; column 3: a comma is wanted between two values",
    ),
}


@pytest.fixture
def way(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Way:
    """One of the ways, in a folder with a file in it."""
    (tmp_path / "sea.png").write_bytes(b"sea")
    monkeypatch.chdir(tmp_path)
    return WAYS[request.param]


each_way = pytest.mark.parametrize("way", WAYS, indirect=True)


async def do(app: FormApp, steps: tuple[str, ...]) -> None:
    for step in steps:
        verb, _, words = step.partition(" ")
        if verb == "type":
            await app.write(words)
        elif verb == "see":
            await app.shows(words)
        else:
            await app.press(*step.split(" "))


async def go(app: FormApp, key: str, name: str) -> None:
    """Press a key that goes to the field `name`."""
    app.send(key)
    await app.reaches(name)


@BOTH_SIZES
@each_way
async def test_a_field_is_reached_changed_refused_set_back_and_left_by_keys_alone(way: Way, size: Size) -> None:
    name = way.field.name
    async with shown(BEFORE, way.field, AFTER, size=size) as (app, _pilot):
        await go(app, "tab", name)
        await app.shows(way.rests)

        await do(app, way.good)
        await app.shows(*way.looks, "changed")
        assert app.form.raw == {name: way.raw}
        assert set(app.changed) == {name}
        await app.ask_to_run()
        assert app.form.errors == {}
        assert app.at == name

        app.send("ctrl+r")
        await app.until_gone("changed")
        await app.shows(way.rests)
        assert app.form.raw == {}

        if way.wrong:
            await do(app, way.bad)
            await app.ask_to_run()
            await eventually(lambda: f"✗ {way.wrong}" in " ".join(" ".join(app.lines).split()), way.wrong)
            assert app.form.errors.keys() == {name}
            assert app.form.errors[name].endswith(way.wrong)
            assert app.at == name
            app.send("ctrl+r")
            await app.until_gone("✗")
            assert app.form.raw == app.form.errors == {}

        for key, place in WALK:
            await go(app, key, place or name)
        assert app.form.raw == {}


OPEN = {
    "choice": (WAYS["choice"].field, ("enter", "see › unset", "down")),
    "choice of 1,001": (WAYS["choice of 1,001"].field, ("type 99", "see 19 of 1,001", "down")),
    "file": (WAYS["file"].field, ("type @s", "see › sea.png")),
    "list of choices": (WAYS["list of choices"].field, ("f9", "see › night", "down")),
    "list of files": (WAYS["list of files"].field, ("type @s", "see › sea.png")),
}


@BOTH_SIZES
@pytest.mark.parametrize(("field", "steps"), OPEN.values(), ids=OPEN)
async def test_shift_tab_leaves_an_open_list_and_takes_nothing_from_it(
    field: Field, steps: tuple[str, ...], size: Size, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sea.png").write_bytes(b"sea")
    monkeypatch.chdir(tmp_path)
    async with shown(BEFORE, field, AFTER, size=size) as (app, _pilot):
        await go(app, "tab", field.name)
        await do(app, steps)
        assert app.query("ChoiceList")
        typed = app.form.raw
        await go(app, "shift+tab", "before")
        await app.until_gone("›")
        await eventually(lambda: not app.query("ChoiceList"), "the list to go")
        assert app.form.raw == typed
