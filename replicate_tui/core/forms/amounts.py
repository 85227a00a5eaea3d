"""Numbers, and the lengths of texts and lists, judged by the bounds of their Field."""

from replicate_tui.core.forms import numerals
from replicate_tui.core.forms.field import Field
from replicate_tui.core.forms.numerals import plain
from replicate_tui.core.forms.refusal import Refused, given


def refuse_amount(field: Field, amount: int, unit: str) -> None:
    """Judge the length of a text or a list. Raises Refused."""
    if field.minimum is not None and amount < field.minimum:
        raise Refused(f"must have at least {_units(field.minimum, unit)}, not {amount:,}", "length")
    if field.maximum is not None and amount > field.maximum:
        raise Refused(f"must have at most {_units(field.maximum, unit)}, not {amount:,}", "length")


def _units(bound: float, unit: str) -> str:
    return f"{plain(bound)} {unit}{'' if bound == 1 else 's'}"


def _within_bounds(field: Field, found: float, raw: object) -> float:
    if field.minimum is not None and found < field.minimum:
        raise Refused(f"must be at least {plain(field.minimum)} {given(raw)}", "range")
    if field.maximum is not None and found > field.maximum:
        raise Refused(f"must be at most {plain(field.maximum)} {given(raw)}", "range")
    return found


def integer(field: Field, raw: object) -> float:
    """`raw` as a whole number that the field takes. Raises Refused."""
    found = numerals.whole(raw)
    if found is None:
        raise Refused(f"must be a whole number {given(raw)}")
    return _within_bounds(field, found, raw)


def number(field: Field, raw: object) -> float:
    """`raw` as a number that the field takes. Raises Refused."""
    found = numerals.number(raw)
    if found is None:
        raise Refused(f"must be a number {given(raw)}")
    return _within_bounds(field, found, raw)
