"""Rows as lines of text."""

import pytest

from replicate_tui.cli.table import fitted, lines
from replicate_tui.core.columns import Cell, Column

Row = tuple[str, str, str]

COLUMNS: tuple[Column[Row], ...] = (
    Column("name", "name", 10, lambda row: Cell(row[0], "strong")),
    Column("what", "what", 10, lambda row: Cell(row[1]), grow=True),
    Column("size", "size", 5, lambda row: Cell(row[2]), align="right"),
)
ROWS = [("a", "short", "1"), ("longer", "a rather long description of it", "22")]


def test_columns_are_as_wide_as_their_widest_cell_and_nothing_is_cut_without_a_terminal() -> None:
    assert lines(COLUMNS, ROWS, room=None, colour=False) == [
        "name    what                             size",
        "a       short                               1",
        "longer  a rather long description of it    22",
    ]


def test_a_growing_column_gives_way_to_the_terminals_width() -> None:
    assert lines(COLUMNS, ROWS, room=30, colour=False)[2] == "longer  a rather long d…    22"


def test_columns_are_left_out_from_the_right_where_nothing_else_helps() -> None:
    assert lines(COLUMNS, ROWS, room=22, colour=False)[2] == "longer  a rather long…"


def test_wide_characters_are_measured_in_cells() -> None:
    first, second = lines(COLUMNS, [("漢字", "x", "1"), ("abcd", "y", "2")], room=None, colour=False)[1:]
    assert first == "漢字  x        1"
    assert second == "abcd  y        2"


def test_colours_are_only_there_when_they_are_wanted() -> None:
    assert "\x1b[1ma     \x1b[0m" in lines(COLUMNS, ROWS, room=None, colour=True)[1]
    assert "\x1b" not in "".join(lines(COLUMNS, ROWS, room=None, colour=False))


@pytest.mark.parametrize("room", [0, 1, 10, 40, 200])
def test_something_is_left_whatever_the_width(room: int) -> None:
    widths = fitted([26, 17, 9, 80, 6], [False, False, False, True, False], room)
    assert widths
    assert len(widths) == 1 or sum(widths) + 2 * (len(widths) - 1) <= room
