"""Screens as lines of text, kept beside the tests: a change of them is seen in the change that makes it."""

import os
from collections.abc import Sequence
from pathlib import Path

LOOKS = Path(__file__).parent / "looks"
RENEW = "RENEW_LOOKS"


def assert_looks_as_before(name: str, lines: Sequence[str]) -> None:
    """The lines are those of the file `name`; with RENEW_LOOKS=1 in the environment they become it."""
    path = LOOKS / f"{name}.txt"
    text = "\n".join(lines) + "\n"
    if os.environ.get(RENEW):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"if it is meant to look so: {RENEW}=1 pytest"
