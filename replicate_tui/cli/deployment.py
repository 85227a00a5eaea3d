"""`deployment …`: a model on hardware that is kept for the account."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from replicate_tui.api.errors import InvalidInput, Unauthorized
from replicate_tui.cli import output, run
from replicate_tui.cli.confirming import confirm_name
from replicate_tui.cli.context import with_session
from replicate_tui.cli.exit_codes import REFUSED, WRONG_USE, Stop
from replicate_tui.cli.flags import All, DryRun, Json, Web, Yes
from replicate_tui.cli.judging import judged
from replicate_tui.cli.naming import again
from replicate_tui.cli.schema import print_schema
from replicate_tui.cli.web_page import open_replicate

if TYPE_CHECKING:
    from replicate_tui.api.reference import Reference
    from replicate_tui.api.resources import Deployment
    from replicate_tui.core.session import Session

app = typer.Typer(help="Models on hardware that is kept for you.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The deployment: owner/name, or the name alone of one's own.")
]
ModelName = Annotated[str, typer.Option("--model", metavar="OWNER/MODEL[:VERSION]", help="The model that it runs.")]
SameModel = Annotated[
    str | None, typer.Option("--model", metavar="OWNER/MODEL", help="The model that it runs: takes its latest version.")
]
Version = Annotated[str | None, typer.Option(metavar="VERSION", help="The model's version. [default: its latest]")]
NewVersion = Annotated[str | None, typer.Option("--version", metavar="VERSION", help="Another version of its model.")]
Sku = Annotated[str, typer.Option("--hardware", metavar="SKU", help="What it runs on: see hardware list.")]
NewSku = Annotated[str | None, typer.Option("--hardware", metavar="SKU", help="Other hardware: see hardware list.")]
Least = Annotated[
    int | None, typer.Option("--min-instances", min=0, max=5, help="So many stand ready, and cost money all the time.")
]
Most = Annotated[
    int | None, typer.Option("--max-instances", min=0, max=20, help="So many run at the same time; 0 is off.")
]

CREATE_EXAMPLES = """\b
Examples:
  replicate-tui deployment create text-to-image --model stability-ai/sdxl \\
    --hardware gpu-a100-large --min-instances 1 --max-instances 5
  replicate-tui d create oil --model acme/painter --hardware gpu-t4 --dry-run
Without the numbers it has none ready, and one at most.
"""
UPDATE_EXAMPLES = """\b
Examples:
  replicate-tui deployment update text-to-image --max-instances 10
  replicate-tui deployment update text-to-image --model stability-ai/sdxl
  replicate-tui d update text-to-image --min-instances 0 --max-instances 0
The last one turns it off.
"""
LIST_EXAMPLES = """\b
Examples:
  replicate-tui deployment list
  replicate-tui d list --all --json | jq -r '.results[].name'
"""
SHOW_EXAMPLES = """\b
Examples:
  replicate-tui deployment show text-to-image
  replicate-tui deployment show acme/text-to-image --web
"""
SCHEMA_EXAMPLES = """\b
Examples:
  replicate-tui deployment schema text-to-image
  replicate-tui deployment schema text-to-image --json
"""
RUN_EXAMPLES = """\b
Examples:
  replicate-tui deployment run text-to-image prompt="a corgi" --save
  replicate-tui run --deployment text-to-image prompt="a corgi"
"""
DELETE_EXAMPLES = """\b
Examples:
  replicate-tui deployment delete text-to-image
  replicate-tui deployment delete text-to-image --yes
It must have been off and unused for 15 minutes.
"""


@app.command("create", help="Make a deployment of a model.", epilog=CREATE_EXAMPLES)
@app.command("new", hidden=True)
def create(
    context: typer.Context,
    name: Name,
    model: ModelName,
    hardware: Sku,
    version: Version = None,
    min_instances: Least = None,
    max_instances: Most = None,
    as_json: Json = False,
    web: Web = False,
    dry_run: DryRun = False,
) -> None:
    """Make a deployment and print it."""

    async def work(session: "Session") -> int:
        from replicate_tui.core.verbs.deploying import Wanted

        session.settings.require_writes("create a deployment")
        wanted = Wanted(model, version, hardware, min_instances, max_instances)
        with judged():
            made = await session.create_deployment(await session.deployment_reference(name), wanted)
        _tell(session, "Deployment created", made, as_json=as_json, web=web)
        return 0

    with_session(context, work, dry_run=dry_run)


@app.command("update", help="Change a deployment, which makes a new release of it.", epilog=UPDATE_EXAMPLES)
def update(
    context: typer.Context,
    name: Name,
    model: SameModel = None,
    version: NewVersion = None,
    hardware: NewSku = None,
    min_instances: Least = None,
    max_instances: Most = None,
    as_json: Json = False,
    web: Web = False,
    dry_run: DryRun = False,
) -> None:
    """Change what is given, and print the deployment."""
    if all(value is None for value in (model, version, hardware, min_instances, max_instances)):
        options = "--version, --model, --hardware, --min-instances, --max-instances"
        raise Stop(WRONG_USE, f"there is nothing to change: give one of {options}")

    async def work(session: "Session") -> int:
        from replicate_tui.core.verbs.deploying import Wanted

        session.settings.require_writes("change a deployment")
        wanted = Wanted(model, version, hardware, min_instances, max_instances)
        with judged():
            reference = await session.deployment_reference(name)
            now, changed = await session.update_deployment(reference, wanted)
        done = "Deployment updated" if changed else "It is so already; nothing was sent"
        _tell(session, done, now, as_json=as_json, web=web)
        return 0

    with_session(context, work, dry_run=dry_run)


@app.command("list", help="The account's deployments.", epilog=LIST_EXAMPLES)
def list_(context: typer.Context, every: All = False, as_json: Json = False) -> None:
    """Print the first page of deployments, or all of them."""
    from replicate_tui.cli.listing import print_pages

    async def work(session: "Session") -> int:
        from replicate_tui.core.resource_columns import DEPLOYMENTS

        return await print_pages(
            session.deployments,
            DEPLOYMENTS,
            lambda page: page.results,
            every=every,
            as_json=as_json,
            nothing="there are no deployments",
        )

    with_session(context, work)


@app.command("show", help="One deployment.", epilog=SHOW_EXAMPLES)
@app.command("view", hidden=True)
def show(context: typer.Context, name: Name, as_json: Json = False, web: Web = False) -> None:
    """Print one deployment."""

    async def work(session: "Session") -> int:
        found = await session.deployment(await _named(session, name))
        if web:
            open_replicate(session.deployment_page(found))
        _print(found, as_json)
        return 0

    with_session(context, work)


@app.command("schema", help="The inputs and output of what a deployment runs.", epilog=SCHEMA_EXAMPLES)
def schema(context: typer.Context, name: Name, as_json: Json = False) -> None:
    """Print what a deployment takes; as JSON its version's whole OpenAPI document."""

    async def work(session: "Session") -> int:
        target = await session.target(await _named(session, name))
        if target.schema is None:
            raise Stop(REFUSED, target.note)
        print_schema(target.schema, as_json)
        return 0

    with_session(context, work)


@app.command("delete", help="Delete a deployment.", epilog=DELETE_EXAMPLES)
def delete(context: typer.Context, name: Name, yes: Yes = False, dry_run: DryRun = False) -> None:
    """Delete a deployment."""

    async def work(session: "Session") -> int:
        session.settings.require_writes("delete a deployment")
        reference = await _named(session, name)
        full_name = f"{reference.owner}/{reference.name}"
        confirm_name("delete the deployment", full_name, yes=yes, dry_run=dry_run)
        try:
            await session.delete_deployment(reference)
        except (InvalidInput, Unauthorized) as error:
            off = f"{again(session)} deployment update {full_name} --min-instances 0 --max-instances 0"
            rule = f"it can be deleted once it was off and unused for 15 minutes; this turns it off: {off}"
            raise Stop(REFUSED, f"{error}; {rule}") from error
        output.note(f"{full_name} is deleted")
        return 0

    with_session(context, work, dry_run=dry_run)


def _on_deployment(create_run: Callable[..., None]) -> Callable[..., None]:
    """The command `run` with a deployment's name in the place of a model's."""
    parameters = dict(inspect.signature(create_run).parameters)
    named = parameters["reference"].replace(annotation=Name, default=inspect.Parameter.empty)
    del parameters["deployment"]

    @functools.wraps(create_run)
    def on_deployment(**given: Any) -> None:
        create_run(**{**given, "reference": None, "deployment": given["reference"]})

    on_deployment.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        list({**parameters, "reference": named}.values())
    )
    return on_deployment


app.command("run", help="Run what a deployment runs (= run --deployment).", epilog=RUN_EXAMPLES)(
    _on_deployment(run.create)
)


async def _named(session: "Session", name: str) -> "Reference":
    with judged():
        return await session.deployment_reference(name)


def _tell(session: "Session", done: str, deployment: "Deployment", *, as_json: bool, web: bool) -> None:
    page = session.deployment_page(deployment)
    output.note(f"{done}: {page or deployment.full_name}")
    if web:
        open_replicate(page)
    _print(deployment, as_json)


def _print(deployment: "Deployment", as_json: bool) -> None:
    if not output.for_people(as_json):
        output.data(deployment.raw)
        return
    from replicate_tui.core import text
    from replicate_tui.core.resource_columns import DEPLOYMENTS

    shown = {column.key: column.cell(deployment).text for column in DEPLOYMENTS}
    release = deployment.current_release
    author = release.created_by if release else None
    output.facts(
        [
            ("deployment", shown["name"]),
            ("model", shown["model"]),
            ("version", (release.version or "") if release else ""),
            ("hardware", shown["hardware"]),
            ("instances", shown["instances"]),
            ("release", shown["release"]),
            ("released", text.moment(release.created_at) if release else ""),
            ("by", author.username if author else ""),
        ]
    )
