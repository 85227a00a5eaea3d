"""The table behind every list: what it draws, where its cursor is, what it tells."""

from collections.abc import Sequence

import pytest
from rich.cells import cell_len
from textual import on
from textual.app import App, ComposeResult
from textual.message import Message

from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.text import clean
from replicate_tui.tui.widgets.column_layout import aligned, arrange
from replicate_tui.tui.widgets.resource_table import ResourceTable

COLUMNS: tuple[Column[str], ...] = (
    Column("mark", "", 1, lambda row: Cell("●", "busy")),
    Column("name", "name", 8, lambda row: Cell(clean(row)), grow=True),
    Column("time", "time", 5, lambda row: Cell("1.2s", "muted"), align="right"),
)


class Listing(App[None]):
    """A table alone on the screen; it keeps what the table tells and which rows it was asked for."""

    def __init__(self, columns: Sequence[Column[str]] = COLUMNS, **options: object) -> None:
        super().__init__()
        self.table = ResourceTable[str](columns, id="rows", **options)
        self.told: list[tuple[str, str | None]] = []
        self.asked: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def row(self, key: str) -> str:
        self.asked.append(key)
        return key

    def show(self, *keys: str) -> None:
        self.table.show(keys, self.row)

    @on(ResourceTable.Highlighted, "#rows")
    @on(ResourceTable.Selected, "#rows")
    @on(ResourceTable.MarkToggled, "#rows")
    def _tell(self, event: Message) -> None:
        assert isinstance(event, ResourceTable.Highlighted | ResourceTable.Selected | ResourceTable.MarkToggled)
        self.told.append((type(event).__name__, event.key))


def screen(app: App[None]) -> list[str]:
    """The lines on the screen, without the blanks at their ends."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def keys(count: int) -> list[str]:
    return [f"run-{number}" for number in range(count)]


async def test_rows_stand_under_their_titles_with_the_gutter_to_the_left() -> None:
    app = Listing()
    async with app.run_test(size=(30, 5)) as pilot:
        app.show("alpha", "beta")
        await pilot.pause()
        assert screen(app) == [
            "    name                 time",
            "  ● alpha                1.2s",
            "  ● beta                 1.2s",
            "",
            "",
        ]


async def test_a_hundred_thousand_rows_ask_only_for_those_in_sight() -> None:
    app = Listing()
    async with app.run_test(size=(30, 6)) as pilot:
        app.table.show(keys(100_000), app.row)
        await pilot.pause()
        assert set(app.asked) == set(keys(5))
        app.asked.clear()
        app.table.focus()
        await pilot.press("end")
        assert screen(app)[-1].startswith("  ● run-99999")
        assert len(set(app.asked)) <= 12


async def test_refreshing_keys_draws_only_the_visible_ones_again() -> None:
    app = Listing()
    async with app.run_test(size=(30, 6)) as pilot:
        app.table.show(keys(50), app.row)
        await pilot.pause()
        app.asked.clear()
        app.table.refresh_keys({"run-3", "run-40", "nobody"})
        await pilot.pause()
        assert app.asked == ["run-3"]


async def test_lasting_rows_are_drawn_again_once_they_tell_other_things_and_not_before() -> None:
    app, rows = Listing(), {"alpha": "seen once", "beta": "never seen"}
    async with app.run_test(size=(30, 5)) as pilot:
        for _ in range(2):
            app.table.show(tuple(rows), rows.get, lasting=True)
            await pilot.pause()
        drawn: list[str] = []

        def row(key: str) -> str:
            drawn.append(key)
            return rows[key]

        app.table.show(tuple(rows), row, lasting=True)
        drawn.clear()
        await pilot.pause()
        assert not drawn
        rows["alpha"] = "seen twice"
        app.table.show(tuple(rows), row, lasting=True)
        await pilot.pause()
        assert screen(app)[1] == "  ● seen twice           1.2s"


async def test_the_cursor_moves_by_keys_and_every_move_is_told_once() -> None:
    app = Listing()
    async with app.run_test(size=(30, 6)) as pilot:
        app.table.show(keys(20), app.row)
        app.table.focus()
        await pilot.press("down", "j", "up", "k", "k", "pagedown", "G", "g")
        assert app.told == [
            ("Highlighted", key) for key in ("run-0", "run-1", "run-2", "run-1", "run-0", "run-4", "run-19", "run-0")
        ]


async def test_enter_selects_and_space_asks_for_a_mark() -> None:
    app = Listing(can_mark=True)
    async with app.run_test(size=(30, 6)) as pilot:
        app.show("alpha", "beta")
        app.table.focus()
        await pilot.press("down", "enter", "space")
        assert app.told[-2:] == [("Selected", "beta"), ("MarkToggled", "beta")]


async def test_space_does_nothing_where_nobody_listens_to_marks() -> None:
    app = Listing()
    async with app.run_test(size=(30, 6)) as pilot:
        app.show("alpha", "beta")
        app.table.focus()
        await pilot.press("down", "space")
        assert app.told[-1] == ("Highlighted", "beta")


async def test_keys_do_nothing_in_an_empty_table() -> None:
    app = Listing(empty_text="No runs [/x] yet.\nStart one with F5.")
    async with app.run_test(size=(30, 6)) as pilot:
        app.show()
        app.table.focus()
        await pilot.press("enter", "space", "down", "end")
        assert app.told == []
        assert screen(app) == [
            "    name                 time",
            "",
            "  No runs [/x] yet.",
            "  Start one with F5.",
            "",
            "",
        ]


async def test_the_cursor_stays_on_its_key_when_rows_come_and_go() -> None:
    app = Listing()
    async with app.run_test(size=(30, 8)):
        app.show("a", "b", "c", "d")
        app.table.move_to("c")
        app.show("new", "a", "c", "d")
        assert app.table.cursor_key == "c"
        app.show("d", "c")
        assert app.table.cursor_key == "c"


@pytest.mark.parametrize(
    ("left", "expected"),
    [(("a", "b", "d"), "d"), (("a", "b"), "b"), ((), None)],
    ids=["the row that took its place", "the last one", "none"],
)
async def test_a_row_that_goes_leaves_the_cursor_near(left: tuple[str, ...], expected: str | None) -> None:
    app = Listing()
    async with app.run_test(size=(30, 8)) as pilot:
        app.show("a", "b", "c", "d")
        app.table.move_to("c")
        app.show(*left)
        assert app.table.cursor_key == expected
        await pilot.pause()
        assert app.told[-1] == ("Highlighted", expected)


async def test_a_cursor_that_follows_the_top_takes_the_newest_row() -> None:
    app = Listing(cursor_follows="top")
    async with app.run_test(size=(30, 8)):
        app.show("a", "b")
        app.show("new", "a", "b")
        assert app.table.cursor_key == "new"
        app.table.move_to("b")
        app.show("newer", "new", "a", "b")
        assert app.table.cursor_key == "b"


async def test_move_to_an_unknown_key_says_so_and_moves_nothing() -> None:
    app = Listing()
    async with app.run_test(size=(30, 8)):
        app.show("a", "b")
        assert not app.table.move_to("nobody")
        assert app.table.cursor_key == "a"


async def test_rows_that_arrive_above_do_not_move_what_is_read() -> None:
    app = Listing()
    async with app.run_test(size=(30, 6)) as pilot:
        app.table.show(keys(50), app.row)
        app.table.move_to("run-30")
        await pilot.pause()
        before = [line[:28] for line in screen(app)]
        app.show("newest", "newer", *keys(50))
        await pilot.pause()
        assert [line[:28] for line in screen(app)] == before


async def test_at_the_top_new_rows_are_seen() -> None:
    app = Listing()
    async with app.run_test(size=(30, 6)) as pilot:
        app.table.show(keys(50), app.row)
        await pilot.pause()
        app.show("newest", *keys(50))
        await pilot.pause()
        assert screen(app)[1].startswith("  ● newest")
        assert app.table.cursor_key == "run-0"


async def test_marked_rows_have_a_bar_in_the_gutter() -> None:
    app = Listing()
    async with app.run_test(size=(30, 5)) as pilot:
        app.show("a", "b", "c")
        app.table.marked = frozenset({"b", "gone"})
        await pilot.pause()
        assert [line[0] for line in screen(app)[1:4]] == [" ", "▌", " "]
        app.table.marked = frozenset()
        await pilot.pause()
        assert [line[0] for line in screen(app)[1:4]] == [" ", " ", " "]


async def test_a_click_moves_the_cursor_and_a_click_on_it_opens() -> None:
    app = Listing()
    async with app.run_test(size=(30, 6)) as pilot:
        app.show("a", "b", "c")
        await pilot.click("#rows", offset=(5, 2))
        assert app.told[-1] == ("Highlighted", "b")
        await pilot.click("#rows", offset=(5, 2))
        assert app.told[-1] == ("Selected", "b")
        told = list(app.told)
        await pilot.click("#rows", offset=(5, 0))
        await pilot.click("#rows", offset=(5, 5))
        assert app.told == told


async def test_hostile_cells_are_drawn_as_plain_text_on_straight_lines() -> None:
    app = Listing()
    async with app.run_test(size=(40, 8)) as pilot:
        app.show("[/x] [bold]", "\x1b]0;t\x07\x1b[31mred", "日本語" * 20, "👩‍👩‍👧 e\u0301" * 9, "\u202egnp.exe")
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        lines = ["".join(segment.text for segment in strip) for strip in strips]
        assert not any("\x1b" in line or "\x07" in line for line in lines)
        assert [cell_len(line) for line in lines] == [40] * 8
        assert all(line.rstrip().endswith("1.2s") for line in lines[1:6])
        assert lines[1].startswith("  ● [/x] [bold]  ")
        assert lines[3].startswith("  ● 日本語日本語日本語日本語日…")


async def test_a_status_is_coloured_by_its_tone_and_the_cursor_by_the_focus() -> None:
    app = Listing()
    async with app.run_test(size=(30, 6)) as pilot:
        app.show("a", "b")
        app.table.blur()
        await pilot.pause()
        blurred = app.table.render_line(1)
        app.table.focus()
        await pilot.pause()
        focused, plain = app.table.render_line(1), app.table.render_line(2)

        def ground(line: object) -> set[object]:
            return {segment.style.bgcolor for segment in line if segment.style}

        assert len(ground(focused)) == len(ground(blurred)) == len(ground(plain)) == 1
        assert len(ground(focused) | ground(blurred) | ground(plain)) == 3
        colours = {segment.text.strip(): segment.style.color for segment in plain if segment.style}
        assert len({colours["●"], colours["b"], colours["1.2s"]}) == 3


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "ansi-light"])
async def test_the_cursor_is_seen_in_every_kind_of_theme(theme: str) -> None:
    app = Listing()
    async with app.run_test(size=(30, 6)) as pilot:
        app.theme = theme
        app.show("a", "b")
        app.table.focus()
        await pilot.pause()
        looks = [{(s.style.bgcolor, s.style.reverse) for s in app.table.render_line(y) if s.style} for y in (1, 2)]
        assert looks[0] != looks[1]


async def test_without_colours_the_cursor_is_reversed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Listing()
    async with app.run_test(size=(30, 6)) as pilot:
        app.show("a", "b")
        app.table.focus()
        await pilot.pause()
        assert all(segment.style and segment.style.reverse for segment in app.table.render_line(1) if segment.text)


async def test_the_leading_part_of_a_cell_is_muted() -> None:
    name: Column[str] = Column("name", "name", 12, lambda row: Cell(row, "strong", lead=5), grow=True)
    app = Listing((name,))
    async with app.run_test(size=(30, 4)) as pilot:
        app.show("meta/llama", "meta/other")
        await pilot.pause()
        styles = {segment.text.strip(): segment.style for segment in app.table.render_line(2)}
        assert styles["meta/"] is not None
        assert styles["other"] is not None
        assert styles["other"].bold
        assert not styles["meta/"].bold
        assert styles["meta/"].color != styles["other"].color


async def test_the_scrollbar_takes_its_cell_from_the_columns() -> None:
    app = Listing()
    async with app.run_test(size=(30, 5)) as pilot:
        app.table.show(keys(50), app.row)
        await pilot.pause()
        assert "1.2s" in screen(app)[1]
        assert app.table.render_line(1).cell_length == 29


def column(key: str, width: int, *, grow: bool = False) -> Column[str]:
    return Column(key, key, width, Cell, grow=grow)


WIDE = (column("a", 1), column("b", 10), column("c", 20, grow=True), column("d", 5), column("e", 8))


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (60, {"a": 1, "b": 10, "c": 29, "d": 5, "e": 8}),
        (51, {"a": 1, "b": 10, "c": 20, "d": 5, "e": 8}),
        (50, {"a": 1, "b": 10, "c": 29, "d": 5}),
        (40, {"a": 1, "c": 31, "d": 5}),
        (28, {"a": 1, "c": 26}),
        (10, {"a": 1, "c": 8}),
        (1, {"a": 1, "c": 0}),
    ],
)
def test_columns_leave_by_priority_and_the_growing_one_takes_the_rest(width: int, expected: dict[str, int]) -> None:
    places = arrange(WIDE, width, drops=("e", "b"))
    assert {place.column.key: place.width for place in places} == expected


def test_columns_without_a_priority_leave_from_the_right() -> None:
    assert [place.column.key for place in arrange(WIDE, 40)] == ["a", "b", "c"]


def test_growing_columns_share_what_is_left() -> None:
    places = arrange((column("a", 4, grow=True), column("b", 4, grow=True)), 21)
    assert [place.width for place in places] == [10, 9]


def test_fixed_columns_stay_as_they_are_in_a_wide_place() -> None:
    assert [place.width for place in arrange((column("a", 4), column("b", 4)), 80)] == [4, 4]


@pytest.mark.parametrize(
    "text", ["", "plain", "日本語日本語", "e\u0301" * 9, "👍🏽👍🏽", "क्षि" * 4, "\u0600" * 3, "two\nlines\x1b[m"]
)
@pytest.mark.parametrize("width", [0, 1, 2, 5, 9])
def test_a_cell_is_exactly_as_wide_as_its_column(text: str, width: int) -> None:
    assert cell_len(aligned(text, width)) == width
    assert not {"\n", "\x1b"} & set(aligned(text, width))
    assert cell_len(aligned(text, width, "right")) == width
