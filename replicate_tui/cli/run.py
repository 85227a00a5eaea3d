"""`run`, `stream`, `prediction create`: send a run, follow it, print or save what it gave."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.api.errors import UnknownFate
from replicate_tui.cli import output
from replicate_tui.cli.context import NO_ANSWER, RAN_BADLY, WRONG_USE, Stop, with_session
from replicate_tui.cli.naming import again

if TYPE_CHECKING:
    from replicate_tui.cli.preparing import Prepared
    from replicate_tui.core.history.runs import Run
    from replicate_tui.core.session import Session, Target

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[
    str,
    typer.Argument(metavar="OWNER/MODEL[:VERSION]", help="What to run: its name, its web address, or a run to repeat."),
]
Inputs = Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Inputs; @FILE uploads a file.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", "-w", help="Wait for the run to end.")]
Web = Annotated[bool, typer.Option("--web", help="Open the run in the browser.")]
Save = Annotated[bool, typer.Option("--save", help="Save the output's files.")]
Folder = Annotated[Path | None, typer.Option("--output-directory", help="Where to save. [default: ./{prediction-id}]")]
Separator = Annotated[str, typer.Option(help="What stands between an input's name and value.")]
Lifetime = Annotated[str | None, typer.Option(help="Cancel the run after this time, such as 30s, 5m, 1h.")]


@dataclass(frozen=True, slots=True)
class _Order:
    """What the command line asks of a run; `raw` are the inputs as they were given."""

    named: str
    raw: dict[str, object]
    stream: bool | None
    wait: bool
    as_json: bool
    web: bool
    save: bool
    folder: Path | None
    lifetime: str | None


def create(
    context: typer.Context,
    reference: Name,
    inputs: Inputs = None,
    stream: Annotated[
        bool | None, typer.Option("--stream/--no-stream", help="Print a text output as it comes.")
    ] = None,
    wait: Wait = True,
    as_json: Json = False,
    web: Web = False,
    save: Save = False,
    output_directory: Folder = None,
    separator: Separator = "=",
    lifetime: Lifetime = None,
) -> None:
    """Send a run, and follow it to its end."""
    from replicate_tui.cli import arguments

    _judge(as_json=as_json, web=web, stream=stream, wait=wait, save=save or output_directory is not None)
    order = _Order(
        reference,
        arguments.read(inputs or [], separator),
        stream,
        wait,
        as_json,
        web,
        save or output_directory is not None,
        output_directory,
        lifetime,
    )
    with_session(context, lambda session: _create(session, order))


def stream(
    context: typer.Context,
    reference: Name,
    inputs: Inputs = None,
    save: Save = False,
    output_directory: Folder = None,
    separator: Separator = "=",
    lifetime: Lifetime = None,
) -> None:
    """Send a run and print its output as it comes."""
    create(
        context,
        reference,
        inputs,
        stream=True,
        save=save,
        output_directory=output_directory,
        separator=separator,
        lifetime=lifetime,
    )


def _judge(*, as_json: bool, web: bool, stream: bool | None, wait: bool, save: bool) -> None:
    """Stop where two options contradict each other."""
    if as_json and web:
        raise Stop(WRONG_USE, "--json and --web do not go together")
    if as_json and stream:
        raise Stop(WRONG_USE, "--json and --stream do not go together: one prints an object, the other its text")
    if stream and not wait:
        raise Stop(WRONG_USE, "--stream and --no-wait do not go together")
    if save and not wait:
        raise Stop(WRONG_USE, "--save and --no-wait do not go together: there is nothing to save yet")


async def _create(session: "Session", order: _Order) -> int:
    from replicate_tui.cli.preparing import prepared
    from replicate_tui.core.history.runs import web_url

    ready = await prepared(session, order.named, order.raw, order.lifetime)
    if order.folder is not None:
        _make(order.folder)
    _ask_for_budget(session, ready)
    run = await _send(session, ready)
    output.note(f"Prediction created: {web_url(run)}")
    if order.web:
        open_page(web_url(run))
        return 0
    if not order.wait:
        _print_started(run, order.as_json)
        return 0
    try:
        return await _finish(session, ready.target, order, run.id)
    except asyncio.CancelledError:
        program = f"{again(session)} prediction"
        output.note(f"interrupted; the run goes on: {program} show {run.id}")
        output.note(f"to stop it: {program} cancel {run.id}")
        raise


async def _send(session: "Session", ready: "Prepared") -> "Run":
    """Send the run; where that does not come to its end, what became of it is told."""
    from replicate_tui.cli.resolve import way_out

    changed: set[str] = set()
    leave = session.store.subscribe(changed.add)
    try:
        return await session.run(ready.target, ready.values, ready.options)
    except UnknownFate as error:
        raise Stop(NO_ANSWER, f"{error}; {way_out(session, changed)}") from error
    except asyncio.CancelledError:
        output.note(f"interrupted before the API answered: {way_out(session, changed)}")
        raise
    except ValueError as error:
        raise Stop(WRONG_USE, str(error)) from error
    except OSError as error:
        raise Stop(WRONG_USE, f"cannot upload: {error}") from error
    finally:
        leave()


def _ask_for_budget(session: "Session", ready: "Prepared") -> None:
    """Go on only with the person's word where the day's budget would be crossed."""
    question = session.budget_question(ready.target, ready.options)
    if question is None:
        return
    from replicate_tui.core.text import clean

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        way_out = "Raise daily under [budget] in config.toml, or answer in a terminal"
        raise Stop(WRONG_USE, f"nothing was sent: {clean(question)} {way_out}")
    if not typer.confirm(clean(question), err=True):
        raise Stop(WRONG_USE, "nothing was sent")


async def _finish(session: "Session", target: "Target", order: _Order, run_id: str) -> int:
    from replicate_tui.cli.progress import Progress
    from replicate_tui.core import outputs
    from replicate_tui.core.history.runs import ended_badly

    people = output.for_people(order.as_json)
    streamed = bool(order.stream) or (order.stream is None and people and outputs.streams(target.schema))
    printed = 0
    with Progress(quiet=streamed) as progress:
        async for run in session.follow(run_id):
            progress.show(run)
            if streamed:
                printed = _print_more(run, target, printed)
    if streamed:
        output.write("\n")
    elif people:
        _print_output(run, target)
    else:
        output.data(run.prediction.raw)
    saved = await _save(session, order, run) if order.save else 0
    if (trouble := ended_badly(run)) is not None:
        output.note(trouble)
        return RAN_BADLY
    return saved


def _make(folder: Path) -> None:
    """The folder to save in, made before anything is sent: a run is not paid for only to be lost."""
    from replicate_tui.core.settings import private_folder

    try:
        private_folder(folder)
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise PermissionError(f"{folder} is not a folder that can be written")
    except OSError as error:
        raise Stop(WRONG_USE, f"cannot save there: {error}") from error


async def _save(session: "Session", order: _Order, run: "Run") -> int:
    from replicate_tui.core.keeping.file_names import legal_name

    try:
        saved = await session.save(run, order.folder or Path(legal_name(run.id, "run")))
    except OSError as error:
        raise Stop(WRONG_USE, f"cannot save: {error}") from error
    for path in saved.files:
        output.note(f"saved {path}")
    for failure in saved.failures:
        output.note(f"not saved: {failure}")
    return NO_ANSWER if saved.failures else 0


def open_page(url: str) -> None:
    """Open a page in the browser, or tell its address where there is none."""
    from replicate_tui.core import browser

    if not browser.open_page(url):
        output.note(f"no browser here; the page is {url}")


def _print_started(run: "Run", as_json: bool) -> None:
    if output.for_people(as_json):
        output.shown(run.id)
    else:
        output.data(run.prediction.raw)


def _print_more(run: "Run", target: "Target", printed: int) -> int:
    """Print what the text output has beyond the first `printed` characters; how many are printed then."""
    from replicate_tui.core import outputs, text

    whole = outputs.joined_text(run.prediction.output, outputs.output_schema(target.schema)) or ""
    more = whole[printed:]
    if more:
        output.write(text.clean(more) if sys.stdout.isatty() else more)
    return max(printed, len(whole))


def _print_output(run: "Run", target: "Target") -> None:
    from replicate_tui.core import outputs

    value = run.prediction.output
    text = outputs.joined_text(value, outputs.output_schema(target.schema))
    if text is not None:
        output.shown(text)
    elif isinstance(value, str):
        output.shown(value)
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        for item in value:
            output.shown(item)
    elif value is not None:
        output.data(value)
