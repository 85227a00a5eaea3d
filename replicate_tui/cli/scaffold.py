"""`scaffold`: a project that runs an earlier prediction."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.cli import output
from replicate_tui.cli.context import with_session
from replicate_tui.cli.exit_codes import WRONG_USE, Stop
from replicate_tui.cli.flags import Json

if TYPE_CHECKING:
    from replicate_tui.core.models.finding import Remixed
    from replicate_tui.core.session import Session
    from replicate_tui.core.snippets.scaffold import Project

EXAMPLES = """\b
Examples:
  replicate-tui scaffold k7x2m9qd5rrm80cn4wf9t0a6zc --template python
  replicate-tui scaffold https://replicate.com/p/k7x2m9qd5rrm80cn4wf9t0a6zc app --template node
"""


class Template(StrEnum):
    """What a project is written in."""

    node = "node"
    python = "python"


Named = Annotated[str, typer.Argument(metavar="ID|URL", help="A prediction's id, or its web address.")]
Folder = Annotated[
    Path | None, typer.Argument(metavar="DIR", help="A folder that is new or empty. [default: ./{model's name}]")
]
Wanted = Annotated[Template, typer.Option("--template", "-t", help="What the project is written in.")]


def scaffold(
    context: typer.Context, named: Named, template: Wanted, folder: Folder = None, as_json: Json = False
) -> None:
    """Write the project; nothing is sent."""
    with_session(context, lambda session: _scaffold(session, named, folder, template, as_json))


async def _scaffold(session: "Session", named: str, folder: Path | None, template: Template, as_json: bool) -> int:
    from replicate_tui.core.keeping.file_names import legal_name
    from replicate_tui.core.snippets.scaffold import project
    from replicate_tui.core.snippets.scaffold_folder import Occupied, check_free, write_project

    try:
        if folder is not None:
            check_free(folder)
        made = project(template.value, await _earlier(session, named), session.client.base_url)
        place = folder or Path(legal_name(made.name, "project"))
        write_project(place, made.files)
    except Occupied as occupied:
        raise Stop(WRONG_USE, f"{occupied}: nothing was written; name another folder") from occupied
    except OSError as error:
        raise Stop(WRONG_USE, f"cannot write the project: {error}") from error
    for note in made.notes:
        output.note(note)
    _tell(made, place, template, session.settings.local, as_json)
    return 0


async def _earlier(session: "Session", named: str) -> "Remixed":
    from replicate_tui.cli.naming import is_local

    if not is_local(named) and session.reference(named).kind != "prediction":
        raise Stop(WRONG_USE, f"{named!r} does not name a prediction; give its id or its web address")
    earlier = await session.remix(named)
    prediction = earlier.run.prediction
    if prediction.data_removed and not prediction.input:
        raise Stop(WRONG_USE, f"{prediction.id} cannot be made a project: {'; '.join(earlier.remarks)}")
    return earlier


def _tell(made: "Project", folder: Path, template: Template, local: bool, as_json: bool) -> None:
    """Where the project is, and what it takes to run it."""
    if not output.for_people(as_json):
        output.data(
            {
                "directory": str(folder),
                "template": template.value,
                "model": made.model,
                "files": sorted(made.files),
                "variables": list(made.variables),
                "missing": [{"path": each.path, "input": each.input, "why": each.why} for each in made.missing],
            }
        )
        return
    output.shown(f"{folder}: a project in {template.value.title()} that runs {made.model}")
    for path in sorted(made.files):
        output.line(f"  {path}")
    for missing in made.missing:
        output.note(f"put a file at {folder / missing.path}: {missing.why}")
    output.note(f"set in the environment: {', '.join(made.variables)}{' (any will do)' if local else ''}")
    output.note(f"how to run it is in {folder / 'README.md'}")
