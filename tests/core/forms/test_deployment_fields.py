"""The form of a deployment judges what is typed, and tells it at the field, before anything is sent."""

import pytest

from replicate_tui.api.resources import Deployment
from replicate_tui.core.forms.deployment_fields import Asked, fields, instances, read, values

SKUS = ("cpu", "gpu-t4")
WHOLE = {"name": "prod", "model": "acme/painter", "hardware": "cpu"}


def test_what_is_left_alone_is_the_latest_version_none_ready_and_one_at_most() -> None:
    assert read(fields(SKUS, new=True), WHOLE) == (Asked("prod", "acme/painter", None, "cpu", 0, 1), {})


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("name", "", "must be there"),
        ("name", "two words", "one word"),
        ("model", "painter", "owner/name"),
        ("model", "acme/painter:" + "0" * 64, "owner/name"),
        ("version", "newest", "version's id"),
        ("hardware", "gpu-t5", "hardware"),
        ("min_instances", "6", "at most 5"),
        ("min_instances", "-1", "at least 0"),
        ("min_instances", "2", "more than max_instances, 1"),
        ("max_instances", "21", "at most 20"),
        ("max_instances", "many", "max_instances"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field(name: str, typed: str, told: str) -> None:
    asked, errors = read(fields(SKUS, new=True), {**WHOLE, name: typed})
    assert asked is None
    assert list(errors) == [name]
    assert told in errors[name]


def test_what_is_missing_is_told() -> None:
    asked, errors = read(fields(SKUS, new=True), {})
    assert asked is None
    assert set(errors) == {"name", "model", "hardware"}


def test_a_change_begins_with_what_there_is_and_keeps_name_and_model() -> None:
    configuration = {"hardware": "gpu-t4", "min_instances": 1, "max_instances": 3}
    release = {"number": 1, "model": "acme/painter", "version": "a" * 64, "configuration": configuration}
    there = Deployment.of({"owner": "acme", "name": "prod", "current_release": release})
    shown = fields(SKUS, new=False)
    assert [field.name for field in shown] == ["version", "hardware", "min_instances", "max_instances"]
    assert read(shown, values(there)) == (Asked("", "", "a" * 64, "gpu-t4", 1, 3), {})
    assert values(Deployment.of({"owner": "acme", "name": "prod"})) == {}


def test_hardware_is_typed_where_none_is_known() -> None:
    assert read(fields((), new=True), {**WHOLE, "hardware": "gpu-new"})[0] is not None


def test_instances_are_known_as_soon_as_they_are_numbers() -> None:
    assert instances({"min_instances": "2"}) == (2, 1)
    assert instances({"min_instances": "", "max_instances": "x"}) == (0, None)
    assert instances({"max_instances": "21"}) == (0, None)
