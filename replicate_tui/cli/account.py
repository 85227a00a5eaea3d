"""`account current` and `hardware list`."""

from typing import TYPE_CHECKING

import typer

from replicate_tui.cli import output
from replicate_tui.cli.context import with_session
from replicate_tui.cli.flags import Json

if TYPE_CHECKING:
    from replicate_tui.core.session import Session

app = typer.Typer(help="Whose the token is.", no_args_is_help=True, rich_markup_mode=None)
hardware_app = typer.Typer(help="What models can run on.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _accounts() -> None:
    """Whose the token is."""


@hardware_app.callback()
def _hardware() -> None:
    """What models can run on."""


@app.command("current", help="The account that the token belongs to.")
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


@hardware_app.command("list", help="Hardware that models can run on.")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """Print the hardware."""

    async def work(session: "Session") -> int:
        from replicate_tui.core.columns import HARDWARE

        hardware = await session.hardware()
        if output.for_people(as_json):
            output.table(HARDWARE, hardware)
        else:
            output.data([item.raw for item in hardware])
        return 0

    with_session(context, work)
