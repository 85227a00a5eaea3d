"""`prediction resolve`: what became of runs whose answer was lost, and a person's word where nobody else can tell."""

import contextlib
import math
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.api.errors import ReplicateError
from replicate_tui.cli import output
from replicate_tui.cli.context import with_session
from replicate_tui.cli.exit_codes import WRONG_USE, Stop
from replicate_tui.cli.naming import again, is_local, run_id

if TYPE_CHECKING:
    from replicate_tui.core.history.runs import Run
    from replicate_tui.core.session import Session

EXAMPLES = """\b
Examples:
  replicate-tui prediction resolve
  replicate-tui prediction resolve new-4f81c2d09a --is k7x2m9qd5rrm80cn4wf9t0a6zc
  replicate-tui prediction resolve new-4f81c2d09a --not-submitted
"""

Local = Annotated[
    str | None, typer.Argument(metavar="[ID]", help="The run's id on this machine; without it all such runs.")
]
Is = Annotated[str | None, typer.Option("--is", metavar="PREDICTION", help="It is this prediction.")]
NotSubmitted = Annotated[bool, typer.Option("--not-submitted", help="It never reached the API.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def resolve(
    context: typer.Context,
    local: Local = None,
    prediction: Is = None,
    not_submitted: NotSubmitted = False,
    as_json: Json = False,
) -> None:
    """Look what became of a run whose answer was lost, or say what did."""
    decided = prediction is not None or not_submitted
    if prediction is not None and not_submitted:
        raise Stop(WRONG_USE, "--is and --not-submitted do not go together")
    if local is None and decided:
        raise Stop(WRONG_USE, "say of which run: give its ID")

    async def work(session: "Session") -> int:
        if local is None:
            return await _list(session, as_json)
        if decided:
            return await _decide(session, local, prediction, as_json)
        return await _look(session, local, as_json)

    with_session(context, work)


def unknown(session: "Session") -> "list[Run]":
    """This account's runs whose fate is unknown, oldest first."""
    from replicate_tui.core.history.runs import UNKNOWN

    ids = session.store.database.ids_in(session.store.scope, {UNKNOWN})
    return [run for each in ids if is_local(each) and (run := session.store.run(each)) is not None]


def way_out(session: "Session", changed: Iterable[str]) -> str:
    """What is known of the run that this program was sending, and how to learn more; `changed` are ids since then."""
    from replicate_tui.core.history.runs import NOT_SUBMITTED, UNKNOWN

    database, ours = session.store.database, session.leases.holder
    sent = [each for each in changed if database.asked(session.store.scope, each).owner == ours]
    program = f"{again(session)} prediction"
    for run in (found for each in sent if (found := session.store.run(each)) is not None):
        if run.status == UNKNOWN:
            return f"{program} resolve {run.id} tells what became of it"
        if run.status == NOT_SUBMITTED:
            return "nothing was sent"
        if not is_local(run.id):
            return f"it was created: {program} show {run.id}"
    return f"it may have been created: {program} list shows the account's runs"


async def _list(session: "Session", as_json: bool) -> int:
    async with _looking(session):
        runs, elsewhere = unknown(session), session.journal.elsewhere()
    if not output.for_people(as_json):
        sent = (session.store.run(each) for each in elsewhere)
        output.data([_facts(run, None) for run in (*runs, *sent) if run is not None])
        return 0
    for run in runs:
        _print(session, run)
    _tell_of(elsewhere)
    if not runs and not elsewhere:
        output.note("no run's fate is unknown")
    return 0


def _tell_of(elsewhere: "Mapping[str, float | None]") -> None:
    """Tell of runs that other programs send: of a program that was killed that is known only after a while."""
    doubted = [seconds for seconds in elsewhere.values() if seconds is not None]
    if doubted:
        output.note(
            f"{_are_sent(len(doubted))} by a program that may have ended: known in about {math.ceil(max(doubted))} s"
        )
    if sure := len(elsewhere) - len(doubted):
        output.note(f"{_are_sent(sure)} by another program now")


def _are_sent(number: int) -> str:
    return "1 run is being sent" if number == 1 else f"{number} runs are being sent"


async def _look(session: "Session", local: str, as_json: bool) -> int:
    before = session.store.run(local)
    if before is None:
        raise Stop(WRONG_USE, f"there is no run {local}: if there was one, it has been found meanwhile")
    async with _looking(session) as changed:
        run = session.store.run(local) or _became(session, before, changed)
    if run is None:
        raise Stop(WRONG_USE, f"another program has settled {local} just now: look at the account's runs")
    if output.for_people(as_json):
        _print(session, run, local)
    else:
        output.data(_facts(run, local))
    return 0


async def _decide(session: "Session", local: str, prediction: str | None, as_json: bool) -> int:
    from replicate_tui.core.sending.journal import CannotResolve

    try:
        run = await session.resolve(local, None if prediction is None else run_id(session, prediction))
    except CannotResolve as error:
        raise Stop(WRONG_USE, str(error)) from error
    if output.for_people(as_json):
        _print(session, run, local)
    else:
        output.data(_facts(run, local))
    return 0


@contextlib.asynccontextmanager
async def _looking(session: "Session") -> AsyncIterator[set[str]]:
    """Have the account's list be compared first; what is given are the ids of the runs that changed by it."""
    changed: set[str] = set()
    leave = session.store.subscribe(changed.add)
    try:
        await session.journal.looked()
    except ReplicateError as error:
        output.note(f"the account's list cannot be read, so this may be old: {error}")
    finally:
        leave()
    yield changed


def _became(session: "Session", before: "Run", changed: set[str]) -> "Run | None":
    """The prediction that took the local run's place: it was first seen when that was."""
    found = (session.store.run(each) for each in changed)
    return next((run for run in found if run is not None and run.seen_at == before.seen_at), None)


def _facts(run: "Run", local: str | None) -> dict[str, object]:
    from replicate_tui.core.sending.reconcile import candidates_of

    return {
        "id": local or run.id,
        "prediction": None if is_local(run.id) else run.id,
        "status": run.status,
        "error": run.prediction.error,
        "candidates": list(candidates_of(run)),
    }


def _print(session: "Session", run: "Run", local: str | None = None) -> None:
    """What is known of the run, and what a person can do about it."""
    from replicate_tui.core import text
    from replicate_tui.core.history import runs
    from replicate_tui.core.sending.reconcile import candidates_of

    if not is_local(run.id):
        output.shown(f"{local} is {run.id}: {run.status}")
        return
    output.shown(f"{run.id} is {run.status}{': ' if run.prediction.error else ''}{run.prediction.error or ''}")
    row = runs.row(run)
    if run.status != runs.UNKNOWN:
        return
    output.facts([("model", row.model), ("input", row.what), ("sent", text.moment(run.prediction.created_at))])
    program = f"{again(session)} prediction"
    for candidate in candidates_of(run):
        output.shown(f"it may be {candidate}: {program} show {candidate}")
        output.shown(f"  if it is: {program} resolve {run.id} --is {candidate}")
    output.line(f"if it never ran: {program} resolve {run.id} --not-submitted")
