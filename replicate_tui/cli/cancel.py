"""`prediction cancel`: stops the runs that are named, or all of the account's; those on their way there, too."""

import contextlib
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.api.errors import NetworkError
from replicate_tui.cli import output
from replicate_tui.cli.context import with_session
from replicate_tui.cli.exit_codes import NO_ANSWER, REFUSED, WRONG_USE, Stop
from replicate_tui.cli.flags import DryRun
from replicate_tui.cli.naming import again, is_local, run_id

if TYPE_CHECKING:
    from replicate_tui.core.sending.stopping import Outcome
    from replicate_tui.core.session import Session

EXAMPLES = """\b
Examples:
  replicate-tui prediction cancel k7x2m9qd5rrm80cn4wf9t0a6zc
  replicate-tui prediction cancel --all --yes
"""

Named = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Predictions' ids, or their web addresses.")]
Every = Annotated[bool, typer.Option("--all", help="Stop everything of the account that is active.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before stopping everything.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def cancel(
    context: typer.Context,
    run_ids: Named = None,
    every: Every = False,
    yes: Yes = False,
    as_json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Stop runs, one line for each; one that cannot be stopped keeps none of the others."""
    if every and run_ids:
        raise Stop(WRONG_USE, "--all stops everything: leave the IDs out, or name the runs without it")
    if not every and not run_ids:
        raise Stop(WRONG_USE, "give the ID of each run to stop, or --all for everything that is active")
    named = run_ids or []

    async def work(session: "Session") -> int:
        return await (_cancel_all(session, yes or dry_run, as_json) if every else _cancel(session, named, as_json))

    with_session(context, work, dry_run=dry_run)


async def _cancel(session: "Session", named: Sequence[str], as_json: bool) -> int:
    return await stop_all(session, list(dict.fromkeys(named_run(session, text) for text in named)), as_json)


def named_run(session: "Session", text: str, read: "Callable[[Session, str], str]" = run_id) -> str:
    """The id of the run that a text names, as `read` reads it; one that is still on its way has a local one."""
    if not is_local(text):
        return read(session, text)
    if session.store.run(text) is None:
        raise Stop(WRONG_USE, f"there is no run {text}: if there was one, it has its id meanwhile")
    return text


async def _cancel_all(session: "Session", yes: bool, as_json: bool) -> int:
    from replicate_tui.core.text import counted

    session.settings.require_writes("cancel runs")
    ids = await session.all_going()
    if ids:
        _ask(counted(len(ids), "run"), yes)
    else:
        output.note("nothing is active")
    code = await stop_all(session, ids, as_json)
    _tell_of_unknown(session)
    return code


def _ask(what: str, yes: bool) -> None:
    """Go on only with the person's word."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Stop(WRONG_USE, f"nothing was stopped: --yes would stop {what}")
    if not typer.confirm(f"Stop {what}?", err=True):
        raise Stop(WRONG_USE, "nothing was stopped")


async def stop_all(session: "Session", ids: Sequence[str], as_json: bool) -> int:
    """Stop these and tell of each; the exit code."""
    async with contextlib.aclosing(session.cancel_all(ids)) as outcomes:
        codes = {_tell(outcome, as_json) async for outcome in outcomes}
    return REFUSED if REFUSED in codes else NO_ANSWER if NO_ANSWER in codes else 0


def _tell(outcome: "Outcome", as_json: bool) -> int:
    """Tell what came of stopping one run; the exit code for it alone."""
    from replicate_tui.core.history.runs import UNANSWERED, told
    from replicate_tui.core.sending import stopping

    if outcome.run is None:
        lost = isinstance(outcome.error, NetworkError)
        output.note(f"{outcome.id} {'may go on' if lost else 'is not stopped'}: {outcome.error}")
        return NO_ANSWER if lost else REFUSED
    if output.for_people(as_json):
        output.shown(f"{outcome.run.id} {stopping.told(outcome.run)}")
    else:
        output.data(told(outcome.run))
        if outcome.run.status in UNANSWERED:
            output.note(f"{outcome.run.id} {stopping.told(outcome.run)}")
    return 0


def _tell_of_unknown(session: "Session") -> None:
    from replicate_tui.cli.resolve import unknown

    if number := len(unknown(session)):
        runs = "one run" if number == 1 else f"{number} runs"
        output.note(f"what became of {runs} is unknown, so more may go on: {again(session)} prediction resolve")
