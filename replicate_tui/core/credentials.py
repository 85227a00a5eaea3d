"""API tokens: from the environment, else from the hosts file that the official command line keeps.

The hosts file is YAML, `hostname: {token: …}`, at `$XDG_CONFIG_HOME/replicate/hosts` or
`~/.config/replicate/hosts` on every system (github.com/replicate/cli, internal/config).
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

VARIABLE = "REPLICATE_API_TOKEN"


class UnreadableHosts(Exception):
    """The hosts file is there and cannot be used; the message names it and why."""


def find(base_url: str, environ: Mapping[str, str]) -> tuple[str | None, str]:
    """The token for `base_url`'s host and where it came from; (None, "") when there is none.

    Raises:
        UnreadableHosts: the environment has none and the hosts file cannot be read.
    """
    if token := trimmed(environ.get(VARIABLE, "")):
        return token, VARIABLE
    path = hosts_file(environ)
    if token := _from_hosts(path, urlsplit(base_url).hostname or ""):
        return token, str(path)
    return None, ""


def trimmed(token: str) -> str:
    """A token without the blanks and quotes that shells and editors leave around it."""
    return token.strip().strip("\"'").strip()


def fingerprint(token: str) -> str:
    """Names a token without telling it: 16 hex digits of its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def hosts_file(environ: Mapping[str, str]) -> Path:
    """Where the official command line keeps tokens."""
    config = environ.get("XDG_CONFIG_HOME")
    return (Path(config) if config else Path.home() / ".config") / "replicate" / "hosts"


def _from_hosts(path: Path, host: str) -> str:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableHosts(f"cannot read {path}: {error}") from error
    import yaml

    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        # The error's own text quotes the file, and so a token. A date such as 2020-13-45 is a ValueError.
        raise UnreadableHosts(f"{path} is not valid YAML; mend it or log in again") from None
    entry = document.get(host) if isinstance(document, dict) else None
    token = entry.get("token") if isinstance(entry, dict) else None
    return trimmed(token) if isinstance(token, str) else ""
