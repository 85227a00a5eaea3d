"""Lists of files: what was given is text, what a person types may be a path."""

from pathlib import Path

from replicate_tui.core.forms.inputs import Field, Upload
from replicate_tui.tui.widgets.editors.items import Items
from tests.tui.forms import shown

FILES = Field("images", "list", item=Field("images", "file"))


async def test_text_that_was_given_is_no_path_when_another_item_is_added() -> None:
    async with shown(FILES, values={"images": "@/etc/passwd"}) as (app, _):
        await app.press("end", "enter")
        await app.write("https://example.com/b.png")
        assert app.form.raw == {"images": ["@/etc/passwd", "https://example.com/b.png"]}


def test_of_what_is_written_outside_lines_are_paths_and_json_is_not() -> None:
    items = Items(FILES)
    items.read("@a.png\n@@b")
    assert items.values == [Upload(Path("a.png")), "@b"]
    items.read('["@a.png"]')
    assert items.values == ["@a.png"]
    assert items.text == "@@a.png"
