"""Models as odd as published ones are, all of them invented: one for each thing that a form has to bear.

`QUIRKS` has them by a name that says the quirk; each is a model object as the API returns it, with an example that
its current version ran unless the quirk is about that.
"""

from __future__ import annotations

from typing import Any, Final

URI: Final = {"type": "string", "format": "uri"}
URL: Final = "https://files.example/a.png"
VERSION: Final = "5" * 64
EARLIER: Final = "4" * 64
WIDEST: Final = 73


def document(properties: object, required: object = None, **components: object) -> dict[str, Any]:
    """An OpenAPI document whose Input has these properties."""
    inputs = {"type": "object", "title": "Input", "properties": properties}
    if required is not None:
        inputs["required"] = required
    return {"openapi": "3.0.2", "components": {"schemas": {"Input": inputs, **components}}}


def ordered(properties: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The properties with an x-order each, and themselves in the order of a database: by length, then alphabet."""
    placed = {name: node | {"x-order": place} for place, (name, node) in enumerate(properties.items())}
    return dict(sorted(placed.items(), key=lambda entry: (len(entry[0]), entry[0])))


def model(
    name: str,
    properties: dict[str, dict[str, Any]],
    given: dict[str, object] | None = None,
    *,
    required: list[str] | None = None,
    ran: str = VERSION,
    removed: bool = False,
    **components: object,
) -> dict[str, Any]:
    """A model object of the account "quirks" whose recorded example was given these inputs."""
    return {
        "owner": "quirks",
        "name": name,
        "url": f"https://replicate.com/quirks/{name}",
        "visibility": "public",
        "run_count": 7,
        "latest_version": {
            "id": VERSION,
            "created_at": "2026-01-01T00:00:00.000000Z",
            "openapi_schema": document(ordered(properties), required, **components),
        },
        "default_example": {
            "id": "quirk",
            "model": f"quirks/{name}",
            "version": ran,
            "status": "succeeded",
            "input": given or {},
            "output": None if removed else "done",
            "error": "",
            "data_removed": removed,
        },
    }


def choice(name: str, members: list[object], kind: str | None = "string") -> dict[str, dict[str, Any]]:
    """The component that a choice is declared in."""
    declared = {"type": kind} if kind else {}
    return {name: declared | {"title": name, "description": "An enumeration.", "enum": members}}


def behind(name: str) -> dict[str, Any]:
    """A property that points to a component, as Cog writes it."""
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}]}


def widest() -> dict[str, Any]:
    """A model of 73 inputs of every common kind, one of whose names is 57 characters long."""
    kinds: list[dict[str, Any]] = [
        {"type": "integer", "minimum": 0, "maximum": 100, "default": 5},
        {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
        {"type": "string", "default": "words"},
        {"type": "boolean", "default": False},
        behind("mode") | {"default": "calm"},
        URI,
        {"type": "integer", "description": "Leave blank for a random one"},
    ]
    properties = {f"input_{number:02}": kinds[number % len(kinds)] for number in range(WIDEST - 1)}
    properties["keyframes_of_the_translation_along_the_third_axis_of_it_a"] = {"type": "string", "default": "0:(0)"}
    return model("wide", properties, {"input_02": "other words"}, **choice("mode", ["calm", "wild"]))


def _all() -> dict[str, dict[str, Any]]:
    text, whole, real = {"type": "string"}, {"type": "integer"}, {"type": "number"}
    long_choice = [f"voice {number} of the choir" for number in range(1_001)]
    found = [
        model("no-inputs", {}),
        widest(),
        model("many-choices", {"voice": behind("voice")}, {"voice": long_choice[7]}, **choice("voice", long_choice)),
        model(
            "inline-choice-with-twins",
            {"animal": {"enum": ["crane", "Crane", "crane", "owl"], "type": "string", "default": None}},
            {"animal": "Crane"},
        ),
        model(
            "text-members-on-integer",
            {"size": behind("size") | {"default": 64}, "step": behind("step") | {"default": 24}},
            {"size": 48, "step": 24},
            **choice("size", ["32", "48"], "integer"),
            **choice("step", ["12", "24"], "number"),
        ),
        model(
            "choice-without-type",
            {"style": behind("style") | {"default": "<ink>"}},
            {"style": "<oil>"},
            **choice("style", ["<ink>", "<oil>"], None),
        ),
        model(
            "text-members-on-boolean",
            {"grid": {"type": "boolean", "enum": ["True", "False"], "default": True}},
            {"grid": False},
        ),
        model(
            "text-or-list",
            {"texts": {"anyOf": [text, {"type": "array", "items": text}]}},
            {"texts": ["one", "two"]},
            required=["texts"],
        ),
        model(
            "nullable-numbers",
            {
                "height": whole | {"format": "uint32", "nullable": True},
                "guidance": real | {"format": "double", "nullable": True},
            },
            {"height": None, "guidance": 7},
        ),
        model("list-of-files", {"images": {"type": "array", "items": URI}}, {"images": [URL]}, required=["images"]),
        model(
            "list-with-long-default",
            {"layers": {"type": "array", "items": whole, "default": list(range(38))}},
            {"layers": ["1", 2]},
        ),
        model(
            "lists-without-default",
            {
                "files": {"type": "array", "items": text},
                "scales": {"type": "array", "items": real},
                "rank": whole | {"minimum": 3, "maximum": 3, "default": 3},
            },
            {"scales": [1, 0.5]},
        ),
        model(
            "secrets",
            {
                "api_key": text | {"format": "password", "x-cog-secret": True},
                "jwtToken": text,
                "key": text | {"description": "Musical key", "default": "C"},
                "instructions": text | {"default": "Look.\n" * 100},
            },
            {"api_key": "[REDACTED]", "key": "A"},
            required=["api_key"],
        ),
        model(
            "lengths",
            {"sentence": text | {"minLength": 1, "maxLength": 512}, "bias": text | {"default": "{}"}},
            {"sentence": "x" * 512},
        ),
        model(
            "aliases-of-bounds",
            {"steps": whole | {"ge": 1, "le": 50, "default": None}, "eta": real | {"ge": 0, "le": 1}},
            {"steps": 50, "eta": 1},
        ),
        model(
            "null-defaults",
            {
                "mode": behind("mode") | {"default": None},
                "note": text | {"default": None},
                "mask": URI | {"default": None},
            },
            {"mode": None, "note": None, "mask": None},
            **choice("mode", ["a", "b"]),
        ),
        model("fraction-on-integer", {"scale": whole | {"default": 13.5}}, {"scale": 9.0}),
        model("fractional-minimum", {"beams": whole | {"minimum": 0.01, "maximum": 9}}, {"beams": 1}),
        model("huge-maximum", {"seed": whole | {"maximum": 18446744073709552000}}, {"seed": 18446744073709552000}),
        model(
            "file-defaults",
            {
                "image": URI | {"default": "Input image"},
                "mask": URI | {"default": ""},
                "cloth": URI | {"default": URL},
            },
            {"image": URL},
        ),
        model("control-character", {"prompt": text | {"default": "a\x08b\x1b[31m"}}, {"prompt": "a\x08b"}),
        model(
            "wide-cells",
            {"font": behind("font") | {"default": "宋体"}},
            {"font": "楷体"},
            **choice("font", ["宋体", "楷体"]),
        ),
        model("markup", {"prompt": text | {"default": "[laughs] [bold]hello[/bold]"}}, {"prompt": "[sighs]"}),
        model(
            "numbers-as-text",
            {"width": whole, "scale": real, "rate": real},
            {"width": "576", "scale": "7", "rate": "1e-05"},
        ),
        model(
            "number-as-text-in-choice",
            {"width": behind("width")},
            {"width": "576"},
            **choice("width", [512, 576], "integer"),
        ),
        model("unknown-input", {"audio": URI}, {"audio": URL, "model": "large"}, ran=EARLIER, required=["audio"]),
        model("above-maximum", {"scale": real | {"maximum": 10}}, {"scale": 41.21}, ran=EARLIER),
        model(
            "choice-that-is-gone",
            {"scheduler": behind("s")},
            {"scheduler": "C"},
            ran=EARLIER,
            **choice("s", ["A", "B"]),
        ),
        model("data-removed", {"prompt": text}, {}, required=["prompt"], removed=True),
        model("cut-short", {"image": URI}, {"image": "data:image/png;base64,..."}, required=["image"]),
        model(
            "odd-names", {"sa32_": real, "G_width": whole, "input": text, "version": text, "type": text}, {"input": "x"}
        ),
        model(
            "required-booleans",
            {"a": {"type": "boolean"}, "b": {"type": "boolean"}},
            {"a": True, "b": False},
            required=["a", "b"],
        ),
        model("right-to-left", {"input": text}, {"input": "שָׁלוֹם"}, required=["input"]),
        model("json-in-text", {"workflow_json": text}, {"workflow_json": '{"nodes": [' + "1," * 5_000 + "1]}"}),
        *_newer(text, whole),
    ]
    return {one["name"]: one for one in found}


def _newer(text: dict[str, Any], whole: dict[str, Any]) -> list[dict[str, Any]]:
    """What newer versions of Cog and of OpenAPI write."""
    return [
        model("nullable", {"prompt": text | {"nullable": True}}, {"prompt": None}),
        model(
            "type-arrays", {"seed": {"type": ["integer", "null"]}, "name": {"type": ["string", "null"]}}, {"seed": None}
        ),
        model("any-of-null", {"image": {"anyOf": [URI, {"type": "null"}], "default": None}}, {"image": URL}),
        model("one-of-constants", {"pace": {"oneOf": [{"const": "slow"}, {"const": "fast"}]}}, {"pace": "fast"}),
        model("constant", {"task": {"const": "caption"}}, {"task": "caption"}),
        model(
            "nested-references",
            {"size": {"$ref": "#/components/schemas/outer"}},
            {"size": 512},
            outer={"allOf": [{"$ref": "#/components/schemas/inner"}], "default": 256},
            inner={"type": "integer", "enum": [256, 512]},
        ),
        model("deprecated", {"old": text | {"deprecated": True}, "new": text}, {"new": "x"}),
        model("objects", {"options": {"type": "object", "additionalProperties": text}}, {"options": {"a": "b"}}),
        model(
            "lists-of-everything",
            {
                "messages": {"type": "array", "items": {"type": "object", "properties": {"role": text}}},
                "matrix": {"type": "array", "items": {"type": "array", "items": whole}},
                "modes": {"type": "array", "items": {"$ref": "#/components/schemas/mode"}},
            },
            {"messages": [{"role": "user"}], "matrix": [[1, 2], [3]], "modes": ["b", "a"]},
            **choice("mode", ["a", "b"]),
        ),
        model("anything", {"value": {}, "other": {"type": "NamedThing"}}, {"value": {"a": [1, None]}, "other": 7}),
        model("looping", {"tree": behind("tree")}, {"tree": {"left": {}}}, tree=behind("tree")),
        model(
            "trainable",
            {"prompt": text},
            {"prompt": "x"},
            TrainingInput={
                "type": "object",
                "properties": {
                    "input_images": URI | {"x-order": 0},
                    "hf_token": text | {"format": "password", "x-cog-secret": True, "x-order": 2},
                    "steps": whole | {"minimum": 1, "default": 1000, "x-order": 1},
                },
                "required": ["input_images"],
            },
        ),
    ]


QUIRKS: Final[dict[str, dict[str, Any]]] = _all()
