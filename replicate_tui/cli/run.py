"""`run`, `stream`, `prediction create`: send a run, follow it, print or save what it gave."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.cli import output
from replicate_tui.cli.context import with_session
from replicate_tui.cli.exit_codes import RAN_BADLY, WRONG_USE, Stop
from replicate_tui.cli.flags import DryRun, Json
from replicate_tui.cli.order import Order
from replicate_tui.cli.saving import Folder, Save, judge_current_folder, make_folder

if TYPE_CHECKING:
    from replicate_tui.cli.preparing import Prepared
    from replicate_tui.core.session import Session

EXAMPLES = """\b
Examples:
  replicate-tui run black-forest-labs/flux-schnell prompt="a corgi" --save
  replicate-tui run nightmareai/real-esrgan image=@photo.jpg
  replicate-tui run acme/painter prompt="a corgi" | replicate-tui run acme/upscaler 'image={{.output[0]}}'
  replicate-tui run acme/painter --example seed=7 --dry-run
"""
STREAM_EXAMPLES = """\b
Examples:
  replicate-tui stream meta/meta-llama-3-70b-instruct prompt="Tell me a joke"
  replicate-tui stream meta/meta-llama-3-70b-instruct prompt=- < question.txt > answer.txt
"""

Name = Annotated[
    str | None,
    typer.Argument(metavar="OWNER/MODEL[:VERSION]", help="What to run: its name, its web address, or a run to repeat."),
]
Inputs = Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Inputs; @FILE uploads a file.")]
Stream = Annotated[bool | None, typer.Option("--stream/--no-stream", help="Print a text output as it comes.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", "-w", help="Wait for the run to end.")]
Web = Annotated[bool, typer.Option("--web", help="Open the run in the browser.")]
Separator = Annotated[str, typer.Option(help="What stands between an input's name and value.")]
InputFile = Annotated[
    str | None, typer.Option("--input", metavar="FILE.json|-", help="Take inputs from an object in a file of JSON.")
]
Example = Annotated[bool, typer.Option("--example", help="Start from the model's own example.")]
DeploymentName = Annotated[str | None, typer.Option("--deployment", help="Run it on this deployment.")]
Block = Annotated[str | None, typer.Option("--block", metavar="1-60", help="Seconds the API holds its answer back.")]
Lifetime = Annotated[str | None, typer.Option(help="Cancel the run after this time, such as 30s, 5m, 1h.")]
Webhook = Annotated[str | None, typer.Option(metavar="URL", help="Tell this https address of the run.")]
Events = Annotated[
    str | None, typer.Option("--webhook-events", help="What it is told of: start, output, logs, completed.")
]


def create(
    context: typer.Context,
    reference: Name = None,
    inputs: Inputs = None,
    stream: Stream = None,
    wait: Wait = True,
    as_json: Json = False,
    web: Web = False,
    save: Save = False,
    output_directory: Folder = None,
    input_file: InputFile = None,
    example: Example = False,
    separator: Separator = "=",
    deployment: DeploymentName = None,
    block: Block = None,
    lifetime: Lifetime = None,
    webhook: Webhook = None,
    webhook_events: Events = None,
    dry_run: DryRun = False,
) -> None:
    """Send a run, and follow it to its end."""
    from replicate_tui.cli import arguments

    named, pairs = _named(context, reference, inputs or [], separator, deployment)
    order = Order(
        named,
        arguments.read(pairs, separator, input_file),
        example=example,
        asked={
            "deployment": deployment,
            "block": block,
            "lifetime": lifetime,
            "webhook": webhook,
            "webhook_events": webhook_events,
        },
        stream=stream,
        wait=wait,
        as_json=as_json,
        web=web,
        save=save or output_directory is not None,
        folder=output_directory,
        dry_run=dry_run,
    )
    order.judge()
    with_session(context, lambda session: _create(session, order), dry_run=dry_run)


def stream(
    context: typer.Context,
    reference: Name = None,
    inputs: Inputs = None,
    save: Save = False,
    output_directory: Folder = None,
    input_file: InputFile = None,
    example: Example = False,
    separator: Separator = "=",
    deployment: DeploymentName = None,
    lifetime: Lifetime = None,
    webhook: Webhook = None,
    webhook_events: Events = None,
    dry_run: DryRun = False,
) -> None:
    """Send a run and print its output as it comes."""
    create(
        context,
        reference,
        inputs,
        stream=True,
        save=save,
        output_directory=output_directory,
        input_file=input_file,
        example=example,
        separator=separator,
        deployment=deployment,
        lifetime=lifetime,
        webhook=webhook,
        webhook_events=webhook_events,
        dry_run=dry_run,
    )


def _named(
    context: typer.Context, reference: str | None, pairs: list[str], separator: str, deployment: str | None
) -> tuple[str, list[str]]:
    """What to run, and the inputs: with --deployment the name may be left out, and the first input stands there."""
    if deployment is not None and (reference is None or (separator and separator in reference)):
        return "", [*([reference] if reference else []), *pairs]
    if reference is None or not reference.strip():
        raise typer.BadParameter("say what to run", ctx=context, param_hint="OWNER/MODEL[:VERSION]")
    return reference, pairs


async def _create(session: "Session", order: Order) -> int:
    from replicate_tui.cli import following
    from replicate_tui.cli.interrupts import until_interrupted
    from replicate_tui.cli.preparing import prepared
    from replicate_tui.cli.sending import sent
    from replicate_tui.core.history.runs import web_url

    ready = await prepared(session, order)
    if order.dry_run:
        await session.rehearse(ready.target, ready.values, ready.options)
    if order.save:
        make_folder(order.folder) if order.folder is not None else judge_current_folder()
    _ask_for_budget(session, ready)
    run = await sent(session, session.run(ready.target, ready.values, ready.options))
    output.note(f"Prediction created: {web_url(run)}")
    if order.web:
        following.open_page(web_url(run))
        return 0
    if not order.wait:
        following.print_started(run, people=output.for_people(order.as_json))
        return 0
    return await until_interrupted(session, _finish(session, ready, order, run.id), lambda: [run.id])


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


async def _finish(session: "Session", ready: "Prepared", order: Order, run_id: str) -> int:
    """Follow the run to its end, print and save what it gave; the exit code."""
    from replicate_tui.cli import following
    from replicate_tui.cli.saving import save
    from replicate_tui.core.history.runs import ended_badly

    schema, people = ready.target.schema, output.for_people(order.as_json)
    streamed = following.streams(order.stream, schema, people=people)
    try:
        run, told = await following.follow(session, run_id, schema, stream=streamed)
    except (output.ReaderGone, output.Unwritable):
        # What was paid for is saved, whoever reads.
        if order.save:
            run, _ = await following.follow(session, run_id, schema, stream=False)
            await save(session, run, order.folder)
        raise
    saved = await save(session, run, order.folder) if order.save else 0
    if not told:
        following.print_result(run, schema, people=people or streamed)
    if (trouble := ended_badly(run)) is not None:
        output.note(trouble)
        return RAN_BADLY
    return saved
