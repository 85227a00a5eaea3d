"""Logging in and out: a token is kept once the API has said whose it is.

What asks the API is imported when it is asked: logging out needs none of it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from replicate_tui import __version__
from replicate_tui.api.errors import ReplicateError, Unauthorized
from replicate_tui.core import credentials
from replicate_tui.core.credentials import UnreadableHosts
from replicate_tui.core.settings import Settings, SettingsError

if TYPE_CHECKING:
    from replicate_tui.api.resources import Account

TOKENS_PAGE = "replicate.com/account/api-tokens"
"""Where Replicate gives tokens."""


@dataclass(frozen=True, slots=True)
class Login:
    """A token that was kept: whose it is, in which file, and whether the environment's goes before it."""

    account: "Account"
    path: Path
    overridden: bool


async def log_in(settings: Settings, token: str, environ: Mapping[str, str] = os.environ) -> Login:
    """Ask the API whose the token is, and keep it.

    Raises:
        ReplicateError: the API does not know the token, or did not answer; nothing is kept.
        UnreadableHosts, OSError: it cannot be kept.
    """
    from replicate_tui.api.client import Client

    async with Client(settings.base_url, token, user_agent=f"replicate-tui/{__version__}") as client:
        account = await client.account()
    path = credentials.keep(settings.base_url, token, environ)
    return Login(account, path, bool(credentials.trimmed(environ.get(credentials.VARIABLE, ""))))


def judged(text: str) -> str:
    """A token as it was typed or pasted, without what is around it.

    Raises:
        ValueError: it cannot be one; the message does not quote it.
    """
    token = credentials.trimmed(text)
    if not token:
        raise ValueError("type or paste the token")
    if not is_token(token):
        raise ValueError("that is no token: it is one word, such as r8_…")
    return token


def is_token(text: str) -> bool:
    """Whether a text, without what is around it, can be a token."""
    return len(text.split()) == 1 and text.isascii() and text.isprintable()


async def try_login(settings: Settings, text: str, environ: Mapping[str, str] = os.environ) -> Login | str:
    """Log in with what was typed; else a sentence that says why not, and never quotes it."""
    try:
        settings.require_writes("keep a token")
        return await log_in(settings, judged(text), environ)
    except Unauthorized as error:
        if error.status == 401:
            return f"{settings.host} does not know this token; {TOKENS_PAGE} has yours"
        return f"not logged in: {error}"
    except ReplicateError as error:
        return f"not logged in: {error}"
    except (SettingsError, ValueError, UnreadableHosts) as error:
        return str(error)
    except OSError as error:
        return f"the token cannot be kept: {error}"


def log_out(settings: Settings, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Forget the token of this host; the file that it was taken out of, or None where none was kept.

    Raises:
        ReadOnly: `--read-only` forbids it.
        UnreadableHosts, OSError: it cannot be taken out.
    """
    settings.require_writes("forget a token")
    return credentials.forget(settings.base_url, environ)
