"""`model …`: find models and read them; what changes them is in `own_model`, and `check` in a module of its own."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.cli import check, output, own_model, run
from replicate_tui.cli.context import with_session
from replicate_tui.cli.exit_codes import REFUSED, WRONG_USE, Stop
from replicate_tui.cli.flags import All, Json, Web
from replicate_tui.cli.model_facts import open_model, print_model
from replicate_tui.cli.schema import print_schema

if TYPE_CHECKING:
    from replicate_tui.api.reference import Reference as Named
    from replicate_tui.api.resources import Model, Page
    from replicate_tui.core.history.database import ModelRow
    from replicate_tui.core.session import Session

app = typer.Typer(help="Find models and read what they take.", no_args_is_help=True, rich_markup_mode=None)

Reference = Annotated[str, typer.Argument(metavar="OWNER/MODEL[:VERSION]", help="The model, or its web address.")]

LIST_EXAMPLES = """\b
Examples:
  replicate-tui model list
  replicate-tui model list --all --json | jq -r '.results[].name'
"""
SEARCH_EXAMPLES = """\b
Examples:
  replicate-tui model search upscale photos
  replicate-tui m search "text to speech" --json
"""
SHOW_EXAMPLES = """\b
Examples:
  replicate-tui model show stability-ai/sdxl
  replicate-tui model show stability-ai/sdxl --web
"""
SCHEMA_EXAMPLES = """\b
Examples:
  replicate-tui model schema stability-ai/sdxl
  replicate-tui model schema stability-ai/sdxl --json
"""
VERSIONS_EXAMPLES = """\b
Examples:
  replicate-tui model versions acme/painter
  replicate-tui model versions acme/painter --all --json
  replicate-tui model versions acme/painter VERSION
To delete one: replicate-tui model delete acme/painter:VERSION
"""
README_EXAMPLES = """\b
Examples:
  replicate-tui model readme stability-ai/sdxl
  replicate-tui model readme stability-ai/sdxl > sdxl.md
"""
EXAMPLES_EXAMPLES = """\b
Examples:
  replicate-tui model examples stability-ai/sdxl
  replicate-tui run stability-ai/sdxl --example seed=7
"""


@app.command("list", help="Public models, newest version first.", epilog=LIST_EXAMPLES)
def list_(context: typer.Context, every: All = False, as_json: Json = False) -> None:
    """Print the first page of models, or all of them."""
    from replicate_tui.cli.listing import print_pages

    async def work(session: "Session") -> int:
        from replicate_tui.core.model_columns import MODELS_DESCRIBED

        nothing = "there are no models"
        return await print_pages(session.models, MODELS_DESCRIBED, _rows, every=every, as_json=as_json, nothing=nothing)

    with_session(context, work)


@app.command("search", help="Search public models.", epilog=SEARCH_EXAMPLES)
def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="What to look for.")],
    as_json: Json = False,
) -> None:
    """Print what a search finds."""
    from replicate_tui.cli.listing import print_pages

    query = " ".join(words).strip()
    if not query:
        raise Stop(WRONG_USE, "WORDS: say what to look for")

    async def work(session: "Session") -> int:
        from replicate_tui.core.model_columns import MODELS_DESCRIBED

        async def found(cursor: str | None) -> "Page[Model]":
            return await session.search_models(query)

        nothing = "no model was found; fewer or other words may find one"
        return await print_pages(found, MODELS_DESCRIBED, _rows, every=False, as_json=as_json, nothing=nothing)

    with_session(context, work)


@app.command("show", help="One model.", epilog=SHOW_EXAMPLES)
@app.command("view", hidden=True)
def show(context: typer.Context, reference: Reference, as_json: Json = False, web: Web = False) -> None:
    """Print one model."""

    async def work(session: "Session") -> int:
        model = await session.model(session.reference(reference))
        if web:
            open_model(model)
        print_model(model, as_json)
        return 0

    with_session(context, work)


@app.command("schema", help="What a model takes, and what a training of it takes.", epilog=SCHEMA_EXAMPLES)
def schema(context: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """Print what a model takes; as JSON its whole OpenAPI document."""

    async def work(session: "Session") -> int:
        _, version = await session.version(session.reference(reference))
        print_schema(version.openapi_schema, as_json, training=True)
        return 0

    with_session(context, work)


app.command("create", help="Make a model that versions can be pushed to.", epilog=own_model.CREATE_EXAMPLES)(
    own_model.create
)
app.command("new", hidden=True)(own_model.create)
app.command("update", help="Change what is told of a model.", epilog=own_model.UPDATE_EXAMPLES)(own_model.update)
app.command("delete", help="Delete a model, or one version of it.", epilog=own_model.DELETE_EXAMPLES)(own_model.delete)
app.command("run", help="Run a model (= run).", epilog=run.EXAMPLES)(run.create)


@app.command("versions", help="A model's versions, or one of them.", epilog=VERSIONS_EXAMPLES)
def versions(
    context: typer.Context,
    reference: Reference,
    version: Annotated[str | None, typer.Argument(metavar="VERSION", help="The one to show.")] = None,
    every: All = False,
    as_json: Json = False,
) -> None:
    """Print a page of a model's versions, all of them, or one."""

    async def work(session: "Session") -> int:
        named = session.reference(reference)
        chosen = version or named.version
        if chosen is None:
            return await _list_versions(session, named, every=every, as_json=as_json)
        if every or (version and named.version and version != named.version):
            raise Stop(WRONG_USE, "name one VERSION, or none and --all")
        await _show_version(session, replace(named, kind="version", version=chosen), as_json)
        return 0

    with_session(context, work)


@app.command("readme", help="A model's readme, as Markdown.", epilog=README_EXAMPLES)
def readme(context: typer.Context, reference: Reference) -> None:
    """Print a model's readme."""

    async def work(session: "Session") -> int:
        model = await session.model(session.reference(reference))
        found = await session.client.models.readme(model.owner, model.name)
        if found is None:
            raise Stop(REFUSED, f"{model.full_name} has no readme")
        output.shown(found.rstrip("\n"))
        return 0

    with_session(context, work)


@app.command("examples", help="Runs that a model's author keeps as examples.", epilog=EXAMPLES_EXAMPLES)
def examples(context: typer.Context, reference: Reference, every: All = False, as_json: Json = False) -> None:
    """Print a page of examples, or all of them."""
    from replicate_tui.cli.listing import print_pages

    async def work(session: "Session") -> int:
        from replicate_tui.core.resource_columns import EXAMPLES

        named = session.reference(reference)
        return await print_pages(
            lambda cursor: session.examples_page(named, cursor),
            EXAMPLES,
            lambda page: page.results,
            every=every,
            as_json=as_json,
            nothing=f"{named} has no examples",
        )

    with_session(context, work)


app.command(
    "check",
    help="Try a file of models: a form for each, and does it take the recorded example?",
    epilog=check.EXAMPLES,
)(check.check)


def _rows(page: "Page[Model]") -> "list[ModelRow]":
    from replicate_tui.core.models.catalog import model_row

    return [model_row(model) for model in page.results]


async def _list_versions(session: "Session", named: "Named", *, every: bool, as_json: bool) -> int:
    from replicate_tui.cli.listing import print_pages
    from replicate_tui.core.resource_columns import VERSIONS

    return await print_pages(
        lambda cursor: session.versions_page(named, cursor),
        VERSIONS,
        lambda page: page.results,
        every=every,
        as_json=as_json,
        nothing=f"{named} has no versions yet",
    )


async def _show_version(session: "Session", named: "Named", as_json: bool) -> None:
    from replicate_tui.core.text import moment

    model, version = await session.version(named)
    if not output.for_people(as_json):
        output.data(version.raw)
        return
    output.facts(
        [
            ("version", version.id),
            ("model", model.full_name),
            ("created", moment(version.created_at)),
            ("cog", version.cog_version or ""),
        ]
    )
    output.line("")
    print_schema(version.openapi_schema, as_json, training=True)
