"""What each exit code means, in words."""

import textwrap
from collections.abc import Mapping
from typing import Final

from replicate_tui.cli.context import INTERRUPTED, NO_ANSWER, RAN_BADLY, REFUSED, WRONG_USE

EXIT_CODES: Final = {
    0: "done; also where whoever read the output closed it early",
    RAN_BADLY: "the run failed, was canceled or aborted; of several, one did",
    WRONG_USE: "wrong use, judged here: an option, an input that does not fit, a missing file, no token, --read-only",
    REFUSED: "the API refused: 401, 404, 422, 429 past the limit",
    NO_ANSWER: "no answer: the network, or a file that could not be fetched",
    INTERRUPTED: "interrupted; a run that was sent goes on",
}

_WIDTH: Final = 72


def in_lines(meanings: Mapping[int, str]) -> str:
    """The codes with what they mean, one below the other."""
    return "\n".join(
        textwrap.fill(meaning, _WIDTH, initial_indent=f"{code:>3}  ", subsequent_indent=" " * 5)
        for code, meaning in meanings.items()
    )
