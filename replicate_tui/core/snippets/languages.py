"""A run as code that does the same: curl, Python, JavaScript, and our own command.

What is shown runs as it is, in a POSIX shell or a file. The token is always the environment's
`REPLICATE_API_TOKEN`; secret inputs are read from a variable of their own name in capitals, as JSON where they are
no text, and with `INPUT_` before a name that means something else already.
"""

from typing import Final, Literal

from replicate_tui.core.snippets.call import Call
from replicate_tui.core.snippets.programs import in_javascript, in_python
from replicate_tui.core.snippets.shell import as_command, in_curl

__all__ = ["LANGUAGES", "Call", "Language", "snippet"]

Language = Literal["curl", "python", "javascript", "command"]

LANGUAGES: Final[tuple[Language, ...]] = ("command", "curl", "python", "javascript")


def snippet(language: Language, call: Call, base_url: str, *, local: bool = False) -> str:
    """The code that sends `call` to the API at `base_url` (no `/v1`), with a newline at its end.

    Python uses the `replicate` package of PyPI, JavaScript the one of npm in an ES module. `local` makes our own
    command find the local server by itself.
    """
    match language:
        case "curl":
            return in_curl(call, base_url)
        case "python":
            return in_python(call, base_url)
        case "javascript":
            return in_javascript(call, base_url)
    return as_command(call, base_url, local=local)
