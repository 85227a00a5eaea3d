"""`history …`: what this machine knows of earlier runs, without asking the API."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.cli import output
from replicate_tui.cli.context import settings_of
from replicate_tui.cli.exit_codes import WRONG_USE, Stop

if TYPE_CHECKING:
    from replicate_tui.core.costs.cost_lines import CostLine, RunCost
    from replicate_tui.core.history.filters import Filter
    from replicate_tui.core.history.store import Store
    from replicate_tui.core.settings import Settings

SEARCH_EXAMPLES = """\b
Examples:
  replicate-tui history search lighthouse dusk
  replicate-tui history search status:failed model:sdxl --limit 10 --json
  replicate-tui history search 'age<2d' has:files -- -tag:draft
"""
QUERY_HELP = (
    "Words of the prompt, output, error, model, id, status, note or tags, or their beginnings; and status:failed, "
    "model:sdxl, version:, deployment:, source:web, tag:draft, has:files, 'age<2d', 'time>30s', text:\"two words\"; "
    "after --, a minus in front means: not that."
)
COST_EXAMPLES = """\b
Examples:
  replicate-tui history cost
  replicate-tui history cost --by model --days 7
"""

app = typer.Typer(help="What this machine knows of earlier runs.", no_args_is_help=True, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class By(StrEnum):
    """What costs are summed up by."""

    MODEL = "model"
    DAY = "day"
    RUN = "run"


@app.command(
    "search",
    help="Runs that hold every word, and of which every condition is true.",
    epilog=SEARCH_EXAMPLES,
)
def search(
    context: typer.Context,
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help=QUERY_HELP)],
    as_json: Json = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000_000, help="So many runs at the most, the newest.")] = 50,
) -> None:
    """Print the runs that the words find."""
    from replicate_tui.core.history import filters

    wanted = filters.parse(" ".join(query))
    if wanted.problems:
        raise Stop(WRONG_USE, "; ".join(wanted.problems))
    _with_store(settings_of(context), lambda store: _search(store, wanted, as_json, limit))


@app.command("cost", help="What runs cost, as far as it can be estimated.", epilog=COST_EXAMPLES)
def cost(
    context: typer.Context,
    by: Annotated[By, typer.Option(help="What to sum up by.")] = By.DAY,
    days: Annotated[int, typer.Option(min=1, max=10_000, help="So many days, today the last.")] = 30,
    as_json: Json = False,
) -> None:
    """Print estimates of what the runs of the latest days cost."""
    settings = settings_of(context)
    _with_store(settings, lambda store: _cost(settings, store, by, days, as_json))


def _search(store: "Store", wanted: "Filter", as_json: bool, limit: int) -> None:
    from replicate_tui.core.run_columns import RUNS

    ids = store.ids(wanted=wanted, limit=limit + 1)
    if len(ids) > limit:
        output.note(f"there are more than these {limit} runs: --limit shows more")
    if not output.for_people(as_json):
        from replicate_tui.cli.json_array import print_array
        from replicate_tui.core.history.runs import told

        found = (store.run(run_id) for run_id in ids[:limit])
        print_array(told(run) for run in found if run is not None)
        return
    if not ids:
        output.note("no run holds all of that")
        return
    output.table(RUNS, [row for run_id in ids[:limit] if (row := store.row(run_id)) is not None])


def _cost(settings: "Settings", store: "Store", by: By, days: int, as_json: bool) -> None:
    from replicate_tui.core.costs import cost_lines
    from replicate_tui.core.costs.estimates import Costs
    from replicate_tui.core.costs.usual import Usual

    if settings.local:
        output.note("runs on this machine cost nothing")
        if not output.for_people(as_json):
            output.data([])
        return
    costs = Costs(store.database, lambda: store.scope, settings.prices, Usual(store.database, lambda: store.scope))
    if by is By.RUN:
        runs = cost_lines.run_lines(costs, days)
        _print(runs, as_json, lambda: output.table(cost_lines.RUN_COSTS, runs))
    else:
        day = by is By.DAY
        sums = cost_lines.lines(costs, "day" if day else "model", days)
        titled = cost_lines.DAY_COSTS if day else cost_lines.MODEL_COSTS
        _print(sums, as_json, lambda: output.table(titled, sums))


def _print(lines: "list[CostLine] | list[RunCost]", as_json: bool, print_table: Callable[[], None]) -> None:
    from replicate_tui.core.costs import cost_lines

    if not output.for_people(as_json):
        output.data([cost_lines.as_json(line) for line in lines])
    elif lines:
        print_table()
    output.note(cost_lines.in_words(cost_lines.total(lines)))
    if lines:
        output.note(cost_lines.ASSUMPTIONS)


def _with_store(settings: "Settings", work: "Callable[[Store], None]") -> None:
    """Do `work` with the history of the profile."""
    from replicate_tui.core import credentials
    from replicate_tui.core.history.database import Database, DatabaseError
    from replicate_tui.core.history.scopes import scope_of
    from replicate_tui.core.history.store import Store

    fingerprint = credentials.fingerprint(settings.require_token())

    async def run() -> None:
        database = Database.open(settings.database_file)
        try:
            if database.warning:
                output.note(database.warning)
            work(Store(database, scope_of(database, settings.host, fingerprint)))
        finally:
            await database.close()

    try:
        asyncio.run(run())
    except DatabaseError as error:
        raise Stop(WRONG_USE, str(error)) from error
