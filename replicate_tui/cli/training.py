"""`training …`: train models, list, show, follow and stop trainings; `train` is its `create`."""

import contextlib
from itertools import filterfalse
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.api.errors import NotFound
from replicate_tui.cli import output
from replicate_tui.cli.context import with_session
from replicate_tui.cli.exit_codes import WRONG_USE, Stop
from replicate_tui.cli.flags import All, DryRun, Json, Web
from replicate_tui.cli.judging import judged
from replicate_tui.cli.naming import is_local, known, training_id
from replicate_tui.cli.run import Events, InputFile, Inputs, Separator, Webhook
from replicate_tui.core.models.destination import MADE_ON

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from replicate_tui.api.reference import Reference
    from replicate_tui.api.resources import Page, Prediction
    from replicate_tui.cli.order import Given
    from replicate_tui.core.history.rows import RunRow
    from replicate_tui.core.history.runs import Run
    from replicate_tui.core.session import Session

EXAMPLES = """\b
Examples:
  replicate-tui train stability-ai/sdxl --destination me/sdxl input_images=@photos.zip
  replicate-tui train local/storyteller --destination teller --create --wait text=@book.txt
"""
_SHOW = """\b
Examples:
  replicate-tui training show zz4ibbonubfz7carwiefibzgga
  replicate-tui t show zz4ibbonubfz7carwiefibzgga --json | jq .metrics
"""
_CANCEL = """\b
Examples:
  replicate-tui training cancel zz4ibbonubfz7carwiefibzgga
  replicate-tui training cancel ID ID --json | jq -r .status
"""
_WATCH = """\b
Examples:
  replicate-tui training watch k7x2m9qd5rrm80cn4wf9t0a6zc
  replicate-tui training list --all --json
"""

app = typer.Typer(help="Train models, and look after the trainings.", no_args_is_help=True, rich_markup_mode=None)

Base = Annotated[str, typer.Argument(metavar="OWNER/MODEL[:VERSION]", help="The model to train, or its web address.")]
Destination = Annotated[
    str, typer.Option("--destination", "-d", metavar="OWNER/NAME", help="The model that gets the new version.")
]
Create = Annotated[bool, typer.Option("--create", help="Make the destination, private, if it is missing.")]
Hardware = Annotated[str, typer.Option("--hardware", metavar="SKU", help="What a model that is made runs on.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", "-w", help="Follow the training to its end.")]
TrainingId = Annotated[str, typer.Argument(metavar="ID", help="A training's id, or its web address.")]
TrainingIds = Annotated[list[str], typer.Argument(metavar="ID...", help="Trainings' ids, or their web addresses.")]


@app.command("create", help="Train a model.", epilog=EXAMPLES)
def create(
    context: typer.Context,
    reference: Base,
    destination: Destination,
    inputs: Inputs = None,
    input_file: InputFile = None,
    separator: Separator = "=",
    create_destination: Create = False,
    hardware: Hardware = MADE_ON,
    wait: Wait = False,
    as_json: Json = False,
    web: Web = False,
    webhook: Webhook = None,
    webhook_events: Events = None,
    dry_run: DryRun = False,
) -> None:
    """Send a training; it goes on by itself."""
    from replicate_tui.cli import arguments

    if as_json and web:
        raise Stop(WRONG_USE, "--json and --web do not go together")
    given = arguments.read(inputs or [], separator, input_file)
    asked = {"webhook": webhook, "webhook_events": webhook_events}

    async def work(session: "Session") -> int:
        made = hardware if create_destination else None
        run = await _send(session, reference, destination, given, asked, made_on=made, dry_run=dry_run)
        return await _go_on(session, run, wait=wait, as_json=as_json, web=web)

    with_session(context, work, dry_run=dry_run)


@app.command("list", help="The account's trainings, newest first.", epilog=_WATCH)
def list_(context: typer.Context, every: All = False, as_json: Json = False) -> None:
    """Print the first page of trainings, or all of them."""

    async def work(session: "Session") -> int:
        from replicate_tui.cli.listing import print_pages
        from replicate_tui.core.history import runs
        from replicate_tui.core.run_columns import TRAININGS

        def rows(page: "Page[Prediction]") -> "list[RunRow]":
            return [runs.row(run) for item in page.results if (run := session.store.run(item.id)) is not None]

        return await print_pages(
            session.trainings, TRAININGS, rows, every=every, as_json=as_json, nothing="no trainings yet"
        )

    with_session(context, work)


@app.command("show", help="One training.", epilog=_SHOW)
@app.command("view", hidden=True)
def show(context: typer.Context, run_id: TrainingId, as_json: Json = False, web: Web = False) -> None:
    """Print one training."""

    async def work(session: "Session") -> int:
        from replicate_tui.cli.following import open_page
        from replicate_tui.core.history.runs import told, web_url

        run = known(session, run_id) if is_local(run_id) else await _told(session, training_id(session, run_id))
        if web:
            open_page(web_url(run))
        if output.for_people(as_json):
            _print_facts(run)
        else:
            output.data(told(run))
        return 0

    with_session(context, work)


@app.command("watch", help="Follow trainings to their end.", epilog=_WATCH)
def watch(context: typer.Context, run_ids: TrainingIds, as_json: Json = False) -> None:
    """Follow trainings: logs and progress on the way, then what each made."""

    async def work(session: "Session") -> int:
        from replicate_tui.cli.watch import watch_all

        ids = [training_id(session, text) for text in run_ids]
        return await watch_all(session, ids, session.training, "training", as_json)

    with_session(context, work)


@app.command("cancel", help="Stop trainings.", epilog=_CANCEL)
def cancel(context: typer.Context, run_ids: TrainingIds, as_json: Json = False, dry_run: DryRun = False) -> None:
    """Stop trainings, one line for each."""

    async def work(session: "Session") -> int:
        from replicate_tui.cli.cancel import named_run, stop_all

        session.settings.require_writes("cancel trainings")
        ids = list(dict.fromkeys(named_run(session, text, training_id) for text in run_ids))
        for each in filterfalse(is_local, ids):
            # What is not known to be a training would be looked for among the predictions.
            with contextlib.suppress(NotFound):
                await session.training(each)
        return await stop_all(session, ids, as_json)

    with_session(context, work, dry_run=dry_run)


async def _send(
    session: "Session",
    reference: str,
    destination: str,
    given: "Given",
    asked: dict[str, str | None],
    *,
    made_on: str | None,
    dry_run: bool,
) -> "Run":
    """Judge everything, then send the training; `made_on` is the hardware of a destination that may be made."""
    from replicate_tui.cli.preparing import asked_options, fitting
    from replicate_tui.cli.sending import sent
    from replicate_tui.core.forms.options import RunOptions

    session.settings.require_writes("train a model")
    options = RunOptions(**await asked_options(session, asked))
    what = await session.trainable(session.reference(reference))
    kept = {name: value for name, value in given.data.items() if name not in given.typed}
    values = fitting(what, kept, given.typed)
    to = await session.destination(destination)
    first = None
    if not await session.has_destination(to):
        if made_on is None:
            raise Stop(WRONG_USE, f"nothing was sent: there is no model {to}; --create makes it, private")
        first = await _making(session, to, made_on)
        if dry_run:
            output.note(f"would make the model {to}, private")
    if dry_run:
        await session.rehearse_training(what, values, to, options)
    return await sent(session, session.train(what, values, to, options, first=first), "training")


async def _making(session: "Session", to: "Reference", hardware: str) -> "Callable[[], Awaitable[None]]":
    """How the destination is made. Raises Stop where there is no such hardware."""
    with judged():
        await session.check_hardware(hardware)

    async def make() -> None:
        await session.create_model(to, visibility="private", hardware=hardware)
        output.note(f"made the model {to}, private")

    return make


async def _go_on(session: "Session", run: "Run", *, wait: bool, as_json: bool, web: bool) -> int:
    from replicate_tui.cli import following
    from replicate_tui.cli.naming import again
    from replicate_tui.cli.watch import watch_all
    from replicate_tui.core.history.runs import web_url

    output.note(f"Training created: {web_url(run)}")
    if web:
        following.open_page(web_url(run))
        return 0
    if wait:
        return await watch_all(session, [run.id], session.training, "training", as_json)
    following.print_started(run, people=output.for_people(as_json))
    output.note(f"to follow it: {again(session)} training watch {run.id}")
    return 0


async def _told(session: "Session", run_id: str) -> "Run":
    """A training as the API tells it, else as it was kept here once the API no longer knows it."""
    try:
        return await session.training(run_id)
    except NotFound:
        kept = session.store.run(run_id)
        if kept is None or not kept.is_training:
            raise
        output.note(f"{session.settings.host} no longer knows {run_id}; this is what was kept here")
        return kept


def _print_facts(run: "Run") -> None:
    from replicate_tui.api.resources import Training
    from replicate_tui.core import text
    from replicate_tui.core.history import runs

    row, training = runs.row(run), Training.of(run.prediction.raw)
    output.facts(
        [
            ("id", run.id),
            ("trains", row.model),
            ("version", row.version),
            ("destination", str(run.prediction.raw.get(runs.DESTINATION) or "")),
            ("status", row.status),
            ("error", training.error or ""),
            ("created", text.moment(training.created_at)),
            ("time", text.duration(runs.elapsed(row))),
            ("made", training.trained_version or ""),
            ("weights", training.weights or ""),
            ("web", runs.web_url(run)),
        ]
    )
    output.line("\ninput")
    output.data(training.input)
