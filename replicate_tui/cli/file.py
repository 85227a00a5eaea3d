"""`file …`: the account's uploaded files, and fetching any one file."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from replicate_tui.cli import output
from replicate_tui.cli.confirming import confirm
from replicate_tui.cli.context import with_session
from replicate_tui.cli.exit_codes import NO_ANSWER, WRONG_USE, Stop
from replicate_tui.cli.flags import All, DryRun, Json, Yes
from replicate_tui.cli.judging import judged

if TYPE_CHECKING:
    from replicate_tui.api.resources import File
    from replicate_tui.core.session import Session

app = typer.Typer(
    help="The account's uploaded files, which are kept for 24 hours.", no_args_is_help=True, rich_markup_mode=None
)

FileId = Annotated[str, typer.Argument(metavar="ID", help="The file's id, or its address in the API.")]
Address = Annotated[str, typer.Argument(metavar="URL", help="An output's file, or a signed link to an uploaded one.")]
Content = Annotated[Path, typer.Argument(metavar="PATH", help="The file, of up to 100 MB.")]
Place = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="PATH", help="A folder, or the new file. [default: here]")
]
Metadata = Annotated[str | None, typer.Option(metavar="JSON", help="An object to keep with it.")]

LIST_EXAMPLES = """\b
Examples:
  replicate-tui file list
  replicate-tui file list --all --json | jq -r '.results[].id'
"""
SHOW_EXAMPLES = """\b
Example:
  replicate-tui file show ID
"""
UPLOAD_EXAMPLES = """\b
Examples:
  replicate-tui file upload photo.jpg
  replicate-tui file upload data.zip --metadata '{"set": "spring"}'
  replicate-tui file upload photo.jpg | jq -r .urls.get
"""
DOWNLOAD_EXAMPLES = """\b
Examples:
  replicate-tui file download https://replicate.delivery/…/out-0.png
  replicate-tui file download https://replicate.delivery/…/0.png -o corgi.png
"""
DELETE_EXAMPLES = """\b
Examples:
  replicate-tui file delete ID
  replicate-tui file delete ID --yes
"""


@app.command("list", help="The account's uploaded files.", epilog=LIST_EXAMPLES)
def list_(context: typer.Context, every: All = False, as_json: Json = False) -> None:
    """Print the first page of files, or all of them."""
    from replicate_tui.cli.listing import print_pages

    async def work(session: "Session") -> int:
        from replicate_tui.core.resource_columns import FILES

        return await print_pages(
            session.client.files.list,
            FILES,
            lambda page: page.results,
            every=every,
            as_json=as_json,
            nothing="there are no files: each is gone 24 hours after its upload",
        )

    with_session(context, work)


@app.command("show", help="What is known of an uploaded file.", epilog=SHOW_EXAMPLES)
@app.command("view", hidden=True)
def show(context: typer.Context, file_id: FileId, as_json: Json = False) -> None:
    """Print one file, without its content."""

    async def work(session: "Session") -> int:
        _print(await session.client.files.get(_id(file_id)), as_json)
        return 0

    with_session(context, work)


@app.command("upload", help="Upload a file, for inputs of many runs.", epilog=UPLOAD_EXAMPLES)
@app.command("create", hidden=True)
def upload(
    context: typer.Context, path: Content, metadata: Metadata = None, as_json: Json = False, dry_run: DryRun = False
) -> None:
    """Upload a file and print what the API tells of it."""
    kept = None if metadata is None else _object(metadata)

    async def work(session: "Session") -> int:
        from replicate_tui.core.forms.refusal import Refused

        try:
            uploaded = await session.upload(path, kept)
        except Refused as refusal:
            raise Stop(WRONG_USE, f"PATH {refusal}") from refusal
        except OSError as error:
            raise Stop(WRONG_USE, f"PATH cannot be read: {error}") from error
        _print(uploaded, as_json)
        return 0

    with_session(context, work, dry_run=dry_run)


@app.command("download", help="Fetch a file, never over one that is there.", epilog=DOWNLOAD_EXAMPLES)
def download(context: typer.Context, url: Address, place: Place = None, as_json: Json = False) -> None:
    """Fetch a file, whole or not at all, and print where it is."""

    async def work(session: "Session") -> int:
        from replicate_tui.core.keeping.single_file import NotFetched

        try:
            with judged():
                path = await session.download(url, place)
        except NotFetched as error:
            raise Stop(NO_ANSWER, str(error)) from error
        except OSError as error:
            raise Stop(WRONG_USE, f"nothing was saved: {error}") from error
        if output.for_people(as_json):
            output.shown(str(path))
        else:
            output.data({"path": str(path), "size": path.stat().st_size})
        return 0

    with_session(context, work)


@app.command("delete", help="Delete an uploaded file.", epilog=DELETE_EXAMPLES)
def delete(context: typer.Context, file_id: FileId, yes: Yes = False, dry_run: DryRun = False) -> None:
    """Delete an uploaded file."""

    async def work(session: "Session") -> int:
        session.settings.require_writes("delete a file")
        named = _id(file_id)
        confirm("delete the file", named, yes=yes, dry_run=dry_run)
        await session.delete_file(named)
        output.note(f"{named} is deleted")
        return 0

    with_session(context, work, dry_run=dry_run)


def _id(text: str) -> str:
    from replicate_tui.core.verbs.filing import file_id

    with judged():
        return file_id(text)


def _object(text: str) -> Mapping[str, Any]:
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Stop(WRONG_USE, f"--metadata must be a JSON object: {error}") from error
    if not isinstance(found, dict):
        raise Stop(WRONG_USE, f"--metadata must be a JSON object, not {text[:80]}")
    return found


def _print(file: "File", as_json: bool) -> None:
    if not output.for_people(as_json):
        output.data(file.raw)
        return
    from replicate_tui.core import text

    output.facts(
        [
            ("id", file.id),
            ("name", file.name or ""),
            ("type", file.content_type or ""),
            ("size", text.size(file.size)),
            ("created", text.moment(file.created_at)),
            ("expires", text.moment(file.expires_at)),
            ("url", file.url or ""),
            *((f"{name}", checksum) for name, checksum in file.checksums.items()),
        ]
    )
    if file.metadata:
        output.line("\nmetadata")
        output.data(file.metadata)
