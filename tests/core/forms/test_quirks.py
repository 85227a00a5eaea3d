"""Every oddity that published models have, each by its rule: the form is made, and what it sends is right."""

from typing import Any

import pytest

from replicate_tui.core.forms.inputs import REDACTED, UNSET, Field, fields, parse, recall
from replicate_tui.core.text import clean
from tests.core.forms.quirks import QUIRKS, URL, WIDEST

LEFT_OUT = {"unknown-input": {"model"}, "secrets": {"api_key"}, "cut-short": {"image"}}
REFUSED = {"above-maximum": {"scale"}, "choice-that-is-gone": {"scheduler"}, "data-removed": {"prompt"}}


def form_of(quirk: str, component: str = "Input") -> tuple[Field, ...]:
    return fields(QUIRKS[quirk]["latest_version"]["openapi_schema"], component)


def field_of(quirk: str, name: str) -> Field:
    return next(field for field in form_of(quirk) if field.name == name)


def sent(quirk: str, **raw: object) -> dict[str, Any]:
    """What the form sends for these raw values, which it must take."""
    parsed = parse(form_of(quirk), raw)
    assert parsed.errors == {}
    return parsed.input


def errors(quirk: str, **raw: object) -> dict[str, str]:
    return parse(form_of(quirk), raw).errors


@pytest.mark.parametrize("quirk", QUIRKS)
def test_every_input_is_a_field_and_every_default_can_be_sent(quirk: str) -> None:
    declared = QUIRKS[quirk]["latest_version"]["openapi_schema"]["components"]["schemas"]["Input"]["properties"]
    form = form_of(quirk)
    assert [field.name for field in form] == sorted(declared, key=lambda name: declared[name]["x-order"])
    defaults = {field.name: field.default for field in form if field.default is not UNSET}
    assert sent_or_missing(form, defaults) == defaults


def sent_or_missing(form: tuple[Field, ...], raw: dict[str, object]) -> dict[str, object]:
    parsed = parse(form, raw)
    assert all(words.endswith("is required") for words in parsed.errors.values())
    return parsed.input


@pytest.mark.parametrize("quirk", QUIRKS)
def test_every_example_of_the_current_version_is_taken_and_of_others_what_fits(quirk: str) -> None:
    form, given = form_of(quirk), QUIRKS[quirk]["default_example"]["input"]
    recalled = recall(form, given)
    assert set(recalled.notes) == LEFT_OUT.get(quirk, set()) | REFUSED.get(quirk, set())
    refused = set(parse(form, recalled.raw).errors)
    lost_and_required = {field.name for field in form if field.required} & LEFT_OUT.get(quirk, set())
    assert refused == REFUSED.get(quirk, set()) | lost_and_required


@pytest.mark.parametrize(
    ("name", "raw", "number"), [("width", "576", 576), ("scale", "7", 7), ("rate", "1e-05", 1e-05)]
)
def test_rule_8_1_numbers_given_as_text_are_sent_as_numbers(name: str, raw: str, number: float) -> None:
    assert sent("numbers-as-text", **{name: raw}) == {name: number}


def test_rule_8_1_a_whole_number_with_a_point_is_an_integer() -> None:
    assert sent("fraction-on-integer", scale=9.0) == {"scale": 9}
    assert type(sent("fraction-on-integer", scale=9.0)["scale"]) is int


@pytest.mark.parametrize(
    ("quirk", "name", "raw", "member"),
    [
        ("number-as-text-in-choice", "width", "576", 576),
        ("text-members-on-integer", "size", 48, "48"),
        ("text-members-on-integer", "step", 24.0, "24"),
        ("text-members-on-boolean", "grid", False, "False"),
        ("inline-choice-with-twins", "animal", "Crane", "Crane"),
        ("inline-choice-with-twins", "animal", "crane", "crane"),
    ],
)
def test_rule_8_2_a_choice_is_found_by_text_then_number_and_the_member_is_sent(
    quirk: str, name: str, raw: object, member: object
) -> None:
    found = sent(quirk, **{name: raw})[name]
    assert found == member
    assert type(found) is type(member)


def test_rule_8_2_an_unlisted_choice_stays_visible_and_is_asked_for_again() -> None:
    recalled = recall(form_of("choice-that-is-gone"), {"scheduler": "C"})
    assert recalled.raw == {"scheduler": "C"}
    assert recalled.notes["scheduler"] == "scheduler no longer fits: it must be one of: A, B (you gave C)"


def test_rule_8_3_null_is_left_out_unless_it_can_be_null() -> None:
    assert sent("null-defaults", mode=None, note=None, mask=None) == {}
    assert sent("nullable-numbers", height=None) == {"height": None}
    assert sent("nullable-numbers", height=UNSET) == {}
    assert sent("nullable-numbers", height=0) == {"height": 0}
    for quirk, name in [("nullable", "prompt"), ("type-arrays", "seed"), ("any-of-null", "image")]:
        assert sent(quirk, **{name: None}) == {name: None}


def test_rule_8_4_empty_text_is_a_text_and_leaves_out_everything_else() -> None:
    assert sent("lengths", bias="") == {"bias": ""}
    assert sent("numbers-as-text", width="", scale=" ") == {}
    assert sent("file-defaults", image="", mask="") == {}
    assert errors("list-of-files", images="") == {"images": "images is required"}
    assert errors("secrets", api_key="") == {"api_key": "api_key is required"}


def test_rule_8_5_a_default_that_is_no_address_is_never_sent() -> None:
    assert [field.default for field in form_of("file-defaults")] == [UNSET, UNSET, URL]
    assert any("default was left out" in note for note in field_of("file-defaults", "image").notes)


def test_rule_8_5_what_was_redacted_or_cut_short_is_never_loaded() -> None:
    assert REDACTED not in recall(form_of("secrets"), {"api_key": REDACTED}).raw.values()
    assert recall(form_of("cut-short"), {"image": "data:image/png;base64,..."}).raw == {}


def test_rule_8_6_an_unknown_input_of_an_example_is_dropped_and_told() -> None:
    recalled = recall(form_of("unknown-input"), {"audio": URL, "model": "large"})
    assert recalled.raw == {"audio": URL}
    assert recalled.notes == {"model": "model is no input of this model and was left out"}


def test_rule_8_7_a_missing_required_input_is_marked_and_the_rest_is_loaded() -> None:
    recalled = recall(form_of("required-booleans"), {"a": True})
    assert recalled.raw == {"a": True}
    assert recalled.notes == {"b": "b is required and was not given"}


@pytest.mark.parametrize(
    ("quirk", "name"),
    [("fraction-on-integer", "scale"), ("text-members-on-integer", "size"), ("file-defaults", "image")],
)
def test_rule_8_8_a_bad_default_is_unset_with_a_note_and_no_error(quirk: str, name: str) -> None:
    field = field_of(quirk, name)
    assert field.default is UNSET
    assert field.notes
    assert errors(quirk) == {}


def test_rule_8_9_bounds_have_aliases_and_keep_their_size() -> None:
    def bounds(quirk: str, name: str) -> tuple[object, object]:
        field = field_of(quirk, name)
        return field.minimum, field.maximum

    assert bounds("aliases-of-bounds", "steps") == (1, 50)
    assert bounds("fractional-minimum", "beams") == (1, 9)
    assert bounds("huge-maximum", "seed") == (None, 18446744073709552000)
    assert bounds("lists-without-default", "rank") == (3, 3)
    assert sent("huge-maximum", seed="18446744073709551999") == {"seed": 18446744073709551999}
    assert sent("numbers-as-text", rate="0.1234567890123456") == {"rate": 0.1234567890123456}


def test_rule_8_10_what_has_no_type_takes_what_its_members_or_nobody_says() -> None:
    assert field_of("choice-without-type", "style").choices == ("<ink>", "<oil>")
    for quirk, name in [("anything", "value"), ("anything", "other"), ("looping", "tree")]:
        field = field_of(quirk, name)
        assert (field.kind, field.types) == ("json", ())
        assert field.notes
        assert sent(quirk, **{name: {"a": [1]}}) == {name: {"a": [1]}}
    assert sent("text-or-list", texts="one") == {"texts": "one"}


def test_rule_8_11_texts_are_neither_trimmed_nor_cleaned_on_their_way() -> None:
    assert field_of("control-character", "prompt").default == "a\x08b\x1b[31m"
    assert sent("control-character", prompt=" a\x08\n") == {"prompt": " a\x08\n"}
    assert clean("a\x08b\x1b[31m") == "ab"
    assert sent("markup", prompt="[bold] ") == {"prompt": "[bold] "}
    assert sent("right-to-left", input="שָׁלוֹם") == {"input": "שָׁלוֹם"}


def test_the_widest_form_has_all_its_inputs() -> None:
    form = form_of("wide")
    assert len(form) == WIDEST
    assert max(len(field.name) for field in form) == 57
    assert {field.kind for field in form} == {"integer", "number", "text", "boolean", "choice", "file"}


def test_a_model_without_inputs_sends_an_empty_object() -> None:
    assert form_of("no-inputs") == ()
    assert parse(form_of("no-inputs"), {}).input == {}


def test_a_choice_of_a_thousand_takes_each_of_them() -> None:
    assert len(field_of("many-choices", "voice").choices) == 1_001
    assert "nearest: voice 500 of the choir" in errors("many-choices", voice="voice 500 of a choir")["voice"]


def test_secrets_are_known_by_mark_and_by_name_but_a_musical_key_is_none() -> None:
    assert {field.name: field.kind for field in form_of("secrets")} == {
        "api_key": "secret",
        "jwtToken": "secret",
        "key": "text",
        "instructions": "prose",
    }


def test_newer_dialects_of_choices_are_choices() -> None:
    assert field_of("one-of-constants", "pace").choices == ("slow", "fast")
    assert field_of("constant", "task").choices == ("caption",)
    size = field_of("nested-references", "size")
    assert (size.choices, size.default) == ((256, 512), 256)
    assert field_of("deprecated", "old").deprecated


def test_lists_of_objects_lists_and_choices_are_judged_by_item() -> None:
    assert [field.item.kind for field in form_of("lists-of-everything") if field.item] == ["json", "list", "choice"]
    assert errors("lists-of-everything", matrix=[[1], ["x"]]) == {
        "matrix": "matrix item 2 item 1 must be a whole number (you gave x)"
    }
    assert errors("lists-of-everything", modes=["a", "c"])["modes"].startswith("modes item 2 must be one of: a, b")
    assert errors("lists-of-everything", messages=["hello"])["messages"].startswith("messages item 1 must be JSON")
    assert errors("objects", options=[1])["options"].startswith("options must be JSON: object")


def test_trainings_have_a_form_like_runs_have() -> None:
    form = form_of("trainable", "TrainingInput")
    assert [(field.name, field.kind, field.required) for field in form] == [
        ("input_images", "file", True),
        ("steps", "integer", False),
        ("hf_token", "secret", False),
    ]
