"""Apps that cost less to start, and a local server for the tests of one file.

What others ran does not stand in the lists on the screen.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from tests.conftest import Server, serving


@pytest.fixture(scope="module")
def local_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A local server that knows only what the tests of this file did."""
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="session")
def known_rules() -> dict[Any, list[RuleSet]]:
    """The rules of every style sheet that was read, by its text and all that they are made of."""
    return {}


@pytest.fixture(autouse=True)
def cheap_apps(monkeypatch: pytest.MonkeyPatch, known_rules: dict[Any, list[RuleSet]]) -> None:
    """Read each style sheet once for all apps."""
    read = Stylesheet._parse_rules

    def known(sheet: Stylesheet, css: str, *place: Any, **named: Any) -> list[RuleSet]:
        key = (css, place, *sorted(named.items()), frozenset(sheet._variables.items()))
        if key not in known_rules:
            known_rules[key] = read(sheet, css, *place, **named)
        return known_rules[key]

    monkeypatch.setattr(Stylesheet, "_parse_rules", known)
