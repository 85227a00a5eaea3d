"""A run's log as lines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replicate_tui.core.logs import Change, Tail, joined, lines, progress

BOUNDED = settings(derandomize=True, max_examples=200, deadline=None)
LONG = [f"step {number} of a long log" for number in range(100_000)]
LOGS = st.text(st.sampled_from("ab%1 \r\n\x1b[m"), max_size=60)


@pytest.mark.parametrize(
    ("logs", "shown"),
    [
        ("", []),
        ("one\ntwo\n", ["one", "two"]),
        ("one\ntwo", ["one", "two"]),
        ("one\n\nthree\n", ["one", "", "three"]),
        ("dos\r\nends\r\n", ["dos", "ends"]),
        (" 0%| | 0/4\r 50%|## | 2/4\r100%|####| 4/4\ndone\n", ["100%|####| 4/4", "done"]),
        ("50%|##\r", ["50%|##"]),
        ("50%|##\r      \r\nnext", ["50%|##", "next"]),
        ("\x1b[32mgreen\x1b[0m\n", ["green"]),
        ("\x1b]0;open title\nnext\n", ["", "next"]),
        ("ends in colour\n\x1b[0m", ["ends in colour"]),
    ],
)
def test_lines_show_what_a_terminal_would_be_left_with(logs: str, shown: list[str]) -> None:
    assert lines(logs) == shown


@pytest.mark.parametrize(
    ("logs", "done"),
    [
        ("", None),
        ("loading weights\n", None),
        ("  0%|          | 0/4\n", 0.0),
        ("  0%|          | 0/4\r 25%|##5       | 1/4 [00:01<00:03]", 0.25),
        ("Progress: 40 %\n", 0.4),
        ("12.5%\n", 0.125),
        ("100%|####| 4/4\nsaving\n", 1.0),
        ("\x1b[32m75%|###\x1b[0m", 0.75),
        ("scaled by 250%\n", None),
        ("50%\nscaled by 250%\n", 0.5),
        ("version 1.23.45%\n", None),
        ("step 15/20 | loss 0.2\n", 0.75),
        ("Epoch 1 of 4: done\n", 0.25),
        ("10%\nstep 1/2\n", 0.5),
        ("step 1/2\n10%\n", 0.1),
        ("step 9/4\n", None),
        ("step 1/0\n", None),
        ("a 3/4 view\n", None),
    ],
)
def test_progress_is_the_last_percentage(logs: str, done: float | None) -> None:
    assert progress(logs) == done


def test_progress_looks_only_at_the_tail() -> None:
    assert progress("50%|#\n" + "x" * 10_000) is None


def test_a_tail_tells_only_what_is_new() -> None:
    tail = Tail()
    assert tail.feed("") == Change("append", (), "")
    assert tail.feed("one\ntw") == Change("append", ("one",), "tw")
    assert tail.feed("one\ntwo\n") == Change("append", ("two",), "")
    assert tail.feed("one\ntwo\n") == Change("append", (), "")


def test_a_progress_bar_stays_pending_until_its_line_ends() -> None:
    tail = Tail()
    assert tail.feed(" 0%|\r") == Change("append", (), " 0%|")
    assert tail.feed(" 0%|\r 50%|#") == Change("append", (), " 50%|#")
    assert tail.feed(" 0%|\r 50%|#\r100%|##\n") == Change("append", ("100%|##",), "")


def test_a_window_that_slid_goes_on_where_it_was() -> None:
    written = "".join(f"step {n} of a long log\n" for n in range(20))
    tail = Tail()
    tail.feed(written[:300])
    change = tail.feed(written[100:])
    assert change.kind == "append"
    assert [*lines(written[:300])[:-1], *change.lines] == lines(written)


@pytest.mark.parametrize("window", [None, 600_000], ids=["kept whole", "kept as a window that slides"])
def test_a_hundred_thousand_lines_are_told_complete_and_once(window: int | None) -> None:
    written = "".join(f"{line}\n" for line in LONG)
    tail, known, shown = Tail(), "", list[str]()
    for end in range(0, len(written) + 123_457, 123_457):
        logs = written[:end][-window if window else 0 :]
        change = tail.feed(logs)
        assert change.kind == "append"
        shown.extend(change.lines)
        both = joined(known, logs)
        assert both is not None
        known = both
    assert shown == LONG
    assert known == written


def test_a_window_that_slid_past_what_was_seen_joins_nothing() -> None:
    written = "".join(f"{line}\n" for line in LONG[:1000])
    tail = Tail()
    tail.feed(written[:5000])
    assert tail.feed(written[6000:]).kind == "reset"
    assert joined(written[:5000], written[6000:]) is None


def test_a_window_that_slid_within_its_unfinished_line_keeps_that_line_whole() -> None:
    tail = Tail()
    tail.feed("first\n" + "a long unfinished line that goes on and on and on")
    change = tail.feed("unfinished line that goes on and on and on to its end\n")
    assert change == Change("append", ("a long unfinished line that goes on and on and on to its end",), "")


@pytest.mark.parametrize(
    "replacement",
    ["another run\nentirely\n", "first\n", "", "short", "first line\nwas changed\n" * 3],
    ids=["other", "shorter", "emptied", "short", "rewritten"],
)
def test_a_log_that_was_replaced_is_a_reset(replacement: str) -> None:
    tail = Tail()
    tail.feed("first line\nsecond line\nthird line\n" * 3)
    change = tail.feed(replacement)
    assert change.kind == "reset"
    assert [*change.lines, *([change.pending] if change.pending else [])] == lines(replacement)


def test_a_log_that_repeats_itself_does_not_take_for_ever() -> None:
    tail = Tail()
    tail.feed("=" * 200_000)
    assert tail.feed("=" * 100_000 + "-").kind in ("append", "reset")


@BOUNDED
@given(LOGS, st.lists(st.integers(0, 60), max_size=5))
def test_a_log_fed_in_pieces_shows_the_same_lines_as_the_whole(logs: str, cuts: list[int]) -> None:
    tail, shown, pending = Tail(), list[str](), ""
    for cut in [*sorted(cuts), len(logs)]:
        change = tail.feed(logs[:cut])
        assert change.kind == "append"
        shown.extend(change.lines)
        pending = change.pending
    assert shown + ([pending] if pending else []) == lines(logs)


def test_of_a_long_log_only_the_last_lines_are_read() -> None:
    tail = Tail()
    tail.feed("one\ntw")
    change = tail.feed("one\ntwo\nthree\nfour\nfi", 2)
    assert (change.kind, change.lines, change.pending, change.skipped) == ("append", ("three", "four"), "fi", 1)
    change = tail.feed("another\nlog\nthan\nbefore", 3)
    assert (change.kind, change.lines, change.pending, change.skipped) == (
        "reset",
        ("another", "log", "than"),
        "before",
        0,
    )
