"""What the tabs beside a form show, made of what the session knows."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from replicate_tui.api.resources import Prediction, Version
from replicate_tui.core import outputs, text
from replicate_tui.core.forms import inputs, version_changes
from replicate_tui.core.forms.inputs import Field
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history.runs import Run
from replicate_tui.core.kept_forms.drafts import Draft
from replicate_tui.core.kept_forms.presets import Presets
from replicate_tui.core.session import Session, Target
from replicate_tui.core.snippets import languages
from replicate_tui.core.snippets.call import Call
from replicate_tui.tui.screens.presets import REPLACED, PresetLine
from replicate_tui.tui.widgets.form_tabs.examples_tab import ExampleRow
from replicate_tui.tui.widgets.form_tabs.versions_tab import VersionRow

MOST_OFFERED = 20
"""Files that a file field offers of each sort."""

TITLES = ("prompt", "text", "input", "caption", "description", "query")
"""Inputs that tell what an example is about."""


def code(found: Target, raw: Mapping[str, object], asked: RunOptions, session: Session) -> dict[str, str]:
    """The run as code, by the language's name; what does not fit is left out of it."""
    parsed = inputs.parse(found.fields, raw)
    call = Call(
        model=found.model,
        input=inputs.without_defaults(found.fields, parsed.input),
        fields=found.fields,
        version="" if found.identifier == found.model else found.version,
        options=asked,
    )
    base, local = session.client.base_url, session.settings.local
    missing = ", ".join(text.one_line(name) for name in parsed.errors)
    shown: dict[str, str] = {}
    for language in languages.LANGUAGES:
        sign = "//" if language == "javascript" else "#"
        head = f"{sign} not in it yet: {missing}\n" if missing else ""
        lines = languages.snippet(language, call, base, local=local)
        shown["replicate-tui" if language == "command" else language] = head + lines
    return shown


def version_rows(versions: Sequence[Version], found: Target, now: float) -> list[VersionRow]:
    """Versions as the table shows them."""
    return [
        VersionRow(
            id=version.id,
            age=_age(version.created_at.timestamp(), now) if version.created_at else "",
            cog=version.cog_version or "",
            latest=number == 0,
            pinned=found.pinned and version.id == found.version,
        )
        for number, version in enumerate(versions)
    ]


def comparison(other: Target, found: Target) -> list[tuple[str, str]]:
    """What became of another version's inputs in the one that runs, as lines with their kind."""
    title = f"{text.short_version(other.version)} → {text.short_version(found.version)}"
    found_changes = version_changes.changes(other.fields, found.fields)
    lines: list[tuple[str, str]] = [(it.sort, f"{text.one_line(it.name)} {it.words}") for it in found_changes]
    return [("title", title), *(lines or [("same", "The same inputs")])]


def meaning(raw: Mapping[str, object], old: Sequence[Field], new: Sequence[Field]) -> tuple[str, ...]:
    """What the changes between two versions mean for the values of a draft, in sentences."""
    return version_changes.what_it_means(raw, version_changes.changes(old, new))


def example_rows(examples: Sequence[Prediction], now: float) -> list[ExampleRow]:
    """Examples as the list shows them."""
    return [
        ExampleRow(
            id=example.id,
            title=_title(example.input),
            age=_age(example.created_at.timestamp(), now) if example.created_at else "",
            status=example.status,
            input=example.input,
            output=example.output,
        )
        for example in examples
    ]


def preset_lines(
    presets: Presets, model: str, now: float, replaced: Draft | None
) -> tuple[tuple[str, ...], Callable[[str], PresetLine | None]]:
    """The names of the presets of a model, and what gives the line of each: only those that are seen are loaded.

    First come the inputs that were `replaced` by others, if any.
    """
    kept_at = {row.name: row.kept_at for row in presets.list(model)}

    @cache
    def line(name: str) -> PresetLine | None:
        if name == REPLACED:
            return None if replaced is None else PresetLine("before that", _title(replaced.raw), "replaced")
        preset = presets.load(model, name)
        return None if preset is None else PresetLine(name, _title(preset.raw), _age(kept_at[name], now))

    return (*([REPLACED] if replaced is not None else []), *kept_at), line


def made(runs: Sequence[Run]) -> list[str]:
    """What file fields offer of the latest runs: a file that was kept as it lies here, any other by its address."""
    files = [str(run.files.get(file.where, file.url)) for run in runs for file in outputs.files(run.prediction.output)]
    return list(dict.fromkeys(files))[:MOST_OFFERED]


def used(values: Mapping[str, object]) -> list[str]:
    """The files of this machine among the values of a run."""
    found = (item for value in values.values() for item in (value if isinstance(value, list) else [value]))
    return [str(item.path) for item in found if isinstance(item, inputs.Upload)]


def _title(values: Mapping[str, object]) -> str:
    told = (values.get(name) for name in TITLES)
    texts = (value for value in (*told, *values.values()) if isinstance(value, str) and value)
    return next(texts, "")


def _age(moment: float, now: float) -> str:
    return text.age(max(0.0, now - moment))
