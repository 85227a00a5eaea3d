"""The editor of a file: paths completed, files looked at, pictures shown, by the keyboard."""

from pathlib import Path

from replicate_tui.core.inputs import Field, Upload
from tests.tui.forms import shown


async def test_a_typed_path_is_a_file_and_its_size_is_shown(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x" * 1500)
    field = Field("image", "file")
    async with shown(field, values={"image": Upload(tmp_path / "a.png")}, size=(160, 20)) as (app, pilot):
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "1.5 kB" in app.lines[1]
        await app.press("backspace")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.form.raw == {"image": Upload(tmp_path / "a.pn")}
        assert "no such file" in app.lines[1]
        await app.press("ctrl+u", *"http://a/b")
        assert app.form.raw == {"image": "http://a/b"}
        assert "no such file" not in app.lines[1]


async def test_a_path_that_was_not_typed_stays_text() -> None:
    async with shown(Field("image", "file"), values={"image": "@/etc/hostname"}) as (app, _pilot):
        assert app.form.raw == {"image": "@/etc/hostname"}
        assert len(app.workers) == 0
