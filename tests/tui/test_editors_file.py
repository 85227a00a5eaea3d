"""The editor of a file: paths completed, files looked at, pictures shown, by the keyboard."""

from pathlib import Path

import pytest
from PIL import Image

from replicate_tui.core.forms.inputs import Field, Upload
from replicate_tui.tui.widgets.editors.paths import MOST_OFFERED, FileOffers, entries, narrowed, split
from replicate_tui.tui.widgets.input_form import InputForm
from tests.tui.driving import SMALL, WIDE
from tests.tui.forms import BOTH_SIZES, Size, shown


@BOTH_SIZES
async def test_a_typed_path_is_a_file_and_its_size_is_shown(tmp_path: Path, size: Size) -> None:
    (tmp_path / "a.png").write_bytes(b"x" * 1500)
    field = Field("image", "file")
    async with shown(field, values={"image": Upload(tmp_path / "a.png")}, size=size) as (app, pilot):
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


@BOTH_SIZES
async def test_a_path_that_was_not_typed_stays_text(size: Size) -> None:
    async with shown(Field("image", "file"), values={"image": "@/etc/hostname"}, size=size) as (app, _pilot):
        assert app.form.raw == {"image": "@/etc/hostname"}
        assert len(app.workers) == 0


@BOTH_SIZES
async def test_a_path_is_completed_folder_by_folder(tmp_path: Path, size: Size) -> None:
    (tmp_path / "Photos").mkdir()
    (tmp_path / "Photos" / "harbour.jpg").write_bytes(b"x")
    (tmp_path / "Photos" / "quay.jpg").write_bytes(b"x")
    (tmp_path / "phone.txt").write_bytes(b"x")
    async with shown(Field("image", "file"), Field("after", "text"), size=size) as (app, _pilot):
        await app.write(f"@{tmp_path}/ph")
        await app.shows("› Photos/", "  phone.txt")
        await app.press("enter")
        await app.shows("› harbour.jpg", "  quay.jpg")
        await app.press("down", "tab")
        await app.until_gone("harbour.jpg")
        assert app.form.raw == {"image": Upload(tmp_path / "Photos" / "quay.jpg")}
        await app.shows("1 B")
        await app.press("tab")
        assert app.at == "after"


@BOTH_SIZES
async def test_escape_closes_the_list_and_tab_then_leaves(tmp_path: Path, size: Size) -> None:
    (tmp_path / "ab").write_bytes(b"x")
    async with shown(Field("image", "file"), Field("after", "text"), size=size) as (app, _pilot):
        await app.write(f"@{tmp_path}/a")
        await app.shows("› ab")
        await app.press("escape")
        await app.until_gone("› ab")
        assert not any(isinstance(event, InputForm.Left) for event in app.told)
        await app.press("tab")
        assert app.at == "after"
        assert app.form.raw == {"image": Upload(tmp_path / "a")}


@BOTH_SIZES
async def test_an_empty_field_offers_the_last_runs_outputs_and_recent_files(size: Size) -> None:
    async with shown(Field("image", "file"), Field("after", "text"), size=size) as (app, _pilot):
        used = ["/somewhere/sea.png", "https://example.com/out-0.png", "/somewhere/[/x]\x1b[31m.png"]
        app.form.offer(used, ["https://example.com/out-0.png"])
        await app.press("enter")
        await app.shows("› https://example.com/out-0.png", "last run", "/somewhere/sea.png", "recent", "[/x].png")
        assert sum("out-0.png" in line for line in app.lines) == 1
        await app.press("down", "enter")
        assert app.form.raw == {"image": Upload(Path("/somewhere/sea.png"))}
        await app.press("ctrl+u", "f9")
        await app.shows("› https://example.com/out-0.png")
        await app.press("tab")
        assert app.form.raw == {"image": "https://example.com/out-0.png"}


@BOTH_SIZES
async def test_nothing_is_offered_for_a_url_and_enter_goes_on(size: Size) -> None:
    async with shown(Field("image", "file"), Field("after", "text"), size=size) as (app, _pilot):
        await app.write("https://x.example/a")
        await app.press("enter")
        assert app.at == "after"
        assert not app.query("ChoiceList")


@BOTH_SIZES
async def test_the_key_that_chooses_opens_the_list_whatever_stands_there_and_typing_narrows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: Size
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("pier.png", "pine.png", "sea.png"):
        (tmp_path / name).write_bytes(b"x")
    async with shown(Field("image", "file"), Field("after", "text"), size=size) as (app, _pilot):
        await app.press("f9")
        await app.shows("› pier.png", "  sea.png")
        await app.write("pi")
        await app.until_gone("  sea.png")
        await app.shows("› pier.png", "  pine.png")
        await app.write("z")
        await app.shows("nothing matches")
        await app.press("backspace")
        await app.shows("› pier.png")
        await app.press("down", "enter")
        assert app.form.raw == {"image": Upload(Path("pine.png"))}
        for text in ("hello", "https://example.com/a.png", "@pine.png", f"@{tmp_path}/sea.png", "@gone/x"):
            await app.press("ctrl+u", *text, "f9")
            await app.shows("  pier.png") if text == "@pine.png" else await app.shows("pier.png", "sea.png")
            await app.press("escape")
            await app.until_gone("pier.png")


@BOTH_SIZES
async def test_tab_leaves_a_path_that_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: Size) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("pier.png", "pier.png.old"):
        (tmp_path / name).write_bytes(b"x")
    async with shown(Field("image", "file"), Field("after", "text"), size=size) as (app, _pilot):
        await app.write("@pier.png")
        await app.shows("› pier.png", "  pier.png.old")
        await app.press("tab")
        assert app.at == "after"
        assert app.form.raw == {"image": Upload(Path("pier.png"))}


async def test_a_picture_is_shown_small_where_there_is_room(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), (200, 30, 30)).save(tmp_path / "red.png")
    field = Field("image", "file")
    async with shown(field, values={"image": Upload(tmp_path / "red.png")}, size=WIDE) as (app, pilot):
        await app.shows("▀▀▀▀")
        before = app.editor("image").size.height
        assert 4 < before < 12
        await pilot.resize_terminal(*SMALL)
        await app.until_gone("▀▀▀▀")
        assert app.editor("image").size.height == 2
        await pilot.resize_terminal(*WIDE)
        await app.shows("▀▀▀▀")
        await app.press("backspace")
        await app.until_gone("▀▀▀▀")


@BOTH_SIZES
async def test_what_is_no_picture_is_no_matter(tmp_path: Path, size: Size) -> None:
    (tmp_path / "no.png").write_bytes(b"no picture at all")
    field = Field("image", "file")
    async with shown(field, values={"image": Upload(tmp_path / "no.png")}, size=size) as (app, _pilot):
        await app.shows("17 B")
        await app.workers.wait_for_complete()
        assert app.editor("image").size.height == 2
        app.form.set_value("image", Upload(tmp_path))
        await app.shows("a folder")


def offered(found: object) -> list[str]:
    assert isinstance(found, list)
    return [suggestion.text for suggestion in found]


async def test_hidden_files_are_offered_after_a_dot_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (".hidden", "seen", "unseen"):
        (tmp_path / name).write_bytes(b"")
    offers = FileOffers()
    assert offered(await offers("@")) == ["@seen", "@unseen"]
    assert offered(await offers("@.")) == ["@.hidden"]
    assert offered(await offers("@see")) == ["@seen"]
    assert offered(await offers("@nsee")) == ["@unseen"]
    assert offered(await offers("@./s")) == ["@./seen"]
    assert offered(await offers("./s")) == ["@./seen"]
    assert offered(await offers("@~")) == ["@~/"]
    assert offered(await offers("@nowhere/at/all")) == []
    assert offered(await offers("@~nobody-of-that-name/")) == []
    assert offered(await offers("@a\0b/c")) == []
    assert not await offers("@@seen")
    assert not await offers("seen")


async def test_of_a_large_folder_a_part_is_offered_and_how_many_there_are(tmp_path: Path) -> None:
    for number in range(MOST_OFFERED + 5):
        (tmp_path / f"n{number:03}").write_bytes(b"")
    found = await FileOffers()(f"@{tmp_path}/n")
    assert len(found) == MOST_OFFERED
    assert found[0].note == f"1 of {MOST_OFFERED + 5}: type on"


def test_folders_come_first_and_a_name_in_full_before_longer_ones(tmp_path: Path) -> None:
    for name in ("b", "B2", "a"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "z").mkdir()
    found = entries(tmp_path)
    assert [one.name for one in found] == ["z", "a", "b", "B2"]
    assert [one.name for one in narrowed(found, "b")] == ["b", "B2"]
    assert [one.name for one in narrowed(found, "B2")] == ["B2"]
    assert split("a/b/c") == ("a/b/", "c")
    assert split("c") == ("", "c")


async def test_what_is_offered_does_not_hide_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x")
    async with shown(Field("image", "file"), size=WIDE) as (app, _pilot):
        await app.write(f"{tmp_path}/a.t")
        await app.shows("› a.txt")
        app.form.errors = {"image": "must be a file"}
        await app.until_gone("› a.txt")
        await app.shows("✗ must be a file")
