"""`webhook …`: receive webhooks, keep them, send them on, and tell whether one is Replicate's."""

import asyncio
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.api.errors import Untrusted
from replicate_tui.cli import output
from replicate_tui.cli.context import settings_of, with_session
from replicate_tui.cli.exit_codes import NO_ANSWER, RAN_BADLY, REFUSED, WRONG_USE, Stop
from replicate_tui.cli.flags import Json

if TYPE_CHECKING:
    from pydantic import SecretStr

    from replicate_tui.core.session import Session
    from replicate_tui.core.webhooks.events import Arrived
    from replicate_tui.core.webhooks.shelf import Shelf

SECRET_VARIABLE = "REPLICATE_WEBHOOK_SECRET"
PORT = 8765

LISTEN_EXAMPLES = """\b
Examples:
  replicate-tui webhook listen --forward http://localhost:3000/api/webhooks
  replicate-tui webhook listen --port 9000 --save --output-directory results
  replicate-tui --local webhook listen --json | jq -r .status
"""
LIST_EXAMPLES = """\b
Examples:
  replicate-tui webhook list
  replicate-tui webhook list --json | jq -r '.results[].id'
"""
REPLAY_EXAMPLES = """\b
Examples:
  replicate-tui webhook replay --last
  replicate-tui webhook replay msg_2b8R4xQ --to http://localhost:3000/hook
  replicate-tui webhook replay --last --sign
"""
VERIFY_EXAMPLES = """\b
Examples:
  replicate-tui webhook verify request.txt
  replicate-tui webhook verify request.txt --max-age 300
  cat request.txt | replicate-tui webhook verify -
"""
SECRET_EXAMPLES = """\b
Examples:
  export REPLICATE_WEBHOOK_SECRET=$(replicate-tui webhook secret)
"""

SecretEnv = Annotated[
    str | None,
    typer.Option(
        "--secret-env",
        metavar="NAME",
        help=f"The variable that holds the secret. [default: {SECRET_VARIABLE}, else the account is asked]",
    ),
]

app = typer.Typer(
    help="Receive webhooks, and check whether they are Replicate's.", no_args_is_help=True, rich_markup_mode=None
)


@app.command(
    "listen", help="Receive webhooks until ctrl+c, check their signatures, and keep them.", epilog=LISTEN_EXAMPLES
)
def listen_to(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = PORT,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    forward: Annotated[
        str | None, typer.Option(metavar="URL", help="Send each verified webhook on to this address.")
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Save the files of predictions that end.")] = False,
    output_directory: Annotated[
        Path | None, typer.Option(help="Where to save, in a folder for each. [default: with the saved runs]")
    ] = None,
    secret_env: SecretEnv = None,
    as_json: Json = False,
) -> None:
    """Receive until interrupted, which is its fitting end: the exit code is 0."""
    from replicate_tui.cli.listening import Listening, listen
    from replicate_tui.cli.saving import make_folder

    if output_directory is not None and not save:
        raise Stop(WRONG_USE, "--output-directory says where --save saves; give that too")
    target = None if forward is None else _address("--forward", forward)
    if output_directory is not None:
        make_folder(output_directory)
    secret = _secret(context, secret_env)
    order = Listening(host, port, target, output_directory, as_json, _shelf(context), secret)
    if save:
        with_session(context, lambda session: listen(order, session))
    else:
        asyncio.run(listen(order, None))


@app.command("list", help="The webhooks that were received and kept, newest first.", epilog=LIST_EXAMPLES)
def list_(context: typer.Context, as_json: Json = False) -> None:
    """Print what is kept."""
    from replicate_tui.core.webhooks.events import KEPT

    events = list(_shelf(context).all())
    if not output.for_people(as_json):
        output.data({"previous": None, "next": None, "results": [event.as_json() for event in events]})
    elif events:
        output.table(KEPT, events)
    else:
        output.note("no webhooks were received yet: webhook listen receives them")


@app.command("replay", help="Send a webhook that was kept once more.", epilog=REPLAY_EXAMPLES)
def replay(
    context: typer.Context,
    named: Annotated[str | None, typer.Argument(metavar="ID", help="Its id, or its run's.")] = None,
    last: Annotated[bool, typer.Option("--last", help="The one that arrived last.")] = False,
    to: Annotated[
        str | None, typer.Option(metavar="URL", help="Where to. [default: where it was forwarded to]")
    ] = None,
    sign: Annotated[bool, typer.Option("--sign", help="Sign it anew, for receivers that refuse old ones.")] = False,
    secret_env: SecretEnv = None,
    as_json: Json = False,
) -> None:
    """Send it as it came, or signed anew."""
    from replicate_tui.core.webhooks.relay import signed_anew

    if last == (named is not None):
        raise Stop(WRONG_USE, "name one webhook by its ID, or give --last")
    settings_of(context).require_writes("send a webhook")
    target = None if to is None else _address("--to", to)
    shelf = _shelf(context)
    event = shelf.last() if named is None else shelf.find(named)
    if event is None:
        raise Stop(WRONG_USE, f"no webhook {named or ''} is kept; webhook list tells which are".replace("  ", " "))
    url = target or _forwarded(event)
    if sign:
        event = signed_anew(event, _secret(context, secret_env))
    _replay(event, url, as_json)


@app.command("verify", help="Tell whether a webhook is Replicate's; 1 if not.", epilog=VERIFY_EXAMPLES)
def verify(
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="One that was kept, or headers, an empty line and the body; - is stdin."),
    ],
    max_age: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=0, help="Refuse one that was sent longer ago.")
    ] = None,
    secret_env: SecretEnv = None,
    as_json: Json = False,
) -> None:
    """Check the signature of a webhook in a file."""
    from replicate_tui.api import webhooks

    if max_age is not None and not math.isfinite(max_age):
        raise Stop(WRONG_USE, "--max-age: it must be a number of seconds")
    event = _read(file)
    secret = _secret(context, secret_env)
    try:
        delivery = webhooks.verify(event.headers, event.body, secret, tolerance=max_age)
    except Untrusted as error:
        if not output.for_people(as_json):
            output.data({"verified": False, "reason": error.reason, "id": event.id or None, "sent_at": None})
        raise Stop(RAN_BADLY, f"not verified: {error}") from error
    sent_at = delivery.sent_at.isoformat()
    if output.for_people(as_json):
        output.shown(f"verified: {delivery.id}, sent at {sent_at}")
    else:
        output.data({"verified": True, "reason": None, "id": delivery.id, "sent_at": sent_at})


@app.command("secret", help="Print what the account's webhooks are signed with.", epilog=SECRET_EXAMPLES)
def secret(context: typer.Context, as_json: Json = False) -> None:
    """Print the account's secret."""

    async def work(session: "Session") -> int:
        found = (await session.client.webhook_secret()).get_secret_value()
        if as_json:
            output.data({"key": found})
        else:
            output.line(found)
        if output.is_terminal():
            output.note("whoever has this secret can sign webhooks that look like Replicate's: share it with nobody")
        return 0

    with_session(context, work)


def _shelf(context: typer.Context) -> "Shelf":
    from replicate_tui.core.webhooks.shelf import Shelf

    return Shelf(settings_of(context).profile_folder / "webhooks")


def _secret(context: typer.Context, variable: str | None) -> "SecretStr":
    """The secret that a variable holds, else the account's."""
    from pydantic import SecretStr

    if held := os.environ.get(variable or SECRET_VARIABLE, "").strip():
        return SecretStr(held)
    if variable is not None:
        raise Stop(WRONG_USE, f"--secret-env: {variable} is not set in the environment")
    asked: list[SecretStr] = []

    async def ask(session: "Session") -> int:
        asked.append(await session.client.webhook_secret())
        return 0

    with_session(context, ask)
    return asked[0]


def _address(option: str, text: str) -> str:
    from replicate_tui.core.webhooks.relay import read_address

    try:
        return str(read_address(text))
    except ValueError as error:
        raise Stop(WRONG_USE, f"{option}: {error}") from error


def _forwarded(event: "Arrived") -> str:
    from replicate_tui.core.forms.values import REDACTED

    if not event.forwarded_to:
        raise Stop(WRONG_USE, "it was forwarded nowhere; say where to with --to URL")
    if REDACTED in event.forwarded_to:
        raise Stop(WRONG_USE, f"what {event.forwarded_to} hides was not kept; say where to with --to URL")
    return event.forwarded_to


def _replay(event: "Arrived", url: str, as_json: bool) -> None:
    from replicate_tui.core.forms.options import kept_address
    from replicate_tui.core.webhooks.relay import Undelivered, read_address, relaying

    async def send() -> int:
        async with relaying(read_address(url)) as relay:
            return await relay.send(event)

    try:
        status = asyncio.run(send())
    except Undelivered as error:
        raise Stop(NO_ANSWER, f"not delivered: {error}") from error
    if not output.for_people(as_json):
        output.data({"id": event.id, "to": kept_address(url), "status": status})
    else:
        output.shown(f"{event.id}: {kept_address(url)} answered {status}")
    if not 200 <= status < 300:
        raise Stop(REFUSED, f"the receiver answered {status}")


def _read(file: str) -> "Arrived":
    from replicate_tui.cli.reading import file_bytes, whole
    from replicate_tui.core.webhooks.events import NoEvent, read

    try:
        if file != "-":
            return read(file_bytes(Path(file), file))
        if sys.stdin is None or sys.stdin.isatty():
            raise Stop(WRONG_USE, "standard input is no webhook; pipe one into this command, or name a file")
        return read(whole(sys.stdin.buffer, "standard input"))
    except NoEvent as error:
        raise Stop(WRONG_USE, f"{'standard input' if file == '-' else file} is no webhook: {error}") from error
    except OSError as error:
        raise Stop(WRONG_USE, f"cannot read {file}: {error.strerror or error}") from error
