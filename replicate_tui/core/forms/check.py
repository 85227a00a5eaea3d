"""Tries a list of models: is there a form for each, and does it take what the model's recorded example was given?"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from replicate_tui.core.forms.field import UNSET, Field
from replicate_tui.core.forms.file_input import is_cut_short
from replicate_tui.core.forms.inputs import fields, parse, recall
from replicate_tui.core.forms.refusal import CAUSES, Refused
from replicate_tui.core.forms.schema import resolved
from replicate_tui.core.forms.values import REDACTED, accept
from replicate_tui.core.text import one_line

Apart = Literal["other version", "data removed", "redacted", "cut short"]

_NO_FORM: Final = "no form can be built"
_MISSING: Final = "required and missing"
_UNKNOWN: Final = "no input of the model"
_ODD: Final = "odd in the schema"


@dataclass(slots=True)
class Report:
    """What a check found. Ids are "owner/name", or "#12" for the twelfth value where it has none.

    `models` counts what has a name or a version: other values are no models. `forms` and `training_forms` were
    built of so many `inputs`; `formless` are no models, or have a version but no form, `unpublished` no version.
    Of the examples `intact` were run by the current version and are there in full; `apart` counts the others by
    why. `refused` are the ids of intact examples that their form does not take. `findings` counts inputs by what
    is odd about them, in `intact` examples and in others, `found_in` names the models.
    """

    models: int = 0
    forms: int = 0
    training_forms: int = 0
    inputs: int = 0
    formless: list[str] = field(default_factory=list)
    unpublished: int = 0
    without_example: int = 0
    intact: int = 0
    apart: Counter[str] = field(default_factory=Counter)
    apart_refused: int = 0
    refused: dict[str, list[str]] = field(default_factory=dict)
    findings: Counter[str] = field(default_factory=Counter)
    found_in: dict[str, dict[str, None]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every form was built and takes its intact example."""
        return not self.formless and not self.refused

    def as_json(self) -> dict[str, object]:
        """The report as a JSON object."""
        return {
            "passed": self.passed,
            "models": self.models,
            "forms": self.forms,
            "training_forms": self.training_forms,
            "inputs": self.inputs,
            "unpublished": self.unpublished,
            "without_form": self.formless,
            "examples": {
                "intact": self.intact,
                "refused": self.refused,
                "apart": dict(self.apart),
                "apart_refused": self.apart_refused,
                "none": self.without_example,
            },
            "findings": {
                name: {"inputs": number, "models": list(self.found_in[name])}
                for name, number in self.findings.most_common()
            },
        }

    def find(self, finding: str, identity: str) -> None:
        """Count something odd about an input of a model."""
        self.findings[finding] += 1
        self.found_in.setdefault(finding, {})[identity] = None


def check(models: Iterable[object]) -> Report:
    """Build the form of every model, of its trainings too, and judge every recorded example by it."""
    report = Report()
    for number, model in enumerate(models, start=1):
        _check_model(report, model, number)
    return report


def _check_model(report: Report, model: object, number: int) -> None:
    identity = _identity(model, number)
    if not isinstance(model, Mapping) or not ("latest_version" in model or identity != _unnamed(number)):
        _find_no_form(report, identity)
        return
    report.models += 1
    version = model.get("latest_version")
    if version is None:
        report.unpublished += 1
        return
    document = version.get("openapi_schema") if isinstance(version, Mapping) else None
    form = _form(document, "Input")
    if form is None or not isinstance(version, Mapping):
        _find_no_form(report, identity)
        return
    report.forms += 1
    _count(report, identity, form)
    trainings = _form(document, "TrainingInput")
    if trainings is not None:
        report.training_forms += 1
        _count(report, identity, trainings)
    _check_example(report, identity, form, model.get("default_example"), version.get("id"))


def _find_no_form(report: Report, identity: str) -> None:
    report.formless.append(identity)
    report.find(_NO_FORM, identity)


def _unnamed(number: int) -> str:
    return f"#{number}"


def _identity(model: object, number: int) -> str:
    owner, name = (model.get("owner"), model.get("name")) if isinstance(model, Mapping) else (None, None)
    return one_line(f"{owner}/{name}") if isinstance(owner, str) and isinstance(name, str) else _unnamed(number)


def _form(document: Any, component: str) -> tuple[Field, ...] | None:
    """The form for a component, with a Field for every property; None where the document declares no such thing."""
    declared, _ = resolved(document, component)
    properties = declared.get("properties")
    if not isinstance(properties, Mapping):
        return None
    form = fields(document, component)
    return form if len(form) == len(properties) else None


def _count(report: Report, identity: str, form: tuple[Field, ...]) -> None:
    report.inputs += len(form)
    for one in form:
        for note in one.notes:
            report.find(f"{_ODD}: {_class_of(note)}", identity)


def _class_of(note: str) -> str:
    """A note without what is particular to one input."""
    return next((words for words in _NOTES if words in note), "other")


_NOTES: Final = (
    "default was left out",
    "names no type",
    "is unknown",
    "refers to",
    "leave nothing",
    "neither text nor number",
    "too deep",
    "not an object",
)


def _check_example(report: Report, identity: str, form: tuple[Field, ...], example: object, version: object) -> None:
    given = example.get("input") if isinstance(example, Mapping) else None
    if not isinstance(example, Mapping) or not isinstance(given, Mapping):
        report.without_example += 1
        return
    for finding in _findings(form, given):
        report.find(finding, identity)
    errors = parse(form, recall(form, given).raw).errors
    why = _apart(example, given, version)
    if why is not None:
        report.apart[why] += 1
        report.apart_refused += bool(errors)
        return
    report.intact += 1
    if errors:
        report.refused[identity] = list(errors.values())


def _findings(form: tuple[Field, ...], given: Mapping[str, object]) -> Iterator[str]:
    """What is odd about each input of an example, by class."""
    by_name = {one.name: one for one in form}
    yield from (_UNKNOWN for name in given if name not in by_name)
    for one in form:
        raw = given.get(one.name, UNSET)
        try:
            taken = accept(one, raw)
        except Refused as refusal:
            yield CAUSES[refusal.cause]
            continue
        if taken is UNSET and one.required:
            yield _MISSING
        elif raw is None and taken is UNSET:
            yield "null, which is left out"
        elif type(taken) is not type(raw) and isinstance(raw, str | bool | int | float):
            yield "another type, which is converted"


def _apart(example: Mapping[str, object], given: Mapping[str, object], version: object) -> Apart | None:
    """Why the form need not take an example; None for an intact one."""
    if example.get("data_removed") is True:
        return "data removed"
    if example.get("version") != version:
        return "other version"
    texts = list(_texts(given))
    if any(REDACTED in text for text in texts):
        return "redacted"
    return "cut short" if any(map(is_cut_short, texts)) else None


def _texts(given: object) -> Iterator[str]:
    ahead = [given]
    while ahead:
        match ahead.pop():
            case str() as text:
                yield text
            case list() as members:
                ahead.extend(members)
            case dict() as named:
                ahead.extend(named.values())
