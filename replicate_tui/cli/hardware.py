"""`hardware list`."""

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from replicate_tui.cli import output
from replicate_tui.cli.context import with_session
from replicate_tui.cli.flags import Json

if TYPE_CHECKING:
    from replicate_tui.core.session import Session

app = typer.Typer(help="What models can run on.", no_args_is_help=True, rich_markup_mode=None)

LIST_EXAMPLES = """\b
Examples:
  replicate-tui hardware list
  replicate-tui hw list --json | jq -r '.[].sku'
"""


@app.callback()
def _hardware() -> None:
    """What models can run on."""


@app.command("list", help="Hardware that models can run on, and what it costs.", epilog=LIST_EXAMPLES)
def list_(context: typer.Context, as_json: Json = False) -> None:
    """Print the hardware."""

    async def work(session: "Session") -> int:
        hardware = await session.hardware()
        if not output.for_people(as_json):
            output.data([item.raw for item in hardware])
            return 0
        from replicate_tui.core.costs.pricing import PRICE_LIST
        from replicate_tui.core.resource_columns import HARDWARE

        # On a narrow terminal long names give way, and no price is left out for them.
        columns = [replace(column, grow=True) if column.key == "name" else column for column in HARDWARE]
        output.table(columns, session.hardware_choices(hardware))
        output.note(f"Prices are of the {PRICE_LIST}; [prices] in config.toml sets others")
        return 0

    with_session(context, work)
