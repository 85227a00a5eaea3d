"""local/sleeper: takes its time, writes logs, and fails on demand."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from replicate_tui.local.schema import Declaration, Example, Input
from replicate_tui.local.work.context import Context, ModelError, Predict

TICK = 0.02
"""Seconds between two looks at the clock; lines that fall due together are written together."""

README = """\
# sleeper

Does nothing for as long as you ask, with progress in its logs. For trying out what is hard to try with a
quick model: watching, waiting, cancelling, deadlines, many runs at once, long logs, failures.

| input | meaning |
|---|---|
| `seconds` | how long it runs |
| `log_lines` | how many lines it logs, spread evenly over that time |
| `fail` | whether it ends in an error |
"""

DECLARATION = Declaration(
    name="sleeper",
    description="Sleeps, logging its progress, and fails if asked to. For waiting, cancelling and failing.",
    inputs=(
        Input("seconds", "number", "How long to sleep", default=1, minimum=0, maximum=3600),
        Input("log_lines", "integer", "How many lines to log meanwhile", default=10, minimum=0, maximum=100_000),
        Input("fail", "boolean", "Whether to fail at the end", default=False),
    ),
    output="text",
    example=Example(
        input={"seconds": 0.5, "log_lines": 2},
        output="slept 0.5 s",
        logs=" 50% | line 1 of 2\n100% | line 2 of 2\n",
        seconds=0.5,
    ),
    readme=README,
    created_at="2026-11-01T09:00:00.000000Z",
)


def load() -> Predict:
    """There is nothing to set up."""
    return predict


def predict(context: Context, values: Mapping[str, Any]) -> str:
    """Sleep; the text says how long."""
    seconds, lines = float(values["seconds"]), int(values["log_lines"])
    began = time.monotonic()
    written = 0
    while (elapsed := time.monotonic() - began) < seconds:
        written = _log_up_to(context, written, int(lines * elapsed / seconds), lines)
        context.pause(min(TICK, seconds - elapsed))
    context.check()
    _log_up_to(context, written, lines, lines)
    if values["fail"]:
        raise ModelError(f"asked to fail after {seconds} s")
    return f"slept {seconds} s"


def _log_up_to(context: Context, written: int, due: int, total: int) -> int:
    text = "".join(f"{100 * n // total:3d}% | line {n} of {total}\n" for n in range(written + 1, due + 1))
    if text:
        context.log(text)
    return due
