"""Text on its way to a person: made harmless, measured in terminal cells, and amounts in short words.

Whatever came over the network passes `clean` before it is shown. Raw text stays raw everywhere else.
"""

import math
import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

ELLIPSIS: Final = "…"
TAB: Final = "    "

# An 8-bit introducer counts only with its parameters: wrongly decoded text is full of lone ones.
_SEQUENCE: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]?"  # control sequences: colours, cursor moves
    r"|\x9b[0-?]+[ -/]*[@-~]"
    r"|\x1b[\]PX^_][^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # titles, links, clipboard, device strings
    r"|\x9d[0-9]+;[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]?"  # everything else that starts with escape
)
_LINE_ENDS: Final = "\r\x0b\x0c\u2028\u2029"
_BROKEN: Final = "\ud800-\udfff\ufffe\uffff"
_CONTROLS: Final = "\x00-\x08\x0e-\x1f\x7f-\x9f"
# Bidi marks, zero-width characters, fillers, variation selectors, interlinear marks, tags.
_INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_LINE_END: Final = re.compile(f"\r\n|[{_LINE_ENDS}]")
_SURROGATE: Final = re.compile(f"[{_BROKEN}]")
_UNSEEN: Final = re.compile(f"[{_CONTROLS}{_INVISIBLE}]")
_NEEDS_WORK: Final = re.compile(f"[\t{_LINE_ENDS}{_BROKEN}{_CONTROLS}{_INVISIBLE}]")


def clean(text: str) -> str:
    """`text` without anything that acts on a terminal or hides from the reader.

    Escape sequences, control characters, bidi and zero-width characters are dropped, tabs become four
    spaces, every kind of line end becomes a newline, lone surrogates become U+FFFD. Idempotent.
    """
    if _NEEDS_WORK.search(text) is None:
        return text
    text = _SEQUENCE.sub("", text)
    text = _LINE_END.sub("\n", text)
    text = _UNSEEN.sub("", text.replace("\t", TAB))
    return _SURROGATE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """`text` cleaned, on one line: runs of white space become one space, the ends are trimmed."""
    return " ".join(clean(text).split())


_WIDE_SYMBOLS: Final = ((0x2630, 0x2637), (0x268A, 0x268F), (0x4DC0, 0x4DFF), (0x1D300, 0x1D376))
_NOT_YET_ASSIGNED_WIDE: Final = ((0x1F680, 0x1F6FF), (0x1F900, 0x1FAFF), (0x20000, 0x3FFFD))
_ZERO_WIDTH: Final = (
    (0x1160, 0x11FF),
    (0xD7B0, 0xD7FF),
    (0x3164, 0x3164),
    (0xFFA0, 0xFFA0),
    (0x1F3FB, 0x1F3FF),
)


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


@lru_cache(maxsize=4096)
def _character_width(character: str) -> int:
    code = ord(character)
    category = unicodedata.category(character)
    if category in ("Mn", "Mc", "Me", "Cc", "Cf", "Zl", "Zp") or _within(code, _ZERO_WIDTH):
        return 0
    if category == "Cn":  # newer than this Python's tables, which call every unassigned character wide
        return 2 if _within(code, _NOT_YET_ASSIGNED_WIDE) else 1
    wide = unicodedata.east_asian_width(character) in "WF" or _within(code, _WIDE_SYMBOLS)
    return 2 if wide else 1


def cell_width(text: str) -> int:
    """How many terminal cells cleaned `text` takes: wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


def fit(text: str, width: int) -> str:
    """`text` in at most `width` cells; what was cut off at its end is marked by "…"."""
    if cell_width(text) <= width:
        return text
    if width <= 0:
        return ""
    room = width - 1
    for end, character in enumerate(text):
        room -= _character_width(character)
        if room < 0:
            return text[:end] + ELLIPSIS
    return text


def pad(text: str, width: int, align: Literal["left", "right"] = "left") -> str:
    """`text` in exactly `width` cells: cut as by `fit`, or filled with spaces."""
    text = fit(text, width)
    space = " " * (width - cell_width(text))
    return space + text if align == "right" else text + space


_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400
_THOUSAND: Final = 1_000
_MILLION: Final = 999_999.5
"""What is no longer said to the dollar."""
_LEAST_SHOWN: Final = 1e-6
_MOST_SHOWN: Final = 1e15
_UNITS: Final = ("", "k", "M", "B", "T")


def age(seconds: float | None) -> str:
    """How long ago something was: "now", "2 min", "3 h", "yesterday", "5 d", "3 mo"; "" if unknown.

    A negative age (the other clock is ahead) is "now".
    """
    if seconds is None or not math.isfinite(seconds):
        return ""
    if seconds < _MINUTE:
        return "now"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)} h"
    days = int(seconds // _DAY)
    if days == 1:
        return "yesterday"
    if days < 30:
        return f"{days} d"
    return f"{min(days // 30, 11)} mo" if days < 365 else f"{days // 365} y"


def moment(when: datetime | None) -> str:
    """A moment on the user's clock, to the second; in UTC where their clock cannot say it; "" for None."""
    if when is None:
        return ""
    try:
        return when.astimezone().isoformat(" ", "seconds")
    except (OverflowError, OSError):
        return when.isoformat(" ", "seconds")


def duration(seconds: float | None) -> str:
    """How long something took: "0.8s", "12s", "3m 05s", "1h 02m"; "" if unknown."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02d}s"
    return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02d}m"


def waiting(number: int, seconds: float | None) -> str:
    """How many runs wait for their turn, and for how long the next one does; None while none is given.

    "3 waiting, next in 9s"; "" if none waits.
    """
    if not number:
        return ""
    if seconds is None:
        return f"{number} waiting, paused"
    return f"{number} waiting, next in {math.ceil(seconds)}s" if seconds >= 1 else f"{number} waiting"


def spent(usd: float, priced: int, unpriced: int) -> str:
    """What was spent today as far as it is known: "≈ $0.42 today, 3 unpriced"; "" if nothing ran."""
    told = [f"{money(usd)} today"] if priced else []
    return ", ".join([*told, f"{unpriced} unpriced"] if unpriced else told)


def next_try(seconds: float | None) -> str:
    """When something is tried again: "again in 12s"; "" if that is not planned."""
    return "" if seconds is None else f"again in {max(0, math.ceil(seconds))}s"


def money(usd: float | None) -> str:
    """An estimate in US dollars: "≈ $0.0021", "≈ $12.30", "≈ $3.2M", "< $0.000001"; "" if unknown."""
    if usd is None or math.isnan(usd):
        return ""
    short = dollars(usd)
    return short if short[0] in "<>" else f"≈ {short}"


def dollars(usd: float) -> str:
    """An amount of US dollars, short: "$0.0021", "$12.30", "$1,235", "$3.2M"; "< $0.000001" and "> $999T" beyond that.

    Two decimals, or as many as the first two digits that matter need; none from a thousand on.
    """
    sign, amount = "-" if usd < 0 else "", abs(usd)
    if amount >= _MOST_SHOWN:
        return f"> {sign}$999T"
    if amount >= _MILLION:
        return f"{sign}${_scaled(round(amount), _UNITS, tenths_below={})}"
    if round(amount, 2) >= _THOUSAND:
        return f"{sign}${amount:,.0f}"
    if 0 < amount < _LEAST_SHOWN:
        return f"< {sign}${_LEAST_SHOWN:.6f}"
    leading = float(f"{amount:.1e}")
    decimals = 1 - math.floor(math.log10(leading)) if 0 < leading < 0.1 else 2
    return f"{sign}${amount:.{decimals}f}"


def exact_dollars(usd: float) -> str:
    """An amount of US dollars that a person or a price list names, with all its digits: "$0.000225", "$5.00"."""
    digits = f"{Decimal(repr(usd + 0.0)):,f}"
    whole, _, cents = digits.partition(".")
    cents = cents.rstrip("0")
    return f"${whole}.{cents:0<2}" if cents else f"${whole}.00"


def counted(n: int, noun: str, nouns: str = "") -> str:
    """A number of things with their name: "1 run", "1,200 runs"; `nouns` where more of them are not called so."""
    return f"{n:,} {noun if n == 1 else nouns or f'{noun}s'}"


def count(n: int) -> str:
    """A number of things, short: "950", "1.2k", "22k", "84.1M", "696M"."""
    return _scaled(n, _UNITS, tenths_below={"k": 10})


def size(n: int | None) -> str:
    """An amount of `n` bytes: "950 B", "2.1 MB", "340 MB"; "" if unknown."""
    return "" if n is None else _scaled(n, (" B", " kB", " MB", " GB", " TB"), tenths_below={})


def _scaled(n: int, units: tuple[str, ...], tenths_below: dict[str, int]) -> str:
    """`n` in the largest unit that keeps it at least one, with one decimal while it is below 100."""
    sign, amount = ("-", -n) if n < 0 else ("", n)
    if amount < 1000:
        return f"{sign}{amount}{units[0]}"
    for power, unit in enumerate(units[1:], start=1):
        scaled = amount / 1000**power
        limit = tenths_below.get(unit, 100)
        shown = f"{scaled:.1f}" if round(scaled, 1) < limit else f"{scaled:.0f}"
        if float(shown) < 1000 or unit == units[-1]:
            return f"{sign}{shown.removesuffix('.0')}{unit}"
    raise AssertionError("the last unit takes every amount")


LONGEST_REASON: Final = 600
"""Characters of a reason; an error may be a whole traceback."""

_TRACEBACK: Final = "Traceback (most recent call last)"


def reason(error: str) -> str:
    """The line of an error that tells what happened: of a traceback the last, otherwise the first."""
    lines = [line for line in clean(error).splitlines() if line.strip()]
    if not lines:
        return ""
    is_traceback = any(line.startswith(_TRACEBACK) for line in lines)
    return fit(one_line(lines[-1] if is_traceback else lines[0]), LONGEST_REASON)


def short_version(version: str | None) -> str:
    """A version id as shown in lists: its first eight hexadecimal digits; other texts as they are."""
    if version is None:
        return ""
    digits = version.rpartition(":")[2]
    return digits[:8] if re.fullmatch("[0-9a-fA-F]{9,}", digits) else one_line(version)
