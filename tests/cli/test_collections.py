"""`collection …`: lists and single ones, by slug and by address."""

import json

import pytest

from tests.cli.conftest import Run
from tests.cli.terminals import on_a_terminal

pytestmark = pytest.mark.usefixtures("remote")


@pytest.mark.parametrize("flags", [(), ("--all",), ("--json",)])
def test_collections_are_a_page_object(run: Run, flags: tuple[str, ...]) -> None:
    page = json.loads(run("collection", "list", *flags).stdout)
    assert set(page) == {"previous", "next", "results"}
    assert "make-pictures" in [each["slug"] for each in page["results"]]


@pytest.mark.parametrize(
    "named", ["make-pictures", "collections/make-pictures", "https://replicate.com/collections/make-pictures"]
)
def test_a_collection_holds_its_models(run: Run, named: str) -> None:
    found = json.loads(run("collection", "show", named).stdout)
    assert [model["name"] for model in found["models"]] == ["painter", "upscaler"]


def test_a_terminal_gets_the_models_as_a_table() -> None:
    seen = on_a_terminal("collection", "show", "make-pictures")
    assert seen.lines[0] == "collection  make-pictures"
    assert any(line.startswith("local/painter") for line in seen.lines)
    listed = on_a_terminal("collection", "list")
    assert listed.lines[1] == "make-pictures   Models that paint pictures and make them larger"


def test_models_of_a_collection_are_known_afterwards(run: Run) -> None:
    run("collection", "show", "make-pictures")
    assert "did you mean local/upscaler?" in run("model", "show", "local/upscalr").stderr


@pytest.mark.parametrize(("named", "code"), [("no-such-thing", 3), ("local/painter", 2), ("a b", 2), ("", 2)])
def test_what_is_no_collection_is_named(run: Run, named: str, code: int) -> None:
    done = run("collection", "show", named)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert named in done.stderr
