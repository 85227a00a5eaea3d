"""A form of 73 inputs of every kind, by the keyboard alone: every field is reached, and what that looks like."""

from collections.abc import Sequence
from functools import partial

from textual.widget import Widget
from textual.widgets import Button

from replicate_tui.core.forms.inputs import UNSET, Field
from replicate_tui.tui.widgets.editors import Editor
from tests.tui.forms import BOTH_SIZES, ONE_OF_EACH, FormApp, Size, shown
from tests.tui.looks import comes_to_look_as_before
from tests.waiting import eventually

SEVENTY_THREE = tuple(
    Field(
        f"{field.name}_{number}",
        field.kind,
        description=f"What field {number} is about.",
        required=number in (1, 40),
        default={"integer": 512, "number": 7.5, "text": "words", "boolean": True}.get(field.kind, UNSET),
        choices=field.choices,
        minimum=field.minimum,
        maximum=field.maximum,
        item=field.item,
    )
    for number, field in enumerate((ONE_OF_EACH * 7)[:73])
)
SHOWN = (*(field.name for field in SEVENTY_THREE[:8]), "image_40", "title_66")
"""What is in sight at first: the first fields, the required ones, and the one that has a value."""
FOLDED = tuple(field.name for field in SEVENTY_THREE if field.name not in SHOWN)


MIDDLE = "width_36"


@BOTH_SIZES
async def test_every_field_of_seventy_three_is_reached_by_tab_and_the_form_looks_as_before(size: Size) -> None:
    async with shown(*SEVENTY_THREE, values={"title_66": "given"}, size=size) as (app, _pilot):
        await app.shows("watermark_5")
        await looks_as_before(app, "top", size)

        await walk(app, SHOWN[1:])
        await app.press("tab")
        for sign, inputs in (("▸", 10), ("▾", 73), ("▸", 10)):
            await app.shows(f"{sign} 63 more inputs", "The model's defaults apply to these.")
            assert sum(editor.display for editor in app.query(Editor)) == inputs
            await app.press("enter")
        await app.shows("▾ 63 more inputs")
        await walk(app, FOLDED[:1])
        await looks_as_before(app, "unfolded", size)

        middle = FOLDED.index(MIDDLE) + 1
        await walk(app, FOLDED[1:middle])
        await app.write("640")
        await looks_as_before(app, "middle", size)

        await walk(app, FOLDED[middle:])
        await looks_as_before(app, "end", size)
        assert app.form.raw == {"title_66": "given", MIDDLE: "640"}

        await app.press("tab")
        assert isinstance(app.focused, Button)
        app.send("shift+tab")
        await app.reaches(FOLDED[-1])
        await app.ask_to_run()
        await app.reaches("prompt_1")
        await app.shows("✗ is required")
        assert app.form.errors.keys() == {"prompt_1", "image_40"}
        await looks_as_before(app, "refused", size)


async def walk(app: FormApp, names: Sequence[str]) -> None:
    """Go by tab to each of the fields, and see that all of it is in sight and explained."""
    for name in names:
        app.send("tab")
        await app.reaches(name)
        await app.shows(f"What field {name.rpartition('_')[2]} is about.")
        await eventually(partial(in_sight, app.editor(name)), f"{name} to be in sight")


def in_sight(editor: Editor) -> bool:
    assert isinstance(editor.parent, Widget)
    return editor.parent.region.contains_region(editor.region)


async def looks_as_before(app: FormApp, what: str, size: Size) -> None:
    await app.is_idle()
    await comes_to_look_as_before(f"form-of-73-{what}-{size[0]}x{size[1]}", lambda: app.lines)
