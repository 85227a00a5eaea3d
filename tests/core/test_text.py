"""Text on its way to a person."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from replicate_tui.core import text

BOUNDED = settings(derandomize=True, max_examples=200, deadline=None)
HOSTILE = st.text(st.sampled_from("\x1b[]0;31m\x07\x9b\x9d\\P\r\n\t\x00\u202e\u200b\ufeff\ud800aé日👍"), max_size=40)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b[?25lhidden cursor", "hidden cursor"),
        ("\x1b]0;window title\x07after", "after"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;c3RlYWw=\x07clipboard", "clipboard"),
        ("\x1bPdevice\x1b\\after", "after"),
        ("\x1b]0;never closed\nnext line stays", "\nnext line stays"),
        ("\x1bcreset", "reset"),
        ("\x1b(0charset", "charset"),
        ("cut off \x1b[31", "cut off "),
        ("\x1b\x1b[31m[31m", "[31m"),
        ("\x9b31mred", "red"),
        ("\x9d0;title\x9cafter", "after"),
        ("a quote read as latin-1: â\x80\x9dstays", "a quote read as latin-1: âstays"),
        ("bell\x07 back\x08 nul\x00 del\x7f", "bell back nul del"),
        ("tab\there", "tab    here"),
        ("dos\r\nmac\rpage\x0cseparator\u2028end", "dos\nmac\npage\nseparator\nend"),
        ("\u202eevil\u202c \u2066iso\u2069 \u200fmark", "evil iso mark"),
        ("zero\u200bwidth\u200d\ufeff", "zerowidth"),
        ("soft\u00adhyphen \u3164filler", "softhyphen filler"),
        ("heart \u2764\ufe0f", "heart \u2764"),
        ("tag\U000e0041\U000e0042s", "tags"),
        ("lone \ud83d surrogate", "lone \ufffd surrogate"),
        ("[bold]markup[/bold] <tag> stays", "[bold]markup[/bold] <tag> stays"),
        ("עברית 日本語 é", "עברית 日本語 é"),
    ],
)
def test_clean_drops_what_acts_on_a_terminal_or_hides_and_keeps_the_rest(raw: str, shown: str) -> None:
    assert text.clean(raw) == shown


@BOUNDED
@given(st.one_of(st.text(max_size=60), HOSTILE))
@example("\r\x00\n")
def test_clean_text_is_harmless_stays_clean_and_hardly_grows(raw: str) -> None:
    shown = text.clean(raw)
    assert text.clean(shown) == shown
    assert len(shown) <= len(raw) * len(text.TAB)
    assert not any(ord(one) < 32 and one != "\n" for one in shown)
    assert not any(0x7F <= ord(one) < 0xA0 or 0xD800 <= ord(one) < 0xE000 for one in shown)
    shown.encode()


@BOUNDED
@given(st.text(st.characters(exclude_categories=["Cs"], codec="ascii"), max_size=60))
def test_printable_ascii_is_left_as_it_is(raw: str) -> None:
    printable = "".join(one for one in raw if one.isprintable())
    assert text.clean(printable) == printable


@pytest.mark.parametrize(
    ("raw", "shown"), [("  a\n\tb  c \r\n", "a b c"), ("", ""), ("\n\n", ""), ("one\u3000two", "one two")]
)
def test_one_line_folds_white_space(raw: str, shown: str) -> None:
    assert text.one_line(raw) == shown


@pytest.mark.parametrize(
    ("raw", "cells"),
    [
        ("", 0),
        ("abc", 3),
        ("日本", 4),
        ("e\u0301", 1),
        ("👍🏽", 2),
        ("ｱ", 1),
        ("Ａ", 2),
        ("नि", 1),
        ("한", 2),
        ("🫨", 2),
    ],
)
def test_width_is_counted_in_cells(raw: str, cells: int) -> None:
    assert text.cell_width(raw) == cells


@BOUNDED
@given(st.text(st.sampled_from("aé日本한ｱＡ👍🏽\u0301न☰❤→…█ⅷΩж‘“עא🚀"), max_size=30))
def test_width_agrees_with_the_screen_that_shows_it(raw: str) -> None:
    assert text.cell_width(raw) == cell_len(raw)


@pytest.mark.parametrize(
    ("raw", "width", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        ("abc", -3, ""),
        ("", 0, ""),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
    ],
)
def test_fit_cuts_between_whole_characters(raw: str, width: int, shown: str) -> None:
    assert text.fit(raw, width) == shown


@BOUNDED
@given(st.text(st.sampled_from("ab日👍\u0301é "), max_size=20), st.integers(0, 12))
def test_padded_text_has_exactly_its_width(raw: str, width: int) -> None:
    assert text.cell_width(text.fit(raw, width)) <= width
    assert text.cell_width(text.pad(raw, width)) == width
    assert text.cell_width(text.pad(raw, width, "right")) == width


def test_pad_aligns_to_either_side() -> None:
    assert text.pad("日", 4) == "日  "
    assert text.pad("7", 4, "right") == "   7"


HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""),
        (float("nan"), ""),
        (-40, "now"),
        (0, "now"),
        (59.9, "now"),
        (60, "1 min"),
        (HOUR - 1, "59 min"),
        (3 * HOUR, "3 h"),
        (DAY - 1, "23 h"),
        (DAY, "yesterday"),
        (2 * DAY, "2 d"),
        (29 * DAY, "29 d"),
        (100 * DAY, "3 mo"),
        (364 * DAY, "11 mo"),
        (800 * DAY, "2 y"),
    ],
)
def test_age(seconds: float | None, shown: str) -> None:
    assert text.age(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""),
        (float("inf"), ""),
        (-1, "0.0s"),
        (0.84, "0.8s"),
        (9.96, "10s"),
        (12.4, "12s"),
        (59.7, "1m 00s"),
        (185, "3m 05s"),
        (3599.8, "1h 00m"),
        (3720, "1h 02m"),
        (26 * HOUR + 600, "26h 10m"),
    ],
)
def test_duration(seconds: float | None, shown: str) -> None:
    assert text.duration(seconds) == shown


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        (None, ""),
        (float("nan"), ""),
        (0, "≈ $0.00"),
        (-0.0, "≈ $0.00"),
        (0.0021, "≈ $0.0021"),
        (0.00002, "≈ $0.000020"),
        (1e-6, "≈ $0.0000010"),
        (9.9e-7, "< $0.000001"),
        (1e-320, "< $0.000001"),
        (0.0999, "≈ $0.10"),
        (0.5, "≈ $0.50"),
        (12.3, "≈ $12.30"),
        (-0.5, "≈ -$0.50"),
        (999.99, "≈ $999.99"),
        (999.999, "≈ $1,000"),
        (12_345.67, "≈ $12,346"),
        (999_999.4, "≈ $999,999"),
        (999_999.5, "≈ $1M"),
        (3_210_000, "≈ $3.2M"),
        (4e12, "≈ $4T"),
        (1e15, "> $999T"),
        (1e308, "> $999T"),
        (float("inf"), "> $999T"),
    ],
)
def test_money(usd: float | None, shown: str) -> None:
    assert text.money(usd) == shown


@BOUNDED
@given(st.floats(0.0, allow_nan=False))
def test_money_is_short_whatever_it_is(usd: float) -> None:
    assert len(text.money(usd)) <= 12


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        (0.0, "$0.00"),
        (-0.0, "$0.00"),
        (5.0, "$5.00"),
        (0.5, "$0.50"),
        (0.003, "$0.003"),
        (0.000225, "$0.000225"),
        (1e-9, "$0.000000001"),
        (1234.567, "$1,234.567"),
        (1_000_000.0, "$1,000,000.00"),
        (1e22, "$10,000,000,000,000,000,000,000.00"),
    ],
)
def test_what_a_person_named_in_dollars_has_all_its_digits(usd: float, shown: str) -> None:
    assert text.exact_dollars(usd) == shown


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (0, "0"),
        (950, "950"),
        (1000, "1k"),
        (1234, "1.2k"),
        (9960, "10k"),
        (22_400, "22k"),
        (999_499, "999k"),
        (999_950, "1M"),
        (84_100_000, "84.1M"),
        (696_396_241, "696M"),
        (2_740_000_000, "2.7B"),
        (10**18, "1000000T"),
        (-1500, "-1.5k"),
    ],
)
def test_count(n: int, shown: str) -> None:
    assert text.count(n) == shown


@pytest.mark.parametrize(
    ("n", "shown"), [(None, ""), (0, "0 B"), (999, "999 B"), (2_100_000, "2.1 MB"), (340_000_000, "340 MB")]
)
def test_size(n: int | None, shown: str) -> None:
    assert text.size(n) == shown


@pytest.mark.parametrize(
    ("version", "shown"),
    [
        (None, ""),
        ("5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa", "5c7d5dc6"),
        ("owner/name:5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa", "5c7d5dc6"),
        ("hidden", "hidden"),
        ("evil\x1b[31m", "evil"),
    ],
)
def test_short_version(version: str | None, shown: str) -> None:
    assert text.short_version(version) == shown


@pytest.mark.parametrize(
    ("number", "seconds", "words"),
    [
        (0, 3.0, ""),
        (3, 8.2, "3 waiting, next in 9s"),
        (1, 0.0, "1 waiting"),
        (1, None, "1 waiting, paused"),
    ],
)
def test_a_queue_in_words(number: int, seconds: float | None, words: str) -> None:
    assert text.waiting(number, seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(None, ""), (-1.0, "again in 0s"), (11.1, "again in 12s")])
def test_the_next_try_in_words(seconds: float | None, words: str) -> None:
    assert text.next_try(seconds) == words


@pytest.mark.parametrize(
    ("usd", "priced", "unpriced", "words"),
    [
        (0.0, 0, 0, ""),
        (0.42, 3, 0, "≈ $0.42 today"),
        (0.42, 3, 2, "≈ $0.42 today, 2 unpriced"),
        (0.0, 0, 2, "2 unpriced"),
    ],
)
def test_what_was_spent_today_in_words(usd: float, priced: int, unpriced: int, words: str) -> None:
    assert text.spent(usd, priced, unpriced) == words
