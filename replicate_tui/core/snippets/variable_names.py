"""Names of variables for the values that a snippet does not hold: legal in every shell, and taken by nobody else."""

import re
from typing import Final

_NOT_IN_NAMES: Final = re.compile(r"\W+", re.ASCII)
_MEANING: Final = frozenset(
    [
        *("PATH", "HOME", "PWD", "OLDPWD", "SHELL", "USER", "USERNAME", "LOGNAME", "HOSTNAME", "UID", "EUID", "PPID"),
        *("IFS", "ENV", "CDPATH", "PS0", "PS1", "PS2", "PS3", "PS4", "PROMPT", "PROMPT_COMMAND", "OPTARG", "OPTIND"),
        *(
            "OPTERR",
            "REPLY",
            "RANDOM",
            "SECONDS",
            "LINENO",
            "FUNCNAME",
            "GROUPS",
            "STATUS",
            "ARGV",
            "HISTFILE",
            "FPATH",
        ),
        *("TERM", "LINES", "COLUMNS", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "MAIL", "EDITOR", "VISUAL"),
        *("PAGER", "BROWSER", "DISPLAY", "SYSTEMROOT", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "USERPROFILE"),
        *("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY", "NETRC"),
    ]
)
_MEANING_BEGINS: Final = (
    *("REPLICATE_", "LD_", "DYLD_", "LC_", "BASH", "ZSH", "HIST", "PYTHON", "NODE_", "NPM_", "CURL_", "SSL_"),
    *("XDG_", "GIT_", "SSH_"),
)


class VariableNames:
    """Gives names to variables, each name once."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def name(self, *parts: object, otherwise: str) -> str:
        """A name made of these parts, or of `otherwise` where no letter of them may stand in a name."""
        found = _NOT_IN_NAMES.sub("_", "_".join(map(str, parts)))
        if not found.strip("_"):
            found = otherwise
        if found in _MEANING or found.startswith(_MEANING_BEGINS):
            found = f"INPUT_{found}"
        if found[0].isdigit():
            found = f"_{found}"
        unique, number = found, 1
        while unique in self._given:
            number += 1
            unique = f"{found}_{number}"
        self._given.add(unique)
        return unique
