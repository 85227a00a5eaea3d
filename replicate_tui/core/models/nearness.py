"""Names that are nearly what was typed: what to offer where nothing is called that."""

from collections.abc import Iterable, Sequence
from typing import Final

from replicate_tui.api.errors import NotFound

MOST_NEAR: Final = 3
"""So many names are offered."""
CUTOFF: Final = 78.0
"""How alike, of 100, a name must be to what was typed."""

_SHORTEST: Final = 3
_BEGINS_SO: Final = 95.0
_ELSEWHERE: Final = 0.97
"""What the likeness of a name alone counts, when its owner is another one."""


class NoSuchModel(NotFound):
    """Nothing is called that; `near` are models that are called nearly so, the likeliest first."""

    def __init__(self, answer: NotFound, near: Sequence[str]) -> None:
        self.near = tuple(near)
        super().__init__(
            answer.status,
            answer.detail,
            title=answer.title,
            retry_after=answer.retry_after,
            doing=answer.doing,
            host=answer.host,
        )

    def _sentence(self) -> str:
        return f"{super()._sentence()}; {did_you_mean(self.near)}"


def near(typed: str, known: Iterable[str], most: int = MOST_NEAR) -> tuple[str, ...]:
    """The names that are nearly `typed`, the likeliest first; among equals in the order of `known`.

    Of two names `owner/name` the part after the owner counts too: an owner is the easiest to get wrong.
    """
    wanted = typed.casefold()
    scores = [(_likeness(wanted, name.casefold()), name) for name in known]
    likely = sorted((each for each in scores if each[0] >= CUTOFF), key=lambda each: -each[0])
    return tuple(name for _, name in likely[:most])


def did_you_mean(names: Sequence[str]) -> str:
    """The names as a question; "" for none."""
    return f"did you mean {' or '.join(names)}?" if names else ""


def _likeness(typed: str, name: str) -> float:
    whole = _alike(typed, name)
    short, other = typed.partition("/")[2], name.partition("/")[2]
    return max(whole, _ELSEWHERE * _alike(short, other)) if short and other else whole


def _alike(typed: str, name: str) -> float:
    from rapidfuzz import fuzz

    begins = min(len(typed), len(name)) >= _SHORTEST and (name.startswith(typed) or typed.startswith(name))
    likeness = fuzz.ratio(typed, name)
    # The closer in length, the likelier.
    return max(likeness, _BEGINS_SO + likeness / 100) if begins else likeness
