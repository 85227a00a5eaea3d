"""`batch`: a run for each row of a table, with a folder of results that can be gone on with."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.api.errors import ReplicateError
from replicate_tui.cli import output
from replicate_tui.cli.context import with_session
from replicate_tui.cli.exit_codes import NO_ANSWER, RAN_BADLY, WRONG_USE, Stop
from replicate_tui.cli.flags import DryRun, Json, Yes

if TYPE_CHECKING:
    from replicate_tui.core.forms.options import RunOptions
    from replicate_tui.core.sending.batch_results import Plan, Results
    from replicate_tui.core.sending.batch_table import Problem, Ready, Row
    from replicate_tui.core.session import Session, Target

EXAMPLES = """\b
Examples:
  replicate-tui batch black-forest-labs/flux-schnell prompts.csv
  replicate-tui batch acme/upscaler photos.jsonl --concurrency 20
  replicate-tui batch acme/upscaler photos.jsonl --resume
  replicate-tui batch acme/painter prompts.csv | jq -r .error
"""

MOST_CONCURRENT = 1_000
PROBLEMS_LISTED = 20
"""So many of the problems of a table are told."""

Model = Annotated[str, typer.Argument(metavar="OWNER/MODEL[:VERSION]", help="What to run: its name or web address.")]
Table = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="CSV with a header, or JSON lines; - is standard input. @FILE uploads where a file is taken.",
    ),
]
Concurrency = Annotated[
    int, typer.Option("--concurrency", min=1, max=MOST_CONCURRENT, help="How many runs go on at the same time.")
]
Folder = Annotated[
    Path | None, typer.Option("--output-directory", help="Where the results go. [default: ./batch-{file's name}]")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the batch in that folder.")]
Lifetime = Annotated[str | None, typer.Option(help="Cancel each run after this time, such as 30s, 5m, 1h.")]
Deployment = Annotated[str | None, typer.Option(help="Run on this deployment ([OWNER/]NAME).")]


@dataclass(frozen=True, slots=True)
class _Order:
    """What the command line asks for."""

    named: str
    table: str
    concurrency: int
    folder: Path
    resume: bool
    as_json: bool
    yes: bool
    dry_run: bool
    asked: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is run, and the rows with which it is."""

    target: "Target"
    options: "RunOptions"
    rows: "tuple[Ready, ...]"
    plan: "Plan"


def batch(
    context: typer.Context,
    reference: Model,
    table: Table,
    concurrency: Concurrency = 8,
    output_directory: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    lifetime: Lifetime = None,
    deployment: Deployment = None,
) -> None:
    """Run a model once for each row of a table."""
    asked = {"lifetime": lifetime, "deployment": deployment}
    folder = output_directory or _default_folder(table)
    order = _Order(reference, table, concurrency, folder, resume, as_json, yes, dry_run, asked)
    with_session(context, lambda session: _batch(session, order), dry_run=dry_run)


async def _batch(session: "Session", order: _Order) -> int:
    from replicate_tui.core.sending.batch_results import NotUsable, finished_in, opened

    session.settings.require_writes("run a batch")
    ready = await _ready(session, order)
    if order.dry_run:
        output.note(f"{len(ready.rows):,} runs of {ready.target.key}; the first of them:")
        await session.rehearse(ready.target, ready.rows[0].input, ready.options)
    _agree(session, order, ready, len(ready.rows) - (finished_in(order.folder) if order.resume else 0))
    try:
        with opened(order.folder, ready.plan, resume=order.resume) as results:
            return await _run(session, order, ready, results)
    except NotUsable as error:
        raise Stop(WRONG_USE, str(error)) from error
    except OSError as error:
        raise Stop(WRONG_USE, f"cannot write the results: {error}; what was sent goes on") from error


# -- before anything is sent ------


def _default_folder(table: str) -> Path:
    from replicate_tui.core.keeping.file_names import legal_name

    return Path(legal_name(f"batch-{'stdin' if table == '-' else Path(table).stem}", "batch"))


async def _ready(session: "Session", order: _Order) -> _Ready:
    """Everything judged that can be judged on this machine."""
    from replicate_tui.core.sending import batch_table
    from replicate_tui.core.sending.batch import new_id
    from replicate_tui.core.sending.batch_results import Plan

    rows = _read(order.table)
    target = await session.target(order.named)
    options = await _options(session, order, target)
    if options.deployment != target.options.deployment:
        target = await session.retarget(target, options)
    folder = Path() if order.table == "-" else Path(order.table).parent
    judged = batch_table.judged(target, rows, folder)
    for warning in judged.warnings:
        output.note(str(warning))
    if judged.problems:
        raise Stop(WRONG_USE, _refusal(target, judged.problems))
    plan = Plan(
        new_id(),
        session.store.scope.host,
        target.key,
        options.version or target.identifier,
        options.deployment or target.deployment,
        len(rows),
        batch_table.digest(rows),
    )
    return _Ready(target, options, judged.ready, plan)


def _read(table: str) -> "tuple[Row, ...]":
    from replicate_tui.cli.reading import file_bytes, whole
    from replicate_tui.core.sending.batch_table import NoTable, read

    try:
        if table != "-":
            return read(file_bytes(Path(table), table), table)
        if sys.stdin is None or sys.stdin.isatty():
            raise Stop(WRONG_USE, "standard input is no table; pipe one into this command, or name a file")
        return read(whole(sys.stdin.buffer, "standard input"), "")
    except NoTable as error:
        raise Stop(WRONG_USE, f"{'standard input' if table == '-' else table}: {error}") from error
    except OSError as error:
        raise Stop(WRONG_USE, f"cannot read {table}: {error.strerror or error}") from error


async def _options(session: "Session", order: _Order, target: "Target") -> "RunOptions":
    """What is asked of every run, over what its reference says."""
    from dataclasses import replace

    from replicate_tui.cli.preparing import asked_options

    return replace(target.options, **await asked_options(session, order.asked))


def _refusal(target: "Target", problems: "tuple[Problem, ...]") -> str:
    lines = [f"  {problem}" for problem in problems[:PROBLEMS_LISTED]]
    if len(problems) > PROBLEMS_LISTED:
        lines.append(f"  and {len(problems) - PROBLEMS_LISTED:,} more")
    return "\n".join([f"{target.key}: nothing was sent", *lines])


def _agree(session: "Session", order: _Order, ready: _Ready, left: int) -> None:
    """Tell what the runs will cost; go on only with the person's word where the day's budget would be crossed."""
    from replicate_tui.core import text

    deployment = ready.plan.deployment or ""
    each = session.costs.expected(ready.target.model, deployment)
    if each:
        output.note(f"{left:,} runs: {text.money(each * left)}, if they take as long as usual")
    question = session.costs.question(session.settings.daily_budget, ready.target.model, deployment, runs=left)
    if question is None or order.yes:
        return
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
        raise Stop(WRONG_USE, f"nothing was sent: {text.clean(question)} Without a terminal to ask on, --yes says so")
    if not typer.confirm(text.clean(question), err=True):
        raise Stop(WRONG_USE, "nothing was sent")


# -- while it goes on ------


async def _run(session: "Session", order: _Order, ready: _Ready, results: "Results") -> int:
    from replicate_tui.cli.batch_progress import Telling
    from replicate_tui.core.sending.batch import Batch
    from replicate_tui.core.sending.batch_results import RESULTS

    telling = Telling(people=output.for_people(order.as_json), rows=len(ready.rows))
    batch = Batch(
        session, ready.target, ready.options, ready.rows, results, told=telling.result, moved=lambda: telling.moved()
    )
    telling.tally = lambda: batch.tally
    try:
        async with telling:
            await batch.run(order.concurrency)
    except (asyncio.CancelledError, ReplicateError):
        tally = batch.tally
        output.note(f"interrupted with {tally.done:,} of {tally.rows:,} rows done; what was sent goes on")
        output.note(f"to go on: the same command with --resume (its results are in {order.folder})")
        raise
    tally = batch.tally
    failed = f", {tally.failed:,} failed" if tally.failed else ""
    output.note(f"{tally.succeeded:,} of {tally.rows:,} rows succeeded{failed}: {order.folder / RESULTS}")
    if tally.failed:
        return RAN_BADLY
    return NO_ANSWER if len(results.finished) < tally.rows else 0
