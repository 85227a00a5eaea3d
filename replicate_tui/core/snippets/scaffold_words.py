"""What the programs of a scaffolded project are written from."""

from dataclasses import dataclass
from typing import Final

from replicate_tui.core.snippets.call import Call
from replicate_tui.core.snippets.scaffold_inputs import Missing

TOKEN_VARIABLE: Final = "REPLICATE_API_TOKEN"


@dataclass(frozen=True, slots=True)
class Plan:
    """One program: the run that it repeats, and what it needs.

    `told` is the call's input with Secrets and Uploads in it. `base_url` is "" for Replicate's own API. `variables`
    must be set in the environment, `missing` files be put in place, before it can run.
    """

    run_id: str
    page: str
    call: Call
    told: dict[str, object]
    base_url: str
    variables: tuple[str, ...]
    missing: tuple[Missing, ...]

    @property
    def what(self) -> str:
        """What runs, in a person's words."""
        return self.call.options.deployment or self.call.model or self.call.runs

    @property
    def head(self) -> str:
        """The sentence at a program's beginning, safe in a comment."""
        return f"Runs {plain(self.what)} as the prediction {plain(self.run_id)} did: {plain(self.page)}"


def plain(text: str) -> str:
    """`text` on one line, of characters that print: nothing in it ends a comment or hides what follows."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
