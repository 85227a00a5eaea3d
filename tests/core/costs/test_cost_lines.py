"""Costs as a person reads them: in words, and in tables of 80 columns."""

from typing import Any

import pytest

from replicate_tui.cli.table import lines
from replicate_tui.core.costs import cost_lines
from replicate_tui.core.costs.cost_lines import CostLine, RunCost
from replicate_tui.core.costs.estimates import Spent
from replicate_tui.core.costs.pricing import Cost
from replicate_tui.core.text import cell_width
from tests.core.rows import a_row

ID = "gm3qorzdhgbfurvjtvhg6dckhu"
LONG = "black-forest-labs/flux-1.1-pro-ultra-finetuned"
BASIS = "estimate: 20.0 s on gpu-t4 at $0.000225/s (price list of mid 2025)"


def cost_of(usd: float | None, **row: Any) -> RunCost:
    return RunCost(a_row(id=ID, **row), Cost(usd, BASIS))


def test_on_80_columns_each_run_has_its_whole_id_its_cost_and_its_model() -> None:
    runs = [cost_of(0.0000015), cost_of(None), cost_of(12_345.0, model=LONG)]
    shown = lines(cost_lines.RUN_COSTS, runs, room=80, colour=False)
    assert [line.split()[0] for line in shown] == ["id", ID, ID, ID]
    assert [line[len(ID) :].strip().split("  ")[0] for line in shown[1:]] == ["≈ $0.0000015", "unpriced", "≈ $12,345"]
    assert all(line.split()[-1].startswith(("acme/painter", "black-forest-labs/")) for line in shown[1:])
    assert max(map(cell_width, shown)) <= 80


def test_with_room_each_run_has_its_basis() -> None:
    (_, line) = lines(cost_lines.RUN_COSTS, [cost_of(0.0045)], room=160, colour=False)
    assert line.endswith(BASIS)


@pytest.mark.parametrize(("columns", "title"), [(cost_lines.DAY_COSTS, "day"), (cost_lines.MODEL_COSTS, "model")])
def test_sums_tell_what_is_unpriced_apart_from_what_is_free(columns: Any, title: str) -> None:
    sums = [
        CostLine("acme/a", Spent(0.0, 3, 0)),
        CostLine("acme/b", Spent(0.0, 0, 3)),
        CostLine(LONG, Spent(1e9, 1, 2)),
    ]
    head, free, unpriced, dear = lines(columns, sums, room=80, colour=False)
    assert head.split() == [title, "runs", "priced", "unpriced", "≈", "cost"]
    assert free.split()[1:] == ["3", "3", "≈", "$0.00"]
    assert unpriced.split()[1:] == ["3", "0", "3", "unpriced"]
    assert dear.split()[1:] == ["3", "1", "2", "≈", "$1B"]
    assert len({cell_width(line) for line in (head, free, unpriced, dear)}) == 1


def test_what_they_rest_on_fits_a_terminal() -> None:
    assert all(cell_width(line) <= 80 for line in cost_lines.ASSUMPTIONS.splitlines())
