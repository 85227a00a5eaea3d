"""API tokens: from the environment, else from the hosts file that the official command line keeps.

The hosts file is YAML, `hostname: {token: …}`, at `$XDG_CONFIG_HOME/replicate/hosts` or
`~/.config/replicate/hosts` on every system (github.com/replicate/cli, internal/config).
"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
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


def keep(base_url: str, token: str, environ: Mapping[str, str]) -> Path:
    """Keep a token for `base_url`'s host in the hosts file, readable by its user alone; the file's path.

    Raises:
        UnreadableHosts: the file is there and cannot be read; it stays as it is.
        OSError: it cannot be written.
    """
    path = hosts_file(environ)
    hosts = _hosts(path)
    host = urlsplit(base_url).hostname or ""
    entry = hosts.get(host)
    _write(path, {**hosts, host: {**(entry if isinstance(entry, dict) else {}), "token": token}})
    return path


def forget(base_url: str, environ: Mapping[str, str]) -> Path | None:
    """Take the token for `base_url`'s host out of the hosts file; its path, or None where there was no such token.

    Raises:
        UnreadableHosts: the file is there and cannot be read; it stays as it is.
        OSError: it cannot be written.
    """
    path = hosts_file(environ)
    hosts = _hosts(path)
    host = urlsplit(base_url).hostname or ""
    if not _token_of(hosts.get(host)):
        return None
    _write(path, {name: entry for name, entry in hosts.items() if name != host})
    return path


def is_kept(base_url: str, environ: Mapping[str, str]) -> bool:
    """Whether the hosts file has a token for `base_url`'s host.

    Raises:
        UnreadableHosts: the file is there and cannot be read.
    """
    return bool(_from_hosts(hosts_file(environ), urlsplit(base_url).hostname or ""))


def _from_hosts(path: Path, host: str) -> str:
    return _token_of(_hosts(path).get(host))


def _token_of(entry: object) -> str:
    token = entry.get("token") if isinstance(entry, dict) else None
    return trimmed(token) if isinstance(token, str) else ""


def _hosts(path: Path) -> dict[Any, Any]:
    """What the hosts file holds; nothing when there is none."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableHosts(f"cannot read {path}: {error}") from error
    import yaml

    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        # The error's own text quotes the file, and so a token. A date such as 2020-13-45 is a ValueError.
        raise UnreadableHosts(f"{path} is not valid YAML; mend it or take it away, then log in again") from None
    if document is not None and not isinstance(document, dict):
        raise UnreadableHosts(f"{path} is no list of hosts; mend it or take it away, then log in again")
    return document or {}


def _write(path: Path, hosts: Mapping[Any, Any]) -> None:
    """The whole file at once, under its name only when it is complete. A link is followed, not replaced."""
    import yaml

    path = path.resolve()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            yaml.safe_dump(dict(hosts), file, sort_keys=False)
        new.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise
