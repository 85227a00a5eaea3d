"""`account current`."""

from typing import TYPE_CHECKING

import typer

from replicate_tui.cli import output
from replicate_tui.cli.context import with_session
from replicate_tui.cli.flags import Json

if TYPE_CHECKING:
    from replicate_tui.core.session import Session

app = typer.Typer(help="Whose the token is.", no_args_is_help=True, rich_markup_mode=None)

CURRENT_EXAMPLES = """\b
Examples:
  replicate-tui account current
  replicate-tui a current --json | jq -r .username
"""


@app.callback()
def _accounts() -> None:
    """Whose the token is."""


@app.command("current", help="The account that the token belongs to.", epilog=CURRENT_EXAMPLES)
def current(context: typer.Context, as_json: Json = False) -> None:
    """Print the account."""

    async def work(session: "Session") -> int:
        account = await session.account()
        if output.for_people(as_json):
            output.facts([("type", account.type or ""), ("username", account.username), ("name", account.name or "")])
        else:
            output.data(account.raw)
        return 0

    with_session(context, work)
