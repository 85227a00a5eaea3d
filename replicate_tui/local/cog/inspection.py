"""Writes the schema of a predictor's inputs and output: `inspection.py REFERENCE FILE`, run in the model's folder.

Cog's own command line reads these from the source when it builds an image; where nothing was built, the package
`cog` is asked what it understands of the predictor's signature. The result is the `components.schemas` of Cog's
OpenAPI document. Run as a file, in a process of its own, since it imports the predictor: it imports nothing of ours.
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any

from cog._adt import InputField, PrimitiveType, Repetition
from cog._inspector import create_predictor
from cog.input import FieldInfo
from cog.predictor import load_predictor_from_ref

OPTIONAL = (Repetition.OPTIONAL, Repetition.OPTIONAL_REPEATED)


def main() -> None:
    """Write the schemas that the reference's predictor has."""
    reference, target = sys.argv[1:]
    Path(target).write_text(json.dumps(schemas(reference), default=str), "utf-8")


def schemas(reference: str) -> dict[str, Any]:
    """`Input`, `Output` and an enum for each input with choices. Raises what importing the predictor raises."""
    predictor = load_predictor_from_ref(reference)
    kind = predictor if inspect.isfunction(predictor) else type(predictor)
    info = create_predictor(Path(reference.partition(":")[0]).stem, kind.__name__)
    accepted = _accepted(kind)
    properties: dict[str, Any] = {}
    required: list[str] = []
    enums: dict[str, Any] = {}
    for name, field in info.inputs.items():
        properties[name] = _property(field) | ({"x-cog-accept": accepted[name]} if name in accepted else {})
        if field.default is None and not _nullable(field):
            required.append(name)
        if field.choices:
            enums[name] = {
                "enum": field.choices,
                "type": field.type.primitive.json_type()["type"],
                "title": name,
                "description": "An enumeration.",
            }
    body: dict[str, Any] = {"type": "object", "title": "Input", "properties": properties}
    if required:
        body["required"] = required
    return {"Input": body, "Output": info.output.json_type(), **enums}


def _property(field: InputField) -> dict[str, Any]:
    value: dict[str, Any] = {"x-order": field.order}
    if field.choices:
        value["allOf"] = [{"$ref": f"#/components/schemas/{field.name}"}]
    else:
        value |= {"title": field.name.replace("_", " ").title(), **field.type.json_type()}
    if _nullable(field):
        value["nullable"] = True
    facts = {
        "default": None if field.default is None else field.type.json_encode(field.default),
        "description": field.description,
        "minimum": _number(field.ge),
        "maximum": _number(field.le),
        "minLength": field.min_length,
        "maxLength": field.max_length,
        "pattern": field.regex,
        "deprecated": field.deprecated or None,
    }
    return value | {key: fact for key, fact in facts.items() if fact is not None}


def _nullable(field: InputField) -> bool:
    # The signature tells a secret without a default from one whose default is None no more: leaving it out is allowed.
    secret = field.type.primitive is PrimitiveType.SECRET and field.default is None
    return field.type.repetition in OPTIONAL or secret


def _number(limit: float | None) -> float | None:
    return int(limit) if limit is not None and float(limit).is_integer() else limit


def _accepted(predictor: Any) -> dict[str, str]:
    """The MIME filters of file inputs, which Cog's own inspection leaves out."""
    methods = [predictor] if inspect.isfunction(predictor) else [predictor.run, predictor.predict]
    defaults = [(name, item.default) for each in methods for name, item in inspect.signature(each).parameters.items()]
    return {name: item.accept for name, item in defaults if isinstance(item, FieldInfo) and item.accept}


if __name__ == "__main__":
    main()
