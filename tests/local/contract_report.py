"""How tests start a checked server, and what it then reports beside its state file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

COMMAND = (sys.executable, "-m", "tests.local.checked")
"""In the place of `python -m replicate_tui.local`: the same program, whose answers are checked."""


def environment() -> dict[str, str]:
    """What the command needs besides the caller's environment."""
    path = os.pathsep.join(filter(None, (str(REPOSITORY), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}


def report_file(state: Path) -> Path:
    """Where a server with this state file writes its violations, one a line."""
    return state.with_name("violations.txt")


def routes_file(state: Path) -> Path:
    """Where a server with this state file writes its routes, as JSON: `[[path, [method, …]], …]`."""
    return state.with_name("routes.json")


def write_violations(state: Path, violations: Iterable[object]) -> None:
    """Append them to the server's report."""
    if lines := "".join(f"{violation}\n".replace("\r", " ") for violation in violations):
        with report_file(state).open("a", encoding="utf-8", errors="backslashreplace") as report:
            report.write(lines)


def assert_contract_kept(state: Path) -> None:
    """Fail with all that the server with this state file has answered otherwise than Replicate's API describes."""
    report = report_file(state)
    text = report.read_text("utf-8") if report.exists() else ""
    assert not text, f"answers that Replicate's API does not describe:\n{text}"
