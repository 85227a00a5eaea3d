"""Where something is changed at the API, read-only refuses it: read from the code itself, so nothing is forgotten."""

import ast
from collections.abc import Iterator
from pathlib import Path

import replicate_tui.api
import replicate_tui.core

CHANGING = {"POST", "PATCH", "DELETE", "PUT"}

BEHIND = {
    "asking.cancel": "the wish to stop a run, noted by a verb; the journal of a read-only session fulfils none",
    "sending.request.create": "Session.run, Session.train",
    "sending.request._create_training": "Session.train",
    "sending.uploading._uploaded": "Session.run, Session.train",
}
"""Functions that are reached through a verb that refuses, and through which one."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(package: object) -> Iterator[tuple[str, Function]]:
    """The functions and methods of a package, by module and name."""
    (root,) = package.__path__  # type: ignore[attr-defined]
    for path in sorted(Path(root).rglob("*.py")):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, Function):
                yield f"{module}.{node.name}", node


def changing() -> set[str]:
    """The names of the client's operations that change something."""
    found = {
        name.rpartition(".")[2]
        for name, node in functions(replicate_tui.api)
        if not name.startswith("transport.")
        and any(isinstance(each, ast.Constant) and each.value in CHANGING for each in ast.walk(node))
    }
    through = {
        node.name
        for _, node in functions(replicate_tui.api)
        if any(isinstance(each, ast.Name) and each.id in found for each in ast.walk(node))
    }
    return found | through


def test_the_operations_that_change_something_are_known() -> None:
    assert changing() >= {"create", "update", "delete", "cancel"}


def test_whoever_changes_something_asks_whether_that_is_allowed() -> None:
    names = changing()
    asking: set[str] = set()
    for name, node in functions(replicate_tui.core):
        attributes = [each for each in ast.walk(node) if isinstance(each, ast.Attribute)]
        sends = any(each.attr in names and "client" in ast.unparse(each.value).split(".")[:2] for each in attributes)
        if sends and not any(each.attr == "require_writes" for each in attributes):
            asking.add(name)
    assert asking == BEHIND.keys()
