"""Text and objects of an output: markdown as it streams, trees that fold, what is too long shown whole."""

import pytest

from replicate_tui.tui.screens.value import ValueScreen
from replicate_tui.tui.widgets.output_parts import LIMIT
from replicate_tui.tui.widgets.output_view import OutputView
from replicate_tui.tui.widgets.prose import is_markdown, laid_out
from tests.tui.driving import SMALL
from tests.tui.test_output_view import Viewing, screen
from tests.waiting import eventually

FENCED = "# Sum\n\nAdd **them**:\n\n```python\nif a  <  b:\n    print('*no* emphasis')\n```\n\ndone\n"


def top(app: Viewing, count: int) -> list[str]:
    """The first lines on the screen, without the scroll bar."""
    return [line.rstrip(" ▁▂▃▄▅▆▇█") for line in screen(app)[:count]]


@pytest.mark.parametrize(
    "text",
    [
        "```\ncode",
        "# Title\n\ntext",
        "so **strong** it is",
        "- a\n- b",
        "1. a\n2. b\n",
        "| a | b |\n|---|---|\n",
        "[a](https://b.c)",
    ],
)
def test_signs_of_markdown_are_known(text: str) -> None:
    assert is_markdown(f"Well,\n\n{text}")


@pytest.mark.parametrize(
    "text",
    ["", "Once upon a time\nthere was a keeper.", "2 * 3 * 4 = 24", "#hashtag", "- one dash\nthen text", "a | b"],
)
def test_plain_text_stays_plain(text: str) -> None:
    assert not is_markdown(text)


def test_code_is_whole_before_its_fence_ends_and_after() -> None:
    code = ["if a  <  b:", "    print('*no* emphasis')"]
    for end in ("print('*no* emphasis')\n", "```\n", "done\n"):
        text = FENCED[: FENCED.index(end) + len(end)]
        rows = laid_out(text, 60)
        assert [row.text for row in rows if row.tone == "code"] == code


def test_lines_stay_lines_and_words_are_broken_at_the_width() -> None:
    rows = laid_out("**Name:** Ann\n**Age:** 7\n\n" + "word " * 20, 30)
    assert [row.text.rstrip() for row in rows][:3] == ["Name: Ann", "Age: 7", ""]
    assert all(len(row.text.rstrip()) <= 30 for row in rows)


async def test_markdown_is_laid_out_while_it_streams_and_the_end_is_followed() -> None:
    app = Viewing()
    async with app.run_test(size=(40, 6)) as pilot:
        for end in range(4, len(FENCED), 9):
            app.show(FENCED[:end], status="processing")
        app.show(FENCED, status="processing")
        await eventually(lambda: screen(app)[5] == "done")
        assert [line.strip() for line in screen(app)[2:4]] == ["if a  <  b:", "print('*no* emphasis')"]
        app.view.focus()
        await pilot.press("home")
        app.show(FENCED + "\nmore\n\nand more\n", status="processing")
        await pilot.pause()
        await eventually(lambda: top(app, 3) == ["Sum", "", "Add them:"])
        await pilot.press("M", "home")
        await eventually(lambda: top(app, 3) == ["# Sum", "", "Add **them**:"])


async def test_another_text_replaces_the_markdown_before() -> None:
    app = Viewing()
    async with app.run_test(size=(40, 6)):
        app.show(FENCED)
        await eventually(lambda: screen(app)[0] == "Sum")
        app.show("# Other\n\n- x\n- y")
        await eventually(lambda: screen(app)[:4] == ["Other", "", "• x", "• y"])
        app.show("plain again")
        await eventually(lambda: screen(app)[:2] == ["plain again", ""])


async def test_branches_are_folded_by_the_keyboard_and_stay_so() -> None:
    app = Viewing()
    value = {"scores": {"cat": 0.9, "dog": 0.1}, "labels": ["a", "b"]}
    async with app.run_test(size=(40, 8)) as pilot:
        app.show(value)
        app.view.focus()
        await eventually(lambda: screen(app)[0] == "▾ scores: {2}" and "cat: 0.9" in screen(app)[1])
        await pilot.press("enter")
        await eventually(lambda: screen(app)[:2] == ["▸ scores: {2}", "▾ labels: [2]"])
        app.show(value | {"more": 1})
        await eventually(lambda: [screen(app)[line].strip() for line in (0, 4)] == ["▸ scores: {2}", "more: 1"])
        await pilot.press("plus")
        await eventually(lambda: "cat: 0.9" in screen(app)[1])
        await pilot.press("minus")
        await eventually(lambda: screen(app)[:3] == ["▸ scores: {2}", "▸ labels: [2]", "  more: 1"])


async def test_a_click_folds_a_branch() -> None:
    app = Viewing()
    async with app.run_test(size=(40, 8)) as pilot:
        app.show({"scores": {"cat": 0.9}})
        await eventually(lambda: "cat: 0.9" in screen(app)[1])
        await pilot.click(OutputView, offset=(3, 0))
        await eventually(lambda: screen(app)[:2] == ["▸ scores: {1}", ""])


async def test_of_a_long_list_the_next_members_come_when_asked_for() -> None:
    app = Viewing()
    async with app.run_test(size=(40, 8)) as pilot:
        app.show(list(range(1_000)))
        app.view.focus()
        await pilot.press("end")
        await eventually(lambda: screen(app)[7] == "  … 800 more")
        await pilot.press("enter", "end")
        await eventually(lambda: screen(app)[6:] == ["  399: 399", "  … 600 more"])


async def test_deep_and_embedded_values_do_no_harm() -> None:
    app = Viewing()
    deep: list[object] = []
    for _ in range(5_000):
        deep = [deep]
    async with app.run_test(size=(60, 8)):
        app.show({"image": "data:image/png;base64," + "A" * 5_000_000, "n": 1})
        await eventually(lambda: any("data:image/png" in line and "5 MB" in line for line in screen(app)))
        app.show({"deep": deep})
        await eventually(lambda: any("nested too deeply" in line or "deep: [1]" in line for line in screen(app)))


class Asking(Viewing):
    """An output view that is asked for all of what it shows a part of."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []

    def on_output_view_all_wanted(self, event: OutputView.AllWanted) -> None:
        self.asked.append((event.title, event.text))
        self.push_screen(ValueScreen(event.title, event.text))


async def test_a_huge_text_is_shown_whole_on_demand() -> None:
    app = Asking()
    text = "".join(f"line {number}\n" for number in range(50_000))
    assert len(text) > LIMIT
    async with app.run_test(size=SMALL) as pilot:
        app.show(text)
        app.view.focus()
        await pilot.press("A")
        await eventually(lambda: app.asked == [("output", text)] and isinstance(app.screen, ValueScreen))
        await pilot.press("end")
        await eventually(lambda: any("line 49999" in line for line in screen(app)))
        assert f"{len(text):,} characters" in screen(app)[-2]
        await pilot.press("y", "escape")
        await eventually(lambda: not isinstance(app.screen, ValueScreen))
        assert app.clipboard == text


async def test_a_long_text_in_a_tree_is_shown_whole_on_demand() -> None:
    app = Asking()
    essay = "word " * 200
    async with app.run_test(size=SMALL) as pilot:
        app.show({"short": "a", "essay": essay})
        app.view.focus()
        await eventually(lambda: any("(1,000 characters, ⏎ all) word word" in line for line in screen(app)))
        await pilot.press("down", "enter")
        await eventually(lambda: app.asked == [(".essay", essay)])


async def test_where_all_is_shown_nothing_more_is_offered() -> None:
    app = Asking()
    async with app.run_test(size=SMALL) as pilot:
        app.show("a short text")
        app.view.focus()
        await pilot.press("A", "enter", "M")
        assert app.asked == []
        assert {"output.all", "output.fold", "output.enlarge", "output.as_written"}.isdisjoint(
            active.binding.id for active in app.screen.active_bindings.values()
        )
