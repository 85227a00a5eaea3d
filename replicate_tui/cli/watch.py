"""`prediction watch`: follow runs that are under way, one or several, until all have ended."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.api.errors import APIError, NotFound
from replicate_tui.cli import output
from replicate_tui.cli.context import with_session
from replicate_tui.cli.exit_codes import RAN_BADLY, REFUSED
from replicate_tui.cli.flags import Json
from replicate_tui.cli.naming import run_id

if TYPE_CHECKING:
    from replicate_tui.cli.progress import Narrator
    from replicate_tui.core.history.runs import Run
    from replicate_tui.core.session import Session

    Look = Callable[[str], Awaitable[Run]]

EXAMPLES = """\b
Examples:
  replicate-tui prediction watch k7x2m9qd5rrm80cn4wf9t0a6zc
  replicate-tui prediction watch --json ID ID ID | jq -r .status
"""

Named = Annotated[list[str], typer.Argument(metavar="ID...", help="Predictions' ids, or their web addresses.")]


def watch(context: typer.Context, run_ids: Named, as_json: Json = False) -> None:
    """Follow runs to their end: logs and progress on the way, then what each gave."""

    async def work(session: "Session") -> int:
        ids = [run_id(session, text) for text in run_ids]
        return await watch_all(session, ids, session.prediction, "prediction", as_json)

    with_session(context, work)


async def watch_all(session: "Session", ids: Sequence[str], look: "Look", noun: str, as_json: bool) -> int:
    """Follow runs until all have ended or ctrl+c; the exit code. `look` fetches one, `noun` names their command."""
    from replicate_tui.cli.interrupts import until_interrupted

    ids = list(dict.fromkeys(ids))
    active = set(ids)
    following = _all(session, ids, look, active, as_json)
    return await until_interrupted(session, following, lambda: _in_order(ids, active), noun)


def _in_order(ids: Sequence[str], active: set[str]) -> list[str]:
    return [each for each in ids if each in active]


async def _all(session: "Session", ids: Sequence[str], look: "Look", active: set[str], as_json: bool) -> int:
    """Follow all of them at once; the worst exit code of them."""
    from replicate_tui.cli.progress import Narrator

    with Narrator(named=len(ids) > 1) as narrator:
        async with asyncio.TaskGroup() as group:
            each = [group.create_task(_one(session, run_id, look, narrator, active, as_json)) for run_id in ids]
    return max(task.result() for task in each)


async def _one(
    session: "Session", run_id: str, look: "Look", narrator: "Narrator", active: set[str], as_json: bool
) -> int:
    """Follow one run, and tell of its end; its exit code."""
    run: Run | None = None
    try:
        await look(run_id)
        async for run in session.follow(run_id):
            narrator.show(run)
    except NotFound as error:
        narrator.say(f"{run_id} cannot be watched: {error}")
        return REFUSED
    except APIError as error:
        narrator.say(f"{run_id} is no longer watched: {error}")
        return REFUSED
    finally:
        active.discard(run_id)
    assert run is not None
    return _ended(run, narrator, as_json)


def _ended(run: "Run", narrator: "Narrator", as_json: bool) -> int:
    from replicate_tui.core.history.runs import ended_badly, told

    with narrator.aside():
        if output.for_people(as_json):
            _tell(run)
        else:
            output.record(told(run))
    if (trouble := ended_badly(run)) is None:
        return 0
    narrator.say(trouble if run.id in trouble else f"{run.id}: {trouble}")
    return RAN_BADLY


def _tell(run: "Run") -> None:
    """A line for a run that ended, and its output."""
    from replicate_tui.cli.following import print_result
    from replicate_tui.core import text
    from replicate_tui.core.history import runs

    row = runs.row(run)
    output.shown(f"{run.id}  {row.model}  {run.status}  {text.duration(runs.elapsed(row))}")
    print_result(run, None, people=True)
