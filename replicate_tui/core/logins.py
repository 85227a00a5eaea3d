"""Logging in and out: a token is kept once the API has said whose it is."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from replicate_tui import __version__
from replicate_tui.api.client import Client
from replicate_tui.api.resources import Account
from replicate_tui.core import credentials
from replicate_tui.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Login:
    """A token that was kept: whose it is, in which file, and whether the environment's goes before it."""

    account: Account
    path: Path
    overridden: bool


async def log_in(settings: Settings, token: str, environ: Mapping[str, str] = os.environ) -> Login:
    """Ask the API whose the token is, and keep it.

    Raises:
        ReplicateError: the API does not know the token, or did not answer; nothing is kept.
        UnreadableHosts, OSError: it cannot be kept.
    """
    async with Client(settings.base_url, token, user_agent=f"replicate-tui/{__version__}") as client:
        account = await client.account()
    path = credentials.keep(settings.base_url, token, environ)
    return Login(account, path, bool(credentials.trimmed(environ.get(credentials.VARIABLE, ""))))
