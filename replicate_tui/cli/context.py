"""What every command needs: its settings, and a session around its work."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import typer

from replicate_tui.cli import output
from replicate_tui.cli.exit_codes import INTERRUPTED, WRONG_USE, Stop
from replicate_tui.core import settings
from replicate_tui.core.settings import Flags, Settings

if TYPE_CHECKING:
    from replicate_tui.core.session import Session


def settings_of(context: typer.Context) -> Settings:
    """The settings that the command line asks for; their warnings are told."""
    flags = context.obj
    assert isinstance(flags, Flags)
    loaded = settings.load(flags)
    for warning in loaded.warnings:
        output.note(warning)
    return loaded


def with_session(context: typer.Context, work: "Callable[[Session], Awaitable[int]]", *, dry_run: bool = False) -> None:
    """Run `work` with an open session; its number is the exit code.

    With `dry_run` it ends where it would send what changes something: WouldSend is raised.
    """
    from replicate_tui.core.embedded import EmbeddedError
    from replicate_tui.core.history.database import DatabaseError
    from replicate_tui.core.session import CannotRun, open_session

    loaded = settings_of(context)

    async def run() -> int:
        _end_on_signals()
        async with open_session(loaded, dry_run=dry_run) as session:
            session.warn(output.note)
            await session.connect()
            session.start()
            code = await work(session)
            await session.finish()
            return code

    try:
        code = asyncio.run(run())
    except asyncio.CancelledError:
        code = INTERRUPTED
    except (CannotRun, DatabaseError, EmbeddedError) as error:
        raise Stop(WRONG_USE, str(error)) from error
    if code:
        raise typer.Exit(code)


def _end_on_signals() -> None:
    """End on SIGTERM and SIGHUP as on an interrupt: what is being sent is told, nothing is half-written."""
    task = asyncio.current_task()
    if os.name != "nt" and task is not None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
