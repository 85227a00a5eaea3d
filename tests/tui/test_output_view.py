"""The output view: pictures, text, objects, files, failures, and what stands for nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from textual.app import App, ComposeResult

from replicate_tui.core.text import reason
from replicate_tui.tui.images import Drawing
from replicate_tui.tui.widgets import output_view
from replicate_tui.tui.widgets.output_parts import LIMIT, Parts, as_json, parts
from replicate_tui.tui.widgets.output_view import OutputView
from replicate_tui.tui.widgets.text_lines import TextLines
from replicate_tui.tui.widgets.thumbnails import Thumbnails
from tests.waiting import eventually

HOSTILE = "[/x] \x1b]0;t\x07\x1b[31m日本語 e\u0301\u202e"


class Viewing(App[None]):
    """An output view alone on the screen; it keeps which files the view tells."""

    def __init__(self) -> None:
        super().__init__()
        self.view = OutputView(id="output")
        self.told: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.view

    def on_output_view_file_highlighted(self, event: OutputView.FileHighlighted) -> None:
        self.told.append(event.where)

    def show(
        self,
        output: object,
        *,
        schema: Mapping[str, Any] | None = None,
        files: Mapping[str, Path] | None = None,
        status: str = "succeeded",
        error: str | None = None,
        note: str = "",
    ) -> None:
        self.view.show(output, schema=schema, files=files or {}, status=status, error=error, note=note)

    def action_left_over(self) -> None:
        self.told.append("left to others")

    @property
    def text(self) -> TextLines:
        return self.view.query_one(TextLines)


def screen(app: App[None]) -> list[str]:
    """The lines on the screen, without the blanks at their ends."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def urls(count: int) -> list[str]:
    return [f"https://replicate.delivery/out-{number}.png" for number in range(count)]


def kept(folder: Path, count: int) -> dict[str, Path]:
    """Pictures on disk, by their place in a list."""
    found = {f"output[{number}]": folder / f"out-{number}.png" for number in range(count)}
    for path in found.values():
        Image.new("RGB", (200, 100), (200, 80, 40)).save(path)
    return found


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ("starting", "waiting for output…"),
        ("processing", "waiting for output…"),
        ("submitting", "waiting for output…"),
        ("succeeded", "no output"),
        ("canceled", "no output"),
        ("something new", "no output"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("output", [None, "", []])
async def test_without_output_a_calm_line_stands_there(output: object, status: str, line: str) -> None:
    app = Viewing()
    async with app.run_test(size=(40, 4)) as pilot:
        app.show(output, status=status)
        await pilot.pause()
        assert screen(app) == [line, "", "", ""]


async def test_text_is_wrapped_between_words() -> None:
    app = Viewing()
    async with app.run_test(size=(24, 5)) as pilot:
        app.show("Once upon a time in a lighthouse\nlived a keeper")
        await pilot.pause()
        assert screen(app) == ["Once upon a time in a", "lighthouse", "lived a keeper", "", ""]


async def test_what_is_shown_before_the_view_is_on_the_screen_is_not_lost() -> None:
    app = Viewing()
    app.compose = lambda: (app.show("early"), app.view)[1:]
    async with app.run_test(size=(24, 2)) as pilot:
        await pilot.pause()
        assert screen(app) == ["early", ""]


async def test_tokens_are_joined_and_the_end_is_followed_while_the_run_goes_on() -> None:
    app = Viewing()
    async with app.run_test(size=(24, 3)) as pilot:
        tokens = []
        for number in range(30):
            tokens += [f"line {number}", "\n"]
            app.show(list(tokens), status="processing")
        await pilot.pause()
        assert screen(app)[2].startswith("line 29")
        assert app.text.line_count == 30


async def test_text_that_grows_leaves_the_reader_alone() -> None:
    app = Viewing()
    async with app.run_test(size=(24, 3)) as pilot:
        lines = [f"line {number}\n" for number in range(30)]
        app.show("".join(lines), status="processing")
        app.view.focus()
        await pilot.press("home", "down")
        app.show("".join([*lines, *lines]), status="processing")
        await pilot.pause()
        assert [line[:6] for line in screen(app)] == ["line 1", "line 2", "line 3"]
        assert app.text.line_count == 60


async def test_finished_text_is_shown_from_its_beginning() -> None:
    app = Viewing()
    async with app.run_test(size=(24, 3)) as pilot:
        app.show("".join(f"line {number}\n" for number in range(30)))
        await pilot.pause()
        assert screen(app)[0].startswith("line 0")
        app.view.focus()
        await pilot.press("end")
        app.show("".join(f"other {number}\n" for number in range(30)))
        await pilot.pause()
        assert screen(app)[0].startswith("other 0")


async def test_an_object_is_a_tree_and_keeps_its_place_when_it_changes() -> None:
    app = Viewing()
    async with app.run_test(size=(40, 6)) as pilot:
        app.show({"seed": 42, "label": "a [/x] lighthouse", "none": None, "empty": []})
        await eventually(
            lambda: screen(app)[:4] == ["  seed: 42", "  label: a [/x] lighthouse", "  none: null", "  empty: []"]
        )
        app.view.focus()
        app.show([{"id": number} for number in range(80)], status="processing")
        await pilot.press(*["down"] * 9)
        before = screen(app)
        assert before[0] != "▾ 0: {1}"
        app.show([{"id": number} for number in range(81)], status="processing")
        await pilot.pause()
        assert screen(app) == before


async def test_as_written_an_object_is_indented_json() -> None:
    app = Viewing()
    async with app.run_test(size=(40, 6)) as pilot:
        app.show({"seed": 42, "label": "a [/x] lighthouse"})
        app.view.focus()
        await pilot.press("M")
        await eventually(lambda: screen(app)[:4] == ["{", '  "seed": 42,', '  "label": "a [/x] lighthouse"', "}"])
        await pilot.press("M")
        await eventually(lambda: screen(app)[0] == "  seed: 42")


async def test_numbers_and_truth_values_are_shown_as_they_are() -> None:
    app = Viewing()
    async with app.run_test(size=(30, 3)) as pilot:
        for output, line in ((0.25, "0.25"), (False, "false"), (0, "0")):
            app.show(output)
            await pilot.pause()
            assert screen(app)[0] == line


async def test_a_picture_is_large_with_its_facts_right_below(tmp_path: Path) -> None:
    app = Viewing()
    async with app.run_test(size=(60, 24)) as pilot:
        files = kept(tmp_path, 1)
        app.show(urls(1), files=files, note="gone in 41 min")
        await eventually(lambda: "200×100" in screen(app)[15])
        size = files["output[0]"].stat().st_size
        await eventually(lambda: screen(app)[14] == "▀" * 60)
        assert screen(app)[15] == f"out-0.png  200×100  {size} B  saved  gone in 41 min"
        assert screen(app)[16] == ""
        await pilot.pause()
        assert app.told == ["output[0]"]
        assert app.view.chosen_path == files["output[0]"]


async def test_with_several_pictures_one_is_chosen_by_keys_or_mouse(tmp_path: Path) -> None:
    app = Viewing()
    async with app.run_test(size=(60, 30)) as pilot:
        app.show(urls(3), files=kept(tmp_path, 3), note="saved")
        app.view.focus()
        await eventually(lambda: any("1 of 3" in line for line in screen(app)))
        assert app.view.query_one(Thumbnails).display
        await pilot.press("]", "right", "right", "[")
        assert app.told == [f"output[{number}]" for number in (0, 1, 2, 0, 2)]
        await eventually(lambda: any("out-2.png" in line and "3 of 3" in line for line in screen(app)))
        await pilot.click(Thumbnails, offset=(16, 1))
        assert app.view.chosen is not None
        assert app.view.chosen.where == "output[1]"


async def test_the_chosen_file_stays_chosen_when_more_arrive(tmp_path: Path) -> None:
    app = Viewing()
    async with app.run_test(size=(60, 30)) as pilot:
        files = kept(tmp_path, 3)
        app.show(urls(2), files=files, status="processing")
        app.view.focus()
        await pilot.press("]")
        app.show(urls(3), files=files)
        await pilot.pause()
        assert app.told == ["output[0]", "output[1]"]


async def test_a_low_place_has_no_room_for_small_pictures(tmp_path: Path) -> None:
    app = Viewing()
    async with app.run_test(size=(60, 12)) as pilot:
        app.show(urls(3), files=kept(tmp_path, 3))
        await pilot.pause()
        assert not app.view.query_one(Thumbnails).display


async def test_other_files_are_listed_with_their_size_and_place(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"x" * 2_100_000)
    app = Viewing()
    async with app.run_test(size=(220, 6)) as pilot:
        output = {"video": "https://x.y/clip.mp4", "mesh": "https://x.y/mesh.glb"}
        app.show(output, files={"output.video": clip}, note="28 min left")
        await pilot.pause()
        assert screen(app)[0] == "28 min left"
        assert screen(app)[1] == f"▸ video  clip.mp4  video  2.1 MB  {clip}"
        assert screen(app)[2] == "  mesh  mesh.glb  not saved here"
        app.view.focus()
        await pilot.press("right")
        assert screen(app)[2].startswith("▸ mesh")
        assert app.view.chosen_path is None


async def test_of_very_many_files_those_around_the_chosen_one_are_listed() -> None:
    app = Viewing()
    async with app.run_test(size=(60, 14)) as pilot:
        app.show([f"https://x.y/{number}.bin" for number in range(10_000)])
        app.view.focus()
        await pilot.press("left")
        assert "▸ 999.bin  not saved here" in screen(app)
        assert "  the first 1,000 of 10,000 files" in screen(app)
        assert app.view.check_action("all", ())


async def test_pictures_in_an_object_stand_above_its_tree(tmp_path: Path) -> None:
    app = Viewing()
    async with app.run_test(size=(60, 30)):
        path = kept(tmp_path, 1)["output[0]"]
        app.show({"image": urls(1)[0], "seed": 42}, files={"output.image": path})
        await eventually(lambda: any("200×100" in line for line in screen(app)))
        lines = screen(app)
        caption = next(at for at, line in enumerate(lines) if line.startswith("image  out-0.png"))
        assert "  seed: 42" in lines[caption:]


async def test_a_saved_file_that_is_no_picture_says_why_it_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "out-0.png"
    path.write_text("<html>404</html>")
    app = Viewing()
    async with app.run_test(size=(60, 10)):
        app.show(urls(1), files={"output[0]": path})
        await eventually(lambda: screen(app)[0] == "The file is not a picture that can be shown here.")
        await eventually(lambda: screen(app)[1] == "out-0.png  16 B  saved")


async def test_keys_are_left_to_others_where_they_do_nothing_here() -> None:
    app = Viewing()
    app._bindings.bind("left,right,up", "left_over")
    async with app.run_test(size=(60, 10)) as pilot:
        app.show(urls(1))
        app.view.focus()
        await pilot.press("left", "right", "up")
        assert app.told == ["output[0]", *["left to others"] * 3]


async def test_a_failed_run_tells_the_reason_first_and_then_the_whole_error() -> None:
    app = Viewing()
    async with app.run_test(size=(60, 8)) as pilot:
        error = 'Traceback (most recent call last):\n  File "p.py", line 1\nRuntimeError: CUDA out of memory [/x]\n'
        app.show(None, status="failed", error=error)
        await pilot.pause()
        assert screen(app)[:4] == [
            "RuntimeError: CUDA out of memory [/x]",
            "",
            "Traceback (most recent call last):",
            '  File "p.py", line 1',
        ]


async def test_a_failed_run_keeps_what_it_had_put_out() -> None:
    app = Viewing()
    async with app.run_test(size=(60, 5)) as pilot:
        app.show("so far", status="failed", error="NSFW content detected.")
        await pilot.pause()
        assert screen(app)[:3] == ["NSFW content detected.", "", "so far"]


async def test_a_failure_without_a_reason_says_so() -> None:
    app = Viewing()
    async with app.run_test(size=(60, 5)) as pilot:
        app.show(None, status="failed")
        await pilot.pause()
        assert screen(app)[:3] == ["failed, and gave no reason", "", "no output"]


async def test_hostile_output_is_drawn_as_plain_text() -> None:
    app = Viewing()
    async with app.run_test(size=(70, 12)) as pilot:
        cases: list[dict[str, Any]] = [
            {"output": HOSTILE},
            {"output": {HOSTILE: [HOSTILE]}},
            {"output": [f"https://x.y/{HOSTILE}.bin", "https://x.y/b.bin"], "note": HOSTILE},
            {"output": None, "status": "failed", "error": HOSTILE},
        ]
        for case in cases:
            app.show(**case)
            await pilot.pause()
            drawn = "\n".join(screen(app))
            assert "x]" in drawn or "x%5D" in drawn
            assert not {"\x1b", "\x07", "\u202e"} & set(drawn)


async def test_the_same_output_again_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []

    def counted(output: object, schema: Mapping[str, Any] | None) -> Parts:
        looked.append(output)
        return parts(output, schema)

    monkeypatch.setattr(output_view, "parts", counted)
    app = Viewing()
    async with app.run_test(size=(60, 24)):
        for output in (["a", "b"], ["a", "b"], ["a", "b", "c"], [0], [0], 0, False):
            app.show(output)
        assert looked == [["a", "b"], ["a", "b", "c"], [0], 0, False]
        assert looked[-1] is False


def test_long_text_is_cut_and_says_so() -> None:
    taken = parts("x" * (LIMIT + 5), None)
    assert len(taken.text) == LIMIT
    assert taken.note == "… the first 200,000 of 200,005 characters are shown"
    assert parts("x" * LIMIT, None).note == ""


def test_long_json_is_cut_and_says_so() -> None:
    taken = parts({"values": list(range(100_000))}, None)
    assert len(taken.text) == LIMIT
    assert taken.note == "… the first 200,000 characters are shown"


def test_embedded_files_are_shortened_in_json() -> None:
    text, note = as_json({"image": "data:image/png;base64," + "A" * 5_000_000, "text": "b" * 100})
    assert "…" in text
    assert len(text) < 400
    assert "b" * 100 in text
    assert note == ""


def test_a_value_nested_beyond_reason_is_told_about() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    text, note = as_json(deep)
    assert (text, note) == ("", "… the output is nested too deeply to be shown")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("", ""),
        ("  \n\n", ""),
        ("NSFW content detected.\nTry again.", "NSFW content detected."),
        ("Traceback (most recent call last):\n  x\nValueError: bad\n\n", "ValueError: bad"),
        ("Prediction failed:\nTraceback (most recent call last):\n  x\nKeyError: 'a'", "KeyError: 'a'"),
        ("\x1b[31mred\x1b[0m", "red"),
    ],
)
def test_the_reason_is_the_line_that_tells_what_happened(error: str, expected: str) -> None:
    assert reason(error) == expected


@pytest.mark.parametrize(
    ("output", "texts", "files"),
    [
        ("https://x.y/a.png", "", 1),
        (["https://x.y/a.png", "https://x.y/b.png"], "", 2),
        ({"a": "https://x.y/a.png"}, "", 1),
        (["a", "b"], "ab", 0),
        ("plain", "plain", 0),
        (7, "7", 0),
        ({}, "{}", 0),
    ],
)
def test_an_output_is_taken_apart_by_its_value(output: object, texts: str, files: int) -> None:
    taken = parts(output, None)
    assert taken.text == texts
    assert len(taken.files) == files


def test_pieces_that_are_not_to_be_concatenated_stand_on_lines_of_their_own() -> None:
    assert parts(["a", "b"], {"x-cog-array-type": "iterator"}).text == "a\nb"


async def test_below_a_text_that_is_kept_nothing_stands_that_reads_like_more_of_it() -> None:
    app = Viewing()
    async with app.run_test(size=(40, 10)) as pilot:
        app.show("and the harbour belonged", note="saved")
        await pilot.pause()
        assert [line for line in screen(app) if line] == ["and the harbour belonged"]
        app.show("and the harbour belonged", note="gone in 41 min")
        await pilot.pause()
        assert [line for line in screen(app) if line] == ["and the harbour belonged", "gone in 41 min"]


async def test_in_the_grid_arrows_move_and_enter_enlarges(tmp_path: Path) -> None:
    app = Viewing()
    async with app.run_test(size=(60, 24)) as pilot:
        app.show(urls(9), files=kept(tmp_path, 9))
        app.view.focus()
        await pilot.press("enter")
        await eventually(lambda: sum("▀▀▀" in line for line in screen(app)) >= 9)
        assert app.view.query_one(Thumbnails).across == 3
        await pilot.press("right", "down")
        assert app.view.chosen is not None
        assert app.view.chosen.where == "output[4]"
        await pilot.press("down", "up", "left")
        assert app.view.chosen.where == "output[3]"
        assert app.screen.active_bindings["enter"].binding.description == "one"
        await pilot.press("right", "enter")
        await eventually(lambda: any("out-4.png" in line and "5 of 9  ← →" in line for line in screen(app)))
        assert app.screen.active_bindings["enter"].binding.description == "grid"
        app.set_focus(None)
        await eventually(lambda: "5 of 9  tab to go" in " ".join(screen(app)))
        assert not app.view.query_one(Thumbnails).grid
        await pilot.press("enter", "escape")
        assert not app.view.query_one(Thumbnails).grid


async def test_a_click_in_the_grid_chooses_what_is_below_the_pointer(tmp_path: Path) -> None:
    app = Viewing()
    async with app.run_test(size=(60, 24)) as pilot:
        app.show(urls(9), files=kept(tmp_path, 9))
        app.view.focus()
        await pilot.press("enter")
        await eventually(lambda: app.view.query_one(Thumbnails).size.height > 10)
        await pilot.click(Thumbnails, offset=(2 * 20 + 3, 7 + 1))
        assert app.view.chosen is not None
        assert app.view.chosen.where == "output[5]"


async def test_a_grid_ends_where_there_are_no_longer_several_pictures(tmp_path: Path) -> None:
    app = Viewing()
    async with app.run_test(size=(60, 24)) as pilot:
        app.show(urls(3), files=kept(tmp_path, 3))
        app.view.focus()
        await pilot.press("enter")
        app.show(urls(1), files=kept(tmp_path, 1))
        await eventually(lambda: any("200×100" in line for line in screen(app)) and "▀▀▀" in screen(app)[0])


async def test_without_pictures_they_are_files_like_others(tmp_path: Path) -> None:
    app = Viewing()
    app.drawing = Drawing("none")  # type: ignore[attr-defined]
    async with app.run_test(size=(100, 10)):
        app.show(urls(1), files=kept(tmp_path, 1))
        await eventually(lambda: any(line.startswith("▸ out-0.png  image") for line in screen(app)))
        assert screen(app)[0] == "pictures are switched off; O opens the file"
        app.no_color = True
        app.show(urls(2), files=kept(tmp_path, 2))
        await eventually(lambda: screen(app)[0] == "pictures need colour; O opens the file")
        assert sum("opens the file" in line for line in screen(app)) == 1
        assert not any("▀" in line for line in screen(app))
