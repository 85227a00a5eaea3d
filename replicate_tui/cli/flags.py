"""The flags that many commands share, said once."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Web = Annotated[bool, typer.Option("--web", help="Open its page in the browser.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
All = Annotated[bool, typer.Option("--all", help="All pages, not only the first.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the request that would go out, and send nothing.")]
