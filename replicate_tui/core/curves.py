"""Losses in a training's log, as curves: what trainers print of them, whichever trainer it is.

Read are names with a number (`loss 0.16`, `train_loss: 0.16`, `'eval_loss': '0.16'`, `loss=1.6e-01` behind a progress
bar, a line of JSON) that say to be a loss, with the step or epoch that the same line tells.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from replicate_tui.core.text import clean

Axis = Literal["step", "epoch", "value"]
"""What is counted along curves: steps, epochs, or just the values where the log tells neither for all of them."""

MOST_SERIES: Final = 8
"""Losses of so many names are kept, those that came first."""
MOST_POINTS: Final = 4_000
"""Points of one loss; where there are more, every other one goes."""
LONGEST_LINE: Final = 2_000
"""So many characters of a line are read, its last: progress bars tell values behind the bar."""
LARGEST: Final = 1e12
"""What no loss comes near to; a larger one is not drawn."""

_NUMBER: Final = r"[-+]?(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][-+]?\d++)?+"
_PAIR: Final = re.compile(
    rf"(?<![\w./-])(?:(?P<of>\w{{1,20}}+) )?(?P<name>[A-Za-z_][\w./-]{{0,60}}+)[\"']?+"
    rf"(?: {{0,20}}[:=|] {{0,20}}| {{1,8}})[\"']?(?:tensor\()?(?P<value>{_NUMBER})(?![\w%/])"
)
_STEP: Final = re.compile(
    r"(?<![a-z])(?<!max_)(?<!num_)(?<!total_)(?:steps?|iter(?:ation)?s?)[\"']?[ :=#\[|]{0,12}(\d{1,12}+)(?![\w.%])",
    re.IGNORECASE,
)
_BAR: Final = re.compile(r"\| *(\d{1,12}+)/(\d{1,12}+) \[")
_EPOCH: Final = re.compile(
    r"(?<![a-z])(?<!num_)(?<!max_)epochs?[\"']?[ :=#\[|]{0,12}[\"']?(\d{1,9}+(?:\.\d{1,9}+)?)", re.IGNORECASE
)
_WORD: Final = re.compile(r"[^\W_]+")

_WHICH: Final = frozenset(
    (
        "train",
        "training",
        "val",
        "valid",
        "validation",
        "eval",
        "evaluation",
        "test",
        "avg",
        "average",
        "mean",
        "total",
        "smoothed",
        "step",
        "epoch",
    )
)
"""Words before "loss" that tell which one it is."""
_SETTINGS: Final = frozenset(
    (
        "scale",
        "scaler",
        "scaling",
        "weight",
        "weights",
        "coef",
        "coeff",
        "lambda",
        "type",
        "fn",
        "func",
        "function",
        "ratio",
        "steps",
        "every",
        "interval",
        "patience",
        "threshold",
        "clip",
        "factor",
        "gamma",
        "alpha",
        "beta",
        "reduction",
    )
)
"""Words in the name of what is set for a loss, and is none."""


@dataclass(frozen=True, slots=True)
class Series:
    """One loss: its name as the log has it, and its points (place along the axis, value), from left to right."""

    name: str
    points: tuple[tuple[float, float], ...]

    @property
    def last(self) -> tuple[float, float]:
        """The point that came last."""
        return self.points[-1]

    @property
    def lowest(self) -> tuple[float, float]:
        """The point with the lowest value, the first of them."""
        return min(self.points, key=lambda point: point[1])


@dataclass(frozen=True, slots=True)
class Curves:
    """The losses that a log tells so far, in the order in which they came, along one axis."""

    axis: Axis = "value"
    series: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True)
class _Point:
    step: float | None
    epoch: float | None
    value: float

    def place(self, axis: Axis) -> float | None:
        return self.step if axis == "step" else self.epoch


@dataclass(slots=True)
class _Loss:
    """One loss as it is read: its name, and its points in the order of the log."""

    name: str
    points: list[_Point]

    def add(self, point: _Point) -> None:
        """Take a point; a progress bar that is drawn again tells the same step again."""
        if self.points and point.step is not None and self.points[-1].step == point.step:
            self.points.pop()
        self.points.append(point)
        if len(self.points) > MOST_POINTS:
            del self.points[1:-1:2]

    def along(self, axis: Axis) -> Series | None:
        """The curve along an axis; None if not every point has its place there, from left to right."""
        if axis == "value":
            values = enumerate((each.value for each in self.points), start=1)
            return Series(self.name, tuple((float(number), value) for number, value in values))
        points: list[tuple[float, float]] = []
        for each in self.points:
            place = each.place(axis)
            if place is None or (points and place < points[-1][0]):
                return None
            points.append((place, each.value))
        return Series(self.name, tuple(points))


class CurveReader:
    """Follows a log that is given whole, again and again; only what is new is read."""

    def __init__(self) -> None:
        self._seen = ""
        self._read = 0
        self._losses: dict[str, _Loss] = {}
        self._curves = Curves()

    def feed(self, logs: str, *, ended: bool = False) -> Curves:
        """The losses in the whole log as it is now: the very object of the last time where there are no others.

        A last line that has no end counts once the log has `ended`.
        """
        if not logs.startswith(self._seen):
            self._read, self._losses, self._curves = 0, {}, Curves()
        self._seen = logs
        end = len(logs) if ended else max(logs.rfind("\n"), logs.rfind("\r")) + 1
        unread = logs[self._read : end]
        self._read = max(end, self._read)
        found = [pair for line in re.split(r"[\r\n]", unread) for pair in _losses(line)]
        for name, point in found:
            self._take(name, point)
        if found:
            self._curves = _curves(self._losses)
        return self._curves

    def _take(self, name: str, point: _Point) -> None:
        key = name.casefold()
        if key not in self._losses and len(self._losses) < MOST_SERIES:
            self._losses[key] = _Loss(name, [])
        if key in self._losses:
            self._losses[key].add(point)


def read(logs: str) -> Curves:
    """The losses in a log that has ended."""
    return CurveReader().feed(logs, ended=True)


def _losses(raw: str) -> Iterator[tuple[str, _Point]]:
    """The losses that one line tells."""
    if "loss" not in raw.casefold():
        return
    line = clean(raw[-LONGEST_LINE:])
    step, epoch = _place(line)
    for pair in _PAIR.finditer(line):
        value = float(pair["value"])
        if _is_loss(pair["name"]) and math.isfinite(value) and abs(value) < LARGEST:
            which = pair["of"] if pair["of"] and pair["of"].casefold() in _WHICH else ""
            yield f"{which} {pair['name']}".strip(), _Point(step, epoch, value)


def _place(line: str) -> tuple[float | None, float | None]:
    """The step and the epoch that a line is about."""
    bar, step, epoch = _BAR.search(line), _STEP.search(line), _EPOCH.search(line)
    at = float(step[1]) if step else float(bar[1]) if bar else None
    if epoch is None:
        return at, None
    whole = float(epoch[1])
    if bar is not None and whole.is_integer() and int(bar[2]):
        whole += int(bar[1]) / int(bar[2])  # the bar is that of the epoch
    return at, whole


def _is_loss(name: str) -> bool:
    words = [word.casefold() for word in _WORD.findall(name)]
    return any(word.endswith("loss") or word == "losses" for word in words) and not _SETTINGS.intersection(words)


def _curves(losses: Mapping[str, _Loss]) -> Curves:
    """All losses along the best axis that those of some length have in common; a single value may have no place."""
    each = tuple(losses.values())
    long = [loss for loss in each if len(loss.points) > 1] or each
    axes: Sequence[Axis] = ("step", "epoch")
    for axis in axes:
        if all(loss.along(axis) is not None for loss in long):
            return Curves(axis, tuple(series for loss in each if (series := loss.along(axis)) is not None))
    return Curves("value", tuple(series for loss in each if (series := loss.along("value")) is not None))
