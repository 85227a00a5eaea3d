"""What the values of arguments and options may be: from what this machine knows, and never from the network."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from replicate_tui.cli.commands import COMMANDS
from replicate_tui.cli.tree import Parameter

if TYPE_CHECKING:
    from replicate_tui.cli.completing import Place
    from replicate_tui.core.forms.field import Field
    from replicate_tui.core.history.glance import Glance
    from replicate_tui.core.settings import Settings

_MANY_MODELS: Final = 100
"""With more of them their owners come first, as folders come before files."""
_MANY_RUNS: Final = 100
_KINDS: Final = {
    **dict.fromkeys(("prediction", "predictions", "p", "scaffold"), "prediction"),
    **dict.fromkeys(("training", "trainings", "t"), "training"),
}
"""What the ids are of that a command takes."""
_EVENTS: Final = ("start", "output", "logs", "completed")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that may stand there, and a note that says what it means."""

    text: str
    note: str = ""

    @property
    def goes_on(self) -> bool:
        """Whether it is the beginning of a word rather than a whole one."""
        return self.text.endswith(("=", "/", "@", ","))

    def after(self, beginning: str) -> "Candidate":
        """The same behind what stands before it in the word."""
        return replace(self, text=beginning + self.text)


Source = Callable[["Place", str], Iterable[Candidate]]


def of_parameter(place: "Place", parameter: Parameter, typed: str) -> Iterable[Candidate]:
    """What a parameter's value may be."""
    if parameter.choices:
        return [Candidate(choice) for choice in parameter.choices]
    if parameter.metavar in _RUN_IDS:
        return _runs(place, typed)
    source = _BY_KEY.get(parameter.key) or _BY_METAVAR.get(parameter.metavar)
    if source is None and parameter.kind == "path":
        source = _files
    return source(place, typed) if source is not None else ()


# -- what the history file knows ------


def _models(place: "Place", typed: str) -> Iterator[Candidate]:
    """Models, or their owners while there are many; after a colon a model's versions. A deployment needs none."""
    if place.value("deployment"):
        yield from _inputs(place, typed)
        return
    name, colon, _ = typed.partition(":")
    with _known(place) as known:
        if known is None:
            return
        if colon:
            yield from (Candidate(f"{name}:{version}") for version in known.versions(name))
        elif "/" not in typed and known.count_models(typed) > _MANY_MODELS:
            yield from (Candidate(f"{owner}/") for owner in known.owners(typed))
        else:
            yield from (Candidate(*model) for model in known.models(typed))


def _runs(place: "Place", typed: str) -> Iterator[Candidate]:
    """Ids of runs, the newest first; of runs that can be stopped, where they are to be."""
    kind = _KINDS.get(place.path[0])
    active = place.path[-1] in ("cancel", "watch")
    with _known(place) as known:
        for run in known.runs(typed, _MANY_RUNS, kind=kind, active=active) if known and kind else ():
            if run.id not in place.arguments:
                yield Candidate(run.id, f"{run.status} {run.model}")


def _deployments(place: "Place", typed: str) -> Iterator[Candidate]:
    """Deployments by their whole name, or by the last part of it once that was begun."""
    with _known(place) as known:
        if known is not None:
            for name in known.deployments():
                short = name.rpartition("/")[2]
                yield Candidate(short if typed and short.startswith(typed) else name)


def _hardware(place: "Place", typed: str) -> Iterator[Candidate]:
    with _known(place) as known:
        yield from (Candidate(sku) for sku in (known.hardware() if known is not None else ()))


def _inputs(place: "Place", typed: str) -> Iterator[Candidate]:
    """The names of a model's inputs that were not given yet; after the name its values."""
    separator = place.value("separator") or "="
    name, begun, value = typed.partition(separator)
    fields = _fields(place, separator)
    if begun:
        for field in (each for each in fields if each.name == name):
            yield from (each.after(name + separator) for each in _input_values(place, field, value))
        return
    given = {word.partition(separator)[0] for word in place.arguments if separator in word}
    for field in sorted(fields, key=lambda each: not each.required):
        if field.name not in given:
            yield Candidate(f"{field.name}{separator}", field.description)


def _fields(place: "Place", separator: str) -> "tuple[Field, ...]":
    """The inputs of what is run; none where nothing is known of it."""
    from replicate_tui.core.forms.schema import fields

    named = next((word for word in place.arguments if separator not in word), "")
    deployment = place.value("deployment") or (named if place.path[0].startswith("d") else "")
    model, _, version = named.partition(":")
    with _known(place) as known:
        if known is None:
            return ()
        if deployment:
            model, version = known.model_of_deployment(deployment) or ("", "")
        return fields(known.schema(model, version or None), "TrainingInput" if _trains(place) else "Input")


def _trains(place: "Place") -> bool:
    return place.path[0] == "train" or _KINDS.get(place.path[0]) == "training"


def _input_values(place: "Place", field: "Field", typed: str) -> Iterator[Candidate]:
    from replicate_tui.core.forms.values import choice_text

    kind = field.item.kind if field.item is not None else field.kind
    if kind == "choice":
        yield from (Candidate(choice_text(each)) for each in (field.item or field).choices)
    elif kind == "boolean":
        yield from (Candidate("true"), Candidate("false"))
    elif kind == "file" and typed.startswith("@"):
        yield from (each.after("@") for each in files(typed[1:]))
    elif kind == "file":
        yield Candidate("@", "a file of this machine")


# -- what else there is ------


def _files(place: "Place", typed: str) -> Iterator[Candidate]:
    return files(typed)


def _folders(place: "Place", typed: str) -> Iterator[Candidate]:
    return (each for each in files(typed) if each.goes_on)


def files(typed: str) -> Iterator[Candidate]:
    """The files and folders that a path may go on with; hidden ones only once their dot was typed."""
    folder, slash, begun = typed.rpartition("/")
    try:
        entries = sorted(os.scandir(Path(folder + slash).expanduser() if slash else "."), key=lambda each: each.name)
        for entry in entries:
            if begun.startswith(".") or not entry.name.startswith("."):
                yield Candidate(f"{folder}{slash}{entry.name}{'/' if entry.is_dir() else ''}")
    except (OSError, RuntimeError):
        return


def _profiles(place: "Place", typed: str) -> Iterator[Candidate]:
    """The profiles that config.toml names."""
    from replicate_tui.core import config_file
    from replicate_tui.core.settings import SettingsError, find_folders

    with contextlib.suppress(SettingsError, ValueError):
        profiles = config_file.read(find_folders(os.environ).config_file).profiles
        yield from (Candidate(name) for name in ("default", *profiles))


def _events(place: "Place", typed: str) -> Iterator[Candidate]:
    """Events, one after the other with commas."""
    before, comma, _ = typed.rpartition(",")
    yield from (Candidate(before + comma + event) for event in _EVENTS if event not in before.split(","))


def _manual(place: "Place", typed: str) -> Iterator[Candidate]:
    """What there is a page of the manual for."""
    from replicate_tui.cli import tree
    from replicate_tui.cli.help_topics import TOPICS

    if place.arguments:
        node = tree.find(tree.root(), place.arguments)
        yield from (Candidate(each.path[-1], each.summary) for each in (tree.inner(node) if node else ()))
        return
    yield from (Candidate(each.name, each.help) for each in COMMANDS)
    yield from (Candidate(name, topic.summary) for name, topic in TOPICS.items())


_RUN_IDS: Final = ("ID", "ID...", "[ID]...", "[ID]", "PREDICTION", "ID|URL")
_BY_METAVAR: Final[dict[str, Source]] = {
    **dict.fromkeys(("OWNER/MODEL[:VERSION]", "OWNER/MODEL", "OWNER/NAME", "OWNER/NAME[:VERSION]"), _models),
    **dict.fromkeys(("FILE", "FILE.json|-", "FILE.md", "PATH", "DIR|URL"), _files),
    "DIR": _folders,
    "[NAME=VALUE]...": _inputs,
    "NAME": _deployments,
    "SKU": _hardware,
    "[COMMAND...]": _manual,
}
_BY_KEY: Final[dict[str, Source]] = {
    "deployment": _deployments,
    "output_directory": _folders,
    "profile": _profiles,
    "webhook_events": _events,
}


@contextlib.contextmanager
def _known(place: "Place") -> "Iterator[Glance | None]":
    """What was seen on the host that the command line means; None where nothing can be known."""
    from replicate_tui.core import credentials
    from replicate_tui.core.history.glance import glance

    settings = _settings(place)
    if settings is None:
        yield None
        return
    fingerprint = credentials.fingerprint(settings.token) if settings.token else ""
    with glance(settings.database_file, settings.host, fingerprint) as known:
        yield known


def _settings(place: "Place") -> "Settings | None":
    """The settings that the command line asks for; None where they cannot be used."""
    from replicate_tui.core import settings
    from replicate_tui.core.settings import Flags, SettingsError

    flags = Flags(place.value("profile"), place.value("base_url"), "local" in place.given)
    try:
        return settings.load(flags)
    except SettingsError:
        return None
