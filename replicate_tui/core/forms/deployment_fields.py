"""The form of a deployment: its Fields, and what is wanted by what was typed into them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from replicate_tui.api.checks import MOST_MAX_INSTANCES, MOST_MIN_INSTANCES
from replicate_tui.api.reference import InvalidReference, Reference, parse
from replicate_tui.api.resources import Configuration, Deployment, Release
from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import UNSET, Field, Kind

LEAST_BY_DEFAULT: Final = 0
MOST_BY_DEFAULT: Final = 1

NAME, MODEL, VERSION = "name", "model", "version"
HARDWARE, LEAST, MOST = "hardware", "min_instances", "max_instances"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks for, judged; `version` is None for the model's latest. A change names no `name` and `model`."""

    name: str
    model: str
    version: str | None
    hardware: str
    least: int
    most: int


def fields(skus: Sequence[str], *, new: bool) -> tuple[Field, ...]:
    """The fields of a deployment that is new, or of one whose name and model stay; `skus` is the hardware there is."""
    identity = (
        Field(NAME, "text", required=True, description="What it is called: its runs are made under your-name/name."),
        Field(MODEL, "text", required=True, description="The model that it runs, as owner/name: it keeps that one."),
    )
    kind: Kind = "choice" if skus else "text"
    rest = (
        Field(VERSION, "text", description="The version that it runs, by its id. Empty: the model's latest."),
        Field(HARDWARE, kind, required=True, choices=tuple(skus), description="What it runs on."),
        Field(
            LEAST,
            "integer",
            default=LEAST_BY_DEFAULT,
            minimum=0,
            maximum=MOST_MIN_INSTANCES,
            description="So many stand ready, and cost money all the time. With none the first run waits for a start.",
        ),
        Field(
            MOST,
            "integer",
            default=MOST_BY_DEFAULT,
            minimum=0,
            maximum=MOST_MAX_INSTANCES,
            description="So many run at the same time, at the most. 0 turns it off.",
        ),
    )
    return (*identity, *rest) if new else rest


def values(deployment: Deployment) -> dict[str, object]:
    """What the form of a deployment says of it as it is."""
    release = deployment.current_release or Release(raw={})
    now = release.configuration or Configuration(raw={})
    told = {VERSION: release.version, HARDWARE: now.hardware, LEAST: now.min_instances, MOST: now.max_instances}
    return {name: value for name, value in told.items() if value is not None}


def instances(raw: Mapping[str, object]) -> tuple[int | None, int | None]:
    """How many instances a form asks for, at least and at most; None where what was typed is no such number."""
    numbers = [field for field in fields((), new=False) if field.name in (LEAST, MOST)]
    parsed = inputs.parse(numbers, {field.name: raw[field.name] for field in numbers if field.name in raw})
    found = {field.name: parsed.input.get(field.name, field.default) for field in numbers}
    least, most = (None if name in parsed.errors else found[name] for name in (LEAST, MOST))
    return (least if isinstance(least, int) else None), (most if isinstance(most, int) else None)


def read(shown: Sequence[Field], raw: Mapping[str, object]) -> tuple[Asked | None, dict[str, str]]:
    """What the form asks for, or what is wrong with it, by field."""
    parsed = inputs.parse(shown, raw)
    errors = dict(parsed.errors)
    said = {field.name: parsed.input.get(field.name, field.default) for field in shown}
    texts = {name: str(value).strip() for name, value in said.items() if value is not UNSET}
    for name, judge in ((NAME, _wrong_name), (MODEL, _wrong_model), (VERSION, _wrong_version)):
        if name in said and name not in errors and (wrong := judge(texts.get(name, ""))):
            errors[name] = f"{name} {wrong}"
    least, most = instances(raw)
    if least is not None and most is not None and least > most:
        errors[LEAST] = f"{LEAST} is more than {MOST}, {most}"
    if errors or least is None or most is None:
        return None, errors
    version = texts.get(VERSION) or None
    return Asked(texts.get(NAME, ""), texts.get(MODEL, ""), version, texts.get(HARDWARE, ""), least, most), {}


def _wrong_name(name: str) -> str:
    return "must be there" if not name else "must be one word, without blanks" if len(name.split()) > 1 else ""


def _wrong_model(text: str) -> str:
    found = _parsed(text)
    return "" if found is not None and found.kind == "model" else "must be owner/name"


def _wrong_version(text: str) -> str:
    found = _parsed(text)
    return "" if not text or (found is not None and found.kind == "version") else "must be a version's id, or empty"


def _parsed(text: str) -> Reference | None:
    try:
        return parse(text)
    except InvalidReference:
        return None
