"""A model's OpenAPI document as Fields."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replicate_tui.core.forms.inputs import UNSET, Field, fields

BOUNDED = settings(derandomize=True, max_examples=300, deadline=None)


def document(properties: object, required: object = None, **components: object) -> dict[str, Any]:
    inputs = {"type": "object", "properties": properties, "required": required}
    return {"openapi": "3.0.2", "components": {"schemas": {"Input": inputs, **components}}}


def only(schema: object, **components: object) -> Field:
    """The Field that one property with this schema becomes."""
    (field,) = fields(document({"it": schema}, **components))
    return field


URI = {"type": "string", "format": "uri"}
SIZES = {"enum": [256, 512], "type": "integer", "title": "size", "description": "An enumeration."}


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "default": "two\nlines"}, "prose"),
        ({"type": "string", "default": "x" * 61}, "prose"),
        ({"type": "string", "default": "x" * 60}, "text"),
        ({"type": "integer"}, "integer"),
        ({"type": "integer", "format": "uint8", "nullable": True}, "integer"),
        ({"type": "number", "format": "double"}, "number"),
        ({"type": "boolean"}, "boolean"),
        ({"type": "boolean", "enum": ["True", "False"]}, "choice"),
        ({"enum": ["a", "b"]}, "choice"),
        ({"const": "a"}, "choice"),
        ({"type": "string", "enum": []}, "text"),
        (URI, "file"),
        ({"format": "uri"}, "file"),
        ({"type": "string", "format": "password"}, "secret"),
        ({"type": "string", "x-cog-secret": True}, "secret"),
        ({"type": "array", "items": URI}, "list"),
        ({"type": "array"}, "list"),
        ({"type": "object"}, "json"),
        ({"type": ["string", "null"]}, "text"),
        ({"type": ["integer", "number"]}, "number"),
        ({"type": ["string", "integer"]}, "json"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text"),
        ({"anyOf": [URI, {"type": "null"}]}, "file"),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "number"),
        ({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}, "json"),
        ({"anyOf": [{"enum": ["a"]}, {"enum": ["b"]}, {"type": "null"}]}, "choice"),
        ({"oneOf": [{"const": "a", "title": "First"}, {"const": "b"}]}, "choice"),
        ({"anyOf": [{"const": "a"}, {"enum": ["b", "c"]}]}, "choice"),
        ({"anyOf": [{"enum": ["a", "b"]}, {"type": "string"}]}, "text"),
        ({"anyOf": [{"enum": [1, 2]}, {"type": "number"}]}, "number"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "json"),
        ({"type": "NamedEmbedding"}, "json"),
        ({"type": 7}, "json"),
        ({}, "json"),
        (True, "json"),
        (None, "json"),
    ],
)
def test_the_kind_of_every_shape_that_models_declare(schema: object, kind: str) -> None:
    assert only(schema).kind == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("prompt", "prose"),
        ("negative_prompt", "prose"),
        ("prompt_2", "prose"),
        ("text_b", "prose"),
        ("workflow_json", "prose"),
        ("systemPrompt", "prose"),
        ("text_color", "text"),
        ("scheduler", "text"),
        ("input", "text"),
        ("_", "text"),
        ("hf_token", "secret"),
        ("jwtToken", "secret"),
        ("HF_TOKEN", "secret"),
        ("openai_api_key", "secret"),
        ("civitai_key", "secret"),
        ("password", "secret"),
        ("client_secret", "secret"),
        ("key", "text"),
        ("token", "text"),
        ("class_token", "text"),
        ("token_string", "text"),
        ("td_psola_dynamic_key", "text"),
        ("secretary", "text"),
        ("monkey", "text"),
    ],
)
def test_a_name_tells_prose_and_secrets_and_nothing_that_only_looks_like_them(name: str, kind: str) -> None:
    (field,) = fields(document({name: {"type": "string"}}))
    assert field.kind == kind


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("Hugging Face access token", "secret"),
        ("Your API credentials", "secret"),
        ("HF token for diarization", "secret"),
        ("Trigger word", "text"),
        (None, "text"),
    ],
)
def test_a_bare_token_is_a_secret_when_its_description_says_so(description: object, kind: str) -> None:
    (field,) = fields(document({"token": {"type": "string", "description": description}}))
    assert field.kind == kind


PASSWORD = {"type": "string", "format": "password"}
MARKED = {"x-cog-secret": True}


@pytest.mark.parametrize(
    ("schema", "plain"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "integer"}], "format": "password", **MARKED}, "json"),
        ({"anyOf": [PASSWORD, {"type": "integer"}]}, "json"),
        ({"anyOf": [{"type": "integer"}, {"type": "array", "items": PASSWORD}]}, "json"),
        ({"anyOf": [{"type": "integer", **MARKED}, {"type": "null"}]}, "integer"),
        ({"type": "integer", "format": "password"}, "integer"),
        ({"type": "boolean", **MARKED}, "boolean"),
        ({"type": "object", **MARKED}, "json"),
        ({"enum": ["a", "b"], **MARKED}, "choice"),
        ({"allOf": [{"$ref": "#/components/schemas/pin"}], **MARKED}, "choice"),
        (MARKED, "json"),
        ({"type": "array", "items": {"type": "string"}, **MARKED}, "list"),
        ({"type": "array", "items": PASSWORD}, "list"),
        ({"type": "array", "items": {"type": "integer", **MARKED}}, "list"),
        ({"type": "array", "items": {"type": "array", "items": PASSWORD}}, "list"),
        (PASSWORD, None),
        ({"anyOf": [PASSWORD, {"type": "null"}]}, None),
    ],
)
def test_the_marker_of_a_secret_wins_over_its_type(schema: dict[str, Any], plain: str | None) -> None:
    field = only(schema, pin={"enum": [1, 2], "type": "integer"})
    assert field.kind == "secret"
    assert (field.plain.kind if field.plain else None) == plain
    assert (field.choices, field.item) == ((), None)


def test_a_secret_by_name_is_text_only() -> None:
    given_fields = fields(document({"api_key": {"type": "integer"}, "hf_token": URI}))
    assert [field.kind for field in given_fields] == ["integer", "file"]


def test_a_choice_behind_a_reference_keeps_the_siblings_and_drops_the_empty_description() -> None:
    schema = {"allOf": [{"$ref": "#/components/schemas/size"}], "default": 512, "description": "Side", "x-order": 0}
    assert only(schema, size=SIZES) == Field(
        "it", "choice", title="it", description="Side", default=512, choices=(256, 512)
    )
    assert only({"$ref": "#/components/schemas/size"}, size=SIZES).description == ""


def test_inputs_are_sorted_by_x_order_then_by_name() -> None:
    properties = {
        "zeta": {"type": "string", "x-order": 1},
        "b": {"type": "string"},
        "alpha": {"type": "string", "x-order": 10},
        "a": {"type": "string", "x-order": "first"},
        "first": {"type": "string", "x-order": 0},
        "huge": {"type": "string", "x-order": 10**400},
    }
    found = fields(document(properties))
    assert [field.name for field in found] == ["first", "zeta", "alpha", "a", "b", "huge"]
    assert [field.order for field in found] == [0, 1, 2, 3, 4, 5]


def test_required_names_that_are_no_inputs_are_ignored() -> None:
    found = fields(document({"a": {"type": "string"}, "b": {"type": "string"}}, required=["a", "ghost", 7]))
    assert {field.name: field.required for field in found} == {"a": True, "b": False}


def test_titles_say_nothing_so_the_name_is_the_title() -> None:
    assert only({"type": "string", "title": "Something else "}).title == "it"


def test_deprecated_and_nullable_inputs_are_marked() -> None:
    assert only({"type": "string", "deprecated": True}).deprecated
    for schema in (
        {"type": "string", "nullable": True},
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"enum": ["a", None]},
        {"anyOf": [{"type": "string", "nullable": True}]},
    ):
        assert only(schema).nullable, schema
    assert not only({"type": "string", "default": None}).nullable


@pytest.mark.parametrize(
    ("schema", "bounds"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 50}, (1, 50)),
        ({"type": "integer", "ge": 1, "le": 50}, (1, 50)),
        ({"type": "integer", "minimum": 0.01}, (1, None)),
        ({"type": "integer", "maximum": 7.9}, (None, 7)),
        ({"type": "integer", "maximum": 18446744073709552000}, (None, 18446744073709552000)),
        ({"type": "integer", "minimum": 3, "maximum": 3}, (3, 3)),
        ({"type": "number", "minimum": 0.01, "maximum": 1}, (0.01, 1)),
        ({"type": "number", "minimum": "0", "maximum": True}, (None, None)),
        ({"type": "number", "minimum": 5, "maximum": 1}, (None, None)),
        ({"type": "number", "minimum": float("-inf"), "maximum": float("nan")}, (None, None)),
        ({"type": "string", "minLength": 1, "maxLength": 512}, (1, 512)),
        ({"type": "array", "minItems": 1, "maxItems": 4}, (1, 4)),
        ({"type": "boolean", "minimum": 1}, (None, None)),
    ],
)
def test_bounds_have_aliases_and_a_fractional_one_on_an_integer_is_rounded_inwards(
    schema: object, bounds: tuple[float | None, float | None]
) -> None:
    field = only(schema)
    assert (field.minimum, field.maximum) == bounds


@pytest.mark.parametrize(
    ("schema", "default"),
    [
        ({"type": "integer", "default": 7}, 7),
        ({"type": "integer", "default": "7"}, 7),
        ({"type": "integer", "default": 7.0}, 7),
        ({"type": "number", "default": 1}, 1),
        ({"type": "number", "default": 1e-05}, 1e-05),
        ({"type": "boolean", "default": False}, False),
        ({"type": "string", "default": ""}, ""),
        ({"type": "string", "default": " outer space "}, " outer space "),
        ({"type": "integer", "enum": ["32", "48"], "default": 48}, "48"),
        ({"type": "boolean", "enum": ["True", "False"], "default": True}, "True"),
        ({"enum": [256, 512], "default": "512"}, 512),
        (URI | {"default": "https://files.example/a.png"}, "https://files.example/a.png"),
        ({"type": "array", "items": {"type": "integer"}, "default": [1, "2"]}, [1, 2]),
        ({"type": "object", "default": {"a": [1]}}, {"a": [1]}),
    ],
)
def test_a_default_becomes_what_the_api_takes(schema: object, default: object) -> None:
    found = only(schema)
    assert found.default == default
    assert type(found.default) is type(default)
    assert found.notes == ()


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "default": 13.5},
        {"type": "integer", "default": True},
        {"type": "integer", "enum": ["32", "48"], "default": 64},
        {"type": "integer", "minimum": 1, "default": 0},
        {"type": "number", "default": float("nan")},
        URI | {"default": "Input image"},
        URI | {"default": "data:image/png;base64,..."},
        {"type": "string", "format": "password", "default": "[REDACTED]"},
        {"type": "array", "items": {"type": "integer"}, "default": "one"},
        {"type": "string", "default": {"not": "text"}},
    ],
)
def test_a_bad_default_is_unset_with_a_note(schema: object) -> None:
    """Defaults not in the enum, fractions on integers, and file defaults that are no URL are never sent."""
    field = only(schema)
    assert field.default is UNSET
    assert any("default was left out" in note for note in field.notes)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "default": None},
        {"type": "integer", "nullable": True, "default": None},
        {"enum": ["a"], "default": None},
        URI | {"default": None},
        URI | {"default": ""},
        {"type": "string"},
    ],
)
def test_a_null_or_empty_default_is_simply_unset(schema: object) -> None:
    field = only(schema)
    assert field.default is UNSET
    assert field.notes == ()


def test_members_of_a_choice_are_kept_as_the_api_takes_them() -> None:
    assert only({"enum": ["crane", "Crane", "crane", 1, "1", 2.5, True, None, ["x"]]}).choices == (
        "crane",
        "Crane",
        1,
        2.5,
        True,
    )
    assert "left out" in only({"enum": ["a", ["x"]]}).notes[0]
    assert only({"type": "integer", "enum": ["32", "48"]}).choices == ("32", "48")


def test_a_list_knows_its_items() -> None:
    field = only({"type": "array", "items": {"$ref": "#/components/schemas/size"}}, size=SIZES)
    assert field.item is not None
    assert (field.item.kind, field.item.choices) == ("choice", (256, 512))
    nothing_said = only({"type": "array"}).item
    assert nothing_said is not None
    assert nothing_said.kind == "json"


@pytest.mark.parametrize(
    ("schema", "types", "note"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, ("string", "array"), ""),
        ({"type": "object"}, ("object",), ""),
        ({}, (), "names no type"),
        ({"type": "NamedEmbedding"}, (), "NamedEmbedding is unknown"),
        ({"anyOf": [{"type": "string"}, {}]}, (), "unknown"),
        ("odd", (), "not an object"),
        ({"$ref": "#/components/schemas/ghost"}, (), "missing"),
        ({"$ref": "https://elsewhere.example/schema"}, (), "missing"),
        ({"$ref": "#/components/schemas/loop"}, (), "refers to itself"),
    ],
)
def test_what_cannot_be_understood_takes_any_json_and_says_why(
    schema: object, types: tuple[str, ...], note: str
) -> None:
    """Missing and unknown types, empty schemas and unions are edited as JSON, never refused."""
    field = only(schema, loop={"allOf": [{"$ref": "#/components/schemas/loop"}]})
    assert (field.kind, field.types) == ("json", types)
    assert note in " ".join(field.notes)
    assert bool(note) == bool(field.notes)


def test_references_that_multiply_are_given_up_in_time() -> None:
    doubling = {
        f"n{n}": {"allOf": [{"$ref": f"#/components/schemas/n{n + 1}"}, {"$ref": f"#/components/schemas/n{n + 1}"}]}
        for n in range(40)
    }
    assert "too deep" in " ".join(only({"$ref": "#/components/schemas/n0"}, **doubling).notes)


def test_a_schema_that_nests_deeper_than_anybody_reads_is_given_up() -> None:
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(300):
        schema = {"allOf": [schema]}
    assert "too deep" in " ".join(only(schema).notes)


def test_a_thousand_choices_in_branches_of_their_own_are_all_there() -> None:
    field = only({"oneOf": [{"const": f"voice {n}"} for n in range(1_001)]})
    assert (field.kind, len(field.choices), field.notes) == ("choice", 1_001, ())


def test_lists_within_lists_end_somewhere() -> None:
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(50):
        schema = {"type": "array", "items": schema}
    assert only(schema).kind == "list"


def test_the_same_fields_serve_trainings() -> None:
    openapi = {"components": {"schemas": {"TrainingInput": {"properties": {"steps": {"type": "integer"}}}}}}
    assert [field.name for field in fields(openapi, "TrainingInput")] == ["steps"]
    assert fields(openapi) == ()


@pytest.mark.parametrize(
    "openapi",
    [
        None,
        {},
        [],
        7,
        "text",
        {"components": None},
        {"components": {"schemas": []}},
        document(None),
        document([1]),
        document({}),
    ],
)
def test_a_document_without_inputs_has_no_fields(openapi: Any) -> None:
    assert fields(openapi) == ()


KEYWORDS = st.sampled_from(
    [
        *("type", "enum", "const", "default", "items", "anyOf", "oneOf", "allOf", "$ref", "format", "nullable"),
        *("minimum", "maximum", "ge", "le", "minLength", "maxItems", "x-order", "x-cog-secret", "description"),
    ]
)
WORDS = st.sampled_from(
    [
        *("string", "integer", "number", "boolean", "array", "object", "null", "uri", "password", "[REDACTED]"),
        "#/components/schemas/a",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYWORDS | st.text(max_size=4), inner, max_size=6),
    max_leaves=25,
)


@BOUNDED
@given(ANYTHING, ANYTHING)
def test_no_json_value_makes_fields_raise(schema: object, other: object) -> None:
    found = fields({"components": {"schemas": {"Input": {"properties": {"it": schema, "b": other}}, "a": other}}})
    assert {field.name for field in found} == {"it", "b"}
    assert isinstance(fields(schema), tuple)  # type: ignore[arg-type]
    assert isinstance(fields(document(schema)), tuple)
