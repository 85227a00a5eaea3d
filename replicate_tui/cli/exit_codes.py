"""The exit codes, what each means in words, and the way to stop with one."""

import textwrap
from collections.abc import Mapping
from typing import Final

RAN_BADLY = 1
"""The run failed, was canceled or aborted."""
WRONG_USE = 2
"""What we judge ourselves: usage, schema, a missing file, no token, `--read-only`."""
REFUSED = 3
"""The API's answer decides it."""
NO_ANSWER = 4
"""The network, or a file that could not be fetched."""
INTERRUPTED = 130
"""The user stopped us; what was sent goes on."""

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


class Stop(Exception):
    """End the command with this exit code and this sentence on standard error."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
