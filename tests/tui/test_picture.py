"""Pictures in half blocks: what is decoded, how it is drawn, what is said of files that cannot be shown."""

import asyncio
import io
import random
import threading
from pathlib import Path

import pytest
from PIL import Image
from rich.segment import Segment
from textual.app import App, ComposeResult

from replicate_tui.tui.widgets import picture as picture_module
from replicate_tui.tui.widgets.picture import Picture, PictureError, decode, half_blocks, preview
from tests.waiting import eventually

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def checkered(*lines: list[tuple[int, ...]]) -> Image.Image:
    """A picture of these pixels, line by line."""
    image = Image.new("RGBA" if len(lines[0][0]) == 4 else "RGB", (len(lines[0]), len(lines)))
    for y, line in enumerate(lines):
        for x, pixel in enumerate(line):
            image.putpixel((x, y), pixel)
    return image


def colours(segment: Segment) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The colours of the upper and the lower pixel of a cell."""
    assert segment.style is not None
    upper, lower = segment.style.color, segment.style.bgcolor
    assert upper is not None
    assert lower is not None
    return tuple(upper.get_truecolor()), tuple(lower.get_truecolor())


def saved(folder: Path, image: Image.Image, name: str = "picture.png", **options: object) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


def test_a_cell_is_two_pixels_one_above_the_other() -> None:
    strips = half_blocks(checkered([RED, GREEN], [BLUE, WHITE]), 2, 1)
    assert [strip.text for strip in strips] == ["▀▀"]
    assert [colours(segment) for segment in strips[0]] == [(RED, BLUE), (GREEN, WHITE)]


def test_equal_cells_are_one_segment() -> None:
    (strip,) = half_blocks(Image.new("RGB", (100, 2), RED), 100, 1)
    assert [segment.text for segment in strip] == ["▀" * 100]


@pytest.mark.parametrize(
    ("size", "place", "cells"),
    [
        ((1024, 1024), (40, 40), (40, 20)),
        ((1024, 768), (40, 40), (40, 15)),
        ((1024, 768), (80, 10), (27, 10)),
        ((500, 2000), (80, 10), (5, 10)),
        ((16, 16), (40, 10), (20, 10)),
        ((4000, 1), (40, 10), (40, 1)),
        ((1, 4000), (40, 10), (1, 10)),
    ],
)
def test_proportions_are_kept_in_cells_twice_as_high_as_wide(
    size: tuple[int, int], place: tuple[int, int], cells: tuple[int, int]
) -> None:
    strips = half_blocks(Image.new("RGB", size), *place)
    assert (strips[0].cell_length, len(strips)) == cells


def test_an_odd_last_line_of_pixels_stands_on_the_background() -> None:
    strips = half_blocks(checkered([RED], [GREEN], [BLUE]), 1, 2, (1, 2, 3))
    assert colours(next(iter(strips[1]))) == (BLUE, (1, 2, 3))


def test_transparency_shows_the_background() -> None:
    image = checkered([(255, 0, 0, 0)], [(255, 0, 0, 255)])
    (strip,) = half_blocks(image, 1, 1, (10, 20, 30))
    assert colours(next(iter(strip))) == ((10, 20, 30), RED)


def test_a_photo_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    path = saved(tmp_path, Image.new("RGB", (40, 20), RED), "photo.jpg", exif=exif)
    assert decode(path).size == (20, 40)


def test_of_an_animation_the_first_frame_is_shown(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    path = saved(tmp_path, frames[0], "moving.gif", save_all=True, append_images=frames[1:])
    assert decode(path).convert("RGB").getpixel((4, 4)) == RED


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_becomes_rgb_or_rgba(tmp_path: Path, mode: str) -> None:
    assert decode(saved(tmp_path, Image.new(mode, (4, 4)))).mode in ("RGB", "RGBA")


@pytest.mark.parametrize("mode", ["I", "F"])
def test_measured_values_become_grey(tmp_path: Path, mode: str) -> None:
    path = saved(tmp_path, Image.linear_gradient("L").convert(mode), "values.tiff")
    assert decode(path).getextrema() == ((0, 255),) * 3


def test_print_colours_are_converted(tmp_path: Path) -> None:
    assert decode(saved(tmp_path, Image.new("CMYK", (4, 4)), "print.jpg")).getpixel((0, 0)) == WHITE


def test_deep_grey_keeps_its_shades(tmp_path: Path) -> None:
    depth = Image.new("I;16", (3, 1))
    for x, value in enumerate((0, 32768, 65535)):
        depth.putpixel((x, 0), value)
    image = decode(saved(tmp_path, depth))
    assert [image.getpixel((x, 0)) for x in range(3)] == [(0, 0, 0), (127, 127, 127), WHITE]


def test_a_preview_is_small_and_knows_the_real_size(tmp_path: Path) -> None:
    image, size = preview(saved(tmp_path, Image.new("RGB", (3000, 1500))))
    assert size == (3000, 1500)
    assert image.size == (1024, 512)


def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.new("1", (300, 200)))
    with pytest.raises(PictureError, match="too large to be shown here: 300×200 pixels"):
        decode(path, max_pixels=59_999)
    assert decode(path, max_pixels=60_000).size == (300, 200)


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="too large"):
        decode(saved(tmp_path, Image.new("1", (20_000, 20_000))))


def test_other_files_are_refused_with_a_reason(tmp_path: Path) -> None:
    text, script = tmp_path / "picture.png", tmp_path / "picture.eps"
    text.write_text("<html>404</html>")
    script.write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n")
    for path in (text, script):
        with pytest.raises(PictureError, match="not a picture"):
            decode(path)
    with pytest.raises(PictureError, match="not there any more"):
        decode(tmp_path / "gone.png")
    with pytest.raises(PictureError, match="cannot be read"):
        decode(tmp_path)


def test_a_cut_off_file_is_refused_with_a_reason(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.effect_noise((64, 64), 50), "cut.png")
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(PictureError, match="broken"):
        decode(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "PPM", "TGA"])
def test_damaged_bytes_are_a_picture_or_a_reason(tmp_path: Path, kind: str) -> None:
    stream = io.BytesIO()
    Image.effect_noise((32, 24), 50).convert("RGB").save(stream, kind)
    whole, path, chance = stream.getvalue(), tmp_path / "damaged", random.Random(kind)
    outcomes = set()
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(6):
            damaged[chance.randrange(min(len(damaged), 200))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            outcomes.add(decode(path).mode)
        except PictureError as error:
            outcomes.add(str(error)[-1])
    assert outcomes <= {"RGB", "RGBA", "."}


class Frame(App[None]):
    """A picture alone on the screen; it keeps what the picture tells."""

    def __init__(self, path: Path | None = None) -> None:
        super().__init__()
        self.picture = Picture(path)
        self.told: list[object] = []

    def compose(self) -> ComposeResult:
        yield self.picture

    def on_picture_decoded(self, event: Picture.Decoded) -> None:
        self.told.append(event.size)

    def on_picture_failed(self, event: Picture.Failed) -> None:
        self.told.append(event.reason)

    def shows(self, line: str) -> bool:
        return self.picture.render_line(0).text.rstrip() == line


async def test_a_picture_is_drawn_as_large_as_its_place(tmp_path: Path) -> None:
    app = Frame(saved(tmp_path, Image.new("RGB", (200, 100), RED)))
    async with app.run_test(size=(40, 20)):
        await eventually(lambda: app.shows("▀" * 40))
        assert app.told == [(200, 100)]
        assert app.picture.size_in_pixels == (200, 100)
        assert app.picture.lines_for(40, 20) == 10
        assert app.picture.render_line(10).text.strip() == ""


async def test_a_resize_draws_it_again_and_a_known_size_comes_from_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[int, int]] = []

    def counted(image: Image.Image, width: int, height: int, background: tuple[int, int, int]) -> object:
        drawn.append((width, height))
        return half_blocks(image, width, height, background)

    monkeypatch.setattr(picture_module, "half_blocks", counted)
    app = Frame(saved(tmp_path, Image.new("RGB", (200, 100), RED)))
    async with app.run_test(size=(40, 20)) as pilot:
        await eventually(lambda: app.shows("▀" * 40))
        await pilot.resize_terminal(20, 20)
        await eventually(lambda: app.shows("▀" * 20))
        await pilot.resize_terminal(40, 20)
        await eventually(lambda: app.shows("▀" * 40))
        app.picture.refresh()
        await pilot.pause()
        assert drawn == [(40, 20), (20, 20)]
        assert app.told == [(200, 100)]


async def test_while_it_is_decoded_the_place_says_so_and_the_loop_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(path: Path) -> object:
        assert go_on.wait(10)
        return preview(path)

    monkeypatch.setattr(picture_module, "preview", slow)
    app = Frame(saved(tmp_path, Image.new("RGB", (200, 100), RED)))
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        assert app.shows("reading the picture…")
        await asyncio.wait_for(pilot.pause(), 5)
        go_on.set()
        await eventually(lambda: app.shows("▀" * 40))


async def test_a_file_that_is_no_picture_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x1b]0;t\x07[/x]")
    app = Frame(path)
    async with app.run_test(size=(60, 20)):
        await eventually(lambda: app.told)
        assert app.told == ["The file is not a picture that can be shown here."]
        assert app.shows(app.picture.reason)


async def test_another_path_replaces_the_picture_and_none_clears_it(tmp_path: Path) -> None:
    wide = saved(tmp_path, Image.new("RGB", (200, 100), RED), "wide.png")
    narrow = saved(tmp_path, Image.new("RGB", (100, 400), BLUE), "narrow.png")
    app = Frame(wide)
    async with app.run_test(size=(40, 20)) as pilot:
        await eventually(lambda: app.shows("▀" * 40))
        app.picture.path = narrow
        assert app.shows("reading the picture…")
        await eventually(lambda: app.shows("▀" * 10))
        app.picture.path = None
        await pilot.pause()
        assert app.shows("")
        assert app.picture.size_in_pixels is None
