"""Walks through a list of runs: whatever comes in between, in the end every run has been read."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from replicate_tui.core.watching.walks import MOST_EMPTY, Walk, Walks, begun, joined, kept

END = None


# -- claims ------


def test_page_one_claims_what_it_shows_and_leads_on() -> None:
    assert begun([9.0, 8.0, 7.0], "c") == Walk(9.0, 7.0, "c")


def test_a_page_more_makes_the_claim_deeper() -> None:
    assert begun([9.0, 8.0], "c").after([7.0, 6.0], "d") == Walk(9.0, 6.0, "d")


def test_a_run_that_does_not_tell_its_moment_is_between_its_neighbours() -> None:
    assert begun([None, 8.0, None], "c") == Walk(8.0, 8.0, "c")


def test_a_page_on_which_no_run_tells_its_moment_has_no_place_until_a_later_one_does() -> None:
    nowhere = begun([None, None], "c")
    assert not nowhere.placed
    assert nowhere.after([], "d").after([None, 5.0, 4.0], "e") == Walk(5.0, 4.0, "e")


def test_two_claims_that_meet_are_one() -> None:
    assert joined([Walk(5.0, 2.0, "old"), Walk(9.0, 4.0, "new")]) == (Walk(9.0, 2.0, "old"),)


def test_two_claims_with_something_between_them_stay_two_the_newer_first() -> None:
    older, newer = Walk(5.0, 2.0, "old"), Walk(9.0, 6.0, "new")
    assert joined([older, newer]) == (newer, older)


def test_claims_that_touch_in_one_moment_stay_two_as_more_runs_may_be_of_it() -> None:
    older, newer = Walk(5.0, 2.0, "old"), Walk(9.0, 5.0, "new")
    assert joined([older, newer]) == (newer, older)


def test_a_claim_inside_another_adds_nothing() -> None:
    assert joined([Walk(9.0, 2.0, "deep"), Walk(7.0, 5.0, "inside")]) == (Walk(9.0, 2.0, "deep"),)


def test_a_claim_down_to_the_end_holds_all_older_ones() -> None:
    assert joined([Walk(9.0, 8.0, END), Walk(5.0, 2.0, "old")]) == (Walk(9.0, 8.0, END),)


def test_a_claim_that_meets_one_down_to_the_end_is_at_the_end() -> None:
    assert joined([Walk(9.0, 3.0, "new"), Walk(5.0, 4.0, END)]) == (Walk(9.0, 3.0, END),)


CLAIMS = st.builds(
    lambda top, length, cursor: Walk(top, top - length, cursor),
    st.integers(0, 20).map(float),
    st.integers(0, 8).map(float),
    st.none() | st.sampled_from("abc"),
)


@settings(deadline=None)
@given(st.lists(CLAIMS, max_size=6))
def test_what_is_joined_cannot_be_joined_further_and_is_newest_first(claims: list[Walk]) -> None:
    once = joined(claims)
    assert joined(once) == once
    tops = [walk.top for walk in once]
    assert tops == sorted(tops, reverse=True)


# -- where to go on ------


def test_with_page_one_being_the_whole_list_there_is_nothing_to_read() -> None:
    assert Walks().told(begun([3.0, 2.0], END)).cursor is None


def test_an_empty_list_leaves_nothing_to_read() -> None:
    assert Walks().told(begun([], END)).cursor is None


def test_a_walk_goes_on_where_an_earlier_one_was_left() -> None:
    earlier = Walks().told(begun([9.0, 8.0], "8")).read([7.0, 6.0], "6")
    again = Walks().told(begun([11.0, 10.0], "10")).united(earlier.placed)
    assert again.cursor == "10"
    met = again.read([9.0, 8.0], "8'")
    assert met.cursor == "6"
    assert met.placed == (Walk(11.0, 6.0, "6"),)


def test_new_runs_that_page_one_tells_in_time_cost_no_page_more() -> None:
    walks = Walks().told(begun([9.0, 8.0], "8")).read([7.0], END)
    assert walks.told(begun([10.0, 9.0, 8.0], "8")).cursor is None


def test_a_page_that_leads_to_itself_ends_the_walk_for_now() -> None:
    walks = Walks().told(begun([9.0], "x")).read([8.0], "x")
    assert walks.cursor is None
    assert walks.placed[0].cursor == "x", "the next start tries again"


def test_pages_that_lead_round_in_a_circle_end_the_walk() -> None:
    walks = Walks().told(begun([9.0], "a")).read([8.0], "b").read([7.0], "c").read([6.0], "a")
    assert walks.cursor is None


def test_a_few_empty_pages_are_passed_and_endless_ones_end_the_walk() -> None:
    walks = Walks().told(begun([9.0], "0"))
    for number in range(1, MOST_EMPTY):
        walks = walks.read([], str(number))
        assert walks.cursor == str(number)
    assert walks.read([], "more").cursor is None


def test_a_refused_cursor_begins_anew_once() -> None:
    walks = Walks().told(begun([9.0], "bad")).united([Walk(5.0, 4.0, "old")]).refused()
    assert walks.placed == ()
    assert walks.cursor is None, "until page one tells"
    again = walks.told(begun([9.0], "bad"))
    assert again.cursor == "bad"
    assert again.refused().cursor is None
    assert again.refused().told(begun([9.0], "bad")).cursor is None


# -- with an account's list ------


@dataclass
class Account:
    """A list of runs, newest first: how old each is, and what it tells of that."""

    size: int
    runs: list[tuple[int, float | None]] = field(default_factory=list)
    moment: float = 0.0

    def add(self, gaps: Sequence[tuple[int, bool]]) -> None:
        """New runs, each so long after the one before, which tell their moment or not."""
        for gap, tells in gaps:
            self.moment += gap
            self.runs.insert(0, (len(self.runs), self.moment if tells else None))

    def page(self, cursor: str | None) -> tuple[list[int], list[float | None], str | None]:
        """The runs behind the one that the cursor names: ids, moments, the next cursor."""
        begin = 0 if cursor is None else [str(number) for number, _ in self.runs].index(cursor) + 1
        shown = self.runs[begin : begin + self.size]
        more = begin + self.size < len(self.runs)
        return [number for number, _ in shown], [moment for _, moment in shown], str(shown[-1][0]) if more else None


@dataclass
class Reader:
    """A program that is killed and started again: what it read, and what it had written down of its walks."""

    account: Account
    known: set[int] = field(default_factory=set)
    disk: tuple[Walk, ...] = ()
    walks: Walks = field(default_factory=Walks)
    pages: int = 0

    def start(self) -> None:
        self.walks = Walks()
        self.look()

    def look(self, *, killed: bool = False) -> None:
        """Page one, as it is read every few seconds."""
        self._keep(*self._read(None), first=True, killed=killed)

    def step(self, *, killed: bool = False) -> None:
        if self.walks.cursor is not None:
            self._keep(*self._read(self.walks.cursor), first=False, killed=killed)

    def _read(self, cursor: str | None) -> tuple[list[float | None], str | None]:
        self.pages += 1
        numbers, moments, further = self.account.page(cursor)
        self.known |= set(numbers)
        return moments, further

    def _keep(self, moments: list[float | None], further: str | None, *, first: bool, killed: bool) -> None:
        if killed:
            self.start()
            return
        walks = self.walks.told(begun(moments, further)) if first else self.walks.read(moments, further)
        self.disk = kept(walks.placed, self.walks.placed, self.disk)
        self.walks = walks.united(self.disk)


NEW = st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=7)
EVENTS = st.one_of(
    NEW, st.just("step"), st.just("step"), st.just("look"), st.just("killed"), st.just("killed in a page")
)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 4), st.lists(EVENTS, max_size=40), st.booleans())
def test_whatever_comes_in_between_every_run_is_known_in_the_end(
    size: int, events: list[str | list[tuple[int, bool]]], started_anew: bool
) -> None:
    account = Account(size)
    reader = Reader(account)
    reader.start()
    for event in events:
        match event:
            case list(gaps):
                account.add(gaps)
            case "step":
                reader.step()
            case "look":
                reader.look()
            case "killed":
                reader.start()
            case _:
                reader.step(killed=True)
    if started_anew:
        reader.start()
    else:
        reader.look()
    before = reader.pages
    while reader.walks.cursor is not None:
        reader.step()
        assert reader.pages - before <= len(account.runs) + 2, "it goes round in circles"
    assert reader.known == {number for number, _ in account.runs}


@settings(deadline=None)
@given(st.integers(1, 4), st.integers(0, 30), st.integers(0, 10))
def test_nothing_is_read_twice_but_page_one_and_where_two_walks_meet(size: int, runs: int, steps: int) -> None:
    account = Account(size)
    account.add([(1, True)] * runs)
    reader = Reader(account)
    reader.start()
    for _ in range(steps):
        reader.step()
    reader.start()
    while reader.walks.cursor is not None:
        reader.step()
    assert reader.known == set(range(runs))
    assert reader.pages <= max(1, math.ceil(runs / size)) + 2


def test_a_list_in_which_nothing_tells_its_moment_is_read_to_its_end_and_left_alone() -> None:
    account = Account(2)
    account.add([(1, False)] * 7)
    reader = Reader(account)
    reader.start()
    for _ in range(4):
        reader.step()
        reader.look()
    pages = reader.pages
    reader.step()
    assert reader.pages == pages
    assert reader.known == set(range(7))
