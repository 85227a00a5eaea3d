"""A model's OpenAPI document, made into Fields: tolerant of everything that model authors publish."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from replicate_tui.core.forms import field_names, numerals
from replicate_tui.core.forms.field import UNSET, Field, Kind
from replicate_tui.core.forms.refusal import Refused
from replicate_tui.core.forms.values import accept, choice_text, json_type
from replicate_tui.core.text import one_line

Node = dict[str, object]

_BUDGET: Final = 4_000
_DEEPEST: Final = 60
_DEEPEST_LIST: Final = 4
_LONG_DEFAULT: Final = 60
_KINDS: Final[dict[str, Kind]] = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "array": "list",
    "object": "json",
}
_NUMERIC: Final = (("minimum", "ge"), ("maximum", "le"))
_LENGTH: Final = (("minLength",), ("maxLength",))
_BOUNDS: Final[dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "integer": _NUMERIC,
    "number": _NUMERIC,
    "text": _LENGTH,
    "prose": _LENGTH,
    "secret": _LENGTH,
    "list": (("minItems",), ("maxItems",)),
}
_JSON_TYPES: Final = frozenset([*_KINDS, "string"])


def fields(openapi_schema: Mapping[str, Any] | None, component: str = "Input") -> tuple[Field, ...]:
    """The inputs that `component` of a model's OpenAPI document declares, in the order of its form.

    Takes any JSON value without raising: what can't be understood becomes a "json" field with a note.
    `component` is "Input" for predictions and "TrainingInput" for trainings.
    """
    inputs, _ = resolved(openapi_schema, component)
    properties = inputs.get("properties")
    if not isinstance(properties, Mapping):
        return ()
    names = inputs.get("required")
    required = {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()
    found = [
        (*_place(node, name), _field(openapi_schema, name, node, name in required))
        for name, node in properties.items()
        if isinstance(name, str)
    ]
    found.sort(key=lambda entry: entry[:3])
    return tuple(replace(field, order=order) for order, (*_, field) in enumerate(found))


def resolved(openapi_schema: Mapping[str, Any] | None, component: str) -> tuple[Node, list[str]]:
    """The keywords of a component with its references followed, and notes about what was odd."""
    reference = {"$ref": f"#/components/schemas/{component}"}
    return _Flattening(openapi_schema).whole(reference)


class _Flattening:
    """One node's keywords gathered from its `$ref`, `allOf` and `anyOf` parts; its own come last and win."""

    def __init__(self, document: object) -> None:
        self._document = document
        self._left = _BUDGET
        self._notes: list[str] = []

    def whole(self, node: object) -> tuple[Node, list[str]]:
        """The flat keywords of `node`, and the notes made on the way."""
        return self._flat(node, (), _DEEPEST), self._notes

    def _flat(self, node: object, trail: tuple[str, ...], levels: int) -> Node:
        self._left -= 1
        if not isinstance(node, Mapping):
            return self._noted("its schema is not an object")
        if self._left < 0 or levels < 0:
            return self._noted("its schema is too deep to follow")
        flat: Node = {}
        reference = node.get("$ref")
        if isinstance(reference, str):
            flat |= self._referenced(reference, trail, levels)
        parts = node.get("allOf")
        for part in parts if isinstance(parts, list) else ():
            flat |= self._flat(part, trail, levels - 1)
        for keyword in ("anyOf", "oneOf"):
            branches = node.get(keyword)
            if isinstance(branches, list) and branches:
                flat |= _united([self._flat(branch, trail, levels - 1) for branch in branches[:_BUDGET]])
        return flat | {key: node[key] for key in node if key not in ("$ref", "allOf", "anyOf", "oneOf")}

    def _referenced(self, reference: str, trail: tuple[str, ...], levels: int) -> Node:
        if reference in trail:
            return self._noted("its schema refers to itself")
        target = self._document
        for part in reference.removeprefix("#/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(target, Mapping) or key not in target:
                return self._noted(f"its schema refers to {one_line(reference)}, which is missing")
            target = target[key]
        return self._flat(target, (*trail, reference), levels - 1)

    def _noted(self, note: str) -> Node:
        if note not in self._notes:
            self._notes.append(note)
        return {}


def _united(branches: list[Node]) -> Node:
    """What a value of any of the branches may be: the one that is left without null, or all their types."""
    nullable = any(_is_null(branch) or branch.get("nullable") is True for branch in branches)
    rest = [branch for branch in branches if not _is_null(branch)]
    united: Node = {"nullable": True} if nullable else {}
    if any(_is_marked(branch) or _is_marked(branch.get("items")) for branch in rest):
        united["x-cog-secret"] = True
    if len(rest) == 1:
        return rest[0] | united
    members = [_members(branch) for branch in rest]
    if members and all(isinstance(listed, list) for listed in members):
        return united | {"enum": [member for listed in members if isinstance(listed, list) for member in listed]}
    types = [name for branch in rest for name in (_types(branch) or _types_of(_members(branch)) or ("any",))]
    return united | {"type": list(dict.fromkeys(types))}


def _is_null(node: Node) -> bool:
    return node.get("type") == "null" or node.get("enum") == [None] or ("const" in node and node["const"] is None)


def _members(node: Node) -> object:
    return [node["const"]] if "const" in node else node.get("enum")


def _types_of(members: object) -> tuple[str, ...]:
    """The types that the members of a choice have: what its schema means when it names none."""
    found = [json_type(one) for one in members] if isinstance(members, list) else []
    return tuple(dict.fromkeys(found))


def _types(node: Node) -> tuple[str, ...]:
    declared = node.get("type")
    names = declared if isinstance(declared, list) else [declared]
    return tuple(name for name in names if isinstance(name, str))


def _place(node: object, name: str) -> tuple[bool, float, str]:
    """Where an input stands: by its x-order; those without one after the others, by name."""
    order = _amount(node.get("x-order")) if isinstance(node, Mapping) else None
    return (True, 0, name) if order is None else (False, order, name)


def _field(document: object, name: str, node: object, required: bool, depth: int = 0) -> Field:
    flat, notes = _Flattening(document).whole(node)
    types = tuple(one for one in _types(flat) if one != "null")
    choices = _choices(flat, notes)
    kind = _kind(name, flat, types, choices, notes)
    minimum, maximum = _bounds(kind, flat, notes)
    description = flat.get("description")
    field = Field(
        name=name,
        kind=kind,
        title=name,
        description=description if isinstance(description, str) and description != "An enumeration." else "",
        required=required,
        choices=choices if kind == "choice" else (),
        minimum=minimum,
        maximum=maximum,
        nullable=flat.get("nullable") is True or "null" in _types(flat) or _has_null(_members(flat)),
        deprecated=flat.get("deprecated") is True,
        item=_item(document, name, flat, depth) if kind == "list" else None,
        types=types if kind == "json" and set(types) <= _JSON_TYPES else (),
    )
    return _with_default(_hidden(field) if _is_marked(flat) else _hiding_items(field), flat.get("default"), notes)


def _is_marked(node: object) -> bool:
    """Whether a schema says of itself that its value is a secret."""
    return isinstance(node, Mapping) and (node.get("x-cog-secret") is True or node.get("format") == "password")


def _hidden(field: Field) -> Field:
    """`field` as the secret that it is marked to be, whatever its type."""
    if field.kind == "secret":
        return field
    kept = replace(field, kind="secret", choices=(), minimum=None, maximum=None, item=None, types=())
    return replace(kept, plain=field)


def _hiding_items(field: Field) -> Field:
    return _hidden(field) if field.item is not None and field.item.kind == "secret" else field


def _item(document: object, name: str, flat: Node, depth: int) -> Field:
    if depth >= _DEEPEST_LIST or "items" not in flat:
        return Field(name, "json", title=name)
    return _field(document, name, flat["items"], False, depth + 1)


def _has_null(members: object) -> bool:
    return isinstance(members, list) and None in members


def _choices(flat: Node, notes: list[str]) -> tuple[object, ...]:
    """The members of a choice; of two that read the same only the first can be chosen."""
    members = _members(flat)
    if not isinstance(members, list):
        return ()
    scalars = [
        one for one in members if isinstance(one, str | bool | int) or (isinstance(one, float) and math.isfinite(one))
    ]
    if len(scalars) < len([one for one in members if one is not None]):
        notes.append("some of its choices are neither text nor number and were left out")
    distinct: dict[str, object] = {}
    for one in scalars:
        distinct.setdefault(choice_text(one), one)
    return tuple(distinct.values())


def _kind(name: str, flat: Node, types: tuple[str, ...], choices: tuple[object, ...], notes: list[str]) -> Kind:
    if choices and "array" not in types:
        return "choice"
    if types == ("string",) or (not types and isinstance(flat.get("format"), str)):
        return _text_kind(name, flat)
    if set(types) == {"integer", "number"}:
        return "number"
    if len(types) == 1 and types[0] in _KINDS:
        return _KINDS[types[0]]
    if not types:
        notes.append("its schema names no type: any JSON value may be given")
    elif not set(types) <= _JSON_TYPES:
        notes.append(f"its type {one_line(', '.join(types))} is unknown: any JSON value may be given")
    return "json"


def _text_kind(name: str, flat: Node) -> Kind:
    if _is_marked(flat):
        return "secret"
    if flat.get("format") == "uri":
        return "file"
    description, default = flat.get("description"), flat.get("default")
    if field_names.is_secret(name, description if isinstance(description, str) else ""):
        return "secret"
    long = isinstance(default, str) and (len(default) > _LONG_DEFAULT or "\n" in default)
    return "prose" if long or field_names.is_prose(name) else "text"


def _bounds(kind: Kind, flat: Node, notes: list[str]) -> tuple[int | float | None, int | float | None]:
    low, high = _BOUNDS.get(kind, ((), ()))
    minimum, maximum = _bound(flat, low), _bound(flat, high)
    if kind != "number":
        minimum = None if minimum is None else math.ceil(minimum)
        maximum = None if maximum is None else math.floor(maximum)
    if minimum is not None and maximum is not None and minimum > maximum:
        notes.append(f"its bounds {minimum} and {maximum} leave nothing and were ignored")
        return None, None
    return minimum, maximum


def _bound(flat: Node, keywords: tuple[str, ...]) -> int | float | None:
    bounds = (_amount(flat.get(keyword)) for keyword in keywords)
    return next((bound for bound in bounds if bound is not None), None)


def _amount(found: object) -> int | float | None:
    return None if isinstance(found, str) else numerals.number(found)


def _with_default(field: Field, default: object, notes: list[str]) -> Field:
    """`field` with the default that its schema gives, if that could be sent."""
    try:
        taken = UNSET if default is None else accept(field, default)
    except Refused as refusal:
        notes.append(f"its default was left out: it {refusal}")
        taken = UNSET
    return replace(field, default=taken, notes=tuple(notes))
