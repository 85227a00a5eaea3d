"""Curves as lines of text: braille dots between two axes, each curve under its number and colour."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from textual.content import Content

from replicate_tui.core.curves import Axis, Curves, Series
from replicate_tui.core.text import fit, one_line

COLOURS: Final = (
    "$primary",
    "$secondary",
    "$success",
    "$warning",
    "$error",
    "$foreground",
    "$accent",
    "$foreground 60%",
)
"""The curves' colours, in their order."""
LEAST_WIDTH: Final = 24
LEAST_LINES: Final = 3
"""Cells across, and lines of the plot, below which there is only the legend."""
ROOMY: Final = 12
"""Lines from which on one is left empty below the legend."""

_MUTED: Final = "$foreground-muted"
_AXIS: Final = "$foreground 35%"
_ACROSS, _DOWN = 2, 4
"""Dots of a cell."""
_DOTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a cell's dots in a braille character, by line and column."""
_BRAILLE: Final = 0x2800
_LINES_PER_TICK: Final = 3
_CELLS_PER_TICK: Final = 16
_LONGEST_NAME: Final = 24


@dataclass(frozen=True, slots=True)
class _Span:
    """The values between two ends, and the marks along them."""

    low: float
    high: float
    ticks: tuple[float, ...]
    show: Callable[[float], str]

    def dot(self, value: float, dots: int) -> int:
        """Where a value is among so many dots."""
        return round((value - self.low) / (self.high - self.low) * (dots - 1))


def chart(curves: Curves, width: int, height: int) -> list[Content]:
    """The curves in so many cells and lines: a legend, and below it the plot as far as there is room for one."""
    legend = _legend(curves, width)
    if height >= ROOMY:
        legend.append(Content(""))
    room = height - len(legend) - 2  # the axis and its numbers
    if not curves.series or width < LEAST_WIDTH or room < LEAST_LINES:
        return legend[:height]
    values = [value for series in curves.series for _, value in series.points]
    places = [place for series in curves.series for place, _ in series.points]
    upright = _span(min(values), max(values), max(2, room // _LINES_PER_TICK))
    gutter = max(len(upright.show(tick)) for tick in upright.ticks) + 1
    columns = width - gutter - 1
    level = _span(min(places), max(places), max(2, columns // _CELLS_PER_TICK), whole=curves.axis != "epoch")
    plot = _Plot(columns, room)
    for number, series in enumerate(curves.series):
        plot.draw(number, _dots(series, level, upright, columns, room))
    for number, series in enumerate(curves.series):
        if len(curves.series) > 1 or len(series.points) == 1:
            mark = str(number + 1) if len(curves.series) > 1 else "●"
            plot.mark(number, _dots(series, level, upright, columns, room)[-1], mark)
    return [*legend, *_framed(plot, upright, gutter), *_foot(level, curves.axis, gutter, columns)]


# -- the legend ------


def _legend(curves: Curves, width: int) -> list[Content]:
    """A line for each curve, or one for several where they fit."""
    several = len(curves.series) > 1
    told = [_told(number, series, curves.axis, several=several) for number, series in enumerate(curves.series)]
    lines: list[list[Content]] = []
    for each in told:
        if lines and sum(one.cell_length + 3 for one in lines[-1]) + each.cell_length <= width:
            lines[-1].append(each)
        else:
            lines.append([each])
    return [Content("   ").join(line) for line in lines]


def _told(number: int, series: Series, axis: Axis, *, several: bool) -> Content:
    place, value = series.lowest
    name = fit(one_line(series.name), _LONGEST_NAME)
    mark = f"{number + 1} " if several else "━ "
    where = f" at {axis} {_short(place)}" if axis != "value" else ""
    lowest = f"  lowest {_short(value)}{where}" if len(series.points) > 1 else ""
    return Content.assemble(
        (mark, f"bold {COLOURS[number]}"),
        (f"{name} ", COLOURS[number]),
        (_short(series.last[1]), "bold"),
        (lowest, _MUTED),
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e6 else f"{value:.4g}"


# -- the axes ------


def _span(low: float, high: float, ticks: int, *, whole: bool = False) -> _Span:
    """The values from low to high with about so many round marks; a single value is in the middle."""
    if high <= low:
        apart = abs(low) * 0.1 or 1.0
        low, high = low - apart, high + apart
    step = _round_step((high - low) / ticks)
    if whole and not step.is_integer():
        step = math.ceil(step) if step < 1 else 2 * step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    marks = tuple(number * step for number in range(first, last + 1)) or (low,)
    return _Span(low, high, marks, _shower(step, high))


def _round_step(rough: float) -> float:
    """The next of 1, 2, 2.5 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next((factor * power for factor in (1.0, 2.0, 2.5, 5.0) if factor * power >= rough), 10.0 * power)


def _shower(step: float, high: float) -> Callable[[float], str]:
    """How numbers so far apart are written."""
    if step < 1e-5 or high >= 1e7:
        return lambda value: f"{value:.1e}"
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if decimals and not (step * 10**decimals).is_integer() and round(step * 10**decimals, 6) % 1:
        decimals += 1
    return lambda value: f"{value:,.{decimals}f}"


def _framed(plot: "_Plot", upright: _Span, gutter: int) -> Iterator[Content]:
    """The lines of the plot behind the upright axis with its numbers."""
    at = {plot.line_of(upright.dot(tick, plot.height * _DOWN)): upright.show(tick) for tick in upright.ticks}
    for number, line in enumerate(plot.lines()):
        label = at.get(number)
        yield Content.assemble(
            (f"{label or '':>{gutter - 1}} ", _MUTED), ("┤" if label is not None else "│", _AXIS), line
        )


def _foot(level: _Span, axis: Axis, gutter: int, columns: int) -> Iterator[Content]:
    """The level axis and its numbers, which end with what they count."""
    line, numbers = ["─"] * columns, [" "] * (gutter + 1 + columns)
    end = -1
    for tick in level.ticks:
        column = level.dot(tick, columns * _ACROSS) // _ACROSS
        label = level.show(tick)
        begin = min(max(0, gutter + 1 + column - len(label) // 2), len(numbers) - len(label))
        if begin > end:
            line[column] = "┬"
            numbers[begin : begin + len(label)] = label
            end = begin + len(label) + 1
    yield Content.assemble(" " * gutter, ("└" + "".join(line), _AXIS))
    counted = "values " if axis == "value" else f"{axis} "
    name = counted if "".join(numbers[: len(counted)]).isspace() else ""
    yield Content.styled((name + "".join(numbers[len(name) :])).rstrip(), _MUTED)


# -- the plot ------


def _dots(series: Series, level: _Span, upright: _Span, columns: int, lines: int) -> list[tuple[int, int]]:
    """The dots of a curve's points: from the left, and from below."""
    across, up = columns * _ACROSS, lines * _DOWN
    return [(level.dot(place, across), upright.dot(value, up)) for place, value in series.points]


class _Plot:
    """Cells of dots, each in the colour of the curve that was drawn there last."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._dots: dict[tuple[int, int], int] = {}
        self._whose: dict[tuple[int, int], int] = {}
        self._marks: dict[tuple[int, int], tuple[str, int]] = {}

    def line_of(self, up: int) -> int:
        """The line, from above, of a dot so far up."""
        return self.height - 1 - up // _DOWN

    def draw(self, curve: int, dots: Sequence[tuple[int, int]]) -> None:
        """Draw a curve from dot to dot."""
        self._set(curve, *dots[0])
        for before, after in pairwise(dots):
            for x, y in _between(before, after):
                self._set(curve, x, y)

    def mark(self, curve: int, dot: tuple[int, int], mark: str) -> None:
        """Put a curve's mark where it ends, or as near above or below as there is none."""
        column, line = dot[0] // _ACROSS, self.line_of(dot[1])
        free = sorted(range(self.height), key=lambda each: (abs(each - line), each))
        line = next((each for each in free if (each, column) not in self._marks), line)
        self._marks[line, column] = mark, curve

    def _set(self, curve: int, x: int, y: int) -> None:
        cell = self.line_of(y), x // _ACROSS
        self._dots[cell] = self._dots.get(cell, 0) | _DOTS[_DOWN - 1 - y % _DOWN][x % _ACROSS]
        self._whose[cell] = curve

    def lines(self) -> Iterator[Content]:
        """The plot from above."""
        for line in range(self.height):
            cells = [self._cell((line, column)) for column in range(self.width)]
            runs = groupby(cells, key=lambda cell: cell[1])
            yield Content.assemble(*[("".join(character for character, _ in run), style) for style, run in runs])

    def _cell(self, cell: tuple[int, int]) -> tuple[str, str]:
        if cell in self._marks:
            mark, curve = self._marks[cell]
            return mark, f"bold {COLOURS[curve]}"
        if cell in self._dots:
            return chr(_BRAILLE + self._dots[cell]), COLOURS[self._whose[cell]]
        return " ", ""


def _between(before: tuple[int, int], after: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots on the way from one dot to another, the first left out."""
    (left, low), (right, high) = before, after
    steps = max(abs(right - left), abs(high - low))
    for step in range(1, steps + 1):
        yield left + round((right - left) * step / steps), low + round((high - low) * step / steps)
