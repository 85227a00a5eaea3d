"""`model create`, `model update`, `model delete`: what the account does with models of its own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.api.errors import InvalidInput, Unauthorized
from replicate_tui.cli import output
from replicate_tui.cli.confirming import confirm_name
from replicate_tui.cli.context import with_session
from replicate_tui.cli.exit_codes import REFUSED, WRONG_USE, Stop
from replicate_tui.cli.flags import DryRun, Json, Web, Yes
from replicate_tui.cli.judging import judged, web_address
from replicate_tui.cli.model_facts import open_model, print_model

if TYPE_CHECKING:
    from replicate_tui.core.session import Session

CREATE_EXAMPLES = """\b
Examples:
  replicate-tui model create acme/painter --hardware gpu-t4 --private
  replicate-tui model create acme/painter --hardware cpu --public --dry-run
What hardware there is: replicate-tui hardware list
"""
UPDATE_EXAMPLES = """\b
Examples:
  replicate-tui model update acme/painter --description "It paints in oil"
  replicate-tui model update acme/painter --readme README.md
"""
DELETE_EXAMPLES = """\b
Examples:
  replicate-tui model delete acme/painter
  replicate-tui model delete acme/painter:VERSION --yes
"""

_MODEL_RULES = "only a private model of one's own that has no versions can be deleted"
_VERSION_RULES = (
    "a version can be deleted if its model is private and one's own, nobody else has run it, and no deployment, "
    "no training and no other version uses it"
)

Name = Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The model, or its web address.")]
Versioned = Annotated[
    str, typer.Argument(metavar="OWNER/NAME[:VERSION]", help="The model; with a version only that one.")
]
Sku = Annotated[str, typer.Option("--hardware", metavar="SKU", help="What it runs on: see hardware list.")]
Private = Annotated[bool, typer.Option("--private", help="Only the account can see it. [default]")]
Public = Annotated[bool, typer.Option("--public", help="Everybody can see it.")]
Description = Annotated[str | None, typer.Option(help="What it does, in a sentence.")]
Readme = Annotated[Path | None, typer.Option(metavar="FILE.md", help="A file of Markdown that tells more.")]
_URL = "URL"
GitHub = Annotated[
    str | None, typer.Option("--github-url", metavar=_URL, callback=web_address, help="Where its source is.")
]
Paper = Annotated[str | None, typer.Option("--paper-url", metavar=_URL, callback=web_address, help="Its paper.")]
Weights = Annotated[
    str | None, typer.Option("--weights-url", metavar=_URL, callback=web_address, help="Where its weights are.")
]
License = Annotated[str | None, typer.Option("--license-url", metavar=_URL, callback=web_address, help="Its license.")]
Cover = Annotated[
    str | None, typer.Option("--cover-image-url", metavar=_URL, callback=web_address, help="A picture for its page.")
]


def create(
    context: typer.Context,
    name: Name,
    hardware: Sku,
    private: Private = False,
    public: Public = False,
    description: Description = None,
    github_url: GitHub = None,
    paper_url: Paper = None,
    license_url: License = None,
    cover_image_url: Cover = None,
    as_json: Json = False,
    web: Web = False,
    dry_run: DryRun = False,
) -> None:
    """Make a model without versions; it is private unless --public says otherwise."""
    if private and public:
        raise Stop(WRONG_USE, "--private and --public do not go together")

    async def work(session: "Session") -> int:
        session.settings.require_writes("create a model")
        with judged():
            model = await session.create_model(
                session.reference(name),
                visibility="public" if public else "private",
                hardware=hardware,
                description=description,
                github_url=github_url,
                paper_url=paper_url,
                license_url=license_url,
                cover_image_url=cover_image_url,
            )
        output.note(f"Model created: {model.url or model.full_name}")
        if web:
            open_model(model)
        print_model(model, as_json)
        return 0

    with_session(context, work, dry_run=dry_run)


def update(
    context: typer.Context,
    name: Name,
    description: Description = None,
    readme: Readme = None,
    github_url: GitHub = None,
    paper_url: Paper = None,
    weights_url: Weights = None,
    license_url: License = None,
    as_json: Json = False,
    web: Web = False,
    dry_run: DryRun = False,
) -> None:
    """Change what is given; the API changes neither a model's visibility, nor its hardware or cover image."""
    changes = {
        "description": description,
        "readme": _read(readme),
        "github_url": github_url,
        "paper_url": paper_url,
        "weights_url": weights_url,
        "license_url": license_url,
    }
    if all(value is None for value in changes.values()):
        options = ", ".join("--" + key.replace("_", "-") for key in changes)
        raise Stop(WRONG_USE, f"there is nothing to change: give one of {options}")

    async def work(session: "Session") -> int:
        session.settings.require_writes("change a model")
        with judged():
            model = await session.update_model(session.reference(name), **changes)
        output.note(f"Model updated: {model.url or model.full_name}")
        if web:
            open_model(model)
        print_model(model, as_json)
        return 0

    with_session(context, work, dry_run=dry_run)


def delete(context: typer.Context, name: Versioned, yes: Yes = False, dry_run: DryRun = False) -> None:
    """Delete a model, or one version with all its runs and their files."""

    async def work(session: "Session") -> int:
        session.settings.require_writes("delete a model")
        reference = session.reference(name)
        whole = reference.version is None
        deed = "delete the model" if whole else "delete this version, with all its runs and their files"
        confirm_name(deed, str(reference), yes=yes, dry_run=dry_run)
        try:
            await session.delete_model(reference)
        except (InvalidInput, Unauthorized) as error:
            raise Stop(REFUSED, f"{error}; {_MODEL_RULES if whole else _VERSION_RULES}") from error
        output.note(f"{reference} is deleted" if whole else f"{reference} is being deleted, which takes minutes")
        return 0

    with_session(context, work, dry_run=dry_run)


def _read(path: Path | None) -> str | None:
    if path is None:
        return None
    from replicate_tui.cli.reading import as_text, file_bytes

    try:
        return as_text(file_bytes(path, "--readme"), "--readme")
    except OSError as error:
        raise Stop(WRONG_USE, f"--readme: cannot read {path}: {error}") from error
