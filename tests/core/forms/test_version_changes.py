"""What differs between two versions' inputs, and what that means for a form."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from replicate_tui.core.forms.inputs import UNSET, Field, fields
from replicate_tui.core.forms.version_changes import changes, what_it_means
from tests.core.forms.test_inputs import SCHEMAS, VALUES

STEPS = Field("steps", "integer", default=50, minimum=1, maximum=100)
STYLE = Field("style", "choice", choices=("a", "b"))


def words(old: Field, new: Field) -> list[tuple[str, str]]:
    return [(change.aspect, change.words) for change in changes([old], [new])]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (STEPS, replace(STEPS, default=28), [("default", "has the default 28 instead of 50")]),
        (STEPS, replace(STEPS, default=UNSET), [("default", "has no default any more (it was 50)")]),
        (replace(STEPS, default=UNSET), STEPS, [("default", "has the default 50")]),
        (STEPS, replace(STEPS, maximum=50), [("bounds", "takes 1 to 50 instead of 1 to 100")]),
        (STEPS, replace(STEPS, minimum=None), [("bounds", "takes at most 100 instead of 1 to 100")]),
        (STEPS, replace(STEPS, maximum=None), [("bounds", "takes at least 1 instead of 1 to 100")]),
        (
            replace(STEPS, minimum=None, maximum=None),
            STEPS,
            [("bounds", "takes 1 to 100 instead of any number")],
        ),
        (STEPS, replace(STEPS, kind="text"), [("type", "was a whole number and is now a text")]),
        (STEPS, replace(STEPS, required=True), [("required", "is required now")]),
        (replace(STEPS, required=True), STEPS, [("required", "is no longer required")]),
        (STEPS, replace(STEPS, nullable=True), [("null", "may be null now")]),
        (STEPS, replace(STEPS, deprecated=True), [("deprecated", "is deprecated now")]),
        (STYLE, replace(STYLE, choices=("b", "c")), [("choices", "gained c and lost a")]),
        (
            STYLE,
            replace(STYLE, choices=("a", "b", *range(9))),
            [("choices", "gained 0, 1, 2, 3, 4, 5 and 3 more")],
        ),
        (STYLE, replace(STYLE, choices=("b", "a")), []),
        (Field("t", "text"), Field("t", "prose", description="other"), []),
        (
            Field("l", "list", item=STEPS),
            Field("l", "list", item=replace(STEPS, maximum=9), maximum=4),
            [
                ("bounds", "takes at most 4 items instead of any number of items"),
                ("items", "each item takes 1 to 9 instead of 1 to 100"),
            ],
        ),
        (
            Field("j", "json", default=[1]),
            Field("j", "json", default=[True]),
            [("default", "has the default [true] instead of [1]")],
        ),
        (
            Field("k", "secret", default="one"),
            Field("k", "secret"),
            [("default", "has no default any more (it was [a secret])")],
        ),
    ],
)
def test_a_change_is_told_by_its_aspect_in_plain_words(old: Field, new: Field, told: list[tuple[str, str]]) -> None:
    assert words(old, new) == told


def test_added_and_removed_inputs_are_told_in_the_order_of_the_new_form() -> None:
    old = [Field("gone", "text"), STEPS]
    new = [Field("image", "file", required=True), STEPS, Field("seed", "integer", default=3)]
    assert [(change.name, change.sort, change.words) for change in changes(old, new)] == [
        ("image", "added", "is new and required"),
        ("seed", "added", "is new: a whole number, 3 if unset"),
        ("gone", "removed", "is gone"),
    ]
    assert changes(new, new) == ()


def test_a_form_of_the_old_version_is_told_what_concerns_it() -> None:
    old = [
        Field("gone", "text"),
        Field("unused", "text"),
        STEPS,
        replace(STEPS, name="width"),
        STYLE,
        Field("n", "text"),
        Field("must", "file"),
    ]
    new = [
        Field("image", "file", required=True),
        replace(STEPS, default=28),
        replace(STEPS, name="width", maximum=10, default=10),
        replace(STYLE, choices=("a", "b", "c")),
        Field("n", "integer"),
        Field("must", "file", required=True),
    ]
    raw = {"gone": "x", "unused": UNSET, "width": "99", "style": "a", "n": "7"}
    assert what_it_means(raw, changes(old, new)) == (
        "image is new and required: fill it in",
        "steps has the default 28 instead of 50; you left it unset",
        "width no longer fits: it must be at most 10 (you gave 99)",
        "n was a text and is now a whole number; what you gave still fits",
        "must is required now: fill it in",
        "gone is gone: what you gave is left out",
    )


def test_a_form_that_no_change_concerns_is_told_nothing() -> None:
    old, new = [STEPS, STYLE], [replace(STEPS, default=28), replace(STYLE, choices=("a", "z"))]
    assert what_it_means({"steps": 7, "style": "a"}, changes(old, new)) == ()
    assert what_it_means({}, changes([STYLE], [replace(STYLE, choices=("z",))])) == ()


@settings(derandomize=True, max_examples=200, deadline=None)
@given(SCHEMAS, SCHEMAS, VALUES)
def test_any_two_schemas_can_be_compared(left: dict[str, object], right: dict[str, object], raw: object) -> None:
    old, new = (
        fields({"components": {"schemas": {"Input": {"properties": {"it": schema, name: schema}}}}})
        for schema, name in ((left, "a"), (right, "b"))
    )
    found = changes(old, new)
    assert {change.name for change in found} <= {"it", "a", "b"}
    assert all(change.words and "\n" not in change.words for change in found)
    assert all("\n" not in sentence for sentence in what_it_means({"it": raw, "a": raw}, found))
    assert changes(old, old) == ()
