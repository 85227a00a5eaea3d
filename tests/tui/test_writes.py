"""The keys whose verbs read-only refuses are known as such: read from the code that they lead to."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from replicate_tui.core.session import Session
from replicate_tui.tui.bindings import own, owners
from replicate_tui.tui.widgets.writing import WRITES


def tree_of(function: object) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))  # type: ignore[arg-type]


def refused() -> set[str]:
    """The Session's verbs that ask whether writing is allowed."""
    verbs = {name: getattr(Session, name) for name in dir(Session) if not name.startswith("_")}
    return {
        name
        for name, verb in verbs.items()
        if inspect.isfunction(verb) and "require_writes" in {each for each, _ in attributes(tree_of(verb))}
    }


def attributes(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each attribute that is named, and of what."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr, ast.unparse(node.value)


def reached(owner: type[Any], name: str, verbs: set[str], seen: set[str]) -> bool:
    """Whether a method, or one of the same object that it names, does one of the Session's verbs."""
    method = inspect.unwrap(inspect.getattr_static(owner, name, None))  # type: ignore[arg-type]
    if name in seen or not inspect.isfunction(method) or not method.__module__.startswith("replicate_tui."):
        return False
    seen.add(name)
    named = list(attributes(tree_of(method)))
    if any(attribute in verbs and of.endswith("session") for attribute, of in named):
        return True
    return any(of == "self" and reached(owner, attribute, verbs, seen) for attribute, of in named)


def test_a_key_that_leads_to_a_refused_verb_is_shown_as_refused() -> None:
    verbs = refused()
    assert verbs >= {"run", "train", "cancel", "create_deployment"}
    found = {
        name
        for owner in owners()
        for name, binding in own(owner).items()
        if reached(owner, f"action_{binding.action.partition('(')[0].rpartition('.')[2]}", verbs, set())
    }
    assert found >= {"run.cancel", "train.start", "deployment.delete"}, "the way from a key to a verb is another by now"
    assert found <= WRITES
