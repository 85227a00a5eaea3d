"""`prediction …`: list, show and cancel runs; its `create` is `run`."""

from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.api.errors import NotFound
from replicate_tui.api.reference import parse
from replicate_tui.cli import output, run
from replicate_tui.cli.context import WRONG_USE, Stop, with_session

if TYPE_CHECKING:
    from replicate_tui.core.runs import Run
    from replicate_tui.core.session import Session

app = typer.Typer(help="Run models, and look after what runs.", no_args_is_help=True, rich_markup_mode=None)
app.command("create", help="Run a model.")(run.create)
app.command("new", hidden=True)(run.create)
app.command("run", hidden=True)(run.create)

RunId = Annotated[str, typer.Argument(metavar="ID", help="A prediction's id, or its web address.")]


@app.command("list", help="The account's runs, newest first.")
def list_(context: typer.Context, as_json: run.Json = False) -> None:
    """Print the first page of runs."""
    with_session(context, lambda session: _list(session, as_json))


@app.command("show", help="One run.")
@app.command("view", hidden=True)
def show(context: typer.Context, run_id: RunId, as_json: run.Json = False, web: run.Web = False) -> None:
    """Print one run."""
    with_session(context, lambda session: _show(session, _id(run_id), as_json, web))


@app.command("cancel", help="Stop a run.")
def cancel(context: typer.Context, run_id: RunId, as_json: run.Json = False) -> None:
    """Cancel one run."""
    with_session(context, lambda session: _cancel(session, _id(run_id), as_json))


def _id(text: str) -> str:
    reference = parse(text)
    if reference.id is None:
        raise Stop(WRONG_USE, f"{text!r} does not name a prediction; give its id or its web address")
    return reference.id


async def _list(session: "Session", as_json: bool) -> int:
    page = await session.predictions()
    if not output.for_people(as_json):
        output.data(page.raw)
        return 0
    from replicate_tui.core.columns import RUNS

    rows = [row for item in page.results if (row := session.store.row(item.id)) is not None]
    output.table(RUNS, rows)
    return 0


async def _show(session: "Session", run_id: str, as_json: bool, web: bool) -> int:
    from replicate_tui.core.runs import web_url

    try:
        found = await session.prediction(run_id)
    except NotFound:
        kept = session.store.run(run_id)
        if kept is None:
            raise
        output.note(f"{session.settings.host} no longer knows {run_id}; this is what was kept here")
        found = kept
    if web:
        run.open_page(web_url(found))
    if output.for_people(as_json):
        _print_facts(found)
    else:
        output.data(found.prediction.raw)
    return 0


def _print_facts(found: "Run") -> None:
    from replicate_tui.core import runs, text
    from replicate_tui.core.runs import web_url

    row = runs.row(found)
    prediction = found.prediction
    output.facts(
        [
            ("id", found.id),
            ("model", row.model),
            ("version", row.version),
            ("status", row.status),
            ("error", prediction.error or ""),
            ("created", text.moment(prediction.created_at)),
            ("time", text.duration(runs.elapsed(row))),
            ("saved", str(found.folder or "")),
            ("web", web_url(found)),
        ]
    )
    for title, value in (("input", prediction.input), ("output", prediction.output)):
        output.line(f"\n{title}")
        output.data(value)


async def _cancel(session: "Session", run_id: str, as_json: bool) -> int:
    canceled = await session.cancel(run_id)
    if output.for_people(as_json):
        output.shown(f"{canceled.id} {canceled.status}")
    else:
        output.data(canceled.prediction.raw)
    return 0
