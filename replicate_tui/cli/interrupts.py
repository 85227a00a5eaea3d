"""ctrl+c while runs are followed: the first leaves them going, a second one soon after cancels them."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from replicate_tui.cli import output
from replicate_tui.cli.exit_codes import INTERRUPTED
from replicate_tui.cli.naming import again

if TYPE_CHECKING:
    from replicate_tui.core.session import Session

SECOND_WITHIN = 2.0
"""Seconds in which a second ctrl+c means the runs, and no longer this program only."""


async def until_interrupted(
    session: "Session", work: Awaitable[int], active: Callable[[], Sequence[str]], noun: str = "prediction"
) -> int:
    """What `work` gives; INTERRUPTED after ctrl+c, when the runs that are `active` go on or, if asked, are canceled.

    `noun` is the command that follows and cancels them.
    """
    pressed = asyncio.Event()
    async with ctrl_c(pressed):
        doing = asyncio.ensure_future(work)
        waiting = asyncio.ensure_future(pressed.wait())
        try:
            await asyncio.wait((doing, waiting), return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            ids = list(active())
            await _end(doing)
            await _leave(session, ids, pressed, noun)
            return INTERRUPTED
        except asyncio.CancelledError:  # a signal that ends the program
            tell(session, list(active()), noun)
            raise
        finally:
            await _end(waiting)
            await _end(doing)


async def _leave(session: "Session", ids: Sequence[str], pressed: asyncio.Event, noun: str) -> None:
    """Say that the runs go on; stop them if ctrl+c comes again at once."""
    from replicate_tui.core.sending import stopping

    tell(session, ids, noun)
    if not ids or session.settings.read_only or not _by_hand():
        return
    pressed.clear()
    output.note(f"or press ctrl+c again within {SECOND_WITHIN:.0f} seconds")
    try:
        await asyncio.wait_for(pressed.wait(), SECOND_WITHIN)
    except TimeoutError:
        return
    async with contextlib.aclosing(session.cancel_all(ids)) as outcomes:
        async for outcome in outcomes:
            said = str(outcome.error) if outcome.run is None else stopping.told(outcome.run)
            output.note(f"{outcome.id} {said}")


def tell(session: "Session", ids: Sequence[str], noun: str) -> None:
    """Say that the runs go on after an interrupt, and how to follow and stop them."""
    if ids:
        program, named = f"{again(session)} {noun}", " ".join(ids)
        goes, them = ("run goes", "it") if len(ids) == 1 else ("runs go", "them")
        output.note(f"interrupted; the {goes} on: {program} watch {named}")
        output.note(f"to stop {them}: {program} cancel {named}")


@contextlib.asynccontextmanager
async def ctrl_c(pressed: asyncio.Event) -> AsyncIterator[None]:
    """ctrl+c sets the event in place of ending the program."""
    loop = asyncio.get_running_loop()
    if os.name != "nt":
        before = signal.getsignal(signal.SIGINT)
        loop.add_signal_handler(signal.SIGINT, pressed.set)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            signal.signal(signal.SIGINT, before)
        return
    before = signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(pressed.set))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def _end(task: "asyncio.Future[Any]") -> None:
    """Cancel a task and wait for its end; a failure of what is canceled is nobody's any more."""
    if not task.done():
        task.cancel()
        await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()


def _by_hand() -> bool:
    """Whether somebody can press ctrl+c again."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
