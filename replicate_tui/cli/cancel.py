"""`prediction cancel`: stops the runs that are named, or all of the account's."""

import asyncio
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.api.errors import APIError, NetworkError, NotFound, UnexpectedAnswer
from replicate_tui.cli import output
from replicate_tui.cli.context import NO_ANSWER, REFUSED, WRONG_USE, Stop, with_session
from replicate_tui.cli.naming import again, run_id

if TYPE_CHECKING:
    from replicate_tui.core.session import Session

LONGEST_ACTIVE = timedelta(days=1)
"""How far back the account's list is read for what is active; a run takes half an hour, a long queue some hours."""
AT_ONCE = 8
"""So many runs are stopped at the same time."""

Named = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Predictions' ids, or their web addresses.")]
Every = Annotated[bool, typer.Option("--all", help="Stop everything of the account that is active.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before stopping everything.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def cancel(
    context: typer.Context, run_ids: Named = None, every: Every = False, yes: Yes = False, as_json: Json = False
) -> None:
    """Stop runs, one line for each; one that cannot be stopped keeps none of the others."""
    if every and run_ids:
        raise Stop(WRONG_USE, "--all stops everything: leave the IDs out, or name the runs without it")
    if not every and not run_ids:
        raise Stop(WRONG_USE, "give the ID of each run to stop, or --all for everything that is active")
    named = run_ids or []
    with_session(
        context, lambda session: _cancel_all(session, yes, as_json) if every else _cancel(session, named, as_json)
    )


async def _cancel(session: "Session", named: Sequence[str], as_json: bool) -> int:
    return await _stop(session, list(dict.fromkeys(run_id(session, text) for text in named)), as_json)


async def _cancel_all(session: "Session", yes: bool, as_json: bool) -> int:
    session.settings.require_writes("cancel runs")
    ids = await _active(session)
    if ids:
        _ask(f"{len(ids)} run{'' if len(ids) == 1 else 's'}", yes)
    else:
        output.note("nothing is active")
    code = await _stop(session, ids, as_json)
    _tell_of_unknown(session)
    return code


async def _active(session: "Session") -> list[str]:
    """The ids of the account's active runs, newest first; older ones only if this machine knew them to be active."""
    since = datetime.now(UTC) - LONGEST_ACTIVE
    listed: dict[str, bool] = {}
    asked: set[str] = set()
    cursor: str | None = None
    while True:
        page = await session.client.predictions.list(cursor, created_after=since)
        listed |= {prediction.id: prediction.active for prediction in page.results}
        cursor = page.next
        if cursor is None or cursor in asked:
            break
        asked.add(cursor)
    older = sorted(session.store.active - listed.keys())
    still = [each for each in older if await _is_active(session, each)]
    return [each for each, active in listed.items() if active] + still


async def _is_active(session: "Session", each: str) -> bool:
    try:
        return (await session.prediction(each)).active
    except NotFound:
        return False


def _ask(what: str, yes: bool) -> None:
    """Go on only with the person's word."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Stop(WRONG_USE, f"nothing was stopped: --yes would stop {what}")
    if not typer.confirm(f"Stop {what}?", err=True):
        raise Stop(WRONG_USE, "nothing was stopped")


async def _stop(session: "Session", ids: Sequence[str], as_json: bool) -> int:
    """Stop these and tell of each; the exit code."""
    codes: set[int] = set()
    for begin in range(0, len(ids), AT_ONCE):
        codes |= await _stop_some(session, ids[begin : begin + AT_ONCE], as_json)
    return REFUSED if REFUSED in codes else NO_ANSWER if NO_ANSWER in codes else 0


async def _stop_some(session: "Session", ids: Iterable[str], as_json: bool) -> set[int]:
    return set(await asyncio.gather(*(_stop_one(session, each, as_json) for each in ids)))


async def _stop_one(session: "Session", each: str, as_json: bool) -> int:
    try:
        stopped = await session.cancel(each)
    except (APIError, UnexpectedAnswer) as error:
        output.note(f"{each} is not stopped: {error}")
        return REFUSED
    except NetworkError as error:
        output.note(f"{each} may go on: {error}")
        return NO_ANSWER
    if output.for_people(as_json):
        output.shown(f"{stopped.id} {stopped.status}")
    else:
        output.data(stopped.prediction.raw)
    return 0


def _tell_of_unknown(session: "Session") -> None:
    from replicate_tui.cli.resolve import unknown

    if number := len(unknown(session)):
        runs = "one run" if number == 1 else f"{number} runs"
        output.note(f"what became of {runs} is unknown, so more may go on: {again(session)} prediction resolve")
