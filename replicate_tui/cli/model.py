"""`model …`: list, search, show, schema; `check` is in a module of its own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from replicate_tui.cli import check, output
from replicate_tui.cli.context import with_session
from replicate_tui.cli.flags import Json

if TYPE_CHECKING:
    from replicate_tui.api.resources import Model, Page
    from replicate_tui.core.session import Session

app = typer.Typer(help="Find models and read what they take.", no_args_is_help=True, rich_markup_mode=None)
app.command("check", help="Try a file of models: a form for each, and does it take the recorded example?")(check.check)

Reference = Annotated[str, typer.Argument(metavar="OWNER/MODEL[:VERSION]", help="The model, or its web address.")]


@app.command("list", help="Public models, newest version first.")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """Print the first page of models."""

    async def work(session: "Session") -> int:
        return _print_page(await session.client.models.list(), as_json)

    with_session(context, work)


@app.command("search", help="Search public models.")
def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="What to look for.")],
    as_json: Json = False,
) -> None:
    """Print what a search finds."""

    async def work(session: "Session") -> int:
        return _print_page(await session.client.models.search(" ".join(words)), as_json)

    with_session(context, work)


@app.command("show", help="One model.")
@app.command("view", hidden=True)
def show(context: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """Print one model."""

    async def work(session: "Session") -> int:
        model = await session.model(session.reference(reference))
        if output.for_people(as_json):
            _print_model(model)
        else:
            output.data(model.raw)
        return 0

    with_session(context, work)


@app.command("schema", help="A model's inputs and output.")
def schema(context: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """Print what a model takes; as JSON its whole OpenAPI document."""

    async def work(session: "Session") -> int:
        _, version = await session.version(session.reference(reference))
        if output.for_people(as_json):
            _print_fields(version.openapi_schema)
        else:
            output.data(version.openapi_schema)
        return 0

    with_session(context, work)


def _print_page(page: "Page[Model]", as_json: bool) -> int:
    if output.for_people(as_json):
        from replicate_tui.core.columns import MODELS_DESCRIBED
        from replicate_tui.core.models.catalog import model_row

        output.table(MODELS_DESCRIBED, [model_row(model) for model in page.results])
        if not page.results:
            output.note("no model was found; fewer or other words may find one")
    else:
        output.data(page.raw)
    return 0


def _print_model(model: "Model") -> None:
    version = model.latest_version
    output.facts(
        [
            ("model", model.full_name),
            ("", model.description or ""),
            ("official", "yes" if model.is_official else ""),
            ("visibility", model.visibility or ""),
            ("runs", f"{model.run_count:,}"),
            ("version", version.id if version else "none yet"),
            ("web", model.url or ""),
            ("github", model.github_url or ""),
            ("paper", model.paper_url or ""),
            ("license", model.license_url or ""),
        ]
    )


def _print_fields(document: Mapping[str, Any] | None) -> None:
    import shutil

    from replicate_tui.cli import fields

    shown = fields.lines(document, room=shutil.get_terminal_size().columns, colour=output.in_colour())
    for text in shown:
        output.line(text)
    if not shown:
        output.note("it takes no inputs")
