"""`collection …`: models that belong together."""

from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.cli import output
from replicate_tui.cli.context import with_session
from replicate_tui.cli.exit_codes import WRONG_USE, Stop
from replicate_tui.cli.flags import All, Json, Web
from replicate_tui.cli.web_page import open_replicate

if TYPE_CHECKING:
    from replicate_tui.api.resources import Collection
    from replicate_tui.core.session import Session

app = typer.Typer(help="Models that belong together.", no_args_is_help=True, rich_markup_mode=None)

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="The collection, or its web address.")]

LIST_EXAMPLES = """\b
Examples:
  replicate-tui collection list
  replicate-tui collection list --all --json | jq -r '.results[].slug'
"""
SHOW_EXAMPLES = """\b
Examples:
  replicate-tui collection show text-to-image
  replicate-tui collection show text-to-image --json | jq -r '.models[].name'
"""


@app.command("list", help="Replicate's collections.", epilog=LIST_EXAMPLES)
def list_(context: typer.Context, every: All = False, as_json: Json = False) -> None:
    """Print the first page of collections, or all of them."""
    from replicate_tui.cli.listing import print_pages

    async def work(session: "Session") -> int:
        from replicate_tui.core.resource_columns import COLLECTIONS

        return await print_pages(
            session.client.collections.list,
            COLLECTIONS,
            lambda page: page.results,
            every=every,
            as_json=as_json,
            nothing="there are no collections",
        )

    with_session(context, work)


@app.command("show", help="One collection with its models.", epilog=SHOW_EXAMPLES)
@app.command("view", hidden=True)
def show(context: typer.Context, slug: Slug, as_json: Json = False, web: Web = False) -> None:
    """Print one collection."""

    async def work(session: "Session") -> int:
        found = await session.collection(_slug(session, slug))
        if web:
            open_replicate(session.collection_page(found))
        if output.for_people(as_json):
            _print(found)
        else:
            output.data(found.raw)
        return 0

    with_session(context, work)


def _slug(session: "Session", text: str) -> str:
    """What names the collection in requests.

    Raises:
        Stop: the text names something else.
        InvalidReference: it names nothing.
    """
    reference = session.reference(text if "/" in text else f"collections/{text.strip()}")
    if reference.kind != "collection" or reference.name is None:
        raise Stop(WRONG_USE, f"{text} does not name a collection; replicate-tui collection list tells their names")
    return reference.name


def _print(found: "Collection") -> None:
    from replicate_tui.core.model_columns import MODELS_DESCRIBED
    from replicate_tui.core.models.catalog import model_row

    output.facts([("collection", found.slug), ("name", found.name), ("", found.description or "")])
    output.line("")
    output.table(MODELS_DESCRIBED, [model_row(model) for model in found.models])
