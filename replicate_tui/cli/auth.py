"""`auth …`: log in, log out, and whose the token is."""

import asyncio
import getpass
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.cli import output
from replicate_tui.cli.context import settings_of, with_session
from replicate_tui.cli.exit_codes import WRONG_USE, Stop
from replicate_tui.cli.flags import Json

if TYPE_CHECKING:
    from replicate_tui.core.session import Session
    from replicate_tui.core.settings import Settings

app = typer.Typer(help="Log in and out.", no_args_is_help=True, rich_markup_mode=None)

LOGIN = """\b
Examples:
  replicate-tui auth login
  cat token.txt | replicate-tui auth login --token-stdin
"""

LOGOUT = """\b
Examples:
  replicate-tui auth logout
  replicate-tui --base-url https://replicate.lab.example.com auth logout
"""
STATUS = """\b
Examples:
  replicate-tui auth status
  replicate-tui auth status --json | jq -r .username
"""


@app.command("login", help="Keep an API token, for this program and the official one.", epilog=LOGIN)
def login(
    context: typer.Context,
    token_stdin: Annotated[bool, typer.Option("--token-stdin", help="Read the token from standard input.")] = False,
) -> None:
    """Ask for a token, ask the API whose it is, and keep it."""
    from replicate_tui.core.credentials import UnreadableHosts

    settings = _remote(settings_of(context))
    settings.require_writes("keep a token")
    token = _token(settings, token_stdin)
    try:
        asyncio.run(_log_in(settings, token))
    except (UnreadableHosts, OSError) as error:
        raise Stop(WRONG_USE, f"the token is not kept: {error}") from error


@app.command("logout", help="Forget the token that was kept for this host.", epilog=LOGOUT)
def logout(context: typer.Context) -> None:
    """Take the token out of the hosts file."""
    from replicate_tui.core import credentials, logins

    settings = _remote(settings_of(context))
    try:
        path = logins.log_out(settings)
    except (credentials.UnreadableHosts, OSError) as error:
        raise Stop(WRONG_USE, f"the token is not forgotten: {error}") from error
    output.note(f"no token for {settings.host} is kept" if path is None else f"logged out: taken out of {path}")
    if credentials.trimmed(os.environ.get(credentials.VARIABLE, "")):
        output.note(f"{credentials.VARIABLE} is still set, and goes on being used")


@app.command("status", help="Whose the token is, and where it comes from.", epilog=STATUS)
def status(context: typer.Context, as_json: Json = False) -> None:
    """Ask the API whose the token is."""
    with_session(context, lambda session: _status(session, as_json))


def _remote(settings: "Settings") -> "Settings":
    if settings.local:
        raise Stop(WRONG_USE, "the local server needs no token: leave --local out to log in to Replicate")
    return settings


def _token(settings: "Settings", from_stdin: bool) -> str:
    """The token as it was given; it is shown nowhere."""
    from replicate_tui.core.credentials import trimmed
    from replicate_tui.core.logins import TOKENS_PAGE, is_token

    if from_stdin:
        token = "" if sys.stdin is None else sys.stdin.read()
    elif sys.stdin is not None and sys.stdin.isatty():
        output.note(f"An API token for {settings.host}; https://{TOKENS_PAGE} has yours.")
        token = getpass.getpass("Token (it is not shown): ", sys.stderr)
    else:
        raise Stop(WRONG_USE, "standard input is no terminal: pipe the token in with --token-stdin")
    token = trimmed(token)
    if not is_token(token):
        raise Stop(WRONG_USE, "that is no token: it is one word, such as r8_…; nothing is kept")
    return token


async def _log_in(settings: "Settings", token: str) -> None:
    from replicate_tui.core.credentials import VARIABLE
    from replicate_tui.core.logins import log_in

    done = await log_in(settings, token)
    output.note(f"logged in to {settings.host} as {done.account.username}; the token is in {done.path}")
    if done.overridden:
        output.note(f"{VARIABLE} is set too, and goes before it")


async def _status(session: "Session", as_json: bool) -> int:
    settings = session.settings
    account = await session.account()
    told = {"host": settings.host, "username": account.username, "token": settings.token_source}
    if output.for_people(as_json):
        output.facts([("host", settings.host), ("account", account.username), ("token from", settings.token_source)])
    else:
        output.data(told)
    return 0
