"""`prediction …`: list, show and save runs; its `create` is `run`, `cancel` and `resolve` are in their own modules."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.api.errors import NetworkError, NotFound
from replicate_tui.cli import cancel, output, resolve, run, watch
from replicate_tui.cli.context import with_session
from replicate_tui.cli.exit_codes import RAN_BADLY
from replicate_tui.cli.flags import All, Json, Web
from replicate_tui.cli.following import open_page
from replicate_tui.cli.naming import is_local, known
from replicate_tui.cli.naming import run_id as id_of

if TYPE_CHECKING:
    from replicate_tui.api.resources import Page, Prediction
    from replicate_tui.core.history.rows import RunRow
    from replicate_tui.core.history.runs import Run
    from replicate_tui.core.keeping.saving import Saved
    from replicate_tui.core.session import Session

LIST_EXAMPLES = """\b
Examples:
  replicate-tui prediction list
  replicate-tui p list --all --json | jq -r '.results[].id'
"""
SHOW_EXAMPLES = """\b
Examples:
  replicate-tui prediction show k7x2m9qd5rrm80cn4wf9t0a6zc
  replicate-tui prediction show k7x2m9qd5rrm80cn4wf9t0a6zc --json | jq .output
"""
SAVE_EXAMPLES = """\b
Examples:
  replicate-tui prediction save k7x2m9qd5rrm80cn4wf9t0a6zc
  replicate-tui prediction save ID ID --output-directory results
"""

app = typer.Typer(help="Run models, and look after what runs.", no_args_is_help=True, rich_markup_mode=None)
app.command("create", help="Run a model.", epilog=run.EXAMPLES)(run.create)
app.command("new", hidden=True)(run.create)
app.command("run", hidden=True)(run.create)
app.command("watch", help="Follow runs to their end.", epilog=watch.EXAMPLES)(watch.watch)
app.command("cancel", help="Stop runs.", epilog=cancel.EXAMPLES)(cancel.cancel)
app.command("resolve", help="What became of runs whose answer was lost.", epilog=resolve.EXAMPLES)(resolve.resolve)

RunId = Annotated[str, typer.Argument(metavar="ID", help="A prediction's id, or its web address.")]


@app.command("list", help="The account's runs, newest first.", epilog=LIST_EXAMPLES)
def list_(context: typer.Context, every: All = False, as_json: Json = False) -> None:
    """Print the first page of runs, or all of them."""
    with_session(context, lambda session: _list(session, every, as_json))


@app.command("show", help="One run.", epilog=SHOW_EXAMPLES)
@app.command("view", hidden=True)
def show(context: typer.Context, run_id: RunId, as_json: Json = False, web: Web = False) -> None:
    """Print one run."""
    with_session(context, lambda session: _show(session, run_id, as_json, web))


@app.command("save", help="Keep the files of runs on this machine.", epilog=SAVE_EXAMPLES)
def save(
    context: typer.Context,
    run_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Predictions' ids, or their web addresses.")],
    output_directory: Annotated[
        Path | None, typer.Option(help="Where to save, in a folder for each. [default: with the saved runs]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Save runs, one line for each."""
    with_session(context, lambda session: _save_all(session, run_ids, output_directory, as_json))


async def _list(session: "Session", every: bool, as_json: bool) -> int:
    from replicate_tui.cli.listing import print_pages
    from replicate_tui.core.history import runs
    from replicate_tui.core.run_columns import RUNS

    def rows(page: "Page[Prediction]") -> "list[RunRow]":
        return [runs.row(run) for item in page.results if (run := session.store.run(item.id)) is not None]

    return await print_pages(session.predictions, RUNS, rows, every=every, as_json=as_json, nothing="no runs yet")


async def _show(session: "Session", named: str, as_json: bool, web: bool) -> int:
    from replicate_tui.core.history.runs import told, web_url

    found = known(session, named) if is_local(named) else await _told(session, id_of(session, named))
    if web:
        open_page(web_url(found))
    if output.for_people(as_json):
        _print_facts(found)
    else:
        output.data(told(found))
    return 0


async def _told(session: "Session", run_id: str) -> "Run":
    """A run as the API tells it, else as it was kept here once the API no longer knows it."""
    try:
        return await session.prediction(run_id)
    except NotFound:
        kept = session.store.run(run_id)
        if kept is None:
            raise
        output.note(f"{session.settings.host} no longer knows {run_id}; this is what was kept here")
        return kept


def _print_facts(found: "Run") -> None:
    from replicate_tui.core import text
    from replicate_tui.core.history import runs
    from replicate_tui.core.history.runs import web_url

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
            ("web", "" if is_local(found.id) else web_url(found)),
        ]
    )
    for title, value in (("input", prediction.input), ("output", prediction.output)):
        output.line(f"\n{title}")
        output.data(value)


async def _save_all(session: "Session", named: list[str], directory: Path | None, as_json: bool) -> int:
    from replicate_tui.cli.saving import make_folder

    ids = dict.fromkeys(id_of(session, text) for text in named)
    if directory is not None:
        make_folder(directory)
    whole = [await _save(session, run_id, directory, as_json) for run_id in ids]
    return 0 if all(whole) else RAN_BADLY


async def _save(session: "Session", run_id: str, directory: Path | None, as_json: bool) -> bool:
    """Save one run and tell of it; whether all of it is there."""
    from replicate_tui.core.keeping.file_names import folder_name

    try:
        found = await _found(session, run_id)
        if not found.over:
            output.note(f"{run_id} is {found.status}: there is nothing to save before it ends")
            return False
        saved = await session.save(found, None if directory is None else directory / folder_name(run_id))
    except (NotFound, NetworkError) as error:
        output.note(f"{run_id} is not saved: {error}")
        return False
    except OSError as error:
        output.note(f"{run_id} cannot be saved: {error}")
        return False
    _tell(found, saved, as_json)
    return not saved.failures


async def _found(session: "Session", run_id: str) -> "Run":
    """A run as the API tells it, else as it was kept here. Raises NotFound or NetworkError if neither knows it."""
    try:
        return await session.prediction(run_id)
    except (NotFound, NetworkError):
        kept = session.store.run(run_id)
        if kept is None:
            raise
        return kept


def _tell(found: "Run", saved: "Saved", as_json: bool) -> None:
    from replicate_tui.core.text import counted

    lost = saved.lost and found.prediction.data_removed
    if not output.for_people(as_json):
        files = [str(path) for path in saved.files]
        failures = list(saved.failures)
        output.data({"id": found.id, "folder": str(saved.folder), "files": files, "failures": failures, "lost": lost})
    elif not lost:
        output.shown(f"{found.id}  {counted(len(saved.files), 'file')} in {saved.folder}")
    if lost:
        output.note(f"{found.id} is not saved: Replicate has deleted its files")
        return
    if saved.note:
        output.note(f"{found.id}: {saved.note}")
    for failure in saved.failures:
        output.note(f"{found.id} is not saved whole: {failure}")
