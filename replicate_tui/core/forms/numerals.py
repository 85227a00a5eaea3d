"""Numbers as people and documents write them, read exactly: nothing is rounded on the way."""

import math
import re
from decimal import Decimal
from typing import Final

_MOST_DIGITS: Final = 400
_MOST_BITS: Final = _MOST_DIGITS * 4
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?\d+(?:_\d+)*", re.ASCII)


def is_too_long(raw: object) -> bool:
    """Whether `raw` is a whole number with more digits than anything means."""
    return isinstance(raw, int) and raw.bit_length() > _MOST_BITS


def exact(raw: object) -> Decimal | None:
    """The number that `raw` is or spells, exactly; None for booleans and everything else."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str) or is_too_long(raw):
        return None
    text = str(raw).strip()
    return Decimal(text) if len(text) <= _MOST_DIGITS and _NUMBER.fullmatch(text) else None


def whole(raw: object) -> int | None:
    """The whole number that `raw` is or spells ("512", "1_000", "7.0", "1e3"); None if it is none."""
    number = exact(raw)
    if number is None or number.adjusted() > _MOST_DIGITS:
        return None
    numerator, denominator = number.as_integer_ratio()
    return numerator if denominator == 1 else None


def number(raw: object) -> int | float | None:
    """The finite number that `raw` is or spells, an int where it is written as one; None if it is none."""
    if exact(raw) is None:
        return None
    if isinstance(raw, str):
        raw = int(raw) if _WHOLE.fullmatch(raw.strip()) else float(raw)
    if isinstance(raw, float) and not math.isfinite(raw):
        return None
    return raw if isinstance(raw, int | float) else None


def plain(amount: int | float) -> str:
    """`amount` as a person writes it: without the ".0" of a whole number."""
    if is_too_long(amount):
        return "a very long number"
    short = isinstance(amount, float) and amount.is_integer() and abs(amount) < 1e15
    return str(int(amount)) if short else str(amount)
