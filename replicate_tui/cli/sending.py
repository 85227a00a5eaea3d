"""Sending a run; where that does not come to its end, what became of it is told."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING

from replicate_tui.api.errors import UnknownFate
from replicate_tui.cli import output
from replicate_tui.cli.exit_codes import NO_ANSWER, RAN_BADLY, WRONG_USE, Stop

if TYPE_CHECKING:
    from replicate_tui.core.history.runs import Run
    from replicate_tui.core.session import Session


async def sent(session: "Session", sending: "Awaitable[Run]", noun: str = "prediction") -> "Run":
    """The run as the API answered. ctrl+c while it is just being sent waits for the answer, a second one does not.

    Raises:
        Stop: it was not sent, or its answer was lost; the sentence says how to find out.
        ReplicateError: the API refused it.
        CancelledError: it was interrupted; what became of it is told.
    """
    from replicate_tui.cli.resolve import way_out
    from replicate_tui.core.sending.launch_queue import Removed

    changed: set[str] = set()
    leave = session.store.subscribe(changed.add)
    try:
        return await _patiently(session, sending, changed, noun)
    except UnknownFate as error:
        raise Stop(NO_ANSWER, f"{error}; {way_out(session, changed)}") from error
    except Removed as error:
        raise Stop(RAN_BADLY, f"nothing was sent: {error}") from error
    except ValueError as error:
        raise Stop(WRONG_USE, str(error)) from error
    except OSError as error:
        raise Stop(WRONG_USE, f"cannot upload: {error}") from error
    finally:
        leave()


async def _patiently(session: "Session", sending: "Awaitable[Run]", changed: set[str], noun: str) -> "Run":
    """What comes of the sending; interrupted, it is left once nothing is under way, or at once the second time."""
    from replicate_tui.cli import interrupts
    from replicate_tui.cli.resolve import way_out

    pressed = asyncio.Event()
    doing = asyncio.ensure_future(sending)
    try:
        async with interrupts.ctrl_c(pressed):
            if await _done_before(doing, pressed):
                return doing.result()
            if _is_being_sent(session, changed):
                output.note("it is just being sent: the answer tells what became of it; ctrl+c again does not wait")
                pressed.clear()
                if await _done_before(doing, pressed):
                    interrupts.tell(session, [doing.result().id], noun)
                    raise asyncio.CancelledError
    finally:
        left = not doing.done()
        doing.cancel()
        await asyncio.wait((doing,))
        if left:
            _forget(doing)
            output.note(f"interrupted before the API answered: {way_out(session, changed)}")
    raise asyncio.CancelledError


def _forget(task: "asyncio.Future[Run]") -> None:
    """Whatever it ended with is told by the run's row."""
    if not task.cancelled():
        task.exception()


async def _done_before(doing: "asyncio.Future[Run]", pressed: asyncio.Event) -> bool:
    """Wait for what is being done, or for ctrl+c; whether it was done first."""
    waiting = asyncio.ensure_future(pressed.wait())
    try:
        await asyncio.wait((doing, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    return doing.done()


def _is_being_sent(session: "Session", changed: Iterable[str]) -> bool:
    from replicate_tui.core.history.runs import SUBMITTING

    rows = (session.store.row(run_id) for run_id in changed)
    return any(row is not None and row.status == SUBMITTING for row in rows)
