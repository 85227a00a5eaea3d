"""Pages of lists that are in memory."""

from __future__ import annotations

from replicate_tui.local.http.paging import Cursor, slice_of


def test_pages_of_a_list_follow_each_other_both_ways() -> None:
    items = list(range(60))
    first = slice_of(items, None, 25)
    assert (first.results, first.before) == (items[:25], None)
    second = slice_of(items, first.after, 25)
    third = slice_of(items, second.after, 25)
    assert (third.results, third.after) == (items[50:], None)
    assert slice_of(items, third.before, 25).results == items[25:50]
    assert slice_of(items, second.before, 25).results == items[:25]


def test_a_list_that_fits_has_no_other_pages() -> None:
    page = slice_of([1, 2], None, 2)
    assert (page.results, page.before, page.after) == ([1, 2], None, None)


def test_a_place_beyond_the_end_is_an_empty_page() -> None:
    assert slice_of([1, 2], Cursor(99), 2).results == []
