"""local/hello-world: greets. The smallest model there can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replicate_tui.local.schema import Declaration, Example, Input
from replicate_tui.local.work.context import Context, Predict

README = """\
# hello-world

Says hello to a text. It answers at once, so it is the model to try first: a new client, a script, a key.

    replicate-tui run local/hello-world text=Ada
"""

DECLARATION = Declaration(
    name="hello-world",
    description="Says hello to whatever you write. The smallest model there can be.",
    inputs=(Input("text", "string", "Whom or what to greet", required=True),),
    output="text",
    example=Example(input={"text": "Ada"}, output="hello Ada", logs="Greeting Ada\n", seconds=0.001),
    readme=README,
    created_at="2026-11-02T09:00:00.000000Z",
)


def load() -> Predict:
    """There is nothing to set up."""
    return predict


def predict(context: Context, values: Mapping[str, Any]) -> str:
    """The greeting."""
    text = values["text"]
    context.log(f"Greeting {text}\n")
    return f"hello {text}"
