"""Costs as lists: a line for each day, model or run, for both faces."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from replicate_tui.core import run_columns, text
from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.costs.estimates import Costs, Spent
from replicate_tui.core.costs.pricing import PRICE_LIST, Cost
from replicate_tui.core.history.rows import RunRow

By = Literal["model", "day", "run"]

ASSUMPTIONS: Final = (
    f"estimates: time on known hardware at the {PRICE_LIST}, or at your\n"
    "[prices] in config.toml; what deployments and private models are billed for\n"
    "while they start up or idle is not counted"
)
"""What every list of costs rests on."""


@dataclass(frozen=True, slots=True)
class CostLine:
    """What a day's (2026-05-04), a model's or a run's (its id) runs cost."""

    what: str
    spent: Spent


@dataclass(frozen=True, slots=True)
class RunCost:
    """What one run cost."""

    row: RunRow
    cost: Cost

    @property
    def spent(self) -> Spent:
        """The same as a sum of one."""
        return Spent(0.0, 0, 1) if self.cost.usd is None else Spent(self.cost.usd, 1, 0)


class RunCosts:
    """What the runs of a list cost, each estimated once, when it is first seen."""

    def __init__(self) -> None:
        self._known: dict[RunRow, Cell] = {}

    def forget(self) -> None:
        """Estimate anew from now on: prices may be known by now."""
        self._known.clear()

    def cell(self, row: RunRow, costs: Costs) -> Cell:
        """What a run that has ended cost; blank for others, and where nothing costs anything."""
        if row.completed_at is None:
            return Cell("")
        if row not in self._known:
            cost = costs.of(row)
            self._known[row] = Cell("" if cost is None else text.money(cost.usd), "muted")
        return self._known[row]

    def column(self, costs: Callable[[], Costs | None]) -> Column[RunRow]:
        """The column of a list of runs; `costs` gives none while nothing is known."""

        def cell(row: RunRow) -> Cell:
            known = costs()
            return Cell("") if known is None else self.cell(row, known)

        return Column("cost", "cost", 9, cell, align="right")


def lines(costs: Costs, by: Literal["model", "day"], days: int) -> list[CostLine]:
    """The costs of the latest days by day, newest first, or by model, the dearest first."""
    if by == "day":
        return [CostLine(day.isoformat(), spent) for day, spent in costs.by_day(days)]
    return [CostLine(model, spent) for model, spent in costs.by_model(days)]


def run_lines(costs: Costs, days: int) -> list[RunCost]:
    """The costs of each run of the latest days, newest first."""
    return [RunCost(row, cost) for row, cost in costs.by_run(days)]


def total(found: list[CostLine] | list[RunCost]) -> Spent:
    """All lines together."""
    return sum((line.spent for line in found), Spent())


def in_words(spent: Spent) -> str:
    """ "≈ $1.20 for 31 runs, and 4 unpriced"; of nothing "no runs that ended"."""
    if not spent.runs:
        return "no runs that ended"
    priced = f"{text.money(spent.usd)} for {spent.priced} run{'s' * (spent.priced != 1)}" if spent.priced else ""
    unpriced = f"{spent.unpriced} unpriced" if spent.unpriced else ""
    return ", and ".join(part for part in (priced, unpriced) if part)


def as_json(line: CostLine | RunCost) -> dict[str, Any]:
    """A line as an object; `usd` is null where nothing of it is priced."""
    spent = line.spent
    sums = {
        "runs": spent.runs,
        "priced": spent.priced,
        "usd": spent.usd if spent.priced else None,
        "unpriced": spent.unpriced,
    }
    if isinstance(line, CostLine):
        return {"what": line.what, **sums}
    return {"what": line.row.id, "model": line.row.model, "status": line.row.status, **sums, "basis": line.cost.basis}


def _name(line: CostLine) -> Cell:
    name = text.one_line(line.what) if "/" in line.what else text.short_version(line.what)
    return Cell(name, "strong", lead=name.find("/") + 1)


def _usd(line: CostLine | RunCost) -> Cell:
    return Cell(text.money(line.spent.usd)) if line.spent.priced else Cell("unpriced", "warn")


def _sums_by(title: str) -> tuple[Column[CostLine], ...]:
    return (
        Column("what", title, 30, _name, grow=True),
        Column("runs", "runs", 7, lambda line: Cell(str(line.spent.runs)), align="right"),
        Column("priced", "priced", 7, lambda line: Cell(str(line.spent.priced), "muted"), align="right"),
        Column("unpriced", "unpriced", 8, lambda line: Cell(str(line.spent.unpriced or ""), "warn"), align="right"),
        Column("usd", "≈ cost", 12, _usd, align="right"),
    )


DAY_COSTS: Final = _sums_by("day")
MODEL_COSTS: Final = _sums_by("model")
RUN_COSTS: tuple[Column[RunCost], ...] = (
    Column("id", "id", 10, lambda line: Cell(text.one_line(line.row.id), "muted")),
    Column("usd", "≈ cost", 12, _usd, align="right"),
    Column("status", "status", 10, lambda line: run_columns.status(line.row.status)),
    Column("model", "model", 26, lambda line: Cell(run_columns.run_name(line.row)), grow=True),
    Column("basis", "basis", 30, lambda line: Cell(text.one_line(line.cost.basis), "muted")),
)
"""Costs by run; on a narrow terminal the basis is left out first."""
