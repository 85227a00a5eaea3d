"""A project that runs an earlier prediction again with an official client, as the texts of its files.

The token and secret inputs come from the environment. Files that are not kept any more are named, for whoever has
them to put in their place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from replicate_tui.core.forms.field import Upload
from replicate_tui.core.forms.inputs import REDACTED, Field
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history.runs import web_url
from replicate_tui.core.models.finding import Remixed
from replicate_tui.core.settings import DEFAULT_BASE_URL
from replicate_tui.core.snippets import scaffold_node, scaffold_python
from replicate_tui.core.snippets.call import Call, Secret, holds, leaves
from replicate_tui.core.snippets.scaffold_inputs import FOLDER, Given, Missing, given_again
from replicate_tui.core.snippets.scaffold_words import TOKEN_VARIABLE, Plan, plain

Template = Literal["node", "python"]

TEMPLATES: Final[tuple[Template, ...]] = ("node", "python")

_IGNORED: Final[Mapping[Template, str]] = {
    "node": "node_modules/\noutput/\n.env\n",
    "python": ".venv/\n__pycache__/\noutput/\n.env\n",
}


@dataclass(frozen=True, slots=True)
class Project:
    """A project's files by their paths in it ("main.py", "inputs/image.png"), and what it still wants.

    `name` is the model's, for a folder. `variables` are to be set in the environment, `missing` files to be put in
    their place. `notes` say in sentences what of the prediction is not in it.
    """

    name: str
    model: str
    files: Mapping[str, bytes]
    variables: tuple[str, ...]
    missing: tuple[Missing, ...]
    notes: tuple[str, ...]


def project(template: Template, earlier: Remixed, base_url: str) -> Project:
    """The project that runs `earlier` again with the API at `base_url` (no `/v1`)."""
    given = _given(earlier, base_url)
    call = _call(earlier, given)
    told = _told(call)
    secrets = [leaf for leaf in leaves(told) if isinstance(leaf, Secret)]
    plan = Plan(
        run_id=earlier.run.id,
        page=web_url(earlier.run),
        call=call,
        told=told,
        base_url="" if base_url == DEFAULT_BASE_URL else base_url,
        variables=(TOKEN_VARIABLE, *(secret.variable for secret in secrets)),
        missing=tuple(given.missing),
    )
    texts = {**_program(template, plan), "README.md": _readme(template, plan), ".gitignore": _IGNORED[template]}
    files = {path: text.encode() for path, text in texts.items()} | given.contents
    if given.missing:
        files[f"{FOLDER}/README.md"] = _wanted(plan).encode()
    names = {field.name for field in earlier.target.fields}
    left_out = [note for name, note in earlier.notes.items() if earlier.target.schema is not None and name not in names]
    return Project(
        name=earlier.target.model.rpartition("/")[2] or f"prediction-{earlier.run.id}",
        model=call.reference or earlier.target.deployment or "",
        files=files,
        variables=plan.variables,
        missing=plan.missing,
        notes=(*earlier.remarks, *left_out),
    )


def _given(earlier: Remixed, base_url: str) -> Given:
    fields = {field.name: field for field in earlier.target.fields}
    uploads = {name: value for name, value in earlier.raw.items() if holds(value, Upload)}
    known = {
        name: value
        for name, value in {**earlier.run.prediction.input, **uploads}.items()
        if _is_sent(fields.get(name), value, judged=earlier.target.schema is not None)
    }
    return given_again(fields, known, base_url)


def _is_sent(field: Field | None, value: object, *, judged: bool) -> bool:
    if field is None:
        return not judged
    return value is not None or field.nullable


def _call(earlier: Remixed, given: Given) -> Call:
    found = earlier.target
    return Call(
        model=found.model,
        input=given.values,
        fields=found.fields,
        version="" if found.identifier == found.model else found.version,
        options=RunOptions(deployment=found.deployment, lifetime=earlier.options.lifetime),
    )


def _told(call: Call) -> dict[str, object]:
    """The input with a Secret for each secret: its value is not known, so its Field tells whether it is JSON."""
    fields = {field.name: field for field in call.fields}
    told = call.told()
    for name, value in told.items():
        field = fields.get(name)
        if isinstance(value, Secret) and call.input[name] == REDACTED and field is not None:
            is_json = field.kind == "list" or (field.plain is not None and field.plain.kind not in ("text", "prose"))
            told[name] = replace(value, is_json=is_json)
    return told


def _program(template: Template, plan: Plan) -> dict[str, str]:
    if template == "python":
        return {"main.py": scaffold_python.main(plan), "requirements.txt": scaffold_python.REQUIREMENTS}
    return {"index.js": scaffold_node.main(plan), "package.json": scaffold_node.manifest(plan)}


# -- words ------


def _readme(template: Template, plan: Plan) -> str:
    commands = scaffold_python.COMMANDS if template == "python" else scaffold_node.COMMANDS
    variables = "\n".join(f"export {name}=…" for name in plan.variables)
    parts = [
        f"# {plain(plan.what)}",
        f"Runs `{_code(plan.what)}` as the prediction [{_code(plan.run_id)}](<{_link(plan.page)}>) did.",
        f"The token{' and the secret inputs' if plan.variables[1:] else ''}: in the environment only.",
        f"```sh\n{variables}\n```",
        *([_wanted(plan).rstrip("\n")] if plan.missing else []),
        f"Then:\n\n```sh\n{commands}```",
        "What it gives is saved in `output/`, in a folder for each run. The inputs are in "
        f"`{'main.py' if template == 'python' else 'index.js'}`.",
    ]
    if plan.base_url:
        parts.append(f"The API is `{_code(plan.base_url)}`; `REPLICATE_BASE_URL` in the environment names another.")
    return "\n\n".join(parts) + "\n"


def _wanted(plan: Plan) -> str:
    """The files to put in their place, as Markdown."""
    lines = [f"- `{missing.path}` for `{_code(missing.input)}`: {_code(missing.why)}" for missing in plan.missing]
    return "\n".join(["Put these files in their place first:", "", *lines]) + "\n"


def _code(text: str) -> str:
    return plain(text).replace("`", "'")


def _link(url: str) -> str:
    return plain(url).translate({ord("<"): "%3C", ord(">"): "%3E", ord(" "): "%20"})
