"""The profiles: where each leads, and what goes with one that is deleted."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from replicate_tui.core import config_writing, credentials
from replicate_tui.core.config_file import DEFAULT_PROFILE, Config
from replicate_tui.core.config_writing import Change
from replicate_tui.core.credentials import UnreadableHosts
from replicate_tui.core.settings import BASE_URL_VARIABLE, DEFAULT_BASE_URL, LOCAL_PROFILE, PROFILE_VARIABLE, Settings
from replicate_tui.core.text import one_line


def profile_names(config: Config) -> list[str]:
    """All profiles, the local one first."""
    return [
        LOCAL_PROFILE,
        DEFAULT_PROFILE,
        *(name for name in config.profiles if name not in (LOCAL_PROFILE, DEFAULT_PROFILE)),
    ]


def profile_address(config: Config, name: str) -> str:
    """Where a profile leads by what `config.toml` says, or what is wrong with that."""
    try:
        return config.profile_base_url(name) or config.base_url or DEFAULT_BASE_URL
    except ValueError as error:
        return str(error)


def address_change(config: Config, name: str, address: str | None) -> Change:
    """What has a profile lead to `address`; None has it lead where profiles without an address do."""
    own = ("profiles", name, "base_url")
    if own in config.said:
        return Change(own, address)
    if name == DEFAULT_PROFILE:
        return Change(("base_url",), address)
    return Change(own, address) if address is not None else Change(own[:-1], {})


# -- deleting ------


@dataclass(frozen=True, slots=True)
class Deletion:
    """What goes, and what follows, when a profile is deleted.

    `forgets` is the address whose token goes, "" where another profile, the command line or the environment leads to
    that host, or no token is kept for it; `data` is the folder of its history, which stays. `is_used` is whether it is
    the profile that is used now, and `at_start` whether the environment has every start use it.
    """

    name: str
    forgets: str
    data: Path
    is_used: bool
    at_start: bool

    def sentences(self) -> Iterator[str]:
        """What a person is told before."""
        yield "Its lines in config.toml go."
        if self.forgets:
            host = one_line(urlsplit(self.forgets).netloc)
            yield f"The token of {host} goes, too: the official command line loses it as well."
        if self.data.exists():
            yield f"Its history and saved runs stay in {one_line(str(self.data))}."
        if self.is_used:
            yield f"It is the one that is used now: the screen goes over to {DEFAULT_PROFILE}."
        if self.at_start:
            yield f"{PROFILE_VARIABLE} names it: change that before the next start."


def can_be_deleted(config: Config, name: str) -> bool:
    """Whether a profile is one of the person's own."""
    return name in config.profiles and name not in (LOCAL_PROFILE, DEFAULT_PROFILE)


def deletion(settings: Settings, config: Config, name: str, environ: Mapping[str, str] = os.environ) -> Deletion:
    """What the deletion of a profile means.

    Raises:
        UnreadableHosts: the file of tokens cannot be read.
    """
    return Deletion(
        name,
        _own_address(settings, config, name, environ),
        settings.folders.data / "profiles" / name,
        is_used=name == settings.profile,
        at_start=name == environ.get(PROFILE_VARIABLE),
    )


@dataclass(frozen=True, slots=True)
class Deleted:
    """A profile is gone: what `config.toml` says now, and why its token is still there, "" where it need not be."""

    config: Config
    token_stays: str = ""


def delete(settings: Settings, what: Deletion, environ: Mapping[str, str] = os.environ) -> Deleted:
    """Take a profile out of `config.toml`, and then its token out of the file of tokens.

    Raises:
        ReadOnly: `--read-only` forbids it.
        NotWritten: `config.toml` cannot be changed; then the token stays, too.
    """
    settings.require_writes("delete a profile")
    config = config_writing.write(settings.folders, [Change(("profiles", what.name), None)])
    try:
        if what.forgets:
            credentials.forget(what.forgets, environ)
    except (UnreadableHosts, OSError) as error:
        return Deleted(config, str(error))
    return Deleted(config)


def _own_address(settings: Settings, config: Config, name: str, environ: Mapping[str, str]) -> str:
    """The address of a profile if a token is kept for its host, and nothing else leads there."""
    asked = (settings.flags.base_url, environ.get(BASE_URL_VARIABLE))
    profiles = [profile_address(config, other) for other in profile_names(config)[1:] if other != name]
    others = {_host(each) for each in (*profiles, *asked) if each}
    address = profile_address(config, name)
    host = _host(address)
    return address if host and host not in others and credentials.is_kept(address, environ) else ""


def _host(address: str) -> str:
    """The host of an address, "" for what is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
